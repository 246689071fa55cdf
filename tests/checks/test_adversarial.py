from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Record

from ..attacks.models import Linear, Network, OnlyLoss

CHECK = "robustness.adversarial"
RNG = np.random.default_rng(0)
X = RNG.random((300, 6))
W = RNG.normal(size=6)
LINE = Linear(W, -W.sum() / 2)
Y = ((X @ W - W.sum() / 2 + RNG.normal(0, 0.3, 300)) > 0).astype(int)


def run(model: Any, data: Any, table: dict[str, Any] | None = None, **options: Any) -> Record:
    plan = {"model": table or {}, "checks": {"include": [CHECK], "options": {CHECK: options}}}
    return audit.run(model, data, plan)


def arrays(x: Any = X, y: Any = Y, bounds: Any = (0, 1), **more: Any) -> Any:
    return audit.Dataset(x, y, kind="array", bounds=bounds, **more)


def reason(record: Record) -> str:
    assert record[CHECK].status == "not_assessed", record[CHECK]
    return str(record[CHECK].reason)


def truth(eps: float, step: Any = 1.0) -> Any:
    """Rows of X that a linear model keeps within the ball and the unit box."""
    worst = np.where(Y[:, None] == 1, W < 0, W > 0)
    room = np.minimum(eps * step, np.where(worst, 1 - X, X))
    return np.where(Y == 1, 1, -1) * LINE.logits(X) > np.abs(W * room).sum(axis=1)


def test_metrics_are_those_of_the_first_radius_and_all_are_in_the_curve() -> None:
    radii = [0.1, 0.02, 0.05]
    record = run(LINE, arrays(sensitive={"half": np.arange(300) % 2}), eps=radii)
    found, clean = record[CHECK], LINE.predict(X) == Y
    groups: list[tuple[dict[str, str], Any]] = [({}, np.full(300, True)), ({"half": "1"}, np.arange(300) % 2 == 1)]
    for slice, rows in groups:
        expected = truth(0.1)[rows].mean(), clean[rows].mean(), truth(0.1)[rows].sum() / clean[rows].sum()
        values = [found.estimate(metric, **slice).value for metric in ("robust_accuracy", "accuracy", "kept")]
        assert values == pytest.approx(expected)
    curve = found.figures[0].series[0]
    assert curve.x == [0, 0.02, 0.05, 0.1]
    assert curve.y == pytest.approx([clean.mean(), *(truth(eps).mean() for eps in (0.02, 0.05, 0.1))])
    rows = found.figures[1].rows
    assert rows[-1][5] == sum(int(str(row[5])) for row in rows[:-1]) + 5 * 64 + 300 + 300 + clean.sum()
    assert "reduced budget" in found.figures[1].note and "0.1 in units of the inputs" in found.figures[1].note


def test_an_attack_on_a_table_changes_quantities_and_nothing_else() -> None:
    class Model:
        def predict(self, frame: Any) -> Any:
            return (self.predict_proba(frame) >= 0.5).astype(int)

        def predict_proba(self, frame: Any) -> Any:
            assert set(frame["who"]) <= {"a", "b"} and set(frame["flag"]) <= {0, 1}
            z = LINE.logits(self.numbers(frame)) + np.where(frame["who"] == "a", 0.05, -0.05)
            return 1 / (1 + np.exp(-z))

        def numbers(self, frame: Any) -> Any:
            return np.column_stack([frame[f"c{i}"] / (10.0**i) for i in range(6)])

        def loss_gradient(self, frame: Any, y: Any) -> Any:
            found = np.full((len(frame), 8), 5.0)  # those of who and flag must not be looked at
            found[:, 1:7] = (self.predict_proba(frame) - y)[:, None] * W / 10.0 ** np.arange(6)
            return found

    frame = pd.DataFrame(X * 10.0 ** np.arange(6), columns=[f"c{i}" for i in range(6)])
    frame.insert(0, "who", np.where(np.arange(300) % 2, "a", "b"))
    frame["flag"] = np.arange(300) % 2
    bounds = {f"c{i}": (0, 10.0**i) for i in range(6)} | {"flag": (0, 1)}
    record = run(Model(), audit.Dataset(frame, Y, bounds=bounds), eps=0.05)
    shift = np.where(frame.who == "a", 0.05, -0.05)
    worst = np.where(Y[:, None] == 1, W < 0, W > 0)
    room = np.minimum(0.05, np.where(worst, 1 - X, X))
    stands = np.where(Y == 1, 1, -1) * (LINE.logits(X) + shift) > np.abs(W * room).sum(axis=1)
    assert record[CHECK].estimate("robust_accuracy").value == pytest.approx(stands.mean())


