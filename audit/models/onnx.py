"""ONNX graphs, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ModelError
from ..model import imported
from ..opening import needs
from ..plan import ModelTable
from ..slices import FloatArray
from .arrays import probabilities
from .options import Options, options
from .tables import matched

TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


class OnnxOptions(Options):
    """Options of ONNX graphs."""

    batch: int = Field(4096, ge=1)
    """Rows that are answered at once, where the graph leaves the number free."""
    columns: list[str] | None = None
    """Columns of a table in the order of the one tensor that the graph takes; default: in the order of the data."""
    threads: int | None = None
    """Threads of one operation, of a session that is opened from a file."""


class OnnxModel:
    """A graph with one tensor, or one input per column. A classifier of scikit-learn gives label and probabilities.

    Any other graph gives one output, which ``model.output`` declares.
    """

    rank: ClassVar[int] = 10
    live: ClassVar[bool] = True
    about: ClassVar[str] = "ONNX graphs (onnxruntime sessions); opens .onnx files"
    framework: ClassVar[str] = "onnxruntime"
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba", "logits")
    Options: ClassVar[type[OnnxOptions]] = OnnxOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Read from the graph what goes in and what comes out."""
        self.thing, self._table = thing, table
        self.options = options(OnnxOptions, table.options)
        self._inputs = {one.name: one for one in thing.get_inputs()}
        outputs = thing.get_outputs()
        self._label = next((o.name for o in outputs if o.type in ("tensor(int64)", "tensor(string)")), None)
        self._scores = next((o.name for o in outputs if o.name != self._label), None)
        self._kind: Literal["label", "probability", "logits"] = table.output
        if self._label and self._scores:
            self._kind = "probability"
        if table.classes:
            self.classes_ = list(table.classes)
        elif any(o.type.startswith("seq(map") for o in outputs):
            self.classes_ = self._named_classes()
        if self._kind != "label":
            self.predict_proba = self._predict_proba
        if self._kind == "logits":
            self.logits = self._numbers
        self.decides = self._label is not None or self._kind == "label"

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Sessions of onnxruntime."""
        return imported(thing, "onnxruntime", "InferenceSession")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Graphs."""
        return path.suffix == ".onnx"

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """A session on the CPU."""
        needs("onnxruntime", path)
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        threads = options(OnnxOptions, table.options).threads
        if threads:
            settings.intra_op_num_threads = threads
        try:
            return onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its private module
            raise ModelError(f"model.path {path.name!r}: is no ONNX graph that onnxruntime runs: {error}") from error

    def predict(self, x: Any) -> Any:
        """Labels as the graph gives them, or values."""
        found = self._run(x, self._label or self._scores)
        found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
        names = getattr(self, "classes_", None)
        return (
            np.array(names, dtype=object)[found] if names and found.dtype.kind == "i" and self._coded(names) else found
        )

    def _coded(self, names: list[Any]) -> bool:
        return not all(isinstance(name, int) for name in names)

    def _predict_proba(self, x: Any) -> FloatArray:
        return probabilities(self._numbers(x), self._table.task) if self._kind == "logits" else self._numbers(x)

    def _numbers(self, x: Any) -> FloatArray:
        found = self._run(x, self._scores).astype(np.float64)
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found

    def _run(self, x: Any, output: str | None) -> npt.NDArray[Any]:
        tensors = self._tensors(x)
        rows = len(next(iter(tensors.values())))
        fixed = next(iter(self._inputs.values())).shape[:1]
        size = fixed[0] if fixed and isinstance(fixed[0], int) else self.options.batch
        parts = [
            self.thing.run([output], {name: _padded(t[i : i + size], fixed) for name, t in tensors.items()})[0]
            for i in range(0, rows, size)
        ]
        return np.concatenate([self._matrix(part) for part in parts])[:rows]

    def _matrix(self, part: Any) -> npt.NDArray[Any]:
        """A tensor as it is; a list of maps from class to probability as rows by classes."""
        if isinstance(part, list):
            return np.array([[row[name] for name in self.classes_] for row in part])
        return np.asarray(part)

    def _tensors(self, x: Any) -> dict[str, npt.NDArray[Any]]:
        if len(self._inputs) > 1:
            frame = matched(x, list(self._inputs))
            return {name: self._typed(frame[[name]].to_numpy(), name) for name in self._inputs}
        (name,) = self._inputs
        if isinstance(x, list):
            x = np.array(x, dtype=object)[:, None]
        if not isinstance(x, np.ndarray):
            x = matched(x, self.options.columns or list(x.columns)).to_numpy()
        return {name: self._typed(x, name)}

    def _typed(self, values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        kind = self._inputs[name].type
        try:
            return np.ascontiguousarray(values.astype(TYPES[kind]))
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"model: input {name!r} of the graph: expected {kind}, got {error}") from error

    def _named_classes(self) -> list[Any]:
        """The classes of a map output, from its answer to one row of zeros or empty texts."""
        blank = {
            name: np.full((1, *(n if isinstance(n, int) else 1 for n in one.shape[1:])), "" if one.type == "tensor(string)" else 0)
            for name, one in self._inputs.items()
        }  # fmt: skip
        tensors = {name: self._typed(values, name) for name, values in blank.items()}
        return list(self.thing.run([self._scores], tensors)[0][0])


def _padded(rows: npt.NDArray[Any], fixed: list[Any]) -> npt.NDArray[Any]:
    """The last batch filled up with its last row, where the graph has a fixed number of rows."""
    short = fixed[0] - len(rows) if fixed and isinstance(fixed[0], int) else 0
    return np.concatenate([rows, np.repeat(rows[-1:], short, axis=0)]) if short > 0 else rows
