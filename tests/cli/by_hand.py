"""Values and intervals of a record, recomputed from the counts that stand beside them, with code that is not ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize, stats
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from assay.audit.record import Estimate

Counts = dict[str, float]
Ends = tuple[float, float]

FITTED = {"wald-sandwich"}
"""Coefficients of a fit: no few numbers determine them. Their limits follow from value and standard error."""

RESAMPLED = {"multinomial-bca", "dirichlet-jeffreys", "abc"}
"""Limits that are drawn, or derived from derivatives; their values follow from the counts."""


OF_ALL_PAIRS = {"newcombe-minimum", "koopman-minimum", "maximum-of-differences"}
"""Limits over all pairs of groups: they follow from the counts of all groups, not from those beside them alone."""


def value(e: Estimate) -> float:
    """The value by the counts alone."""
    c, keys = e.counts, set(e.counts)
    if e.metric == "f1":
        return 2 * c["hits"] / (c["trials"] + c["hits"])
    if keys == {"hits", "trials"}:
        return c["hits"] / c["trials"]
    if "true_0_predicted_0" in keys:
        return float((matthews_corrcoef if e.metric == "mcc" else cohen_kappa_score)(*_rows(c)))
    return VALUES[next(name for name in VALUES if e.method.startswith(name))](e)


def interval(e: Estimate) -> Ends | None:
    """The limits by value and counts; None where they have no closed form."""
    make = next((INTERVALS[name] for name in INTERVALS if e.method == name), None)
    if make is None:
        return None
    low, high = make(e.counts, e)
    if e.metric == "f1":  # counts are those of the Jaccard index J, of which F1 is 2J/(1 + J)
        low, high = 2 * low / (1 + low), 2 * high / (1 + high)
    return low, high


def _rows(c: Counts) -> tuple[list[int], list[int]]:
    cells = [(t, p) for t in (0, 1) for p in (0, 1) for _ in range(int(c[f"true_{t}_predicted_{p}"]))]
    return [t for t, _ in cells], [p for _, p in cells]


def _rates(c: Counts, first: str = "", second: str = "reference_") -> tuple[float, float]:
    return c[f"{first}hits"] / c[f"{first}trials"], c[f"{second}hits"] / c[f"{second}trials"]


def _difference(e: Estimate) -> float:
    one, two = _rates(e.counts, "", "other_" if "other_hits" in e.counts else "reference_")
    return min(one - two, 0.0) if e.method.endswith("minimum") else one - two


def _ratio(e: Estimate) -> float:
    one, two = _rates(e.counts)
    return min(one / two, 1.0) if e.method.endswith("minimum") else one / two


def _largest(e: Estimate) -> float:
    names = {key.removesuffix("_reference_hits") for key in e.counts if key.endswith("_reference_hits")}
    pairs = [_rates(e.counts, f"{name}_", f"{name}_reference_") for name in names]
    best = e.against.startswith(("most selected", "highest"))  # then nobody is above it
    return max(abs(min(one - two, 0.0) if best else one - two) for one, two in pairs)


VALUES: dict[str, Callable[[Estimate], float]] = {
    "newcombe-paired": lambda e: (e.counts["gained"] - e.counts["lost"]) / sum(e.counts.values()),
    "newcombe-auroc": lambda e: e.counts["ordered_pairs"] / (e.counts["positives"] * e.counts["negatives"]),
    "logit-delong": lambda e: e.counts["ordered_pairs"] / (e.counts["positives"] * e.counts["negatives"]),
    "logit-jackknife": lambda e: e.counts["sum_of_precisions"] / e.counts["positives"],
    "newcombe": _difference,
    "koopman": _ratio,
    "maximum-of-differences": _largest,
    "mover": lambda e: (e.counts["hits_0"] / e.counts["trials_0"] + e.counts["hits_1"] / e.counts["trials_1"]) / 2,
    "student-t": lambda e: e.counts["sum"] / e.counts["n"],
    "hall": lambda e: e.counts["sum"] / e.counts["n"],
    "debiased-squares": lambda e: max(e.counts["uncut"], 0.0),
    "debiased-ece": lambda e: e.counts["plug_in"] - e.counts["bias_taken_off"],
}


def _pair(ends: Any) -> Ends:
    return float(ends[0]), float(ends[1])


def _wilson(c: Counts, e: Estimate) -> Ends:
    return _pair(proportion_confint(c["hits"], c["trials"], 1 - e.level, "wilson"))


def _mover(c: Counts, e: Estimate) -> Ends:
    rates = [c[f"hits_{k}"] / c[f"trials_{k}"] for k in (0, 1)]
    ends = [_rate_ends(c[f"hits_{k}"], c[f"trials_{k}"], e.level) for k in (0, 1)]
    low = math.hypot(*(rate - end[0] for rate, end in zip(rates, ends, strict=True))) / 2
    high = math.hypot(*(end[1] - rate for rate, end in zip(rates, ends, strict=True))) / 2
    return max(float(np.mean(rates) - low), 0.0), min(float(np.mean(rates) + high), 1.0)


def _rate_ends(hits: float, trials: float, level: float) -> Ends:
    """As the methods appendix says: Wilson, or Clopper-Pearson for small samples and at the edges."""
    small = trials < SMALL or min(hits, trials - hits) < FEW
    return _pair(proportion_confint(hits, trials, 1 - level, "beta" if small else "wilson"))


SMALL, FEW = 40, 1


def _student(c: Counts, e: Estimate) -> Ends:
    n, mean = c["n"], c["sum"] / c["n"]
    error = np.sqrt((c["sum_of_squares"] / n - mean**2) / (n - 1))
    low, high = stats.t.interval(e.level, n - 1, mean, error)
    return max(low, 0.0), high


def _hall(c: Counts, e: Estimate) -> Ends:
    """Hall (1992), J. R. Stat. Soc. B 54:221: the cubic g of Student's statistic, solved, not inverted."""
    n, skew = c["n"], c["skewness"]
    limit = stats.t.ppf((1 + e.level) / 2, n - 1) / math.sqrt(n)

    def at(wanted: float) -> float:
        def beyond(y: float) -> float:
            return float(y + skew * y**2 / 3 + skew**2 * y**3 / 27 + skew / (6 * n) - wanted)

        return float(c["sum"] / n - c["standard_deviation"] * optimize.brentq(beyond, -50, 50, xtol=1e-14))

    return max(at(limit), 0.0), at(-limit)


