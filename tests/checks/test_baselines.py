"""Gains over answers that need no model, against scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

CHECKS = {"include": ["accuracy.gain_over_majority", "accuracy.brier_skill", "accuracy.log_loss_gain"]}


def test_on_all_rows_they_are_those_of_scikit_learn(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(people, checks=CHECKS)
    skill = record["accuracy.brier_skill"]
    assert skill.estimate().metric == "brier_skill"
    assert skill.estimate().value == pytest.approx(metrics.d2_brier_score(people.y, people.p), abs=1e-12)
    x = np.zeros((len(people), 1))
    most, prior = (DummyClassifier(strategy=name).fit(x, people.y) for name in ("most_frequent", "prior"))
    gain = metrics.accuracy_score(people.y, people.decided) - most.score(x, people.y)
    assert record["accuracy.gain_over_majority"].estimate().value == pytest.approx(gain, abs=1e-12)
    loss = metrics.log_loss(people.y, prior.predict_proba(x)) - metrics.log_loss(people.y, people.p)
    assert record["accuracy.log_loss_gain"].estimate().value == pytest.approx(loss, abs=1e-12)
    brier = metrics.brier_score_loss(people.y, prior.predict_proba(x)[:, 1]) - metrics.brier_score_loss(
        people.y, people.p
    )
    assert skill.estimate("brier_gain").value == pytest.approx(brier, abs=1e-12)


def test_groups_are_compared_with_the_shares_of_all_rows(people: pd.DataFrame, measured: Measure) -> None:
    share = people.y.mean()
    for one in measured(people, checks=CHECKS)["accuracy.brier_skill"].estimates:
        if set(one.slice) == {"race"} and one.metric == "brier_skill":
            d = people[people.race == one.slice["race"]]
            expected = 1 - ((d.y - d.p) ** 2).mean() / ((d.y - share) ** 2).mean()
            assert one.value == pytest.approx(expected, abs=1e-12)


def test_a_good_model_is_better_and_the_shares_themselves_are_not(people: pd.DataFrame, measured: Measure) -> None:
    require = [{"check": check, "at_least": 0} for check in CHECKS["include"]]
    assert {r.verdict for r in measured(people, [], checks=CHECKS, require=require).requirements} == {"pass"}
    idle = people.assign(p=people.y.mean(), decided=0)
    assert {r.verdict for r in measured(idle, [], checks=CHECKS, require=require).requirements} <= {
        "pass",
        "inconclusive",
    }
    for result in measured(idle, [], checks=CHECKS).results:
        one = result.estimate()
        assert one.value == pytest.approx(0, abs=1e-12) and one.low is not None and one.low <= 0


def test_a_prior_of_one_half_has_a_skill_and_an_interval(people: pd.DataFrame, measured: Measure) -> None:
    even = people.groupby("y").head(int(people.y.value_counts().min()))
    found = measured(even, [], checks=CHECKS)["accuracy.brier_skill"].estimate()
    assert found.value == pytest.approx(1 - 4 * metrics.brier_score_loss(even.y, even.p), abs=1e-12)
    assert found.low is not None and found.high is not None and 0 < found.high - found.low < 0.2
