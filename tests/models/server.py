"""A model server on loopback: FastAPI and uvicorn, with the protocols of the field and its failures."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .sources import tumours

pytest.importorskip("httpx", reason="needs httpx, which asks servers")
fastapi = pytest.importorskip("fastapi", reason="needs fastapi, which serves the models")
uvicorn = pytest.importorskip("uvicorn", reason="needs uvicorn, which serves the models")

NUMBERS = ["mean radius", "mean texture", "worst concavity"]
CLASSES = ["benign", "malignant"]


def fitted() -> Any:
    """A pipeline that takes numbers and texts by name."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    train, _ = tumours(text=True)
    encode = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(), ["size"]))
    return make_pipeline(encode, LogisticRegression()).fit(train.drop(columns="verdict"), train["verdict"])


class Failures:
    """What goes wrong next, and what was asked."""

    def __init__(self) -> None:
        self.mode, self.seen = "", []  # type: str, list[Any]
        self.most, self._under_way, self._lock = 0, 0, threading.Lock()

    def enter(self, request: Any) -> int:
        with self._lock:
            self.seen.append((request.headers, request.url.path))
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            return len(self.seen)

    def leave(self) -> None:
        with self._lock:
            self._under_way -= 1


def app(model: Any) -> Any:
    """The server."""
    made, failures = fastapi.FastAPI(), Failures()
    made.state.failures = failures

    async def fail(request: Any, call_next: Any) -> Any:
        number = failures.enter(request)
        try:
            return await _reply(failures.mode, number, request, call_next)
        finally:
            failures.leave()

    made.middleware("http")(fail)

    def v2(body: dict[str, Any]) -> dict[str, Any]:
        columns = {one["name"]: np.array(one["data"]).reshape(one["shape"])[:, 0] for one in body["inputs"]}
        answers = model.predict_proba(pd.DataFrame(columns))
        wanted = [one["name"] for one in body.get("outputs", [])] or ["predict", "predict_proba"]
        outputs = [
            {"name": "predict_proba", "datatype": "FP64", "shape": list(answers.shape), "data": answers.ravel().tolist()},
            {"name": "predict", "datatype": "BYTES", "shape": [len(answers), 1], "data": np.array(CLASSES)[answers.argmax(1)].tolist()},
        ]  # fmt: skip
        return {"model_name": "tumours", "outputs": [one for one in outputs if one["name"] in wanted]}

    def rows(body: dict[str, Any]) -> Any:
        return {"result": {"scores": [{"p": p} for p in model.predict_proba(pd.DataFrame(body["rows"]))[:, 1]]}}

    def one(body: dict[str, Any]) -> Any:
        return dict(zip(CLASSES, model.predict_proba(pd.DataFrame([body]))[0], strict=True))

    def instances(body: dict[str, Any]) -> Any:
        frame = pd.DataFrame(body["instances"], columns=[*NUMBERS, "size"])
        return {"predictions": model.predict(frame).tolist()}

    def invocations(body: dict[str, Any]) -> Any:
        return {"predictions": model.predict_proba(pd.DataFrame(**body["dataframe_split"])).tolist()}

    def typed(rows: dict[str, list[dict[str, float]]]) -> Any:
        return [0.5 for _ in rows["rows"]]

    functions = {
        "/v2/models/tumours/infer": v2,
        "/json": rows,
        "/one": one,
        "/predictions/tumours": instances,
        "/invocations": invocations,
    }
    for path, function in functions.items():
        made.post(path)(_plain(function))
    made.post("/typed")(typed)
    return made


def _plain(function: Any) -> Any:
    async def answer(request: Any) -> Any:
        return function(json.loads(await request.body()))

    answer.__annotations__ = {"request": fastapi.Request}
    return answer


async def _reply(mode: str, number: int, request: Any, call_next: Any) -> Any:
    import asyncio

    from fastapi.responses import RedirectResponse, Response

    json_text = "application/json"
    if mode == "every third" and number % 3 == 0:
        return Response("oops", 500)
    if mode == "after the second" and number > 2:
        return Response(f"no more for {request.headers.get('authorization')}", 503)
    if mode == "later" and number == 1:
        return Response("slow down", 429, {"Retry-After": "1"})
    if mode == "much later":
        return Response("slow down", 429, {"Retry-After": "3600"})
    if mode == "slow":
        await asyncio.sleep(0.6)
    if mode == "redirect":
        return RedirectResponse("http://example.org/steal", 307)
    if mode == "echo":
        return Response(f"who is {request.headers['authorization']}?", 401)
    texts = {
        "short": "[0.5]",
        "NaN": json.dumps([0.5] * 63 + [float("nan")]),
        "text": json.dumps([0.5] * 63 + ["high"]),
        "huge": json.dumps([0.5] * 63 + [10**400]),
        "ragged": json.dumps([[0.5, 0.5]] * 63 + [[1.0]]),
        "html": "<html>It works!</html>",
        "deep": "[" * 100_000,
    }
    if mode in texts:
        return Response(texts[mode], media_type=json_text)
    if mode == "lie":
        data = {"outputs": [{"name": "p", "shape": [64, 2], "datatype": "FP64", "data": [0.5] * 64}]}
        return Response(json.dumps(data), media_type=json_text)
    return await call_next(request)


@contextmanager
def serving(made: Any) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(made, ws="none", log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
