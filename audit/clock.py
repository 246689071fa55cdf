"""The one clock. With ``SOURCE_DATE_EPOCH`` set, times are that moment and durations zero: equal runs, equal bytes."""

from __future__ import annotations

import datetime
import os
import time


def now() -> datetime.datetime:
    """The moment, UTC, to the second."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    return moment.replace(microsecond=0)


def stamp() -> str:
    """The moment in ISO 8601, such as ``2026-11-23T14:05:00Z``."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(since: float) -> float:
    """Seconds that passed since ``time.perf_counter()`` gave ``since``."""
    return 0.0 if os.environ.get("SOURCE_DATE_EPOCH") else round(time.perf_counter() - since, 4)
