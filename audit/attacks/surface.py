"""The model as an attack sees it: numbers in, logits and gradients out, every row of every call counted.

Written over the array API: numbers are numpy arrays, or tensors on the device of the module where its wrapper works on such.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..answers import AuditedModel
from ..inputs import Layout
from ..slices import FloatArray, IntArray
from .forms import Form

Array = Any
"""A numpy array, or a tensor."""

Cotangent = Callable[[Array, slice], Array]
"""From the logits of some rows, and which rows of the call they are, to the vectors that are pulled back."""


class BudgetSpent(Exception):
    """The next call would ask more than was granted; nothing of it was asked."""


@dataclass
class Spent:
    """What was asked of the model: rows forward, rows backward, and calls of either kind."""

    forwards: int = 0
    gradients: int = 0
    calls: int = 0

    def since(self, before: Spent) -> Spent:
        """The difference."""
        return Spent(self.forwards - before.forwards, self.gradients - before.gradients, self.calls - before.calls)


class Surface:
    """Rows of the data as numbers ``x`` in units of eps, and what the model says of others in their place.

    ``x``: ``(n, ...)``; ``low`` and ``high``: the box, broadcast against one of them; ``classes``: how many there are; ``layout``: axes
    of images, else None. Arrays are of the namespace ``xp``. The number that is compared with ``eps`` is that of the data
    divided by ``scale``. Of two classes, the logit of the first is shifted, so that the larger one decides as the threshold of
    the audit does.
    """

    def __init__(
        self,
        model: AuditedModel,
        form: Form,
        low: FloatArray,
        high: FloatArray,
        *,
        scale: Any = 1.0,
        layout: Layout | None = None,
        budget: int | None = None,
        draws: int = 1,
    ) -> None:
        """``budget``: the most rows that are asked about; ``draws``: answers that are averaged, of a model that is random."""
        from array_api_compat import array_namespace, device

        self._model, self._form, self.layout, self.budget, self._draws = model, form, layout, budget, draws
        raw = form.numbers
        self.xp = array_namespace(raw)
        self.device, self.dtype = device(raw), raw.dtype
        self.scale = self.array(scale)
        self.low, self.high = self.array(low) / self.scale, self.array(high) / self.scale
        self.x = self.xp.clip(raw / self.scale, self.low, self.high)
        self.classes = model.count
        self.rows: IntArray = np.arange(len(raw))
        self.spent = Spent()
        self.asked: IntArray = np.zeros(len(raw), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, rows: npt.NDArray[Any]) -> Surface:
        """The same for some of the rows (positions, or a mask); what it asks is counted here too."""
        found = copy.copy(self)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        found.x, found.rows = self.xp.take(self.x, self.array(rows, self.xp.int64), axis=0), self.rows[rows]
        return found

    def granted(self, more: int | None) -> Surface:
        """The same with a budget of ``more`` rows from now on, or none; what it asks is counted here too."""
        found = copy.copy(self)
        found.budget = None if more is None else self.spent.forwards + more
        return found

    @property
    def differentiable(self) -> bool:
        """Whether there are gradients."""
        return self._model.raw.differentiable

    @property
    def scored(self) -> bool:
        """Whether there are logits, or probabilities, and not decisions alone."""
        return self._model.raw.available

    @property
    def fixed(self) -> bool:
        """Whether rows hold inputs that cannot be changed, so that it matters which row a point stands for."""
        return self._form.fixed

    @property
    def left(self) -> float:
        """Rows that may still be asked about."""
        return np.inf if self.budget is None else self.budget - self.spent.forwards

    def logits(self, x: Array) -> Array:
        """Logits ``(n, K)``.

        Raises:
            BudgetSpent: more rows than are left of the budget.
        """
        self._spend(len(x) * self._draws)
        given = self._form.native(x * self.scale, self.rows)
        found = self._model.raw.of(given)
        for _ in range(self._draws - 1):
            found = found + self._model.raw.of(given)
        return self._decisive(found / self._draws)

    def pullback(self, x: Array, cotangent: Cotangent) -> tuple[Array, Array]:
        """Logits ``(n, K)``, and ``J^T c`` of each row in the shape of ``x``, batch by batch.

        Raises:
            BudgetSpent: more rows than are left of the budget.
        """
        self._spend(len(x) * self._draws, len(x) * self._draws)
        size = self._model.raw.batch
        parts = [self._pulled(x, slice(i, i + size), cotangent) for i in range(0, len(x), size)]
        if len(parts) == 1:
            return parts[0]
        logits, gradients = zip(*parts, strict=True)
        return self.xp.concat(logits, axis=0), self.xp.concat(gradients, axis=0)

    def _pulled(self, x: Array, part: slice, cotangent: Cotangent) -> tuple[Array, Array]:
        given = self._form.native(x[part] * self.scale, self.rows[part])
        total: tuple[Array, Array] | None = None
        for _ in range(self._draws):
            logits, gradient = self._model.raw.pullback(given, lambda z: cotangent(self._decisive(z), part))
            part_ = self.array(self._form.part(gradient))
            found = logits, self.xp.where(self.xp.isfinite(part_), part_, self.xp.zeros_like(part_))
            total = found if total is None else (total[0] + found[0], total[1] + found[1])
        assert total is not None
        return self._decisive(total[0] / self._draws), total[1] / self._draws * self.scale

    def decide(self, logits: Array) -> Array:
        """The class that wins, as the audit decides: of two equal ones the positive class, else the first."""
        if self.classes == 2:
            return self.xp.astype(logits[:, 1] >= logits[:, 0], self.xp.int64)
        return self.xp.argmax(logits, axis=1)

    def predict(self, x: Array) -> IntArray:
        """A fresh prediction by the audit's own rule, through the model's own ``predict`` where that decides.

        Raises:
            BudgetSpent: more rows than are left of the budget.
        """
        if self._draws > 1:
            return self.numpy(self.decide(self.logits(x))).astype(np.int64)
        self._spend(len(x))
        return np.asarray(self._model.predict(self._form.data(self.numpy(x * self.scale), self.rows)), dtype=np.int64)

    def array(self, values: Any, dtype: Any = None) -> Array:
        """The values as an array of this namespace, on its device; of the same numbers as ``x`` unless told otherwise."""
        if isinstance(values, np.ndarray) and not values.flags.writeable:
            values = values.copy()  # a tensor must not share memory that nobody may write
        return self.xp.asarray(values, dtype=dtype or self.dtype, device=self.device)

    def numpy(self, values: Array) -> npt.NDArray[Any]:
        """The values as numpy."""
        return np.asarray(values if isinstance(values, np.ndarray) else values.cpu().numpy())

    def _decisive(self, logits: Array) -> Array:
        shift = self._model.shift
        if not shift:
            return logits
        return logits + self.xp.asarray([shift, 0.0], dtype=logits.dtype, device=self.device)

    def _spend(self, forwards: int, gradients: int = 0) -> None:
        if self.budget is not None and self.spent.forwards + forwards > self.budget:
            raise BudgetSpent(
                f"{self.spent.forwards} of {self.budget} rows were asked about, {forwards} more are wanted"
            )
        self.spent.forwards += forwards
        np.add.at(self.asked, self.rows, self._draws)
        self.spent.gradients += gradients
        self.spent.calls += self._draws
