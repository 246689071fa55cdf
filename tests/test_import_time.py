"""Heavy packages are imported where they are used, so that importing assay and asking for help stay quick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "aif360",
    "evaluate",
    "fairlearn",
    "matplotlib",
    "pandas",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
    "weasyprint",
}

HELP = """
import sys
sys.argv = ["assay", "--help"]
from assay.audit.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        pytest.param("import assay.audit", HEAVY | {"jinja2", "pandera"}, id="import"),
        pytest.param(HELP, HEAVY, id="help"),
    ],
)
def test_nothing_heavy_is_imported(code: str, heavy: set[str], tmp_path: Path) -> None:
    ask = f"{code}\nimport sys\nprint('loaded:', *sys.modules)"
    run = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    loaded = run.stdout.rpartition("loaded:")[2].split()
    assert "assay.audit" in loaded
    assert heavy.isdisjoint(loaded), sorted(heavy.intersection(loaded))
