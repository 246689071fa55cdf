"""The checks on several labels against scikit-learn, on the whole and every slice, weighted and clustered, and on bad data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from assay import audit
from assay.audit import Record
from assay.audit.slices import FloatArray, IntArray

from .test_catalogue import sound

NAMES = ["a", "b", "c", "d"]
DECIDED = [f"{name}?" for name in NAMES]
SCORES = [f"p({name})" for name in NAMES]
CHECKS = [id for id, spec in audit.checks().items() if "multilabel" in spec.tasks and id != "data.schema"]


def rows(n: int = 600, seed: int = 2) -> pd.DataFrame:
    """Labels that depend on each other, of uneven frequency; scores with ties; people with several rows and weights."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    y = (common + rng.normal(size=(n, 4)) > [0, 0.7, 1.4, 2.2]).astype(int)
    p = np.round(1 / (1 + np.exp(-(2 * y - 1 + rng.normal(size=y.shape)))), 2)
    frame = pd.DataFrame(np.hstack([y, p]), columns=[*NAMES, *SCORES]).astype(dict.fromkeys(NAMES, int))
    frame[DECIDED] = (p >= 0.5).astype(int)
    return frame.assign(sex=rng.choice(["f", "m"], n), person=rng.integers(0, n // 5, n), weight=rng.uniform(0.2, 3, n))


def run(frame: pd.DataFrame, **design: Any) -> Record:
    plan = {
        "model": {"task": "multilabel", "prediction": DECIDED, "probability": SCORES},
        "checks": {"include": [id for id in CHECKS if not id.startswith("comparison")]},
    }
    return audit.run(None, audit.Dataset(frame, target=NAMES, sensitive=["sex"], **design), plan)


def expected(y: IntArray, d: IntArray, p: FloatArray, w: FloatArray | None) -> dict[tuple[str, str], float]:
    """By check and metric, as scikit-learn has it; of rows of which none is without true and assigned labels."""
    found = {
        ("multilabel.subset_accuracy", "subset_accuracy"): skm.accuracy_score(y, d, sample_weight=w),
        ("multilabel.hamming_loss", "hamming_loss"): skm.hamming_loss(y, d, sample_weight=w),
        ("multilabel.samples", "jaccard"): skm.jaccard_score(y, d, average="samples", sample_weight=w, zero_division=1),
    }
    for metric, of in (("f1", skm.f1_score), ("precision", skm.precision_score), ("recall", skm.recall_score)):
        found["multilabel.micro", metric] = of(y, d, average="micro", sample_weight=w)
        found["multilabel.macro", metric] = of(y, d, average="macro", sample_weight=w)
        for k, name in enumerate(NAMES):
            label = f"{metric.replace('f1', 'F1')} of {name}"
            found["multilabel.labels", label] = of(y[:, k], d[:, k], sample_weight=w)
        zero = 1 if metric == "f1" else 0
        found["multilabel.samples", metric] = of(y, d, average="samples", sample_weight=w, zero_division=zero)
    for average in ("macro", "micro"):
        found["multilabel.auroc", average] = skm.roc_auc_score(y, p, average=average, sample_weight=w)
        found["multilabel.average_precision", average] = skm.average_precision_score(
            y, p, average=average, sample_weight=w
        )
    for name, of in (
        ("ranking_precision", skm.label_ranking_average_precision_score),
        ("coverage_error", skm.coverage_error),
        ("ranking_loss", skm.label_ranking_loss),
    ):
        found[f"multilabel.{name}", name] = of(y, p, sample_weight=w)
    return found


@pytest.mark.parametrize("design", [{}, {"weight": "weight"}, {"weight": "weight", "cluster": "person"}], ids=str)
def test_values_are_those_of_scikit_learn(design: dict[str, str]) -> None:
    frame = rows()
    frame = frame[frame[NAMES].any(axis=1) | frame[DECIDED].any(axis=1)]
    record = run(frame, **design)
    for group in ({}, {"sex": "f"}, {"sex": "m"}):
        of = frame if not group else frame[frame.sex == group["sex"]]
        y, d, p = (of[columns].to_numpy() for columns in (NAMES, DECIDED, SCORES))
        for (check, metric), value in expected(y, d, p, of.weight.to_numpy() if design else None).items():
            estimate = record[check].estimate(metric, **group)
            assert estimate.value == pytest.approx(value), (check, metric, group)
            sound(record[check])
            assert estimate.state == "ok"


def test_a_row_without_true_and_assigned_labels_is_right() -> None:
    y = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]])
    d = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 1]])
    frame = pd.DataFrame(np.hstack([y, d]), columns=[*NAMES, *DECIDED])
    plan = {"model": {"task": "multilabel", "prediction": DECIDED}, "checks": {"include": ["multilabel.samples"]}}
    result = audit.run(None, audit.Dataset(frame, target=NAMES), plan)["multilabel.samples"]
    values = {estimate.metric: estimate.value for estimate in result.estimates}
    assert values == pytest.approx(
        {"f1": (1 + 2 / 5) / 4, "jaccard": (1 + 1 / 4) / 4, "precision": (1 + 1 / 3) / 4, "recall": (1 + 1 / 2) / 4}
    )


