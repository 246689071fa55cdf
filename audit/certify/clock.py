"""How long a search may take: for one row, and for all of them."""

from __future__ import annotations

import time


class Clock:
    """Seconds for each row and for all rows together."""

    def __init__(self, per_row: float, total: float) -> None:
        """Start now."""
        self._per_row, self._end = per_row, time.monotonic() + total
        self._row_end = self._end

    def start_row(self) -> None:
        """Begin with the next row."""
        self._row_end = min(time.monotonic() + self._per_row, self._end)

    def left(self) -> float:
        """Seconds that are left for this row; 0 or less if none."""
        return self._row_end - time.monotonic()
