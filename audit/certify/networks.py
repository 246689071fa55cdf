"""ReLU networks: what their outputs can be while the inputs stay in a ball, by intervals and by linear bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray

Bounds = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Network:
    """Affine layers with a ReLU between each two; the greatest output decides.

    ``weights[i]``: ``(out, in)``. ``biases[0]``: ``(n, out)``, of each row, since what is not moved is in them; the others
    ``(out,)``.
    """

    weights: list[FloatArray]
    biases: list[FloatArray]

    def before(self, points: FloatArray) -> list[FloatArray]:
        """What comes into each ReLU, and out of the last layer, ``(n, out)`` each."""
        found: list[FloatArray] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            points = (np.maximum(found[-1], 0) if found else points) @ weight.T + bias
            found.append(points)
        return found

    def of(self, rows: IntArray) -> Network:
        """The network as these rows meet it."""
        return Network(self.weights, [self.biases[0][rows], *self.biases[1:]])

    def against(self, label: int, rivals: IntArray) -> Network:
        """The same network with the leads of ``label`` over ``rivals`` as outputs."""
        last, bias = self.weights[-1], self.biases[-1]
        lead = bias[..., [label]] - bias[..., rivals]
        return Network([*self.weights[:-1], last[[label]] - last[rivals]], [*self.biases[:-1], lead])

    def only(self, output: int) -> Network:
        """The same network with one of its outputs."""
        one = [output]
        return Network([*self.weights[:-1], self.weights[-1][one]], [*self.biases[:-1], self.biases[-1][..., one]])

    def gradient(self, points: FloatArray, towards: FloatArray) -> FloatArray:
        """Gradient of ``towards · outputs`` with respect to the points, ``(n, m)``."""
        before = self.before(points)
        for layer in reversed(range(len(self.weights))):
            towards = towards @ self.weights[layer]
            if layer:
                towards = towards * (before[layer - 1] > 0)
        return towards


@dataclass(frozen=True)
class Ball:
    """All changes of ``points`` ``(n, m)`` with ``norm(change / scale) <= eps`` ``(n,)`` that stay within the limits."""

    points: FloatArray
    eps: FloatArray
    scale: FloatArray
    lower: FloatArray
    upper: FloatArray
    norm: float

    @property
    def box(self) -> Bounds:
        """Least and greatest inputs, ``(n, m)`` each."""
        way = self.eps[:, None] * self.scale
        return np.maximum(self.lower, self.points - way), np.minimum(self.upper, self.points + way)

    def least(self, slopes: FloatArray) -> FloatArray:
        """Lower bounds of ``slopes · x`` over the ball, ``(n, out)``, for slopes ``(n, out, m)``; by Hölder's inequality.

        Exact for the norm inf, with limits; for the others the better of ball and limits.
        """
        low, high = self.box
        found = np.einsum("nom,nm->no", np.maximum(slopes, 0), low) + np.einsum(
            "nom,nm->no", np.minimum(slopes, 0), high
        )
        if np.isinf(self.norm):
            return np.asarray(found)
        dual = np.inf if self.norm == 1 else 2.0
        middle = np.einsum("nom,nm->no", slopes, self.points)
        return np.asarray(
            np.maximum(found, middle - self.eps[:, None] * np.linalg.norm(slopes * self.scale, ord=dual, axis=2))
        )


def interval_bounds(network: Network, ball: Ball) -> list[Bounds]:
    """Least and greatest value before each ReLU and of the outputs, each layer from the one before; ``(n, out)`` each.

    Gowal et al. (2018), arXiv:1810.12715, equations 6 and 7.
    """
    low, high = ball.box
    found: list[Bounds] = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        if found:
            low, high = np.maximum(low, 0), np.maximum(high, 0)
        up, down = np.maximum(weight, 0), np.minimum(weight, 0)
        low, high = low @ up.T + high @ down.T + bias, high @ up.T + low @ down.T + bias
        found.append((low, high))
    return found


def linear_bounds(network: Network, ball: Ball) -> list[Bounds]:
    """As :func:`interval_bounds`, by lines above and below each ReLU that are carried back to the inputs: never wider.

    With l < 0 < u before a ReLU: above u(x - l)/(u - l); below x if u > -l, else 0.

    Zhang et al. (2018), NeurIPS (CROWN), section 3.2 and theorem 3.2; the lower line as in the adaptive CROWN-Ada.
    """
    intervals = interval_bounds(network, ball)
    found: list[Bounds] = []
    for layer, (low, high) in enumerate(intervals):
        if found:
            low = np.maximum(low, _carried_back(network, ball, found, layer, 1.0))
            high = np.minimum(high, -_carried_back(network, ball, found, layer, -1.0))
        elif not np.isinf(ball.norm):
            slopes = np.broadcast_to(network.weights[0], (len(ball.points), *network.weights[0].shape))
            low = np.maximum(low, ball.least(slopes) + network.biases[0])
            high = np.minimum(high, network.biases[0] - ball.least(-slopes))
        found.append((low, np.maximum(low, high)))
    return found


def _carried_back(network: Network, ball: Ball, before: list[Bounds], layer: int, sign: float) -> FloatArray:
    """Lower bounds of ``sign`` times what layer ``layer`` gives, ``(n, out)``."""
    n = len(ball.points)
    slopes = np.broadcast_to(sign * network.weights[layer], (n, *network.weights[layer].shape))
    constant = np.broadcast_to(sign * network.biases[layer], (n, slopes.shape[1])).copy()
    for below in reversed(range(layer)):
        low, high = before[below]
        crosses = (low < 0) & (high > 0)
        width = np.where(crosses, high - low, 1.0)
        above = np.where(crosses, high / width, high > 0)
        under = np.where(crosses, high > -low, high > 0)
        shift = np.where(crosses, -high * low / width, 0.0)
        up, down = np.maximum(slopes, 0), np.minimum(slopes, 0)
        constant += np.einsum("noh,nh->no", down, shift)
        slopes = up * under[:, None] + down * above[:, None]
        bias = network.biases[below]
        constant += np.einsum("noh,nh->no", slopes, np.broadcast_to(bias, (n, bias.shape[-1])))
        slopes = slopes @ network.weights[below]
    return constant + ball.least(slopes)
