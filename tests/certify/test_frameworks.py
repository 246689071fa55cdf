"""PyTorch chains, XGBoost and LightGBM boosters: what is read from them, and what is proven with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from assay import audit

pytestmark = pytest.mark.frameworks
CHECK = "robustness.certified"


def run(model: Any, dataset: audit.Dataset, table: dict[str, Any], **options: Any) -> Any:
    plan = {"model": table, "checks": {"include": [CHECK], "options": {CHECK: {"rows": 12, **options}}}}
    return audit.run(model, dataset, plan)[CHECK]


def two_sided(result: Any) -> None:
    assert result.status == "ok", result.reason
    certified, attacked = (result.estimate(name).value for name in ("certified_accuracy", "attacked_accuracy"))
    assert certified == attacked <= result.estimate("accuracy").value


def cancer(**table: Any) -> tuple[pd.DataFrame, np.ndarray, audit.Dataset]:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return x, y.to_numpy(), audit.Dataset(x, y.to_numpy(), bounds={name: (x[name].min(), x[name].max()) for name in x})


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "multi:softmax"])
@pytest.mark.parametrize("threshold", [0.5, 0.7])
def test_xgboost_boosters(objective: str, threshold: float) -> None:
    xgboost = pytest.importorskip("xgboost")
    x, y, dataset = cancer()
    classes = {"num_class": 2} if objective.startswith("multi") else {}
    parameters = {"objective": objective, "max_depth": 3, "nthread": 1, "seed": 0, "base_score": 0.4, **classes}
    model = xgboost.train(parameters, xgboost.DMatrix(x, label=y), 12)
    two_sided(run(model, dataset, {"threshold": threshold}, eps=[0.01]))


def test_the_scikit_learn_faces_of_boosters() -> None:
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    x, y, dataset = cancer()
    two_sided(run(xgboost.XGBClassifier(n_estimators=8, n_jobs=1).fit(x, y), dataset, {}, eps=[0.01]))
    light = lightgbm.LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1)
    clean = x.rename(columns=lambda name: name.replace(" ", "_"))
    tidy = audit.Dataset(clean, y, bounds={str(name): (clean[name].min(), clean[name].max()) for name in clean})
    two_sided(run(light.fit(clean, y), tidy, {}, eps=[0.01]))
    two_sided(run(light.booster_, tidy, {}, eps=[0.01]))


def test_a_torch_chain_on_images_in_either_layout() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    images = (x / 16).reshape(-1, 8, 8, 1).astype(np.float32)
    chain = nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Sequential(nn.Linear(27, 10)),
    )
    inputs, labels = torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(y)
    optimiser = torch.optim.Adam(chain.parameters(), 0.02)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(chain(inputs), labels).backward()
        optimiser.step()
    table = {"output": "logits", "task": "multiclass", "layout": "NCHW"}
    dataset = audit.Dataset(images, y, layout="NHWC", bounds=(0, 1))
    two_sided(run(chain, dataset, table, eps=[0.01]))
    assert chain.training
    for norm in ("L2", "L1"):
        result = run(chain, dataset, table, eps=[0.05], norm=norm)
        assert result.estimate("certified_accuracy").value <= result.estimate("attacked_accuracy").value


def test_a_torch_table_with_one_logit_and_what_is_no_chain() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    x, y, dataset = cancer()
    mean, deviation = torch.tensor(x.mean().to_numpy()).float(), torch.tensor(x.std().to_numpy()).float()
    scaled = nn.Linear(30, 30)
    with torch.no_grad():
        scaled.weight.copy_(torch.diag(1 / deviation))
        scaled.bias.copy_(-mean / deviation)
    chain = nn.Sequential(scaled, nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1))
    inputs, labels = torch.tensor(x.to_numpy()).float(), torch.tensor(y).float()
    optimiser = torch.optim.Adam(chain[1:].parameters(), 0.02)
    for _ in range(80):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(chain(inputs)[:, 0], labels).backward()
        optimiser.step()
    for threshold in (0.5, 0.8):
        two_sided(run(chain, dataset, {"output": "logits", "threshold": threshold}, eps=[0.01]))
    probable = nn.Sequential(chain, nn.Sigmoid())
    two_sided(run(probable, dataset, {"output": "probability"}, eps=[0.01]))
    bent = nn.Sequential(nn.Linear(30, 4), nn.Tanh(), nn.Linear(4, 1))
    result = run(bent, dataset, {"output": "logits"}, eps=[0.01])
    assert result.status == "not_assessed" and "Tanh" in result.reason
