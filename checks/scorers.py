"""Any scikit-learn scorer as a check: ``sklearn:matthews_corrcoef``, ``sklearn:roc_auc``, ``sklearn:r2`` ...

A scorer does not say what it is for. So it is asked: called on a few made-up rows of each kind of task.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field
from sklearn import config_context, metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from ..audit.errors import NotAssessed, RegistryError, nearest
from ..audit.registry import CheckSpec, Task, declare
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.resampled import ResampledRows
from ..audit.shapes.tabulated import Tabulated
from ..audit.slices import FloatArray, IntArray

Array = npt.NDArray[Any]
Replicates = Annotated[int, Field(ge=100, le=10_000)]


def scorer(name: str) -> CheckSpec:
    """Any scikit-learn scorer.

    Raises:
        RegistryError: scikit-learn has no such scorer, or it is for another kind of target.
    """
    known = metrics.get_scorer_names()
    if name not in known:
        raise RegistryError(f"scikit-learn has no scorer {name!r}{nearest(name, known)}")
    kind = _kind(name)
    if not kind.tasks:
        raise RegistryError(f"scikit-learn's scorer {name!r} is for none of: two classes, many classes, regression")
    function = (_of_counts if kind.counts else _of_predictions if kind.needs == "predictions" else _of_probabilities)(
        name
    )
    function.__doc__ = _page(name, COUNTED if kind.counts else RESAMPLED)
    return declare(f"sklearn:{name}", function, tasks=kind.tasks, better="higher", cites=["arXiv:1201.0490"])


def _of_counts(name: str) -> Callable[..., Tabulated]:
    def score(tables: FloatArray) -> FloatArray:
        kinds = tables.shape[-1]
        true, predicted = np.divmod(np.arange(kinds * kinds), kinds)
        flat = tables.reshape(-1, kinds * kinds)
        return _scores(name, ((true[row > 0], predicted[row > 0], row[row > 0]) for row in flat), kinds)

    def of_counts(counts: Confusion) -> Tabulated:
        return Tabulated(score, counts.cells)

    return of_counts


def _of_predictions(name: str) -> Callable[..., ResampledRows]:
    def of_predictions(labels: Array, predictions: Array, *, replicates: Replicates = 200) -> ResampledRows:
        kinds = 0 if labels.dtype.kind == "f" else int(max(labels.max(), predictions.max())) + 1
        return _of_rows(name, labels, predictions, kinds, replicates)

    return of_predictions


def _of_probabilities(name: str) -> Callable[..., ResampledRows]:
    def of_probabilities(labels: IntArray, probabilities: FloatArray, *, replicates: Replicates = 200) -> ResampledRows:
        return _of_rows(name, labels, probabilities, probabilities.shape[1], replicates)

    return of_probabilities


def _of_rows(name: str, labels: Array, answers: Array, kinds: int, replicates: int) -> ResampledRows:
    def score(rows: IntArray, weights: FloatArray | None) -> float:
        return float(_scores(name, [(labels[rows], answers[rows], weights)], kinds)[0])

    try:
        _score(metrics.get_scorer(name), _estimator(kinds), labels, answers, None)
    except ValueError as error:
        raise NotAssessed(f"scikit-learn's {name}: {error}") from error
    return ResampledRows(score, [labels, answers], replicates, weighs=_kind(name).weighs)


class AnsweredClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that has answered already: what it is given is what it says. It remembers what it was asked for."""

    def __init__(self, kinds: int = 2) -> None:
        self.kinds = kinds
        self.classes_ = np.arange(kinds)
        self.asked = ""

    def predict(self, X: Array) -> Array:
        """The classes that it is given, ``(n,)``."""
        self.asked = "predictions"
        return X if X.ndim == 1 else X.argmax(axis=1)

    def predict_proba(self, X: Array) -> Array:
        """The probabilities that it is given, ``(n, kinds)``."""
        self.asked = "probabilities"
        return X


