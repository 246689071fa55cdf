"""Any metric of Hugging Face evaluate as a check: ``evaluate:./my_metric``, ``evaluate:metrics.py:metric`` ...

What a metric is for follows from the features that it declares.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit import digest
from ..audit.environment import installed
from ..audit.errors import InputError, NotAssessed, RegistryError
from ..audit.hub import SCHEME, fetched
from ..audit.imports import named
from ..audit.registry import CheckSpec, Task, declare
from ..audit.shapes.resampled import ResampledRows
from ..audit.slices import FloatArray, IntArray

Array = npt.NDArray[Any]
Replicates = Annotated[int, Field(ge=100, le=10_000)]
CLASSES: tuple[Task, ...] = ("binary", "multiclass")


class Format(NamedTuple):
    """What a metric wants: the name of the feature for answers, what these are, and how classes are written."""

    tasks: tuple[Task, ...]
    answers: str
    needs: str
    names: bool = False


def metric(name: str, folder: Path = Path()) -> CheckSpec:
    """The metric in a folder or file, at an import path (``module:name``, ``file.py:name``), or on the Hub.

    Raises:
        RegistryError: there is none, it is a bare name, or it compares neither classes, probabilities nor values.
    """
    if find_spec("evaluate") is None:
        raise RegistryError(f"evaluate:{name} needs evaluate, which is not installed: pip install 'assay[evaluate]'")
    thing, content = _loaded(name, folder)
    format = _format(thing, name)
    function = {"predictions": _of_predictions, "scores": _of_scores, "probabilities": _of_probabilities}[format.needs]
    check = function(thing, format)
    check.__doc__ = _page(thing, content)
    return declare(f"evaluate:{name}", check, tasks=format.tasks, better="higher", cites=["arXiv:2210.01970"])


def _loaded(name: str, folder: Path) -> tuple[Any, str]:
    """The metric, and the digest of its file where it has one."""
    import evaluate

    try:
        path = _script(
            fetched(f"{SCHEME}{name.removeprefix(SCHEME)}", "check", space=True)
            if name.startswith(SCHEME)
            else folder / name
        )
        if path.is_file():
            return evaluate.load(str(path), keep_in_memory=True), digest.of_file(path)
        if ":" not in name:
            raise RegistryError(
                f"evaluate:{name}: no such file or folder at {path}; a metric of the Hub is code that is fetched and run, "
                f"which an audit file allows by naming a commit: evaluate:{SCHEME}evaluate-metric/{Path(name).name}@…"
            )
        thing = named(name, folder, f"check evaluate:{name}")
        thing = thing if isinstance(thing, evaluate.EvaluationModule) else thing()
    except InputError as error:
        raise RegistryError(str(error)) from error
    except Exception as error:  # whatever the module raises
        raise RegistryError(f"evaluate:{name}: {type(error).__name__}: {error}") from error
    if not isinstance(thing, evaluate.EvaluationModule):
        raise RegistryError(f"evaluate:{name}: expected a metric of evaluate, got {type(thing).__name__}")
    return thing, ""


def _script(path: Path) -> Path:
    """The file of a metric: in a folder it has its name, but a snapshot of the Hub is called after its commit."""
    if not path.is_dir():
        return path
    scripts = [one for one in path.glob("*.py") if one.stem not in ("app", "tests")]
    return scripts[0] if len(scripts) == 1 else path / f"{path.name}.py"


def _format(thing: Any, name: str) -> Format:
    """The first of the formats of the metric that an audit can give."""
    offered = thing.features if isinstance(thing.features, list) else [thing.features]
    for features in offered:
        answers = next((key for key in ("predictions", "prediction_scores") if key in features), "")
        if set(features) == {answers, "references"}:
            truth, given = _kind(features["references"]), _kind(features[answers])
            found = FORMATS.get((truth, given))
            if found:
                return Format(found.tasks, answers, found.needs, found.names)
    shown = "; ".join(str(dict(features)) for features in offered)
    raise RegistryError(
        f"evaluate:{name}: expected 'references' and 'predictions' (or 'prediction_scores') that are classes, "
        f"probabilities or values, got {shown}"
    )


FORMATS = {
    ("int", "int"): Format(CLASSES, "", "predictions"),
    ("string", "string"): Format(CLASSES, "", "predictions", names=True),
    ("int", "float"): Format(("binary",), "", "scores"),
    ("int", "list"): Format(CLASSES, "", "probabilities"),
    ("float", "float"): Format(("regression",), "", "predictions"),
}


def _kind(feature: Any) -> str:
    kind = str(getattr(feature, "dtype", ""))
    if isinstance(feature, list) or hasattr(feature, "feature"):
        return "list"
    return "int" if kind.startswith(("int", "uint", "bool")) else kind.rstrip("0123456789")


def _of_predictions(thing: Any, format: Format) -> Callable[..., dict[str, ResampledRows]]:
    def of_predictions(
        labels: Array,
        predictions: Array,
        classes: list[str],
        *,
        arguments: dict[str, Any] | None = None,
        replicates: Replicates = 200,
    ) -> dict[str, ResampledRows]:
        if not format.names:
            return _of_rows(thing, format, labels, predictions, arguments, replicates)
        names = np.array(classes, dtype=object)
        return _of_rows(thing, format, names[labels], names[predictions], arguments, replicates)

    return of_predictions


def _of_scores(thing: Any, format: Format) -> Callable[..., dict[str, ResampledRows]]:
    def of_scores(
        labels: IntArray, scores: FloatArray, *, arguments: dict[str, Any] | None = None, replicates: Replicates = 200
    ) -> dict[str, ResampledRows]:
        return _of_rows(thing, format, labels, scores, arguments, replicates)

    return of_scores


def _of_probabilities(thing: Any, format: Format) -> Callable[..., dict[str, ResampledRows]]:
    def of_probabilities(
        labels: IntArray,
        probabilities: FloatArray,
        *,
        arguments: dict[str, Any] | None = None,
        replicates: Replicates = 200,
    ) -> dict[str, ResampledRows]:
        return _of_rows(thing, format, labels, probabilities, arguments, replicates)

    return of_probabilities


def _of_rows(
    thing: Any, format: Format, labels: Array, answers: Array, arguments: dict[str, Any] | None, replicates: int
) -> dict[str, ResampledRows]:
    def compute(rows: IntArray) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about values that are undefined
            given = {format.answers: answers[rows].tolist(), "references": labels[rows].tolist()}
            return dict(thing.compute(**given, **(arguments or {})))

    try:
        whole = compute(np.arange(len(labels)))
    except Exception as error:
        raise NotAssessed(f"the metric raised {type(error).__name__}: {error}") from error
    keys = [key for key, value in whole.items() if np.ndim(value) == 0 and isinstance(value, int | float | np.number)]
    if not keys:
        raise NotAssessed(f"the metric gives no number, but {', '.join(map(repr, whole)) or 'nothing'}")

    def of(key: str) -> ResampledRows:
        return ResampledRows(lambda rows, _: _value(compute, rows, key), [labels, answers], replicates, weighs=False)

    return {key: of(key) for key in keys}


def _value(compute: Callable[[IntArray], dict[str, Any]], rows: IntArray, key: str) -> float:
    try:
        return float(compute(rows)[key])
    except (ValueError, ZeroDivisionError):  # undefined here, such as for one class alone
        return float("nan")


def _page(thing: Any, content: str) -> str:
    text = " ".join((thing.description or "").split())
    of = f" It was read from a file with digest {content}." if content else ""
    return (
        f"{thing.name} (Hugging Face evaluate).\n\n{text}\n\n"
        f"Computed by evaluate {installed('evaluate')} from numbers as the metric declares them, often rounded to 32 bits.{of} "
        "Its interval comes from resampled rows: percentiles of the replicates; in groups of 5,000 rows or more from the "
        "spread between 50 random sections.\n\n"
        "Signs of trouble: a value near that of a model that knows nothing.\n"
        "Limits: the interval is a general one, and slow. Where a check of our own measures the same, its interval is "
        "better and faster. Greater values are taken to be better. Classes are given by their position, or by name where "
        "the metric wants texts; two values of a metric are resampled apart."
    )
