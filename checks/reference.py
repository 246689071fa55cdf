"""A second file with rows to hold the audited ones against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..audit import digest
from ..audit.columns import Column
from ..audit.errors import DataError, NotAssessed, nearest
from ..audit.slices import IntArray
from ..audit.tables import read_table


@dataclass(frozen=True)
class Reference:
    """Rows of a file, its name, and the digest of the file."""

    frame: Any
    name: str
    digest: str

    def __str__(self) -> str:
        """Name and the start of the digest."""
        return f"{self.name} ({self.digest[:19]}…)"

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> Any:
        """Values of a column.

        Raises:
            NotAssessed: there is none of that name.
        """
        if name not in self.frame.columns:
            raise NotAssessed(f"option reference: no column {name!r} in {self.name}{nearest(name, self.frame.columns)}")
        return self.frame[name].to_numpy()

    def joined(self, name: str, ours: Any, rows: IntArray) -> Column:
        """A column of the rows audited, and after them that of some rows of the file."""
        theirs = self.column(name)[rows]
        kinds = {values.dtype.kind in "iufb" for values in (ours, theirs)}
        if len(kinds) == 2:
            raise NotAssessed(
                f"option reference: {name!r} is {theirs.dtype} in {self.name} and {ours.dtype} in the data"
            )
        return Column(np.concatenate([ours, theirs] if True in kinds else [ours.astype(object), theirs.astype(object)]))


def reference_of(folder: Path, name: str) -> Reference:
    """The file of that name, relative to the folder of the audit file.

    Raises:
        NotAssessed: it cannot be read.
    """
    try:
        frame = read_table(folder / name)
    except DataError as error:
        raise NotAssessed(f"option reference: {error}") from error
    return Reference(frame, Path(name).name, digest.of_path(folder / name))
