"""What attacks climb: functions of logits with their gradients with respect to the logits, row by row.

Each takes logits ``(n, K)``, the true class ``(n,)`` and a target class ``(n,)``, which untargeted ones do not look at, and returns the
value ``(n,)`` and its gradient ``(n, K)``, whose rows sum to zero. Worked out in 64 bits, since differences of probabilities near 0 and 1 drown in 32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from array_api_compat import array_namespace, device

Array = Any
Loss = Callable[[Array, Array, Array], tuple[Array, Array]]


def cross_entropy(logits: Array, y: Array, target: Array) -> tuple[Array, Array]:
    """``log sum exp(z) - z_y``; gradient ``p - e_y``, whose entry at y is minus the sum of the others, which loses no digits."""
    xp, z = _wide(logits)
    true = _one_hot(y, z)
    low = z - xp.max(z, axis=1, keepdims=True)
    exp = xp.exp(low)
    total = xp.sum(exp, axis=1, keepdims=True)
    others = exp / total * (1 - true)
    value = xp.log(total)[:, 0] - xp.sum(low * true, axis=1)
    return value, others - true * xp.sum(others, axis=1, keepdims=True)


def margin(logits: Array, y: Array, target: Array) -> tuple[Array, Array]:
    """``max of the others - z_y``."""
    xp, z = _wide(logits)
    true = _one_hot(y, z)
    other = _one_hot(xp.argmax(z - true * _large(z), axis=1), z)
    return xp.sum(z * (other - true), axis=1), other - true


def targeted_margin(logits: Array, y: Array, target: Array) -> tuple[Array, Array]:
    """``z_t - z_y``."""
    xp, z = _wide(logits)
    cotangent = _one_hot(target, z) - _one_hot(y, z)
    return xp.sum(z * cotangent, axis=1), cotangent


def targeted_dlr(logits: Array, y: Array, target: Array) -> tuple[Array, Array]:
    """Targeted difference of logits ratio, of four classes or more: ``-(z_y - z_t) / (z_1 - (z_3 + z_4) / 2)``, sorted logits.

    Croce & Hein (2020b), arXiv:2003.01690, equation 7. It does not change when all logits are multiplied.
    """
    xp, z = _wide(logits)
    towards = _one_hot(target, z) - _one_hot(y, z)
    order = xp.argsort(z, axis=1, descending=True)
    spread = _one_hot(order[:, 0], z) - (_one_hot(order[:, 2], z) + _one_hot(order[:, 3], z)) / 2
    over = xp.sum(z * towards, axis=1)
    under = xp.sum(z * spread, axis=1) + 1e-12
    value = over / under
    return value, towards / under[:, None] - spread * (value / under)[:, None]


def _wide(logits: Array) -> tuple[Any, Array]:
    xp = array_namespace(logits)
    return xp, xp.astype(logits, xp.float64)


def _one_hot(classes: Array, like: Array) -> Array:
    xp = array_namespace(like)
    every = xp.arange(like.shape[1], device=device(like))
    return xp.astype(classes[:, None] == every[None, :], like.dtype)


def _large(z: Array) -> Array:
    xp = array_namespace(z)
    return 1 + 2 * xp.max(xp.abs(z), axis=1, keepdims=True)
