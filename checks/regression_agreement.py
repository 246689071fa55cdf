"""How well predicted quantities follow the true ones, whatever their unit."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.agreement import Agreement
from ..audit.shapes.ordered import Explained, PairOrder, RankCorrelation
from ..audit.slices import FloatArray
from ..audit.stats import agreement

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("accuracy.r2", tasks=["regression"], better="higher", addresses=EVIDENCE)
def r2(labels: FloatArray, predictions: FloatArray) -> Agreement:
    """R² (coefficient of determination).

    1 - mean (y - f)^2 / variance of y, y the true and f the predicted value; at most 1. 0 is what the constant mean
    reaches, and below 0 the model is worse than that.

    Signs of trouble: near or below 0; much lower in a group than on the whole.
    Limits: falls where y varies little, although errors are the same, so groups compare by their errors rather than
    by R². No measure of whether the form of the model is right.
    """
    return Agreement(labels, predictions, agreement.r_squared, agreement.below_one)


@check("accuracy.explained_variance", core=False, tasks=["regression"], better="higher", addresses=EVIDENCE)
def explained_variance(labels: FloatArray, predictions: FloatArray) -> Agreement:
    """Explained variance.

    1 - variance of (y - f) / variance of y; at most 1. R² of the predictions less their mean error.

    Signs of trouble: well above R², which means that the predictions are off by a constant.
    Limits: does not see that constant.
    """
    return Agreement(labels, predictions, agreement.explained_variance, agreement.below_one)


@check("accuracy.pearson", core=False, tasks=["regression"], better="higher", addresses=EVIDENCE)
def pearson(labels: FloatArray, predictions: FloatArray) -> Agreement:
    """Pearson correlation.

    Covariance of y and f over the product of their standard deviations, in [-1, 1].

    Signs of trouble: high while R² is low, which means that the scale or the level of the predictions is off.
    Limits: sees neither a wrong scale nor a wrong level; one distant row can make it.
    """
    return Agreement(labels, predictions, agreement.pearson, agreement.within_one)


@check(
    "accuracy.spearman",
    core=False,
    tasks=["regression"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.2307/1412159"],
)
def spearman(labels: FloatArray, predictions: FloatArray) -> RankCorrelation:
    """Spearman correlation.

    Pearson correlation of the ranks of y and f, equal values sharing the mean of theirs; in [-1, 1].

    Signs of trouble: low where predictions are used to put cases in order.
    Limits: sees only the order.
    """
    return RankCorrelation(labels, predictions)


@check(
    "accuracy.kendall",
    core=False,
    tasks=["regression"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1093/biomet/33.3.239"],
)
def kendall(labels: FloatArray, predictions: FloatArray) -> PairOrder:
    """Kendall correlation (tau-b).

    Share of the pairs of rows that y and f put in the same order, less the share that they put in opposite orders, of
    the pairs that are not tied; in [-1, 1].

    Signs of trouble: low where predictions are used to put cases in order.
    Limits: sees only the order; nearer to 0 than Spearman's correlation of the same rows.
    """
    return PairOrder(labels, predictions)


@check(
    "accuracy.concordance",
    core=False,
    tasks=["regression"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.2307/2532051"],
)
def concordance(labels: FloatArray, predictions: FloatArray) -> Agreement:
    """Concordance correlation (Lin).

    2 covariance / (variance of y + variance of f + (mean y - mean f)^2), in [-1, 1]; 1 only where f = y in every row.

    Signs of trouble: below Pearson's correlation, which means that the scale or the level of the predictions is off.
    Limits: falls where y varies little, although errors are the same.
    """
    return Agreement(labels, predictions, agreement.concordance, agreement.within_one)


@check("accuracy.d2_absolute_error", core=False, tasks=["regression"], better="higher", addresses=EVIDENCE)
def d2_absolute_error(labels: FloatArray, predictions: FloatArray) -> Explained:
    """Explained absolute error (D²).

    1 - mean |y - f| / mean |y - median y|; at most 1. As R², with absolute in place of squared errors: 0 is what the
    constant median reaches. In a group the median is that of the group.

    Signs of trouble: near or below 0; far from R², which means that a few rows decide one of them.
    Limits: falls where y varies little, although errors are the same.
    """
    return Explained(labels, predictions)
