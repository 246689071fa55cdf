"""One network, whatever framework holds it, has one audit record and one gradient."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from assay import audit

from . import networks
from .sources import alike, same_record

pytestmark = pytest.mark.frameworks

TOLERANCE = {
    "onnx-multiclass": 2e-5,  # onnxruntime convolves in 32 bits
    "keras-torch-regression": 1e-5,  # keras on torch multiplies matrices in 32 bits
    "keras-torch-binary": 1e-5,
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: Any) -> tuple[Path, dict[str, Any]]:
    """The file of weights, and the model in scikit-learn or numpy of each case."""
    weights, models = networks.trained()
    path = tmp_path_factory.mktemp("weights") / "weights.npz"
    np.savez(path, **weights)
    return path, models


def loss(x: Any, y: Any, weights: Any) -> Any:
    logits = networks.forward(x, weights)
    if logits.shape[1] == 1:
        return np.logaddexp(0, logits[:, 0]) - y * logits[:, 0]
    return -log_softmax(logits, axis=1)[np.arange(len(y)), y]


def slopes(x: Any, y: Any, weights: Any, step: float = 1e-6) -> Any:
    """Central differences of the loss of each row in each of its inputs."""
    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape[1:]):
        there = np.zeros_like(x)
        there[(slice(None), *place)] = step
        found[(slice(None), *place)] = (loss(x + there, y, weights) - loss(x - there, y, weights)) / (2 * step)
    return found


@pytest.mark.parametrize("process", networks.PROCESSES)
def test_one_network_has_one_record_and_one_gradient(process: str, sources: Any, tmp_path: Path) -> None:
    absent = [name for name in networks.NEEDS[process] if importlib.util.find_spec(name) is None]
    if absent:
        pytest.skip(f"needs {' and '.join(absent)}")
    path, models = sources
    settings = {"KERAS_BACKEND": process.removeprefix("keras-"), "JAX_ENABLE_X64": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", networks.__name__, process, str(path), str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=os.environ | settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    weights = dict(np.load(path))
    for name, case in networks.cases().items():
        table = {key: value for key, value in case.table.items() if key not in ("options", "classes")}
        table["output"] = "label" if name != "multiclass" else "logits"
        expected = networks.audited(models[name], case, table)
        for form in networks.PROCESSES[process]:
            same = same_record if name == "binary" else alike
            same(expected, audit.load(tmp_path / f"{form}-{name}.json"), TOLERANCE.get(f"{process}-{name}", 1e-6))
            gradients = tmp_path / f"{form}-{name}.npy"
            assert gradients.exists() == (name != "regression" and form != "onnx")
            if gradients.exists():
                rows = np.asarray(case.x, dtype=float)[: networks.GRADIENT_ROWS]
                slope = slopes(rows, case.y[: networks.GRADIENT_ROWS], networks.of(weights, name))
                np.testing.assert_allclose(np.load(gradients), slope, rtol=1e-4, atol=1e-7)
                assert np.abs(slope).max() > 1e-4
