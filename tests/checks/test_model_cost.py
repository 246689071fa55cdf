"""Time and memory of a call: what is measured, not how long it takes here."""

from __future__ import annotations

import mmap
import sys
import time
from typing import Any

import numpy as np
import pytest

from assay import audit
from assay.audit.record import Result

X = np.random.default_rng(0).normal(size=(300, 3))
Y = (X[:, 0] > 0).astype(int)


def cost(check: str, model: Any, **options: Any) -> Result:
    plan = {"checks": {"include": [check], "options": {check: options}}}
    result = audit.run(model, audit.Dataset(X, Y), plan)[check]
    assert result.status == "ok", result.traceback
    return result


def test_latency_is_that_of_calls_with_so_many_rows() -> None:
    sizes: list[int] = []

    def model(x: Any) -> Any:
        sizes.append(len(x))
        time.sleep(0.002)
        return x[:, 0] > 0

    result = cost("model.latency", model, batches=[1, 400], calls=20)
    assert sizes[-46:] == [1] * 23 + [400] * 23  # with three calls to warm up
    p50, p95 = result.estimates
    assert (p50.metric, p95.metric) == ("p50", "p95")
    for one in (p50, p95):
        assert (one.n, one.unit, one.method) == (20, "ms", "order-statistics")
        assert one.value is not None and one.low is not None and 2 <= one.low <= one.value
    assert p95.high is None  # too few calls
    first, second = result.figures[0].rows
    assert first[:8] == [1, 20, p50.value, p50.low, p50.high, p95.value, p95.low, None]
    assert second[:2] == [400, 20]
    for size, _, median, *_, rate, _ in (first, second):
        assert rate == pytest.approx(1000 * size / median)  # type: ignore[operator]


def test_time_that_is_up_ends_the_calls() -> None:
    result = cost("model.latency", lambda x: x[:, 0] > 0, batches=[1], calls=100_000, seconds=1e-9)
    assert [e.state for e in result.estimates] == ["insufficient", "insufficient"]
    assert result.figures[0].rows[0][1] == 1


def test_memory_of_numpy_is_seen() -> None:
    result = cost("model.memory", lambda x: np.ones((len(x), 50_000)).mean(1) > 0, calls=10)
    large, small = (row[2] for row in result.figures[0].rows)
    assert large == result.estimate("peak").value == pytest.approx(64 * 0.4, rel=0.1)
    assert small == pytest.approx(0.4, rel=0.3)


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is watched on Linux only")
def test_memory_that_a_framework_takes_by_itself_is_seen() -> None:
    def model(x: Any) -> Any:
        with mmap.mmap(-1, 30_000_000) as block:
            block.write(b"1" * 30_000_000)
        return x[:, 0] > 0

    (peak,) = cost("model.memory", model, batches=[1], calls=10).estimates
    assert peak.value is not None and 29 <= peak.value <= 61


def test_they_run_only_where_named() -> None:
    checks = audit.checks()
    assert not checks["model.latency"].core and not checks["model.memory"].core
