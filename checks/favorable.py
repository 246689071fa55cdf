"""Rates of decisions, seen from the favourable outcome: a true positive is somebody who gets it and should."""

from __future__ import annotations

from ..audit.shapes.confusion import Confusion
from ..audit.shapes.rates import Proportion


def selected(of: Confusion) -> Proportion:
    """Share that gets the favourable outcome, (TP + FP) / n."""
    return Proportion(of.tp + of.fp, of.n)


def true_positive(of: Confusion) -> Proportion:
    """TP / (TP + FN)."""
    return Proportion(of.tp, of.tp + of.fn)


def false_negative(of: Confusion) -> Proportion:
    """FN / (TP + FN)."""
    return Proportion(of.fn, of.tp + of.fn)


def false_positive(of: Confusion) -> Proportion:
    """FP / (FP + TN)."""
    return Proportion(of.fp, of.fp + of.tn)


def true_negative(of: Confusion) -> Proportion:
    """TN / (FP + TN)."""
    return Proportion(of.tn, of.fp + of.tn)


def positive_predictive(of: Confusion) -> Proportion:
    """TP / (TP + FP)."""
    return Proportion(of.tp, of.tp + of.fp)


def false_discovery(of: Confusion) -> Proportion:
    """FP / (TP + FP)."""
    return Proportion(of.fp, of.tp + of.fp)


def negative_predictive(of: Confusion) -> Proportion:
    """TN / (TN + FN)."""
    return Proportion(of.tn, of.tn + of.fn)


def false_omission(of: Confusion) -> Proportion:
    """FN / (TN + FN)."""
    return Proportion(of.fn, of.tn + of.fn)


def right(of: Confusion) -> Proportion:
    """(TP + TN) / n."""
    return Proportion(of.tp + of.tn, of.n)


def wrong(of: Confusion) -> Proportion:
    """(FP + FN) / n."""
    return Proportion(of.fp + of.fn, of.n)
