"""Is the attack any good? Tests that a sound attack on a sound model passes, each with the number behind its state.

After Carlini et al. (2019), arXiv:1902.06705, section 5, and the flags of AutoAttack (Croce & Hein 2020b). An attack that is weak makes
a bad model look good, and gradients that are masked make every gradient attack weak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from ..shapes.base import BoolArray
from ..slices import FloatArray, IntArray
from .ensemble import Attacked, Composition, attacked
from .losses import cross_entropy, margin
from .norms import Norm, flat, project, scaled, size, start
from .surface import Surface
from .verify import InvalidAttack, verified

State = Literal["pass", "warn", "fail", "not run"]

MORE = 0.002
"""Share of rows that another attack may find beyond ours before that counts as masking; AutoAttack's alpha."""
CONVERGED = 0.01
"""Share of rows that twice the budget may find beyond ours."""
SATURATED = 0.1
"""Share of rows without any gradient from which on gradients are called masked."""
NOISES, REPEATS = 10, 5


Surrogate = Callable[[FloatArray, IntArray, int], tuple[FloatArray, FloatArray]]
"""From points ``(n, d)``, the model's decisions and the number of classes K to weights ``(K, d)`` and intercepts ``(K,)``."""


class Finding(NamedTuple):
    """One line of the panel. ``invalid``: a failure means that the results may be wrong either way, and not just too kind."""

    id: str
    test: str
    state: State
    number: str
    meaning: str
    invalid: bool = False


