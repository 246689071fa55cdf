"""The servers of the field, where they are installed, each in its own process: of MLflow, MLServer and KServe."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import pytest

from .server import NUMBERS, fitted
from .sources import alike, audited, tumours

SAVE = """
import sys, joblib, mlflow.sklearn
mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle")
"""


KSERVE = """
import sys, uuid, joblib, kserve

class Tumours(kserve.Model):
    def load(self):
        self.model, self.ready = joblib.load(sys.argv[1]), True

    def predict(self, payload, headers=None):
        answer = self.model.predict_proba(payload.inputs[0].as_numpy())
        found = kserve.InferOutput("predict_proba", list(answer.shape), "FP64")
        found.set_data_from_numpy(answer, binary_data=False)
        return kserve.InferResponse(payload.id or str(uuid.uuid4()), self.name, [found])

model = Tumours("tumours")
model.load()
kserve.ModelServer(http_port=int(sys.argv[2]), enable_grpc=False).start([model])
"""


def command(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs the command {name!r} on the PATH, where `make servers` puts it")
    return found


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def process(arguments: list[str], ready: str, log: Path, folder: Path) -> Iterator[None]:
    """A server as a process, from the moment that it is ready."""
    with log.open("wb") as stream:
        started = subprocess.Popen(arguments, stdout=stream, stderr=stream, cwd=folder)
        try:
            for _ in range(600):
                assert started.poll() is None, log.read_text()
                try:
                    with urllib.request.urlopen(ready, timeout=2) as reply:
                        if reply.status == 200:
                            break
                except OSError:
                    time.sleep(0.5)
            else:
                pytest.fail(f"the server did not start: {log.read_text()}")
            yield
        finally:
            started.terminate()
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def test_mlflow_models_serve(tmp_path: Path) -> None:
    mlflow = command("mlflow")
    model = fitted()
    joblib.dump(model, tmp_path / "m.joblib")
    python = str(Path(mlflow).with_name("python"))
    made = subprocess.run([python, "-c", SAVE, "m.joblib", "m"], cwd=tmp_path, capture_output=True, text=True)
    assert not made.returncode, made.stderr
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    serve = [mlflow, "models", "serve", "-m", "m", "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]
    _, test = tumours(text=True)
    with process([*serve, "--workers", "1"], f"{url}/ping", tmp_path / "log", tmp_path):
        two = audited(None, test, "verdict", url=url, output="probability", options={"protocol": "mlflow"})
    alike(audited(model, test, "verdict"), two)


def test_mlserver(tmp_path: Path) -> None:
    mlserver = command("mlserver")
    from sklearn.linear_model import LogisticRegression

    train, test = tumours()
    model = LogisticRegression(C=0.01).fit(train[NUMBERS].to_numpy(), train["verdict"])
    joblib.dump(model, tmp_path / "m.joblib")
    settings = {"name": "tumours", "implementation": "mlserver_sklearn.SKLearnModel", "parameters": {"uri": "m.joblib"}}
    http, grpc, metrics = free_ports(3)
    ports = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics, "parallel_workers": 0}
    (tmp_path / "model-settings.json").write_text(json.dumps(settings))
    (tmp_path / "settings.json").write_text(json.dumps(ports))
    url = f"http://127.0.0.1:{http}/v2/models/tumours"
    options: dict[str, Any] = {"columns": NUMBERS, "tensor": "x", "output": "predict_proba"}
    with process([mlserver, "start", "."], f"{url}/ready", tmp_path / "log", tmp_path):
        two = audited(None, test, "verdict", url=url, output="probability", options=options)
        names = audited(None, test, "verdict", url=url, options={**options, "output": "predict"})
    array = test[[*NUMBERS, "verdict"]]
    local = lambda x: model.predict_proba(x[NUMBERS].to_numpy())  # noqa: E731
    alike(audited(local, array, "verdict", output="probability"), two)
    alike(audited(lambda x: model.predict(x[NUMBERS].to_numpy()), array, "verdict"), names)


def test_kserve(tmp_path: Path) -> None:
    python = os.environ.get("KSERVE_PYTHON")
    if python is None:
        pytest.skip("needs a Python with kserve as KSERVE_PYTHON, which `make servers` makes")
    from sklearn.linear_model import LogisticRegression

    train, test = tumours()
    model = LogisticRegression(C=0.01).fit(train[NUMBERS].to_numpy(), train["verdict"])
    joblib.dump(model, tmp_path / "m.joblib")
    (tmp_path / "serve.py").write_text(KSERVE)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/v2/models/tumours"
    options: dict[str, Any] = {"columns": NUMBERS, "tensor": "x", "output": "predict_proba"}
    with process([python, "serve.py", "m.joblib", str(port)], f"{url}/ready", tmp_path / "log", tmp_path):
        two = audited(None, test, "verdict", url=url, output="probability", options=options)
    local = lambda x: model.predict_proba(x[NUMBERS].to_numpy())  # noqa: E731
    alike(audited(local, test[[*NUMBERS, "verdict"]], "verdict", output="probability"), two)
