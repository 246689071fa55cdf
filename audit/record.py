"""The record: one JSON document with all that an audit found, and the only thing that reports read.

Canonical JSON (RFC 8785), so that equal content is equal bytes. The digest covers everything but
itself and a signature. No row of the data ever enters a record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import RecordError, nearest
from .files import write_whole
from .needed import rows_needed, would_decide

if TYPE_CHECKING:
    from .metric_frame import MetricFrame

SCHEMA = "assay.record/1"
"""Name and version of the format; a record with a higher version is refused, not guessed at."""

Slice = dict[str, str]
"""``{}`` is the whole; ``{"sex": "Female", "race": "Black"}`` is an intersection."""

State = Literal["ok", "degenerate", "insufficient", "undefined", "suppressed"]
Outcome = Literal["pass", "fail", "inconclusive", "not_assessed", "error", "waived"]
SUPPRESSED = "suppressed: too few rows to be shown, or it would give away a group with too few"
"""Why a slice is not judged that is withheld for privacy."""
TOO_FEW = "insufficient evidence: too few rows"
"""How the reason begins why a slice is not decided whose value is no evidence."""
GRAVITY: tuple[Outcome, ...] = ("fail", "error", "inconclusive", "not_assessed", "waived", "pass")
"""Outcomes, the gravest first."""


class Part(BaseModel):
    """Base of the parts of a record: immutable, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Estimate(Part):
    """One number with its uncertainty.

    ``low`` and ``high`` bound the interval of the given ``level``; ``None`` means unbounded on that
    side. ``value`` is ``None`` where the quantity is undefined (a rate of an empty group). Where a slice is ``suppressed``
    for privacy nothing is known of it: no value, no interval, no counts, and ``n`` is 0.
    ``counts`` are the sufficient statistics from which value and interval can be recomputed.
    """

    metric: str
    slice: Slice = Field(default_factory=dict)
    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    unit: str = ""
    state: State = "ok"
    against: str = ""
    """Whom a difference or ratio compares with: ``sex=Male``, ``most selected`` ..."""
    counts: dict[str, float] = Field(default_factory=dict)
    note: str = ""
    mde: float | None = None
    """Minimum detectable effect: the distance from a bound that samples like this one decide in 80 % of cases."""
    differs_p: float | None = None
    """Exploratory, where no requirement names the slice: p-value of "the rest of the rows have the same rate", exact, and
    adjusted over the slices of the metric, so that of those below q at most a share of q is expected to be false."""


class Series(Part):
    """Points of a curve; ``low``/``high`` bar each point, ``n`` says how many rows stand behind it."""

    name: str = ""
    x: list[float]
    y: list[float]
    low: list[float] | None = None
    high: list[float] | None = None
    n: list[int] | None = None


class Figure(Part):
    """Data of a figure (``series``) or of a table (``columns`` and ``rows``); renderers draw it.

    ``panels``: one small figure for each series but the first, which is drawn in all of them.
    """

    kind: Literal["reliability", "curve", "panels", "table"]
    title: str
    x_label: str = ""
    y_label: str = ""
    series: list[Series] = Field(default_factory=list)
    columns: list[str] = Field(default_factory=list)
    rows: list[list[str | float | int | None]] = Field(default_factory=list)
    note: str = ""


class Result(Part):
    """What one check measured, or why it could not. ``id`` is the evidence id (``EV-001``)."""

    id: str
    check: str
    title: str
    family: str
    status: Literal["ok", "not_assessed", "error"]
    reason: str = ""
    traceback: str = ""
    about: str = ""
    """What the check measures, its signs of trouble and its limits: the text of its declaration."""
    addresses: list[str] = Field(default_factory=list)
    cites: list[str] = Field(default_factory=list)
    options: dict[str, Any] = Field(default_factory=dict)
    estimates: list[Estimate] = Field(default_factory=list)
    figures: list[Figure] = Field(default_factory=list)
    doubts: list[str] = Field(default_factory=list)
    """Reasons not to trust what was measured, which the check found itself."""
    seconds: float = 0.0

    def estimate(self, metric: str | None = None, /, **slice: str) -> Estimate:
        """The estimate of ``metric`` (default: the first one) on ``slice`` (default: the whole).

        Raises:
            KeyError: there is none; the message lists the slices that exist.
        """
        metric = metric or (self.estimates[0].metric if self.estimates else "")
        for estimate in self.estimates:
            if estimate.metric == metric and estimate.slice == slice:
                return estimate
        have = sorted({slice_name(e.slice) for e in self.estimates if e.metric == metric})
        raise KeyError(f"{self.check}: no estimate of {metric!r} on {slice_name(slice)}; there are: {have}")


