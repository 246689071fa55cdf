"""The same networks as each framework holds them. As a script: audits them in one framework, and differentiates them."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay import audit
from assay.audit import Record

from .sources import diabetes, tumours

Weights = dict[str, Any]
GRADIENT_ROWS = 5


@dataclass(frozen=True)
class Case:
    """Data of one kind, what is declared about a model of them, and the classes in the order of the outputs."""

    data: audit.Dataset
    table: dict[str, Any]
    x: Any
    y: Any


def cases() -> dict[str, Case]:
    """A table with two classes, images with ten, and a table with a value to predict."""
    tumour, progress, digits = tumours()[1].astype(dict.fromkeys(TUMOUR, float)), diabetes()[1], load_digits()
    images = digits.images[900:, :, :, None] / 16
    rough = tumour["mean texture"] > 19
    two = {"positive": "malignant", "output": "logits", "classes": ["benign", "malignant"]}
    ten = {"task": "multiclass", "output": "logits"}
    return {
        "binary": Case(
            audit.Dataset(
                tumour[tumour.columns[::-1]],
                target="verdict",
                sensitive={"texture": np.where(rough, "rough", "smooth")},
            ),
            {**two, "options": {"dtype": "float64", "columns": TUMOUR}},
            tumour[TUMOUR],
            (tumour["verdict"] == "malignant").to_numpy().astype(int),
        ),
        "multiclass": Case(
            audit.Dataset(images, digits.target[900:], layout="NHWC"),
            {**ten, "options": {"dtype": "float64"}},
            images,
            digits.target[900:],
        ),
        "regression": Case(
            audit.Dataset(progress[progress.columns[::-1]], target="progress"),
            {"task": "regression", "options": {"dtype": "float64", "columns": list(progress.columns[:-1])}},
            progress.drop(columns="progress"),
            None,
        ),
    }


TUMOUR = ["mean radius", "mean texture", "worst concavity"]


def trained() -> tuple[Weights, dict[str, Any]]:
    """Weights ``case/layer`` of each network, and the models in scikit-learn and numpy that they are of."""
    tumour, progress, digits = tumours()[0].astype(dict.fromkeys(TUMOUR, float)), diabetes()[0], load_digits()
    about: dict[str, Any] = {
        "hidden_layer_sizes": (8,),
        "solver": "lbfgs",
        "alpha": 1.0,
        "max_iter": 5000,
        "random_state": 0,
    }
    two = make_pipeline(StandardScaler(), MLPClassifier(**about)).fit(tumour[TUMOUR], tumour["verdict"])
    value = make_pipeline(StandardScaler(), MLPRegressor(**about | {"alpha": 100.0})).fit(
        progress.drop(columns="progress"), progress["progress"]
    )
    filters = np.random.default_rng(0).normal(size=(3, 3, 1, 4))
    blank = {"kernel": filters, "bias": np.full(4, -0.1)}
    seen = convolved(digits.images[:900, :, :, None] / 16, blank)
    head = LogisticRegression(max_iter=5000).fit(seen, digits.target[:900])
    weights = {f"multiclass/{n}": w for n, w in {**blank, "w": head.coef_.T, "b": head.intercept_}.items()}
    for name, pipeline in (("binary", two), ("regression", value)):
        scaler, network = pipeline[0], pipeline[-1]
        (w1, w2), (b1, b2) = network.coefs_, network.intercepts_
        w1 = w1 / scaler.scale_[:, None]
        weights |= {f"{name}/w1": w1, f"{name}/b1": b1 - scaler.mean_ @ w1, f"{name}/w2": w2, f"{name}/b2": b2}
    logits = lambda x: forward(np.asarray(x, dtype=float), of(weights, "multiclass"))  # noqa: E731
    return weights, {"binary": two, "multiclass": logits, "regression": value}


def of(weights: Weights, case: str) -> Weights:
    """The weights of one network by layer."""
    return {name.split("/")[1]: value for name, value in weights.items() if name.startswith(case + "/")}


def convolved(images: Any, w: Weights) -> Any:
    """A convolution of 3 × 3 and ReLU, flattened: rows, columns, channels."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("nhwcij,ijco->nhwo", windows, w["kernel"]) + w["bias"], 0).reshape(len(images), -1)


def forward(x: Any, w: Weights) -> Any:
    """The network in numpy."""
    if "kernel" in w:
        return convolved(x, w) @ w["w"] + w["b"]
    return np.maximum(x @ w["w1"] + w["b1"], 0) @ w["w2"] + w["b2"]


