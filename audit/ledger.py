"""How often a data set has been used: a test set that is asked again and again wears out.

The ledger is a small JSON file beside the audit file: digest of the data to number of audits.
"""

from __future__ import annotations

import json
from pathlib import Path

from .errors import PlanError
from .files import write_whole


def use(path: Path, data: str) -> int:
    """Count one more audit of the data with this digest, and say the how-manieth it is.

    Raises:
        PlanError: the file is not a ledger.
        OutputError: it cannot be written.
    """
    uses = _read(path)
    uses[data] = uses.get(data, 0) + 1
    write_whole(path, (json.dumps(uses, indent=2, sort_keys=True) + "\n").encode())
    return uses[data]


def _read(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanError(f"audit.ledger: cannot read {path}: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(count, int) and count > 0 for count in found.values()):
        raise PlanError(f"audit.ledger: {path}: expected digests of data and how often they were used")
    return found
