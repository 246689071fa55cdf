"""Options of a wrapper: ``[model.options]`` of the audit file, declared as a pydantic model by each wrapper."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import PlanError, nearest


class Options(BaseModel):
    """Base: no options."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


T = TypeVar("T", bound=Options)


def options(declared: type[T], given: dict[str, Any]) -> T:
    """The options, validated.

    Raises:
        PlanError: one is unknown or has a wrong value.
    """
    try:
        return declared.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        known = nearest(key, declared.model_fields) if first["type"] == "extra_forbidden" else ""
        raise PlanError(f"model.options.{key}: {'unknown option' + known if known else first['msg']}") from error
