"""The audit file: what is audited, measured and required. Unknown keys are errors that name the nearest key."""

from __future__ import annotations

import datetime
import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .constraints.table import ConstraintsTable
from .errors import PlanError, nearest
from .inputs import Kind, Layout
from .registry import Task


class Table(BaseModel):
    """Base of the tables of an audit file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AuditTable(Table):
    name: str = "Model audit"
    seed: int = Field(0, ge=0, le=2**53 - 1)  # what JSON numbers hold exactly
    confidence: float = Field(0.95, gt=0.5, lt=1)
    ledger: str | None = None
    spend: bool = False

    @model_validator(mode="after")
    def _spending_needs_a_count(self) -> AuditTable:
        if self.spend and not self.ledger:
            raise ValueError("spend: expected 'ledger', a file that counts how often the data are used")
        return self


class ModelTable(Table):
    load: str | None = None
    path: str | None = None
    url: str | None = None
    trust: str | None = Field(None, pattern="^sha256:[0-9a-f]{64}$")
    public_key: str | None = None
    prediction: str | list[str] | None = None
    probability: str | list[str] | None = None
    deviation: str | None = None
    lower: str | None = None
    upper: str | None = None
    sets: dict[str, str] = Field(default_factory=dict)
    name: str | None = None
    task: Task = "binary"
    positive: str | int | float | bool | None = None
    favorable: str | int | float | bool | None = None
    threshold: float = Field(0.5, ge=0, le=1)
    output: Literal["label", "probability", "logits"] = "label"
    classes: list[str | int | float | bool] | None = Field(None, min_length=2)
    layout: Layout | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    timeout: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one_source(self) -> ModelTable:
        given = [
            k
            for k, v in (
                ("load", self.load and not self.path),  # beside a path, load names what makes the empty model
                ("path", self.path),
                ("url", self.url),
                ("columns", self.prediction or self.probability),
            )
            if v
        ]
        if len(given) > 1:
            raise ValueError(
                "expected one of 'load', 'path', 'url', or 'prediction'/'probability' columns, got several"
            )
        return self


class DataTable(Table):
    path: str | None = None
    target: str | list[str] | None = None
    sensitive: list[str] = Field(default_factory=list, max_length=8)
    features: list[str] | None = None
    reference: dict[str, str | int | float | bool] = Field(default_factory=dict)
    bins: dict[str, list[float]] = Field(default_factory=dict)
    bounds: tuple[float, float] | dict[str, tuple[float, float]] | None = None
    constraints: ConstraintsTable | None = None
    weight: str | None = None
    cluster: str | None = None
    query: str | None = None
    inputs: str | None = None
    kind: Kind | None = None
    layout: Layout | None = None
    intersections: int = Field(2, ge=1, le=8)
    suppress: int = Field(0, ge=0)
    data_schema: str | None = Field(None, alias="schema")
    name: str | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ChecksTable(Table):
    include: list[str] | None = None
    exclude: list[str] = Field(default_factory=list)
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)


Number = Annotated[float, Field(allow_inf_nan=False)]


class Require(Table):
    """One requirement: exactly one of ``at_least``, ``at_most``, ``between``."""

    check: str
    metric: str | None = None
    on: str | list[str] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    between: tuple[Number, Number] | None = None
    judge: Literal["interval", "point"] = "interval"
    adjust: Literal["bonferroni", "max-t"] = "bonferroni"
    because: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> Require:
        bounds = [self.at_least, self.at_most, self.between]
        if sum(b is not None for b in bounds) != 1:
            raise ValueError("expected exactly one of 'at_least', 'at_most', 'between'")
        if self.between and not self.between[0] < self.between[1]:
            raise ValueError(f"between: expected [lower, upper], got {list(self.between)}")
        return self

    @property
    def attributes(self) -> tuple[str, ...] | None:
        """Sensitive attributes whose slices must all meet the bound; None means the whole."""
        return None if self.on is None else (self.on,) if isinstance(self.on, str) else tuple(self.on)


class Waive(Table):
    """Somebody answers for a requirement that is not met, until a day."""

    check: str
    on: str | list[str] | None = None
    owner: str = Field(min_length=1)
    because: str = Field(min_length=1)
    until: datetime.date

    @property
    def attributes(self) -> tuple[str, ...] | None:
        """As in :class:`Require`; None waives the check wherever it is required."""
        return None if self.on is None else (self.on,) if isinstance(self.on, str) else tuple(self.on)


class CardTable(Table):
    """The sections that only people can write. Empty ones are printed as gaps."""

    owner: str = ""
    version: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    training_data: str = ""
    limitations: str = ""
    human_oversight: str = ""
    ethical_considerations: str = ""
    contact: str = ""


class ReportTable(Table):
    """``crosswalk``: ids of frameworks; ``not_applicable``: clauses such as ``eu-ai-act:10.5``, each with its reason."""

    crosswalk: list[str] = Field(default_factory=list)
    not_applicable: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> ReportTable:
        names, clauses = known_frameworks()
        for what, given, known in (
            ("crosswalk", self.crosswalk, names),
            ("not_applicable", self.not_applicable, clauses),
        ):
            for name in given:
                if name not in known:
                    raise ValueError(f"{what}: nothing is known of {name!r}{nearest(name, known)}")
        return self


@cache
def known_frameworks() -> tuple[list[str], list[str]]:
    """Ids and aliases of the frameworks that reports can refer to, and their clauses as ``framework:clause``."""
    names, clauses = [], []
    for path in sorted((Path(__file__).resolve().parent.parent / "templates" / "frameworks").glob("*.toml")):
        document = tomllib.loads(path.read_text("utf-8"))
        names += [document["id"], *document.get("aliases", [])]
        clauses += [f"{document['id']}:{clause['id']}" for clause in document["clause"]]
    return names, clauses


class Plan(Table):
    """An audit file, validated. ``folder`` is where its relative paths start."""

    audit: AuditTable = Field(default_factory=AuditTable)
    model: ModelTable = Field(default_factory=ModelTable)
    baseline: ModelTable | None = None
    data: DataTable = Field(default_factory=DataTable)
    checks: ChecksTable = Field(default_factory=ChecksTable)
    require: list[Require] = Field(default_factory=list)
    waive: list[Waive] = Field(default_factory=list)
    card: CardTable = Field(default_factory=CardTable)
    report: ReportTable = Field(default_factory=ReportTable)

    _folder: Path = Path()
    _source: str = ""

    @property
    def folder(self) -> Path:
        """Folder of the audit file; the current one for a plan from a dict."""
        return self._folder

    @property
    def source(self) -> str:
        """Name of the audit file, or empty."""
        return self._source

    @classmethod
    def read(cls, path: str | Path) -> Plan:
        """Read an audit file.

        Raises:
            PlanError: not there, not UTF-8, not TOML, an unknown key, or a value that does not fit.
        """
        path = Path(path)
        try:
            document = tomllib.loads(path.read_bytes().decode())
        except OSError as error:
            raise PlanError(f"cannot read audit file {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise PlanError(
                f"audit file {path}: expected UTF-8, got byte {error.object[error.start]:#x} at {error.start}"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"audit file {path}: not valid TOML: {error}") from error
        plan = cls.parse(document, str(path))
        plan._folder, plan._source = path.resolve().parent, path.name
        return plan

    @classmethod
    def parse(cls, document: dict[str, Any], where: str = "plan") -> Plan:
        """A plan from the tables of an audit file; errors as in :meth:`read`."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise PlanError("\n".join(dict.fromkeys(_explain(where, item) for item in error.errors()))) from error

    def document(self) -> dict[str, Any]:
        """The tables as JSON, defaults included."""
        document: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return document