class Judged(Part):
    """One estimate held against the bound. ``p_pass``/``p_fail`` are one-sided; ``p_fail`` is adjusted for all slices."""

    slice: Slice
    metric: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    verdict: Outcome
    p_pass: float | None = None
    p_fail: float | None = None
    adjusted_low: float | None = None
    adjusted_high: float | None = None
    """Interval that covers all slices of the requirement at once; None where there is one slice."""
    adjusted_by: Literal["", "bonferroni", "max-t"] = ""
    """How that interval and ``p_fail`` are adjusted: the fails of ``bonferroni`` by Holm's steps of it."""
    needs_n: int | None = None
    """Rows of this slice that would decide an inconclusive verdict, if the estimate stayed."""
    reason: str = ""

    @property
    def suppressed(self) -> bool:
        """Whether the slice is withheld for privacy."""
        return self.reason == SUPPRESSED

    @property
    def rows_needed(self) -> str:
        """``about 4,200 rows``; empty where nobody can say, or where that is out of reach."""
        return rows_needed(self.n, self.needs_n) if self.needs_n else ""

    @property
    def enough(self) -> str:
        """What would decide an inconclusive verdict, if the value stayed: a clause, or empty."""
        return would_decide(self.n, self.needs_n, " of this slice" if self.slice else "")


class Waiver(Part):
    """A requirement that somebody answers for. After ``until`` the requirement is back."""

    owner: str
    because: str
    until: str
    state: Literal["active", "expired", "not needed"]


class Requirement(Part):
    """A requirement as it was written down before the run, and what became of it."""

    id: str
    check: str
    title: str
    metric: str = ""
    on: list[str] = Field(default_factory=list)
    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = None
    judge: Literal["interval", "point"] = "interval"
    because: str = ""
    bound: str = ""
    """The bound in words, as it was applied: ``between 0.8 and 1.25``."""
    lower: float | None = None
    upper: float | None = None
    """The ends of the bound as it was applied; None where it is open."""
    verdict: Outcome
    reason: str = ""
    evidence: str
    estimates: list[Judged] = Field(default_factory=list)
    adjusted_p: float | None = None
    needs_n: int | None = None
    waiver: Waiver | None = None

    @property
    def deciding(self) -> Judged | None:
        """The slice with the gravest verdict, and among those the one furthest from the good side of the bound."""
        return min(self.estimates, key=lambda one: (GRAVITY.index(one.verdict), self.slack(one)), default=None)

    @property
    def enough(self) -> str:
        """What would decide an inconclusive verdict, if the values stayed: a clause, or empty."""
        found = next((one for one in self.estimates if one.needs_n and one.needs_n == self.needs_n), None)
        return would_decide(found.n, found.needs_n, " of such a group" if self.on else "") if found else ""

    def violated(self, one: Judged) -> bool:
        """Whether the value is outside the bound although the verdict leaves it open."""
        return one.verdict == "inconclusive" and self.slack(one) < 0 and not one.reason.startswith(TOO_FEW)

    def slack(self, one: Judged) -> float:
        """How far the value lies within the bound; negative outside of it, 0 where it is undefined."""
        if one.value is None:
            return 0.0
        ends = [one.value - self.lower] if self.lower is not None else []
        ends += [self.upper - one.value] if self.upper is not None else []
        return min(ends, default=0.0)


class Verdict(Part):
    """Of the whole audit. ``exit_code`` is what ``assay run`` returned."""

    status: Outcome
    counts: dict[str, int]
    exit_code: int
    reason: str


class Audit(Part):
    name: str
    seed: int
    confidence: float
    started: str
    finished: str


class ModelInfo(Part):
    """The audited model. ``digest`` is of its content; ``digest_of`` says of what exactly."""

    name: str
    wrapper: str
    source: str
    task: str
    classes: list[str]
    positive: str | None
    favorable: str | None = None
    """The class that people want to get, which fairness of decisions is about; None where none is named."""
    capabilities: list[str]
    digest: str | None
    digest_of: str
    baseline: ModelInfo | None = None
    """The model that it was compared with on the same rows."""
    notes: list[str] = Field(default_factory=list)
    """What happened to the inputs on their way to it, such as texts that were cut."""


class Attribute(Part):
    name: str
    levels: dict[str, int | None]
    """Rows by level; None where the group is suppressed."""
    reference: str | None = None


