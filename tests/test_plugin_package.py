"""A package of a third party, installed for real, adds a check, a model wrapper and a renderer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from assay_test_plugin.models import AcmeScorecard
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from assay.audit.model import wrap
from assay.audit.outputs import formats
from assay.audit.plan import ModelTable
from assay.audit.registry import find
from assay.audit.shapes.confusion import Confusion


def test_its_check_is_found_and_measures() -> None:
    check = find("acme.agreement")
    assert (check.title, check.needs) == ("Agreement beyond chance", ("counts",))
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 3, (2, 200))
    counts = Confusion(confusion_matrix(labels, predictions)[np.newaxis].astype(float))
    assert check.function(counts).value == pytest.approx([cohen_kappa_score(labels, predictions)])


def test_its_wrapper_takes_its_own_models() -> None:
    scorecard = AcmeScorecard({"income": 1.0, "debt": -2.0}, passing=0.0)
    name, model = wrap(scorecard, ModelTable())
    assert name == "acme"
    assert model.predict(pd.DataFrame({"debt": [1.0, 3.0], "income": [2.0, 2.0]})).tolist() == [1, 0]


def test_its_format_is_offered() -> None:
    assert "txt" in formats()
