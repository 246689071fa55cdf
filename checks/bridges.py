"""What the bridges to fairness libraries have in common: metrics of counts, called on few weighted rows."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.shapes.confusion import Confusion
from ..audit.slices import FloatArray, Slices

Replicates = Annotated[int, Field(ge=100, le=10_000)]
Array = npt.NDArray[Any]
Metric = Callable[..., float]
"""Of true classes, predicted classes, group and weight of rows, each ``(r,)``."""

NO_TEST = (
    "A difference between the greatest and the least, or a ratio of them, is never on the other side of parity: even of "
    "a perfectly fair model its interval tends to leave parity out. So that interval is no test "
    "of fairness. For that take the signed comparisons of our own, such as fairness.demographic_parity_difference."
)


@dataclass(frozen=True)
class OfCounts:
    """``metric`` as a function of the counts of groups ``(G, 2, 2)``; NaN where it warns, fails, or is not finite.

    Few rows with weights stand for the counts; or, ``repeated``, as many rows as there are.
    """

    metric: Metric
    repeated: bool = False

    def __call__(self, tables: FloatArray) -> float:
        group, true, predicted = (axis.ravel() for axis in np.indices(tables.shape))
        weight = tables.ravel()
        used = np.flatnonzero(weight > 0)
        if self.repeated:
            used = np.repeat(used, np.rint(weight[used]).astype(int))
            weight = np.ones_like(weight)
        return quietly(lambda: self.metric(true[used], predicted[used], group[used], weight[used]))


def quietly(call: Callable[[], Any]) -> float:
    """The number that ``call`` gives; NaN where it warns of a division by zero, fails, or gives none."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            from sklearn.exceptions import UndefinedMetricWarning

            warnings.simplefilter("error", UndefinedMetricWarning)
            value = float(call())
        except Exception:  # whatever another library raises, there is no number
            return float("nan")
    return value if np.isfinite(value) else float("nan")


def by_attribute(slices: Slices, counts: Confusion) -> dict[str, FloatArray]:
    """Counts of true and predicted class in each group of each sensitive attribute, ``(G, 2, 2)``."""
    return {p.attributes[0]: counts.cells[p.slices] for p in slices.partitions if len(p.attributes) == 1}


def page(function: Any, title: str, how: str, limits: str) -> str:
    """The docstring of a check that another library's function stands behind."""
    about = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
    return f"{title}.\n\n{about}\n\n{how}\n\nSigns of trouble: a value far from parity.\nLimits: {limits}"