@dataclass
class Panel:
    """The tests at one radius; what several of them need is computed once.

    ``y``: true classes ``(n,)``; ``gradients``: whether the model has any; ``surrogate``: fits a linear model to its
    decisions.
    """

    surface: Surface
    y: IntArray
    eps: float
    norm: Norm
    composition: Composition
    rng: np.random.Generator
    gradients: bool
    surrogate: Surrogate | None = None

    def findings(self) -> list[Finding]:
        """All lines, in the order of their numbers. An attack that breaks its own rules ends them."""
        tests = (
            self.verification, self.nothing, self.unbounded, self.monotone, self.iterations, self.single_step,
            self.black_box, self.zero_gradients, self.logits, self.repeats, self.domain, self.noise, self.transfer,
            self.union, self.denominator, self.budget, self.targets,
        )  # fmt: skip
        found: list[Finding] = []
        try:
            for test in tests:
                found.append(test())
        except InvalidAttack as error:
            found.append(Finding(f"S{len(found) + 1}", "points in ball and box", "fail", str(error), "", True))
        return found

    @cached_property
    def main(self) -> Attacked:
        """The attack in question, at its radius."""
        return self._attack(self.eps, self.composition)

    @cached_property
    def fell(self) -> BoolArray:
        """Right when clean, and fooled."""
        return self.main.clean & ~self.main.withstood(self.eps)

    def verification(self) -> Finding:
        """S1: every success holds in a fresh prediction, in ball and box."""
        wrong = sum(stage.unconfirmed for stage in self.main.stages)
        state: State = "fail" if wrong > max(1, len(self.y) // 50) else "warn" if wrong else "pass"
        said = f"{int(self.fell.sum())} successes, {wrong} claims not confirmed"
        return Finding("S1", "successes verified", state, said, "answers change between calls", True)

    def nothing(self) -> Finding:
        """S2: without any change the answers are those of the audit."""
        surface = self.surface
        first, again = surface.predict(surface.x), surface.predict(surface.x)
        logits = surface.numpy(surface.decide(surface.logits(surface.x)))
        wrong = int(((first != again) | (first != logits)).sum())
        said = f"{wrong} of {len(self.y)} rows decided otherwise when asked again"
        meaning = "the model keeps a state, is random, or is in train mode"
        return Finding("S2", "radius 0 changes nothing", "fail" if wrong else "pass", said, meaning, True)

    def unbounded(self) -> Finding:
        """S3: with a radius as wide as the box, nothing stands."""
        test, meaning = "unbounded radius breaks all", "the attack is broken, or gradients are masked"
        width = self.surface.high - self.surface.low
        whole = float(self.surface.xp.max(size(self.surface.array(np.zeros_like(self._x)) + width, self.norm)))
        seen = np.unique(self.surface.predict(self.surface.x))
        if len(seen) < 2:
            return Finding("S3", test, "not run", "the model gives one class for all of these rows", meaning)
        stood = int(self._attack(whole, self.composition).withstood(whole).sum())
        return Finding("S3", test, "fail" if stood else "pass", f"{stood} rows stand at radius {whole:.3g}", meaning)

    def monotone(self) -> Finding:
        """S4: attacked anew at each radius, no fewer rows fall at a larger one."""
        shares = [self._robust(self._attack(eps, self.composition), eps) for eps in (self.eps / 2, 2 * self.eps)]
        shares.insert(1, self._robust(self.main, self.eps))
        rises = max(shares[1] - shares[0], shares[2] - shares[1])
        said = " ≥ ".join(f"{share:.3f}" for share in shares) + " at half, once and twice the radius"
        state: State = "fail" if rises > max(CONVERGED, 1.5 / len(self.y)) else "warn" if rises > 0 else "pass"
        return Finding("S4", "robust accuracy falls with the radius", state, said, "the attack is too weak")

    def iterations(self) -> Finding:
        """S5: twice the steps and another start find next to nothing more."""
        twice = Composition(*(2 * part if name in STEPS else part for name, part in vars(self.composition).items()))
        more = self._more(lambda rows: self._fallen(rows, twice))
        return self._beyond(
            "S5", "twice the budget", more, CONVERGED, "not converged: an upper bound of robust accuracy"
        )

    def single_step(self) -> Finding:
        """S6: one step along the gradient finds nothing that many steps do not."""
        if not self.gradients:
            return Finding("S6", "a single step finds no more", "not run", "the model has no gradient", "")
        more = self._more(self._one_step)
        return self._beyond("S6", "a single step", more, MORE, "gradients are masked")

    def black_box(self) -> Finding:
        """S7: Square finds nothing that gradients do not."""
        test = "Square"
        if not self.gradients:
            return Finding("S7", f"{test} finds no more", "not run", "the attack has no gradient to begin with", "")
        blind = Composition(0, 0, 0, 0, 0, max(self.composition.queries, 500))
        sighted = Composition(*(0 if name == "queries" else part for name, part in vars(self.composition).items()))
        before = self._attack(self.eps, sighted)
        stood = np.flatnonzero(before.withstood(self.eps))
        more = np.zeros(len(self.y), bool)
        more[stood] = self._fallen(stood, blind)
        return self._beyond("S7", test, more, MORE, "gradients are masked")

    def zero_gradients(self) -> Finding:
        """S8: the gradient is not zero."""
        if not self.gradients:
            return Finding("S8", "gradients are not zero", "not run", "the model has no gradient", "")
        shares = []
        for loss in (margin, cross_entropy):
            gradient = self._gradient(loss)
            shares.append(float(np.mean(~np.any(gradient, axis=1))))
        said = f"margin: zero for {shares[0]:.1%} of rows; cross-entropy: {shares[1]:.1%}"
        state: State = "fail" if shares[0] > SATURATED else "warn" if max(shares) > 0 else "pass"
        return Finding("S8", "gradients are not zero", state, said, "quantised, saturated or cut off before the output")

    def logits(self) -> Finding:
        """S9: logits are logits."""
        z = self.surface.numpy(self.surface.logits(self.surface.x)).astype(float)
        like = bool(z.min() >= 0 and z.max() <= 1 and np.allclose(z.sum(axis=1), 1, atol=1e-3))
        said = f"from {z.min():.3g} to {z.max():.3g}"
        meaning = "probabilities where logits were declared: losses saturate"
        return Finding("S9", "logits are no probabilities", "fail" if like else "pass", said, meaning)

    def repeats(self) -> Finding:
        """S10: five times the same question, one answer."""
        answers = [self.surface.numpy(self.surface.logits(self.surface.x)) for _ in range(REPEATS)]
        gap = float(max(np.max(np.abs(one - answers[0])) for one in answers))
        scale = max(1.0, float(np.max(np.abs(answers[0]))))
        said = f"largest difference {gap:.2g} in {REPEATS} calls"
        meaning = "a random model: option draws averages over its answers"
        return Finding("S10", "answers are repeated", "fail" if gap > 1e-4 * scale else "pass", said, meaning, True)

    def domain(self) -> Finding:
        """S11: the radius is plausible for the box, and the data fill the box."""
        x, low, high = self._x, self.surface.numpy(self.surface.low), self.surface.numpy(self.surface.high)
        width = np.broadcast_to(high - low, x.shape)
        used = float(np.max((x.max(axis=0) - x.min(axis=0)) / np.where(width[0] > 0, width[0], 1)))
        widest = float(
            self.surface.xp.max(size(self.surface.array(np.zeros_like(x)) + self.surface.array(width), self.norm))
        )
        share = self.eps / widest
        odd = share > 0.5 or share < 1e-5 or used < 0.1
        said = f"radius is {share:.2%} of the box, which data fill to {used:.0%}"
        meaning = "radius or bounds may be in other units than the data"
        return Finding("S11", "radius and bounds fit the data", "warn" if odd else "pass", said, meaning)

    def noise(self) -> Finding:
        """S12: random noise of that size finds nothing that the attack does not."""
        more = self._more(self._random)
        return self._beyond("S12", f"{NOISES} draws of noise", more, MORE, "the attack is worse than chance")

    def transfer(self) -> Finding:
        """S13: steps along the gradient of a linear model that was fitted to the decisions find no more."""
        if self.surrogate is None:
            return Finding("S13", "a surrogate finds no more", "not run", "no surrogate", "")
        decided = self.surface.predict(self.surface.x)
        if len(np.unique(decided)) < 2:
            return Finding("S13", "a surrogate finds no more", "not run", "the model gives one class here", "")
        linear = self.surrogate(self._x.reshape(len(decided), -1), decided, self.surface.classes)
        more = self._more(lambda rows: self._along(rows, *linear))
        return self._beyond("S13", "a linear surrogate", more, MORE, "gradients are masked")

    def union(self) -> Finding:
        """S14: a row stands if it withstood every attack."""
        worst = max((stage.fooled for stage in self.main.stages), default=0)
        said = f"{int(self.fell.sum())} rows fell to some attack, at most {worst} to one"
        return Finding("S14", "robust per row against all attacks", "pass", said, "")

    def denominator(self) -> Finding:
        """S15: rows that are wrong when clean count as not robust."""
        robust, clean = self._robust(self.main, self.eps), float(self.main.clean.mean())
        said = f"robust accuracy {robust:.3f} of all rows, accuracy {clean:.3f}"
        return Finding("S15", "all rows in the denominator", "pass", said, "")

    def budget(self) -> Finding:
        """S16: what was asked."""
        spent = self.surface.spent
        said = f"{len(self.y)} rows; so far {spent.forwards:,} forward, {spent.gradients:,} backward in {spent.calls:,} calls"
        return Finding("S16", "budget stated", "pass", said, "")

    def targets(self) -> Finding:
        """S17: targeted losses fit the number of classes."""
        loss = "margin" if self.surface.classes < 4 else "difference of logits ratio"
        return Finding("S17", "targeted loss fits", "pass", f"{self.surface.classes} classes: {loss}", "")

    @property
    def _x(self) -> Any:
        return self.surface.numpy(self.surface.x)

    def _attack(self, eps: float, composition: Composition) -> Attacked:
        return attacked(self.surface, self.y, [eps], self.norm, composition, self.rng)

    def _robust(self, found: Attacked, eps: float) -> float:
        return float(found.withstood(eps).mean())

    def _more(self, fallen: Callable[[IntArray], BoolArray]) -> BoolArray:
        """Rows that the attack left standing and ``fallen`` does not."""
        stood = np.flatnonzero(self.main.withstood(self.eps))
        more = np.zeros(len(self.y), bool)
        if len(stood):
            more[stood] = fallen(stood)
        return more

    def _fallen(self, rows: IntArray, composition: Composition) -> BoolArray:
        if not len(rows):
            return np.zeros(0, bool)
        found = attacked(self.surface.at(rows), self.y[rows], [self.eps], self.norm, composition, self.rng)
        return np.asarray(~found.withstood(self.eps))

    def _one_step(self, rows: IntArray) -> BoolArray:
        gradient = self._gradient(cross_entropy, rows)
        return self._tried(rows, gradient.reshape((len(rows), *self._x.shape[1:])))

    def _along(self, rows: IntArray, weights: FloatArray, intercepts: FloatArray) -> BoolArray:
        """Towards the class whose surrogate is nearest to winning."""
        z = self._x[rows].reshape(len(rows), -1) @ weights.T + intercepts
        z[np.arange(len(rows)), self.y[rows]] = -np.inf
        direction = weights[z.argmax(axis=1)] - weights[self.y[rows]]
        return self._tried(rows, direction.reshape(self._x[rows].shape))

    def _random(self, rows: IntArray) -> BoolArray:
        some, fell = self.surface.at(rows), np.zeros(len(rows), bool)
        for _ in range(NOISES):
            points = start(some.x, self.eps, self.norm, some.low, some.high, self.rng)
            fell |= verified(some, points, self.y[rows], np.ones(len(rows), bool), self.eps, self.norm)
        return fell

    def _tried(self, rows: IntArray, direction: Any) -> BoolArray:
        some = self.surface.at(rows)
        step = some.array(direction)
        step = some.xp.sign(step) if self.norm == "Linf" else scaled(step, self.norm)
        points = project(some.x + self.eps * step, some.x, self.eps, self.norm, some.low, some.high)
        return verified(some, points, self.y[rows], np.ones(len(rows), bool), self.eps, self.norm)

    def _gradient(self, loss: Any, rows: IntArray | None = None) -> Any:
        rows = np.arange(len(self.y)) if rows is None else rows
        some, truth = self.surface.at(rows), self.surface.array(self.y[rows], self.surface.xp.int64)
        gradient = some.pullback(some.x, lambda z, part: loss(z, truth[part], truth[part])[1])[1]
        return some.numpy(flat(gradient))

    def _beyond(self, id: str, what: str, more: BoolArray, allowed: float, meaning: str) -> Finding:
        """Fail if surely more than ``allowed`` of the rows fall beyond those that the attack found."""
        from ..stats.proportion import clopper_pearson

        count, n = int(more.sum()), len(more)
        surely = float(clopper_pearson(np.array(float(count)), np.array(float(n)), 0.9).low)
        state: State = "fail" if surely > allowed else "warn" if count else "pass"
        return Finding(id, f"{what} finds no more", state, f"{count} of {n} rows more", meaning)


STEPS = ("cheap", "entropy", "targeted", "queries")
"""Parts of a composition that are numbers of steps."""
