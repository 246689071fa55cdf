"""Reading tables from files, with errors that say what is wrong with the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import DataError

SUFFIXES = (".csv", ".parquet", ".arrow", ".feather", ".npz")


def read_table(path: Path) -> Any:
    """A pandas frame from a CSV, parquet or Arrow (feather) file.

    Raises:
        DataError: no such file, unknown suffix, empty, not UTF-8, damaged, or columns named twice.
    """
    import pandas as pd

    if not path.exists():
        raise DataError(f"data file {path}: no such file")
    if path.suffix not in SUFFIXES:
        raise DataError(f"data file {path}: expected one of {', '.join(SUFFIXES)}, got {path.suffix or 'no suffix'}")
    if path.stat().st_size == 0:
        raise DataError(f"data file {path}: the file is empty")
    if path.suffix == ".npz":
        return read_arrays(path)[0]
    try:
        if path.suffix == ".csv":
            _no_column_twice(path)
            return pd.read_csv(path, encoding="utf-8")
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_feather(path)
        release()
        return frame
    except UnicodeDecodeError as error:
        raise DataError(
            f"data file {path}: expected UTF-8, got byte {error.object[error.start]:#04x} at position {error.start}"
        ) from error
    except ImportError as error:
        raise DataError(f"data file {path}: reading {path.suffix} needs pyarrow: pip install 'assay[arrow]'") from error
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"data file {path}: cannot be read as {path.suffix[1:]}: {error}") from error


def release() -> None:
    """Give back what pyarrow keeps in reserve, which can be as much as the data."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()


def read_arrays(path: Path) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
    """A numpy archive: its members with one value per row as a pandas frame, and those with arrays per row.

    Raises:
        DataError: no such file, damaged, members of different length, or objects, which only a pickle could hold.
    """
    import pandas as pd

    if not path.exists():
        raise DataError(f"data file {path}: no such file")
    try:
        with np.load(path, allow_pickle=False) as archive:
            members = {name: archive[name] for name in archive.files}
    except Exception as error:
        raise DataError(f"data file {path}: cannot be read as npz: {error}") from error
    lengths = {name: len(values) if values.ndim else 0 for name, values in members.items()}
    if len(set(lengths.values())) != 1:
        raise DataError(f"data file {path}: expected arrays with one value per row, got lengths {lengths}")
    columns = {name: values for name, values in members.items() if values.ndim == 1}
    arrays = {name: values for name, values in members.items() if values.ndim > 1}
    return pd.DataFrame(columns, index=range(next(iter(lengths.values())))), arrays


def _no_column_twice(path: Path) -> None:
    import csv

    with path.open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream), [])
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"data file {path}: columns named twice: {', '.join(map(repr, twice))}")
