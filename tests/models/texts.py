"""Sentences made of the rows of Adult, and a small BERT that was trained on some of them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pandas as pd


def sentences(part: str, rows: int) -> pd.DataFrame:
    """A sentence on each person, their sex, and whether they earn much."""
    with (files("assay.templates.demo") / f"adult_{part}.parquet").open("rb") as stream:
        people = pd.read_parquet(stream).head(rows)
    named = [people[name].astype(str) for name in ("marital_status", "education", "occupation")]
    tens = [(people[name] // 10).astype(str) for name in ("age", "hours_per_week")]
    text = named[0] + " , " + named[1] + " , " + named[2] + " , " + tens[0] + " decades , " + tens[1] + " hours"
    return pd.DataFrame({"text": text, "sex": people["sex"].astype(str), "income": people["income"].astype(str)})


def tokenizer(texts: list[str]) -> Any:
    """One token for each word that occurs."""
    import tokenizers
    import transformers

    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words.train_from_iterator(texts, tokenizers.trainers.WordLevelTrainer(special_tokens=special))
    words.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=24,
    )  # fmt: skip


def bert(rows: pd.DataFrame, steps: int = 80) -> tuple[Any, Any]:
    """A BERT of one layer and its tokenizer, trained for some steps."""
    import torch
    import transformers

    torch.manual_seed(0)
    words = tokenizer(list(rows["text"]))
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, pad_token_id=0, id2label={0: "<=50K", 1: ">50K"}, label2id={"<=50K": 0, ">50K": 1},
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config)
    given = words(list(rows["text"]), padding=True, return_tensors="pt")
    truth = torch.tensor((rows["income"] == ">50K").to_numpy(dtype=int))
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for step in range(steps):
        batch = slice(step * 64 % len(rows), step * 64 % len(rows) + 64)
        optimiser.zero_grad()
        found = model(given["input_ids"][batch], given["attention_mask"][batch])
        loss: Any = torch.nn.functional.cross_entropy(found.logits, truth[batch])
        loss.backward()
        optimiser.step()
    return model, words