def torch(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    from torch import nn, tensor

    def dense(kernel: Any, bias: Any) -> Any:
        layer = nn.Linear(*kernel.shape).double()
        layer.load_state_dict({"weight": tensor(kernel.T), "bias": tensor(bias)})
        return layer

    if case != "multiclass":
        return nn.Sequential(dense(w["w1"], w["b1"]), nn.ReLU(), dense(w["w2"], w["b2"])), {}
    conv = nn.Conv2d(1, 4, 3).double()
    conv.load_state_dict({"weight": tensor(w["kernel"].transpose(3, 2, 0, 1)), "bias": tensor(w["bias"])})
    head = w["w"].reshape(6, 6, 4, 10).transpose(2, 0, 1, 3).reshape(144, 10)
    return nn.Sequential(conv, nn.ReLU(), nn.Flatten(), dense(head, w["b"])), {"layout": "NCHW"}


def onnx(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    from torch import zeros
    from torch.onnx import export

    network, more = torch(w, case, folder)
    network = network.float() if case == "multiclass" else network  # onnxruntime convolves in 32 bits
    sample = zeros(
        2, *((1, 8, 8) if case == "multiclass" else w["w1"].shape[:1]), dtype=next(network.parameters()).dtype
    )
    about: dict[str, Any] = {
        "input_names": ["x"],
        "output_names": ["y"],
        "dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}},
    }
    path = str(folder / f"{case}.onnx")
    export(network, (sample,), path, dynamo=False, **about)
    return None, {**more, "path": path}


def keras(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    from keras import Input, Sequential, config, layers

    config.set_floatx("float64")
    if case == "multiclass":
        images = [Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten()]
        network = Sequential([*images, layers.Dropout(0.5), layers.Dense(10)])
    else:
        network = Sequential([Input(w["w1"].shape[:1]), layers.Dense(8, activation="relu"), layers.Dense(1)])
    network.set_weights(list(w.values()))
    return network, {}


def keras_file(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    keras(w, case, folder)[0].save(folder / f"{case}.keras")
    return None, {"path": str(folder / f"{case}.keras")}


def saved_model(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    keras(w, case, folder)[0].export(folder / case, verbose=False)
    return None, {"path": str(folder / case)}


def tf_module(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    import tensorflow as tf

    class Network(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.w = {name: tf.Variable(value) for name, value in w.items()}

        def __call__(self, x: Any) -> Any:
            if case != "multiclass":
                return tf.nn.relu(x @ self.w["w1"] + self.w["b1"]) @ self.w["w2"] + self.w["b2"]
            seen = tf.nn.relu(tf.nn.conv2d(x, self.w["kernel"], 1, "VALID") + self.w["bias"])
            return tf.reshape(seen, [len(x), -1]) @ self.w["w"] + self.w["b"]

    return Network(), {}


def jax(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    import jax as library
    from jax import numpy as jnp

    def network(params: Any, x: Any) -> Any:
        if case != "multiclass":
            return library.nn.relu(x @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
        axes = ("NHWC", "HWIO", "NHWC")
        seen = library.lax.conv_general_dilated(x, params["kernel"], (1, 1), "VALID", dimension_numbers=axes)
        return library.nn.relu(seen + params["bias"]).reshape(len(x), -1) @ params["w"] + params["b"]

    return functools.partial(network, {name: jnp.asarray(value) for name, value in w.items()}), {}


def jitted(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    import jax as library

    return library.jit(jax(w, case, folder)[0]), {}


def linen(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    from flax import linen as nn
    from jax import numpy as jnp

    class Network(nn.Module):
        @nn.compact
        def __call__(self, x: Any, train: bool = False) -> Any:
            if case == "multiclass":
                x = nn.Conv(4, (3, 3), padding="VALID", name="conv", param_dtype=jnp.float64)(x)
                x = nn.relu(x).reshape(len(x), -1)
            else:
                x = nn.relu(nn.Dense(8, name="hidden", param_dtype=jnp.float64)(x))
            x = nn.Dropout(0.5, deterministic=not train)(x)
            return nn.Dense(10 if case == "multiclass" else 1, name="head", param_dtype=jnp.float64)(x)

    first, head = np.split(np.array(list(w), dtype=object), 2)
    params = {
        ("conv" if case == "multiclass" else "hidden"): dict(
            zip(("kernel", "bias"), (w[n] for n in first), strict=True)
        ),
        "head": dict(zip(("kernel", "bias"), (w[n] for n in head), strict=True)),
    }
    variables = {"params": {layer: {n: jnp.asarray(v) for n, v in one.items()} for layer, one in params.items()}}
    return functools.partial(Network().apply, variables, train=False), {}


def linen_bound(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    apply = linen(w, case, folder)[0]
    return apply.func.__self__.bind(*apply.args), {}


def nnx(w: Weights, case: str, folder: Path) -> tuple[Any, dict[str, Any]]:
    from flax import nnx as nn
    from jax import numpy as jnp

    class Network(nn.Module):
        def __init__(self, rngs: Any) -> None:
            about = {"rngs": rngs, "param_dtype": jnp.float64}
            if case == "multiclass":
                self.first: Any = nn.Conv(1, 4, (3, 3), padding="VALID", **about)
            else:
                self.first = nn.Linear(*w["w1"].shape, **about)
            self.drop, self.head = nn.Dropout(0.5, rngs=rngs), nn.Linear(*list(w.values())[2].shape, **about)

        def __call__(self, x: Any) -> Any:
            return self.head(self.drop(nn.relu(self.first(x)).reshape(len(x), -1)))

    network: Any = Network(nn.Rngs(0))
    values = [jnp.asarray(value) for value in w.values()]
    for layer, (kernel, bias) in ((network.first, values[:2]), (network.head, values[2:])):
        layer.kernel[...], layer.bias[...] = kernel, bias
    network.train()
    return network, {}


PROCESSES: dict[str, dict[str, Any]] = {
    "torch": {"torch": torch},
    "onnx": {"onnx": onnx},
    "keras-torch": {"keras": keras, "keras_file": keras_file},
    "keras-jax": {"keras": keras, "keras_file": keras_file},
    "keras-tensorflow": {"keras": keras, "keras_file": keras_file, "saved_model": saved_model, "tf_module": tf_module},
    "jax": {"jax": jax, "jitted": jitted, "linen": linen, "linen_bound": linen_bound, "nnx": nnx},
}
"""Frameworks that live together in a process, and the forms of a network that each holds."""

NEEDS = {
    "torch": ["torch"],
    "onnx": ["onnxruntime", "onnx", "torch"],
    "keras-torch": ["keras", "torch"],
    "keras-jax": ["keras", "jax"],
    "keras-tensorflow": ["keras", "tensorflow"],
    "jax": ["jax", "flax"],
}


def audited(model: Any, case: Case, table: dict[str, Any]) -> Record:
    """The audit of one network; of two classes of tables all of the core, with requirements."""
    if case.data.attributes:
        require = [{"check": "accuracy.recall", "at_least": 0.8}, {"check": "fairness.impact_ratio", "on": "texture", "at_least": 0.8}]  # fmt: skip
        return audit.run(model, case.data, {"model": table, "require": require})
    return audit.run(model, case.data, {"model": table, "checks": {"include": ["accuracy", "calibration"]}})


def main(process: str, weights: Path, folder: Path) -> None:
    """Leave a record, and where there is one the gradient for some rows, of every form and case."""
    from assay.audit.model import load, wrap
    from assay.audit.plan import ModelTable

    known = dict(np.load(weights))
    for form, build in PROCESSES[process].items():
        for name, case in cases().items():
            model, more = build(of(known, name), name, folder)
            table = {**case.table, **more}
            if form == "onnx":
                table["options"] = {k: v for k, v in table["options"].items() if k == "columns"}
            audited(model, case, table).save(folder / f"{form}-{name}.json")
            declared = ModelTable(**table)
            wrapped: Any = wrap(load(declared, folder).thing if model is None else model, declared)[1]
            if hasattr(wrapped, "loss_gradient"):
                rows = np.moveaxis(case.x, 3, 1) if table.get("layout") == "NCHW" else case.x
                found = wrapped.loss_gradient(rows[:GRADIENT_ROWS], case.y[:GRADIENT_ROWS])
                by_two = wrap(wrapped.thing, declared.model_copy(update={"options": {**table["options"], "batch": 2}}))[
                    1
                ]
                ask: Any = by_two
                again = ask.loss_gradient(rows[:GRADIENT_ROWS], case.y[:GRADIENT_ROWS])
                each = [wrapped.loss_gradient(rows[k : k + 1], case.y[k : k + 1]) for k in range(GRADIENT_ROWS)]
                assert found.shape == np.shape(rows[:GRADIENT_ROWS])
                np.testing.assert_allclose(again, found, rtol=1e-4, atol=1e-6)
                np.testing.assert_allclose(np.concatenate(each), found, rtol=1e-4, atol=1e-6)
                logits = wrapped.logits(rows[:GRADIENT_ROWS])
                assert logits.shape == ((GRADIENT_ROWS,) if name == "binary" else (GRADIENT_ROWS, 10))
                found = np.moveaxis(found, 1, 3) if table.get("layout") == "NCHW" else found
                np.save(folder / f"{form}-{name}.npy", found)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
