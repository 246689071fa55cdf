"""Areas under ROC curves against the published results of pROC on its own data set."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assay.audit.stats.auroc import delong
from assay.audit.stats.paired import delong_paired

from .asah import NDKA, POOR, S100B, WFNS


@pytest.mark.parametrize(
    ("marker", "area", "variance"),
    [
        (S100B, 0.731368563685637, 0.002668682),  # its variance also: Stata 14, roctab, standard error 0.05165929
        (NDKA, 0.611957994579946, ((0.722670989888189 - 0.501244999271703) / 2 / 1.959963984540054) ** 2),
        (WFNS, 0.823678861788618, None),
    ],
)
def test_areas_and_delongs_variances(marker: np.ndarray, area: float, variance: float | None) -> None:
    found = delong(marker, POOR)
    assert found[0] == pytest.approx(area, abs=1e-14)
    assert variance is None or found[1] == pytest.approx(variance, abs=5e-10)


@pytest.mark.parametrize(
    ("first", "second", "z", "p", "covariance", "wald"),
    [
        (WFNS, S100B, 2.20898359144091, 0.0271757822291882, 0.00119615567376754, (0.0104061769564846, 0.174214419249478)),
        (WFNS, NDKA, 2.79777591868904, 0.00514557970691098, -0.000532967856762438, (0.0634011709339876, 0.3600405634833566)),
        (NDKA, S100B, -1.39077002573558, 0.164295175223054, -0.000756164938056579, (-0.2876917446341914, 0.0488706064228094)),
    ],
)  # fmt: skip
def test_two_markers_of_the_same_patients(
    first: np.ndarray, second: np.ndarray, z: float, p: float, covariance: float, wald: tuple[float, float]
) -> None:
    found = delong_paired(first, second, POOR)
    error = np.sqrt(found.variance)
    assert found.covariance == pytest.approx(covariance, rel=1e-12)
    assert found.difference / error == pytest.approx(z, rel=1e-12)
    assert 2 * stats.norm.sf(abs(found.difference / error)) == pytest.approx(p, rel=1e-10)
    half = 1.959963984540054 * error
    assert (found.difference - half, found.difference + half) == pytest.approx(wald, abs=1e-12)
    low, high = found.interval()  # on the logit scale, so not the same, but close for 113 patients
    assert (low, high) == pytest.approx(wald, abs=0.03)
