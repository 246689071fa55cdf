"""The model of the demo: gradient boosting, fitted on the training rows each time it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
CATEGORIES = ["workclass", "marital_status", "occupation", "relationship"]


def income_model() -> Any:
    """A fitted pipeline that does not see sex, race, country of birth or the survey's weights.

    On one thread, since sums of many threads differ in their last digits from run to run.
    """
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from threadpoolctl import threadpool_limits

    rows = pd.read_parquet(Path(__file__).with_name("adult_train.parquet"))
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    inputs = make_column_transformer((one_hot, CATEGORIES), ("passthrough", NUMBERS))
    model = make_pipeline(inputs, HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0))
    with threadpool_limits(1, user_api="openmp"):
        return model.fit(rows[CATEGORIES + NUMBERS], rows["income"])