def test_gains_over_a_baseline() -> None:
    frame = rows()
    other = [f"{name}!" for name in NAMES]
    frame[other] = 1 - frame[DECIDED].to_numpy() * (np.random.default_rng(1).random((len(frame), 4)) < 0.8)
    plan = {
        "model": {"task": "multilabel", "prediction": DECIDED},
        "baseline": {"prediction": other},
        "checks": {"include": ["comparison"]},
    }
    record = audit.run(None, audit.Dataset(frame, target=NAMES, sensitive=["sex"]), plan)
    y, d, b = (frame[columns].to_numpy() for columns in (NAMES, DECIDED, other))
    gain = skm.accuracy_score(y, d) - skm.accuracy_score(y, b)
    assert record["comparison.subset_accuracy"].estimate().value == pytest.approx(gain)
    gain = skm.hamming_loss(y, b) - skm.hamming_loss(y, d)
    assert record["comparison.hamming_loss"].estimate().value == pytest.approx(gain)
    assert [result.check for result in record.results] == ["comparison.hamming_loss", "comparison.subset_accuracy"]


def test_probabilities_of_each_label_are_held_against_its_frequency() -> None:
    plan = {
        "model": {"task": "multilabel", "probability": SCORES},
        "checks": {"include": ["calibration.classwise", "calibration.ce2"]},
    }
    several = audit.run(None, audit.Dataset(rows(), target=NAMES), plan)["calibration.classwise"]
    errors = []
    for name, p in zip(NAMES, SCORES, strict=True):
        plan["model"] = {"probability": p}
        errors.append(audit.run(None, audit.Dataset(rows(), target=name), plan)["calibration.ce2"].estimate().value)
    assert several.estimate("squared_error").value == pytest.approx(np.mean(np.array(errors, float)), abs=2e-3)
    assert {row[0] for row in several.figures[0].rows} == set(NAMES)


BAD: dict[str, dict[str, Any]] = {
    "a label nobody has": {"a": 0},
    "a label everybody has": {"a": 1},
    "a label that is never assigned": {"a?": 0, "p(a)": 0.0},
    "no label at all": dict.fromkeys([*NAMES, *DECIDED], 0),
    "all labels, all assigned": dict.fromkeys([*NAMES, *DECIDED], 1),
    "all labels, none assigned": dict.fromkeys(NAMES, 1) | dict.fromkeys(DECIDED, 0),
    "constant probabilities": dict.fromkeys(SCORES, 0.5),
    "probabilities of 0 and 1": {f"p({name})": rows()[name] for name in NAMES} | {f"{name}?": rows()[name] for name in NAMES},
    "a label in one group only": {"sex": np.where(rows().a == 1, "f", "m")},
}  # fmt: skip


@pytest.mark.parametrize("design", [{}, {"weight": "weight", "cluster": "person"}], ids=str)
@pytest.mark.parametrize("name", BAD)
def test_bad_data_give_sound_answers(name: str, design: dict[str, str]) -> None:
    for result in run(rows().assign(**BAD[name]), **design).results:
        sound(result)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_few_rows_are_no_evidence(n: int) -> None:
    frame = rows().head(n).assign(sex=["f", "m", "f", "m", "f", "m", "f", "m"][:n])
    dataset = audit.Dataset(frame, target=NAMES, sensitive=["sex"] if n > 1 else [])
    plan = {"model": {"task": "multilabel", "prediction": DECIDED, "probability": SCORES}}
    for result in audit.run(None, dataset, plan).results:
        sound(result)
        assert {one.state for one in result.estimates} <= {"insufficient", "undefined"}, result.check


def test_rows_that_are_repeated_in_clusters_tell_no_more() -> None:
    frame = rows(200).drop(columns="weight").assign(person=np.arange(200))
    once, thrice = run(frame), run(pd.concat([frame] * 3), cluster="person")
    for check in ("multilabel.samples", "multilabel.hamming_loss"):
        for one, three in zip(once[check].estimates, thrice[check].estimates, strict=True):
            assert (one.value, one.low, one.high) == pytest.approx((three.value, three.low, three.high), abs=1e-3)


def test_other_tasks_are_told_why_not() -> None:
    record = run(rows().assign(y=rows().a))
    plan = {"model": {"prediction": "a?"}, "checks": {"include": ["multilabel.micro"]}}
    assert audit.run(None, audit.Dataset(rows(), target="a"), plan).results[0].reason == (
        "for multilabel models; this one is binary"
    )
    assert record.verdict.status == "not_assessed"
