"""Where data may be sent, and with which secrets: checked before anything is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from ..errors import ModelError, PlanError

HEADER = re.compile(r"(?P<scheme>[A-Za-z]+ )?env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)")


def checked_url(url: str, hosts: Sequence[str]) -> None:
    """Make sure that data may be sent to ``url``, read as the sender reads it.

    Raises:
        ModelError: no address of a listed host, or one that holds a secret.
    """
    import httpx

    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise ModelError("model.url: expected http://host:port/path, got no such address") from None
    if parts.userinfo or parts.query or parts.fragment:
        raise ModelError(
            "model.url: expected an address without user, password and query, which the record would show; "
            "secrets belong into model.options.headers"
        )
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ModelError(f"model.url: expected http://host:port/path, got {url!r}")
    if parts.host not in [one.lower() for one in hosts]:
        raise ModelError(
            f"model.url: data may be sent to {', '.join(hosts) or 'no host'} only, not to {parts.host!r}; "
            f"to allow it, name it in model.options.hosts"
        )


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with their values from the environment.

    Raises:
        PlanError: a value that names no environment variable; it is not quoted.
        ModelError: the variable is not set, or holds what no header can.
    """
    found = {}
    for key, value in headers.items():
        match = HEADER.fullmatch(value)
        if not match:
            raise PlanError(
                f"model.options.headers.{key}: expected the name of an environment variable, such as 'env:TOKEN' or "
                "'Bearer env:TOKEN'; a secret in an audit file is none"
            )
        secret = os.environ.get(match["name"], "").strip()
        if not secret or not secret.isascii() or not secret.isprintable():
            wrong = "holds what no header can" if secret else "is not set"
            raise ModelError(f"model.options.headers.{key}: the environment variable {match['name']} {wrong}")
        found[key] = (match["scheme"] or "") + secret
    return found