def test_a_sample_of_the_rows_is_told() -> None:
    found = run(LINE, arrays(), eps=0.05, rows=100)[CHECK]
    assert [found.estimate(metric).n for metric in ("robust_accuracy", "accuracy")] == [100, 100]
    assert "A random sample of 100 of 300 rows" in found.figures[1].note
    assert run(LINE, arrays(), eps=0.05, rows=100)[CHECK].estimates == found.estimates


def test_deviations_as_units() -> None:
    value = run(LINE, arrays(), eps=0.2, scale="deviation")[CHECK].estimate("robust_accuracy").value
    assert value == pytest.approx(truth(0.2, X.std(axis=0)).mean())


class Changing(Linear):
    """Gives other logits whenever it is asked."""

    def __init__(self, spread: float) -> None:
        super().__init__(W, -W.sum() / 2)
        self.rng, self.spread = np.random.default_rng(0), spread

    def logits(self, x: Any) -> Any:
        return super().logits(x) + self.rng.normal(0, self.spread, len(x))

    def predict(self, x: Any) -> Any:
        return (Linear.logits(self, x) > 0).astype(int)


class Drifting(Linear):
    """Gives the same logits, which are not those that its decisions came from."""

    def predict(self, x: Any) -> Any:
        return (self.logits(x) > 0.2).astype(int)


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        (LINE, arrays(bounds=None), "give data.bounds, such as bounds = [0, 1]"),
        (LINE, arrays(bounds=(0, 0.9)), "rows have inputs outside data.bounds: the inputs go from 0"),
        (lambda x: LINE.predict(x), arrays(), "no gradients of its logits; robustness.black_box"),
        (Changing(0.1), arrays(), "other logits for 64 of 64; give option draws"),
        (Drifting(W, -W.sum() / 2), arrays(), "the logits lead to other decisions than the audit has for"),
    ],
)
def test_what_cannot_be_attacked_says_why(model: Any, data: Any, message: str) -> None:
    assert message in reason(run(model, data))


def test_rows_outside_of_their_bounds_are_counted() -> None:
    out = int((X > 0.9).any(axis=1).sum())
    assert f"{out} of 300 rows have inputs outside" in reason(run(LINE, arrays(bounds=(0, 0.9))))


def test_a_random_model_is_attacked_on_its_mean_answer() -> None:
    found = run(Changing(0.02), arrays(), eps=0.1, draws=20)[CHECK]
    assert found.estimate("robust_accuracy").value == pytest.approx(truth(0.1).mean(), abs=0.03)
    assert "mean of 20 calls" in found.figures[1].note


@pytest.mark.parametrize(
    ("x", "bounds", "options", "message"),
    [
        (X, (0, 1), {"eps": 1e-5, "scale": "raw"}, "so small that another unit may be meant"),
        (np.rint(X * 255), (0, 255), {"eps": 0.03, "scale": "raw"}, "no other input is within reach"),
        (np.rint(X * 255), (0, 255), {"eps": 0.03}, ""),
        (X, (0, 1), {"eps": 0.6}, ""),
    ],
)
def test_an_eps_in_another_unit_is_doubted(x: Any, bounds: Any, options: Any, message: str) -> None:
    model = Linear(W / bounds[1], -W.sum() / 2)
    plan = {
        "checks": {"include": [CHECK], "options": {CHECK: options}},
        "require": [{"check": CHECK, "at_least": 0.01}],
    }
    record = audit.run(model, arrays(x, model.predict(x), bounds), plan)
    doubts = " ".join(str(one) for one in record.requirements[0].model_dump().values())
    assert message in doubts and (record.requirements[0].verdict != "pass" if message else True)
    assert ("any input can become almost any other" in record[CHECK].figures[1].note) == (options["eps"] == 0.6)


def test_more_than_two_classes_and_a_wrapper_with_nothing_but_the_gradient_of_its_loss() -> None:
    y = np.argsort(np.argsort(X[:, 0] + X[:, 1])) // 75
    network = Network(X, y, hidden=8, steps=200)
    values = [
        run(model, arrays(y=y), {"task": "multiclass"}, eps=0.05)[CHECK].estimate("robust_accuracy").value
        for model in (network, OnlyLossOf(network))
    ]
    assert values[0] == pytest.approx(values[1], abs=0.011)


class OnlyLossOf(OnlyLoss):
    def loss_gradient(self, x: Any, y: Any) -> Any:
        return self._model.pullback(x, lambda z: self._model.predict_proba(x) - np.eye(z.shape[1])[y])[1]
