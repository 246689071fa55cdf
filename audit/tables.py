"""Reading tables from files, with errors that say what is wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import DataError

SUFFIXES = (".csv", ".parquet", ".arrow", ".feather")


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
    try:
        if path.suffix == ".csv":
            _no_column_twice(path)
            return pd.read_csv(path, encoding="utf-8")
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_feather(path)
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


def _no_column_twice(path: Path) -> None:
    import csv

    with path.open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream), [])
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"data file {path}: columns named twice: {', '.join(map(repr, twice))}")
