"""Products of a vector with the Jacobian of the logits, by each framework's own differentiation: one backward pass.

Each function takes a function from a batch to logits, the batch as a tensor of the framework, and a function from the
logits of the batch to the vectors, one per row; it returns the logits, and the gradient ``J^T c`` of each row in the shape
of the batch. Rows do not depend on each other when a model is asked, so that the pull-back of all rows holds that of each.
With the gradient of any function of the logits as ``c`` it is the gradient of that function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

Call = Callable[[Any], Any]
Cotangent = Callable[[Any], Any]
"""From logits to vectors of their shape; both are arrays of the kind that the model was asked with."""


def by_torch(call: Call, batch: Any, cotangent: Cotangent) -> tuple[Any, Any]:
    """With ``torch.autograd``; tensors in, tensors out, on their device."""
    import torch

    with torch.enable_grad():
        batch = batch.detach().requires_grad_()
        logits = call(batch)
        if not isinstance(logits, torch.Tensor) or not logits.requires_grad:
            raise ModelError("model: no gradient reaches the inputs; some step of the module cannot be differentiated")
        seen = logits.detach()
        vectors = torch.as_tensor(cotangent(seen), dtype=logits.dtype, device=logits.device)
        (found,) = torch.autograd.grad(logits, batch, vectors)
    return seen, found


def by_jax(call: Call, batch: Any, cotangent: Cotangent) -> tuple[Any, Any]:
    """With ``jax.vjp``, on :func:`padded` rows."""
    import jax

    n = len(batch)
    logits, pull = jax.vjp(call, jax.numpy.asarray(padded(np.asarray(batch))))
    vectors = np.zeros(logits.shape, dtype=logits.dtype)
    vectors[:n] = cotangent(np.asarray(logits[:n]))
    (found,) = pull(jax.numpy.asarray(vectors))
    return np.asarray(logits[:n]), np.asarray(found[:n])


def padded(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """As many rows as the next power of two, the first one repeated: a compiler works once per number of rows, and attacks
    have ever fewer.
    """
    more = (1 << (len(rows) - 1).bit_length()) - len(rows) if len(rows) else 0
    return np.concatenate([rows, np.broadcast_to(rows[:1], (more, *rows.shape[1:]))]) if more else rows


def by_tensorflow(call: Call, batch: Any, cotangent: Cotangent) -> tuple[Any, Any]:
    """With ``tf.GradientTape``.

    Raises:
        ModelError: the graph holds a step without a gradient.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = call(batch)
    vectors = tf.cast(cotangent(logits.numpy()), logits.dtype)
    found = tape.gradient(logits, batch, output_gradients=vectors)
    if found is None:
        raise ModelError("model: no gradient reaches the inputs; some step of the graph cannot be differentiated")
    return logits.numpy(), np.asarray(found.numpy())


def cross_entropy(logits: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Gradient of the cross-entropy of each row with respect to its logits: ``p - e_y``.

    ``logits``: ``(n, K)``, or one per row, the log-odds of the positive class. ``y``: positions, ``(n,)``.
    """
    from scipy.special import expit, softmax

    values, y = np.asarray(logits, dtype=np.float64), np.asarray(y)
    if values.ndim == 1 or values.shape[1] == 1:
        return np.asarray(expit(values) - y.reshape(values.shape))
    return np.asarray(softmax(values, axis=1) - np.eye(values.shape[1])[y])
