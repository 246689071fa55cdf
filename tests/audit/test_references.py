"""With whom groups are compared: a group, the most selected one, the rest, or all rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import DataError
from assay.audit.shapes.compared import Differenced, Divided
from assay.audit.shapes.rates import Proportion
from assay.audit.shapes.sides import Sides
from assay.audit.shapes.words import Word

CHECKS = {"difference": "fairness.demographic_parity_difference", "ratio": "fairness.impact_ratio"}


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    group = rng.choice(["a", "b", "c"], 600, p=[0.5, 0.3, 0.2])
    chosen = rng.random(600) < pd.Series(group).map({"a": 0.6, "b": 0.45, "c": 0.3})
    return pd.DataFrame({"truth": rng.integers(0, 2, 600), "predicted": chosen.astype(int), "group": group})


@pytest.mark.parametrize("word", ["a", "most_selected", "rest", "overall"])
def test_values_are_those_of_the_definition(frame: pd.DataFrame, word: str) -> None:
    dataset = audit.Dataset(frame, target="truth", sensitive=["group"], reference={"group": word})
    record = audit.run(None, dataset, {"model": {"prediction": "predicted"}})
    rates = frame.groupby("group")["predicted"].mean()
    assert rates.idxmax() == "a"
    for group in ("b", "c"):
        rest = frame.loc[frame["group"] != group, "predicted"].mean()
        reference = {"rest": rest, "overall": frame["predicted"].mean()}.get(word, rates["a"])
        difference = record[CHECKS["difference"]].estimate(group=group)
        ratio = record[CHECKS["ratio"]].estimate(group=group)
        assert difference.value == pytest.approx(rates[group] - reference, abs=1e-12)
        assert ratio.value == pytest.approx(rates[group] / reference, abs=1e-12)
        assert (
            difference.against
            == {
                "a": "group=a",
                "most_selected": "most selected (group=a)",
                "rest": "the rest",
                "overall": "all rows",
            }[word]
        )


@pytest.mark.parametrize("word", ["rest", "overall", "most_selected"])
@pytest.mark.parametrize("kind", [Differenced, Divided])
def test_intervals_cover(kind: type[Differenced] | type[Divided], word: Word) -> None:
    rng = np.random.default_rng(11)
    truth, size, draws = np.array([0.5, 0.4, 0.25]), np.array([300.0, 200.0, 100.0]), 600
    everyone = (truth * size).sum() / size.sum()
    rest = ((truth * size).sum() - truth * size) / (size.sum() - size)
    reference = {"rest": rest, "overall": np.full(3, everyone), "most_selected": np.full(3, truth.max())}[word]
    expected = truth - reference if kind is Differenced else truth / reference
    caught = np.zeros(3)
    for hits in rng.binomial(size.astype(int), truth, (draws, 3)):
        rows = np.concatenate([[size.sum()], size, size.sum() - size])
        found = np.concatenate([[hits.sum()], hits, hits.sum() - hits]).astype(float)
        sides = Sides(np.arange(1, 4), word, np.arange(4, 7))
        low, high = kind(Proportion(found, rows), sides).interval(0.95)
        caught += (low <= expected) & (expected <= high)
    assert (caught / draws >= 0.93).all()


def test_an_unknown_reference_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"data.reference.group: no group 'remainder'"):
        audit.Dataset(frame, target="truth", sensitive=["group"], reference={"group": "remainder"})
