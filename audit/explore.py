"""Exploratory findings: which slices that no requirement names have another rate than the rest of the rows.

From the counts in the record alone: Fisher's exact test of each slice against all other rows, two-sided by twice the
smaller tail, adjusted over the slices of one metric by Benjamini & Yekutieli (2001, Ann. Stat. 29:1165). Their method and
not that of Benjamini & Hochberg, because slices of one partition depend on each other negatively: one group's rest holds
the others. A finding is a reason to look, never a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .record import Estimate, Requirement, Result
from .stats.fisher import exact_greater
from .stats.multiple import benjamini_yekutieli

OVERLAPPING = ("ranking",)
"""Families whose units, such as queries, can lie in several slices at once."""


def explored(results: Sequence[Result], requirements: Sequence[Requirement]) -> list[Result]:
    """``results`` with ``differs_p`` on rates of slices that no requirement on their check names."""
    named = {(one.check, frozenset(one.on)) for one in requirements}
    return [_explored(result, named) for result in results]


def _explored(result: Result, named: set[tuple[str, frozenset[str]]]) -> Result:
    if result.family in OVERLAPPING:
        return result
    found = list(result.estimates)
    for metric in dict.fromkeys(e.metric for e in found):
        whole = next((e for e in found if e.metric == metric and not e.slice), None)
        if whole is None or not _is_rate(whole):
            continue
        places = [
            i
            for i, e in enumerate(found)
            if e.metric == metric and e.slice and _is_rate(e) and e.state in ("ok", "degenerate")
            and (result.check, frozenset(e.slice)) not in named and e.counts["trials"] < whole.counts["trials"]
        ]  # fmt: skip
        for i, p in zip(places, _adjusted([found[i] for i in places], whole), strict=True):
            found[i] = found[i].model_copy(update={"differs_p": float(p)})
    return result.model_copy(update={"estimates": found})


def _is_rate(e: Estimate) -> bool:
    return set(e.counts) == {"hits", "trials"} and not e.against


def _adjusted(slices: Sequence[Estimate], whole: Estimate) -> Sequence[float]:
    if not slices:
        return []
    hits, trials = (np.array([e.counts[key] for e in slices]) for key in ("hits", "trials"))
    other_hits, other_trials = whole.counts["hits"] - hits, whole.counts["trials"] - trials
    more = exact_greater(hits, trials, other_hits, other_trials)
    less = exact_greater(other_hits, other_trials, hits, trials)
    found: list[float] = benjamini_yekutieli(np.minimum(2 * np.minimum(more, less), 1.0)).tolist()
    return found
