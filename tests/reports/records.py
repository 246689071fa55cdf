"""Records to print: a realistic one with every state, and the edges (tiny, all errors, many groups, hostile names)."""

from __future__ import annotations

import math
from typing import Any

from assay.audit.record import (
    Attribute,
    Audit,
    DataInfo,
    Environment,
    Estimate,
    Figure,
    Judged,
    ModelInfo,
    PlanInfo,
    Record,
    Requirement,
    Result,
    Series,
    Verdict,
    Waiver,
)
from assay.reports import judged as judgement
from assay.reports import numbers

SEXES = {"Female": 5421, "Male": 10860}
RACES = {"White": 13946, "Black": 1561, "Asian-Pac-Islander": 480, "Amer-Indian-Eskimo": 159, "Other": 135}
HOSTILE = "<script>alert(1)</script>|\u202etxt.exe\x07 & \"q\" 'p' {{ 7*7 }} " + "W" * 80
TRACEBACK = 'Traceback (most recent call last):\n  File "check.py", line 12, in perturb\nValueError: bad <shape> (3,)\n'


def slices(sexes: dict[str, int] = SEXES, races: dict[str, int] = RACES) -> list[tuple[dict[str, str], int]]:
    """All rows, each sex, each race, each pair, with made-up counts."""
    whole = sum(sexes.values())
    found: list[tuple[dict[str, str], int]] = [({}, whole)]
    found += [({"sex": sex}, n) for sex, n in sexes.items()] + [({"race": race}, n) for race, n in races.items()]
    return found + [
        ({"sex": sex, "race": race}, round(n * m / whole)) for sex, n in sexes.items() for race, m in races.items()
    ]


def rate(metric: str, slice: dict[str, str], n: int, p: float, **more: Any) -> Estimate:
    """A proportion with its Wilson interval."""
    hits, z = round(n * p), 1.959964
    if n == 0:
        return Estimate(metric=metric, slice=slice, value=None, low=0, high=1, level=0.95, method="wilson", n=0,
                        unit="proportion", state="undefined", counts={"hits": 0, "trials": 0}, **more)  # fmt: skip
    middle, spread = (hits + z * z / 2) / (n + z * z), z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    state = "insufficient" if n < 20 else "degenerate" if hits in (0, n) else "ok"
    return Estimate(metric=metric, slice=slice, value=hits / n, low=max(0, middle - spread),
                    high=min(1, middle + spread), level=0.95, method="wilson" if n >= 40 else "clopper-pearson", n=n,
                    unit="proportion", state=state, counts={"hits": hits, "trials": n}, **more)  # fmt: skip


def ratio(slice: dict[str, str], n: int, value: float | None, against: str) -> Estimate:
    """A ratio with a made-up interval, one side open where it is undefined."""
    wide = 0.0 if value is None else value * 3.5 / math.sqrt(n)
    return Estimate(metric="impact_ratio", slice=slice, value=value, low=None if value is None else max(0, value - wide),
                    high=None if value is None else value + wide, level=0.95, method="koopman", n=n, unit="ratio",
                    state="ok" if value is not None else "undefined", against=against)  # fmt: skip


def judged(estimate: Estimate, verdict: str, **more: Any) -> Judged:
    """The estimate with a verdict."""
    keep = ("slice", "metric", "value", "low", "high", "level", "n")
    return Judged(**{key: getattr(estimate, key) for key in keep}, verdict=verdict, **more)


def reliability() -> Figure:
    """Ten bins, for two series."""
    x = [0.05 + 0.1 * k for k in range(10)]
    n = [5210, 2410, 1800, 1310, 1105, 990, 871, 802, 640, 1143]

    def series(name: str, bend: float) -> Series:
        y = [min(1, max(0, v + bend * math.sin(7 * v))) for v in x]
        half = [1.96 * math.sqrt(max(b * (1 - b), 0.01) / m) for b, m in zip(y, n, strict=True)]
        low, high = (
            [max(0, b - h) for b, h in zip(y, half, strict=True)],
            [min(1, b + h) for b, h in zip(y, half, strict=True)],
        )
        return Series(name=name, x=x, y=y, low=low, high=high, n=n)

    return Figure(kind="reliability", title="Reliability", x_label="predicted probability", y_label="observed share",
                  series=[series("all rows", 0.03), series("sex=Female", 0.08)])  # fmt: skip


