"""How many rows would decide what is undecided, said so that people can act on it."""

from __future__ import annotations

import math

TIMES, ALWAYS, NEVER = 100, 10_000, 10_000_000
"""Nobody gets ``TIMES`` the rows, once that is more than ``ALWAYS`` rows, nor ever more than ``NEVER``."""

TOO_NEAR = "no realistic number of rows would decide it: the value lies too near the bound"


def rows_needed(n: int, needs: int) -> str:
    """``about 4,200 rows``, from 1,000 on rounded up to two digits; empty where that is out of reach of ``n`` rows."""
    if needs > min(NEVER, max(TIMES * n, ALWAYS)):
        return ""
    step = 10 ** (math.floor(math.log10(needs)) - 1) if needs >= 1000 else 1
    return f"about {math.ceil(needs / step) * step:,} rows"


def would_decide(n: int, needs: int | None, of: str = "") -> str:
    """As a clause, such as ``about 4,200 rows of this slice would decide it``; empty where nobody can say."""
    if not needs:
        return ""
    rows = rows_needed(n, needs)
    return f"{rows}{of} would decide it" if rows else TOO_NEAR
