"""Speed against named peers, in CPU seconds of the same run; writes the table of the README.

    python tests/benchmarks/run.py            prints the table
    python tests/benchmarks/run.py README.md  puts it between the benchmark marks of that file

Peers that resample are timed on two replicates and extrapolated to 1,000, which the table says. What takes less than
three seconds is timed three times, and the shortest counts.
"""

from __future__ import annotations

import ctypes
import gc
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import sklearn.metrics as skm
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate, true_positive_rate

from assay import audit
from assay.audit.registry import find

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


@dataclass(frozen=True)
class Row:
    """One line of the table: a task, our seconds, and a peer's."""

    task: str
    ours: float
    peer: str
    theirs: float


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of this process for one call."""
    found: list[float] = []
    while not found or (len(found) < 3 and max(found) < 3):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def thousand(two_replicates: Callable[[], Any]) -> float:
    """CPU seconds of 1,000 replicates, from those of two."""
    return cpu(two_replicates) / 2 * REPLICATES


def rows() -> pd.DataFrame:
    """A calibrated model of 1 M people, in 50 groups, and two attributes of 2 and 5 levels."""
    rng = np.random.default_rng(20261123)
    score = 1 / (1 + np.exp(-rng.normal(-0.5, 1.5, ROWS)))
    truth = (rng.random(ROWS) < score).astype(int)
    levels = {"group": [f"group {i}" for i in range(50)], "sex": ["Female", "Male"], "race": list("ABCDE")}
    groups = {name: rng.choice(np.array(of, dtype=object), ROWS) for name, of in levels.items()}
    return pd.DataFrame({"truth": truth, "score": score, "predicted": (score >= 0.5).astype(int), **groups})


def ours(frame: pd.DataFrame, checks: list[str], sensitive: list[str], **model: Any) -> Callable[[], Any]:
    """An audit of recorded predictions, coding of the groups included."""
    used = frame[[*{"truth": 0, **dict.fromkeys(v for v in model.values() if v in frame), **dict.fromkeys(sensitive)}]]

    def work() -> Any:
        dataset = audit.Dataset(used, target="truth", sensitive=sensitive)
        return audit.run(None, dataset, {"model": {**model, "positive": 1}, "checks": {"include": checks}})

    return work


def points(frame: pd.DataFrame) -> list[Any]:
    """The rates of all groups without intervals, verdicts and record, as the checks themselves give them."""
    slices = audit.Dataset(frame[["truth", "group"]], target="truth", sensitive=["group"]).slices
    counts = slices.count((frame["truth"] * 2 + frame["predicted"]).to_numpy(), 4).reshape(-1, 2, 2)
    return [find(id).function(audit.Confusion(slices.total_of(counts))).value for id in RATES]


def measured(frame: pd.DataFrame, folder: Path) -> list[Row]:
    """Rows of the table."""
    for row in (1, 0):  # imports are not what is compared
        ours(frame.head(1000), ["accuracy", "fairness", "calibration"], ["sex"] * row, **RECORDED)()
    path = folder / "rows.parquet"
    frame.drop(columns="group").to_parquet(path)
    return [*_rates(frame), *_ranking(frame), *_calibration(frame), _whole(path)]


def _rates(frame: pd.DataFrame) -> list[Row]:
    columns = {"y_true": frame["truth"], "y_pred": frame["predicted"], "sensitive_features": frame["group"]}
    recorded = cpu(ours(frame, list(RATES), ["group"], prediction="predicted"))
    point = cpu(lambda: _read(MetricFrame(metrics=dict(RATES), **columns)))
    booted = cpu(
        lambda: MetricFrame(metrics=dict(RATES), **columns, n_boot=2, ci_quantiles=[0.025, 0.975], random_state=0)
    )
    replicates = point + (booted - point) / 2 * REPLICATES
    return [
        Row("5 rates in 50 groups, point estimates", cpu(lambda: points(frame)), "fairlearn `MetricFrame`", point),
        Row("the same as an audit: intervals, digest, record", recorded, "fairlearn `MetricFrame`", point),
        Row("the same", recorded, "fairlearn `n_boot=1000`*", replicates),
    ]


def _ranking(frame: pd.DataFrame) -> list[Row]:
    from scipy.stats import bootstrap

    y, p = frame["truth"].to_numpy(), frame["score"].to_numpy()
    task, mine = "AUROC with interval", cpu(ours(frame, ["accuracy.auroc"], [], probability="score"))
    of: dict[str, Any] = {"paired": True, "vectorized": False, "n_resamples": 2, "batch": 1, "method": "percentile"}
    peers: dict[str, Callable[[], Any]] = {
        "scikit-learn, 1,000 resamples*": lambda: [_resampled(skm.roc_auc_score, y, p, seed) for seed in range(2)],
        "`scipy.stats.bootstrap` of it*": lambda: bootstrap((y, p), skm.roc_auc_score, **of),
        **_torchmetrics("BinaryAUROC", y, p),
    }
    return [Row(task, mine, peer, thousand(work)) for peer, work in peers.items()]


def _calibration(frame: pd.DataFrame) -> list[Row]:
    y, p = frame["truth"].to_numpy(), frame["score"].to_numpy()
    task, mine = "Calibration error with interval", cpu(ours(frame, ["calibration.ece"], [], probability="score"))
    peers: dict[str, Callable[[], Any]] = {
        "scikit-learn curve, 1,000 resamples*": lambda: [_resampled(_curve, y, p, seed) for seed in range(2)],
        **_torchmetrics("BinaryCalibrationError", y, p, n_bins=15),
    }
    return [Row(task, mine, peer, thousand(work)) for peer, work in peers.items()]


def _whole(path: Path) -> Row:
    return Row(
        "Whole audit from parquet: 3 families, 18 slices",
        cpu(lambda: audit.run(None, None, _plan(path))),
        "reading it, and 11 scikit-learn point metrics",
        cpu(lambda: _point_metrics(path)),
    )


def _plan(path: Path) -> dict[str, Any]:
    return {"model": RECORDED, "data": {"path": str(path), "target": "truth", "sensitive": ["sex", "race"]}}


def _torchmetrics(metric: str, y: Any, p: Any, **options: Any) -> dict[str, Callable[[], Any]]:
    """The peer by its name, if it is installed."""
    try:
        import torch
        from torchmetrics import classification
        from torchmetrics.wrappers import BootStrapper
    except ImportError:
        return {}
    scores, labels = torch.from_numpy(p.copy()), torch.from_numpy(y.copy())

    def work() -> Any:
        metrics = BootStrapper(getattr(classification, metric)(**options), num_bootstraps=2)
        metrics.update(scores, labels)
        return metrics.compute()

    return {"torchmetrics `BootStrapper`*": work}


def _read(frame: Any) -> Any:
    return frame.by_group, frame.difference(), frame.ratio()


def _resampled(metric: Callable[[Any, Any], Any], y: Any, p: Any, seed: int) -> Any:
    index = np.random.default_rng(seed).integers(0, len(y), len(y))
    return metric(y[index], p[index])


def _curve(y: Any, p: Any) -> Any:
    from sklearn.calibration import calibration_curve

    return calibration_curve(y, p, n_bins=15)


def _point_metrics(path: Path) -> Any:
    frame = pd.read_parquet(path)
    y, p, d = (frame[name].to_numpy() for name in ("truth", "score", "predicted"))
    decisions = (
        skm.accuracy_score, skm.balanced_accuracy_score, skm.precision_score, skm.recall_score, skm.f1_score,
        skm.matthews_corrcoef,
    )  # fmt: skip
    scores = (skm.roc_auc_score, skm.average_precision_score, skm.brier_score_loss, skm.log_loss, _curve)
    return [metric(y, d) for metric in decisions] + [metric(y, p) for metric in scores]


def memory(folder: Path, task: str) -> str:
    """What a task needs at most beyond the process in which it starts, in words; measured in a process of its own."""
    done = subprocess.run([sys.executable, __file__, task, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def peak(task: str, folder: Path) -> str:
    """Run the task after a small one, and find its peak; Linux only.

    The data in memory: the table as pandas reads it, ``memory_usage(deep=True)``, texts as Arrow holds them.
    """
    path, small = folder / "rows.parquet", folder / "small.parquet"
    pd.read_parquet(path).head(1000).to_parquet(small)
    audit.run(None, None, _plan(small))
    frame = rows()[["truth", "predicted", "group"]] if task == "--rates" else None
    work: Callable[[], Any] = (
        (lambda: pd.read_parquet(path)) if task == "--read" else lambda: audit.run(None, None, _plan(path))
    )
    work = work if frame is None else _rates_of(frame)
    gc.collect()
    pa.default_memory_pool().release_unused()  # what is free already would not show
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    work()
    extra = _resident("VmHWM") - before
    data = (pd.read_parquet(path) if frame is None else frame).memory_usage(deep=True).sum() / 2**20
    return f"{extra:.0f} MB beyond the {before:.0f} MB of the process, {extra / data:.1f} times the {data:.0f} MB of the data"


def _rates_of(frame: pd.DataFrame) -> Callable[[], Any]:
    return ours(frame, list(RATES), ["group"], prediction="predicted")


def _resident(field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


def table(found: list[Row], needed: str) -> str:
    """The rows as Markdown."""
    lines = [
        f"1 million rows, CPU seconds, {platform.machine()}, Python {platform.python_version()}, "
        f"scikit-learn {version('scikit-learn')}, fairlearn {version('fairlearn')}; from `tests/benchmarks/run.py`.",
        "",
        "| Task | assay | Peer | Peer's time | Ratio |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for row in found:
        ratio = f"{float(f'{row.theirs / row.ours:.2g}'):,.10g}×"
        lines.append(f"| {row.task} | {row.ours:.2f} s | {row.peer} | {row.theirs:,.1f} s | {ratio} |")
    return "\n".join([*lines, "", "\\* Timed on two resamples and extrapolated.", "", needed]).rstrip()


def main() -> None:
    """Measure, and print or write the table; with a task and a folder, its memory."""
    if len(sys.argv) == 3:
        print(peak(sys.argv[1], Path(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        found, needed = measured(rows(), Path(folder)), ""
        if sys.platform == "linux":
            needed = (
                f"Peak memory of the 5 rates as an audit: {memory(Path(folder), '--rates')}; "
                f"of the whole audit, reading included: {memory(Path(folder), '--whole')}; "
                f"of reading alone: {memory(Path(folder), '--read')}."
            )
        text = table(found, needed)
    if len(sys.argv) == 1:
        print(text)
        return
    path = Path(sys.argv[1])
    marks = r"(<!-- benchmark -->\n).*?(<!-- /benchmark -->)"
    path.write_text(re.sub(marks, lambda found: f"{found[1]}{text}\n{found[2]}", path.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main()
