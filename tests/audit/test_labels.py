"""Several labels per row: every form in which data and models give them means the same, and what cannot be right is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from scipy.sparse import csr_array
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay import audit
from assay.audit import Dataset, InputError, ModelError, Record

LABELS = ["red", "green", "blue"]
FOUND = ["red?", "green?", "blue?"]
CHECK = "multilabel.hamming_loss"
PLAN = {"model": {"task": "multilabel"}, "checks": {"include": [CHECK]}}


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 4))
    y = (x[:, :3] + 0.5 * rng.normal(size=(300, 3)) > [0, 0.5, 1]).astype(int)
    found = np.where(rng.random(y.shape) < 0.9, y, 1 - y)
    return pd.DataFrame(np.hstack([x, y, found, np.where(found, 0.8, 0.3)]),
                        columns=[*"abcd", *LABELS, *FOUND, "p1", "p2", "p3"]).astype(dict.fromkeys([*LABELS, *FOUND], int))  # fmt: skip


def recorded(rows: Any, target: Any = LABELS, **model: Any) -> Record:
    return audit.run(None, Dataset(rows, target=target), {**PLAN, "model": {"task": "multilabel", **model}})


def loss(record: Record) -> float:
    result = record[CHECK]
    assert result.status == "ok", (result.reason, result.traceback)
    value = result.estimate().value
    assert value is not None
    return value


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows,
        lambda rows: rows.astype(dict.fromkeys([*LABELS, "red?"], bool)),
        lambda rows: rows.astype(dict.fromkeys(LABELS, float)).astype({"green": object}),
        pl.from_pandas,
        pa.Table.from_pandas,
    ],
    ids=["whole numbers", "truth values", "numbers and objects", "polars", "pyarrow"],
)
def test_recorded_answers_and_probabilities_in_every_frame(rows: pd.DataFrame, change: Any) -> None:
    expected = float(np.mean(rows[LABELS].to_numpy() != rows[FOUND].to_numpy()))
    assert loss(recorded(change(rows), prediction=FOUND)) == pytest.approx(expected)
    assert loss(recorded(change(rows), probability=["p1", "p2", "p3"])) == pytest.approx(expected)
    everything = recorded(change(rows), probability=["p1", "p2", "p3"], threshold=0.2)
    assert loss(everything) == pytest.approx(1 - rows[LABELS].to_numpy().mean())


def test_the_record_counts_each_label(rows: pd.DataFrame) -> None:
    record = recorded(rows, prediction=FOUND)
    assert record.model.classes == LABELS
    assert record.model.positive is None
    assert record.data.target == "red, green, blue"
    assert record.data.labels == rows[LABELS].sum().to_dict()


def test_labels_apart_from_the_rows(rows: pd.DataFrame) -> None:
    x, y = rows[[*"abcd"]], rows[LABELS]
    model = MultiOutputClassifier(LogisticRegression()).fit(x, y)
    forms = [y, pl.from_pandas(y), y.to_numpy(), y.to_numpy().tolist(), csr_array(y.to_numpy())]
    records = [audit.run(model, Dataset(x, form), PLAN) for form in forms]
    assert [record.model.classes for record in records] == [LABELS] * 2 + [["y0", "y1", "y2"]] * 3
    expected = float(np.mean(model.predict(x) != y))
    assert [loss(record) for record in records] == pytest.approx([expected] * len(forms))
    assert len({record.data.digest for record in records}) < len(forms)  # the names are part of it
    assert audit.run(model, Dataset(x, 1 - y), PLAN).data.digest != records[0].data.digest


MODELS = {
    "forest": RandomForestClassifier(5, random_state=0),
    "one model for each label": MultiOutputClassifier(LogisticRegression()),
    "one against the rest": OneVsRestClassifier(LogisticRegression()),
    "chain": ClassifierChain(LogisticRegression()),
    "network": MLPClassifier((4,), max_iter=20, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", MODELS)
def test_models_of_scikit_learn(rows: pd.DataFrame, name: str) -> None:
    x, y = rows[[*"abcd"]].to_numpy(), rows[LABELS].to_numpy()
    model = MODELS[name].fit(x, y)
    answer = model.predict_proba(x)
    p = np.column_stack([of[:, 1] for of in answer]) if isinstance(answer, list) else answer
    assert loss(audit.run(model, Dataset(x, y), PLAN)) == pytest.approx(float(np.mean(model.predict(x) != y)))
    plan = {**PLAN, "model": {"task": "multilabel", "output": "probability", "threshold": 0.3}}
    assert loss(audit.run(model, Dataset(x, y), plan)) == pytest.approx(float(np.mean((p >= 0.3) != y)))


def test_a_label_that_the_model_never_or_always_saw(rows: pd.DataFrame) -> None:
    x, y = rows[[*"abcd"]].to_numpy(), rows[LABELS].to_numpy()
    model = RandomForestClassifier(5, random_state=0).fit(x, y * [1, 0, 0] + [0, 0, 1])
    plan = {**PLAN, "model": {"task": "multilabel", "output": "probability"}}
    found = np.column_stack([model.predict_proba(x)[0][:, 1] >= 0.5, np.zeros(300), np.ones(300)])
    assert loss(audit.run(model, Dataset(x, y), plan)) == pytest.approx(float(np.mean(found != y)))


def test_functions_and_frames_of_answers_are_put_in_the_order_of_the_labels(rows: pd.DataFrame) -> None:
    dataset = Dataset(rows[[*"abcd", *LABELS]], target=LABELS)

    def answer(x: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"blue": x.c > 1, "red": x.a > 0, "green": x.b > 0.5})

    expected = float(np.mean((rows[[*"abc"]].to_numpy() > [0, 0.5, 1]) != rows[LABELS].to_numpy()))
    assert loss(audit.run(answer, dataset, PLAN)) == pytest.approx(expected)
    plan = {**PLAN, "model": {"task": "multilabel", "output": "logits"}}
    logits = audit.run(lambda x: x[[*"abc"]].to_numpy() - [0, 0.5, 1], dataset, plan)
    assert loss(logits) == pytest.approx(expected)
    assert loss(audit.run(lambda x: csr_array(answer(x)[LABELS].to_numpy()), dataset, PLAN)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("target", "model", "change", "message"),
    [
        (["red", "gren"], {}, {}, "data.target: no column 'gren' in the data in memory; did you mean 'green'?"),
        ([], {}, {}, "data.target: expected the names of label columns, got an empty list"),
        (["red", "red"], {}, {}, "data.target: labels named twice: 'red'"),
        ("red", {}, {}, "model.task 'multilabel': expected two or more label columns in data.target, got 'red'"),
        (LABELS, {"task": "binary"}, {}, "model.task 'binary': expected one label column, got 3; several labels need task 'multilabel'"),
        ("red", {"task": "binary"}, {}, "model: a list of columns of predictions needs task 'multilabel'"),
        (LABELS, {}, {"green": 2}, "data.target 'red, green, blue' in the data in memory, label 'green': expected 0 or 1, got 300 other values, the first 2 in row 1"),
        (LABELS, {}, {"green": "yes"}, "label 'green': expected 0 or 1, got 300 other values, the first 'yes' in row 1"),
        (LABELS, {}, {"green": np.nan}, "data.target 'green' in the data in memory: 300 of 300 labels are missing"),
        (LABELS, {"prediction": FOUND[:2]}, {}, "model.prediction: expected a list with one column for each of 'red', 'green', 'blue', got 'red?', 'green?'"),
        (LABELS, {"prediction": ["red?"] * 3}, {}, "model.prediction: expected a list with one column for each of"),
        (LABELS, {"prediction": "red?"}, {}, "model.prediction: expected a list with one column for each of"),
        (LABELS, {"prediction": ["red?", "a", "blue?"]}, {}, "model.prediction[2] 'a' in the data in memory: expected 0 or 1, got 300 other values"),
        (LABELS, {"prediction": ["red?", "z", "blue?"]}, {}, "model.prediction[2]: no column 'z' in the data in memory"),
        (LABELS, {"probability": ["p1", "p2", "a"]}, {}, "model.probability[3] 'a' in the data in memory: "),
        (LABELS, {"probability": ["p1", "p2", "p3"]}, {"p2": np.nan}, "model.probability[2] 'p2' in the data in memory: 300 rows have probabilities missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_before_checks_run(
    rows: pd.DataFrame, target: Any, model: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    answers = {} if "probability" in model else {"prediction": FOUND}
    with pytest.raises(InputError) as caught:
        recorded(rows.assign(**change), target, **answers | model)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n: np.zeros((n, 2)), "model.predict: expected shape (64, 3), rows by labels, got (64, 2)"),
        (lambda n: np.zeros(n), "model.predict: expected shape (64, 3), rows by labels, got (64,)"),
        (lambda n: np.full((n, 3), 0.5), "model.predict, label 'red': expected 0 or 1, got 64 other values, the first 0.5"),
        (lambda n: np.full((n, 3), np.nan), "model.predict, label 'red': 64 of 64 values are missing"),
    ],
)  # fmt: skip
def test_answers_that_break_the_contract_are_refused(rows: pd.DataFrame, answer: Any, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        audit.run(lambda x: answer(len(x)), Dataset(rows, target=LABELS), PLAN)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n: [np.full((n, 2), 0.5)] * 2, "model.predict_proba: expected shape (64, 3), rows by labels, got (2, 64, 2)"),
        (lambda n: [np.full((n, 3), 0.5)] * 3, "model.predict_proba: expected for each label an array of shape (n, 2)"),
        (lambda n: np.full((n, 3), 1.5), "model.predict_proba: 64 rows have probabilities outside [0, 1]"),
    ],
)  # fmt: skip
def test_probabilities_that_break_the_contract_are_refused(rows: pd.DataFrame, answer: Any, message: str) -> None:
    plan = {**PLAN, "model": {"task": "multilabel", "output": "probability"}}
    with pytest.raises(ModelError) as caught:
        audit.run(lambda x: answer(len(x)), Dataset(rows, target=LABELS), plan)
    assert message in str(caught.value)


def test_hostile_names_and_a_constant_label(rows: pd.DataFrame, tmp_path: Path) -> None:
    names = ["<b>|`a`", "all rows", "micro, macro\n# x"]
    renamed = rows.rename(columns=dict(zip(LABELS, names, strict=True))).assign(**{names[1]: 0})
    record = recorded(renamed, names, prediction=FOUND)
    assert record.data.labels[names[1]] == 0
    for suffix in ("md", "html"):
        text = audit.load(record.save(tmp_path / "r.json")) and _written(record, tmp_path / f"card.{suffix}")
        assert "<b>|" not in text


def _written(record: Record, path: Path) -> str:
    from assay import reports

    return reports.write(record, path).read_text("utf-8")


def test_an_audit_file(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "audit.toml").write_text(
        f"""
        [model]
        task = "multilabel"
        prediction = {FOUND}
        [data]
        path = "rows.csv"
        target = {LABELS}
        [checks]
        include = ["multilabel"]
        """,
        "utf-8",
    )
    record = audit.run(plan=tmp_path / "audit.toml")
    assert {result.check.partition(".")[0] for result in record.results} == {"multilabel"}
    assert record["multilabel.subset_accuracy"].status == "ok"


def values(record: Record) -> npt.NDArray[Any]:
    return np.array([estimate.value for result in record.results for estimate in result.estimates])


def test_the_order_of_the_labels_does_not_matter(rows: pd.DataFrame) -> None:
    plan = {"checks": {"include": ["multilabel"], "exclude": ["multilabel.labels"]}}
    one = audit.run(None, Dataset(rows, target=LABELS), {**plan, "model": {"task": "multilabel", "prediction": FOUND}})
    other = audit.run(
        None,
        Dataset(rows, target=LABELS[::-1]),
        {**plan, "model": {"task": "multilabel", "prediction": FOUND[::-1]}},
    )
    assert values(one) == pytest.approx(values(other))
