"""Strength and cost of the attacks against named peers on convolutional networks: the table of the README.

    python tests/benchmarks/attacks.py                      all runs, three seeds; hours on one core
    python tests/benchmarks/attacks.py --seeds 0 "ART PGD-40"  some runs, some seeds

Two networks for the digits of scikit-learn, one trained on what the other is fooled by, 500 test images, three seeds. Peers
that are not installed are left out: pip install pyautoattack torchattacks foolbox adversarial-robustness-toolbox.
Forwards are images that the network was asked about, CPU seconds those of the whole run with one thread.
"""

from __future__ import annotations

import argparse
import copy
import logging
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from assay import audit
from assay.audit.attacks.boundary import distance, hop_skip_jump
from assay.audit.attacks.ensemble import PRESETS, Attacked, Composition, attacked
from assay.audit.attacks.norms import Norm
from assay.audit.attacks.opened import surface
from assay.audit.evidence import Evidence
from assay.audit.model import wrap
from assay.audit.plan import ModelTable
from assay.checks.black_box import nearest_starts

torch: Any = import_module("torch")
BALLS: list[tuple[Norm, float]] = [("Linf", 0.1), ("Linf", 0.2), ("L2", 0.5), ("L2", 1.0)]
CELLS = [(name, *ball) for name in ("standard", "adversarial") for ball in BALLS]
SEEDS = (0, 1, 2)
EQUAL = Composition(0, 100, 9, 100, 0, 0)
SWEEP = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)


def data() -> tuple[Any, Any, Any, Any]:
    """Images ``(n, 1, 8, 8)`` in [0, 1] and classes, to train on and to test on."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x, y = (digits.images[order, None] / 16).astype(np.float32), digits.target[order].astype(np.int64)
    return x[:1200], y[:1200], x[-500:], y[-500:]


def network(adversarial: bool, epochs: int = 40) -> Any:
    """A network of about 20,000 parameters, trained on clean images, or on those of PGD with 7 steps within 0.2."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU(),
        torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(512, 28), torch.nn.ReLU(), torch.nn.Linear(28, 10),
    )  # fmt: skip
    x, y, _, _ = (torch.from_numpy(one) for one in data())
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(100):
            inputs = pgd(net, x[batch], y[batch], 0.2, 7) if adversarial else x[batch]
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net(inputs), y[batch]).backward()
            optimiser.step()
    return net.eval()