def _paired(c: Counts, e: Estimate) -> Ends:
    """Newcombe (1998), Stat. Med. 17:2635, method 10, as printed there."""
    a, b, g, d = c["both"], c["gained"], c["lost"], c["neither"]
    n = a + b + g + d
    one, two = (a + b) / n, (a + g) / n
    (l1, u1), (l2, u2) = (proportion_confint(x, n, 1 - e.level, "wilson") for x in (a + b, a + g))
    product = (a + b) * (g + d) * (a + g) * (b + d)
    over = a * d - b * g
    over = max(over - n / 2, 0.0) if over > 0 else over
    phi = over / np.sqrt(product) if product else 0.0
    low = np.sqrt((one - l1) ** 2 - 2 * phi * (one - l1) * (u2 - two) + (u2 - two) ** 2)
    high = np.sqrt((u1 - one) ** 2 - 2 * phi * (u1 - one) * (two - l2) + (two - l2) ** 2)
    return one - two - low, one - two + high


def _newcombe(c: Counts, e: Estimate) -> Ends:
    four = (c[key] for key in ("hits", "trials", "other_hits", "other_trials"))
    return _pair(confint_proportions_2indep(*four, method="newcomb", compare="diff", alpha=1 - e.level))


def _delong(c: Counts, e: Estimate) -> Ends:
    area = value(e)
    half = stats.norm.ppf((1 + e.level) / 2) * np.sqrt(c["delong_variance"]) / (area * (1 - area))
    centre = np.log(area / (1 - area))
    return 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))


def _newcombe_auroc(c: Counts, e: Estimate) -> Ends:
    """Newcombe (2006), Stat. Med. 25:559, method 5: solved, not copied."""
    area, m, n = value(e), c["positives"], c["negatives"]
    star, z = (m + n) / 2 - 1, stats.norm.ppf((1 + e.level) / 2)

    def beyond(t: float) -> float:
        v = t * (1 - t) / (m * n) * (1 + star * (1 - t) / (2 - t) + star * t / (1 + t))
        return float((area - t) ** 2 - z**2 * v)

    low = optimize.brentq(beyond, 0, area) if area > 0 else 0.0
    return low, optimize.brentq(beyond, area, 1) if area < 1 else 1.0


def _jackknife(c: Counts, e: Estimate) -> Ends:
    precision = value(e)
    t = stats.t.ppf((1 + e.level) / 2, c["positives"] - 1)
    half = t * np.sqrt(c["variance"]) / (precision * (1 - precision))
    centre = np.log(precision / (1 - precision))
    return 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))


def _squares(c: Counts, e: Estimate) -> Ends:
    half = stats.norm.ppf((1 + e.level) / 2) * np.sqrt(c["variance"])
    return max(c["uncut"] - half, 0.0), min(c["uncut"] + half, 1.0)


def _expected(c: Counts, e: Estimate) -> Ends:
    z = stats.norm.ppf((1 + e.level) / 2)
    low = c["signed_mean"] - z * np.sqrt(c["signed_variance"])
    high = np.sqrt(np.clip(c["squared"] + z * np.sqrt(c["squared_variance"]), 0, 1))
    return max(min(low, value(e)), 0.0), max(high, value(e))


def _wald(c: Counts, e: Estimate) -> Ends:
    assert e.value is not None
    return _pair(stats.norm.interval(e.level, e.value, c["standard_error"]))


INTERVALS: dict[str, Callable[[Counts, Estimate], Ends]] = {
    "wilson": _wilson,
    "clopper-pearson": lambda c, e: proportion_confint(c["hits"], c["trials"], 1 - e.level, "beta"),
    "mover": _mover,
    "student-t": _student,
    "hall": _hall,
    "newcombe-paired": _paired,
    "newcombe": _newcombe,
    "logit-delong": _delong,
    "newcombe-auroc": _newcombe_auroc,
    "logit-jackknife": _jackknife,
    "debiased-squares": _squares,
    "debiased-ece": _expected,
    "wald-sandwich": _wald,
}
