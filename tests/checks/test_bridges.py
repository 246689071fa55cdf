"""Metrics of fairlearn and aif360 by name: their numbers on the same rows, with signs and references as ours."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from sklearn import metrics as sklearn

from assay import audit
from assay.audit.errors import RegistryError
from assay.audit.record import Record
from assay.audit.registry import find
from assay.checks.aif360_bridge import _known as aif360_known
from assay.checks.fairlearn_bridge import _known as fairlearn_known

FEW: dict[str, Any] = {"replicates": 100}
N = 600


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    sex, race = rng.choice(["f", "m"], N), rng.choice(["a", "b", "c"], N, p=[0.2, 0.3, 0.5])
    p = rng.beta(2, 2, N) * np.where(sex == "m", 1, 0.8)
    y = (rng.random(N) < p).astype(int)
    value = rng.normal(size=N)
    return pd.DataFrame(
        {
            "sex": sex,
            "race": race,
            "p": p,
            "y": y,
            "decided": (p > 0.5).astype(int),
            "value": value,
            "guess": value + 0.3,
        }
    )


def run(frame: pd.DataFrame, *checks: str, on: tuple[str, ...] = ("sex", "race"), **tables: Any) -> Record:
    options = {check: FEW for check in checks if "replicates" in find(check).options.model_fields}
    model = {"prediction": "decided", "probability": "p", **tables.pop("model", {})}
    data = audit.Dataset(frame, target=tables.pop("target", "y"), sensitive=on, **tables)
    return audit.run(None, data, {"model": model, "checks": {"include": list(checks), "options": options}})


def names(of: dict[str, Any], *endings: str) -> list[str]:
    return [name for name in of if name.endswith(endings)]


THEIRS = [
    "selection_rate", "true_positive_rate", "false_negative_rate", "demographic_parity_difference",
    "demographic_parity_ratio", "equalized_odds_difference", "equalized_odds_ratio", "accuracy_score_group_min",
    "precision_score_group_min", "roc_auc_score_group_min", "zero_one_loss_group_max", "false_positive_rate_ratio",
]  # fmt: skip


def test_a_fairlearn_metric_gives_its_number(people: pd.DataFrame) -> None:
    binary = {name: getattr(fairlearn, name) for name in THEIRS}
    record = run(people, *(f"fairlearn:{name}" for name in binary), on=("sex",))
    for name, function in binary.items():
        result = record[f"fairlearn:{name}"]
        answers = people.p if name.startswith(("roc_auc", "log_loss")) else people.decided
        assert result.status == "ok", result.reason
        for key in ("sex",):
            if result.estimates[0].metric == name:  # plain: the values of groups
                frame = fairlearn.MetricFrame(
                    metrics=function, y_true=people.y, y_pred=answers, sensitive_features=people[key]
                )
                for level, expected in frame.by_group.items():
                    assert result.estimate(**{key: level}).value == pytest.approx(expected, abs=1e-12)
            else:
                expected = function(people.y, answers, sensitive_features=people[key])
                one = result.estimate(key)
                assert one.value == pytest.approx(expected, abs=1e-12), name
                assert one.low is not None and one.high is not None and one.low < one.high
                assert {e.metric for e in result.estimates} == {"sex"}
                assert not [e for e in result.estimates if e.slice]


def test_every_fairlearn_metric_of_labels_is_a_check() -> None:
    refused = {name for name in fairlearn_known() if find_or_none(f"fairlearn:{name}") is None}
    assert refused == {"mean_prediction"}


def find_or_none(check: str) -> Any:
    try:
        return find(check)
    except RegistryError:
        return None


def test_fairlearn_metrics_of_values(people: pd.DataFrame) -> None:
    for name in ("r2_score_group_min",):
        data = audit.Dataset(people, target="value", sensitive=["race"])
        plan = {
            "model": {"prediction": "guess", "task": "regression"},
            "checks": {"include": [f"fairlearn:{name}"], "options": {f"fairlearn:{name}": FEW}},
        }
        found = audit.run(None, data, plan)[f"fairlearn:{name}"].estimate("race").value
        expected = getattr(fairlearn, name)(people.value, people.guess, sensitive_features=people.race)
        assert found == pytest.approx(expected, abs=1e-12)


def test_interval_of_a_fair_model_leaves_parity_out_and_the_page_says_so(people: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    frame = people.assign(race=rng.choice(list("abcdefgh"), N), decided=rng.integers(0, 2, N))
    one = run(frame, "fairlearn:demographic_parity_difference")["fairlearn:demographic_parity_difference"]
    assert (one.estimate("race").low or 0) > 0
    assert "no test of fairness" in " ".join(one.about.split())
    assert find("fairlearn:demographic_parity_difference").better == "zero"
    assert find("fairlearn:selection_rate_ratio").better == "one"


def test_a_group_without_positives_has_no_true_positive_rate(people: pd.DataFrame) -> None:
    frame = people.assign(y=np.where(people.race == "a", 0, people.y))
    record = run(frame, "fairlearn:true_positive_rate_difference", "fairlearn:true_positive_rate")
    assert record["fairlearn:true_positive_rate_difference"].estimate("race").state == "undefined"
    assert record["fairlearn:true_positive_rate_difference"].estimate("sex").value is not None
    assert record["fairlearn:true_positive_rate"].estimate(race="a").value is None


def expected_of_aif360(name: str, frame: pd.DataFrame, unprivileged: str, privileged: str) -> float:
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    functions, _ = aif360_known()
    some = frame[frame.race.isin([unprivileged, privileged])]
    group = (some.race == privileged).astype(int)
    if name in functions:
        return float(functions[name](some.y.set_axis(group), some.decided.to_numpy(), prot_attr=group, priv_group=1))
    table = pd.DataFrame({"g": group, "y": some.y})
    truth = BinaryLabelDataset(df=table, label_names=["y"], protected_attribute_names=["g"])
    decided = truth.copy()
    decided.labels = some.decided.to_numpy()[:, None].astype(float)
    found = ClassificationMetric(truth, decided, [{"g": 0}], [{"g": 1}])
    return float(getattr(found, name)())


PAIRS = [
    "statistical_parity_difference",
    "disparate_impact_ratio",
    "equal_opportunity_difference",
    "average_odds_difference",
    "average_odds_error",
    "average_predictive_value_difference",
    "false_discovery_rate_ratio",
    "error_rate_difference",
]


def test_comparisons_of_aif360_are_group_against_reference(people: pd.DataFrame) -> None:
    record = run(people, *(f"aif360:{name}" for name in PAIRS), on=("race",), reference={"race": "b"})
    for name in PAIRS:
        result = record[f"aif360:{name}"]
        assert result.status == "ok", result.reason + result.traceback
        for level in ("a", "c"):
            one = result.estimate(race=level)
            assert one.value == pytest.approx(expected_of_aif360(name, people, level, "b"), abs=1e-12), name
            assert one.against == "race=b"
            assert one.low is not None and one.high is not None and one.low < one.high
        with pytest.raises(KeyError):
            result.estimate(race="b")
    ours = run(people, "fairness.demographic_parity_difference", reference={"race": "b"})
    for level in "ac":
        mine = ours["fairness.demographic_parity_difference"].estimate(race=level).value
        assert record["aif360:statistical_parity_difference"].estimate(race=level).value == pytest.approx(
            mine, abs=1e-12
        )


@pytest.mark.parametrize(("word", "who"), [("rest", "the rest"), ("overall", "all rows"), ("most_selected", "most")])
def test_words_of_reference(people: pd.DataFrame, word: str, who: str) -> None:
    result = run(people, "aif360:statistical_parity_difference", on=("sex",), reference={"sex": word})
    one = result["aif360:statistical_parity_difference"].estimate(sex="f")
    rates = people.groupby("sex").decided.mean()
    other = people.decided.mean() if word == "overall" else rates["m"]
    assert one.value == pytest.approx(rates["f"] - other, abs=1e-12)
    assert one.against.startswith(who)
    if word == "most_selected":
        assert result["aif360:statistical_parity_difference"].estimate(sex="m").value is None  # not with itself


def test_favorable_outcome_turns_the_comparison(people: pd.DataFrame) -> None:
    check = "aif360:statistical_parity_difference"
    plain = run(people, check, on=("sex",), reference={"sex": "m"})[check].estimate(sex="f").value
    turned = (
        run(people, check, on=("sex",), reference={"sex": "m"}, model={"favorable": 0})[check].estimate(sex="f").value
    )
    assert plain == pytest.approx(-(turned or 0), abs=1e-12) and plain != 0


def test_plain_metrics_of_aif360_have_a_value_in_each_group(people: pd.DataFrame) -> None:
    checks = ["aif360:theil_index", "aif360:positive_predictive_value", "aif360:selection_rate", "aif360:smoothed_edf"]
    record = run(people, *checks, on=("sex",))
    men = people[people.sex == "m"]
    assert record[checks[1]].estimate(sex="m").value == pytest.approx(sklearn.precision_score(men.y, men.decided))
    assert record[checks[2]].estimate(sex="m").value == pytest.approx(men.decided.mean())
    benefits = 1 + men.decided - men.y
    share = benefits / benefits.mean()
    theil = np.mean(np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0))
    assert record[checks[0]].estimate(sex="m").value == pytest.approx(theil, abs=1e-12)
    assert {e.metric for e in record[checks[3]].estimates} == {"sex"}


UNWEIGHTED = ("coefficient_of_variation", "generalized_entropy_index", "theil_index")


def test_every_metric_of_aif360_is_a_check_or_says_why_not() -> None:
    functions, methods = aif360_known()
    refused = {name for name in [*functions, *methods] if find_or_none(f"aif360:{name}") is None}
    assert refused <= {
        "multilabel_confusion_matrix", "binary_confusion_matrix", "performance_measures", "ot_distance", "consistency",
        *(f"between_{who}_{what}" for who in ("group", "all_groups") for what in UNWEIGHTED),
        "between_group_generalized_entropy_error",
        "differential_fairness_bias_amplification",
        "smoothed_empirical_differential_fairness",
    }  # fmt: skip


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(RegistryError, match="did you mean 'selection_rate'"):
        find("fairlearn:selection_rat")
    with pytest.raises(RegistryError, match="did you mean 'theil_index'"):
        find("aif360:theil_indx")
    with pytest.raises(RegistryError, match="single number"):
        find("aif360:performance_measures")


def test_importing_aif360_leaves_logging_alone() -> None:
    before = logging.root.handlers[:], logging.root.manager.disable
    with warnings.catch_warnings():
        aif360_known()
    assert before == (logging.root.handlers, logging.root.manager.disable)


def test_weights_are_refused(people: pd.DataFrame) -> None:
    record = run(people.assign(w=1.5), "aif360:disparate_impact", "fairlearn:selection_rate_ratio", weight="w")
    assert {result.status for result in record.results} == {"not_assessed"}
