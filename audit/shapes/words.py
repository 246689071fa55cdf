"""Words for a reference that is no group by itself."""

from __future__ import annotations

from typing import Literal

Word = Literal["most_selected", "rest", "overall"]
