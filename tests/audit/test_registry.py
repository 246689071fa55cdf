from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import Field

from assay.audit import CheckDefinitionError, PlanError, Proportion, RegistryError, check
from assay.audit.registry import NEEDS, CheckSpec, checks, find


def good(counts: Any, *, depth: Annotated[int, Field(ge=1)] = 2) -> Proportion:
    """Good.

    The rest.
    """
    raise NotImplementedError


def no_docstring(counts: Any) -> Proportion:
    raise NotImplementedError


def no_return(counts: Any):  # type: ignore[no-untyped-def]
    """A title."""


def misspelt(cuonts: Any) -> Proportion:
    """A title."""
    raise NotImplementedError


def starred(*counts: Any) -> Proportion:
    """A title."""
    raise NotImplementedError


def no_default(counts: Any, *, depth: int) -> Proportion:
    """A title."""
    raise NotImplementedError


def no_type(counts: Any, *, depth=1) -> Proportion:  # type: ignore[no-untyped-def]
    """A title."""
    raise NotImplementedError


def wrong_default(counts: Any, *, depth: int = "deep") -> Proportion:  # type: ignore[assignment]
    """A title."""
    raise NotImplementedError


def unresolved(counts: Nowhere) -> Proportion:  # type: ignore[name-defined]  # noqa: F821
    """A title."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_docstring, "expected a docstring"),
        (no_return, "expected a return annotation that names the statistic"),
        (misspelt, "parameter 'cuonts' is nothing that an audit offers; did you mean 'counts'?"),
        (starred, "*counts: expected named parameters only"),
        (no_default, "option 'depth': expected a type and a default"),
        (no_type, "option 'depth': expected a type and a default"),
        (wrong_default, "a default does not fit its type: "),
        (unresolved, "its annotations cannot be resolved: name 'Nowhere' is not defined"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_declaration_names_function_file_and_line(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(CheckDefinitionError) as caught:
        check("family.name", better="higher")(function)
    place = f"check 'family.name' ({__name__}.{function.__name__}, {__file__}:{function.__code__.co_firstlineno}): "
    assert str(caught.value).startswith(place + message)


@pytest.mark.parametrize(
    ("id", "given", "message"),
    [
        ("Family.name", {"better": "higher"}, "expected an id 'family.name' in lower case"),
        ("name", {"better": "higher"}, "expected an id 'family.name' in lower case"),
        ("family.name", {"better": "up"}, "better: expected 'higher', 'lower', 'zero' or 'one', got 'up'"),
        (
            "family.name",
            {"better": "one", "tasks": ["rank"]},
            "tasks: expected some of ['binary', 'multiclass', 'multilabel', 'regression', 'ranking']",
        ),
    ],
)
def test_a_wrong_word_in_the_declaration_is_named(id: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckDefinitionError, match="family") as caught:
        check(id, **given)(good)
    assert message in str(caught.value)


def test_the_declaration_is_the_signature() -> None:
    spec = check("family.name", better="higher", cites=["doi:1"])(good).__assay_check__  # type: ignore[attr-defined]
    assert (spec.family, spec.name, spec.title, spec.about) == ("family", "name", "Good", "The rest.")
    assert (spec.needs, spec.configure({}), spec.configure({"depth": 3})) == (("counts",), {"depth": 2}, {"depth": 3})
    assert spec.options.model_json_schema()["properties"]["depth"]["minimum"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"severty": 3}, "checks.options.'robustness.noise': severty: unknown option; did you mean 'severity'?"),
        (
            {"severity": 9},
            "checks.options.'robustness.noise': severity: Input should be less than or equal to 5, got 9",
        ),
    ],
)
def test_a_wrong_option_names_check_and_option(options: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        find("robustness.noise").configure(options)
    assert str(caught.value) == message


def test_an_unknown_check_comes_with_the_nearest() -> None:
    with pytest.raises(RegistryError, match=r"no check 'accuracy.recal'; did you mean 'accuracy.recall'\?"):
        find("accuracy.recal")


@pytest.mark.parametrize("spec", checks().values(), ids=checks())
def test_every_installed_check_explains_itself(spec: CheckSpec) -> None:
    assert set(spec.needs) <= set(NEEDS)
    assert "Signs of trouble:" in spec.about or spec.family == "acme"
    assert "Limits:" in spec.about or spec.family == "acme"


def test_a_check_of_a_source_is_made_on_demand_and_only_by_its_source() -> None:
    assert find("sklearn:f1") is find("sklearn:f1")
    assert (find("sklearn:f1").family, find("sklearn:f1").name) == ("sklearn", "f1")
    with pytest.raises(RegistryError, match=r"no 'nobody' among assay\.check_sources"):
        find("nobody:f1")
    with pytest.raises(CheckDefinitionError, match=r"a colon is for checks of assay\.check_sources"):
        check("acme:f1", better="higher")(lambda counts: counts)
