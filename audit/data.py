"""The evaluation data: features, labels and sensitive attributes, checked before anything else happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np

from . import digest
from .attributes import MISSING, Coded, code, printable
from .columns import Column
from .constraints.space import Space, loaded, space
from .constraints.table import ConstraintsTable
from .design import Design
from .errors import DataError, nearest
from .inputs import Apart, Kind, Layout, apart, box
from .labels import given_labels
from .plan import DataTable, Plan
from .record import Attribute, DataInfo, Slice
from .rows import Rows
from .shapes.words import Word
from .slices import IntArray, Slices, cut
from .stats.chunks import counted
from .suppress import withhold
from .words import in_sentences, one_row_each


class Dataset(Rows):
    """Rows to audit a model on.

    ``Dataset(frame, target="y", sensitive=["sex"])`` takes a data frame (pandas, polars, pyarrow ...);
    ``Dataset(X, y)`` takes inputs, as frame or 2-D array, and labels apart.

    Args:
        frame: the rows.
        y: labels, where they are not a column of ``frame``; of several labels a frame or 2-D array, rows by labels.
        target: name of the label column; of several labels a list of columns that hold 0 or 1.
        sensitive: columns whose values divide the rows into groups, or a mapping of names to values per row.
        features: columns that the model is given, in order; default: all but target, weight, cluster and query.
        reference: for comparisons, whom the groups are compared with, by attribute: one of them, ``"rest"``,
            ``"overall"``, or ``"most_selected"``, which is the default.
        bins: inner edges that turn a numeric attribute into groups ``[lo, hi)``.
        bounds: limits of numeric inputs, for robustness checks: one pair, or one per feature by its name; of inputs that
            are no columns one pair of numbers, or of arrays that broadcast against the input of one row.
        constraints: how inputs may change so that a row stays one that could exist, as in the audit file
            (``data.constraints``), for attacks that keep to it; functions may stand in place of their import paths.
        weight: column of sampling weights, or the weights: how many people a row stands for.
        cluster: column, or values, that name what rows have in common, such as the person: rows of one cluster
            are not independent, and intervals allow for it.
        query: column, or values, that name the query of each row, for ranking.
        inputs: what the model is given where that is no columns of ``frame``: a column of texts or of paths of
            images, or the values: texts, or an array with the rows first. ``Dataset(texts, y)`` and
            ``Dataset(images, y, layout="NHWC")`` need no frame.
        kind: of ``inputs``: ``"array"``, ``"image"``, ``"text"``, ``"tokens"`` or ``"words"``; default: texts are text, numbers
            an array, with a layout images. Of words each row holds one, with ``cluster`` the sentence that it is in; or a
            list of them and the list of their tags as ``target``, which are divided into such rows.
        layout: axes of images, ``"NHWC"`` or ``"NCHW"``.
        intersections: how many attributes are crossed at most.
        suppress: withhold groups with fewer rows than this, with fewer of some label, or with one label only, and others
            that would give them away.
        name: what the report calls the data.

    Raises:
        DataError: unknown columns, no rows, missing labels, lengths that differ, a sensitive attribute
            with one value or too many. The message names the column, what was expected and what was got.
    """

    def __init__(
        self,
        frame: Any,
        y: Any = None,
        *,
        target: str | Sequence[str] | None = None,
        sensitive: Sequence[str] | Mapping[str, Any] = (),
        features: Sequence[str] | None = None,
        reference: Mapping[str, object] | None = None,
        bins: Mapping[str, Sequence[float]] | None = None,
        bounds: tuple[Any, Any] | Mapping[str, tuple[float, float]] | None = None,
        constraints: ConstraintsTable | Mapping[str, Any] | None = None,
        weight: str | Any = None,
        cluster: str | Any = None,
        query: str | Any = None,
        inputs: str | Any = None,
        kind: Kind | None = None,
        layout: Layout | None = None,
        intersections: int = 2,
        suppress: int = 0,
        name: str = "evaluation data",
        source: str = "the data in memory",
    ) -> None:
        sentence: Any = None
        if kind == "words":
            frame, sentence = one_row_each(frame, inputs, target, source)
            cluster = sentence if cluster is None else cluster
        if inputs is None and _is_apart(frame, kind):
            frame, inputs = _no_columns(frame), frame
        super().__init__(frame, source)
        self.name, self.intersections, self.suppress = name, intersections, suppress
        self.labels, self.targets = given_labels(self, y, target)
        self.target = ", ".join(self.targets)
        if y is not None:
            several = {f"label {name}": of for name, of in zip(self.targets, self.labels.T, strict=False)}
            self.apart |= several if self.labels.ndim == 2 else {self.target: self.labels}
        groups = self._sensitive(sensitive)
        self.apart_inputs = self._apart_inputs(inputs, kind, layout, features)
        if kind == "words":
            self.apart_inputs = self._words(cluster if sentence is None else sentence)
        others = [column for column in (weight, cluster, query) if isinstance(column, str)]
        targets = self.targets if y is None else []
        self.features = [] if self.apart_inputs else self._features(features, targets, others)
        self.coded = {key: code(key, column, (bins or {}).get(key), source) for key, column in groups.items()}
        self._only_sensitive("bins", bins)
        self.reference = self._references(reference or {})
        self.bounds = {} if self.apart_inputs else self._bounds(bounds)
        self.box = box(bounds, self.apart_inputs) if self.apart_inputs else None
        self.constraints = None if constraints is None else self._space(constraints)
        self.design = self._design(weight, cluster)
        self.queries = None if query is None else self.groups("query", query)

    @classmethod
    def read(cls, table: DataTable, folder: Path) -> Dataset:
        """The data set of an audit file, its relative path starting at ``folder``."""
        from .images import read_images
        from .tables import read_arrays, read_table, release

        if not table.path:
            raise DataError("data.path: expected the file with the rows to audit on, got nothing")
        if not table.target:
            raise DataError("data.target: expected the name of the label column, got nothing")
        given: dict[str, Any] = {
            "constraints": None if table.constraints is None else loaded(table.constraints, folder)
        }
        given |= table.model_dump(
            include={
                "target",
                "sensitive",
                "features",
                "reference",
                "bins",
                "bounds",
                "weight",
                "cluster",
                "query",
                "kind",
                "layout",
                "intersections",
                "suppress",
            }
        )
        path = folder / table.path
        frame, arrays = read_arrays(path) if path.suffix == ".npz" else (read_table(path), {})
        inputs = arrays.get(table.inputs or "", table.inputs)
        if table.kind == "image" and isinstance(inputs, str) and inputs in frame:
            inputs = read_images(frame[inputs].to_numpy(object), path.parent, f"data.inputs {table.inputs!r}")
            given["layout"] = "NHWC"
        found = cls(frame, inputs=inputs, name=table.name or path.name, source=table.path, **given)
        release()
        return found

    @property
    def attributes(self) -> list[str]:
        """Names of the sensitive attributes."""
        return list(self.coded)

    @property
    def levels(self) -> dict[str, list[str]]:
        """Groups of each sensitive attribute."""
        return {name: one.levels for name, one in self.coded.items()}

    @cached_property
    def slices(self) -> Slices:
        """The whole, every group, and every intersection that occurs.

        Raises:
            DataError: there are more than 5,000.
        """
        return replace(cut(self.coded, len(self), depth=self.intersections), design=self.design)

    def constrained(self, table: ConstraintsTable | None, folder: Path) -> Dataset:
        """The same rows with the constraints of an audit file, where they have none of their own."""
        if table is None or self.constraints is not None:
            return self
        found = copy(self)
        found.constraints = found._space(loaded(table, folder))
        return found

    def suppressing(self, least: int) -> Dataset:
        """The same rows with ``suppress`` of at least so many: what an audit file asks for holds for data in memory too."""
        if least <= self.suppress:
            return self
        found = copy(self)
        found.suppress = least
        return found

    def suppressed(self, codes: IntArray | None) -> Dataset:
        """The same rows without the slices that ``suppress`` withholds; ``codes``: class of each row, if it has one."""
        if not self.suppress:
            return self
        found = copy(self)
        found.slices = withhold(self.slices, codes, self.suppress)
        return found

    def inputs(self) -> Any:
        """The model's inputs: a narwhals frame of the feature columns, or an array with the rows first."""
        return self.apart_inputs.values if self.apart_inputs else self.frame.select(self.features)

    @property
    def kind(self) -> Kind:
        """What an input is."""
        return self.apart_inputs.kind if self.apart_inputs else "table"

    def info(self, classes: Sequence[Any], codes: IntArray, uses: int | None = None) -> DataInfo:
        """What the record says about the data: counts only, never a row. ``codes``: class, or labels, of each row."""
        withheld = self.slices.withheld
        attributes = [
            Attribute(
                name=key,
                levels={
                    level: None if {key: level} in withheld else int(rows)
                    for level, rows in zip(levels, counted(codes, len(levels)), strict=True)
                },
                reference=self.reference.get(key),
            )
            for key, (codes, levels) in self.coded.items()
        ]
        labels = codes.sum(axis=0) if codes.ndim == 2 else counted(codes, len(classes)) if classes else []
        missing = {
            c: int(self.coded_column(c).missing.sum()) for c in self.frame.columns if {c: MISSING} not in withheld
        }
        return DataInfo(
            name=self.name,
            source=self.source,
            rows=len(self),
            columns=list(self.frame.columns),
            target=self.target,
            labels=dict(zip(map(printable, classes), map(int, labels), strict=True)),
            sensitive=attributes,
            missing={c: n for c, n in missing.items() if n},
            kind=self.kind,
            shape=self.apart_inputs.shape if self.apart_inputs else [],
            digest=self.digest,
            design=str(self.design or ""),
            uses=uses,
            suppress=self.suppress,
            withheld=len(withheld),
        )

    @cached_property
    def digest(self) -> str:
        """Of the frame, and of labels and attributes that were given apart from it."""
        columns = {name: self.coded_column(name) for name in self.frame.columns}
        return digest.of_columns({**columns, **{f"{name} (apart)": Column(of) for name, of in self.apart.items()}})

    @cached_property
    def texts(self) -> set[str]:
        """Every text that occurs as a value; none of them may reach a record."""
        columns = [column for name in self.frame.columns if (column := self.coded_column(name)).is_text]
        return {value for column in columns for value in column.factored[1] if isinstance(value, str)}

    def coded_as_levels(self, name: str) -> Coded:
        """A column that divides the rows without being a sensitive attribute, such as strata.

        Raises:
            DataError: there is no such column, or it has one value or more than 200.
        """
        if name in self.coded:
            return self.coded[name]
        return code(name, self.coded_column(self.known(name, "column")), None, self.source, "column")

    def reference_of(self, attributes: tuple[str, ...]) -> Slice | Word:
        """With whom the slices by ``attributes`` are compared: the slice, or the word, that all of them name."""
        named = [self.reference.get(a, "most_selected") for a in attributes]
        for word in get_args(Word):
            if word in named:
                return word if set(named) == {word} else "most_selected"
        return dict(zip(attributes, named, strict=True))

    def _sensitive(self, sensitive: Sequence[str] | Mapping[str, Any]) -> dict[str, Column]:
        if isinstance(sensitive, str):
            raise DataError(f"sensitive: expected a list of columns, got the text {sensitive!r}; write [{sensitive!r}]")
        if not isinstance(sensitive, Mapping):
            return {name: self.coded_column(self.known(name, "data.sensitive")) for name in sensitive}
        values = {name: np.asarray(column) for name, column in sensitive.items()}
        for name, column in values.items():
            if column.shape != (len(self.frame),):
                raise DataError(
                    f"sensitive {name!r}: expected {len(self.frame)} values, one per row, got shape {column.shape}"
                )
        self.apart |= values
        return {name: Column(column) for name, column in values.items()}

    def _features(self, features: Sequence[str] | None, targets: Sequence[str], others: Sequence[str]) -> list[str]:
        if features is None:
            return [c for c in self.frame.columns if c not in {*targets, *others}]
        for name in features:
            self.column(name, "data.features")
        for name in targets:
            if name in features:
                raise DataError(f"data.features: the target {name!r} must not be an input of the model")
        return list(features)

    def _apart_inputs(
        self, inputs: Any, kind: Kind | None, layout: Layout | None, features: Sequence[str] | None
    ) -> Apart | None:
        if inputs is None:
            if kind not in (None, "table") or layout:
                raise DataError(
                    f"data.kind {kind!r}: expected data.inputs, the column or values that are it, got nothing"
                )
            return None
        if features:
            raise DataError("data: expected either 'features', columns, or 'inputs', one value per row; got both")
        where = f"data.inputs {inputs!r} in {self.source}" if isinstance(inputs, str) else "data.inputs"
        found = apart(self.column(inputs, "data.inputs") if isinstance(inputs, str) else inputs, kind, layout, where)
        if len(found) != len(self):
            raise DataError(f"{where}: expected {len(self)} inputs, one per row, got {len(found)}")
        if not isinstance(inputs, str):
            self.apart["inputs"] = found.values
        return found

    def _words(self, sentence: Any) -> Apart:
        """The words with the sentences that they are in."""
        assert self.apart_inputs is not None
        if sentence is None:
            raise DataError("data.kind 'words': expected data.cluster, the column that names the sentence of each word")
        return replace(
            self.apart_inputs, values=in_sentences(self.apart_inputs.values, self.groups("sentence", sentence))
        )

    def _references(self, reference: Mapping[str, object]) -> dict[str, str]:
        self._only_sensitive("reference", reference)
        for key, level in reference.items():
            levels = self.coded[key][1]
            if str(level) not in (*levels, *get_args(Word)):
                raise DataError(
                    f"data.reference.{key}: no group {str(level)!r} in {self.source}{nearest(str(level), levels)}"
                )
        return {key: str(level) for key, level in reference.items()}

    def _only_sensitive(self, what: str, given: Mapping[str, object] | None) -> None:
        for key in given or {}:
            if key not in self.coded:
                raise DataError(f"data.{what}.{key}: not a sensitive attribute{nearest(key, self.coded)}")

    def _design(self, weight: Any, cluster: Any) -> Design | None:
        if weight is None and cluster is None:
            return None
        weights = np.ones(len(self)) if weight is None else self.per_row("weight", weight)
        try:
            weights = weights.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"data.weight in {self.source}: expected numbers, got {error}") from error
        bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
        if len(bad) or not weights.any():
            got = f"{weights[bad[0]]} in row {bad[0] + 1}" if len(bad) else "only zeros"
            raise DataError(f"data.weight in {self.source}: expected finite weights of 0 or more, got {got}")
        return Design(weights, None if cluster is None else self.groups("cluster", cluster))

    def _bounds(
        self, bounds: tuple[Any, Any] | Mapping[str, tuple[float, float]] | None
    ) -> dict[str, tuple[float, float]]:
        named = (
            bounds if isinstance(bounds, Mapping) else {} if bounds is None else dict.fromkeys(self.features, bounds)
        )
        for key, (low, high) in named.items():
            self.column(key, "data.bounds")
            if not low < high:
                raise DataError(f"data.bounds.{key}: expected lower < upper, got [{low}, {high}]")
        return dict(named)

    def _space(self, constraints: ConstraintsTable | Mapping[str, Any]) -> Space:
        if not self.features:
            raise DataError(f"data.constraints: for tables; the inputs here are of kind {self.kind}")
        if not isinstance(constraints, ConstraintsTable):
            table = Plan.parse({"data": {"constraints": constraints}}, "Dataset").data.constraints
            assert table is not None
            constraints = table
        return space(constraints, {name: self.coded_column(name) for name in self.features}, self.bounds)


def _is_apart(given: Any, kind: Kind | None) -> bool:
    """Whether these are inputs themselves, and not a table of them."""
    if isinstance(given, np.ndarray):
        return given.ndim > 2 or given.dtype.kind in "OU" or kind not in (None, "table")
    return isinstance(given, list | tuple)


def _no_columns(inputs: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(index=range(len(inputs)))
