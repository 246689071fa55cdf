"""Models that answer the same rows in different ways, and models that should be the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay import audit
from assay.audit.record import Record

X, Y = load_breast_cancer(return_X_y=True)
X = np.ascontiguousarray(X[:, :4])
NAMES = ["radius", "texture", "perimeter", "area"]
FRAME = pd.DataFrame(X, columns=NAMES)
PROBABILITY = {"output": "probability"}
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, Y)


def sanity(model: Any, data: Any = FRAME, y: Any = Y, options: Any = None, **table: Any) -> Record:
    plan = {
        "model": table,
        "checks": {"include": ["model.sanity"], "options": {"model.sanity": options or {}}},
    }
    dataset = data if isinstance(data, audit.Dataset) else audit.Dataset(data, y)
    return audit.run(model, dataset, plan)


def shares(record: Record) -> dict[str, float | None]:
    result = record["model.sanity"]
    assert result.status == "ok", result.traceback
    return {e.metric: e.value for e in result.estimates}


def ways(record: Record) -> dict[str, tuple[Any, ...]]:
    """How it was asked, to rows with other answers and the kind of error."""
    return {str(row[0]): (row[2], row[3]) for row in record["model.sanity"].figures[0].rows}


def module(*, train: bool) -> Any:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(16, 2)
    )
    net.train(train)
    return net


def function_of(net: Any) -> Any:
    """The module as a plain function, so that nobody sees to its mode."""
    import torch

    def probabilities(x: Any) -> Any:
        with torch.no_grad():
            return net(torch.tensor(np.asarray(x), dtype=torch.float32)).softmax(1).numpy()

    return probabilities


def named(x: Any) -> pd.DataFrame:
    """Columns by name where they have some."""
    return pd.DataFrame(x, columns=NAMES) if isinstance(x, np.ndarray) else pd.DataFrame({n: x[n] for n in NAMES})


@pytest.mark.parametrize("data", [FRAME, pl.DataFrame(X, schema=NAMES), X], ids=["pandas", "polars", "array"])
def test_a_sound_model_passes_with_every_kind_of_data(data: Any) -> None:
    record = sanity(lambda x: MODEL.predict_proba(named(x)), data, **PROBABILITY)
    by_name = {} if data is X else {"reordered_columns": 1}
    assert shares(record) == {"consistent": 1, **by_name, "inputs_kept": 1}
    one = record["model.sanity"].estimate("consistent")
    assert (one.n, one.method, one.high) == (128, "clopper-pearson", 1)
    assert one.low == pytest.approx(0.025 ** (1 / 128))


def test_it_runs_by_itself_for_live_models_only() -> None:
    assert "model.sanity" in [result.check for result in audit.run(MODEL, audit.Dataset(FRAME, Y)).results]
    recorded = audit.run(
        None,
        audit.Dataset(FRAME.assign(p=MODEL.predict_proba(FRAME)[:, 1], y=Y), target="y"),
        {"model": {"probability": "p"}, "checks": {"include": ["model.sanity"]}},
    )
    assert recorded["model.sanity"].status == "not_assessed"


def test_a_wrapped_module_in_train_mode_is_asked_in_eval_mode() -> None:
    net = module(train=True)
    assert shares(sanity(net, output="logits"))["consistent"] == 1


def test_dropout_in_train_mode() -> None:
    net = module(train=True)
    net[0].eval()
    record = sanity(function_of(net), X, **PROBABILITY)
    assert (shares(record)["consistent"] or 0) < 0.3
    assert ways(record)["again"][0] > 60


def test_batch_normalisation_in_train_mode() -> None:
    net = module(train=True)
    net[3].eval()
    record = sanity(function_of(net), X, **PROBABILITY)
    found = ways(record)
    assert found["again"] == (0, "none")
    assert found["in another order"] == (0, "none")
    assert found["in batches of 64"][0] > 100
    assert found["one row at a time"] == (16, "ValueError")  # torch: more than one value per channel when training
    assert shares(record)["consistent"] == pytest.approx(0, abs=0.1)


def test_an_answer_without_its_first_axis_for_one_row_is_found() -> None:
    record = sanity(lambda x: np.squeeze(MODEL.predict_proba(named(x))), X, **PROBABILITY)
    assert ways(record)["one row at a time"] == (16, "ModelError")
    assert shares(record)["consistent"] == 112 / 128


def test_columns_that_are_taken_by_position() -> None:
    record = sanity(lambda x: MODEL.predict_proba(pd.DataFrame(x.to_numpy(), columns=NAMES)), **PROBABILITY)
    found = shares(record)
    assert found["consistent"] == 1 and (found["reordered_columns"] or 0) < 0.2


def into_an_array(x: Any) -> Any:
    x[:, 0] = np.minimum(x[:, 0], 15)
    return MODEL.predict_proba(pd.DataFrame(x, columns=NAMES))


def into_a_frame(x: Any) -> Any:
    x["radius"] = x["radius"].clip(upper=15)
    return MODEL.predict_proba(x)


def with_a_new_column(x: Any) -> Any:
    x["ratio"] = x["area"] / x["radius"]
    return MODEL.predict_proba(x[NAMES])


@pytest.mark.parametrize("data", [audit.Dataset(X, Y), audit.Dataset(X, Y, kind="array")], ids=["table", "array"])
def test_a_model_that_writes_into_its_inputs_does_not_write_into_the_data(data: audit.Dataset) -> None:
    before = X.copy()
    found = shares(sanity(into_an_array, data, **PROBABILITY))
    assert found["consistent"] == 1
    assert found["inputs_kept"] == pytest.approx(np.mean(X[:, 0] <= 15), abs=0.1)
    assert (before == X).all()
    tame = audit.run(lambda x: into_an_array(x.copy()), data, {"model": PROBABILITY})
    wild = audit.run(into_an_array, data, {"model": PROBABILITY})
    assert [r.estimates for r in wild.results if r.family == "accuracy"] == [
        r.estimates for r in tame.results if r.family == "accuracy"
    ]


def test_a_model_that_writes_into_a_frame() -> None:
    assert shares(sanity(into_a_frame, **PROBABILITY))["inputs_kept"] == pytest.approx(np.mean(X[:, 0] <= 15), abs=0.1)
    assert shares(sanity(with_a_new_column, **PROBABILITY))["inputs_kept"] == 0
    pd.testing.assert_frame_equal(FRAME, pd.DataFrame(X, columns=NAMES))


def test_missing_inputs_that_stay_missing_are_kept() -> None:
    holes = FRAME.mask(np.random.default_rng(0).random(FRAME.shape) < 0.2)
    record = sanity(lambda x: MODEL.predict_proba(named(x).fillna(FRAME.mean())), holes, **PROBABILITY)
    assert shares(record) == {"consistent": 1, "reordered_columns": 1, "inputs_kept": 1}


def test_texts_and_labels_alone() -> None:
    texts = np.array(["good film", "bad film", "a good, good film", "no"] * 40, dtype=object)
    y = np.array([1, 0, 1, 0] * 40)
    record = sanity(lambda x: [int("good" in one) for one in x], texts, y)
    assert shares(record) == {"consistent": 1, "inputs_kept": 1}
    assert record["model.sanity"].figures[0].columns == ["Asked", "Rows", "Other answers", "Error"]
    coin = np.random.default_rng(0)
    assert (shares(sanity(lambda x: coin.integers(0, 2, len(x)), texts, y))["consistent"] or 0) < 0.5
    clears = sanity(lambda x: [int("good" in x.pop(0)) for _ in range(len(x))], texts, y)
    assert shares(clears)["inputs_kept"] == 0


@pytest.mark.parametrize(("noise", "consistent"), [(1e-8, True), (1e-3, False)])
def test_values_differ_by_a_share_of_the_largest(noise: float, consistent: bool) -> None:
    x, y = load_diabetes(return_X_y=True, as_frame=True)
    line, coin = LinearRegression().fit(x, 1e6 * y), np.random.default_rng(0)
    record = sanity(
        lambda x: line.predict(x[list(line.feature_names_in_)]) * (1 + noise * coin.normal(size=len(x))),
        x,
        1e6 * y,
        task="regression",
    )
    found = shares(record)
    assert found["inputs_kept"] == 1 and (found["consistent"] == 1) == consistent == (found["reordered_columns"] == 1)


def test_several_labels() -> None:
    y = np.stack([Y, X[:, 0] > 14], axis=1).astype(int)
    plan = {"model": {"task": "multilabel", **PROBABILITY}, "checks": {"include": ["model.sanity"]}}
    columns = FRAME.assign(one=y[:, 0], two=y[:, 1])
    dataset = audit.Dataset(columns, target=["one", "two"])
    p = MODEL.predict_proba
    record = audit.run(lambda x: np.stack([p(x[NAMES])[:, 1], p(x[NAMES])[:, 0]], axis=1), dataset, plan)
    assert shares(record) == {"consistent": 1, "reordered_columns": 1, "inputs_kept": 1}


def parity(model: Any, baseline: Any, /, data: Any = None, options: Any = None, **tables: Any) -> Any:
    plan = {"checks": {"include": ["model.parity"], "options": {"model.parity": options or {}}}, **tables}
    record = audit.run(model, data or audit.Dataset(FRAME, Y), plan, baseline=baseline)
    assert record["model.parity"].status == "ok", record["model.parity"].traceback
    return record["model.parity"]


def test_an_export_to_onnx_is_the_same_model_within_float32() -> None:
    ort, skl2onnx = pytest.importorskip("onnxruntime"), pytest.importorskip("skl2onnx")
    graph = skl2onnx.to_onnx(MODEL, X.astype(np.float32), options={"zipmap": False})
    session = ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    found = parity(MODEL, session)
    assert found.estimate("agree").value == 1
    assert 0 < found.estimate("greatest_difference").value < 1e-5
    assert sum(row[1] for row in found.figures[0].rows) == len(Y)
    assert parity(MODEL, session, options={"tolerance": 0}).estimate("agree").value < 0.5


def test_agreement_and_difference_by_hand() -> None:
    other = make_pipeline(StandardScaler(), LogisticRegression(C=0.05)).fit(FRAME, Y)
    one, two = MODEL.predict_proba(FRAME)[:, 1], other.predict_proba(FRAME)[:, 1]
    decides = (one >= 0.5) == (two >= 0.5)
    data = audit.Dataset(FRAME.assign(group=np.tile(["a", "b"], 285)[:569]), Y, sensitive=["group"], features=NAMES)
    found = parity(MODEL, other, data, {"tolerance": 0.05})
    same = (np.abs(one - two) <= 0.05) & decides
    assert found.estimate("agree").counts == {"hits": same.sum(), "trials": 569}
    assert found.estimate("agree", group="a").counts["hits"] == same[::2].sum()
    greatest = found.estimate("greatest_difference")
    assert (greatest.value, greatest.low, greatest.high) == (
        pytest.approx(np.abs(one - two).max()),
        greatest.value,
        None,
    )
    assert greatest.counts["share_beyond_at_most"] == pytest.approx(1 - 0.05 ** (1 / 569))
    assert sum(row[2] for row in found.figures[0].rows) == (~decides).sum()


def test_answers_that_were_once_given_as_the_baseline() -> None:
    logged = MODEL.predict_proba(FRAME)[:, 1].copy()
    logged[:5] = 1 - logged[:5]
    data = audit.Dataset(FRAME.assign(logged=logged), Y, features=NAMES)
    found = parity(MODEL, None, data, baseline={"probability": "logged"})
    assert found.estimate("agree").counts["hits"] == len(Y) - 5


def test_weights_count() -> None:
    other = make_pipeline(StandardScaler(), LogisticRegression(C=0.05)).fit(FRAME, Y)
    weights = np.where(np.arange(len(Y)) % 2, 1.0, 3.0)
    same = (np.abs(MODEL.predict_proba(FRAME) - other.predict_proba(FRAME)).max(1) <= 0.05) & (
        MODEL.predict(FRAME) == other.predict(FRAME)
    )
    agree = parity(MODEL, other, audit.Dataset(FRAME, Y, weight=weights), {"tolerance": 0.05}).estimate("agree")
    assert (agree.method, agree.value) == ("korn-graubard", pytest.approx(np.average(same, weights=weights)))


def test_labels_alone_and_values() -> None:
    found = parity(lambda x: MODEL.predict(x[NAMES]), MODEL)
    assert [e.value for e in found.estimates] == [1, 0]
    x, y = load_diabetes(return_X_y=True, as_frame=True)
    line = LinearRegression().fit(x, y)
    shifted = LinearRegression().fit(x, y + 1)
    found = parity(line, shifted, audit.Dataset(x, y), {"tolerance": 0.01}, model={"task": "regression"})
    assert found.estimate("agree").value == 1
    assert found.estimate("greatest_difference").value == pytest.approx(1)
    found = parity(line, shifted, audit.Dataset(x, y), {"tolerance": 0.001}, model={"task": "regression"})
    assert found.estimate("agree").value == 0


def test_without_a_baseline_parity_is_not_assessed() -> None:
    record = audit.run(MODEL, audit.Dataset(FRAME, Y), {"checks": {"include": ["model.parity"]}})
    assert record["model.parity"].reason == "no baseline to compare with was named"
