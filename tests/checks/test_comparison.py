"""Champion against challenger: against scikit-learn and statsmodels, with planted gains and with none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar

from assay import audit
from assay.audit import Record

Score = Callable[[pd.DataFrame, str, str], float]

GAINS: dict[str, Score] = {
    "accuracy": lambda d, decided, p: metrics.accuracy_score(d.y, d[decided]),
    "balanced_accuracy": lambda d, decided, p: metrics.balanced_accuracy_score(d.y, d[decided]),
    "f1": lambda d, decided, p: metrics.f1_score(d.y, d[decided]),
    "auroc": lambda d, decided, p: metrics.roc_auc_score(d.y, d[p]),
    "brier": lambda d, decided, p: -metrics.brier_score_loss(d.y, d[p]),
    "log_loss": lambda d, decided, p: -metrics.log_loss(d.y, d[p]),
}


@pytest.fixture
def rivals() -> pd.DataFrame:
    """2,000 rows, and two models of which ``q`` sees the truth through more noise than ``p``."""
    rng = np.random.default_rng(9)
    n = 2000
    logit = rng.normal(0, 2, n)
    frame = pd.DataFrame(
        {"y": (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int), "sex": rng.choice(["f", "m"], n)}
    )
    for name, noise in (("p", 0.2), ("q", 1.5)):
        frame[name] = 1 / (1 + np.exp(-(logit + rng.normal(0, noise, n)) / (1 + noise**2 / 4)))
        frame[f"by_{name}"] = (frame[name] >= 0.5).astype(int)
    return frame


def compared(frame: pd.DataFrame, model: str = "p", baseline: str = "q", **tables: Any) -> Record:
    plan = {
        "model": {"prediction": f"by_{model}", "probability": model},
        "baseline": {"prediction": f"by_{baseline}", "probability": baseline},
        "checks": {"include": ["comparison"]},
        **tables,
    }
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan)


def test_they_are_differences_of_two_scores(rivals: pd.DataFrame) -> None:
    record = compared(rivals)
    for name, score in GAINS.items():
        for one in record[f"comparison.{name}"].estimates:
            d = rivals[rivals.sex == one.slice["sex"]] if one.slice else rivals
            gain = score(d, "by_p", "p") - score(d, "by_q", "q")
            assert one.value == pytest.approx(gain, abs=1e-12), name
            assert one.low is not None and one.high is not None and one.low < gain < one.high
    agreement = record["comparison.agreement"].estimate(sex="f").value
    assert agreement == pytest.approx((rivals.by_p == rivals.by_q)[rivals.sex == "f"].mean())


def test_who_is_compared_with_whom_only_turns_the_sign(rivals: pd.DataFrame) -> None:
    one, other = compared(rivals), compared(rivals, "q", "p")
    for name in GAINS:
        here, there = one[f"comparison.{name}"].estimate(), other[f"comparison.{name}"].estimate()
        assert here.value == pytest.approx(-(there.value or 0))
        tolerance = 0.002 if name == "f1" else 1e-9  # its limits are drawn
        assert (here.low, here.high) == pytest.approx((-(there.high or 0), -(there.low or 0)), abs=tolerance)


def test_a_planted_gain_is_found_and_a_loss_is_no_pass(rivals: pd.DataFrame) -> None:
    require = [{"check": f"comparison.{name}", "at_least": 0} for name in GAINS]
    assert {r.verdict for r in compared(rivals, require=require).requirements} == {"pass"}
    assert {r.verdict for r in compared(rivals, "q", "p", require=require).requirements} == {"fail"}


def test_the_same_model_is_not_better_and_not_worse_by_a_margin(rivals: pd.DataFrame) -> None:
    require = [{"check": f"comparison.{name}", "at_least": bound} for name in GAINS for bound in (-0.03, 0.0001)]
    record = compared(rivals, "p", "p", require=require)
    for name in GAINS:
        one = record[f"comparison.{name}"].estimate()
        assert one.value == 0 and one.low is not None and one.high is not None and one.low < 0 < one.high
    smooth = [r for r in record.requirements if r.check in ("comparison.accuracy", "comparison.f1", "comparison.auroc")]
    assert [r.verdict for r in smooth] == ["pass", "inconclusive"] * 3
    assert record["comparison.agreement"].estimate().value == 1


def test_mcnemar_is_that_of_statsmodels(rivals: pd.DataFrame) -> None:
    (table,) = compared(rivals)["comparison.accuracy"].figures
    cells = metrics.confusion_matrix(rivals.by_p != rivals.y, rivals.by_q != rivals.y)
    assert [row[1] for row in table.rows] == cells.ravel().tolist()
    assert table.note.endswith(f"p = {mcnemar(cells, exact=True).pvalue:.3g} (exact).")


def test_recalls_of_three_classes_are_compared(many: pd.DataFrame) -> None:
    other = np.where(np.random.default_rng(2).random(len(many)) < 0.3, "a", many.decided)
    plan = {
        "model": {"prediction": "decided", "task": "multiclass"},
        "baseline": {"prediction": "other"},
        "checks": {"include": ["comparison"]},
    }
    frame = many.assign(other=other)
    record = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan)
    for one in record["comparison.balanced_accuracy"].estimates:
        d = frame[frame.sex == one.slice["sex"]] if one.slice else frame
        gain = metrics.balanced_accuracy_score(d.y, d.decided) - metrics.balanced_accuracy_score(d.y, d.other)
        assert one.value == pytest.approx(gain, abs=1e-12)
        assert one.low is not None and one.low > 0
    assert record["comparison.f1"].reason == "for binary models; this one is multiclass"


def test_without_a_baseline_nothing_is_compared(rivals: pd.DataFrame) -> None:
    plan = {"model": {"prediction": "by_p"}, "checks": {"include": ["comparison.accuracy"]}}
    record = audit.run(None, audit.Dataset(rivals, target="y"), plan)
    assert record["comparison.accuracy"].reason == "no baseline to compare with was named"
