"""Attacks of other libraries as checks: ``art:HopSkipJump``, ``foolbox:LinfPGD`` ... What they claim is proved before it counts."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.losses import cross_entropy
from ..audit.attacks.norms import Norm, size
from ..audit.attacks.opened import Box, Scale, surface
from ..audit.attacks.splits import flat
from ..audit.attacks.surface import Surface
from ..audit.attacks.verify import SLACK
from ..audit.errors import NotAssessed, RegistryError, nearest
from ..audit.registry import CheckSpec, declare
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import IntArray

Numbers = npt.NDArray[Any]
Attack = Callable[[Surface, IntArray, float, Norm, dict[str, Any]], Numbers]
"""From a surface, true classes, radius, norm and the user's arguments to points ``(n, ...)``."""

Found = dict[str, Outcomes | Table]
NORMS: dict[Norm, float] = {"Linf": np.inf, "L2": 2, "L1": 1}
LIMITS = (
    "an upper bound of robust accuracy. Points outside of ball or bounds, and points that a fresh prediction still gets "
    "right, count as not found, whatever the library says of them; the table says how many there were."
)


def art(name: str) -> CheckSpec:
    """An evasion attack of the Adversarial Robustness Toolbox.

    Raises:
        RegistryError: it is not installed, or has no such attack.
    """
    try:
        from art.attacks import EvasionAttack, evasion
    except ImportError as error:
        raise RegistryError("ART is not installed; pip install 'assay[attacks]' brings it") from error
    known = {n: of for n, of in vars(evasion).items() if isinstance(of, type) and issubclass(of, EvasionAttack)}
    return _declared("art", "ART", name, known, _by_art)


def foolbox(name: str) -> CheckSpec:
    """An attack of foolbox.

    Raises:
        RegistryError: it is not installed, or has no such attack.
    """
    try:
        import foolbox as library
    except ImportError as error:
        raise RegistryError("foolbox is not installed; pip install 'assay[attacks]' brings it") from error
    base = library.attacks.base.Attack
    known = {n: of for n, of in vars(library.attacks).items() if isinstance(of, type) and issubclass(of, base)}
    return _declared("foolbox", "foolbox", name, known, _by_foolbox)


def _declared(source: str, library: str, name: str, known: dict[str, Any], by: Any) -> CheckSpec:
    if name not in known:
        raise RegistryError(f"{library} has no attack {name!r}{nearest(name, known)}")

    def run(
        model: AuditedModel,
        inputs: Any,
        labels: IntArray,
        bounds: dict[str, tuple[float, float]],
        box: Box | None,
        row_order: IntArray,
        rng: np.random.Generator,
        *,
        norm: Norm = "Linf",
        eps: Annotated[float, Field(gt=0)] = 0.03,
        scale: Scale = "range",
        rows: Annotated[int, Field(ge=1, le=100_000)] = 100,
        arguments: dict[str, Any] = {},  # noqa: B006  a default of an option is never changed
    ) -> Found:
        chosen = np.sort(row_order[:rows])
        seen = surface(model, inputs, bounds, box, chosen, scale=scale, decisions=True)
        return _measured(seen, labels, chosen, eps, norm, partial(by, known[name]), arguments, rng)

    about = (inspect.getdoc(known[name]) or "").partition("\n\n")[0].replace("\n", " ")
    how = f"As {library} has it, with the given arguments, on a simple random sample of the rows (option 'rows')."
    run.__doc__ = (
        f"{name} ({library}).\n\n{about}\n\n{how}\n\nSigns of trouble: fewer rows stand than against robustness.adversarial, "
        f"which then was too weak.\nLimits: {LIMITS}"
    )
    return declare(
        f"{source}:{name}", run, tasks=["binary", "multiclass"], better="higher", core=False,
        metrics=["robust_accuracy", "accuracy", "kept"],
    )  # fmt: skip


