"""What an answer costs: time and memory. These numbers are of one machine at one time, and no two runs give the same."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.registry import TASKS, check
from ..audit.shapes.figures import Table
from ..audit.shapes.ordered import SlicedQuantile
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray
from ..audit.stats.quantile import quantile_interval

EVIDENCE = ("nist-ai-rmf:measure-2.5",)
WARM_UP = 3
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

Batches = Annotated[list[Annotated[int, Field(ge=1, le=1_000_000)]], Field(min_length=1, max_length=8)]
Cell = str | float | int | None


@check("model.latency", metrics=["p50", "p95"], tasks=TASKS, better="lower", core=False, addresses=EVIDENCE)
def latency(
    model: AuditedModel,
    inputs: Any,
    rng: np.random.Generator,
    *,
    batches: Batches = [1, 64],  # noqa: B006  an option; pydantic copies it
    calls: Annotated[int, Field(ge=10, le=100_000)] = 100,
    seconds: Annotated[float, Field(gt=0)] = 30.0,
) -> dict[str, Whole | Table]:
    """Time of an answer.

    Wall-clock milliseconds of one call with a batch of rows drawn at random, as the median ('p50') and the 95th percentile
    ('p95') of so many 'calls' after three that warm up. The estimates are of the first of the 'batches', one row by itself;
    the table is of all of them and adds rows per second at the median, and the processor time of this process, which several
    threads can make longer than the wall-clock time. Calls follow each other, one at a time; for each batch size they end
    early after so many 'seconds'. The time is that of the model with its framework, or of the server with the way there,
    without the checks of this audit.

    Signs of trouble: a 95th percentile far above the median; the same time for one row as for 64, which batching would save.
    Limits: of this machine under its load at that time, as the section on reproduction describes it; another run gives
    other numbers. Intervals take calls as independent, which a busy machine violates. One caller: nothing is said of
    many at once. With fewer than 72 calls nothing bounds the 95th percentile from above.
    """
    found: dict[str, Whole | Table] = {}
    rows: list[list[Cell]] = []
    for size in dict.fromkeys(batches):
        wall, cpu = _timed(lambda: model.native(_drawn(inputs, size, rng)), model.bare, calls, seconds)  # noqa: B023
        found = found or {"p50": _quantile(wall, 0.5, "ms"), "p95": _quantile(wall, 0.95, "ms")}
        middle, late = _limits(wall, 0.5), _limits(wall, 0.95)
        rate = 1000 * size / middle[0] if middle[0] else None
        rows.append([size, len(wall), *middle, *late, rate, float(np.median(cpu))])
    columns = ["Rows per call", "Calls", "Median, ms", "95 % from", "to", "95th percentile, ms", "95 % from", "to"]
    note = "Wall-clock time; processor time is the median over calls."
    table = Table("Time of a call", [*columns, "Rows per second", "Processor time, ms"], rows, note)
    return {**found, "calls": table}


@check("model.memory", metrics=["peak"], tasks=TASKS, better="lower", core=False, addresses=EVIDENCE)
def memory(
    model: AuditedModel,
    inputs: Any,
    rng: np.random.Generator,
    *,
    batches: Batches = [64, 1],  # noqa: B006
    calls: Annotated[int, Field(ge=10, le=10_000)] = 20,
) -> dict[str, Whole | Table]:
    """Peak memory of an answer.

    How much memory a call with a batch of rows drawn at random needs beyond what was held before, in MB (10⁶ bytes), as the
    median of so many 'calls' ('peak'). The estimate is of the first of the 'batches'; the table is of all of them and adds the
    greatest peak and what the process held before, model and data included. Every call is made twice, to watch what
    Python and NumPy allocate, and then how far the resident memory of the process rises, which holds what frameworks
    allocate by themselves; the greater of the two counts.

    Signs of trouble: a peak that grows faster than the batch; a greatest peak far above the median.
    Limits: resident memory is watched on Linux only, and does not rise where a framework uses again what earlier calls have
    left to the process: its first call, the greatest peak, then says more than the median. Memory of graphics cards and of
    servers is not seen.
    """
    found: dict[str, Whole | Table] = {}
    rows: list[list[Cell]] = []
    held = resident("VmRSS")
    for size in dict.fromkeys(batches):
        peaks = np.array([_peak(model, _drawn(inputs, size, rng)) for _ in range(calls)])
        found = found or {"peak": _quantile(peaks, 0.5, "MB")}
        rows.append([size, calls, float(np.median(peaks)), float(peaks.max())])
    note = "" if held is None else f"The process held {held:,.0f} MB before. "
    watched = (
        "Python, NumPy and the process were watched." if held is not None else "Only Python and NumPy were watched."
    )
    columns = ["Rows per call", "Calls", "Median peak, MB", "Greatest peak, MB"]
    return {**found, "peaks": Table("Memory of a call", columns, rows, note + watched)}


def _drawn(inputs: Any, size: int, rng: np.random.Generator) -> Any:
    return inputs[rng.integers(0, len(inputs), size)]


def _timed(
    prepare: Callable[[], Any], ask: Callable[[Any], None], calls: int, seconds: float
) -> tuple[FloatArray, FloatArray]:
    """Milliseconds of each call, on the wall and of the processor; as many as end within the seconds, but one at least."""
    for _ in range(WARM_UP):
        ask(prepare())
    found: list[tuple[int, int]] = []
    until = time.monotonic() + seconds
    while len(found) < calls and (not found or time.monotonic() < until):
        given = prepare()
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        ask(given)
        found.append((time.perf_counter_ns() - wall, time.process_time_ns() - cpu))
    wall_time, cpu_time = np.array(found, np.float64).T / 1e6
    return wall_time, cpu_time


def _quantile(values: FloatArray, share: float, unit: str) -> Whole:
    return Whole(SlicedQuantile([np.sort(values)], share, (0.0, np.inf), unit))


def _limits(values: FloatArray, share: float) -> tuple[float, float, float | None]:
    """A quantile and its limits; None where nothing bounds it."""
    low, high = quantile_interval(np.sort(values), share, lower=0.0)
    return float(np.quantile(values, share)), float(low), float(high) if np.isfinite(high) else None


def _peak(model: AuditedModel, rows: Any) -> float:
    """MB that a call needs: of Python's allocations or of resident memory, whichever is more."""
    return max(_allocated(model, model.native(rows)), _risen(model, model.native(rows)))


def _allocated(model: AuditedModel, given: Any) -> float:
    own = not tracemalloc.is_tracing()
    if own:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        model.bare(given)
        return (tracemalloc.get_traced_memory()[1] - before) / 1e6
    finally:
        if own:
            tracemalloc.stop()


def _risen(model: AuditedModel, given: Any) -> float:
    """0 on systems that do not tell."""
    try:
        CLEAR.write_text("5")  # sets the high-water mark back to what is resident; proc(5)
    except OSError:
        return 0.0
    before = resident("VmHWM")
    model.bare(given)
    after = resident("VmHWM")
    return 0.0 if before is None or after is None else after - before


def resident(key: str) -> float | None:
    """``VmRSS`` or ``VmHWM``, the resident memory of this process and its high-water mark, in MB; None if not told."""
    if not STATUS.exists():
        return None
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024 / 1e6
