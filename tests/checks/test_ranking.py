"""The ranking checks against scikit-learn, on the whole and on every slice. They are called through the machine, not the registry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from assay import audit
from assay.audit.evidence import Evidence
from assay.audit.measure import measure
from assay.audit.model import wrap
from assay.audit.plan import ModelTable
from assay.audit.record import Estimate
from assay.checks import ranking


@pytest.fixture
def results() -> pd.DataFrame:
    """90 queries of 15 items, in random order; whether it is asked on a phone belongs to the query."""
    rng = np.random.default_rng(8)
    query = np.repeat(np.arange(90), 15)
    relevance = rng.integers(0, 4, query.size)
    relevance[np.arange(90) * 15] = 2
    score = relevance + rng.normal(0, 1.5, query.size)
    phone = np.where(query % 3 == 0, "phone", "desk")
    frame = pd.DataFrame({"query": query, "y": relevance, "decided": score, "device": phone})
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def estimates(frame: pd.DataFrame, name: str, **options: int) -> list[Estimate]:
    table = ModelTable.model_validate({"task": "ranking", "prediction": "decided"})
    dataset = audit.Dataset(frame, target="y", sensitive=["device"], query="query")
    _, model = wrap({"prediction": "decided", "probability": None}, table)
    spec = getattr(ranking, name).__assay_check__
    found = measure(spec, spec.configure(options), Evidence(model, dataset, table), 0)
    return found.measured[0].estimates(0.95)


def per_query(frame: pd.DataFrame, k: int | None) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {
        "ndcg": [],
        "mean_average_precision": [],
        "mean_reciprocal_rank": [],
        "hit_rate": [],
    }
    for _, items in frame.groupby("query"):
        best = items.sort_values("decided", ascending=False).y.to_numpy() > 1
        found["ndcg"].append(ndcg_score([items.y], [items.decided], k=k))
        found["mean_average_precision"].append(label_ranking_average_precision_score([items.y > 1], [items.decided]))
        found["mean_reciprocal_rank"].append(1 / (1 + best.argmax()))
        found["hit_rate"].append(float(best[:k].any()))
    return found


@pytest.mark.parametrize("name", ["ndcg", "mean_average_precision", "mean_reciprocal_rank", "hit_rate"])
def test_mean_over_queries_on_every_slice(results: pd.DataFrame, name: str) -> None:
    options = {"k": 2} if name in ("ndcg", "hit_rate") else {}
    found = estimates(results if name == "ndcg" else results.assign(y=(results.y > 1).astype(int)), name, **options)
    assert len(found) == 3
    for estimate in found:
        rows = results[results.device == estimate.slice["device"]] if estimate.slice else results
        values = per_query(rows, 2)[name]
        assert estimate.value == pytest.approx(np.mean(values), abs=1e-12)
        assert estimate.n == len(values)
        low, high = limits(values, estimate.method)
        assert (estimate.low, estimate.high) == pytest.approx((low, min(high, 1)), abs=1e-9)


def limits(values: list[float], method: str) -> tuple[float, float]:
    if method == "student-t":
        mean = stats.ttest_1samp(values, 0).confidence_interval()
        return float(mean.low), float(mean.high)
    share = stats.binomtest(round(sum(values)), len(values)).proportion_ci(
        method="wilson" if method == "wilson" else "exact"
    )
    return float(share.low), float(share.high)


def test_perfect_order(results: pd.DataFrame) -> None:
    found = estimates(results.assign(decided=results.y.astype(float)), "ndcg")[0]
    assert found.value == pytest.approx(1)
    assert found.state == "degenerate"
    assert found.low is not None
    assert found.low < 1