def _explain(where: str, item: Any) -> str:
    place = _place(item["loc"])
    if item["type"] == "extra_forbidden":
        key = str(item["loc"][-1])
        return f"{where}: unknown key {place!r}{nearest(key, _known(item['loc'][:-1]))}"
    got = item["input"]
    shown = "" if isinstance(got, dict | list) or got is None else f", got {_short(got)}"
    return f"{where}: {place or 'the file'}: {item['msg'].removeprefix('Value error, ')}{shown}"


# pydantic names the member of a union that it tried; to the writer of a file that is noise.
UNION_MEMBERS = {"str", "int", "float", "bool", "list[str]", "tuple[float, float]", "dict[str,tuple[float, float]]"}


def _place(steps: tuple[str | int, ...]) -> str:
    place = ""
    for step in steps:
        if place and str(step) in UNION_MEMBERS:
            continue
        place += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if place else step
    return place


def _known(steps: tuple[str | int, ...]) -> list[str]:
    """Keys of the table at a place of the audit file."""
    table: type[BaseModel] = Plan
    for step in steps:
        fields = {field.alias or name: field for name, field in table.model_fields.items()}
        if step in fields:  # else the step is a name that the writer chose, or a place in a list
            table = next((kind for kind in _types(fields[str(step)].annotation) if issubclass(kind, BaseModel)), table)
    return [field.alias or name for name, field in table.model_fields.items()]


def _types(annotation: Any) -> list[type]:
    inner = get_args(annotation)
    return [kind for one in inner for kind in _types(one)] if inner else [annotation] * isinstance(annotation, type)


def _short(value: Any) -> str:
    text = repr(value) if not (isinstance(value, float) and math.isnan(value)) else "nan"
    return text if len(text) <= 60 else text[:57] + "..."
