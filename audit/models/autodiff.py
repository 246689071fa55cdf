"""The gradient of the loss with respect to the inputs, by each framework's own differentiation.

Each function takes a function from a batch to logits, the batch as a tensor of the framework, and the class of each row
as a position; it returns the gradient of the cross-entropy of each row in the shape of the batch. Rows do not depend on
each other when a model is asked, so that the gradient of the sum holds that of each row. One logit per row is the
log-odds of the positive class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

Call = Callable[[Any], Any]


def by_torch(call: Call, batch: Any, y: Any) -> npt.NDArray[Any]:
    """With ``torch.autograd``."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    truth = torch.as_tensor(np.asarray(y), device=batch.device)
    with torch.enable_grad():
        logits = call(batch.requires_grad_())
        if _single(logits):
            loss = binary_cross_entropy_with_logits(logits.reshape(-1), truth.to(logits.dtype), reduction="sum")
        else:
            loss = cross_entropy(logits, truth.long(), reduction="sum")
        (found,) = torch.autograd.grad(loss, batch)
    return np.asarray(found.cpu().numpy())


def by_jax(call: Call, batch: Any, y: Any) -> npt.NDArray[Any]:
    """With ``jax.grad``."""
    import jax

    truth = jax.numpy.asarray(np.asarray(y))

    def loss(values: Any) -> Any:
        logits = call(values)
        if _single(logits):
            one = logits.reshape(-1)
            return (jax.nn.softplus(one) - truth * one).sum()
        return -jax.numpy.take_along_axis(jax.nn.log_softmax(logits), truth[:, None], axis=1).sum()

    return np.asarray(jax.grad(loss)(batch))


def by_tensorflow(call: Call, batch: Any, y: Any) -> npt.NDArray[Any]:
    """With ``tf.GradientTape``.

    Raises:
        ModelError: the graph holds a step without a gradient.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = call(batch)
        if _single(logits):
            truth, one = tf.cast(y, logits.dtype), tf.reshape(logits, [-1])
            loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=truth, logits=one)
        else:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(y, tf.int64), logits=logits)
    found = tape.gradient(loss, batch)
    if found is None:
        raise ModelError("model: no gradient reaches the inputs; some step of the graph cannot be differentiated")
    return np.asarray(found.numpy())


def _single(logits: Any) -> bool:
    return len(logits.shape) == 1 or logits.shape[1] == 1
