"""What attacks must know of rows, units and the model before they start, and what the reader must be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..audit.attacks.norms import Norm
from ..audit.attacks.opened import Scale
from ..audit.attacks.surface import Surface
from ..audit.errors import NotAssessed
from ..audit.shapes.base import BoolArray
from ..audit.shapes.doubts import Doubts
from ..audit.slices import FloatArray, IntArray

REPEATS, REPEATED, STEADY = 5, 64, 1e-4
"""How often and for how many rows the model is asked again, and the difference of logits that is let pass, as a share."""

SMALLEST, LARGEST = 1e-4, 0.5
"""Of the width of the bounds: below and above it an eps is hardly meant."""


def sample(row_order: IntArray, most: int) -> tuple[IntArray, BoolArray | None]:
    """Positions of all rows, or of a simple random sample of ``most``, in order; and which rows are in it, None for all."""
    n = len(row_order)
    if n <= most:
        return np.arange(n), None
    chosen = np.sort(row_order[:most])
    among = np.zeros(n, bool)
    among[chosen] = True
    return chosen, among


def steady(target: Surface, predictions: IntArray, draws: int) -> None:
    """Refuse a model that answers the same rows differently, unless its answers are averaged.

    Raises:
        NotAssessed: logits differ between calls, or the decisions from those of the audit.
    """
    if draws > 1:
        return
    some = target.at(np.arange(min(len(target), REPEATED)))
    answers = np.stack([some.numpy(some.logits(some.x)) for _ in range(REPEATS)]).astype(np.float64)
    scale = np.maximum(np.abs(answers).max(axis=2), 1)[:, :, None]
    apart = np.abs(answers - answers[:1]) > STEADY * scale
    if apart.any():
        raise NotAssessed(
            f"asked {REPEATS} times about the same rows the model gives other logits for {int(apart.any(axis=(0, 2)).sum())} "
            f"of {len(some)}; give option draws, such as draws = 20, to attack the mean answer of a model that is random"
        )
    logits = target.numpy(target.logits(target.x)).astype(np.float64)
    top = np.sort(logits, axis=1)
    close = top[:, -1] - top[:, -2] <= STEADY * np.maximum(np.abs(logits).max(axis=1), 1)
    differ = (target.numpy(target.decide(target.array(logits))) != predictions) & ~close
    if differ.any():
        raise NotAssessed(
            f"the logits lead to other decisions than the audit has for {int(differ.sum())} of {len(target)} rows, so that "
            "an attack would be on another model"
        )


def units(target: Surface, radii: Sequence[float], norm: Norm, scale: Scale) -> str:
    """The first radius in the units of eps, of the inputs, and of their bounds."""
    step, width = _raw(target)
    raw = f"{_span(radii[0] * step)} in units of the inputs, "
    share = f"{_span(radii[0] * step / width)} of the width of their bounds"
    wide = ""
    if norm == "Linf" and float((radii[0] * step / width).max()) > LARGEST:
        wide = "That is more than half of what the bounds allow: any input can become almost any other. "
    return f"{norm} eps {radii[0]:g} is {raw}{share} (for one number alone). {wide}"


def doubts_of(target: Surface, radii: Sequence[float], norm: Norm) -> Doubts:
    """Radii so small that another unit was meant."""
    step, width = _raw(target)
    share, raw = float((radii[0] * step / width).max()), float((radii[0] * step).max())
    values = target.numpy(target.x) * step
    found = []
    if share < SMALLEST:
        found.append(f"eps is {share:.2g} of the width of the bounds, so small that another unit may be meant")
    elif norm == "Linf" and raw < 0.5 and width.min() > 1 and np.allclose(values, np.rint(values), atol=1e-5):
        found.append(f"eps is {raw:.2g} where the inputs are whole numbers: no other input is within reach")
    return Doubts(weak=found)


def _raw(target: Surface) -> tuple[FloatArray, FloatArray]:
    """Units of the inputs in one of eps, and widths of the bounds, both per number and broadcast."""
    step = target.numpy(target.scale).astype(np.float64)
    width = (target.numpy(target.high) - target.numpy(target.low)) * step
    return step, np.where(width > 0, width, np.inf)


def _span(values: FloatArray) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.3g}" if np.isclose(low, high) else f"{low:.3g} to {high:.3g}"
