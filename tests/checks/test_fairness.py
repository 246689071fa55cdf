"""The fairness family against fairlearn, which reports the extremes over the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

KEYS: list[str | list[str]] = ["sex", "race", ["sex", "race"]]


def values(result: Any, attributes: str | list[str]) -> list[float]:
    names = {attributes} if isinstance(attributes, str) else set(attributes)
    return [e.value for e in result.estimates if set(e.slice) == names]


@pytest.mark.parametrize("on", KEYS)
def test_the_worst_group_is_that_of_fairlearn(people: pd.DataFrame, measured: Measure, on: Any) -> None:
    record = measured(people)
    given = {"y_true": people.y, "y_pred": people.decided, "sensitive_features": people[on]}
    differences = np.abs(values(record["fairness.demographic_parity_difference"], on))
    assert max(differences) == pytest.approx(metrics.demographic_parity_difference(**given), abs=1e-12)
    ratios = values(record["fairness.impact_ratio"], on)
    assert min(ratios) == pytest.approx(metrics.demographic_parity_ratio(**given), abs=1e-12)
    opportunity = np.abs(values(record["fairness.equal_opportunity_difference"], on))
    assert max(opportunity) == pytest.approx(metrics.equal_opportunity_difference(**given), abs=1e-12)
    odds = values(record["fairness.equalized_odds_difference"], on)
    assert max(odds) == pytest.approx(metrics.equalized_odds_difference(**given), abs=1e-12)


@pytest.mark.parametrize("on", KEYS)
def test_selection_rates_are_those_of_fairlearn(people: pd.DataFrame, measured: Measure, on: Any) -> None:
    frame = metrics.MetricFrame(
        metrics=metrics.selection_rate, y_true=people.y, y_pred=people.decided, sensitive_features=people[on]
    )
    found = values(measured(people)["fairness.selection_rate"], on)
    assert found == pytest.approx(frame.by_group.tolist(), abs=1e-12)


def test_a_named_reference_is_compared_with_and_not_listed(people: pd.DataFrame) -> None:
    from assay import audit

    dataset = audit.Dataset(people, target="y", sensitive=["sex"], reference={"sex": "Female"})
    record = audit.run(None, dataset, {"model": {"prediction": "decided"}})
    rates = people.groupby("sex").decided.mean()
    (ratio,) = record["fairness.impact_ratio"].estimates
    (difference,) = record["fairness.demographic_parity_difference"].estimates
    assert (ratio.slice, ratio.against) == ({"sex": "Male"}, "sex=Female")
    assert ratio.value == pytest.approx(rates["Male"] / rates["Female"], abs=1e-12)
    assert difference.value == pytest.approx(rates["Male"] - rates["Female"], abs=1e-12)


def test_a_group_that_is_never_selected_has_ratio_zero_and_an_interval(people: pd.DataFrame, measured: Measure) -> None:
    people["decided"] = np.where(people.race == "Other", 0, people.decided)
    found = measured(people.drop(columns="p"))["fairness.impact_ratio"].estimate(race="Other")
    assert (found.value, found.low) == (0, 0)
    assert found.high is not None and 0 < found.high < 1


def test_where_nobody_is_selected_the_ratio_is_undefined(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(
        people.drop(columns="p").assign(decided=0), require=[{"check": "fairness.impact_ratio", "at_least": 0.8}]
    )
    assert {e.state for e in record["fairness.impact_ratio"].estimates} == {"undefined"}
    assert {r.verdict for r in record.requirements} == {"inconclusive"}
