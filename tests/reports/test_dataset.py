"""What the data chapter says: uses, design, and the order of values."""

from __future__ import annotations

import pytest

from assay.audit.record import Attribute, Estimate, Record, Result
from assay.reports import dataset

from . import records


def binned(levels: list[str], cuts: list[list[str]]) -> Record:
    """An attribute with these levels, and a result per list of those that it was measured on."""
    found = [
        Result(
            id=f"EV-{at}",
            check="c",
            title="C",
            family="f",
            status="ok",
            estimates=[
                Estimate(metric="m", slice={"age": one}, value=0, low=0, high=0, level=0.95, method="", n=1)
                for one in cut
            ],
        )
        for at, cut in enumerate(cuts)
    ]
    record = records.build("Bins", found, [], {}, {})
    age = Attribute(name="age", levels=dict.fromkeys(levels, 1))
    return record.model_copy(update={"data": record.data.model_copy(update={"sensitive": [age]})})


def test_levels_stand_in_the_order_of_the_slices_and_unmeasured_ones_last() -> None:
    record = binned(["(missing)", "25 to < 40", "< 25", ">= 60"], [["25 to < 40"], ["< 25", "25 to < 40", ">= 60"]])
    assert list(dataset.tallies(record)[1][1]) == ["< 25", "25 to < 40", ">= 60", "(missing)"]


def test_without_estimates_levels_stand_as_recorded() -> None:
    assert list(dataset.tallies(binned(["b", "a"], []))[1][1]) == ["b", "a"]


def test_labels_stand_in_the_order_of_the_classes() -> None:
    record = records.tiny()
    record = record.model_copy(update={"model": record.model.model_copy(update={"classes": [">50K", "<=50K"]})})
    assert list(dataset.tallies(record)[0][1].items()) == [(">50K", 3846), ("<=50K", 12435)]


@pytest.mark.parametrize(("uses", "worn"), [(1, False), (3, True)])
def test_a_second_use_is_told_with_its_caveat(uses: int, worn: bool) -> None:
    record = records.with_baseline()
    said = dict(dataset.facts(record.model_copy(update={"data": record.data.model_copy(update={"uses": uses})})))
    assert f"audit number {uses} of these data, counted in uses.json." in said["Audits so far"]
    assert (dataset.AGAIN in said["Audits so far"]) == worn


def test_design_and_spending_are_told_where_they_are_set(record: Record) -> None:
    told = {"Weights", "Clusters", "Audits so far", "Spending"}
    assert told.isdisjoint(dict(dataset.facts(record)))
    said = dict(dataset.facts(records.with_baseline()))
    assert told <= set(said)
    assert "fnlwgt" in said["Weights"]
    assert "household" in said["Clusters"]
