"""Digests of content: of tables and of models, independent of library versions and memory layout."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .columns import Column
from .stats.chunks import chunks

Buffer = bytes | memoryview


class Unstable(Exception):
    """The object has no content that can be put into a canonical order of bytes."""


def of_bytes(content: bytes) -> str:
    """``sha256:`` and the hex digest."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def of_json(document: Any) -> str:
    """Digest of the canonical JSON (RFC 8785) of a document."""
    import rfc8785

    return of_bytes(rfc8785.dumps(document))


def of_file(path: Path) -> str:
    """Digest of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def of_path(path: Path) -> str:
    """Digest of a file, or of a folder: names and digests of all files in it, in order of their names."""
    if path.is_file():
        return of_file(path)
    total = hashlib.sha256()
    for one in sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(_framed(one.relative_to(path).as_posix().encode("utf-8", "surrogateescape")))
        total.update(_framed(of_file(one).encode()))
    return "sha256:" + total.hexdigest()


def of_columns(columns: Mapping[str, Column]) -> str:
    """Digest of a table: names and values of its columns in order, missing values told apart.

    Numbers enter as little-endian 64-bit values, everything else as codes of its distinct values in UTF-8, so that the
    same table has the same digest from CSV, parquet, pandas or polars wherever its values are equal.
    """
    total = hashlib.sha256()
    for name, column in columns.items():
        total.update(_framed(name.encode("utf-8", "surrogatepass")))
        total.update(_framed(str(column.shape).encode()) if column.shape else b"")
        for part in _texts(column) if column.is_text else _numbers(column.values):
            total.update(part)
    return "sha256:" + total.hexdigest()


def _numbers(values: np.ndarray[Any, Any]) -> Iterator[Buffer]:
    kind = values.dtype.kind
    if kind in "iu":
        yield b"int"
        yield from _bytes(values, "<i8")
    elif kind == "b":
        yield b"bool"
        yield from _bytes(values, "u1")
    elif kind == "f":
        yield b"float"
        for rows in chunks(len(values)):
            plain = values[rows] + 0.0  # one bit pattern for both zeros, and then for all NaNs
            plain[np.isnan(plain)] = np.nan
            yield from _bytes(plain, "<f8")
    else:
        yield b"time"
        yield from _bytes(values.astype(f"{'datetime64' if kind == 'M' else 'timedelta64'}[ns]"), "<i8")


def _texts(column: Column) -> Iterator[Buffer]:
    """Distinct values in order of appearance, then which one each row has; missing is -1."""
    codes, distinct = column.factored
    texts = b"".join(_framed(str(value).encode("utf-8", "surrogatepass")) for value in distinct)
    yield from (b"text", _framed(texts))
    yield from _bytes(codes, "<i8")


def _bytes(values: np.ndarray[Any, Any], kind: str) -> Iterator[Buffer]:
    """The values as they lie in memory, without a copy where they are of this type already."""
    for rows in chunks(len(values)):
        yield np.ascontiguousarray(values[rows].astype(kind, copy=False)).reshape(-1).view(np.uint8).data


def of_object(thing: object) -> str:
    """Digest of a fitted object's content: its class, parameters and arrays, found as pickle would find them.

    Not pickle bytes, which change with Python version, sharing and memory order.

    Raises:
        Unstable: it holds something without stable content, such as an open file or a bound C function.
    """
    total = hashlib.sha256()
    _feed(thing, total.update, {}, [])
    return "sha256:" + total.hexdigest()


def _feed(thing: Any, write: Callable[[bytes], None], seen: dict[int, int], keep: list[Any]) -> None:
    if thing is None or isinstance(thing, bool | int | float | complex | str | bytes):
        write(_framed(f"{type(thing).__name__}:{thing!r}".encode("utf-8", "surrogatepass")))
        return
    if id(thing) in seen:
        write(_framed(f"seen:{seen[id(thing)]}".encode()))
        return
    seen[id(thing)] = len(seen)
    keep.append(thing)  # ids stay unique only while their objects live
    if isinstance(thing, np.ndarray):
        _feed_array(thing, write, seen, keep)
    elif isinstance(thing, np.generic):
        _feed(thing.item(), write, seen, keep)
    elif isinstance(thing, dict):
        write(_framed(b"dict"))
        for key in sorted(thing, key=repr):
            _feed(key, write, seen, keep)
            _feed(thing[key], write, seen, keep)
    elif isinstance(thing, list | tuple):
        write(_framed(f"{type(thing).__name__}:{len(thing)}".encode()))
        for item in thing:
            _feed(item, write, seen, keep)
    elif isinstance(thing, set | frozenset):
        write(_framed(b"set:" + b",".join(sorted(of_object(item).encode() for item in thing))))
    elif isinstance(thing, type) or inspect.isbuiltin(thing) or isinstance(thing, np.ufunc):
        write(_framed(f"name:{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing)}".encode()))
    elif inspect.isfunction(thing):
        write(_framed(f"function:{thing.__module__}.{thing.__qualname__}:{_source(thing)}".encode()))
        _feed(inspect.getclosurevars(thing).nonlocals, write, seen, keep)
    else:
        _feed_reduced(thing, write, seen, keep)


def _feed_array(
    thing: np.ndarray[Any, Any], write: Callable[[bytes], None], seen: dict[int, int], keep: list[Any]
) -> None:
    write(_framed(f"array:{thing.shape}:{thing.dtype.newbyteorder('<')}".encode()))
    if thing.dtype.names:  # field by field: the padding between fields is not content
        for name in thing.dtype.names:
            _feed_array(np.ascontiguousarray(thing[name]), write, seen, keep)
    elif thing.dtype.hasobject:
        _feed(thing.ravel().tolist(), write, seen, keep)
    else:
        write(np.ascontiguousarray(thing).astype(thing.dtype.newbyteorder("<")).tobytes())


def _feed_reduced(thing: Any, write: Callable[[bytes], None], seen: dict[int, int], keep: list[Any]) -> None:
    try:
        reduced = thing.__reduce_ex__(4)
    except Exception as error:
        raise Unstable(f"{type(thing).__module__}.{type(thing).__qualname__}: {error}") from error
    write(_framed(f"object:{type(thing).__module__}.{type(thing).__qualname__}".encode()))
    if isinstance(reduced, str):
        write(_framed(reduced.encode()))
        return
    _, arguments, *rest = reduced
    _feed(arguments, write, seen, keep)
    for part in rest:
        # Iterators of list and dict items are spelled out.
        _feed(
            part
            if part is None or isinstance(part, dict | tuple)
            else list(part)
            if hasattr(part, "__next__")
            else part,
            write,
            seen,
            keep,
        )


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return str(function.__code__.co_code.hex())


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(8, "little") + content
