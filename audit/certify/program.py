"""Mixed-integer programs that are written row by row and solved by HiGHS."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..slices import FloatArray, IntArray


@dataclass(frozen=True)
class Solved:
    """``bound``: no feasible point costs less; ``x``: the best point found; ``finished``: by itself, not by the clock."""

    x: FloatArray | None
    bound: float
    infeasible: bool
    finished: bool


class Program:
    """Minimise a linear cost under linear rows; some variables are whole numbers."""

    def __init__(self) -> None:
        """Without variables and rows."""
        self._n = 0
        self._lower: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._cost: list[FloatArray] = []
        self._whole: list[IntArray] = []
        self._rows: list[tuple[Any, Any]] = []
        self._ends: list[tuple[float, float]] = []

    def add(self, n: int, lower: Any, upper: Any, *, cost: float = 0.0, whole: bool = False) -> IntArray:
        """``n`` more variables between ``lower`` and ``upper``; their columns."""
        self._lower.append(np.broadcast_to(np.asarray(lower, np.float64), n))
        self._upper.append(np.broadcast_to(np.asarray(upper, np.float64), n))
        self._cost.append(np.full(n, cost))
        self._whole.append(np.full(n, int(whole)))
        self._n += n
        return np.arange(self._n - n, self._n)

    def row(self, columns: Sequence[int] | IntArray, factors: Any, lower: float, upper: float) -> None:
        """One more row: ``lower <= factors · x[columns] <= upper``."""
        self._rows.append((columns, factors))
        self._ends.append((lower, upper))

    def solve(self, seconds: float) -> Solved:
        """With ``scipy.optimize.milp``; HiGHS keeps rows and whole numbers to about 1e-6."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        columns = np.concatenate([np.asarray(c, np.int64) for c, _ in self._rows])
        factors = np.concatenate([np.asarray(f, np.float64) for _, f in self._rows])
        starts = np.cumsum([0, *(len(c) for c, _ in self._rows)])
        matrix = csr_array((factors, columns, starts), shape=(len(self._rows), self._n))
        lower, upper = np.array(self._ends).T
        with _silent():
            found = milp(
                np.concatenate(self._cost),
                integrality=np.concatenate(self._whole),
                bounds=Bounds(np.concatenate(self._lower), np.concatenate(self._upper)),
                constraints=LinearConstraint(matrix, lower, upper),
                options={"time_limit": max(seconds, 1e-3), "mip_rel_gap": 0.0},
            )
        bound = found.fun if found.status == 0 else found.get("mip_dual_bound")
        return Solved(found.x, -np.inf if bound is None else float(bound), found.status == 2, found.status in (0, 2))


@contextmanager
def _silent() -> Iterator[None]:
    """Without what is written to standard output: HiGHS prints a line of its own now and then, whatever it is told."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (AttributeError, OSError, ValueError):  # there is none, or it is closed
        yield
        return
    with open(os.devnull, "w") as nothing:  # noqa: PTH123  not a path
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
