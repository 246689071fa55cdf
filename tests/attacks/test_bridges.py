"""Attacks of ART and foolbox as checks: they run through our surface, and what they claim is proved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from assay import audit
from assay.audit.errors import PlanError
from assay.audit.record import Result

from .digits import DecisionsOnly, Network, held_out

pytestmark = pytest.mark.frameworks
art = pytest.importorskip(
    "art", reason="adversarial-robustness-toolbox is not installed (pip install 'assay[attacks]')"
)
foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed (pip install 'assay[attacks]')")


SHORT = {"max_iter": 1, "init_eval": 50, "max_eval": 100}


def attacked(check: str, model: Any = None, **options: Any) -> Result:
    x, y = held_out(60)
    data = audit.Dataset(x, y, kind="array", bounds=(0, 1))
    settings = {"eps": 0.1, "scale": "raw", "rows": 40, **options}
    plan = {"model": {"task": "multiclass"}, "checks": {"include": [check], "options": {check: settings}}}
    return audit.run(model or Network(), data, plan)[check]


def told(result: Result, what: str) -> int:
    return next(int(row[1]) for row in result.figures[0].rows if what in str(row[0]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("check", "options"),
    [
        ("art:FastGradientMethod", {}),
        ("art:ProjectedGradientDescent", {"arguments": {"eps_step": 0.02, "max_iter": 20}}),
        ("art:BasicIterativeMethod", {"arguments": {"eps_step": 0.02, "max_iter": 20}}),
        ("art:DeepFool", {"norm": "L2", "eps": 0.5, "arguments": {"max_iter": 20}}),
        ("foolbox:LinfPGD", {}),
        ("foolbox:LinfFastGradientAttack", {}),
        ("foolbox:L2DeepFoolAttack", {"norm": "L2", "eps": 0.5}),
    ],
)
def test_attacks_find_what_a_fresh_prediction_confirms(check: str, options: dict[str, Any]) -> None:
    found = attacked(check, **options)
    assert found.status == "ok", found.reason
    robust, clean = found.estimate("robust_accuracy").value, found.estimate("accuracy").value
    assert robust is not None and clean is not None and robust < clean - 0.1
    fell = told(found, "fell")
    assert robust == pytest.approx((told(found, "right when clean") - fell) / 40)


def test_the_same_attack_through_both_libraries_finds_the_same() -> None:
    """One step along the sign of the gradient of cross-entropy has no freedom."""
    rows = {"rows": 60}  # all rows, so that both attack the same ones
    one, two = (attacked(f"{lib}Attack", **rows) for lib in ("foolbox:LinfFastGradient",) * 2)
    three = attacked("art:FastGradientMethod", **rows)
    assert one.estimate("robust_accuracy").value == two.estimate("robust_accuracy").value
    assert three.estimate("robust_accuracy").value == one.estimate("robust_accuracy").value


def test_points_outside_of_the_ball_do_not_count() -> None:
    found = attacked("art:HopSkipJump", DecisionsOnly(), rows=8, eps=0.001, arguments=SHORT)
    assert told(found, "outside of ball") == told(found, "changed by the attack") > 0
    assert found.estimate("robust_accuracy").value == found.estimate("accuracy").value


def test_gradient_attacks_on_a_model_without_gradients_are_refused() -> None:
    class Scores:
        predict, predict_proba = Network().predict, Network().predict_proba

    found = attacked("art:FastGradientMethod", Scores())
    assert found.status == "not_assessed" and "LossGradientsMixin" in found.reason
    found = attacked("foolbox:LinfPGD", Scores())
    assert found.status == "not_assessed" and "no gradient" in found.reason


def test_finite_differences_on_a_piecewise_constant_model_are_refused() -> None:
    from sklearn.ensemble import RandomForestClassifier

    x, y = held_out(60)
    found = attacked("art:ZooAttack", RandomForestClassifier(10, random_state=0).fit(x, y), rows=5)
    assert found.status == "not_assessed"
    assert "finite differences are zero" in found.reason and "robustness.black_box" in found.reason


def test_their_random_numbers_follow_our_seed_and_leave_none_behind() -> None:
    before: Any = np.random.get_state()
    one, two = (attacked("art:HopSkipJump", rows=5, norm="L2", eps=1.0, arguments=SHORT) for _ in range(2))
    after: Any = np.random.get_state()
    assert one.estimates == two.estimates
    assert np.array_equal(before[1], after[1]) and before[2] == after[2]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("art:HopSkipJmp", "did you mean 'HopSkipJump'"),
        ("foolbox:LinfPDG", "foolbox has no attack 'LinfPDG'"),
    ],
)
def test_unknown_attacks_are_named(check: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        audit.Plan.parse({"checks": {"include": [check]}}) and attacked(check)
    assert message in str(caught.value)


def test_wrong_arguments_are_told() -> None:
    found = attacked("foolbox:LinfPGD", arguments={"stepps": 3})
    assert found.status == "not_assessed" and "foolbox refuses LinfP" in found.reason and "stepps" in found.reason
