"""A record as fairlearn users know it: metrics by group, and their differences and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import RecordError, nearest
from .record import Estimate, Record

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["between_groups", "to_overall"]


@dataclass(frozen=True)
class MetricFrame:
    """Looks like ``fairlearn.metrics.MetricFrame``, and is made of estimates of a record; no row is needed.

    Columns are metrics by check id (``accuracy.recall``), or ``check[metric]`` for the further ones of a check.
    """

    overall: pd.Series[float]
    by_group: pd.DataFrame
    overall_ci: list[pd.Series[float]]
    """Lower and upper ends of the intervals of the record; NaN where one is open."""
    by_group_ci: list[pd.DataFrame]
    ci_quantiles: list[float]

    def group_min(self) -> pd.Series[float]:
        """The least value of any group."""
        return self.by_group.min()

    def group_max(self) -> pd.Series[float]:
        """The greatest."""
        return self.by_group.max()

    def difference(self, method: Method = "between_groups") -> pd.Series[float]:
        """Greatest minus least value; or, ``to_overall``, the greatest distance from the overall value. Never below 0."""
        if _checked(method) == "between_groups":
            return self.group_max() - self.group_min()
        return (self.by_group - self.overall).abs().max()

    def ratio(self, method: Method = "between_groups") -> pd.Series[float]:
        """Least divided by greatest value; or, ``to_overall``, the least ratio to the overall value or its inverse."""
        if _checked(method) == "between_groups":
            return self.group_min() / self.group_max()
        ratios = self.by_group / self.overall
        return ratios.where(ratios <= 1, 1 / ratios).min()


def metric_frame(record: Record, on: str | Sequence[str]) -> MetricFrame:
    """All metrics of the record that have a value in each group by ``on``; comparisons of groups are left out.

    Raises:
        RecordError: the record has no such attribute, or no group of it was measured.
    """
    import pandas as pd

    names = [on] if isinstance(on, str) else list(on)
    known = [attribute.name for attribute in record.data.sensitive]
    for name in names:
        if name not in known:
            raise RecordError(
                f"to_metric_frame: {name!r} is not a sensitive attribute of this record{nearest(name, known)}"
            )
    whole: dict[str, Estimate] = {}
    groups: dict[str, dict[tuple[str, ...], Estimate]] = {}
    for result in record.results:
        first = result.estimates[0].metric if result.estimates else ""
        for one in result.estimates:
            column = result.check if one.metric == first else f"{result.check}[{one.metric}]"
            if not one.slice:
                whole[column] = one
            elif set(one.slice) == set(names) and not one.against:
                groups.setdefault(column, {})[tuple(one.slice[name] for name in names)] = one
    columns = [column for column in groups if column in whole]
    if not columns:
        raise RecordError(f"to_metric_frame: nothing was measured in the groups by {' and '.join(names)}")
    keys = sorted({key for column in columns for key in groups[column]})
    index = pd.MultiIndex.from_tuples(keys, names=names) if len(names) > 1 else pd.Index([k for (k,) in keys], name=on)

    def of(end: str) -> tuple[pd.Series[float], pd.DataFrame]:
        cells = {c: [_number(groups[c].get(key), end) for key in keys] for c in columns}
        return pd.Series({c: _number(whole[c], end) for c in columns}), pd.DataFrame(cells, index=index)

    (overall, by_group), low, high = of("value"), of("low"), of("high")
    tail = (1 - record.audit.confidence) / 2
    return MetricFrame(overall, by_group, [low[0], high[0]], [low[1], high[1]], [tail, 1 - tail])


def _number(one: Estimate | None, end: str) -> float:
    value = None if one is None else getattr(one, end)
    return float("nan") if value is None else float(value)


def _checked(method: str) -> str:
    if method not in ("between_groups", "to_overall"):
        raise ValueError(f"method: expected 'between_groups' or 'to_overall', got {method!r}")
    return method