class DataInfo(Part):
    """The evaluation data: never a row of it, only counts."""

    name: str
    source: str
    rows: int
    columns: list[str]
    target: str
    labels: dict[str, int]
    sensitive: list[Attribute]
    missing: dict[str, int]
    kind: str = "table"
    """What the model is given for a row: columns of a table, an array, an image, a text, tokens."""
    shape: list[int] = []
    """Shape of an input that is an array."""
    digest: str
    design: str = ""
    """Weights and clusters that intervals allow for, in words; empty where rows are independent and count alike."""
    uses: int | None = None
    """The how-manieth audit of these data it is, where a ledger is kept."""
    suppress: int = 0
    """Groups with fewer rows than this are suppressed (data.suppress); 0: none are."""
    withheld: int = 0
    """How many groups and intersections are."""


class Environment(Part):
    python: str
    platform: str
    packages: dict[str, str]
    git: dict[str, str | bool] | None = None


class PlanInfo(Part):
    """What was going to be done and required, fixed before the first prediction was made."""

    digest: str
    fixed: str
    source: str
    document: dict[str, Any]


class Record(Part):
    """An audit, whole. See the module text; the published JSON Schema is ``assay schema``."""

    schema_: str = Field(SCHEMA, alias="schema")
    assay: dict[str, str]
    audit: Audit
    model: ModelInfo
    data: DataInfo
    environment: Environment
    plan: PlanInfo
    results: list[Result]
    requirements: list[Requirement]
    verdict: Verdict
    card: dict[str, str] = Field(default_factory=dict)

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    def __getitem__(self, check: str) -> Result:
        """The result of the check with this id."""
        for result in self.results:
            if result.check == check:
                return result
        raise KeyError(f"no result of {check!r} in this record{nearest(check, (r.check for r in self.results))}")

    def to_metric_frame(self, on: str | Sequence[str]) -> MetricFrame:
        """By group of the attribute ``on``, or of several crossed: the view that fairlearn users know.

        Raises:
            RecordError: no such attribute, or no metric was measured in its groups.
        """
        from .metric_frame import metric_frame

        return metric_frame(self, on)

    @property
    def digest(self) -> str:
        """``sha256:`` and the hex digest of the canonical JSON."""
        return _digest(self._content())

    def to_json(self) -> bytes:
        """Canonical JSON with the digest in it."""
        parts = {key: _canonical(value) for key, value in self._content().items()}
        digest = hashlib.sha256(_joined(parts)).hexdigest()
        return _joined({**parts, "digest": _canonical(f"sha256:{digest}")})

    def reread(self) -> Record:
        """What a reader of the file gets."""
        return Record.model_validate(json.loads(_canonical(self._content())))

    def save(self, path: str | Path) -> Path:
        """Write :meth:`to_json` to ``path``, whole or not at all."""
        return write_whole(Path(path), self.to_json())

    def _content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)

    def _repr_html_(self) -> str:
        from .outputs import render

        return render(self, "html").decode()


def load(path: str | Path) -> Record:
    """Read a record file and check its digest.

    Raises:
        RecordError: no such file, not JSON, another or newer schema, or content that does not match its digest.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise RecordError(f"{path} is not JSON (truncated?): {error}") from error
    return parse(document, str(path))


def parse(document: Any, where: str) -> Record:
    """Turn the JSON document of a record into a :class:`Record`; errors as in :func:`load`."""
    got = document.get("schema") if isinstance(document, dict) else None
    if got != SCHEMA:
        raise RecordError(f"{where}: expected an assay record with schema {SCHEMA!r}, got {got!r}")
    stated = document.pop("digest", None)
    document.pop("signature", None)
    try:
        record = Record.model_validate(document)
        # Of the document as it stands, not of the record made from it: that has defaults for fields that came later.
        found = _digest(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise RecordError(f"{where}: not a valid record at {place!r}: {first['msg']}") from error
    except ValueError as error:
        raise RecordError(f"{where}: holds a value that JSON cannot: {error}") from error
    if stated != found:
        raise RecordError(f"{where}: the content was altered; it says {stated}, its digest is {found}")
    return record


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record file."""
    schema = Record.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = f"urn:{SCHEMA.replace('/', ':')}"
    schema["properties"]["digest"] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    schema["properties"]["signature"] = {"type": "object"}
    schema["required"] = [*schema["required"], "schema", "digest"]
    return schema


def slice_name(slice: Slice) -> str:
    """``race=Black, sex=Female``, in the order of the canonical record, or ``all rows``."""
    return ", ".join(f"{key}={value}" for key, value in sorted(slice.items())) or "all rows"


def _digest(document: Any) -> str:
    return "sha256:" + hashlib.sha256(_canonical(document)).hexdigest()


def _joined(parts: dict[str, bytes]) -> bytes:
    """Canonical JSON of an object from that of its values; its keys are ASCII."""
    return b"{" + b",".join(_canonical(key) + b":" + parts[key] for key in sorted(parts)) + b"}"


def _canonical(document: Any) -> bytes:
    return rfc8785.dumps(document)