def curve(points: int = 6) -> Figure:
    """Accuracy against the strength of noise, for two kinds."""
    x = [k / (points - 1) for k in range(points)]
    lines = [Series(name=name, x=x, y=[0.85 - drop * v for v in x], low=[0.84 - drop * v for v in x],
                    high=[0.86 - drop * v for v in x], n=[16281] * points)
             for name, drop in (("gaussian noise", 0.2), ("missing values", 0.11))]  # fmt: skip
    return Figure(kind="curve", title="Accuracy under noise", x_label="severity", y_label="accuracy", series=lines)


def results(cuts: list[tuple[dict[str, str], int]]) -> list[Result]:
    """One result per kind of thing that can be in a record."""
    spread = [0.02 * math.sin(3 * k) for k in range(len(cuts))]

    def rates(metric: str, p: float) -> list[Estimate]:
        return [rate(metric, s, n, p + d) for (s, n), d in zip(cuts, spread, strict=True)]

    def one(at: int, check: str, title: str, **more: Any) -> Result:
        return Result(
            id=f"EV-{at:03d}", check=check, title=title, family=check.split(".")[0], **{"status": "ok", **more}
        )

    ratios = [ratio(s, n, None if n < 12 else 0.31 + 0.66 * (s.get("sex") != "Female") + d, "sex=Male")
              for (s, n), d in zip(cuts, spread, strict=True) if s]  # fmt: skip
    table = Figure(kind="table", title="Confusion matrix", columns=["True class", "predicted <=50K", "predicted >50K"],
                   rows=[["<=50K", 11582, 853], [">50K", 1510, 2336]])  # fmt: skip
    return [
        one(1, "accuracy.accuracy", "Accuracy", estimates=rates("accuracy", 0.852), figures=[table]),
        one(2, "accuracy.recall", "Recall (true-positive rate)", estimates=rates("recall", 0.61)),
        one(3, "accuracy.auroc", "Area under the ROC curve", estimates=[
            Estimate(metric="auroc", value=0.9071, low=0.9018, high=0.9121, level=0.95, method="logit-delong", n=16281)]),
        one(4, "fairness.impact_ratio", "Impact ratio", estimates=ratios),
        one(5, "fairness.demographic_parity_difference", "Demographic parity difference", estimates=[
            Estimate(metric="difference", slice={"sex": "Female"}, value=-0.181, low=-0.1926, high=-0.1693, level=0.95,
                     method="newcombe", n=5421, unit="difference", against="sex=Male"),
            Estimate(metric="largest_gap", value=0.181, low=0.1693, high=None, level=0.95, method="plugin-method", n=16281)]),
        one(6, "robustness.noise", "Noise", options={"severity": 3, "copies": 2}, figures=[curve()],
            estimates=rates("unchanged", 0.94)[:3]),
        one(7, "robustness.unit_error", "Unit errors", status="error", reason="ValueError: bad <shape> (3,)", traceback=TRACEBACK),
        one(8, "calibration.ece", "Expected calibration error", figures=[reliability()], estimates=[
            Estimate(metric="ece", value=0.0123, low=0.0061, high=0.0187, level=0.95, method="debiased-ece", n=16281)]),
        one(9, "calibration.slope", "Calibration slope", status="not_assessed", reason="the model gives no probabilities for this"),
    ]  # fmt: skip


