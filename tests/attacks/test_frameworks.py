"""One network falls alike whatever holds it: numpy, torch with tensors from end to end, jax and keras."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from assay import audit
from assay.audit.attacks.ensemble import Composition, attacked
from assay.audit.attacks.norms import Norm
from assay.audit.attacks.opened import surface
from assay.audit.evidence import Evidence
from assay.audit.model import wrap
from assay.audit.plan import ModelTable

from .models import Network, opened

pytestmark = pytest.mark.frameworks

DIGITS = load_digits()
X, Y = DIGITS.images[-60:].reshape(60, 64) / 16, DIGITS.target[-60:]
ALL = Composition(5, 5, 2, 10, 10, 20)
RADII: dict[Norm, list[float]] = {"Linf": [0.02, 0.05, 0.1], "L2": [0.1, 0.4, 0.8], "L1": [0.5, 1.5]}


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(DIGITS.images[:900].reshape(900, 64) / 16, DIGITS.target[:900])


def torch(net: Network) -> Any:
    nn = pytest.importorskip("torch").nn
    tensor = pytest.importorskip("torch").tensor
    found = nn.Sequential(nn.Linear(*net.a.shape), nn.ReLU(), nn.Linear(*net.b.shape))
    weights = {"0.weight": net.a.T, "0.bias": net.c, "2.weight": net.b.T, "2.bias": net.d}
    found.load_state_dict({name: tensor(values) for name, values in weights.items()})
    return found


def jax(net: Network) -> Any:
    numbers = pytest.importorskip("jax").numpy

    def forward(weights: Any, x: Any) -> Any:
        a, c, b, d = weights
        return numbers.maximum(x @ a + c, 0) @ b + d

    return functools.partial(forward, tuple(numbers.asarray(w, numbers.float32) for w in (net.a, net.c, net.b, net.d)))


def keras(net: Network) -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    layers = [keras.Input(net.a.shape[:1]), keras.layers.Dense(len(net.c), "relu"), keras.layers.Dense(len(net.d))]
    found = keras.Sequential(layers)
    found.set_weights([net.a, net.c, net.b, net.d])
    return found


@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)  # of keras
@pytest.mark.parametrize(
    ("build", "norm"), [(torch, "Linf"), (torch, "L2"), (torch, "L1"), (jax, "Linf"), (keras, "L2")]
)
def test_a_network_falls_alike_whatever_holds_it(network: Network, build: Callable[[Network], Any], norm: Norm) -> None:
    model = build(network)
    expected = attacked(opened(network, X, Y, (0, 1)), Y, RADII[norm], norm, ALL, np.random.default_rng(0))
    seen = opened(model, X.astype(np.float32), Y, (0, 1), plan={"output": "logits"})
    found = attacked(seen, Y, RADII[norm], norm, ALL, np.random.default_rng(0))
    assert type(seen.x).__module__ == ("torch" if build is torch else "numpy")
    np.testing.assert_array_equal(found.clean, expected.clean)
    assert (found.radius != expected.radius).mean() <= 0.04  # 32 bits decide otherwise at the very boundary
    assert {stage.name for stage in found.stages} == {stage.name for stage in expected.stages}


def test_a_module_on_a_table_takes_columns_by_name_and_indicators_stay() -> None:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    x = (x - x.min()) / (x.max() - x.min())
    names = ["mean radius", "worst concavity", "mean texture"]
    frame = x[names[::-1]].assign(flag=(x["worst area"] > 0.3).astype(int))
    columns = [*names, "flag"]
    net = Network(frame[columns].to_numpy()[:300], y[:300].to_numpy(), hidden=6)
    bounds = dict.fromkeys(columns, (0.0, 1.0))
    table = ModelTable(output="logits", options={"columns": columns, "dtype": "float64"})
    data = audit.Dataset(pd.DataFrame(frame[300:]).assign(y=y[300:]), target="y", bounds=bounds)
    evidence = Evidence(wrap(torch(net).double(), table)[1], data, table)
    seen = surface(evidence.model, evidence.inputs, bounds, None, np.arange(len(frame) - 300))
    assert tuple(seen.x.shape) == (len(frame) - 300, 3)
    found = attacked(seen, evidence.labels, [0.05], "Linf", ALL, np.random.default_rng(0))
    fell = found.clean & np.isfinite(found.radius)
    changed = frame[300:].copy()
    changed[names[::-1]] = found.x.numpy()
    assert fell.any() and (net.predict(changed[columns].to_numpy()) != y[300:].to_numpy())[fell].all()


def test_a_module_in_train_mode_and_its_weights_are_left_as_they_were(network: Network) -> None:
    module = torch(network).train()
    before = {name: values.clone() for name, values in module.state_dict().items()}
    seen = opened(module, X.astype(np.float32), Y, (0, 1), plan={"output": "logits"})
    attacked(seen, Y, [0.05], "Linf", ALL, np.random.default_rng(0))
    assert module.training and all(bool((before[name] == v).all()) for name, v in module.state_dict().items())
    assert all(one.grad is None for one in module.parameters())
