"""Plug-ins that cannot be used, as real distributions on the path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assay.audit import RegistryError, checks
from assay.audit.plugins import found, plugin

CHECK = '''
from assay.audit import Outcomes, check
@check("{id}", better="higher")
def one(labels) -> Outcomes:
    """One."""
'''

Install = Callable[[str, str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    def add(distribution: str, point: str, source: str) -> None:
        module = distribution.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[assay.checks]\n{point} = {module}\n")

    monkeypatch.syspath_prepend(tmp_path)
    found.cache_clear()
    checks.cache_clear()
    yield add
    found.cache_clear()
    checks.cache_clear()


def test_a_plug_in_that_cannot_be_imported_names_its_distribution(install: Install) -> None:
    install("broken-dist", "broken", "import no_such_module_anywhere")
    with pytest.raises(RegistryError) as caught:
        checks()
    assert str(caught.value) == (
        "plug-in 'broken' (broken_dist, from broken-dist) cannot be imported: "
        "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    )


def test_two_plug_ins_of_one_name_are_an_error(install: Install) -> None:
    install("second-accuracy", "accuracy", CHECK.format(id="second.one"))
    with pytest.raises(
        RegistryError, match=r"two plug-ins claim 'accuracy' in assay.checks: .*second-accuracy.* assay"
    ):
        checks()


def test_a_plug_in_without_checks_is_an_error(install: Install) -> None:
    install("idle-dist", "idle", "")
    with pytest.raises(RegistryError, match=r"plug-in 'idle' of assay.checks declares no check"):
        checks()


def test_an_id_that_is_declared_twice_names_both_places(install: Install) -> None:
    install("thief-dist", "thief", CHECK.format(id="accuracy.recall"))
    with pytest.raises(RegistryError) as caught:
        checks()
    message = str(caught.value)
    assert message.startswith("check 'accuracy.recall' is declared twice: ")
    assert "thief_dist.py:3" in message and "checks/accuracy.py:" in message


def test_an_unknown_plug_in_comes_with_the_nearest() -> None:
    with pytest.raises(RegistryError, match=r"no 'acuracy' among assay.checks; did you mean 'accuracy'\?"):
        plugin("assay.checks", "acuracy")
