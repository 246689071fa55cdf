"""Clauses and their evidence: every state, honest gaps, and data that are dated and hang together with the checks."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from assay import audit
from assay.audit.errors import PlanError
from assay.audit.plan import Plan
from assay.audit.record import Record
from assay.reports import html, markdown
from assay.reports.crosswalk import (
    ATTESTATION,
    DOCUMENT,
    NOT_APPLICABLE,
    NOT_RUN,
    PARTIAL,
    PRODUCED,
    SECTIONS,
    Row,
    crosswalks,
)
from assay.reports.frameworks import FOLDER, framework, frameworks
from assay.reports.words import CARD

from .records import RECORDS


def with_crosswalk(record: Record, *names: str, not_applicable: dict[str, str] | None = None, **card: str) -> Record:
    document = dict(record.plan.document)
    document["report"] = {"crosswalk": list(names), "not_applicable": not_applicable or {}}
    plan = record.plan.model_copy(update={"document": document})
    return record.model_copy(update={"plan": plan, "card": {**record.card, **card}})


def rows(record: Record, name: str, **more: object) -> dict[str, Row]:
    (found,) = crosswalks(with_crosswalk(record, name, **more))  # type: ignore[arg-type]
    return {row.clause.id: row for row in found.rows}


def test_measured_clauses_name_their_evidence_and_what_is_missing(record: Record) -> None:
    found = rows(record, "eu-ai-act")
    fairness = [result.id for result in record.results if result.family == "fairness" and result.status == "ok"]
    assert set(fairness) <= set(found["13.3b"].evidence)
    assert found["15.5"].state == NOT_RUN
    assert "a check of robustness.adversarial or robustness.black_box" in found["15.5"].missing[0]
    assert found["9.2a"].state == ATTESTATION
    assert found["12.1"].state == DOCUMENT
    assert found["annex-iv-2g"].state == PARTIAL
    assert "signature of the responsible persons" in " ".join(found["annex-iv-2g"].missing)


def test_what_people_wrote_is_evidence_and_what_they_did_not_is_a_gap(record: Record) -> None:
    empty = rows(record, "eu-ai-act", human_oversight="")["13.3d"]
    assert (empty.state, empty.missing) == (ATTESTATION, ["“Human oversight” of the card"])
    full = rows(record, "eu-ai-act", human_oversight="Two people read each case.")["13.3d"]
    assert (full.state, full.parts, full.missing) == (PRODUCED, ["“Human oversight”"], [])


def test_what_does_not_apply_says_why(record: Record) -> None:
    row = rows(record, "eu-ai-act", not_applicable={"eu-ai-act:72": "it is not on the market"})["72"]
    assert (row.state, row.missing) == (NOT_APPLICABLE, ["it is not on the market"])


def test_a_check_that_failed_is_a_gap_and_never_evidence(record: Record) -> None:
    broken = [r.model_copy(update={"status": "error", "estimates": []}) for r in record.results]
    found = rows(record.model_copy(update={"results": broken}), "nist-ai-rmf")["measure-2.11"]
    assert found.state == NOT_RUN and not found.evidence
    assert found.missing[0].startswith("checks that ended without a result: EV-")


def test_an_alias_leads_to_what_replaced_it_once(record: Record) -> None:
    found = crosswalks(with_crosswalk(record, "sr-11-7", "sr-26-2"))
    assert [one.framework.id for one in found] == ["sr-26-2"]
    assert "rescinded" in found[0].framework.standing


def test_an_audit_after_the_review_day_says_so(record: Record) -> None:
    late = record.model_copy(update={"audit": record.audit.model_copy(update={"finished": "2031-01-01T00:00:00Z"})})
    assert all(one.overdue for one in crosswalks(with_crosswalk(late, *frameworks())))
    assert "was to be looked at again by" in html.render(with_crosswalk(late, "ugesp")).decode()
    assert "was to be looked at again by" not in html.render(with_crosswalk(record, "ugesp")).decode()


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_framework_is_printed_for_every_record(name: str) -> None:
    record = with_crosswalk(RECORDS[name](), *frameworks())
    page, text = html.render(record).decode(), markdown.render(record).decode()
    for one in frameworks().values():
        assert f'id="crosswalk-{one.id}"' in page
        assert all(f'<th scope="row">{clause.id}' in page for clause in one.clauses)
    assert "compliant" not in (page + text).replace("/ec-aia-compliance", "")
    assert text.count("## Regulatory crosswalk") == len(frameworks())


def test_ids_that_follow_each_other_are_printed_as_a_run() -> None:
    clause = frameworks()["ugesp"].clauses[0]
    row = Row(clause, PRODUCED, ["EV-001", "EV-002", "EV-003", "EV-005", "EV-006"], [], [])
    assert row.runs == [("EV-001", "EV-003"), ("EV-005", "EV-005"), ("EV-006", "EV-006")]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"crosswalk": ["eu-ai-akt"]}, "nothing is known of 'eu-ai-akt'; did you mean 'eu-ai-act'?"),
        ({"not_applicable": {"eu-ai-act:99": "because"}}, "not_applicable: nothing is known of 'eu-ai-act:99'"),
        ({"not_applicable": {"eu-ai-act:72": ""}}, "at least 1 character"),
    ],
)
def test_unknown_names_are_refused_before_the_run(table: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        Plan.parse({"report": table})
    assert message in str(caught.value)


# The data


def test_each_framework_is_named_by_its_file_dated_and_sourced() -> None:
    for path in FOLDER.glob("*.toml"):
        document = tomllib.loads(path.read_text("utf-8"))
        assert document["id"] == path.stem
        assert document["checked_on"] <= date.today()
        assert all(document[key] for key in ("name", "jurisdiction", "version", "status", "in_force", "source"))


def test_no_framework_is_older_than_its_review_date() -> None:
    old = [one.id for one in frameworks().values() if one.review_by < date.today()]
    assert not old, f"look at these again, then move checked_on and review_by: {old}"


def test_clauses_are_unique_and_name_what_exists() -> None:
    checks, families = audit.checks(), {spec.family for spec in audit.checks().values()}
    for one in frameworks().values():
        ids = [clause.id for clause in one.clauses]
        assert len(ids) == len(set(ids)) and ids
        for clause in one.clauses:
            assert set(clause.report) <= set(SECTIONS), clause
            assert set(clause.card) <= set(CARD), clause
            assert all(name in checks or name in families for name in clause.checks), clause
            assert clause.text.endswith(".") and "compliant" not in clause.text


def test_checks_name_clauses_that_exist() -> None:
    for spec in audit.checks().values():
        for address in spec.addresses:
            name, _, clause = address.partition(":")
            found = framework(name)
            assert found is not None, f"{spec.id}: no framework {name!r}"
            assert clause in {one.id for one in found.clauses}, f"{spec.id}: no clause {address!r}"


def test_clauses_that_only_checks_can_answer_have_some() -> None:
    named = {address for spec in audit.checks().values() for address in spec.addresses}
    for one in frameworks().values():
        assert [c.id for c in one.clauses if c.measured and f"{one.id}:{c.id}" not in named] == []


def test_what_is_not_confirmed_says_so(record: Record) -> None:
    text = markdown.render(with_crosswalk(record, "iso-iec-42001")).decode()
    assert "a.6.2.4 †" in text and "† not held against the text." in text
