from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay.audit import Confusion, Dataset, Functional, Outcomes, Proportion, check
from assay.audit.evidence import Evidence
from assay.audit.measure import Measurement, generator, measure
from assay.audit.model import wrap
from assay.audit.plan import ModelTable
from assay.audit.shapes.compare import Comparison, Difference, Ratio


@pytest.fixture
def evidence(frame: pd.DataFrame) -> Evidence:
    table = ModelTable(prediction="decided", probability="p")
    dataset = Dataset(frame, target="y", sensitive=["sex", "race"])
    return Evidence(wrap({"prediction": "decided", "probability": "p"}, table)[1], dataset, table)


def measured(function: Callable[..., Any], evidence: Evidence) -> Measurement:
    spec = check("toy.metric", better="higher")(function).__assay_check__  # type: ignore[attr-defined]
    return measure(spec, {}, evidence, 0)


def test_a_check_that_returns_a_number_is_named(evidence: Evidence) -> None:
    def share(labels: Any) -> float:
        """Share."""
        return float(np.mean(labels))

    with pytest.raises(TypeError, match=r"check 'toy.metric' returned float for 'metric'; expected a statistic"):
        measured(share, evidence)


def test_a_functional_of_the_wrong_shape_is_told_what_was_expected(evidence: Evidence) -> None:
    def total(counts: Confusion) -> Functional:
        """Total."""
        return Functional(np.asarray(counts.cells.sum()))

    with pytest.raises(TypeError, match=r"Functional 'metric': expected values of shape \(12,\), .* got \(\); keep"):
        measured(total, evidence)


def test_a_statistic_of_the_wrong_shape_is_told_what_was_expected(evidence: Evidence) -> None:
    def first(counts: Confusion) -> Proportion:
        """First."""
        return Proportion(counts.correct[:1], counts.n[:1])

    with pytest.raises(TypeError, match=r"metric 'metric': expected one value per slice, shape \(12,\), got \(1,\)"):
        measured(first, evidence)


def test_functions_of_counts_are_compared_on_their_own_scale(evidence: Evidence) -> None:
    def gaps(counts: Confusion) -> dict[str, Comparison]:
        """Gaps of F1, which is a rate on another scale, and of a function of counts that is no rate."""
        dice = Proportion(counts.tp, counts.tp + counts.fp + counts.fn, of=lambda jaccard: 2 * jaccard / (1 + jaccard))
        return {"f1": Ratio(dice), "root": Difference(Functional(np.sqrt(counts.tp / counts.n)))}

    found = measured(gaps, evidence).measured
    cells = evidence.dataset.slices.total_of(evidence.counts)
    own = {
        "f1": 2 * cells[:, 1, 1] / (2 * cells[:, 1, 1] + cells[:, 0, 1] + cells[:, 1, 0]),
        "root": np.sqrt(cells[:, 1, 1] / cells.sum(axis=(1, 2))),
    }
    for one in found:
        places = [evidence.dataset.slices.labels.index(slice) for slice in one.slices]
        values = own[one.metric][places]
        expected = values / values.max() if one.metric == "f1" else values - values.max()
        assert one.statistic.value == pytest.approx(expected), one.metric
    assert {one.metric for one in found} == set(own)


def test_several_metrics_are_kept_apart(evidence: Evidence) -> None:
    def two(labels: Any, predictions: Any) -> dict[str, Outcomes]:
        """Two."""
        return {"right": Outcomes(labels == predictions), "wrong": Outcomes(labels != predictions)}

    right, wrong = measured(two, evidence).measured
    assert (right.metric, wrong.metric) == ("right", "wrong")
    assert right.statistic.value + wrong.statistic.value == pytest.approx(np.ones(12))


def test_every_slice_is_measured_on_its_own_rows(evidence: Evidence, frame: pd.DataFrame) -> None:
    def right(labels: Any, predictions: Any) -> Outcomes:
        """Right."""
        return Outcomes(labels == predictions)

    (only,) = measured(right, evidence).measured
    estimates = only.estimates(0.95)
    assert len(estimates) == 1 + 2 + 3 + 6
    for estimate in estimates:
        rows = frame
        for name, level in estimate.slice.items():
            rows = rows[rows[name] == level]
        assert estimate.value == pytest.approx((rows.y == rows.decided).mean(), abs=1e-15)
        assert estimate.n == len(rows)


def test_what_is_not_finite_stays_out_of_the_record(evidence: Evidence) -> None:
    def empty(counts: Confusion) -> Proportion:
        """Empty."""
        return Proportion(np.zeros_like(counts.n), np.zeros_like(counts.n))

    estimate = measured(empty, evidence).measured[0].estimates(0.95)[0]
    assert (estimate.value, estimate.low, estimate.high, estimate.state) == (None, 0.0, 1.0, "undefined")


def test_each_check_has_random_numbers_of_its_own() -> None:
    draws = [generator(seed, id).random() for seed in (0, 1) for id in ("a.b", "a.c")]
    assert len(set(draws)) == 4
    assert generator(0, "a.b").random() == draws[0]
