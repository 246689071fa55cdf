"""Speed against named peers, in CPU seconds of the same run; writes the table of the README.

    python tests/benchmarks/run.py            prints the table
    python tests/benchmarks/run.py README.md  puts it between the benchmark marks of that file

Peers that resample are timed on a few replicates and extrapolated to 1,000, which the table says.
"""

from __future__ import annotations

import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn.metrics as skm
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate, true_positive_rate

from assay import audit

ROWS = 1_000_000
REPLICATES = 1000
RATES = {
    "accuracy.accuracy": skm.accuracy_score,
    "fairness.selection_rate": selection_rate,
    "accuracy.recall": true_positive_rate,
    "accuracy.false_positive_rate": false_positive_rate,
    "accuracy.false_negative_rate": false_negative_rate,
}
RECORDED = {"prediction": "predicted", "probability": "score", "positive": 1}


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of this process for one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rows() -> pd.DataFrame:
    """A calibrated model of 1 M people, in 50 groups, and two attributes of 2 and 5 levels."""
    rng = np.random.default_rng(20261123)
    score = 1 / (1 + np.exp(-rng.normal(-0.5, 1.5, ROWS)))
    truth = (rng.random(ROWS) < score).astype(int)
    levels = {"group": [f"group {i}" for i in range(50)], "sex": ["Female", "Male"], "race": list("ABCDE")}
    groups = {name: rng.choice(np.array(of, dtype=object), ROWS) for name, of in levels.items()}
    return pd.DataFrame({"truth": truth, "score": score, "predicted": (score >= 0.5).astype(int), **groups})


def ours(frame: pd.DataFrame, checks: list[str], sensitive: list[str]) -> Callable[[], Any]:
    """An audit of recorded predictions, coding of the groups included."""

    def work() -> Any:
        dataset = audit.Dataset(frame, target="truth", sensitive=sensitive)
        return audit.run(None, dataset, {"model": RECORDED, "checks": {"include": checks}})

    return work


def measured(frame: pd.DataFrame, folder: Path) -> list[tuple[str, str, float, str, float]]:
    """Rows of the table: task, our name, our seconds, the peer's name, the peer's seconds."""
    ours(frame.head(1000), ["accuracy", "fairness", "calibration"], ["sex"])()  # imports are not what is compared
    y, p, d = (frame[name].to_numpy() for name in ("truth", "score", "predicted"))
    columns = {"y_true": y, "y_pred": d, "sensitive_features": frame["group"]}
    by_group = cpu(ours(frame, list(RATES), ["group"]))
    point = cpu(lambda: _read(MetricFrame(metrics=dict(RATES), **columns)))
    booted = cpu(
        lambda: MetricFrame(metrics=dict(RATES), **columns, n_boot=2, ci_quantiles=[0.025, 0.975], random_state=0)
    )
    ranking = cpu(ours(frame, ["accuracy.auroc"], []))
    one_auroc = cpu(lambda: [_resampled(skm.roc_auc_score, y, p, seed) for seed in range(2)]) / 2
    binned = cpu(ours(frame, ["calibration.ece"], []))
    one_curve = cpu(lambda: [_resampled(_calibration_curve, y, p, seed) for seed in range(2)]) / 2
    path = folder / "rows.parquet"
    frame.drop(columns="group").to_parquet(path)
    plan = {"model": RECORDED, "data": {"path": str(path), "target": "truth", "sensitive": ["sex", "race"]}}
    whole = cpu(lambda: audit.run(None, None, plan))
    once = cpu(lambda: _point_metrics(path))
    return [
        ("5 rates in 50 groups, with intervals", "audit", by_group, "fairlearn `MetricFrame`, no intervals", point),
        ("the same", "audit", by_group, "fairlearn `n_boot=1000`*", point + (booted - point) / 2 * REPLICATES),
        ("AUROC with interval", "DeLong", ranking, "scikit-learn, 1,000 resamples*", one_auroc * REPLICATES),
        (
            "Calibration error with interval",
            "debiased",
            binned,
            "scikit-learn curve, 1,000 resamples*",
            one_curve * REPLICATES,
        ),
        (
            "Whole audit from parquet: 3 families, 18 slices",
            "audit",
            whole,
            "reading it, and 11 scikit-learn point metrics",
            once,
        ),
    ]


def _read(frame: Any) -> Any:
    return frame.by_group, frame.difference(), frame.ratio()


def _resampled(metric: Callable[[Any, Any], Any], y: Any, p: Any, seed: int) -> Any:
    index = np.random.default_rng(seed).integers(0, len(y), len(y))
    return metric(y[index], p[index])


def _calibration_curve(y: Any, p: Any) -> Any:
    from sklearn.calibration import calibration_curve

    return calibration_curve(y, p, n_bins=15)


def _point_metrics(path: Path) -> Any:
    frame = pd.read_parquet(path)
    y, p, d = (frame[name].to_numpy() for name in ("truth", "score", "predicted"))
    decisions = (
        skm.accuracy_score, skm.balanced_accuracy_score, skm.precision_score, skm.recall_score, skm.f1_score,
        skm.matthews_corrcoef,
    )  # fmt: skip
    scores = (skm.roc_auc_score, skm.average_precision_score, skm.brier_score_loss, skm.log_loss, _calibration_curve)
    return [metric(y, d) for metric in decisions] + [metric(y, p) for metric in scores]


def table(found: list[tuple[str, str, float, str, float]]) -> str:
    """The rows as Markdown."""
    lines = [
        f"1 million rows, CPU seconds, {platform.machine()}, Python {platform.python_version()}, "
        f"scikit-learn {version('scikit-learn')}, fairlearn {version('fairlearn')}; from `tests/benchmarks/run.py`.",
        "",
        "| Task | assay | Peer | Peer's time | Ratio |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for task, _, mine, peer, theirs in found:
        lines.append(f"| {task} | {mine:.2f} s | {peer} | {theirs:,.1f} s | {float(f'{theirs / mine:.2g}'):,.10g}× |")
    return "\n".join([*lines, "", "\\* Timed on two resamples and extrapolated."])


def main() -> None:
    """Measure, and print or write the table."""
    with tempfile.TemporaryDirectory() as folder:
        text = table(measured(rows(), Path(folder)))
    if len(sys.argv) == 1:
        print(text)
        return
    path = Path(sys.argv[1])
    marks = r"(<!-- benchmark -->\n).*?(<!-- /benchmark -->)"
    path.write_text(re.sub(marks, lambda found: f"{found[1]}{text}\n{found[2]}", path.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main()
