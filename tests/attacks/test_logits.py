"""One gradient, whatever a wrapper offers it as."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import audit
from assay.audit import DataError, ModelError
from assay.audit.evidence import Evidence
from assay.audit.model import wrap
from assay.audit.plan import ModelTable

from .models import Linear, OnlyLoss


def audited(model: Any, x: Any, y: Any, **table: Any) -> Any:
    declared = ModelTable(**{"task": "multiclass", **table})
    return Evidence(wrap(model, declared)[1], audit.Dataset(x, y, kind="array"), declared).model


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(2, 6), one=st.booleans(), cross=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_gradient_of_the_loss_gives_every_pull_back(seed: int, k: int, one: bool, cross: bool) -> None:
    rng = np.random.default_rng(seed)
    model = Linear(rng.normal(size=5), 0.3) if one and k == 2 else Linear(rng.normal(size=(k, 5)), rng.normal(size=k))
    x, y = rng.normal(size=(12, 5)), np.arange(12) % k
    c = rng.normal(size=(12, k))
    c -= c.mean(axis=1, keepdims=True)
    if cross:
        p = model.predict_proba(x)
        c = (np.stack([1 - p, p], axis=1) if p.ndim == 1 else p) - np.eye(k)[y]
    task = "binary" if k == 2 else "multiclass"
    z, native = audited(model, x, y, task=task).pullback(x, lambda logits: c)
    log_p, composed = audited(OnlyLoss(model), x, y, task=task).pullback(x, lambda logits: c)
    np.testing.assert_allclose(composed, native, atol=1e-9)
    np.testing.assert_allclose(log_p - log_p[:, :1], z - z[:, :1], atol=1e-9)


def test_the_gradient_of_cross_entropy_is_asked_for_once() -> None:
    asked: list[int] = []
    model = OnlyLoss(Linear(np.eye(6)))
    own = model.loss_gradient
    model.loss_gradient = lambda x, y: (asked.append(len(x)), own(x, y))[1]  # type: ignore[method-assign, func-returns-value]
    x, y = np.random.default_rng(0).normal(size=(12, 6)), np.arange(12) % 6
    p = model.predict_proba(x)
    audited(model, x, y).pullback(x, lambda _: p - np.eye(6)[y])
    assert sum(asked) == 12


def test_logits_come_in_the_order_of_the_classes() -> None:
    model = Linear([[1, 0], [0, 1]])
    model.classes_ = ["good", "bad"]  # type: ignore[attr-defined]
    x, y = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array(["good", "bad"])
    found = audited(model, x, y, task="binary", positive="good")
    np.testing.assert_array_equal(found.logits(x), [[1, 2], [3, 0]])
    for one in (found, audited(OnlyLoss(model, ["good", "bad"]), x, y, task="binary", positive="good")):
        np.testing.assert_allclose(
            one.pullback(x, lambda z: np.array([[-1.0, 1.0], [1.0, -1.0]]))[1], [[1, -1], [-1, 1]]
        )


def test_logits_without_a_value_are_refused() -> None:
    model = audited(Linear([[np.nan, 0], [0, 1]]), np.ones((4, 2)), np.arange(4) % 2, task="binary")
    with pytest.raises(ModelError, match="logits are missing or infinite"):
        model.logits(np.ones((4, 2)))


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((1, 0), "expected lower < upper"),
        ((np.zeros(3), np.ones(3)), "broadcast to [4], got"),
        ({"x0": (0, 1)}, "expected [lower, upper], since the inputs are no columns"),
    ],
)
def test_bounds_of_inputs_that_are_no_columns_are_checked(bounds: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        audit.Dataset(np.ones((5, 4)), np.arange(5) % 2, kind="array", bounds=bounds)
    assert message in str(caught.value)
    assert audit.Dataset(np.ones((5, 4)), np.arange(5) % 2, kind="array", bounds=(0, np.full(4, 2))).box is not None
