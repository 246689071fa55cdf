"""Served models: what answers at an address, over HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ModelError
from ..files import writable_folder
from ..opening import available
from ..plan import ModelTable
from .arrays import DeclaredModel
from .options import options
from .served_address import checked_headers, checked_url
from .served_answers import values
from .served_cache import AnswerCache
from .served_formats import FORMATS, BadReply, FormatOptions
from .served_inputs import Batch, Inputs, inputs
from .served_requests import Ask, Requests, Stopped


class ServedOptions(FormatOptions):
    """Options of served models."""

    protocol: Literal["v2", "torchserve", "mlflow", "json"] = "v2"
    """Open Inference Protocol v2 (KServe, Triton, MLServer), TorchServe, an MLflow scoring server, or any JSON."""
    batch: int = Field(128, ge=1)
    """Rows of one request."""
    concurrency: int = Field(4, ge=1, le=64)
    """Requests that are under way at once."""
    timeout: float = Field(30, gt=0)
    """Seconds that one request may take."""
    retries: int = Field(4, ge=0, le=20)
    """How often a request is repeated that found no server, took too long, or was put off (408, 425, 429, 5xx)."""
    wait: float = Field(0.5, gt=0)
    """Seconds before the first repetition, doubled for each further one; ``Retry-After`` of the server comes first."""
    budget: float = Field(600, gt=0)
    """Seconds that the whole audit may wait for the server."""
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    """Hosts that data may be sent to. Other machines must be named here."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers with values from environment variables: ``Authorization = "Bearer env:TOKEN"``."""
    cache: str | None = None
    """Folder that keeps answers, so that an audit that was cut short goes on where it stopped."""


@dataclass(frozen=True)
class Endpoint:
    """Address of a served model, and the folder of its answers."""

    url: str
    cache: Path | None


class ServedModel(DeclaredModel):
    """A model behind an address; rows are sent in batches, several at once, and each answer is checked."""

    rank: ClassVar[int] = 10
    about: ClassVar[str] = "models at an address: Open Inference Protocol v2, TorchServe, MLflow, JSON; model.url"
    framework: ClassVar[str] = "httpx"
    Options: ClassVar[type[ServedOptions]] = ServedOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the address; nothing is sent yet."""
        super().__init__(thing, table)
        format = FORMATS[self.options.protocol]
        url = format.address(thing.url, self.options)
        self._format, self._requests = format, Requests(url, self.options)
        self._cache, self._kept = AnswerCache(thing.cache, url, self.options.response or ""), 0

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Addresses."""
        return isinstance(thing, Endpoint)

    @classmethod
    def connects(cls, url: str) -> bool:
        """All that no other wrapper is for; what is no address is told when it is connected."""
        return True

    @classmethod
    def connect(cls, url: str, table: ModelTable, folder: Path) -> Endpoint:
        """The address, if data may be sent there.

        Raises:
            ModelError: it is not, is no address, a secret is missing, or httpx is.
            PlanError: an option is unknown or wrong.
        """
        available("httpx", "model.url: asking a server")
        chosen = options(ServedOptions, table.options)
        checked_url(url, chosen.hosts)
        checked_headers(chosen.headers)
        FORMATS[chosen.protocol].address(url, chosen)
        return Endpoint(url, writable_folder(folder / chosen.cache) if chosen.cache else None)

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Labels as the server names them, or values."""
        names = self._table.classes
        if self._table.output != "label" or not names or not all(isinstance(name, int) for name in names):
            return super().predict(x)
        return self.outputs(x)  # names that are numbers are no positions

    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """What the server answers for all rows.

        Raises:
            ModelError: no answer, or one that cannot be right. Answers that came before are in the cache.
        """
        given = inputs(x, self.options.columns, self.options.dtype)
        size = 1 if self._format.one_row(self.options) else self.options.batch
        pieces = [range(i, min(i + size, len(given))) for i in range(0, len(given), size)]
        answers = self._all(pieces, given)
        failed = [answer.exception() for answer in answers]
        if any(failed):
            raise self._failure(failed, pieces) from None
        return np.concatenate([answer.result() for answer in answers])

    def identity(self) -> tuple[None, str]:
        """A server does not show its model."""
        kept = f"; {self._kept} answers to requests were kept from before" if self._kept else ""
        return None, f"no digest: the model stays behind its address{kept}"

    def _all(self, pieces: list[range], given: Inputs) -> list[Future[npt.NDArray[Any]]]:
        """The answers to all requests. After a failure nothing new is sent, and what is under way is still kept."""
        stop = threading.Event()

        def one(piece: range, ask: Ask) -> npt.NDArray[Any]:
            if stop.is_set():
                raise Stopped
            try:
                return self._answer(given.batch(piece), ask, stop)
            except BaseException:
                stop.set()
                raise

        with self._requests.open() as ask, ThreadPoolExecutor(self.options.concurrency, "assay request") as pool:
            try:
                under_way = [pool.submit(one, piece, ask) for piece in pieces]
                wait(under_way)
            finally:
                stop.set()
        return under_way

    def _answer(self, batch: Batch, ask: Ask, stop: threading.Event) -> npt.NDArray[Any]:
        body = self._format.body(batch, self.options)
        kept = self._cache.get(body)
        if kept is not None:
            try:
                found = values(kept, len(batch), self._table)
                self._kept += 1
                return found
            except BadReply:
                pass  # model.output has changed since
        answers: list[Any] = ask(body, lambda reply: self._read(reply, len(batch)), stop)
        self._cache.put(body, answers)
        return values(answers, len(batch), self._table)

    def _read(self, reply: Any, rows: int) -> list[Any]:
        found = self._format.answers(reply, self.options)
        values(found, rows, self._table)
        return found

    def _failure(self, failed: list[BaseException | None], pieces: list[range]) -> BaseException:
        error = next(e for e in failed if e and not isinstance(e, Stopped))
        if not isinstance(error, ModelError):
            return error
        answered, rows = sum(len(piece) for piece, e in zip(pieces, failed, strict=True) if e is None), pieces[-1].stop
        kept = (
            f"answers for {answered} of {rows} rows are kept; run again to go on"
            if self._cache.folder
            else f"{answered} of {rows} rows were answered; with model.options.cache they would be kept"
        )
        return type(error)(f"{error} ({kept})")
