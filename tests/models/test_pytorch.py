from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import ModelError, PlanError, digest
from assay.audit.model import capabilities, wrap
from assay.audit.plan import ModelTable

torch = pytest.importorskip("torch")

DIGITS = load_digits()
LOGITS = {"model": {"task": "multiclass", "output": "logits"}}


@pytest.fixture(scope="module")
def network() -> Any:
    """A small convolutional network with dropout and batch normalisation, trained on half of the digits."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(8 * 36, 10),
    )
    x = torch.tensor(DIGITS.images[:900, None] / 16, dtype=torch.float32)
    y = torch.tensor(DIGITS.target[:900])
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    return net


def images() -> Any:
    return DIGITS.images[900:, None].astype(np.float32) / 16


def test_a_module_in_train_mode_is_audited_in_eval_mode_and_left_as_it_was(network: Any) -> None:
    network.train()
    network[1].eval()
    modes = [module.training for module in network.modules()]
    record = audit.run(network, audit.Dataset(images(), DIGITS.target[900:], layout="NCHW"), LOGITS)
    again = audit.run(network, audit.Dataset(images(), DIGITS.target[900:], layout="NCHW"), LOGITS)
    assert [module.training for module in network.modules()] == modes
    value = record["accuracy.accuracy"].estimate().value
    network.eval()
    with torch.no_grad():
        expected = (network(torch.tensor(images())).argmax(1).numpy() == DIGITS.target[900:]).mean()
    assert value == pytest.approx(expected) == again["accuracy.accuracy"].estimate().value
    assert value is not None and value > 0.9
    assert record.model.wrapper == "pytorch"
    assert record.model.capabilities == ["predict", "predict_proba", "logits", "loss_gradient", "pullback"]
    assert record.model.digest == again.model.digest and record.model.digest_of.endswith("weights of the module")


def test_logits_that_were_declared_probabilities_are_told(network: Any) -> None:
    dataset = audit.Dataset(images(), DIGITS.target[900:], layout="NCHW")
    with pytest.raises(ModelError, match=r"outside \[0, 1\].*if they are logits, declare model.output = 'logits'"):
        audit.run(network, dataset, {"model": {"task": "multiclass", "output": "probability"}})


def test_the_gradient_of_the_loss_agrees_with_finite_differences(network: Any) -> None:
    network.double()
    _, model = wrap(network, ModelTable(task="multiclass", output="logits", options={"dtype": "float64", "batch": 3}))
    x, y = images()[:7].astype(np.float64), DIGITS.target[900:907]
    found = model.loss_gradient(x, y)  # type: ignore[attr-defined]
    network.eval()

    def loss(values: Any) -> Any:
        with torch.no_grad():
            logits = network(torch.tensor(values))
        return torch.nn.functional.cross_entropy(logits, torch.tensor(y), reduction="none").numpy()

    for place in [(0, 1, 1), (0, 4, 3), (0, 6, 6)]:
        step = np.zeros_like(x)
        step[(slice(None), *place)] = 1e-5
        np.testing.assert_allclose(
            found[(slice(None), *place)], (loss(x + step) - loss(x - step)) / 2e-5, rtol=1e-4, atol=1e-7
        )
    network.float()


def linear(estimator: LogisticRegression) -> Any:
    net = torch.nn.Linear(estimator.coef_.shape[1], 1).double()
    with torch.no_grad():
        net.weight.copy_(torch.tensor(estimator.coef_))
        net.bias.copy_(torch.tensor(estimator.intercept_))
    return net


def test_the_audit_through_torch_is_the_audit_through_scikit_learn() -> None:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    x = (x - x.mean()) / x.std()
    names = ["mean radius", "worst area", "mean texture"]
    estimator = LogisticRegression().fit(x[names][::2], y[::2])
    shuffled = pd.DataFrame({"y": y, **{name: x[name] for name in names[::-1]}})[1::2]
    data = audit.Dataset(shuffled, target="y")
    one = audit.run(estimator, data)
    options = {"dtype": "float64", "columns": names}
    two = audit.run(linear(estimator), data, {"model": {"output": "logits", "options": options}})
    for result in one.results:
        for e, other in zip(result.estimates, two[result.check].estimates, strict=True):
            assert e.value == pytest.approx(other.value, abs=1e-6)
            assert e.low == pytest.approx(other.low, abs=1e-6)


def test_weights_need_a_factory_and_pickles_trust(network: Any, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    trust = digest.of_file(tmp_path / "weights.pt")
    np.savez(tmp_path / "digits.npz", X=images(), y=DIGITS.target[900:])
    data = {"path": str(tmp_path / "digits.npz"), "inputs": "X", "target": "y", "layout": "NCHW"}
    model = {"path": str(tmp_path / "weights.pt"), "task": "multiclass", "output": "logits"}
    with pytest.raises(ModelError, match=f"add trust = '{trust}'"):
        audit.run(plan={"model": model, "data": data})
    with pytest.raises(ModelError, match=r"it holds weights; name the function that makes the module in model.load"):
        audit.run(plan={"model": {**model, "trust": trust}, "data": data})
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\ndef make():\n    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),"
        " nn.Flatten(), nn.Dropout(0.2), nn.Linear(8 * 36, 10))\n"
    )
    full = {"model": {**model, "trust": trust, "load": f"{tmp_path}/net.py:make"}, "data": data}
    record = audit.run(plan=full)
    assert record.model.digest == trust
    expected = audit.run(network, audit.Dataset(images(), DIGITS.target[900:], layout="NCHW"), LOGITS)
    assert record["accuracy.accuracy"].estimate() == expected["accuracy.accuracy"].estimate()


def test_an_unknown_option_names_the_nearest(network: Any) -> None:
    with pytest.raises(PlanError, match=r"model.options.bacth: unknown option; did you mean 'batch'\?"):
        wrap(network, ModelTable(options={"bacth": 3}))


def test_text_in_a_column_is_named() -> None:
    data = audit.Dataset(pd.DataFrame({"a": ["x", "y"] * 10, "b": 1.0, "y": [0, 1] * 10}), target="y")
    with pytest.raises(ModelError, match="model: column 'a': expected numbers, got could not convert"):
        audit.run(torch.nn.Linear(2, 1), data, {"model": {"output": "logits"}})


def test_options_are_not_swallowed(network: Any) -> None:
    assert capabilities(wrap(network, ModelTable())[1]) == ["predict"]
