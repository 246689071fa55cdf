"""The console script as users start it: in their folder, without a home, with their terminal, and interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.audit.record import load

SCRIPT = Path(sys.executable).with_name("assay")


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The script with an environment of nothing but the path and what is given; no HOME."""
    return subprocess.Popen(
        [SCRIPT, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def test_a_folder_with_packages_named_like_ours_and_no_home(folder: Path) -> None:
    for name in (
        "audit/__init__.py",
        "reports/__init__.py",
        "templates/__init__.py",
        "checks.py",
        "assay.py",
        "model.py",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise RuntimeError('not for you')\n")
    (folder / "checks.py").write_text("def predict(x):\n    import audit_helper\n    return audit_helper.answer(x)\n")
    (folder / "audit_helper.py").write_text("def answer(x):\n    return (x['x'] > 10).astype(int)\n")
    plan = folder / "audit.toml"
    plan.write_text(plan.read_text().replace('prediction = "decided"', 'load = "checks:predict"'))
    run = start(folder, "run", "audit.toml", "--out", "report", "--format", "html")
    out, err = run.communicate()
    assert run.returncode == 3, err
    assert "NOT ASSESSED" in out
    assert load(folder / "report/audit.json").results[0].status == "ok"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_is_not_utf8_shows_the_table(folder: Path, encoding: str) -> None:
    rows = (folder / "rows.csv").read_text("utf-8")
    (folder / "rows.csv").write_text(rows.replace(",f,", ",女性,"), "utf-8")
    with (folder / "audit.toml").open("a") as file:
        file.write('[[require]]\ncheck = "accuracy.accuracy"\non = "sex"\nat_least = 0.99\n')
    run = start(
        folder, "run", "audit.toml", "--out", "report", "--format", "md", PYTHONIOENCODING=encoding, NO_COLOR="1"
    )
    out, err = run.communicate()
    assert run.returncode == 1, err
    assert "sex=??" in out
    assert "FAIL" in out
    assert err == ""


def test_without_the_libraries_for_pdf_the_record_is_kept(folder: Path) -> None:
    (folder / "stub").mkdir()
    (folder / "stub/weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    run = start(folder, "run", "audit.toml", "--out", "report", PYTHONPATH="stub")
    out, err = run.communicate()
    assert run.returncode == 2
    assert "apt-get install libpango-1.0-0" in err
    assert "Traceback" not in err
    assert "Verdict: NOT ASSESSED" in out
    assert load(folder / "report/audit.json").results
    assert not (folder / "report/card.pdf").exists()


def test_interrupted_it_ends_quietly_with_130(folder: Path) -> None:
    (folder / "slow.py").write_text(
        "import pathlib, time\ndef predict(x):\n    pathlib.Path('asked').touch()\n    time.sleep(600)\n"
    )
    plan = folder / "audit.toml"
    plan.write_text(plan.read_text().replace('prediction = "decided"', 'load = "slow.py:predict"'))
    run = start(folder, "run", "audit.toml", "--out", "report")
    while not (folder / "asked").exists():
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate()
    assert (run.returncode, out, err) == (130, "", "")
