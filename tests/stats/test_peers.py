"""Agreement with netcal and torchmetrics, which need torch: `make frameworks` installs them; skipped without them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from assay.audit.stats import auroc, average_precision, binning, calibration, multiclass, scores
from assay.audit.stats.interval import FloatArray

torch: Any = pytest.importorskip("torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # their imports warn; tests run with warnings as errors
    netcal: Any = pytest.importorskip("netcal.metrics")
    peer: Any = pytest.importorskip("torchmetrics.functional.classification")


def binned(p: FloatArray, y: FloatArray, bins: int = 15) -> binning.Bins:
    return binning.bin_rows(p, y, bins=bins)


def drawn(seed: int, n: int = 700) -> tuple[FloatArray, FloatArray]:
    """Probabilities below 1, since torchmetrics puts 1 into a bin of its own (torchmetrics issue 3510)."""
    rng = np.random.default_rng(seed)
    p = np.minimum(rng.beta(0.5, 0.8, n).round(rng.integers(2, 8)), 0.999)
    return p, (rng.random(n) < p**1.5).astype(float)


@pytest.mark.parametrize("bins", [10, 15])
@pytest.mark.parametrize("seed", range(5))
def test_plain_calibration_error(seed: int, bins: int) -> None:
    p, y = drawn(seed)
    p = np.where(
        np.isclose(p * bins, np.round(p * bins)), p + 1e-4, p
    )  # on an edge every library has a rule of its own
    ours = calibration.plug_in_error(binned(p, y, bins))
    assert ours == pytest.approx(netcal.ECE(bins).measure(p, y.astype(int)), abs=1e-12)
    p32, y32 = torch.tensor(p), torch.tensor(y.astype(int))
    assert ours == pytest.approx(float(peer.binary_calibration_error(p32, y32, n_bins=bins)), abs=1e-6)
    moments = binned(p, y, bins).moments()
    squared = float(peer.binary_calibration_error(p32, y32, n_bins=bins, norm="l2")) ** 2
    assert (moments.share * moments.gap**2).sum() == pytest.approx(squared, abs=1e-6)


def test_a_probability_of_one_belongs_to_the_last_bin() -> None:
    p, y = np.array([0.95, 1.0]), np.array([1.0, 0.0])
    assert calibration.plug_in_error(binned(p, y)) == pytest.approx(0.475)
    assert netcal.ECE(15).measure(p, y.astype(int)) == pytest.approx(0.475)


@pytest.mark.parametrize("seed", range(3))
def test_confidence_of_three_classes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1, 1, 1], 600)
    y = (rng.random(600)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    ours = calibration.plug_in_error(binned(*multiclass.top_label(p, y)))
    assert ours == pytest.approx(netcal.ECE(15).measure(p, y), abs=1e-12)
    theirs = peer.multiclass_calibration_error(torch.tensor(p), torch.tensor(y), 3, n_bins=15)
    assert ours == pytest.approx(float(theirs), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_ranking(seed: int) -> None:
    p, y = drawn(seed)
    p32, y32 = torch.tensor(p), torch.tensor(y.astype(int))
    counts = scores.ranked_counts(p, y)
    assert auroc.delong(p, y)[0] == pytest.approx(float(peer.binary_auroc(p32, y32)), abs=1e-6)
    assert average_precision.average_precision(*counts)[0] == pytest.approx(
        float(peer.binary_average_precision(p32, y32)), abs=1e-6
    )
