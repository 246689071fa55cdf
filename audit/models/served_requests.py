"""Requests to a server: only to listed hosts, with limits in time and size, repeated with patience, without leaks."""

from __future__ import annotations

import email.utils
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import ModelError, ModelTimeout
from ..redact import HIDDEN, without_values
from .served_address import checked_headers
from .served_formats import BadReply

AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""What a server says when the same request may be answered later."""
LARGEST = 2**26
"""Bytes of one reply."""
LONGEST_WAIT = 30.0
"""Seconds between repetitions where the server names no time."""
QUOTED = 200
"""Characters of a reply that an error quotes."""
SECRET = "(secret)"


Ask = Callable[[bytes, Callable[[Any], Any], threading.Event], Any]
"""``ask(body, read, stop)``: what ``read``, which may refuse it, makes of the reply to ``body``; for any thread."""


class Stopped(Exception):
    """Another request has failed."""


class _Later(Exception):
    """No answer, but a repetition may help: why, and after how many seconds at least."""

    def __init__(self, error: ModelError, after: float | None = None) -> None:
        self.error, self.after = error, after


class Requests:
    """Requests to one address."""

    def __init__(self, url: str, options: Any) -> None:
        """Nothing is sent yet. ``options``: see ``ServedOptions``."""
        self._url, self._options, self._left = url, options, float(options.budget)

    @contextmanager
    def open(self) -> Iterator[Ask]:
        """What asks, as long as the connections are open.

        Neither proxies nor passwords are taken from the environment, and redirects are not followed.
        """
        import ssl

        import httpx

        began = time.monotonic()
        secrets = checked_headers(self._options.headers)
        headers = {**secrets, "Content-Type": "application/json", "Accept": "application/json"}
        tls = ssl.create_default_context() if self._url.startswith("https") else True
        with httpx.Client(headers=headers, trust_env=False, verify=tls) as client:
            call = _Call(client, self._url, self._options, began + self._left, secrets)
            try:
                yield call.ask
            finally:
                self._left -= time.monotonic() - began


class _Call:
    def __init__(self, client: Any, url: str, options: Any, deadline: float, secrets: Mapping[str, str]) -> None:
        self._client, self._url, self._options, self._deadline = client, url, options, deadline
        # The variable's value without the word before it, and with it.
        self._secrets = {part for value in secrets.values() for part in (value, value.split(" ", 1)[-1])}

    def ask(self, body: bytes, read: Callable[[Any], Any], stop: threading.Event) -> Any:
        """What ``read`` makes of the reply; repeated where that may help."""
        for attempt in range(self._options.retries + 1):
            if stop.is_set():
                raise Stopped
            try:
                return self._once(body, read)
            except _Later as later:
                pause = self._pause(attempt, later.after)
                if attempt == self._options.retries:
                    raise type(later.error)(f"{later.error}; asked {attempt + 1} times") from None
                if time.monotonic() + pause > self._deadline:
                    raise ModelTimeout(f"{later.error}; {self._spent} before the next try in {pause:.3g} s") from None
            stop.wait(pause)
        raise AssertionError("unreachable")

    def _pause(self, attempt: int, after: float | None) -> float:
        """At least what the server asks for; else twice as long each time, less a random part so that none coincide."""
        if after is not None:
            return after
        return float(min(LONGEST_WAIT, self._options.wait * 2**attempt) * random.uniform(0.5, 1))

    @property
    def _spent(self) -> str:
        return f"model.options.budget = {self._options.budget:g} seconds is spent"

    def _once(self, body: bytes, read: Callable[[Any], Any]) -> Any:
        import httpx

        seconds = min(self._options.timeout, self._deadline - time.monotonic())
        if seconds <= 0:
            raise ModelTimeout(f"model.url {self._url}: {self._spent}")
        limit = time.monotonic() + seconds
        try:
            with self._client.stream("POST", self._url, content=body, timeout=seconds) as response:
                content = self._content(response, limit)
                return self._judged(response, content, body, read)
        except httpx.TimeoutException:
            raise _Later(self._late()) from None
        except httpx.TransportError as error:
            reason = self._clean(str(error)) or type(error).__name__
            raise _Later(ModelError(f"model.url {self._url}: no answer: {reason}")) from None
        except httpx.HTTPError as error:
            raise ModelError(f"model.url {self._url}: {type(error).__name__}: {self._clean(str(error))}") from None

    def _late(self) -> ModelTimeout:
        return ModelTimeout(
            f"model.url {self._url}: no answer within model.options.timeout = {self._options.timeout:g} seconds"
        )

    def _content(self, response: Any, limit: float) -> bytes:
        """The reply; given up where it comes drop by drop, or without end."""
        content = b""
        for part in response.iter_bytes():
            content += part
            if len(content) > LARGEST:
                raise ModelError(f"model.url {self._url}: the reply has more than {LARGEST} bytes")
            if time.monotonic() > limit:
                raise _Later(self._late())
        return content

    def _judged(self, response: Any, content: bytes, body: bytes, read: Callable[[Any], Any]) -> Any:
        status = response.status_code
        if status in AGAIN:
            raise _Later(
                self._lie(status, content, body, "expected 200"), _seconds(response.headers.get("Retry-After"))
            )
        if 300 <= status < 400:
            raise ModelError(
                f"model.url {self._url}: the server answered {status}, a redirect, which is refused: data go to the "
                "address in the audit file only"
            )
        if status != 200:
            raise self._lie(status, content, body, "expected 200")
        try:
            return read(json.loads(content))
        except BadReply as error:
            raise self._lie(status, content, body, str(error)) from None
        except (ValueError, RecursionError):
            raise self._lie(status, content, body, "expected JSON") from None

    def _lie(self, status: int, content: bytes, body: bytes, wrong: str) -> ModelError:
        text = self._clean(content.decode("utf-8", "replace"))  # first: a secret that is cut in two is not found
        quoted = _without_rows(text[: 4 * QUOTED], body)[:QUOTED]
        return ModelError(f"model.url {self._url}: {wrong}; the server answered {status}: {quoted!r}")

    def _clean(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, SECRET)
        return text


def _seconds(after: str | None) -> float | None:
    """``Retry-After`` in seconds: a number, or a date (RFC 9110, 10.2.3); None where it is neither."""
    if after is None:
        return None
    if after.strip().isdigit():
        return float(after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - time.time())
    except ValueError:
        return None


def _without_rows(text: str, body: bytes) -> str:
    """``text`` without what was sent: servers echo the rows that they do not like."""
    sent = {str(value) for value in _leaves(json.loads(body))}
    token = re.compile(r'"[^"]*"|-?\d[\d.eE+-]*')
    return without_values(token.sub(lambda m: HIDDEN if m.group().strip('"') in sent else m.group(), text), sent)


def _leaves(part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        for value in part.values():
            yield from _leaves(value)
    elif isinstance(part, list):
        for value in part:
            yield from _leaves(value)
    else:
        yield part
