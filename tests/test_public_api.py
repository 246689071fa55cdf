"""What others build on. A change here breaks their code, audit files or records: it needs a reason and a changelog line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_args

import pytest

from assay import audit, reports
from assay.audit import record
from assay.audit.outcome import EXIT
from assay.audit.plan import Plan


def test_names() -> None:
    assert " ".join(dir(audit)) == (
        "AssayError Average CalibrationError CheckDefinitionError Comparison Confusion Curve DataError Dataset Difference Doubts "
        "Functional InputError LargestDifference Mean Model ModelError NotAssessed Outcomes OutputError Paired Plan "
        "PlanError Proportion Ranking Ratio Recalibration Record RecordError RegistryError Table check checks export_evaluate load run"
    )
    assert all(getattr(audit, name) for name in dir(audit))
    assert reports.__all__ == ["formats", "write"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'assay.audit' has no attribute 'Datset'"):
        audit.Datset  # noqa: B018


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (
            audit.run,
            "(model: 'Any' = None, dataset: 'Dataset | None' = None, plan: 'Any' = None, *, "
            "baseline: 'Any' = None, progress: 'Progress | None' = None) -> 'Record'",
        ),
        (
            audit.Dataset,
            "(frame: 'Any', y: 'Any' = None, *, target: 'str | Sequence[str] | None' = None, "
            "sensitive: 'Sequence[str] | Mapping[str, Any]' = (), features: 'Sequence[str] | None' = None, "
            "reference: 'Mapping[str, object] | None' = None, bins: 'Mapping[str, Sequence[float]] | None' = None, "
            "bounds: 'tuple[Any, Any] | Mapping[str, tuple[float, float]] | None' = None, "
            "constraints: 'ConstraintsTable | Mapping[str, Any] | None' = None, "
            "weight: 'str | Any' = None, cluster: 'str | Any' = None, query: 'str | Any' = None, "
            "inputs: 'str | Any' = None, kind: 'Kind | None' = None, layout: 'Layout | None' = None, intersections: 'int' = 2, suppress: 'int' = 0, "
            "name: 'str' = 'evaluation data', source: 'str' = 'the data in memory') -> 'None'",
        ),
        (
            audit.check,
            "(id: 'str', *, tasks: 'Sequence[Task]' = ('binary', 'multiclass'), better: 'Better', "
            "addresses: 'Sequence[str]' = (), cites: 'Sequence[str]' = (), core: 'bool' = True, metrics: 'Sequence[str]' = (), "
            "vouched_by: 'str' = '') -> 'Callable[[F], F]'",
        ),
        (audit.checks, "() -> 'dict[str, CheckSpec]'"),
        (
            audit.export_evaluate,
            "(check: 'str', folder: 'str | Path', *, task: 'str' = 'binary') -> 'Path'",
        ),
        (audit.load, "(path: 'str | Path') -> 'Record'"),
        (reports.write, "(record: 'Record', path: 'str | Path') -> 'Path'"),
        (reports.formats, "() -> 'list[str]'"),
    ],
)
def test_signatures(function: Callable[..., Any], signature: str) -> None:
    assert str(inspect.signature(function)) == signature


def test_ids_of_the_built_in_checks() -> None:
    """A star marks a check that runs only where it, or its family, is named."""
    built_in = {id: spec for id, spec in audit.checks().items() if spec.function.__module__.startswith("assay.")}
    assert " ".join(id + ("" if spec.core else "*") for id, spec in built_in.items()) == (
        "accuracy.accuracy accuracy.auroc accuracy.average_precision accuracy.balanced_accuracy accuracy.bias "
        "accuracy.brier accuracy.brier_skill* accuracy.cohen_kappa* accuracy.concordance* accuracy.confusion_matrix "
        "accuracy.d2_absolute_error* accuracy.diagnostic_odds_ratio* accuracy.error_rate* "
        "accuracy.explained_variance* accuracy.f1 accuracy.false_discovery_rate* accuracy.false_negative_rate "
        "accuracy.false_omission_rate* accuracy.false_positive_rate accuracy.fbeta* accuracy.g_mean* "
        "accuracy.gain_over_majority accuracy.gamma_deviance* accuracy.gini* accuracy.heteroscedasticity "
        "accuracy.informedness* accuracy.jaccard* accuracy.kendall* accuracy.ks* accuracy.lift_at* accuracy.log_loss "
        "accuracy.log_loss_gain* accuracy.macro_precision* accuracy.mae accuracy.mae_gain accuracy.mape* "
        "accuracy.max_error* accuracy.mcc accuracy.median_absolute_error accuracy.mse* accuracy.mse_gain* "
        "accuracy.negative_likelihood_ratio* accuracy.negative_predictive_value* accuracy.partial_auroc* "
        "accuracy.pearson* accuracy.pinball* accuracy.poisson_deviance* accuracy.positive_likelihood_ratio* "
        "accuracy.precision accuracy.precision_at_recall* accuracy.prevalence* accuracy.r2 accuracy.recall "
        "accuracy.recall_at_precision* accuracy.rmse accuracy.spearman* accuracy.specificity* "
        "accuracy.threshold_curve accuracy.top_k_accuracy* accuracy.weak_slices accuracy.weighted_f1* "
        "accuracy.weighted_precision* calibration.brier_decomposition* calibration.ce2 calibration.classwise* "
        "calibration.corp calibration.ece calibration.intercept calibration.multicalibration* "
        "calibration.observed_expected* calibration.skce* calibration.slope calibration.smooth_ece* calibration.tests "
        "calibration.top_label* comparison.accuracy comparison.agreement comparison.auroc "
        "comparison.balanced_accuracy* comparison.brier comparison.f1* comparison.hamming_loss comparison.log_loss* "
        "comparison.mae comparison.mse comparison.subset_accuracy conformal.coverage conformal.set_size "
        "conformal.size_stratified data.schema fairness.abroca* fairness.accuracy_difference* "
        "fairness.accuracy_ratio* fairness.alternatives* fairness.auroc_difference* fairness.average_odds_difference* "
        "fairness.balanced_accuracy_difference* fairness.bias_scan* "
        "fairness.calibration_error_difference* fairness.calibration_intercept_difference* fairness.cohen_kappa_difference* "
        "fairness.conditional_odds_ratio* fairness.conditional_parity_difference* "
        "fairness.conditional_use_accuracy_difference* fairness.consistency* fairness.demographic_parity_difference "
        "fairness.differential_fairness* fairness.equal_opportunity_difference fairness.equalized_odds_difference "
        "fairness.equalized_odds_mean* fairness.error_rate_difference* fairness.error_rate_ratio* "
        "fairness.exposure_ratio* fairness.f1_difference* fairness.false_discovery_rate_difference* fairness.false_discovery_rate_ratio* "
        "fairness.false_negative_rate_difference* fairness.false_negative_rate_ratio* "
        "fairness.false_omission_rate_difference* fairness.false_omission_rate_ratio* "
        "fairness.false_positive_rate_difference* fairness.false_positive_rate_ratio* fairness.flip "
        "fairness.group_extremes* "
        "fairness.impact_ratio fairness.inequality* fairness.inequality_between_groups* fairness.lipschitz* "
        "fairness.mae_difference* fairness.mae_ratio* fairness.mcc_difference* fairness.mean_error_difference* "
        "fairness.mean_prediction_difference* fairness.mutual_information* fairness.ndkl* "
        "fairness.negative_class_balance* fairness.negative_predictive_value_difference* "
        "fairness.negative_predictive_value_ratio* fairness.positive_class_balance* "
        "fairness.positive_predictive_value_difference* fairness.positive_predictive_value_ratio* fairness.proxies* "
        "fairness.r2_difference* fairness.rmse_difference* fairness.rmse_ratio* fairness.score_distance* fairness.score_distribution* "
        "fairness.scoring_rate* fairness.scoring_rate_ratio* fairness.selection_rate fairness.share_above_ratio* "
        "fairness.skew_at_k* fairness.treatment_equality_ratio* fairness.true_negative_rate_difference* "
        "fairness.true_negative_rate_ratio* fairness.true_positive_rate_ratio* fairness.xauc_difference* "
        "forecast.crps forecast.ence* forecast.interval_coverage forecast.interval_score forecast.pit "
        "forecast.quantile_coverage* forecast.spread model.latency* model.memory* model.parity* model.sanity multilabel.auroc multilabel.average_precision* "
        "multilabel.coverage_error* multilabel.hamming_loss multilabel.labels multilabel.macro multilabel.micro "
        "multilabel.ranking_loss multilabel.ranking_precision multilabel.samples multilabel.subset_accuracy "
        "ranking.hit_rate ranking.map ranking.mrr ranking.ndcg "
        "robustness.adversarial* robustness.attack_sanity* robustness.black_box* robustness.certified* "
        "robustness.constrained* robustness.corruption* "
        "robustness.corruption_error* robustness.label_shift* robustness.missing_values robustness.noise "
        "robustness.shift* robustness.text* robustness.text_attack* robustness.text_templates* "
        "robustness.unit_error rules.four_fifths* rules.nyc_ll144_scoring* rules.nyc_ll144_selection*"
    )


def test_options_of_the_built_in_checks() -> None:
    options = {id: spec.configure({}) for id, spec in audit.checks().items() if spec.options.model_fields}
    assert options == {
        "accuracy.fbeta": {"beta": 2.0},
        "accuracy.lift_at": {"share": 0.1},
        "accuracy.partial_auroc": {"max_false_positive_rate": 0.1},
        "accuracy.pinball": {"quantile": 0.5},
        "accuracy.precision_at_recall": {"recall": 0.9},
        "accuracy.recall_at_precision": {"precision": 0.9},
        "accuracy.top_k_accuracy": {"k": 2},
        "accuracy.weak_slices": {"depth": 2, "bins": 5, "min_rows": 50, "top": 10},
        "calibration.corp": {"replicates": 499, "max_rows": 100000},
        "calibration.multicalibration": {"max_rows": 100000, "max_groups": 50},
        "calibration.skce": {"max_rows": 100000},
        "calibration.smooth_ece": {"replicates": 20, "max_rows": 100000},
        "calibration.tests": {"max_rows": 100000},
        "conformal.coverage": {"nominal_coverage": 0.9, "calibration_rows": 0},
        "conformal.size_stratified": {"nominal_coverage": 0.9},
        "fairness.abroca": {"replicates": 199},
        "fairness.alternatives": {
            "constraints": ["demographic_parity", "equalized_odds"],
            "price": 0.01,
            "thresholds": 19,
        },
        "fairness.bias_scan": {"bins": 4, "max_rows": 1000, "penalty": 1.0, "permutations": 19, "restarts": 2},
        "fairness.conditional_odds_ratio": {"strata": ""},
        "fairness.conditional_parity_difference": {"strata": ""},
        "fairness.consistency": {"max_rows": 20_000, "neighbours": 5},
        "fairness.flip": {"dependent": {}, "most_levels": 20},
        "fairness.inequality": {"alpha": 2.0},
        "fairness.inequality_between_groups": {"alpha": 2.0, "permutations": 999},
        "fairness.lipschitz": {"max_rows": 20_000, "share": 0.95},
        "fairness.ndkl": {"replicates": 199, "max_rows": 100000},
        "fairness.proxies": {"folds": 5, "max_rows": 20_000, "top": 10},
        "fairness.share_above_ratio": {"threshold": None},
        "fairness.skew_at_k": {"k": 10},
        "forecast.interval_coverage": {"nominal_coverage": 0.9},
        "forecast.interval_score": {"nominal_coverage": 0.9},
        "forecast.quantile_coverage": {"quantile": 0.5},
        "model.latency": {"batches": [1, 64], "calls": 100, "seconds": 30.0},
        "model.memory": {"batches": [64, 1], "calls": 20},
        "model.parity": {"tolerance": 1e-4},
        "model.sanity": {"rows": 128, "tolerance": 1e-5},
        "ranking.hit_rate": {"k": 10},
        "ranking.ndcg": {"k": 10},
        "robustness.adversarial": {
            "norm": "Linf",
            "eps": 0.03,
            "scale": "range",
            "preset": "quick",
            "rows": 1000,
            "draws": 1,
        },
        "robustness.attack_sanity": {
            "norm": "Linf",
            "eps": 0.03,
            "scale": "range",
            "preset": "quick",
            "draws": 1,
            "sample": 100,
        },
        "robustness.black_box": {
            "norm": "Linf",
            "eps": 0.03,
            "scale": "range",
            "queries": 1000,
            "rows": 200,
            "budget": None,
        },
        "robustness.certified": {
            "method": "auto",
            "norm": "Linf",
            "eps": 0.03,
            "scale": "range",
            "rows": 100,
            "time_limit": 10.0,
            "total_time": 300.0,
            "sigma": None,
            "n0": 100,
            "n": 10000,
            "alpha": 0.001,
        },
        "robustness.constrained": {
            "most_features": 3,
            "eps": 1.0,
            "cost": None,
            "unit": "iqr",
            "rows": 500,
            "queries": None,
            "candidates": 48,
            "beam": 5,
            "restarts": 1,
        },
        "robustness.corruption": {"severity": 3, "corruptions": [], "curve": True, "rows": 1000, "stale": {}},
        "robustness.corruption_error": {"corruptions": [], "rows": 1000, "stale": {}},
        "robustness.label_shift": {"reference": "", "target": ""},
        "robustness.missing_values": {"share": 0.1},
        "robustness.noise": {"severity": 3},
        "robustness.shift": {"by": "", "reference": "", "periods": 4, "permutations": 999, "max_rows": 20_000},
        "robustness.text": {
            "perturb": [],
            "draws": 3,
            "rate": 0.1,
            "rows": 500,
            "column": "",
            "synonyms": {},
            "wordnet": "",
            "identity": [],
        },
        "robustness.text_attack": {
            "max_changed_share": 0.2,
            "queries": 300,
            "order": "deletion",
            "misspell": True,
            "synonyms": {},
            "wordnet": "",
            "keep": [],
            "rows": 200,
            "column": "",
        },
        "robustness.text_templates": {"tests": []},
        "robustness.unit_error": {"factor": 10.0},
        "rules.four_fifths": {
            "minimum_share": 0.02,
            "unknown": (
                "(missing)",
                "(empty)",
                "?",
                "unknown",
                "not stated",
                "not specified",
                "prefer not to say",
                "declined",
            ),
        },
        "rules.nyc_ll144_scoring": {
            "sex": "sex",
            "race": "race",
            "unknown": (
                "(missing)",
                "(empty)",
                "?",
                "unknown",
                "not stated",
                "not specified",
                "prefer not to say",
                "declined",
            ),
            "leave_out_small_because": "",
            "distribution_date": "",
            "data_explanation": "",
        },
        "rules.nyc_ll144_selection": {
            "sex": "sex",
            "race": "race",
            "unknown": (
                "(missing)",
                "(empty)",
                "?",
                "unknown",
                "not stated",
                "not specified",
                "prefer not to say",
                "declined",
            ),
            "leave_out_small_because": "",
            "distribution_date": "",
            "data_explanation": "",
        },
    }


UNKNOWN = ("(missing)", "(empty)", "?", "unknown", "not stated", "not specified", "prefer not to say", "declined")
LL144 = {
    "sex": "sex",
    "race": "race",
    "unknown": UNKNOWN,
    "leave_out_small_because": "",
    "distribution_date": "",
    "data_explanation": "",
}


def test_exit_codes() -> None:
    assert EXIT == {"pass": 0, "waived": 0, "fail": 1, "inconclusive": 3, "not_assessed": 3, "error": 4}


def keys(model: Any) -> str:
    return " ".join(field.alias or name for name, field in model.model_fields.items())


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (record.Record, "schema assay audit model data environment plan results requirements verdict card"),
        (record.Audit, "name seed confidence started finished"),
        (record.ModelInfo, "name wrapper source task classes positive favorable capabilities digest digest_of baseline notes"),
        (record.DataInfo, "name source rows columns target labels sensitive missing kind shape digest design uses suppress withheld"),
        (record.Attribute, "name levels reference"),
        (record.Environment, "python platform packages git"),
        (record.PlanInfo, "digest fixed source document"),
        (record.Result, "id check title family status reason traceback about addresses cites options estimates figures doubts seconds"),
        (record.Estimate, "metric slice value low high level method n unit state against counts note mde differs_p"),
        (record.Figure, "kind title x_label y_label series columns rows note"),
        (record.Series, "name x y low high n"),
        (record.Requirement, "id check title metric on at_least at_most between judge because bound lower upper verdict reason evidence estimates adjusted_p needs_n waiver"),
        (record.Judged, "slice metric value low high level n verdict p_pass p_fail adjusted_low adjusted_high adjusted_by needs_n reason"),
        (record.Waiver, "owner because until state"),
        (record.Verdict, "status counts exit_code reason"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_keys_of_the_record(model: Any, expected: str) -> None:
    assert keys(model) == expected


def test_the_version_of_the_record() -> None:
    assert record.SCHEMA == "assay.record/1"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("audit", "name seed confidence ledger spend"),
        ("model", "load path url trust public_key prediction probability deviation lower upper sets name task positive favorable threshold output classes layout options timeout"),
        ("data", "path target sensitive features reference bins bounds constraints weight cluster query inputs kind layout intersections suppress schema name"),
        ("checks", "include exclude options"),
        ("card", "owner version intended_use out_of_scope training_data limitations human_oversight ethical_considerations contact"),
        ("report", "crosswalk not_applicable"),
        ("require", "check metric on at_least at_most between judge adjust because"),
        ("waive", "check on owner because until"),
    ],
)  # fmt: skip
def test_keys_of_the_audit_file(table: str, expected: str) -> None:
    assert keys(Plan) == "audit model baseline data checks require waive card report"
    kind = Plan.model_fields[table].annotation
    assert keys(next(iter(get_args(kind)), kind)) == expected
