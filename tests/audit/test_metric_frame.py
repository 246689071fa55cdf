"""The view of a record that fairlearn users know, against fairlearn itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics
from sklearn.metrics import accuracy_score

from assay import audit
from assay.audit.errors import RecordError

THEIRS = {
    "accuracy.accuracy": accuracy_score,
    "accuracy.recall": metrics.true_positive_rate,
    "accuracy.false_positive_rate": metrics.false_positive_rate,
    "fairness.selection_rate": metrics.selection_rate,
}


def of(frame: pd.DataFrame) -> audit.Record:
    data = audit.Dataset(frame, target="y", sensitive=["sex", "race"])
    checks = [*THEIRS, "fairness.impact_ratio", "data.schema"]
    return audit.run(None, data, {"model": {"prediction": "decided"}, "checks": {"include": checks}})


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    columns = {"sex": rng.choice(["f", "m"], 900), "race": rng.choice(["a", "b", "c"], 900)}
    return pd.DataFrame({**columns, "y": rng.integers(0, 2, 900), "decided": rng.integers(0, 2, 900)})


@pytest.mark.parametrize("on", ["sex", "race", ["sex", "race"]])
def test_it_agrees_with_fairlearn(people: pd.DataFrame, on: str | list[str]) -> None:
    ours = of(people).to_metric_frame(on)
    theirs = metrics.MetricFrame(metrics=THEIRS, y_true=people.y, y_pred=people.decided, sensitive_features=people[on])
    assert list(ours.by_group.columns) == list(ours.overall.index) and set(ours.by_group) == set(THEIRS)
    pd.testing.assert_frame_equal(ours.by_group[list(THEIRS)], theirs.by_group, atol=1e-12, rtol=0, check_dtype=False)
    for mine, other in (
        (ours.overall, theirs.overall),
        (ours.group_min(), theirs.group_min()),
        (ours.group_max(), theirs.group_max()),
        (ours.difference(), theirs.difference()),
        (ours.ratio(), theirs.ratio()),
        (ours.difference("to_overall"), theirs.difference(method="to_overall")),
        (ours.ratio("to_overall"), theirs.ratio(method="to_overall")),
    ):
        pd.testing.assert_series_equal(
            mine[list(THEIRS)].astype(float), other.astype(float), atol=1e-12, rtol=0, check_names=False
        )
    low, high = ours.by_group_ci
    assert ((low <= ours.by_group) & (ours.by_group <= high)).all(axis=None)
    assert ours.ci_quantiles == pytest.approx([0.025, 0.975])


def test_the_example_of_the_fairlearn_user_guide() -> None:
    """Performing a fairness assessment: 18 rows in three groups, and the numbers as that page prints them."""
    y = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    decided = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
    frame = pd.DataFrame({"y": y, "decided": decided, "sex": list("bbabbcccaacabccbcc"), "race": ["p", "q"] * 9})
    ours = of(frame).to_metric_frame("sex")

    def shown(found: Any) -> list[float]:
        return [float(found[key]) for key in list(THEIRS)[1:]]

    assert shown(ours.overall) == pytest.approx([0.5, 0.666667, 0.555556], abs=5e-7)
    printed = {"a": [0.5, 1.0, 0.75], "b": [0.6, 0.0, 0.5], "c": [0.4, 0.666667, 0.5]}
    for group, row in printed.items():
        assert shown(ours.by_group.loc[group]) == pytest.approx(row, abs=5e-7)
    assert shown(ours.group_min()) == pytest.approx([0.4, 0.0, 0.5])
    assert shown(ours.group_max()) == pytest.approx([0.6, 1.0, 0.75])
    assert shown(ours.difference()) == pytest.approx([0.2, 1.0, 0.25])
    assert shown(ours.ratio()) == pytest.approx([0.666667, 0.0, 0.666667], abs=5e-7)
    assert shown(ours.difference("to_overall")) == pytest.approx([0.1, 0.666667, 0.194444], abs=5e-7)
    assert shown(ours.ratio("to_overall")) == pytest.approx([0.8, 0.0, 0.740741], abs=5e-7)


def test_what_is_not_there_is_said(people: pd.DataFrame) -> None:
    record = of(people)
    with pytest.raises(RecordError, match=r"'seks' is not a sensitive attribute of this record; known: race, sex"):
        record.to_metric_frame("seks")
    with pytest.raises(ValueError, match="'between_groups' or 'to_overall'"):
        record.to_metric_frame("sex").ratio("overall")  # type: ignore[arg-type]
    bare = audit.run(None, audit.Dataset(people, target="y", sensitive=["sex"]),
                     {"model": {"prediction": "decided"}, "checks": {"include": ["fairness.impact_ratio"]}})  # fmt: skip
    with pytest.raises(RecordError, match="nothing was measured"):
        bare.to_metric_frame("sex")
