"""Curve and tables of certified robustness: counts of rows, never a row."""

from __future__ import annotations

import numpy as np

from ..audit.certify.moved import Moved
from ..audit.certify.proof import Proof
from ..audit.certify.results import BoolArray
from ..audit.certify.smoothing import Smoothed
from ..audit.record import Series
from ..audit.shapes.figures import Curve, Table
from ..audit.slices import FloatArray
from ..audit.stats.proportion import proportion
from ..audit.stats.quantile import quantile_interval

Rows = list[list[str | float | int | None]]
UNITS = {"raw": "in units of the inputs", "range": "in widths of data.bounds", "deviation": "in standard deviations"}


def widest(here: Moved, norm: float) -> float:
    """By what an L2 radius is divided to hold in another norm: no ball of norm p within it is larger, but for Linf."""
    return float(np.sqrt(here.points.shape[1])) if np.isinf(norm) else 1.0


def curve(proof: Proof, right: BoolArray, sizes: list[float], scale: str, norm: str) -> Curve:
    """Certified and attacked accuracy at each eps."""
    lines = [
        _line("certified", [right, *(proof.certified(eps) for eps in sizes)], sizes),
        _line("attacked", [right, *(right & ~proof.broken(eps) for eps in sizes)], sizes),
    ]
    note = "The true robust accuracy of these rows lies between the lines."
    return Curve("Certified and attacked accuracy", lines, f"eps, {norm}, {UNITS[scale]}", "accuracy", note=note)


def by_eps(proof: Proof, right: BoolArray, sizes: list[float], scale: str, norm: str) -> Table:
    """What became of the rows at each eps."""
    rows: Rows = []
    for eps in sizes:
        holds, falls = proof.certified(eps), proof.broken(eps)
        low, high = proportion(float(holds.sum()), float(len(right)))
        top_low, top_high = proportion(float((right & ~falls).sum()), float(len(right)))
        unknown = right & ~holds & ~falls
        rows.append(
            [
                eps, int(holds.sum()), int(falls.sum()), int(unknown.sum()), int((~right).sum()), float(holds.mean()), float(low),
                float(high), float((right & ~falls).mean()), float(top_low), float(top_high),
            ]
        )  # fmt: skip
    columns = [
        "eps", "Certified", "Broken", "Unknown", "Wrong as it is", "Certified accuracy", "95 % from", "to", "Attacked accuracy",
        "95 % from", "to",
    ]  # fmt: skip
    note = (
        f"{norm}, eps {UNITS[scale]}. Certified: right, and proven for all changes up to eps. Broken: right, with a counterexample "
        "that the model confirmed. Certified accuracy <= robust accuracy <= attacked accuracy, of these rows."
    )
    return Table("Rows at each eps", columns, rows, note)


def work(proof: Proof, here: Moved, right: BoolArray, total: int, most: float) -> Table:
    """How it was found."""
    late = int((~proof.finished).sum())
    rows: Rows = [
        ["Method", f"{proof.kind}: {proof.about}"],
        ["Rows used", _sample(len(right), total)],
        ["Inputs that are moved", len(here.scale)],
        ["Rows about which the model was asked", proof.asked],
        ["Counterexamples that the model did not confirm", proof.refuted],
        ["Rows that were not decided within the time limit", late],
    ]
    if proof.exact:
        rows.append(["Median proven distance", _median(proof.lower, most)])
    note = "The weights that were read from the model give its own answers on all rows used. "
    note += f"{'With more time or a faster machine those rows may be decided. ' if late else ''}"
    return Table("How it was proven", ["", "Value"], rows, note.strip())


def smoothed_curve(radius: FloatArray, same: BoolArray, sizes: list[float], scale: str, norm: float) -> Curve:
    """Certified accuracy of the smoothed model at each eps."""
    lines = [_line("certified", [same & (radius > 0), *(same & (radius > eps) for eps in sizes)], sizes)]
    return Curve("Certified accuracy of the smoothed model", lines, f"eps, {_name(norm)}, {UNITS[scale]}", "accuracy")


def smoothed_by_eps(
    draws: Smoothed, here: Moved, same: BoolArray, alpha: float, norm: float, sizes: list[float], scale: str
) -> Table:
    """Rows that are certified, one by one and all at once."""
    each, joint = (draws.radius(a) / widest(here, norm) for a in (alpha, alpha / len(same)))
    rows: Rows = []
    for eps in sizes:
        holds = same & (each > eps)
        low, high = proportion(float(holds.sum()), float(len(same)))
        everything = int((same & (joint > eps)).sum())
        rows.append(
            [eps, int(holds.sum()), float(holds.mean()), float(low), float(high), everything, everything / len(same)]
        )
    columns = ["eps", "Certified", "Certified accuracy", "95 % from", "to", "Certified, all at once", "Their share"]
    note = (
        f"{_name(norm)}, eps {UNITS[scale]}. Of the smoothed model, not of the model itself. Each row's certificate is wrong with "
        f"probability {alpha:g} at most; the last two columns use {alpha:g}/{len(same)} for each (Bonferroni), so that with "
        f"probability {1 - alpha:g} none of them is wrong."
    )
    return Table("Rows at each eps, smoothed model", columns, rows, note)


def smoothed_work(draws: Smoothed, here: Moved, right: BoolArray, alpha: float, norm: float, total: int) -> Table:
    """How it was found."""
    radius = draws.radius(alpha) / widest(here, norm)
    rows: Rows = [
        ["Method", "randomized smoothing: the majority of decisions under Gaussian noise"],
        ["Rows used", _sample(len(right), total)],
        ["Inputs that get noise", len(here.scale)],
        ["Standard deviation of the noise, in units of eps", draws.sigma],
        ["Draws per row for the class, and for its probability", f"{draws.n0}, {draws.n}"],
        ["Rows about which the model was asked", len(right) * (draws.n0 + draws.n)],
        ["Rows where the smoothed model abstains", int((radius == 0).sum())],
        ["Greatest distance that so many draws can prove", float(draws.greatest(alpha) / widest(here, norm))],
        ["Median certified distance", _median(radius, np.inf)],
    ]
    note = "The certificate is for the smoothed model, which asks the model many times about noisy inputs, not for the model alone. "
    if np.isinf(norm):
        note += "Distances are proven for L2; divided by the root of the number of inputs they hold for Linf. "
    return Table("How it was certified", ["", "Value"], rows, note.strip())


def _sample(used: int, total: int) -> str:
    if used == total:
        return f"{used}, all"
    return f"{used} of {total}, a simple random sample without replacement (seed of the audit)"


def _median(values: FloatArray, most: float) -> str:
    """With its exact interval; nothing is looked for beyond ``most``."""
    ends = quantile_interval(np.sort(values), lower=0.0)
    middle, low, high = (f"{float(v):.4g}" if v < most else f"{most:g} or more" for v in (np.median(values), *ends))
    return f"{middle} (95 %: {low} to {high}); rows that are wrong count as 0"


def _line(name: str, hits: list[BoolArray], sizes: list[float]) -> Series:
    counts, n = np.array([float(one.sum()) for one in hits]), len(hits[0])
    low, high = proportion(counts, np.full(len(counts), float(n)))
    return Series(
        name=name, x=[0.0, *sizes], y=(counts / n).tolist(), low=low.tolist(), high=high.tolist(), n=[n] * len(counts)
    )


def _name(norm: float) -> str:
    return "Linf" if np.isinf(norm) else f"L{norm:g}"