def pgd(net: Any, x: Any, y: Any, eps: float, steps: int) -> Any:
    """To train with."""
    at = (x + eps * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
    for _ in range(steps):
        at.requires_grad_()
        (gradient,) = torch.autograd.grad(torch.nn.functional.cross_entropy(net(at), y), at)
        at = torch.clamp(torch.minimum(torch.maximum(at.detach() + eps / 3 * gradient.sign(), x - eps), x + eps), 0, 1)
    return at.detach()


class Counted:
    """A copy of the network that counts the rows that it is asked about."""

    def __init__(self, net: Any) -> None:
        self.net, self.forwards = copy.deepcopy(net), 0
        self.net.register_forward_pre_hook(self._add)

    def _add(self, module: Any, given: Any) -> None:
        self.forwards += len(given[0])


Result = tuple[float, int, float]
"""Robust accuracy, forwards, CPU seconds."""


def ours(composition: Composition) -> Callable[[Any, Norm, float, int], Result]:
    """One of our compositions."""

    def run(net: Any, norm: Norm, eps: float, seed: int) -> Result:
        start = time.process_time()
        found, forwards = sweep(net, norm, [eps], seed, composition)
        return float(found.withstood(eps).mean()), forwards, time.process_time() - start

    return run


def sweep(net: Any, norm: Norm, radii: list[float], seed: int, composition: Composition) -> tuple[Attacked, int]:
    """Several radii at once, and what it took."""
    _, _, x, y = data()
    table = ModelTable(task="multiclass", output="logits", options={"batch": 512})
    evidence = Evidence(wrap(net, table)[1], audit.Dataset(x, y, kind="array", bounds=(0, 1)), table)
    seen = surface(evidence.model, evidence.inputs, {}, evidence.box, np.arange(len(x)))
    found = attacked(seen, evidence.labels, radii, norm, composition, np.random.default_rng(seed))
    return found, seen.spent.forwards


def autoattack(version: str, **only: Any) -> Callable[[Any, Norm, float, int], Result]:
    """pyautoattack."""

    def run(net: Any, norm: Norm, eps: float, seed: int) -> Result:
        _, _, x, y = (torch.from_numpy(one) for one in data())
        counted, start = Counted(net), time.process_time()
        kind = "standard" if version == "standard" else "custom"
        attack = import_module("pyautoattack").AutoAttack(
            counted.net, norm=norm, eps=eps, version=kind, seed=seed, device="cpu", **only
        )
        if kind == "custom":
            attack.apgd.n_restarts = 1
        found, _ = attack.run_standard_evaluation(x, y, batch_size=512)
        return _right(net, found, y), counted.forwards, time.process_time() - start

    return run


def torchattacks_pgd(net: Any, norm: Norm, eps: float, seed: int) -> Result:
    """torchattacks, 40 steps."""
    _, _, x, y = (torch.from_numpy(one) for one in data())
    counted, start = Counted(net), time.process_time()
    torch.manual_seed(seed)
    peer = import_module("torchattacks")
    kind = peer.PGD if norm == "Linf" else peer.PGDL2
    found = kind(counted.net, eps=eps, alpha=2.5 * eps / 40, steps=40)(x, y)
    return _right(net, found, y), counted.forwards, time.process_time() - start


def foolbox_pgd(net: Any, norm: Norm, eps: float, seed: int) -> Result:
    """foolbox, 40 steps."""
    foolbox = import_module("foolbox")
    _, _, x, y = (torch.from_numpy(one) for one in data())
    counted, start = Counted(net), time.process_time()
    torch.manual_seed(seed)
    kind = foolbox.attacks.LinfPGD if norm == "Linf" else foolbox.attacks.L2PGD
    _, found, _ = kind(steps=40, rel_stepsize=2.5 / 40)(
        foolbox.PyTorchModel(counted.net, bounds=(0, 1)), x, y, epsilons=eps
    )
    return _right(net, found, y), counted.forwards, time.process_time() - start


def art_pgd(net: Any, norm: Norm, eps: float, seed: int) -> Result:
    """Adversarial Robustness Toolbox, 40 steps."""
    _, _, x, y = data()
    counted, start = Counted(net), time.process_time()
    np.random.seed(seed)
    model = import_module("art.estimators.classification").PyTorchClassifier(
        counted.net, torch.nn.CrossEntropyLoss(), (1, 8, 8), 10, clip_values=(0, 1)
    )
    attack = import_module("art.attacks.evasion").ProjectedGradientDescent(
        model, norm=np.inf if norm == "Linf" else 2, eps=eps, eps_step=2.5 * eps / 40, max_iter=40, num_random_init=1,
        batch_size=500, verbose=False,
    )  # fmt: skip
    found = torch.from_numpy(attack.generate(x, y))
    return _right(net, found, torch.from_numpy(y)), counted.forwards, time.process_time() - start


def _right(net: Any, x: Any, y: Any) -> float:
    with torch.no_grad():
        return float((net(x).argmax(1) == y).double().mean())


RUNS: dict[str, Callable[[Any, Norm, float, int], Result]] = {
    "assay, APGD-CE and APGD-T": ours(EQUAL),
    "pyautoattack, the same": autoattack("custom", attacks=["apgd-ce", "apgd-t"]),
    "assay `quick`": ours(PRESETS["quick"]),
    "assay `full`": ours(PRESETS["full"]),
    "assay `standard`": ours(PRESETS["standard"]),
    "pyautoattack standard": autoattack("standard"),
    "ART PGD-40": art_pgd,
    "foolbox PGD-40": foolbox_pgd,
    "torchattacks PGD-40": torchattacks_pgd,
}


def by_queries(norm: Any, rows: int = 40) -> str:
    """HopSkipJump of ART and ours on a random forest for breast cancer, with as many queries: calls, CPU seconds, median distance."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestClassifier

    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    forest = RandomForestClassifier(100, random_state=0).fit(x[:400], y[:400])
    some, asked = x[400 : 400 + rows].astype(np.float32), [0, 0]
    decided = forest.predict(some)

    def decide(points: Any) -> Any:
        asked[0], asked[1] = asked[0] + 1, asked[1] + len(points)
        return forest.predict(points)

    evasion, estimators = import_module("art.attacks.evasion"), import_module("art.estimators.classification")
    model = estimators.BlackBoxClassifier(lambda points: np.eye(2)[decide(points)], x.shape[1:], 2, clip_values=(0, 1))
    attack = evasion.HopSkipJump(model, norm={"L2": 2, "Linf": np.inf}[norm], max_iter=10, max_eval=1000, verbose=False)
    began = time.process_time()
    points = attack.generate(some)
    theirs = [*asked, time.process_time() - began, float(np.median(distance(some, points, norm)))]
    asked[:] = 0, 0
    began, each = time.process_time(), int(theirs[1]) // rows
    starts = nearest_starts(
        np.vstack([some, x[:400]]), np.concatenate([decided, forest.predict(x[:400])]), decided, norm
    )
    found = hop_skip_jump(
        lambda at, points: decide(points) != decided[at], some.astype(float), starts, np.zeros(x.shape[1]),
        np.ones(x.shape[1]), norm=norm, queries=each, rng=np.random.default_rng(0),
    )  # fmt: skip
    ours_ = [*asked, time.process_time() - began, float(np.median(found.distance))]
    return f"{norm}, {each} queries for each of {rows} rows: ART {theirs}, assay {ours_} (calls, rows, CPU seconds, median distance)"


def main(wanted: Sequence[str], seeds: Sequence[int]) -> None:
    """Prints each result as it comes, then a line of the table for each cell."""
    logging.disable(logging.INFO)
    networks = {name: network(name == "adversarial") for name in ("standard", "adversarial")}
    found: dict[str, list[list[Result]]] = {name: [] for name in wanted}
    for name in wanted:
        for net, norm, eps in CELLS:
            found[name].append([RUNS[name](networks[net], norm, eps, seed) for seed in seeds])
            print(name, net, norm, eps, found[name][-1], flush=True)
    print("| Network, ball |", " | ".join(wanted), "|\n| --- |", " ---: |" * len(wanted))
    for i, (net, norm, eps) in enumerate(CELLS):
        cells = [np.mean(found[name][i], axis=0) for name in wanted]
        print(
            f"| {net}, {norm} {eps} |",
            " | ".join(f"{ra:.3f} / {n / 1000:,.0f} k / {cpu:.1f} s" for ra, n, cpu in cells),
            "|",
        )
    for name, net in networks.items():
        together = sweep(net, "Linf", list(SWEEP), 0, PRESETS["full"])[1]
        hardest = max(sweep(net, "Linf", [eps], 0, PRESETS["full"])[1] for eps in SWEEP)
        print(f"{name}: six radii take {together / hardest:.2f} times the forwards of the hardest one")
    print(by_queries("L2"), by_queries("Linf"), sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", default=list(RUNS), help=", ".join(RUNS))
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    given = parser.parse_args()
    main(given.runs, given.seeds)
