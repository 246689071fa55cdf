"""robustness.black_box on scikit-learn models, against exact distances, other attacks, and quotas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from assay import audit
from assay.audit.record import Record

from .digits import DecisionsOnly, Network, held_out

CHECK = "robustness.black_box"


def cancer(columns: int = 6) -> tuple[pd.DataFrame, pd.Series, dict[str, tuple[float, float]]]:
    data = load_breast_cancer(as_frame=True)
    x = data.data.iloc[:, :columns]
    return x, data.target, {name: (float(x[name].min()), float(x[name].max())) for name in x}


def audited(model: Any, data: audit.Dataset, task: str = "binary", **options: Any) -> Record:
    plan = {"model": {"task": task}, "checks": {"include": [CHECK], "options": {CHECK: options}}}
    return audit.run(model, data, plan)


def number(record: Record, what: str) -> float:
    table = next(figure for figure in record[CHECK].figures if figure.columns)
    return next(float(row[1]) for row in table.rows if str(row[0]).startswith(what))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [LogisticRegression(max_iter=5000), LinearSVC()])
@pytest.mark.parametrize(("norm", "dual"), [("Linf", 1), ("L2", 2)])
def test_robust_accuracy_of_a_linear_model(kind: Any, norm: str, dual: int) -> None:
    """Right and |f| / |w|_q above the radius, in units of the bounds; with scores, and with decisions alone."""
    x, y, bounds = cancer()
    model = make_pipeline(StandardScaler(), kind).fit(x[:300], y[:300])
    rows = x[300:400].reset_index(drop=True)
    wide = {name: (2 * low - high, 2 * high - low) for name, (low, high) in bounds.items()}  # no wall is near
    width = np.array([high - low for low, high in wide.values()])
    scaled = model[-1].coef_[0] / model[0].scale_ * width
    exact = np.abs(model.decision_function(rows)) / np.linalg.norm(scaled, dual)
    right = model.predict(rows) == y[300:400].to_numpy()
    eps = float(np.median(exact))
    record = audited(model, audit.Dataset(rows, y[300:400].to_numpy(), bounds=wide), norm=norm, eps=eps, queries=2000)
    found = record[CHECK].estimate("robust_accuracy")
    truth = float(np.mean(right & (exact > eps)))
    assert found.value is not None and truth <= found.value <= truth + 0.02
    assert record[CHECK].estimate("accuracy").value == pytest.approx(right.mean())
    assert record[CHECK].estimate("kept").n == right.sum()


def test_many_rows_take_few_calls() -> None:
    """One call per stage for all rows: ART's HopSkipJump calls the model once per row and stage."""
    x, y, bounds = cancer()
    model = RandomForestClassifier(20, random_state=0).fit(x[:300], y[:300])
    record = audited(model, audit.Dataset(x[300:500], y[300:500].to_numpy(), bounds=bounds), eps=0.05, queries=300)
    assert number(record, "queries asked") > 100 * number(record, "calls")


def test_a_quota_is_kept_to_the_query() -> None:
    x, y = held_out(60)
    model = DecisionsOnly()
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    record = audited(model, data, "multiclass", eps=0.2, scale="raw", rows=40, budget=8000)
    asked = number(record, "queries asked")
    assert asked <= 8000 and number(record, "queries at most") == 200
    assert model.asked - asked == 60  # the probe before the audit


def test_a_quota_that_is_too_small_is_said() -> None:
    x, y = held_out(60)
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    found = audited(DecisionsOnly(), data, "multiclass", eps=0.2, rows=40, budget=100)[CHECK]
    assert found.status == "not_assessed" and "less than ten queries for each of 40 rows" in found.reason


def test_more_queries_and_larger_radii_never_leave_more() -> None:
    x, y = held_out(60)
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    few, many = (
        audited(Network(), data, "multiclass", eps=0.1, scale="raw", rows=60, queries=n)[CHECK] for n in (60, 1500)
    )
    assert (few.estimate("robust_accuracy").value or 0) > (many.estimate("robust_accuracy").value or 0)
    curve = next(figure for figure in many.figures if figure.series).series[0]
    assert curve.y == sorted(curve.y, reverse=True)
    assert curve.y[0] == pytest.approx(many.estimate("accuracy").value)


def test_a_constant_model_keeps_its_base_rate() -> None:
    class Constant:
        def predict(self, x: Any) -> Any:
            return np.ones(len(x), dtype=int)

    x, y, bounds = cancer(3)
    found = audited(Constant(), audit.Dataset(x, y.to_numpy(), bounds=bounds), eps=0.5, rows=100)[CHECK]
    assert found.estimate("robust_accuracy").value == found.estimate("accuracy").value


def test_rows_are_sampled_and_groups_are_sliced() -> None:
    x, y, bounds = cancer(3)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    site = np.where(np.arange(len(x)) % 3 == 0, "A", "B")
    data = audit.Dataset(
        x.assign(y=y, site=site), target="y", sensitive=["site"], features=[str(name) for name in x], bounds=bounds
    )
    found = audited(model, data, eps=0.05, rows=120, queries=100)[CHECK]
    whole = found.estimate("robust_accuracy")
    parts = [found.estimate("robust_accuracy", site=name) for name in ("A", "B")]
    assert whole.n == 120 == sum(part.n for part in parts)
    assert {e.slice.get("site") for e in found.estimates if e.metric == "kept"} == {None, "A", "B"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bounds": None}, "give data.bounds"),
        ({"bounds": (0, 0.5)}, "rows have inputs outside data.bounds"),
    ],
)
def test_bad_bounds_are_told(change: dict[str, Any], reason: str) -> None:
    x, y = held_out(40)
    data = audit.Dataset(x, y, kind="array", **change)
    found = audited(Network(), data, "multiclass")[CHECK]
    assert found.status == "not_assessed" and reason in found.reason
