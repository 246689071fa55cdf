"""The sanity panel: sound models pass, and every way of being broken that it is there for is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from assay import audit
from assay.audit.record import Record, Result

from .digits import Network, held_out

CHECK = "robustness.attack_sanity"


def audited(model: Any, require: Any = (), **options: Any) -> Record:
    x, y = held_out()
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    settings = {"eps": 0.1, "scale": "raw", "sample": 60, **options}
    plan = {"model": {"task": "multiclass"}, "checks": {"include": [CHECK], "options": {CHECK: settings}}}
    return audit.run(model, data, {**plan, "require": list(require)})


def states(result: Result) -> dict[str, str]:
    return {str(row[0]): str(row[2]) for row in result.figures[0].rows}


def test_a_sound_model_passes_every_test() -> None:
    found = audited(Network())[CHECK]
    assert states(found) == {f"S{i}": "pass" for i in range(1, 18)} and not found.doubts
    assert all(row[3] for row in found.figures[0].rows), "each test has its number"


def test_saturated_cross_entropy_is_flagged() -> None:
    """Logits times 10,000: PGD on cross-entropy finds next to nothing."""
    found = audited(Network(scale=1e4))[CHECK]
    row = next(row for row in found.figures[0].rows if row[0] == "S8")
    assert row[2] == "warn" and "cross-entropy: 9" in str(row[3])


def test_rounded_inputs_are_flagged_and_nothing_passes_on_them() -> None:
    """Gradients are zero: attacks by gradient find next to nothing, and Square finds what they do not."""
    found = audited(Network(levels=16))[CHECK]
    assert states(found)["S7"] == states(found)["S8"] == "fail"
    assert any("S7 Square finds no more" in doubt for doubt in found.doubts)


class Random(Network):
    """Adds noise to its logits, as dropout that was left on does."""

    def __init__(self) -> None:
        super().__init__()
        self._rng = np.random.default_rng(0)

    def logits(self, x: Any) -> Any:
        return super().logits(x) + self._rng.normal(0, 3, (len(x), 10))


def test_a_random_model_is_invalid_either_way() -> None:
    found = audited(Random())[CHECK]
    assert states(found)["S10"] == "fail" and states(found)["S2"] == "fail"
    assert "option draws averages" in " ".join(found.doubts)


class Probabilities(Network):
    """Hands out probabilities as logits."""

    def logits(self, x: Any) -> Any:
        return softmax(self._forward(x)[1], axis=1)


def test_probabilities_where_logits_were_declared_are_flagged() -> None:
    assert states(audited(Probabilities())[CHECK])["S9"] == "fail"


class Constant(Network):
    """Says 3."""

    def logits(self, x: Any) -> Any:
        return np.eye(10)[np.full(len(x), 3)] * 5.0

    def pullback(self, x: Any, cotangent: Any) -> Any:
        z = self.logits(x)
        return z, 0.0 * (np.asarray(cotangent(z)) @ np.ones((10, 64)))


def test_a_constant_model_is_no_failure_of_the_radius() -> None:
    found = states(audited(Constant())[CHECK])
    assert found["S3"] == "not run" and found["S4"] == "pass" and found["S13"] == "not run"


def test_without_gradients_the_tests_that_need_them_are_not_run() -> None:
    class Scores:
        predict, predict_proba = Network().predict, Network().predict_proba

    found = states(audited(Scores())[CHECK])
    assert {name for name, state in found.items() if state == "not run"} == {"S6", "S7", "S8"}
    assert "fail" not in found.values()


@pytest.mark.parametrize(("eps", "state"), [(0.1, "pass"), (0.9, "warn"), (1e-6, "warn")])
def test_an_odd_radius_is_told(eps: float, state: str) -> None:
    assert states(audited(Network(), eps=eps, sample=20)[CHECK])["S11"] == state


@pytest.mark.parametrize(
    ("model", "verdict", "reason"),
    [
        (Network(), "pass", "the whole interval is at least 0.01"),
        (Network(levels=16), "inconclusive", "it would pass, but the measurement is in doubt: S"),
    ],
)
def test_robust_accuracy_passes_only_where_the_panel_does(model: Any, verdict: str, reason: str) -> None:
    x, y = held_out()
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    settings = {"robustness.adversarial": {"eps": 0.1, "scale": "raw", "rows": 60}, CHECK: {"sample": 40}}
    require = [{"check": "robustness.adversarial", "at_least": 0.01}]
    plan = {"model": {"task": "multiclass"}, "checks": {"include": ["data"], "options": settings}, "require": require}
    record = audit.run(model, data, plan)
    assert record[CHECK].options["eps"] == 0.1 and record[CHECK].options["scale"] == "raw"
    assert record.requirements[0].verdict == verdict and reason in record.requirements[0].reason


def test_the_same_seed_gives_the_same_panel() -> None:
    one, two = (audited(Network(), sample=20)[CHECK].figures for _ in range(2))
    assert one == two


def test_decisions_alone_are_not_assessed() -> None:
    class Labels:
        predict = Network().predict

    found = audited(Labels())[CHECK]
    assert found.status == "not_assessed" and "neither logits nor probabilities" in found.reason
