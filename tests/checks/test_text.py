"""Robustness of texts through the whole machine: a real classifier of real texts, and models worked out by hand."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from assay import audit
from assay.audit import Record
from assay.audit.record import Result


def sentences(of: Any) -> list[str]:
    """First sentences of the manual of a library."""
    pages = (inspect.getdoc(getattr(of, name)) or "" for name in sorted(dir(of)) if not name.startswith("_"))
    lines = (line.strip() for page in pages for line in page.splitlines())
    return sorted({line for line in lines if len(line.split()) > 5 and line.endswith(".") and ">>>" not in line})


@pytest.fixture(scope="module")
def manuals() -> tuple[Any, pd.DataFrame]:
    """Which library a sentence of a manual is from: pandas or scipy."""
    both = {"pandas": sentences(pd.DataFrame), "scipy": sentences(scipy.stats)}
    rng = np.random.default_rng(0)
    rows = [(text, name) for name, several in both.items() for text in rng.permutation(several)[:600]]
    frame = pd.DataFrame(rows, columns=["text", "library"]).sample(frac=1, random_state=0)
    frame["short"] = np.where(frame.text.str.len() < 60, "yes", "no")
    train, test = frame[200:], frame[:200].reset_index(drop=True)
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=5))
    return model.fit(train.text, train.library), test


def run(model: Any, data: audit.Dataset, check: str, **options: Any) -> Result:
    plan = {"checks": {"include": [f"robustness.{check}"], "options": {f"robustness.{check}": options}}}
    record: Record = audit.run(model, data, {"model": {"task": "multiclass"}, **plan})
    return record[f"robustness.{check}"]


def texts(frame: pd.DataFrame, **given: Any) -> audit.Dataset:
    return audit.Dataset(frame, target="library", inputs="text", kind="text", **given)


def table(result: Result, column: int) -> dict[str, Any]:
    rows = [row for figure in result.figures if figure.kind == "table" for row in figure.rows]
    return {str(row[0]): row[column] for row in rows if len(row) > column}


def test_a_real_classifier_loses_and_the_numbers_agree(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    result = run(model, texts(test, sensitive=["short"]), "text", draws=2)
    clean = float(np.mean(model.predict(test.text) == test.library))
    rows = next(figure.rows for figure in result.figures if figure.title == "Accuracy by kind of change")
    found = {
        metric: result.estimate(metric).value or 0.0 for metric in ("accuracy", "accuracy_change", "flipped", "worst")
    }
    assert found["accuracy"] == pytest.approx(np.mean([float(row[2] or 0) for row in rows]))
    assert found["accuracy_change"] == pytest.approx(found["accuracy"] - clean)
    assert found["flipped"] == pytest.approx(np.mean([float(row[5] or 0) for row in rows]))
    assert 0 < found["worst"] < min(float(row[8] or 0) for row in rows) + 1e-9
    accuracy, mended = table(result, 2), table(result, 9)
    assert accuracy["keyboard"] < clean and accuracy["zero width"] < clean
    assert mended["zero width"] == mended["full width"] == pytest.approx(clean)
    assert accuracy["case"] == accuracy["double space"] == pytest.approx(clean)  # the model takes no notice
    assert {"number", "negation"} <= set(accuracy) and "number" not in {row[0] for row in rows}
    assert "Left out, since no text has a place for it: " in result.figures[0].note
    assert {"short": "yes"} in [estimate.slice for estimate in result.estimates]


def test_a_rate_of_zero_changes_nothing_and_a_seed_repeats(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    still = run(model, texts(test), "text", rate=0.0, perturb=["keyboard", "case"])
    assert still.estimate("accuracy_change").value == still.estimate("flipped").value == 0
    options: dict[str, Any] = {"perturb": ["keyboard"], "rows": 60}
    once, again = (run(model, texts(test), "text", **options) for _ in range(2))
    assert once.estimates == again.estimates and once.estimate("worst").n == 60


def test_texts_in_a_table_are_asked_about_beside_the_other_inputs(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    apart = run(model, texts(test), "text", perturb=["swap", "homoglyph"])
    frame = test.assign(page=np.arange(len(test)))[["page", "text", "library"]]
    frame.index = frame.index[::-1]

    def beside(x: pd.DataFrame) -> Any:
        assert list(x.columns) == ["page", "text"]
        return model.predict(x.text)

    options: dict[str, Any] = {"perturb": ["swap", "homoglyph"], "column": "text"}
    found = run(beside, audit.Dataset(frame, target="library"), "text", **options)
    assert found.estimates == apart.estimates
    unnamed = run(beside, audit.Dataset(frame, target="library"), "text")
    assert unnamed.reason == "for texts; which input of the table is one, the option 'column' has to say"
    numbers = run(beside, audit.Dataset(frame, target="library"), "text", column="page")
    assert numbers.reason == "option column: expected texts, 'page' holds other or missing values"


def test_names_that_there_are_not(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    assert run(model, texts(test), "text", perturb=["keybord"]).reason.startswith(
        "option perturb: no change 'keybord'; did"
    )
    assert "cannot read" in run(model, texts(test), "text", wordnet="nowhere").reason


def test_an_attack_breaks_more_than_chance_and_a_better_order_more_still(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    clean = float(np.mean(model.predict(test.text) == test.library))
    accuracy = {}
    for order in ("deletion", "substitute"):
        result = run(model, texts(test, sensitive=["short"]), "text_attack", order=order, queries=2000)
        accuracy[order], success = result.estimate("accuracy").value or 0.0, result.estimate("success")
        assert accuracy[order] == pytest.approx(clean * (1 - (success.value or 0)))
        assert success.n == round(clean * 200)
        assert (result.estimate("changed_words").value or 0) >= 1
        numbers = table(result, 1)
        assert numbers["right as they are, so attacked"] == success.n
        assert numbers["not confirmed, so not counted"] == 0
        assert 0 < numbers["Mean share of words changed in broken texts"] <= 0.5
    random = run(model, texts(test), "text", perturb=["keyboard"], rate=0.2, draws=1)
    assert accuracy["substitute"] <= accuracy["deletion"] < (random.estimate("accuracy").value or 0)


def test_an_attack_with_a_small_budget_asks_no_more(manuals: tuple[Any, pd.DataFrame]) -> None:
    model, test = manuals
    few = run(model, texts(test), "text_attack", queries=5)
    assert (few.estimate("queries").value or 9) <= 5
    many = run(model, texts(test), "text_attack", queries=500)
    assert (few.estimate("accuracy").value or 0) > (many.estimate("accuracy").value or 0)


def test_a_model_that_looks_at_kept_words_alone_cannot_be_broken() -> None:
    frame = pd.DataFrame({"text": ["she likes tea", "he likes tea"] * 20, "library": ["a", "b"] * 20})
    model = lambda x: np.array(["a" if "she" in text else "b" for text in x])  # noqa: E731
    kept = run(model, texts(frame), "text_attack", keep=["she", "likes", "tea"], max_changed_share=1.0)
    assert kept.estimate("success").value == 0 and kept.estimate("accuracy").value == 1


TESTS: list[dict[str, Any]] = [
    {"name": "praise", "template": "a {word} film", "fill": {"word": ["good", "fine", "odd", "new"]}, "expect": "pos"},
    {
        "name": "names",
        "template": "{name} saw a {word} film",
        "fill": {"name": ["Ann", "Ali"], "word": ["good", "bad"]},
        "vary": ["name"],
    },
    {
        "name": "blame",
        "template": "a {word} film",
        "to": "a {word} but bad film",
        "fill": {"word": ["good", "bad"]},
        "of": "pos",
        "by": 0.1,
    },
]


class Words:
    """Counts good words, and bad ones of which more than one make no difference; and is biased."""

    classes_ = ("neg", "pos")

    def predict_proba(self, texts: Any) -> Any:
        good = np.array([("good" in t) + ("fine" in t) + 0.6 * ("Ann" in t) for t in texts])
        bad = np.array(["bad" in t for t in texts])
        p = 1 / (1 + np.exp(-(2 * good - 2.2 * bad - 0.5 + 0.4 * (good > 1.1))))
        return np.column_stack([1 - p, p])

    def predict(self, texts: Any) -> Any:
        return np.where(self.predict_proba(texts)[:, 1] > 0.5, "pos", "neg")


def few() -> audit.Dataset:
    return texts(pd.DataFrame({"text": ["a good film", "a bad film"] * 20, "library": ["pos", "neg"] * 20}))


def test_templates_fail_where_they_should() -> None:
    result = run(Words(), few(), "text_templates", tests=TESTS)
    failed = table(result, 3)
    assert failed == {"praise": 2, "names": 0, "blame": 1}  # "odd" and "new"; bad is no worse for being said twice
    whole = result.estimate("failures")
    exact = binomtest(3, 8).proportion_ci(0.95, method="exact")
    assert (whole.value, whole.n, whole.method) == (3 / 8, 8, "clopper-pearson")
    assert (whole.low, whole.high) == pytest.approx((exact.low, exact.high))
    assert result.estimate("failures_praise").value == 0.5
    assert table(result, 7)["praise"] == "a odd film; a new film"
    biased = [{**TESTS[1], "fill": {"name": ["Ann", "Ali"], "word": ["new"]}}]
    found = run(Words(), few(), "text_templates", tests=biased)
    assert found.estimate("failures").value == 1
    assert table(found, 7)["names"] == "Ann saw a new film / Ali saw a new film"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vary": ["word"]}, "expected exactly one of 'expect', 'vary', 'to'"),
        ({"fill": {}}, "slot 'word' is not both in the template and in 'fill'"),
        ({"fill": {"word": []}}, "slot 'word' has no words"),
        ({"expct": "pos"}, "tests.0.expct: unknown option"),
    ],
)
def test_a_wrong_template_is_refused_before_anything_runs(change: Any, message: str) -> None:
    with pytest.raises(audit.PlanError, match=message):
        run(Words(), few(), "text_templates", tests=[{**TESTS[0], **change}])


def test_templates_that_cannot_be_run() -> None:
    assert run(Words(), few(), "text_templates").reason == "no test is given; write some under the option tests"
    wrong = [{**TESTS[0], "expect": "positive"}]
    assert run(Words(), few(), "text_templates", tests=wrong).reason.startswith("test 'praise': no class 'positive'")
    labels = lambda x: Words().predict(x)  # noqa: E731
    assert "offers no probabilities" in run(labels, few(), "text_templates", tests=TESTS[2:]).reason
