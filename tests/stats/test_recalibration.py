from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from assay.audit.stats.recalibration import recalibration


def sample(slope: float, shift: float, n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    z = rng.normal(-0.5, 1.5, n)
    return expit(slope * z + shift), rng.random(n) < expit(z)


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.6])
def test_agrees_with_statsmodels(slope: float) -> None:
    p, y = sample(slope, 0.4)
    family = sm.families.Binomial()
    free = sm.GLM(y, sm.add_constant(logit(p)), family).fit(cov_type="HC0", tol=1e-12)
    offset = sm.GLM(y, np.ones((len(y), 1)), family, offset=logit(p)).fit(cov_type="HC0", tol=1e-12)
    ours = recalibration(p, y)
    assert (ours.slope, ours.slope_se) == pytest.approx((free.params[1], free.bse[1]), rel=1e-6)
    assert (ours.intercept, ours.intercept_se) == pytest.approx((offset.params[0], offset.bse[0]), rel=1e-6)


def test_known_slope_and_intercept() -> None:
    stretched = recalibration(*sample(1.6, 0.0, 400_000))
    assert abs(stretched.slope - 0.625) < 4 * stretched.slope_se < 0.02
    shifted = recalibration(*sample(1.0, 0.4, 400_000))
    assert abs(shifted.intercept + 0.4) < 4 * shifted.intercept_se < 0.03


def test_certain_probabilities_are_taken_as_nearly_certain() -> None:
    fit = recalibration([0.0, 0.0, 1.0, 1.0, 0.5, 0.5], [0, 1, 1, 0, 0, 1])
    assert fit.intercept_converged
    assert fit.intercept == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("p", "y", "intercept"),
    [
        ([0.2, 0.3, 0.7, 0.8], [0, 0, 1, 1], True),  # separated
        ([0.3, 0.3, 0.3, 0.3], [0, 1, 0, 1], True),  # constant
        ([0.2, 0.3, 0.7, 0.8], [1, 1, 1, 1], False),  # one label
        ([], [], False),
    ],
)
def test_fits_that_have_no_solution_say_so(p: list[float], y: list[int], intercept: bool) -> None:
    fit = recalibration(p, y)
    assert not fit.slope_converged
    assert np.isnan(fit.slope)
    assert fit.intercept_converged is intercept