class AnsweredValues(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Likewise for regression."""

    def predict(self, X: Array) -> Array:
        """The values that it is given, ``(n,)``."""
        return X


def _estimator(kinds: int) -> AnsweredClasses | AnsweredValues:
    return AnsweredClasses(kinds) if kinds else AnsweredValues()


def _score(score: Any, estimator: Any, labels: Array, answers: Array, weights: Array | None) -> float:
    return float(score(estimator, answers, labels, **({} if weights is None else {"sample_weight": weights})))


def _scores(name: str, samples: Iterable[tuple[Array, Array, Array | None]], kinds: int) -> FloatArray:
    """The score of each sample of labels, answers and weights; NaN where scikit-learn refuses it."""
    found: list[float] = []
    score, estimator = metrics.get_scorer(name), _estimator(kinds)
    with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
        warnings.simplefilter("ignore")  # about scores that are undefined, which come out as a value or NaN
        for sample in samples:
            try:
                found.append(_score(score, estimator, *sample))
            except ValueError:
                found.append(np.nan)
    return np.array(found)


class Kind(NamedTuple):
    """What a scorer is for, what it asks a model for, and whether weighted counts are enough for it."""

    tasks: list[Task]
    needs: str
    counts: bool
    weighs: bool


LABELS = np.array([0, 1, 0, 1, 1, 0, 1])
PROBABILITIES = np.array([0.3, 0.6, 0.6, 0.9, 0.4, 0.2, 0.8])
THREE = np.array([0, 1, 2, 0, 1, 2, 0, 2])
THREE_PROBABILITIES = np.eye(3)[[0, 1, 2, 1, 1, 0, 0, 2]] * 0.5 + np.array([0.1, 0.15, 0.25])
VALUES, ANSWERS = np.array([0.5, 1.7, 2.9, 4.2]), np.array([0.6, 1.5, 3.3, 4.0])


def _kind(name: str) -> Kind:
    two, three = AnsweredClasses(2), AnsweredClasses(3)
    if _works(name, AnsweredValues(), VALUES, ANSWERS):
        weighs = _works(name, AnsweredValues(), VALUES, ANSWERS, np.arange(1.0, 5.0))
        return Kind(["regression"], "predictions", counts=False, weighs=weighs)
    answers = np.column_stack([1 - PROBABILITIES, PROBABILITIES])
    tasks: list[Task] = ["binary"] if _works(name, two, LABELS, answers) else []
    tasks += ["multiclass"] if _works(name, three, THREE, THREE_PROBABILITIES) else []
    needs = two.asked or three.asked
    weighs = "binary" in tasks and _works(name, two, LABELS, answers, np.arange(1.0, 8.0))
    return Kind(tasks, needs, counts=needs == "predictions" and weighs, weighs=weighs)


def _works(name: str, estimator: Any, labels: Array, answers: Array, weights: Array | None = None) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # scores for another kind of target warn, and go on
        try:
            return bool(np.isfinite(_score(metrics.get_scorer(name), estimator, labels, answers, weights)))
        except Exception:  # whatever it raises, it is not for this
            return False


COUNTED = (
    "It depends on the rows through the counts of true and predicted classes alone; its interval (ABC) takes some "
    "2 K² + 5 calls for K classes and each group, whatever the number of rows."
)
RESAMPLED = (
    "Its interval comes from resampled rows: percentiles of the replicates, so each group costs as many calls; in "
    "groups of 5,000 rows or more from the spread between 50 random sections, which costs about two calls."
)
LIMITS = (
    "the interval is a general one. Where a check of our own measures the same, its interval is better and faster. "
    "Classes are coded by their position, with two the positive one is 1; probabilities stand in for decision values."
)


def _page(name: str, how: str) -> str:
    """The docstring of a check: what scikit-learn says about the function behind the scorer."""
    shown = repr(metrics.get_scorer(name))
    made = re.match(r"make_scorer\((\w+)", shown)
    about = inspect.getdoc(getattr(metrics, made[1], None)) if made else None
    text = (about or "").partition("\n")[0]
    return (
        f"{name} (scikit-learn).\n\n{text}\n\n"
        f"As scikit-learn's scorer has it: {shown}. Greater is better; losses are negative. {how}\n\n"
        f"Signs of trouble: a value near that of a model that knows nothing.\nLimits: {LIMITS}"
    )
