"""Checks as metrics of Hugging Face evaluate: one file that ``evaluate.load`` runs, where assay is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .errors import PlanError, nearest
from .files import write_whole
from .registry import CheckSpec, find

TASKS = ("binary", "multiclass", "regression")
SCORES = {"probabilities", "scores", "favorable_scores"}
ANSWERS = {"counts", "favorable_counts", "predictions", "favorable_predictions"}
OFFERED = {*SCORES, *ANSWERS, "labels", "favorable_labels", "classes", "slices", "rng"}
"""What labels and answers of a metric are enough for."""

MODULE = '''"""{title}: the check {id} of assay, for {task} models."""

import datasets
import evaluate
from assay.audit.export import computed


class Exported(evaluate.Metric):
    """The value on all rows, and the limits of its interval."""

    def _info(self):
        return evaluate.MetricInfo(
            description={about!r},
            citation={cites!r},
            inputs_description={inputs!r},
            features=datasets.Features({{{features}}}),
        )

    def _compute(self, references, predictions=None, prediction_scores=None, confidence=0.95, seed=0, **options):
        return computed(
            {id!r},
            {task!r},
            references,
            predictions=predictions,
            prediction_scores=prediction_scores,
            confidence=confidence,
            seed=seed,
            options=options,
        )
'''
INPUTS = (
    "references: the true class of each row, counted from 0 (in regression the value). predictions: likewise. "
    "prediction_scores: probability of class 1, or a list with one for each class. Options of the check, confidence and "
    "seed are further arguments. Values that are undefined are None."
)


def export_evaluate(check: str, folder: str | Path, *, task: str = "binary") -> Path:
    """Write a check as a metric: ``folder/family_name/family_name.py``, which ``evaluate.load`` takes, as the Hub does.

    Args:
        check: its id.
        folder: where the folder of the metric goes.
        task: ``binary``, ``multiclass`` or ``regression``.

    Returns:
        The folder of the metric.

    Raises:
        PlanError: the check needs more than labels and answers, or is for other tasks.
    """
    spec = find(check)
    _fits(spec, task)
    name = re.sub(r"\W+", "_", spec.id)
    one = 'datasets.Value("float64")'  # float32, as metrics often have it, would round
    label = one if task == "regression" else 'datasets.Value("int64")'
    features = {"references": label}
    if ANSWERS & set(spec.needs):
        features["predictions"] = label
    if SCORES & set(spec.needs):
        features["prediction_scores"] = one if task == "binary" else f"datasets.Sequence({one})"
    text = MODULE.format(
        title=spec.title, id=spec.id, task=task, about=f"{spec.title}.\n\n{spec.about}", cites=", ".join(spec.cites),
        inputs=INPUTS, features=", ".join(f'"{key}": {kind}' for key, kind in features.items()),
    )  # fmt: skip
    target = Path(folder) / name
    write_whole(target / f"{name}.py", text.encode())
    write_whole(target / "requirements.txt", b"assay\n")
    return target


def computed(
    check: str,
    task: str,
    references: Any,
    *,
    predictions: Any = None,
    prediction_scores: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    options: dict[str, Any] | None = None,
) -> dict[str, float | None]:
    """What an exported metric calls: by name the value of each number of the check, and its limits.

    Raises:
        InputError: answers that cannot be right, or unknown options.
        ValueError: the check cannot be measured on these rows; the message has its reason.
    """
    import pandas as pd

    from .data import Dataset
    from .runner import run

    truth = np.asarray(references)
    kinds = 2 if task == "binary" else 0 if task == "regression" else _kinds(truth, predictions, prediction_scores)
    model = _Answered(predictions, prediction_scores, kinds)
    plan = {
        "audit": {"confidence": confidence, "seed": seed},
        "model": {"task": task, "output": "label" if prediction_scores is None or predictions is not None else "probability"},
        "checks": {"include": [check], "options": {check: options or {}}},
    }  # fmt: skip
    (result,) = run(model, Dataset(pd.DataFrame({"row": np.arange(len(truth))}), truth), plan).results
    if result.status != "ok":
        raise ValueError(f"{check}: {result.reason}")
    found: dict[str, float | None] = {}
    for e in result.estimates:
        found |= {e.metric: e.value, f"{e.metric}_low": e.low, f"{e.metric}_high": e.high}
    return found


class _Answered:
    """A model that has answered already, and is asked by number of row."""

    def __init__(self, predictions: Any, scores: Any, kinds: int) -> None:
        self._predictions = None if predictions is None else np.asarray(predictions)
        if kinds:
            self.classes_ = list(range(kinds))
        if scores is not None:
            self._scores = np.asarray(scores, dtype=np.float64)
            self.predict_proba = lambda x: self._scores[x["row"].to_numpy()]

    def predict(self, x: Any) -> Any:
        if self._predictions is None:
            raise ValueError("expected predictions, got prediction_scores only")
        return self._predictions[x["row"].to_numpy()]


def _kinds(truth: Any, predictions: Any, scores: Any) -> int:
    if scores is not None:
        return int(np.shape(scores)[1])
    return int(max(np.max(truth), np.max(predictions))) + 1


def _fits(spec: CheckSpec, task: str) -> None:
    if task not in TASKS:
        raise PlanError(f"task: expected one of {', '.join(TASKS)}, got {task!r}{nearest(task, TASKS)}")
    if task not in spec.tasks:
        raise PlanError(f"check {spec.id!r} is for {' and '.join(spec.tasks)} models; task is {task!r}")
    more = sorted(set(spec.needs) - OFFERED)
    if more or spec.compares or not spec.judgeable:
        why = f"it needs {', '.join(more)}" if more else "it compares groups" if spec.compares else "it gives no number"
        raise PlanError(f"check {spec.id!r} cannot be a metric of labels and answers: {why}")
