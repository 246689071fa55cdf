"""Verdicts: requirements that were written down before the run are held against intervals.

A requirement over several slices is an intersection-union test: it passes if every slice passes, each at
its plain level (Berger 1982, Technometrics 24:295). It fails if some slice fails at the Holm-adjusted level.
Over all requirements of an audit the fails are Holm-adjusted once more, so that a model that meets all of them is failed
in at most a share of 1 - level of audits; and an audit passes if all of them pass, which needs no adjustment.
Anything else is inconclusive, with the rows that would decide it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .measure import Measured, number
from .plan import Require
from .record import TOO_FEW, Judged, Outcome, slice_name
from .registry import Better, CheckSpec
from .shapes.base import MINIMUM_ROWS, Statistic
from .slices import FloatArray
from .stats.interval import Interval
from .stats.multiple import holm

LARGEST_Z = 6.0
"""Smaller p-values than that of this quantile, 1e-9, are not told apart."""


@dataclass(frozen=True)
class Bound:
    """The set of good values, ``lower <= value <= upper``; either end may be infinite."""

    lower: float
    upper: float

    def __str__(self) -> str:
        if math.isinf(self.upper):
            return f"at least {self.lower:.4g}"
        if math.isinf(self.lower):
            return f"at most {self.upper:.4g}"
        return f"between {self.lower:.4g} and {self.upper:.4g}"

    def holds(self, low: float, high: float) -> bool:
        """Whether all of ``[low, high]`` is good."""
        return low >= self.lower and high <= self.upper

    def misses(self, low: float, high: float) -> bool:
        """Whether none of ``[low, high]`` is good."""
        return high < self.lower or low > self.upper


def bound(require: Require, better: Better) -> Bound:
    """The bound as it is applied.

    For measures of parity one number means both directions: a difference ``at_most = d`` is held to
    ``[-d, d]``, a ratio ``at_least = r`` to ``[r, 1/r]``.

    Raises:
        ValueError: a bound that makes no sense for a measure of parity.
    """
    if require.between is not None:
        return Bound(*require.between)
    if better == "zero":
        if require.at_most is None or require.at_most < 0:
            raise ValueError("0 is parity here: expected 'at_most' with the largest difference allowed, or 'between'")
        return Bound(-require.at_most, require.at_most)
    if better == "one":
        value = require.at_least if require.at_least is not None else 1 / require.at_most if require.at_most else 0.0
        if not 0 < value <= 1:
            raise ValueError("1 is parity here: expected 'at_least' in (0, 1], 'at_most' of 1 or more, or 'between'")
        return Bound(value, 1 / value)
    return (
        Bound(-math.inf, require.at_most) if require.at_most is not None else Bound(require.at_least or 0.0, math.inf)
    )


Kind = Literal["goal", "gain", "parity"]
"""What a requirement claims: that a value is reached, that a baseline is not lost to, that slices are alike."""


def kind(spec: CheckSpec, limit: Bound) -> Kind:
    """What a requirement on this check claims."""
    if spec.better in ("zero", "one"):
        return "parity"
    versus = spec.better == "higher" and any(need.startswith("baseline") for need in spec.needs)
    return "gain" if versus and limit.lower <= 0 and math.isinf(limit.upper) else "goal"


def claim(kind: Kind, limit: Bound, found: Judgement) -> str:
    """What the verdict says in the words of clinical trials; empty where those add nothing."""
    if kind == "parity" and found.verdict == "pass" and math.isfinite(limit.lower + limit.upper):
        return f"equivalent: {limit} by two one-sided tests"
    if kind != "gain" or found.verdict not in ("pass", "fail"):
        return ""
    margin = f" by more than the margin of {-limit.lower:g}" if limit.lower else ""
    if found.verdict == "fail":
        return f"inferior to the baseline{margin}"
    if not limit.lower:
        return "superior to the baseline"
    better = all(one.low is not None and one.low > 0 for one in found.slices)
    return f"non-inferior to the baseline within a margin of {-limit.lower:g}{', and superior to it' if better else ''}"


@dataclass(frozen=True)
class Judgement:
    """The verdict on one requirement, and on each slice of it. ``p_fail``: of "all slices are good", valid in any family."""

    verdict: Outcome
    reason: str
    slices: list[Judged]
    adjusted_p: float | None
    needs_n: int | None
    p_fail: float = 1.0


def judge(
    measured: Measured,
    attributes: frozenset[str],
    limit: Bound,
    *,
    level: float,
    point: bool,
    family: int = 1,
    adjust: Adjust = "bonferroni",
    seed: int = 0,
) -> Judgement:
    """Hold the slices of one partition (the whole: no attributes) against the limit.

    ``family``: how many requirements are judged by intervals; :func:`adjusted` then holds their fails against each other.
    ``adjust``: for several slices, by Holm and Bonferroni or, where there are joint replicates, by those.
    """
    places = measured.places[attributes]
    low, high = (side[places] for side in measured.statistic.interval(level))
    value = measured.statistic.value[places]
    states = [measured.statistic.state[i] for i in places]
    alpha = (1 - level) / 2
    # Among several slices or requirements a fail is held to an exact tail: approximate ones are too short at such levels.
    factors = measured.statistic.family(len(places))
    together = max(float(factors.max(initial=1.0)), 1.0)
    tails = strict = Tails.of(measured.statistic.interval, alpha, together)
    if max(len(places), family - 1) > 1 and type(measured.statistic).guaranteed is not Statistic.guaranteed:
        strict = Tails.of(measured.statistic.guaranteed, alpha, together)
    fails = holm((strict if len(places) > 1 else tails).p_fail(limit)[places], factors)
    passes = tails.p_pass(limit)[places]
    evidence = [state not in THIN for state in states]
    least = float(holm(strict.p_fail(limit)[places], factors).min(initial=1.0, where=np.array(evidence, bool)))
    wide = measured.statistic.guaranteed(1 - 2 * alpha / together) if len(places) > 1 else None
    used: Literal["", "bonferroni", "max-t"] = "bonferroni" if wide else ""
    sure = np.flatnonzero(evidence)
    joint = adjust == "max-t" and len(sure) > 1
    band = measured.statistic.band(places[sure], np.random.default_rng(seed)) if joint else None
    if band is not None:
        used, fails, wide = "max-t", np.ones(len(places)), Interval(*np.full((2, len(measured.slices)), np.nan))
        fails[sure] = band.p_fail(limit.lower, limit.upper)
        least, ends = float(fails.min()), band.interval(level)
        wide.low[places[sure]], wide.high[places[sure]] = np.fmin(ends.low, low[sure]), np.fmax(ends.high, high[sure])
    judged = []
    for k, place in enumerate(places):
        verdict, reason = _one(value[k], low[k], high[k], states[k], fails[k], limit, alpha=alpha, point=point)
        n = int(measured.statistic.n[place])
        lonely = states[k] == "insufficient" and bool(measured.against[place]) and n >= MINIMUM_ROWS
        if lonely and reason == TOO_FEW:
            reason += f", if not of these {n} then of whom they are compared with"
        judged.append(
            Judged(
                slice=measured.slices[place],
                metric=measured.metric,
                value=number(value[k]),
                low=number(low[k]),
                high=number(high[k]),
                level=level,
                n=n,
                verdict=verdict,
                p_pass=float(passes[k]),
                p_fail=float(fails[k]),
                adjusted_low=number(wide.low[place]) if wide else None,
                adjusted_high=number(wide.high[place]) if wide else None,
                adjusted_by=used,
                needs_n=_needs(value[k], low[k], high[k], n, limit, states[k])
                if verdict == "inconclusive" and not lonely
                else None,
                reason=reason,
            )
        )
    return replace(_together(judged, limit), p_fail=1.0 if point else least)


BY_POINT = "judged by the point value"
"""How the reason of a verdict on a point value begins."""

Adjust = Literal["bonferroni", "max-t"]
"""How the slices of one requirement are held against each other."""

THIN = ("undefined", "insufficient")
"""States that are no evidence for a verdict."""


def adjusted(judgements: Sequence[Judgement], level: float, family: int) -> list[Judgement]:
    """Requirements that fail by themselves, but not surely so among all of them, are inconclusive.

    Holm's adjustment over the ``family`` of requirements that are judged by intervals, at 1 - ``level`` for all together.
    """
    p_values = np.array([one.p_fail for one in judgements])
    judged = np.argsort(p_values, kind="stable")[:family]  # point rules have 1 and come last
    p_values[judged] = holm(p_values[judged])
    return [_in_family(one, float(p), level, family) for one, p in zip(judgements, p_values, strict=True)]


def _in_family(one: Judgement, p: float, level: float, family: int) -> Judgement:
    if one.verdict != "fail" or one.p_fail == 1.0:  # a point rule knows no probability of error
        return one
    if p <= (1 - level) * (1 + 1e-9):
        return replace(one, adjusted_p=p)
    thin = f"outside the bound by itself, but not surely so among the {family} requirements of this audit"
    wanted = (1 - level) / family
    slices = [
        s.model_copy(
            update={"verdict": "inconclusive", "reason": thin, "needs_n": _rows_for(s.n, s.p_fail or 0.5, wanted)}
        )
        if s.verdict == "fail"
        else s
        for s in one.slices
    ]
    needed = [s.needs_n for s in slices if s.needs_n and s.reason == thin]
    reason = f"{one.reason}: {thin} (p = {one.p_fail:.2g}, after Holm {p:.2g})"
    return replace(
        one, verdict="inconclusive", reason=reason, slices=slices, adjusted_p=p, needs_n=min(needed, default=None)
    )


def _rows_for(n: int, p: float, wanted: float) -> int:
    """Rows with which a p-value falls to ``wanted`` if the estimate stays: its normal quantile grows with their root."""
    from scipy.special import ndtri

    have = max(float(-ndtri(min(p, 0.45))), 0.1)
    return max(n + 1, math.ceil(n * (float(-ndtri(wanted)) / have) ** 2))


def _one(
    value: float, low: float, high: float, state: str, p_fail: float, limit: Bound, *, alpha: float, point: bool
) -> tuple[Outcome, str]:
    if state == "undefined":
        return "inconclusive", "undefined: no rows to measure it on"
    if point:
        verdict: Outcome = "pass" if limit.holds(value, value) else "fail"
        other, _ = _one(value, low, high, state, p_fail, limit, alpha=alpha, point=False)
        return verdict, BY_POINT + ("" if other == verdict else f"; by its interval: {other}")
    if state == "insufficient":
        return "inconclusive", TOO_FEW
    if limit.holds(low, high):
        return "pass", ""
    if limit.misses(low, high):
        thin = "outside the bound, but not surely so when adjusted for the number of slices"
        return ("fail", "") if p_fail <= alpha else ("inconclusive", thin)
    across = "the interval contains the bound"
    return "inconclusive", across if limit.holds(value, value) else f"{_outside(value, limit)}, but {across}"


def _outside(value: float, limit: Bound) -> str:
    """``the value 0.7 is below 0.8``, with the digits that it takes."""
    below = value < limit.lower
    edge = limit.lower if below else limit.upper
    texts = [f"{value:.{digits}g}" for digits in range(3, 18)]
    shown = next(text for text in texts if float(text) != edge and (float(text) < edge) == below)
    return f"the value {shown} is {'below' if below else 'above'} {edge:g}"


def _together(judged: Sequence[Judged], limit: Bound) -> Judgement:
    verdicts = {one.verdict for one in judged}
    verdict: Outcome = "fail" if "fail" in verdicts else "inconclusive" if verdicts - {"pass"} or not judged else "pass"
    decisive = [one for one in judged if one.verdict == verdict] if verdict != "pass" else list(judged)
    decisive.sort(key=lambda one: one.value is None or limit.holds(one.value, one.value))  # violations first
    return Judgement(
        verdict=verdict,
        reason=_sentence(verdict, decisive, len(judged), limit),
        slices=list(judged),
        adjusted_p=_p_value(verdict, judged),
        needs_n=_enough(judged, limit) if verdict == "inconclusive" else None,
    )


def _enough(judged: Sequence[Judged], limit: Bound) -> int | None:
    """Rows that would decide, if the values stayed: of one slice outside the bound to fail, of every slice to pass."""
    needed = [(one.needs_n, one) for one in judged if one.needs_n]
    outside = [
        rows
        for rows, one in needed
        if one.value is not None and not limit.holds(one.value, one.value) and not one.reason.startswith(TOO_FEW)
    ]
    return min(outside) if outside else max((rows for rows, _ in needed), default=None)


def _p_value(verdict: Outcome, judged: Sequence[Judged]) -> float | None:
    """Of the verdict: the greatest of the slices for a pass (Berger 1982), the least after Holm for a fail."""
    if verdict == "pass":
        return max((one.p_pass for one in judged if one.p_pass is not None), default=None)
    if verdict == "fail":
        return min((one.p_fail for one in judged if one.p_fail is not None), default=None)
    return None


def _sentence(verdict: Outcome, decisive: Sequence[Judged], total: int, limit: Bound) -> str:
    if not decisive:
        return "no slice to judge"
    if verdict == "pass":
        by_point = [one for one in decisive if one.reason.startswith(BY_POINT)]
        unsure = sum(one.reason != BY_POINT for one in by_point)
        said = f"all {total} slices are {limit}" if total > 1 else f"the whole interval is {limit}"
        if not by_point:
            return said
        said = f"{said}, {BY_POINT}" if total > 1 else f"it is {limit}, {BY_POINT}"
        return f"{said}; by intervals {unsure} of {total} would not pass" if unsure else said
    shown = [f"{slice_name(one.slice)}: {one.reason or _side(one, limit)}" for one in decisive[:3]]
    return "; ".join(shown) + (f"; and {len(decisive) - 3} more" if len(decisive) > 3 else "")


def _side(one: Judged, limit: Bound) -> str:
    below = one.value is not None and one.value < limit.lower
    return f"the whole interval is {'below' if below else 'above'} {limit.lower if below else limit.upper:g}"


@dataclass(frozen=True)
class Tails:
    """Intervals of G levels at once, ``(G, S)``; ``z`` is the normal quantile of each one-sided level, rising."""

    z: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, interval: Callable[[float], Interval], alpha: float, family: float) -> Tails:
        """On a grid that holds the critical levels of Holm's first and last step, so that verdicts are exact there."""
        from scipy.special import ndtri

        critical = [-ndtri(alpha / family), -ndtri(alpha)]
        z = np.unique([*np.arange(0.05, LARGEST_Z, 0.25), *critical])
        found = [interval(1 - 2 * float(_upper_tail(one))) for one in z]
        return cls(z, np.stack([i.low for i in found]), np.stack([i.high for i in found]))

    def p_fail(self, limit: Bound) -> FloatArray:
        """One-sided p-value per slice of "the value is good": small where the interval misses the bound."""
        return np.minimum(self._p(limit.lower, above=False), self._p(limit.upper, above=True))

    def p_pass(self, limit: Bound) -> FloatArray:
        """One-sided p-value per slice of "the value is bad"; for two ends the greater of both (Schuirmann 1987)."""
        return np.maximum(self._p(limit.lower, above=True), self._p(limit.upper, above=False))

    def _p(self, edge: float, *, above: bool) -> FloatArray:
        """Least one-sided alpha at which the interval lies above (below) ``edge``; interpolated in z."""
        if math.isinf(edge):  # everything lies above minus infinity, nothing above infinity
            return np.full(self.low.shape[1], 0.0 if above == (edge < 0) else 1.0)
        with np.errstate(invalid="ignore"):
            ahead = self.low - edge if above else edge - self.high
        last = np.sum(np.cumprod(ahead > 0, axis=0), axis=0) - 1
        here, there = np.maximum(last, 0), np.minimum(last + 1, len(self.z) - 1)
        column = np.arange(self.low.shape[1])
        gain, loss = np.maximum(ahead[here, column], 0), np.maximum(-ahead[there, column], 0)
        part = np.divide(gain, gain + loss, out=np.zeros_like(gain), where=np.isfinite(loss) & (gain + loss > 0))
        z = self.z[here] + part * (self.z[there] - self.z[here])
        return np.where(last < 0, 1.0, _upper_tail(z))


def _upper_tail(z: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    return np.asarray(ndtr(-z))


def _needs(value: float, low: float, high: float, n: int, limit: Bound, state: str) -> int | None:
    """Rows that would decide it if the value stayed; None where none would, or nobody can say.

    Half-widths shrink with the root of the rows; at the edge of what is possible, as (alpha/2)^(1/n), with the rows.
    """
    edge = min((limit.lower, limit.upper), key=lambda end: abs(value - end))
    gap = abs(value - edge)
    half = value - low if value > edge else high - value
    if not gap or not np.isfinite(gap) or not np.isfinite(half) or n < 1:
        return None
    shrinks = (
        math.log1p(-half) / math.log1p(-gap) if state == "degenerate" and max(half, gap) < 1 else (half / gap) ** 2
    )
    return max(n + 1, MINIMUM_ROWS, math.ceil(n * shrinks))
