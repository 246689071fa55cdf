"""Every check that asks a live model: the order of rows does not matter, or it is said why it may."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from assay import audit
from assay.audit.record import Record

from .test_properties import close, key, rounded

N = 400
INPUTS = ["income", "age", "job", "title", "sex"]
BY_PLACE = "it draws for rows by their place in the table"
DEPENDS = {
    "model.latency": "it measures time",
    "model.memory": "it measures memory",
    "robustness.adversarial": "it samples rows by their place in the table",
    "robustness.attack_sanity": "it samples rows by their place in the table",
    "robustness.black_box": "it samples rows by their place in the table",
    "robustness.certified": "it samples rows by their place in the table",
    "robustness.constrained": "it samples rows by their place in the table",
    "robustness.corruption": BY_PLACE,
    "robustness.corruption_error": BY_PLACE,
    "robustness.text": BY_PLACE,
    "robustness.text_attack": BY_PLACE,
    "robustness.text_templates": "it uses no rows of the data",
}
"""Checks left out, and why."""

OPTIONS: dict[str, dict[str, Any]] = {"fairness.flip": {"dependent": {"sex": ["title"]}}}


def people(kinds: list[str], seed: int, n: int = N) -> pd.DataFrame:
    """With ties and repeated rows, missing values, and every second row of one group."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"income": rng.gamma(2, 20, n).round(0), "age": rng.integers(20, 60, n)})
    frame["job"], frame["sex"] = rng.choice([*"uvw"], n), rng.choice(["f", "m"], n)
    frame["title"] = np.where(frame.sex == "m", "Mr", rng.choice(["Ms", "Dr"], n))
    frame.loc[rng.random(n) < 0.05, "income"] = np.nan
    score = frame.age / 40 + (frame.job == "u") + (frame.title == "Dr") + rng.normal(0, 0.7, n)
    frame["y"] = np.array(kinds)[np.digitize(score, np.linspace(1.2, 2.2, len(kinds) - 1))]
    return pd.concat([frame.iloc[: n - 40], frame.iloc[:40]], ignore_index=True)


@cache
def fitted(kinds: tuple[str, ...]) -> Any:
    frame = people([*kinds], 0)
    columns = make_column_transformer((ENCODER, ["job", "title", "sex"]), remainder="passthrough")
    model = HistGradientBoostingClassifier(max_iter=10, max_depth=3, random_state=0)
    return make_pipeline(columns, model).fit(frame[INPUTS], frame.y)


def live(task: str) -> list[str]:
    return [id for id, spec in audit.checks().items() if task in spec.tasks and "model" in spec.needs]


KINDS = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c")}
ENCODER = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
POSITIVE = {"binary": {"positive": "yes"}, "multiclass": {}}
CASES = [(task, id) for task in KINDS for id in live(task) if id not in DEPENDS]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Record]:
    folder = tmp_path_factory.mktemp("reference")
    return {(task, shuffled): ran(task, shuffled, folder) for task in KINDS for shuffled in (False, True)}


def ran(task: str, shuffled: bool, folder: Path) -> Record:
    frame = people([*KINDS[task]], 1)
    if shuffled:
        frame = frame.sample(frac=1, random_state=3)
    people([*KINDS[task]], 2).to_csv(folder / "reference.csv", index=False)
    ids = [id for of, id in CASES if of == task]
    options = {id: of for id, of in OPTIONS.items() if id in ids}
    options["robustness.label_shift"] = {"reference": str(folder / "reference.csv")}
    dataset = audit.Dataset(frame, target="y", sensitive=["sex"], features=INPUTS)
    plan = {
        "model": {"task": task, **POSITIVE[task]},
        "checks": {"include": ids, "options": options},
        "audit": {"seed": 5},
    }
    return audit.run(fitted(KINDS[task]), dataset, plan)


@pytest.mark.parametrize(("task", "id"), CASES)
def test_the_order_of_rows_does_not_matter(task: str, id: str, records: dict[tuple[str, bool], Record]) -> None:
    before, after = (records[task, shuffled][id] for shuffled in (False, True))
    assert before.status == "ok", before.reason + before.traceback
    assert before.estimates
    again = {key(one): one for one in after.estimates}
    assert again.keys() == {key(one) for one in before.estimates}
    for one in before.estimates:
        other = again[key(one)]
        assert (one.n, one.state, one.method) == (other.n, other.state, other.method)
        for a, b in zip((one.value, one.low, one.high), (other.value, other.low, other.high), strict=True):
            assert close(a, b, 1e-9), (one, other)
    assert rounded(before.figures) == rounded(after.figures)


def test_what_is_left_out_still_exists() -> None:
    assert set(DEPENDS) <= set(live("binary"))
