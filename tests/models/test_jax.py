from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from assay import audit
from assay.audit import ModelError
from assay.audit.model import identity, wrap
from assay.audit.plan import ModelTable

jax = pytest.importorskip("jax", reason="needs jax")
pytestmark = pytest.mark.frameworks

X = np.arange(12, dtype=np.float32).reshape(4, 3)
KERNEL = np.array([[1, 0], [0, 1], [1, -1]], dtype=np.float32)


def linear(params: Any, x: Any) -> Any:
    return x @ params["kernel"]


def model(kernel: Any = KERNEL) -> Any:
    return functools.partial(linear, {"kernel": jax.numpy.asarray(kernel)})


def test_a_function_with_parameters_is_known_by_them() -> None:
    (name, one), (_, two) = wrap(model(), ModelTable()), wrap(model(KERNEL + 1), ModelTable())
    assert name == "jax"
    assert identity(model(), one) == identity(model(), wrap(model(), ModelTable())[1])
    digests = [identity(None, wrapped)[0] for wrapped in (one, two)]
    assert all(digests) and digests[0] != digests[1]
    compiled = jax.jit(model())
    assert identity(compiled, wrap(compiled, ModelTable())[1])[0] is None


def test_what_holds_no_array_of_jax_is_a_plain_function() -> None:
    assert wrap(lambda x: x, ModelTable())[0] == "callable"
    assert wrap(functools.partial(linear, {"kernel": KERNEL}), ModelTable())[0] == "callable"
    assert wrap(jax.jit(lambda x: x), ModelTable())[0] == "jax"


def test_a_tuple_of_answers_is_refused() -> None:
    wrapped: Any = wrap(functools.partial(lambda p, x: (x @ p, x), jax.numpy.asarray(KERNEL)), ModelTable())[1]
    with pytest.raises(ModelError, match="model: expected one array from the function, got tuple"):
        wrapped.predict(X)


def test_64_bits_that_jax_would_drop_are_refused() -> None:
    with pytest.raises(ModelError, match=r"model.options.dtype is 'float64': jax needs JAX_ENABLE_X64=1 for it"):
        wrap(model(), ModelTable(options={"dtype": "float64"}))


def test_a_linen_module_without_variables_is_told_how() -> None:
    nn = pytest.importorskip("flax.linen", reason="needs flax")
    with pytest.raises(ModelError, match=r"hand over functools.partial\(net.apply, variables\)"):
        wrap(nn.Dense(2), ModelTable())


def test_an_nnx_module_in_train_mode_is_asked_in_eval_mode_and_left_as_it_was() -> None:
    nnx = pytest.importorskip("flax.nnx", reason="needs flax")
    digits = load_digits()
    drop = nnx.Dropout(0.9, rngs=nnx.Rngs(1))
    net = nnx.Sequential(drop, nnx.Linear(64, 10, rngs=nnx.Rngs(0)))
    net.train()
    data = audit.Dataset(digits.data[:300] / 16, digits.target[:300])
    plan = {"model": {"task": "multiclass", "output": "logits"}, "checks": {"include": ["accuracy.accuracy"]}}
    one, two = audit.run(net, data, plan), audit.run(net, data, plan)
    assert drop.deterministic is False
    assert one.model.digest == two.model.digest is not None
    assert one.model.wrapper == "jax" and one.model.capabilities[-1] == "pullback"
    logits = (digits.data[:300] / 16) @ np.asarray(net.layers[1].kernel[...])
    expected = (logits.argmax(axis=1) == digits.target[:300]).mean()
    values = [record["accuracy.accuracy"].estimate().value for record in (one, two)]
    assert values == [pytest.approx(expected)] * 2
