"""The fixed words of the documents, in one place: verdicts, states, families, what people have to provide."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A verdict in print and its meaning. The shape is drawn by the style sheet (``.verdict-pass`` ...)."""

    word: str
    meaning: str


VERDICTS = {
    "fail": Word("Fail", "The whole interval lies on the wrong side of the bound. The data rule out that it holds."),
    "error": Word("Error", "The check crashed. Nothing is known, and the traceback is printed."),
    "inconclusive": Word("Inconclusive", "The interval contains the bound. These data cannot decide it either way."),
    "not_assessed": Word("Not assessed", "What the check needs was not there. It counts neither for nor against."),
    "waived": Word("Waived", "It did not pass, and a named person answers for that until a written date."),
    "pass": Word("Pass", "The whole interval lies on the right side of the bound. The data support that it holds."),
}
"""Worst first: the order in which requirements are listed."""

STATES = {
    "ok": "",
    "degenerate": "at the edge",
    "insufficient": "too few rows",
    "undefined": "undefined",
    "suppressed": "suppressed",
}

FAMILIES = {
    "accuracy": ("Accuracy", "How often the model is right, overall and for each group."),
    "multilabel": ("Several labels", "How often the model gives a row the labels that it has, for each label and on the "
                   "whole."),
    "fairness": ("Fairness", "Whether people in different groups are treated alike. Each group is compared with "
                 "the one that is named beside it."),
    "rules": ("Rules as they are written", "What a law or a guideline computes, and what it says of these numbers. A rule "
              "looks at the numbers as they are; the interval beside them says what the data can bear. This is not a "
              "legal opinion."),
    "robustness": ("Robustness", "What happens when inputs are disturbed, by accident or on purpose. Trials and attacks find errors and "
                   "cannot prove that there are no others; only what is called certified is proven."),
    "calibration": ("Calibration", "Whether a stated probability of 70 % comes true 70 times in 100."),
    "conformal": ("Prediction sets", "Whether sets of classes hold the true one as often as promised, and how large "
                  "they are."),
    "forecast": ("Predictive distributions", "Whether stated limits and spreads of a number are as wide as they "
                 "should be."),
    "model": ("The model at work", "Whether the model answers the same rows alike whatever way they reach it, and what an "
              "answer costs."),
    "sklearn": ("Scikit-learn scorers", "Scores as scikit-learn defines them. Greater is better; losses are negative."),
}  # fmt: skip
"""Chapters in this order; families of plug-ins follow by name."""

CARD = {
    "intended_use": "Intended use",
    "out_of_scope": "Uses out of scope",
    "owner": "Owner",
    "version": "Version",
    "training_data": "Training data",
    "limitations": "Known limitations",
    "human_oversight": "Human oversight",
    "ethical_considerations": "Ethical considerations",
    "contact": "Contact",
}
"""What only people can write: key in ``[card]`` and heading."""


def heading(key: str) -> str:
    """``ethical_review`` as ``Ethical review``, for keys that have no fixed heading."""
    return CARD.get(key, key.replace("_", " ").strip().capitalize())


def count(n: int, one: str, many: str = "") -> str:
    """``1 row``, ``2 rows``, ``16,281 rows``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