def _measured(
    seen: Surface, labels: IntArray, chosen: IntArray, eps: float, norm: Norm, attack: Attack, arguments: dict[str, Any],
    rng: np.random.Generator,
) -> Found:  # fmt: skip
    y = labels[chosen]
    clean = seen.predict(seen.x) == y
    old = np.random.get_state()
    np.random.seed(int(rng.integers(2**31)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            points = np.asarray(attack(seen, y, eps, norm, arguments), dtype=np.float64)
    finally:
        np.random.set_state(old)
    claimed, inside, fooled = _proved(seen, points, y, eps, norm)
    robust = clean & ~(inside & fooled)
    among, stood, right = (np.zeros(len(labels), dtype=bool) for _ in range(3))
    among[chosen], stood[chosen], right[chosen] = True, robust, clean
    told = clean & claimed
    table: list[list[str | float | int | None]] = [
        ["rows attacked, drawn at random", len(chosen)],
        ["right when clean", int(clean.sum())],
        ["changed by the attack", int(told.sum())],
        ["of these outside of ball or bounds", int((told & ~inside).sum())],
        ["of these still right when asked afresh", int((told & inside & ~fooled).sum())],
        ["fell", int((clean & ~robust).sum())],
        ["rows that the model was asked about", seen.spent.forwards],
        ["rows whose gradient it was asked for", seen.spent.gradients],
    ]
    return {
        "robust_accuracy": Outcomes(stood, among),
        "accuracy": Outcomes(right, among),
        "kept": Outcomes(stood, right),
        "proof": Table("What the attack claimed and what held", ["", "Rows"], table, f"{norm} radius {eps:g}."),
    }


def _proved(
    seen: Surface, points: Numbers, y: IntArray, eps: float, norm: Norm
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Which rows were changed, which are inside of ball and box, and which a fresh prediction gets wrong."""
    if points.shape != tuple(seen.x.shape) or not np.isfinite(points).all():
        raise NotAssessed(f"the attack returned an array of shape {points.shape}, or numbers that are missing")
    x = seen.array(points)
    far = seen.numpy(size(x - seen.x, norm))
    rounding = 1e-6 * (1 + float(np.max(np.abs(seen.numpy(seen.x)))))
    beyond = seen.numpy(seen.xp.maximum(seen.low - x, x - seen.high)).reshape(len(y), -1).max(axis=1)
    inside = (far <= eps * (1 + SLACK) + rounding) & (beyond <= rounding)
    return far > 0, inside, seen.predict(seen.xp.clip(x, seen.low, seen.high)) != y


def _by_art(kind: Any, seen: Surface, y: IntArray, eps: float, norm: Norm, arguments: dict[str, Any]) -> Numbers:
    accepted = inspect.signature(kind).parameters
    given = {"eps": eps, "norm": NORMS[norm], "verbose": False}
    settings = {key: value for key, value in given.items() if key in accepted} | arguments
    _no_differences_of_steps(kind, seen)
    attack = _constructed("ART", kind, settings, _art_classifier(seen))
    return np.asarray(attack.generate(x=seen.numpy(seen.x).astype(np.float32), y=np.eye(seen.classes)[y]))


def _no_differences_of_steps(kind: Any, seen: Surface) -> None:
    """Refuse attacks by finite differences where they are zero, and a model would be called robust for it."""
    if kind.__name__ != "ZooAttack" or not seen.scored:
        return
    share = flat(lambda x: seen.numpy(seen.logits(seen.array(x))), seen.numpy(seen.x), np.random.default_rng(0))
    if share > 0.5:
        raise NotAssessed(
            f"the answers for {share:.0%} of the rows do not change when the inputs change a little, so that finite differences are "
            f"zero and {kind.__name__} would find nothing, however weak the model; take robustness.black_box"
        )


def _art_classifier(seen: Surface) -> Any:
    from art.estimators.classification.classifier import ClassGradientsMixin, ClassifierMixin
    from art.estimators.estimator import BaseEstimator, LossGradientsMixin, NeuralNetworkMixin

    blind = (ClassifierMixin, NeuralNetworkMixin, BaseEstimator)

    def predict(self: Any, x: Numbers, **_: Any) -> Numbers:
        some = _spread(seen, len(x))
        if not seen.scored:
            return np.eye(seen.classes)[some.predict(some.array(x))]
        return seen.numpy(some.logits(some.array(x))).astype(np.float32)

    def loss_gradient(self: Any, x: Numbers, y: Numbers, **_: Any) -> Numbers:
        some = _spread(seen, len(x))
        truth = some.array(np.argmax(y, axis=1) if np.ndim(y) > 1 else y, some.xp.int64)
        pulled = some.pullback(some.array(x), lambda z, part: cross_entropy(z, truth[part], truth[part])[1])
        return seen.numpy(pulled[1]).astype(np.float32)

    def class_gradient(self: Any, x: Numbers, label: Any = None, **_: Any) -> Numbers:
        wanted = range(seen.classes) if label is None else None
        each = (
            [_of_class(seen, x, np.full(len(x), k)) for k in wanted]
            if wanted
            else [_of_class(seen, x, np.broadcast_to(label, len(x)))]
        )
        return np.stack(each, axis=1).astype(np.float32)

    members = {
        "predict": predict, "loss_gradient": loss_gradient, "class_gradient": class_gradient,
        "fit": lambda self, *_, **__: None, "input_shape": tuple(seen.x.shape[1:]), "nb_classes": seen.classes,
    }  # fmt: skip
    members |= {"get_activations": None, "layer_names": []}  # of networks alone, which nobody looks into here
    kind = type("Seen", (LossGradientsMixin, ClassGradientsMixin, *blind) if seen.differentiable else blind, members)
    low, high = (seen.numpy(side) for side in (seen.low, seen.high))
    clips = (np.float32(low.min()), np.float32(high.max()))
    made = kind(model=None, clip_values=clips, channels_first=seen.layout != "NHWC")
    made._nb_classes = seen.classes  # where its mixin keeps what nb_classes tells
    return made


def _of_class(seen: Surface, x: Numbers, k: IntArray) -> Numbers:
    """Gradient of the logit of a class less the mean of all: what differs between classes is the same."""
    some = _spread(seen, len(x))

    def towards(z: Any, part: slice) -> Any:
        return some.xp.asarray(np.eye(seen.classes)[k[part]] - 1 / seen.classes, dtype=z.dtype, device=some.device)

    return seen.numpy(some.pullback(some.array(x), towards)[1])


def _spread(seen: Surface, rows: int) -> Surface:
    """A surface for as many rows as a library asks about; which of ours they stand for only matters where columns are kept."""
    if rows == len(seen):
        return seen
    if seen.fixed:
        raise NotAssessed(
            "the attack asks about other numbers of rows, and columns that it does not change differ from row to row"
        )
    return seen.at(np.arange(rows) % len(seen))


def _by_foolbox(kind: Any, seen: Surface, y: IntArray, eps: float, norm: Norm, arguments: dict[str, Any]) -> Numbers:
    torch: Any = import_module("torch")
    library: Any = import_module("foolbox")
    if not seen.scored or (not seen.differentiable and not issubclass(kind, _decision_based(library))):
        raise NotAssessed(f"the model has no gradient, which {kind.__name__} follows")
    low, high = (np.broadcast_to(seen.numpy(side), tuple(seen.x.shape)) for side in (seen.low, seen.high))
    width = float(np.max(high - low))
    if np.ptp(high - low) > 1e-6 * width:
        raise NotAssessed(
            "foolbox takes one pair of bounds for all numbers, and these differ in width; use scale = 'range'"
        )
    attack = _constructed("foolbox", kind, arguments)
    if isinstance(attack, library.attacks.base.MinimizationAttack | library.attacks.base.FixedEpsilonAttack):
        asked = library.PyTorchModel(_module(seen, low), bounds=(0, width), device="cpu")
        x = torch.from_numpy((seen.numpy(seen.x) - low).astype(np.float32))
        _, points, _ = attack(asked, x, torch.from_numpy(y.astype(np.int64)), epsilons=eps)
        return np.asarray(points.detach().numpy().astype(np.float64) + low)
    raise NotAssessed(f"{kind.__name__} is no attack of a fixed radius or of least distance")


def _decision_based(library: Any) -> tuple[Any, ...]:
    names = (
        "BoundaryAttack",
        "HopSkipJumpAttack",
        "PointwiseAttack",
        "SaltAndPepperNoiseAttack",
        "BinarySearchContrastReductionAttack",
    )
    noise = (
        library.attacks.additive_noise.BaseAdditiveNoiseAttack,
        library.attacks.additive_noise.BaseRepeatedAdditiveNoiseAttack,
    )
    return (*(getattr(library.attacks, name) for name in names), *noise)


def _module(seen: Surface, low: Numbers) -> Any:
    """The surface as a module of torch, over numbers from which the lower bounds were taken."""
    torch: Any = import_module("torch")

    class Through(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            context.x = x.detach().numpy() + low[np.arange(len(x)) % len(low)]
            some = _spread(seen, len(x))
            z = seen.numpy(some.logits(some.array(context.x)))
            return torch.from_numpy(np.ascontiguousarray(z, dtype=np.float32))

        @staticmethod
        def backward(context: Any, c: Any) -> Any:
            some, c = _spread(seen, len(context.x)), c.numpy()
            c = c - c.mean(axis=1, keepdims=True)  # what is the same for all logits does not matter to any decision
            towards = lambda z, part: some.xp.asarray(c[part], dtype=z.dtype, device=some.device)  # noqa: E731
            gradient = seen.numpy(some.pullback(some.array(context.x), towards)[1])
            return torch.from_numpy(np.ascontiguousarray(gradient, dtype=np.float32))

    class Seen(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return Through.apply(x)

    return Seen().eval()


def _constructed(library: str, kind: Any, arguments: dict[str, Any], *before: Any) -> Any:
    try:
        return kind(*before, **arguments)
    except (TypeError, ValueError) as error:
        said = f"{library} refuses {kind.__name__}({', '.join(arguments)}): {error}"
        raise NotAssessed(said) from error