def requirements(found: list[Result]) -> list[Requirement]:
    """One requirement for each verdict."""
    acc, rec, auc, imp = (result.estimates for result in found[:4])
    women, men = imp[0], imp[1]
    waiver = {"owner": "R. Ahn, model risk", "because": "Recalibration is planned for 2027 Q1."}
    return [
        Requirement(id="accuracy.accuracy", check="accuracy.accuracy", title="Accuracy", at_least=0.84, lower=0.84, bound="at least 0.84",
                    because="agreed with the credit board", verdict="pass", evidence="EV-001",
                    estimates=[judged(acc[0], "pass", p_pass=1e-6, p_fail=1.0)]),
        Requirement(id="fairness.impact_ratio[sex]", check="fairness.impact_ratio", title="Impact ratio", on=["sex"],
                    at_least=0.8, lower=0.8, bound="at least 0.8", because="four-fifths rule of thumb, 29 CFR 1607.4(D)", verdict="fail",
                    evidence="EV-004", adjusted_p=2e-12, estimates=[judged(women, "fail", p_pass=1.0, p_fail=2e-12),
                                                                    judged(men, "pass", p_pass=1e-9, p_fail=1.0)]),
        Requirement(id="accuracy.recall[race]", check="accuracy.recall", title="Recall", on=["race"], at_least=0.6, lower=0.6,
                    bound="at least 0.6", verdict="inconclusive", needs_n=4120, evidence="EV-002",
                    estimates=[judged(e, "inconclusive", p_pass=0.21, p_fail=0.79, needs_n=4120,
                                     adjusted_low=0.41, adjusted_high=0.73) for e in rec[3:6]]),
        Requirement(id="accuracy.auroc", check="accuracy.auroc", title="Area under the ROC curve", between=(0.9072, 1.0), lower=0.9072, upper=1.0,
                    judge="point", bound="between 0.9072 and 1", verdict="fail", evidence="EV-003",
                    waiver=Waiver(**waiver, until="2026-01-31", state="expired"), estimates=[judged(auc[0], "fail")]),
        Requirement(id="calibration.ece", check="calibration.ece", title="Expected calibration error", at_most=0.01, upper=0.01,
                    bound="at most 0.01", verdict="waived", evidence="EV-008",
                    waiver=Waiver(**waiver, until="2027-03-01", state="active"),
                    estimates=[judged(found[7].estimates[0], "inconclusive", p_pass=0.7, p_fail=0.3, needs_n=51000)]),
        Requirement(id="robustness.unit_error", check="robustness.unit_error", title="Unit errors", at_least=0.9, lower=0.9,
                    bound="at least 0.9", verdict="error", evidence="EV-007", reason="the check raised ValueError"),
        Requirement(id="calibration.slope", check="calibration.slope", title="Calibration slope", between=(0.8, 1.2), lower=0.8, upper=1.2,
                    bound="between 0.8 and 1.2", verdict="not_assessed", evidence="EV-009", reason="no probabilities"),
    ]  # fmt: skip


def build(
    name: str, found: list[Result], asked: list[Requirement], card: dict[str, str], levels: dict[str, int]
) -> Record:
    """Put a record together."""
    order = ("fail", "error", "inconclusive", "not_assessed", "waived", "pass")
    tally = {outcome: sum(r.verdict == outcome for r in asked) for outcome in order}
    status = next((outcome for outcome in order if tally[outcome]), "pass")
    sha = "sha256:" + "0123456789abcdef" * 4
    return Record(
        assay={"version": "0.1.0"},
        audit=Audit(name=name, seed=0, confidence=0.95, started="2026-11-23T14:02:11Z", finished="2026-11-23T14:02:49Z"),
        model=ModelInfo(name="GradientBoosting pipeline", wrapper="sklearn", source="demo.model:fit", task="binary",
                        classes=["<=50K", ">50K"], positive=">50K", capabilities=["predict", "predict_proba"], digest=sha,
                        digest_of="parameters and fitted arrays"),
        data=DataInfo(name="UCI Adult, test split", source="adult.parquet", rows=16281, columns=["age", "education", "sex", "race"],
                      target="income", labels={"<=50K": 12435, ">50K": 3846},
                      sensitive=[Attribute(name="sex", levels=SEXES, reference="Male"), Attribute(name="race", levels=levels)],
                      missing={"age": 0, "education": 12}, digest=sha),
        environment=Environment(python="3.11.7", platform="Linux x86_64", packages={"numpy": "2.4.6", "scipy": "1.17.1"},
                                git={"commit": "1f0c2d", "dirty": True}),
        plan=PlanInfo(digest=sha, fixed="2026-11-23T14:02:12Z", source="audit.toml",
                      document={"audit": {"name": name, "seed": 0}, "require": [r.id for r in asked]}),
        results=found, requirements=asked, card=card,
        verdict=Verdict(status=status, counts=tally, exit_code=1 if status == "fail" else 0,
                        reason=f"{tally['fail']} of {len(asked)} requirements fail; {tally['inconclusive']} cannot be decided."),
    )  # fmt: skip


