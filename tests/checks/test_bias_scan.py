"""The bias scan finds a planted subgroup, confirms it on other rows, and rarely confirms one that is not there."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from assay import audit
from assay.audit.record import Result
from assay.audit.shapes.calibration import SlicedEvents
from assay.checks.bias_scan import _exact, _inside, _levels, _Scan
from assay.checks.subset_scan import scanner

CHECK = "fairness.bias_scan"


def rows(seed: int, *, planted: bool, n: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], n),
            "job": rng.choice(["u", "v", "w"], n),
            "age": rng.normal(size=n),
            "p": rng.beta(2, 2, n),
        }
    )
    bad = (frame.sex == "f") & (frame.job == "u") & planted
    return frame.assign(y=(rng.random(n) < np.where(bad, 0.5, 1) * frame.p).astype(int))


def found(frame: pd.DataFrame, **options: Any) -> Result:
    data = audit.Dataset(frame, target="y", sensitive=["sex"], features=["job", "age", "sex"])
    plan = {
        "model": {"probability": "p"},
        "checks": {"include": [CHECK], "options": {CHECK: {"max_rows": 600, "restarts": 1, **options}}},
    }
    return audit.run(None, data, plan)[CHECK]


def test_a_planted_subgroup_is_found_and_confirmed() -> None:
    state = np.random.get_state(legacy=False)
    result = found(rows(1, planted=True))
    over, under = result.figures[0].rows
    assert "job = u" in str(over[1]) and "sex = f" in str(over[1]) and over[-1] == "confirmed" and over[3] == 0.05
    assert under[-1] == "discovered, not confirmed"
    one = result.estimate("overpredicted")
    assert one.value == pytest.approx(over[7], abs=1e-4) and one.high is not None and one.high < 0.8
    assert one.counts["observed"] == over[5]
    assert str(state) == str(np.random.get_state(legacy=False))  # nobody else's random numbers change
    with warnings.catch_warnings():
        assert pd.DataFrame({"a": ["x"]})["a"].dtype == "str"  # nor what pandas makes of texts


def test_right_scores_are_rarely_confirmed_to_be_biased() -> None:
    p_values = []
    for seed in range(60):
        frame = rows(seed, planted=False, n=1000)
        data = audit.Dataset(frame, target="y", sensitive=["sex"])
        columns = _levels({}, data.coded, np.arange(1000), 4)
        columns += _levels({"job": data.coded_column("job")}, {}, np.arange(1000), 4)
        first = np.arange(1000) < 500
        codes = {str(i): one.of[first] for i, one in enumerate(columns)}
        scan = _Scan(codes, frame.p.to_numpy()[first], True, 1.0, 1)
        subset, _ = scan(frame.y.to_numpy()[first])
        inside = _inside(subset, columns, 1000) & ~first
        sums = (inside.sum(), frame.y[inside].sum(), frame.p[inside].sum())
        p_values.append(_exact(SlicedEvents(*(np.array([float(part)]) for part in sums)), True))
    assert sum(p <= 0.05 for p in p_values) <= binom.ppf(0.999, 60, 0.05)


def test_without_levels_or_with_weights_it_is_not_assessed() -> None:
    frame = rows(2, planted=False, n=300).assign(w=2.0)
    data = audit.Dataset(frame, target="y", sensitive=["sex"], weight="w")
    result = audit.run(None, data, {"model": {"probability": "p"}, "checks": {"include": [CHECK]}})[CHECK]
    assert result.status == "not_assessed"


@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_scans_on_arrays_find_what_aif360_finds(over: bool, seed: int) -> None:
    from aif360.detectors import bias_scan

    rng = np.random.default_rng(seed)
    codes = {name: rng.integers(0, kinds, 400) for name, kinds in (("a", 2), ("b", 5), ("c", 9), ("d", 3))}
    scores = rng.uniform(0.02, 0.98, 400)
    labels = (rng.random(400) < np.where((codes["b"] < 2) & (codes["a"] == 0), 0.2, scores)).astype(int)
    frame, options = pd.DataFrame(codes), {"penalty": 0.5, "num_iters": 3}
    ours = scanner(codes, "negative" if over else "positive").scan(
        frame, pd.Series(scores), pd.Series(labels), **options
    )
    theirs = bias_scan(frame, pd.Series(labels), pd.Series(scores), overpredicted=over, **options)
    assert ours[1] == pytest.approx(theirs[1], abs=1e-9)
    assert {key: sorted(v) for key, v in ours[0].items()} == {key: sorted(v) for key, v in theirs[0].items()}
