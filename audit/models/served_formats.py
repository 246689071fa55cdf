"""What requests to model servers look like, and where their replies hold the answers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import PlanError
from .options import Options
from .served_inputs import Batch, listed

PER_ROW = ('"$row"', '"$record"')


class FormatOptions(Options):
    """Options of what is sent and of what comes back."""

    columns: list[str] | None = None
    """Columns of a table in the order in which they are sent; default: in the order of the data."""
    dtype: Literal["float32", "float64", "float16", "int64", "int32", "uint8"] | None = None
    """What numbers are sent as, where all are one array; default: as the data are."""
    tensor: str | None = None
    """v2: name of the one tensor, rows first; default: one tensor per column of a table, else ``input-0``."""
    output: str | None = None
    """v2: name of the output that is asked for; default: the only one."""
    request: dict[str, Any] | list[Any] | str | None = None
    """json: what is sent, with ``"$rows"`` (lists), ``"$records"`` (objects) and ``"$columns"`` (names) in the place of
    the rows; ``"$row"`` or ``"$record"`` where the server takes one at a time."""
    response: str | None = None
    """Where the answers are in a reply, such as ``"result.scores"``; a name after a list is taken of each of its items."""


class BadReply(ValueError):
    """A reply that cannot be what the server means to say."""


@dataclass(frozen=True)
class Format:
    """One kind of server."""

    suffix: str
    """What the address ends with."""
    make: Callable[[Batch, Any], Any]
    find: Callable[[Any, Any], Any]

    def address(self, url: str, options: Any) -> str:
        """Where requests are sent.

        Raises:
            PlanError: the options do not say what is to be sent.
        """
        if self is FORMATS["json"] and options.request is None:
            raise PlanError(
                'model.options.request: expected what is sent to the server, such as {rows = "$records"}, got nothing'
            )
        return url.rstrip("/") + ("" if url.rstrip("/").endswith(self.suffix) else self.suffix)

    def one_row(self, options: Any) -> bool:
        """Whether a request holds one row."""
        return self is FORMATS["json"] and any(mark in json.dumps(options.request) for mark in PER_ROW)

    def body(self, batch: Batch, options: Any) -> bytes:
        """The request."""
        made = self.make(batch, options)
        return json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")

    def answers(self, reply: Any, options: Any) -> list[Any]:
        """One answer per row, as the reply has them.

        Raises:
            BadReply: they are not where they should be.
        """
        found = self.find(reply, options)
        found = [found] if self.one_row(options) else found
        if not isinstance(found, list):
            keys = f", an object with {', '.join(sorted(map(repr, found)))}" if isinstance(found, dict) else ""
            raise BadReply(f"expected a list with one answer per row{keys}; model.options.response says where it is")
        return found


def _v2(batch: Batch, options: Any) -> dict[str, Any]:
    if batch.columns is not None and options.tensor is None:
        tensors = [_tensor(name, np.array(column), column) for name, column in batch.columns.items()]
        made: dict[str, Any] = {"parameters": {"content_type": "pd"}, "inputs": tensors}
    else:
        whole = batch.whole.astype(options.dtype) if options.dtype else batch.whole
        made = {"inputs": [_tensor(options.tensor or "input-0", whole, listed(whole))]}
    if options.output:
        made["outputs"] = [{"name": options.output}]
    return made


TYPES = {"b1": "BOOL", "u1": "UINT8", "i4": "INT32", "i8": "INT64", "f2": "FP16", "f4": "FP32", "f8": "FP64"}


def _tensor(name: str, values: Any, content: list[Any]) -> dict[str, Any]:
    """A tensor of the protocol: a column has shape ``(n, 1)``, a column with gaps is told by what it holds besides."""
    if values.dtype == object and any(v is not None for v in content):
        values = np.array([v for v in content if v is not None])
    kind = TYPES.get(f"{values.dtype.kind}{values.dtype.itemsize}", "BYTES")
    shape = [len(content), *values.shape[1:]] if values.ndim > 1 else [len(content), 1]
    made = {"name": name, "shape": shape, "datatype": kind, "data": _flat(content)}
    return made if kind != "BYTES" else {**made, "parameters": {"content_type": "str"}}


def _flat(content: Any) -> list[Any]:
    while content and isinstance(content[0], list):
        content = [value for part in content for value in part]
    return list(content)


def _v2_outputs(reply: Any, options: Any) -> Any:
    outputs = reply.get("outputs") if isinstance(reply, dict) else None
    if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
        raise BadReply("expected 'outputs', a list of tensors")
    names = [one.get("name") for one in outputs]
    chosen = [one for one in outputs if options.output in (None, one.get("name"))]
    if len(chosen) != 1:
        wanted = f"output {options.output!r}" if options.output else "one output, or model.options.output to choose one"
        raise BadReply(f"expected {wanted}, got {', '.join(map(repr, names)) or 'none'}")
    shape, data = chosen[0].get("shape"), _flat(chosen[0].get("data") or [])
    if not isinstance(shape, list) or not all(isinstance(n, int) for n in shape) or math.prod(shape) != len(data):
        raise BadReply(f"output {chosen[0].get('name')!r} declares shape {shape} and holds {len(data)} values")
    return np.array(data, dtype=object).reshape(shape).tolist()


def _instances(batch: Batch, options: Any) -> dict[str, Any]:
    return {"instances": batch.rows}


def _frame(batch: Batch, options: Any) -> dict[str, Any]:
    if batch.columns is None:
        return {"inputs": batch.rows}
    return {"dataframe_split": {"columns": list(batch.columns), "data": batch.rows}}


def _predictions(reply: Any, options: Any) -> Any:
    if options.response is None and isinstance(reply, dict) and "predictions" in reply:
        return reply["predictions"]
    return _at(reply, options)


def _filled(batch: Batch, options: Any) -> Any:
    marks: dict[str, Callable[[], Any]] = {
        "$rows": lambda: batch.rows,
        "$records": lambda: batch.records,
        "$row": lambda: batch.rows[0],
        "$record": lambda: batch.records[0],
        "$columns": lambda: list(batch.columns or ()),
    }

    def fill(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: fill(value) for key, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        return marks[part]() if isinstance(part, str) and part in marks else part

    return fill(options.request)


def _at(reply: Any, options: Any) -> Any:
    """What stands at ``response``: names of objects, numbers of items, and names that each item of a list has."""
    found = reply
    for step in options.response.split(".") if options.response else ():
        try:
            if isinstance(found, list):
                found = found[int(step)] if step.isdigit() else [item[step] for item in found]
            else:
                found = found[step]
        except (KeyError, IndexError, TypeError):
            raise BadReply(f"nothing stands at {options.response!r}, model.options.response") from None
    return found


FORMATS = {
    "v2": Format("/infer", _v2, _v2_outputs),
    "torchserve": Format("", _instances, _predictions),
    "mlflow": Format("/invocations", _frame, _predictions),
    "json": Format("", _filled, _at),
}
