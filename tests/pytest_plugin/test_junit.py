from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest
from scipy.stats import binomtest

from assay import audit

from . import project
from .conftest import Run


def cases(run: Run) -> dict[str, ElementTree.Element]:
    return {
        case.attrib["name"]: case for case in run.junit.iter("testcase") if case.attrib["classname"] == "audit.toml"
    }


def numbers(case: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}


def test_the_file_is_what_readers_of_junit_expect(run: Run) -> None:
    (suite,) = run.junit.findall("testsuite")
    kinds = Counter(child.tag for case in suite.iter("testcase") for child in case)
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(project.IDS) + 2
    assert (suite.attrib["failures"], suite.attrib["skipped"], suite.attrib["errors"]) == ("7", "1", "0")
    assert kinds == {"properties": len(project.IDS) + 1, "failure": 7, "skipped": 1}
    assert set(cases(run)) == {*project.IDS, project.CRASHED}


def test_the_numbers_are_properties(run: Run) -> None:
    found = numbers(cases(run)["accuracy.precision"])
    interval = binomtest(175, 190).proportion_ci(method="wilson")
    assert float(found["value"]) == pytest.approx(175 / 190)
    assert (float(found["low"]), float(found["high"])) == pytest.approx((interval.low, interval.high))
    assert (found["level"], found["n"], found["slice"]) == ("0.95", "190", "all rows")
    assert (found["bound"], found["verdict"]) == ("at least 0.99", "fail")


def test_every_case_names_its_evidence_and_the_record(run: Run) -> None:
    record = audit.load(run.folder / "out" / "audit.json")
    for name, case in cases(run).items():
        found = numbers(case)
        assert found["evidence"] == record[name.partition("[")[0]].id
        assert found["record"] == record.digest


def test_every_verdict_is_a_property(run: Run) -> None:
    verdicts = ["pass", "fail", "inconclusive", "not_assessed", "error", "waived", "fail", "inconclusive"]
    assert [numbers(cases(run)[name])["verdict"] for name in project.IDS] == verdicts
