"""Metrics of Hugging Face evaluate as checks, and checks as metrics of evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from assay import audit
from assay.audit import PlanError

evaluate = pytest.importorskip("evaluate", reason="needs evaluate: pip install 'assay[evaluate]'")

SCRIPT = '''
import datasets
import evaluate
from sklearn import metrics


class Loss(evaluate.Metric):
    """Two values of one kind of answers."""

    def _info(self):
        return evaluate.MetricInfo(
            description="A metric of ours.", citation="", inputs_description="",
            features=datasets.Features({{"{answers}": {given}, "references": {truth}}}),
        )

    def _compute(self, {answers}, references, **given):
        return {{{values}}}
'''


def script(path: Path, values: str, truth: str = "int32", given: str = "int32", answers: str = "predictions") -> Path:
    kinds = [f'datasets.Value("{kind}")' if "(" not in kind else kind for kind in (truth, given)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPT.format(values=values, truth=kinds[0], given=kinds[1], answers=answers))
    return path


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 160)
    score = 1 / (1 + np.exp(-y - rng.normal(size=160)))
    group = rng.choice(["g", "h"], 160)
    return pd.DataFrame({"y": y, "p": score, "d": (score > 0.6).astype(int), "group": group})


def ran(rows: pd.DataFrame, check: str, folder: Path, task: str = "binary", sensitive: str = "", **options: Any) -> Any:
    """An audit file in ``folder`` that names the check, run from elsewhere."""
    rows.to_csv(folder / "rows.csv", index=False)
    given = "".join(
        f"\n[checks.options.'{check}']\nreplicates = 100\narguments = {{ {options['arguments']} }}" for _ in options
    )
    columns = 'prediction = "d"\nprobability = "p"' if task == "binary" else 'prediction = "p"'
    (folder / "audit.toml").write_text(
        f'[model]\ntask = "{task}"\n{columns}\n[data]\npath = "rows.csv"\ntarget = "y"\nsensitive = [{sensitive}]\n'
        f"[checks]\ninclude = ['{check}']{given}\n"
    )
    (result,) = audit.run(plan=folder / "audit.toml").results
    return result


def test_a_module_beside_the_audit_file_has_its_values_in_the_whole_and_in_groups(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    values = '"f": metrics.fbeta_score(references, predictions, **given), "text": "no number"'
    script(tmp_path / "my_f" / "my_f.py", values)
    result = ran(rows, "evaluate:my_f", tmp_path, sensitive="'group'", arguments="beta = 2.0")
    assert result.status == "ok", result.reason
    assert [e.metric for e in result.estimates] == ["f"] * 3
    for e in result.estimates:
        chosen = rows if not e.slice else rows[rows["group"] == e.slice["group"]]
        assert e.value == pytest.approx(metrics.fbeta_score(chosen["y"], chosen["d"], beta=2.0), abs=1e-12)
        assert e.low < e.value < e.high
        assert e.method == "row-bootstrap"
    assert "digest sha256:" in result.about


@pytest.mark.parametrize(
    ("task", "kinds", "values", "expected"),
    [
        ("binary", ("int32", "float64", "prediction_scores"), "metrics.roc_auc_score(references, prediction_scores)",
         lambda rows: metrics.roc_auc_score(rows["y"], rows["p"])),
        ("binary", ("int32", 'datasets.Sequence(datasets.Value("float64"))'), "metrics.log_loss(references, predictions)",
         lambda rows: metrics.log_loss(rows["y"], rows["p"])),
        ("binary", ("string", "string"), "float(sum(a == b == '1' for a, b in zip(predictions, references)))",
         lambda rows: (rows["y"] * rows["d"]).sum()),
        ("regression", ("float64", "float64"), "metrics.mean_absolute_error(references, predictions)",
         lambda rows: metrics.mean_absolute_error(rows["y"], rows["p"])),
    ],
)  # fmt: skip
def test_scores_probabilities_names_and_values_are_given_as_the_features_say(
    task: str, kinds: tuple[str, ...], values: str, expected: Any, rows: pd.DataFrame, tmp_path: Path
) -> None:
    script(tmp_path / "m.py", f'"value": {values}', *kinds)
    result = ran(rows, "evaluate:m.py", tmp_path, task, arguments="")
    assert result.status == "ok", result.reason
    assert result.estimates[0].value == pytest.approx(expected(rows), abs=1e-12)


def test_an_object_is_named_by_its_import_path(rows: pd.DataFrame, tmp_path: Path) -> None:
    script(tmp_path / "mine.py", '"right": metrics.accuracy_score(references, predictions)')
    with (tmp_path / "mine.py").open("a") as file:
        file.write("\n\nmetric = Loss(keep_in_memory=True)\nother = 3\n\n\ndef fails():\n    raise OSError('disc')\n")
    for name in ("metric", "Loss"):
        result = ran(rows, f"evaluate:mine.py:{name}", tmp_path, arguments="")
        assert result.estimates[0].value == (rows["y"] == rows["d"]).mean()
    for name, message in [
        ("other", "TypeError: 'int' object is not callable"), ("fails", "OSError: disc"), ("gone", "has no attribute 'gone'"),
    ]:  # fmt: skip
        with pytest.raises(PlanError, match=message):
            ran(rows, f"evaluate:mine.py:{name}", tmp_path)


def test_a_bare_name_is_refused_and_a_commit_is_served_by_the_cache(
    rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    with pytest.raises(PlanError, match=r"code that is fetched and run.*evaluate:hf://evaluate-metric/accuracy@"):
        ran(rows, "evaluate:accuracy", tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    commit = "0123456789" * 4
    check = f"evaluate:hf://evaluate-metric/share@{commit}"
    with pytest.raises(PlanError, match="cannot be fetched"):
        ran(rows, check, tmp_path)
    folder = tmp_path / "spaces--evaluate-metric--share" / "snapshots" / commit
    script(folder / "share.py", '"right": metrics.accuracy_score(references, predictions)')
    (folder / "app.py").write_text("raise SystemExit\n")
    from assay.audit.registry import find

    find.__globals__["_from_source"].cache_clear()
    assert ran(rows, check, tmp_path, arguments="").estimates[0].value == (rows["y"] == rows["d"]).mean()


def test_other_features_failures_and_answers_without_a_number_are_told(rows: pd.DataFrame, tmp_path: Path) -> None:
    script(tmp_path / "odd.py", '"v": 1.0', truth='datasets.Sequence(datasets.Value("string"))', given="string")
    with pytest.raises(
        PlanError, match=r"expected 'references' and 'predictions'.*that are classes, probabilities or values"
    ):
        ran(rows, "evaluate:odd.py", tmp_path)
    script(tmp_path / "raises.py", '"v": 1 / 0')
    result = ran(rows, "evaluate:raises.py", tmp_path)
    assert (result.status, result.reason) == ("not_assessed", "the metric raised ZeroDivisionError: division by zero")
    script(tmp_path / "matrix.py", '"confusion": [[1, 2], [3, 4]]')
    result = ran(rows, "evaluate:matrix.py", tmp_path)
    assert (result.status, result.reason) == ("not_assessed", "the metric gives no number, but 'confusion'")


EXPORTED = {
    "binary": [
        "accuracy.recall",
        "accuracy.mcc",
        "accuracy.auroc",
        "accuracy.brier",
        "calibration.ece",
        "sklearn:roc_auc",
    ],
    "multiclass": ["accuracy.accuracy", "accuracy.log_loss", "accuracy.cohen_kappa"],
    "regression": ["accuracy.mae", "accuracy.r2", "accuracy.pinball"],
}


@pytest.mark.parametrize("task", EXPORTED)
def test_an_exported_check_gives_the_numbers_of_the_audit(task: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    kinds = 3 if task == "multiclass" else 2
    y = rng.normal(size=120) if task == "regression" else rng.integers(0, kinds, 120)
    p = rng.dirichlet(np.ones(kinds), 120)
    given = y + rng.normal(size=120) if task == "regression" else p.argmax(axis=1)
    model: Any = Replayed(given, p if task != "regression" else None)
    dataset = audit.Dataset(pd.DataFrame({"row": range(120)}), y)
    record = audit.run(model, dataset, {"model": {"task": task}, "checks": {"include": EXPORTED[task]}})
    for result in record.results:
        folder = audit.export_evaluate(result.check, tmp_path, task=task)
        metric = evaluate.load(str(folder), keep_in_memory=True)
        answers = {"predictions": given, "prediction_scores": p[:, 1] if task == "binary" else p}
        found = metric.compute(references=y, **{key: answers[key] for key in metric.features if key != "references"})
        assert len(found) == 3 * len(result.estimates) > 0
        for e in result.estimates:
            for key, value in ((e.metric, e.value), (f"{e.metric}_low", e.low), (f"{e.metric}_high", e.high)):
                assert found[key] == pytest.approx(value, abs=1e-12)


class Replayed:
    def __init__(self, given: Any, p: Any) -> None:
        self.given = given
        if p is not None:
            self.predict_proba = lambda x: p[x["row"].to_numpy()]

    def predict(self, x: Any) -> Any:
        return self.given[x["row"].to_numpy()]


def test_arguments_of_an_exported_check_and_what_it_refuses(tmp_path: Path) -> None:
    metric = evaluate.load(str(audit.export_evaluate("accuracy.fbeta", tmp_path)), keep_in_memory=True)
    y, d = [0, 1, 1, 1, 0, 1], [0, 1, 0, 1, 1, 1]
    assert metric.compute(references=y, predictions=d, beta=3)["fbeta"] == pytest.approx(
        metrics.fbeta_score(y, d, beta=3)
    )
    narrow = metric.compute(references=y, predictions=d, confidence=0.6)
    assert narrow["fbeta_low"] > metric.compute(references=y, predictions=d)["fbeta_low"]
    with pytest.raises(PlanError, match=r"beat: unknown option; did you mean 'beta'"):
        metric.compute(references=y, predictions=d, beat=3)
    together = evaluate.combine([metric, evaluate.load(str(audit.export_evaluate("accuracy.recall", tmp_path)))])
    assert together.compute(references=y, predictions=d)["recall"] == 0.75


@pytest.mark.parametrize(
    ("check", "task", "message"),
    [
        ("fairness.impact_ratio", "binary", "compares groups|it needs"),
        ("robustness.noise", "binary", "it needs .*model"),
        ("accuracy.recall", "regression", "is for binary models"),
        ("accuracy.recall", "multilabel", "task: expected one of binary, multiclass, regression"),
    ],
)
def test_what_cannot_be_exported_is_refused(check: str, task: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=message):
        audit.export_evaluate(check, tmp_path, task=task)
