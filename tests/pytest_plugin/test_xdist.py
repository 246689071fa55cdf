from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import project


@pytest.fixture
def temporary(folder: Path) -> Path:
    (folder / "temporary").mkdir()
    return folder / "temporary"


def test_workers_share_one_audit_and_leave_nothing_behind(folder: Path, temporary: Path) -> None:
    done = project.pytest(folder, "audit.toml", "-n2", "--assay-out=out", TMPDIR=str(temporary))
    assert project.outcomes(done.stdout) == {"failed": 7, "passed": 1, "skipped": 1}
    assert project.loads(folder) == 1
    assert "audit.toml: Guess, release 7: fail; of 8 requirements" in done.stdout.partition("= assay =")[2]
    assert (folder / "out" / "card.pdf").exists()
    assert not list(temporary.glob("assay-*"))


def test_workers_tell_the_same_error_once(folder: Path, temporary: Path) -> None:
    model = project.MODEL.replace("    return Guess()", '    raise OSError("no weights here")')
    (folder / "guess_model.py").write_text(model)
    done = project.pytest(folder, "audit.toml", "-n2", TMPDIR=str(temporary))
    assert project.outcomes(done.stdout) == {"error": 1}
    assert "no weights here" in done.stdout
    assert project.loads(folder) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX")
def test_a_worker_that_dies_during_the_audit_leaves_nobody_waiting(folder: Path, temporary: Path) -> None:
    (folder / "guess_model.py").write_text(project.MODEL.replace("    return Guess()", "    import os; os._exit(7)"))
    done = project.pytest(folder, "audit.toml", "-n2", TMPDIR=str(temporary))
    assert "the pytest worker that ran the audit died" in done.stdout
    assert done.returncode != 0
    assert project.loads(folder) == 1