def realistic() -> Record:
    """What an ordinary audit looks like."""
    found = results(slices())
    card = {"intended_use": "Estimates whether a household earns more than 50,000 dollars.\n\nFor demonstration only.",
            "owner": "Demo team", "limitations": "Census data of 1994; incomes are not adjusted."}  # fmt: skip
    return build("Income model, release 2026-11", found, requirements(found), card, RACES)


def with_baseline() -> Record:
    """Compared with another model, the third audit of its data, which are weighted, clustered and counted."""
    record = realistic()
    baseline = record.model.model_copy(update={"name": "Release 2026-10", "source": "baseline.pkl"})
    tables = {
        "audit": {"ledger": "uses.json", "spend": True},
        "data": {"weight": "fnlwgt", "cluster": "household"},
    }
    return record.model_copy(
        update={
            "model": record.model.model_copy(update={"baseline": baseline}),
            "data": record.data.model_copy(update={"uses": 3}),
            "plan": record.plan.model_copy(update={"document": tables}),
        }
    )


def tiny() -> Record:
    """No requirement, no check."""
    return build("Tiny", [], [], {}, RACES)


def all_errors() -> Record:
    """Every check crashed."""
    found = [Result(id=f"EV-{k:03d}", check=f"accuracy.c{k}", title=f"Check {k}", family="accuracy", status="error",
                    reason="RuntimeError: no", traceback=TRACEBACK * 12) for k in range(1, 9)]  # fmt: skip
    asked = [Requirement(id=r.check, check=r.check, title=r.title, at_least=0.5, lower=0.5, bound="at least 0.5", verdict="error",
                         evidence=r.id, reason=r.reason) for r in found]  # fmt: skip
    return build("All errors", found, asked, {}, RACES)


def many_groups() -> Record:
    """Sixty groups, and more requirements than the label page has room for."""
    groups = {f"Occupation {k:02d}": 7 * k for k in range(60)}
    found = results(slices({"Female": 6000, "Male": 6390}, groups)[:63])
    asked = [r.model_copy() for r in requirements(found) for _ in range(3)]
    return build("Many groups", found, asked, {}, groups)


def hostile() -> Record:
    """HTML, control and direction characters, and names without a place to break, in every string."""
    races = {
        HOSTILE: 13946,
        "W" * 80: 1561,
        "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea": 774,
    }
    found = [r.model_copy(update={"title": f"{r.title} {HOSTILE}", "reason": HOSTILE, "traceback": HOSTILE})
             for r in results(slices(SEXES, races))]  # fmt: skip
    asked = [r.model_copy(update={"title": f"{r.title} {HOSTILE}", "because": HOSTILE, "bound": HOSTILE})
             for r in requirements(found)]  # fmt: skip
    return build(HOSTILE, found, asked, {"intended_use": HOSTILE, HOSTILE: HOSTILE}, races)


def scripts() -> Record:
    """Right-to-left and East Asian names."""
    races = {"\u0639\u0631\u0628\u064a": 13946, "\u05e2\u05d1\u05e8\u05d9\u05ea": 1561, "\u4e2d\u6587\u7d44\u5225": 774}
    found = results(slices(SEXES, races))
    return build("\u4e2d\u6587 \u0639\u0631\u0628\u064a", found, requirements(found), {}, races)


RECORDS = {f.__name__: f for f in (realistic, with_baseline, tiny, all_errors, many_groups, hostile, scripts)}


def printed(record: Record) -> list[str]:
    """Values and intervals as they stand in the tables of estimates: judged ones never round onto their bound."""
    found = []
    for result in record.results:
        verdicts = judgement.verdicts(record, result)
        for estimate in result.estimates:
            is_judged = judgement.key(estimate.metric, estimate.slice) in verdicts
            bounds = judgement.lines(record, result, estimate.metric) if is_judged else []
            found += [numbers.point(estimate, bounds), numbers.span(estimate, bounds)]
    return found
