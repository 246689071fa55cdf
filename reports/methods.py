"""The methods appendix: what each interval is and where it comes from. Names are those in the record."""

from __future__ import annotations

from typing import NamedTuple

from ..audit.record import Record


class Method(NamedTuple):
    """Short name for tables, definition, and source."""

    short: str
    text: str
    source: str


METHODS = {
    "wilson": Method(
        "Wilson", "Score interval of a proportion: all p with |p̂ − p| ≤ z·√(p(1 − p)/n). Used from 40 rows on, but for "
        "0 and 1.",
        "Wilson (1927), J. Am. Stat. Assoc. 22:209; Newcombe (1998), Stat. Med. 17:857, method 3"),
    "clopper-pearson": Method(
        "Clopper–Pearson", "Exact interval of a proportion from the binomial distribution; used below 40 rows and where the "
        "proportion is 0 or 1. It covers at least the stated level.",
        "Clopper & Pearson (1934), Biometrika 26:404"),
    "newcombe": Method(
        "Newcombe", "Difference of two independent proportions by the hybrid score method: the Wilson limits "
        "of both are combined in squares. Low: p̂₁ − p̂₂ − √((p̂₁ − l₁)² + (u₂ − p̂₂)²); high alike.",
        "Newcombe (1998), Stat. Med. 17:873, method 10"),
    "newcombe-minimum": Method(
        "Newcombe, minimum", "Difference from the most selected group, which the data choose. Lower end: the least of "
        "the pairwise lower ends; upper end: the least of the pairwise upper ends at the Bonferroni level. A union bound, "
        "so that it covers more than the stated level.",
        "Newcombe (1998), Stat. Med. 17:873, method 10, with a union bound"),
    "newcombe-maximum": Method(
        "Newcombe, maximum", "Difference from the group with the lowest rate, which the data choose. Upper end: the greatest "
        "of the pairwise upper ends; lower end: the greatest of the pairwise lower ends at the Bonferroni level.",
        "Newcombe (1998), Stat. Med. 17:873, method 10, with a union bound"),
    "newcombe-diluted": Method(
        "Newcombe, diluted", "Difference from all rows, of which the group is a part: limits of the difference from the "
        "rest, times the share of the rest.", "Newcombe (1998), Stat. Med. 17:873, method 10"),
    "newcombe-paired": Method(
        "Newcombe, paired", "Difference of two proportions of the same rows: as Newcombe, less the correlation φ of the two "
        "outcomes. Low: p̂₁ − p̂₂ − √(a² − 2φab + b²) with a = p̂₁ − l₁, b = u₂ − p̂₂; a positive φ is corrected for continuity.",
        "Newcombe (1998), Stat. Med. 17:2635, method 10"),
    "koopman": Method(
        "Koopman", "Ratio of two independent proportions: all ratios that the score test does not reject.",
        "Koopman (1984), Biometrics 40:513"),
    "koopman-minimum": Method(
        "Koopman, minimum", "Ratio to the most selected group, which the data choose. Lower end: the least of the "
        "pairwise lower ends; upper end: the least of the pairwise upper ends at the Bonferroni level. A union bound, so "
        "that it covers more than the stated level.",
        "Koopman (1984), Biometrics 40:513, with a union bound"),
    "koopman-maximum": Method(
        "Koopman, maximum", "Ratio to the group with the lowest rate, which the data choose. Upper end: the greatest of the "
        "pairwise upper ends; lower end: the greatest of the pairwise lower ends at the Bonferroni level.",
        "Koopman (1984), Biometrics 40:513, with a union bound"),
    "koopman-diluted": Method(
        "Koopman, diluted", "Ratio to all rows, of which the group is a part: r / (s·r + 1 − s) of the limits r of the "
        "ratio to the rest, with the share s of the group.", "Koopman (1984), Biometrics 40:513"),
    "katz": Method(
        "Katz", "Ratio of two independent proportions: ln(p̂₁/p̂₂) ± z·√(1/x₁ − 1/n₁ + 1/x₂ − 1/n₂); Koopman's where a count is 0.",
        "Katz, Baptista, Azen & Pike (1978), Biometrics 34:469, method C"),
    "maximum-of-differences": Method(
        "maximum of differences", "Largest absolute difference of several: pairwise limits, with the Bonferroni "
        "level for the lower end. A union bound, so that it covers more than the stated level.", "Newcombe (1998), Stat. Med. 17:873, with a union bound"),
    "mean-of-absolute-differences": Method(
        "mean of differences", "Mean of several absolute differences: the mean of the limits of each, at the Bonferroni "
        "level. It holds whenever all of them do, which is more often than the stated level.", "Newcombe (1998), Stat. Med. 17:873, with a union bound"),
    "mover-difference": Method(
        "MOVER, difference", "Difference of two groups from the separate interval [l, u] of each. Low: "
        "θ̂₁ − θ̂₂ − √((θ̂₁ − l₁)² + (u₂ − θ̂₂)²); high alike.", "Zou & Donner (2008), Stat. Med. 27:1693"),
    "mover-difference-minimum": Method(
        "MOVER, minimum", "Difference from the group with the highest value, which the data choose. Lower end: the least of "
        "the pairwise lower ends; upper end: the least of the pairwise upper ends at the Bonferroni level.",
        "Zou & Donner (2008), Stat. Med. 27:1693, with a union bound"),
    "mover-difference-maximum": Method(
        "MOVER, maximum", "Difference from the group with the lowest value, which the data choose. Upper end: the greatest of "
        "the pairwise upper ends; lower end: the greatest of the pairwise lower ends at the Bonferroni level.",
        "Zou & Donner (2008), Stat. Med. 27:1693, with a union bound"),
    "mover-ratio": Method(
        "MOVER, ratio", "Ratio of two groups from the separate interval of each, on the scale of logarithms.",
        "Zou & Donner (2008), Stat. Med. 27:1693"),
    "mover-ratio-minimum": Method(
        "MOVER ratio, minimum", "Ratio to the group with the highest value, which the data choose. Lower end: the least of "
        "the pairwise lower ends; upper end: the least of the pairwise upper ends at the Bonferroni level.",
        "Zou & Donner (2008), Stat. Med. 27:1693, with a union bound"),
    "mover-ratio-maximum": Method(
        "MOVER ratio, maximum", "Ratio to the group with the lowest value, which the data choose. Upper end: the greatest of "
        "the pairwise upper ends; lower end: the greatest of the pairwise lower ends at the Bonferroni level.",
        "Zou & Donner (2008), Stat. Med. 27:1693, with a union bound"),
    "mover": Method(
        "MOVER", "Weighted sum of estimates of separate rows from the interval [l, u] of each. Low: Σcθ̂ − √Σ(c·(θ̂ − l))²; high: "
        "Σcθ̂ + √Σ(c·(u − θ̂))², for weights c above 0.", "Zou & Donner (2008), Stat. Med. 27:1693"),
    "multinomial-bca": Method(
        "multinomial BCa", "Bootstrap of the cells of the confusion matrix, bias-corrected and accelerated, with the "
        "jackknife over cells; 2,000 replicates. Used in place of ABC where a function of the counts has no derivatives, or "
        "more than 1,000 cells.", "Efron (1987), J. Am. Stat. Assoc. 82:171"),
    "dirichlet-jeffreys": Method(
        "Dirichlet–Jeffreys", "Where the bootstrap of the cells does not vary: quantiles under the Dirichlet "
        "posterior with half a count added to each cell, or 2 / cells where there are more than four. At such an edge of what is "
        "possible it covers more than the stated level.", "Jeffreys (1946), Proc. R. Soc. A 186:453"),
    "abc": Method(
        "ABC", "Approximate bootstrap confidence interval of a function t of the shares p of the confusion counts: what BCa "
        "tends to, from derivatives in place of resampling. With t′ what a row of each count adds to t (its influence, Σp·t′ = 0) the limits are "
        "t(p + λ·d), d = p·t′/(n·σ), σ² = Σp·t′²/n, λ = w/(1 − a·w)², w = z₀ ± z, the acceleration a = Σp·t′³/(6·n²·σ³) and the correction z₀ of bias and curvature. Where a "
        "count is zero, widened to the interval with half a count, or 2 / cells, added to each.",
        "DiCiccio & Efron (1992), Biometrika 79:231; Efron & Tibshirani (1993), An Introduction to the Bootstrap, 22.6"),
    "row-bootstrap": Method(
        "row bootstrap", "Percentiles of the score of rows drawn with replacement, 200 times; used below 5,000 rows.",
        "Efron (1981), Can. J. Stat. 9:139"),
    "sections-t": Method(
        "sections", "Score of all rows ± t·s/√50, with s the spread of the score between 50 random sections of the "
        "rows; used from 5,000 rows on.",
        "Asmussen & Glynn (2007), Stochastic Simulation, III.5b"),
    "korn-graubard": Method(
        "Korn–Graubard", "Rate of weighted or clustered rows, or of the labels of rows that have several: interval of a "
        "proportion of as many independent rows as tell as much, with t in place of the normal quantile.", "Korn & Graubard (1998), Surv. Methodol. 24:193"),
    "mean-of-rates": Method(
        "mean of rates", "Mean over labels of a rate of the same rows: linearised variance with half a hit and half a miss "
        "added to each rate, then as Korn–Graubard.", "Binder (1983), Int. Stat. Rev. 51:279; Korn & Graubard (1998)"),
    "linearised-t": Method(
        "linearised t", "Statistic of weighted or clustered rows: value ± t·s, with s² the sum over clusters of the square "
        "of what its rows add to the value at first order (of a mean: their distance from it). Degrees of freedom: one "
        "less than clusters, or fewer where few clusters make up most of s², which are then printed.",
        "Binder (1983), Int. Stat. Rev. 51:279; Satterthwaite (1946), Biometrics Bull. 2:110"),
    "linearised-logit": Method(
        "linearised, logit", "As linearised t, on the logit scale. The area under the ROC curve has DeLong's placements "
        "as what rows add.", "Binder (1983), Int. Stat. Rev. 51:279; Obuchowski (1997), Biometrics 53:567"),
    "linearised-log": Method(
        "linearised, log", "As linearised t, on the log scale; of R², skill scores and their like the logarithm of one "
        "less the value.", "Binder (1983), Int. Stat. Rev. 51:279"),
    "designed-debiased-ece": Method(
        "debiased, of a design", "As debiased ECE, for weighted or clustered rows: bins by weight, the noise of a bin's gap "
        "that of a ratio of totals over clusters, and signs chosen by one half of the clusters for the other. Its ends are "
        "bounds, too.",
        "Binder (1983), Int. Stat. Rev. 51:279, with the method named"),
    "designed-debiased-squares": Method(
        "debiased squares, of a design", "As debiased squares, for weighted or clustered rows: with the covariance of the "
        "gaps of all bins over clusters, and t in place of the normal quantile.",
        "Binder (1983), Int. Stat. Rev. 51:279, with the method named"),
    "cross-fitted-linearised": Method(
        "cross-fitted, of a design", "Greatest distance of two distribution functions of weighted or clustered rows: half of "
        "the clusters choose where to measure, the others measure, as linearised t; upper end: the greatest of the upper "
        "ends at 64 scores. Its ends are bounds, so that it covers more than the stated level.", "Binder (1983), Int. Stat. Rev. 51:279, made simultaneous here"),
    "linearised-fisher": Method(
        "linearised, Fisher", "As linearised t, for correlations on Fisher's scale, artanh.",
        "Binder (1983), Int. Stat. Rev. 51:279; Fisher (1921), Metron 1:3"),
    "effective-newcombe": Method(
        "effective Newcombe", "Newcombe's interval of the area under the ROC curve with as many rows in each class as tell "
        "as much, once weights and clusters are allowed for; used when a class is small or the area is near 0 or 1, where the "
        "variance it assumes (Hanley and McNeil) is mostly too large: it covers more than the stated level.",
        "Newcombe (2006), Stat. Med. 25:559, method 5; Korn & Graubard (1998), Surv. Methodol. 24:193"),
    "woodruff": Method(
        "Woodruff", "Quantile of weighted or clustered rows: the exact interval of order statistics for as many "
        "independent rows as tell as much, its ranks taken as shares of the weight.", "Woodruff (1952), JASA 47:635"),
    "weighted-bootstrap": Method(
        "weighted bootstrap", "Percentiles over random weights of the rows: each count is replaced by a gamma number with "
        "mean the sum of the weights and variance that of their squares.", "Rubin (1981), Ann. Stat. 9:130"),
    "cluster-bootstrap": Method(
        "cluster bootstrap", "Percentiles over whole clusters (or weighted rows) drawn with replacement, the tails as much "
        "smaller as Student's quantile is larger than the normal one.",
        "Davison & Hinkley (1997), Bootstrap Methods, 3.8; Hesterberg (2015), Am. Stat. 69:371"),
    "logit-delong": Method(
        "logit DeLong", "Area A under the ROC curve with DeLong’s standard error s: logit A ± z·s/(A(1 − A)). "
        "Used where both classes have 50 rows or more and the area is between 0.03 and 0.97.",
        "Pepe (2003), The Statistical Evaluation of Medical Tests, chapter 5; DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837; Sun & Xu (2014), IEEE Signal Process. Lett. 21:1389"),
    "logit-partial": Method(
        "logit, partial area", "Partial area under the ROC curve on the logit scale of the mean true-positive rate, with the "
        "variance of its placements, which allows for the threshold of the greatest false-positive rate, and t with one "
        "degree of freedom less than rows of the smaller class beyond that rate.",
        "Dodd & Pepe (2003), Biometrics 59:614; He & Escobar (2008), Stat. Med. 27:5291"),
    "score-bootstrap": Method(
        "score bootstrap", "Share v at a threshold that the data choose: percentiles over Poisson weights of the rows, 500 "
        "replicates, widened below to logit v − z·s/(v(1 − v)) and above to v + z·s, s the spread of the replicates, and to the "
        "exact limit where the share is 0 or 1.", "Efron (1981), Can. J. Stat. 9:139; Hanley & MacGibbon (2006), Comput. Methods Programs Biomed. 83:57"),
    "newcombe-auroc": Method(
        "Newcombe AUROC", "Score-like interval of the area under the ROC curve: all areas A that differ from the estimate by at most "
        "z·√V(A), V(A) = A(1 − A)/(n₊n₋)·(1 + m(1 − A)/(2 − A) + mA/(1 + A)) with m = (n₊ + n₋)/2 − 1, after Hanley and McNeil. Used where a class has fewer than 50 rows or the area is above 0.97 or below 0.03.", "Newcombe (2006), Stat. Med. 25:559, method 5"),
    "mover-paired": Method(
        "MOVER, paired", "Difference of the mean recall of two models on the same rows: the paired Newcombe intervals of "
        "the classes, whose distances from the estimates are combined in squares.",
        "Newcombe (1998), Stat. Med. 17:2635, method 10; Zou & Donner (2008), Stat. Med. 27:1693"),
    "delong-paired": Method(
        "DeLong, paired", "Difference of two areas under the ROC curve on the same rows: both intervals are combined in "
        "squares with DeLong's correlation of the areas.",
        "DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837; Zou (2007), Psychol. Methods 12:399"),
    "logit-jackknife": Method(
        "logit jackknife", "Average precision on the logit scale, with the variance of the infinitesimal jackknife and "
        "as many degrees of freedom as there are positive rows, less one.",
        "Boyd, Eng & Page (2013), ECML PKDD, section 3.1; Efron (1982), The Jackknife, chapter 6"),
    "cross-fitted-newcombe": Method(
        "cross-fitted Newcombe", "Greatest distance of two distribution functions. Lower end: one half of the rows "
        "chooses where to measure, the other half measures. Upper end: the greatest of the upper ends at all scores. Both are "
        "bounds, each above or below the truth at the error of one end or less, so that it covers more than the stated level.",
        "Newcombe (1998), Stat. Med. 17:873, method 10, made simultaneous here"),
    "score-odds-ratio": Method(
        "score, odds ratio", "Odds ratio of two independent proportions: all ratios that the score test does not reject.",
        "Cornfield (1956), Proc. 3rd Berkeley Symp. 4:135; Miettinen & Nurminen (1985), Stat. Med. 4:213"),
    "fieller": Method(
        "Fieller", "Ratio of two means of the same rows: all ratios θ for which a t test does not reject that the mean of "
        "x − θy is 0; no limits where the mean of y may be 0.",
        "Fieller (1954), J. R. Stat. Soc. B 16:175"),
    "student-t": Method(
        "Student t", "Mean of a value per row, or per query: mean ± t·s/√n, within the range of the value.",
        "Student (1908), Biometrika 6:1"),
    "hoeffding": Method(
        "Hoeffding", "Bound for the mean of values in a known range, used where all rows have the same value or "
        "there is one row: mean ± (greatest − smallest)·√(ln(2/α)/2n).", "Hoeffding (1963), J. Am. Stat. Assoc. 58:13"),
    "debiased-ece": Method(
        "debiased", "Expected calibration error with part of the bias of binning taken off (41 % where the model is calibrated): "
        "Σ w·(2|d| − E|D|) over bins with share w, gap d and D ~ N(d, s²/n). Lower end: one half of the rows gives each bin a "
        "sign, the other half measures the mean of label less probability times that sign, less z standard errors, on rows that are divided by number within each bin and label. Upper end: the root of that of the squared "
        "error (Jensen). Both are bounds and not exact limits, so that it covers more than the stated level. The percentile "
        "bootstrap is not used: it does not cover.", "Kumar, Liang & Ma (2019), NeurIPS 32, for the estimate; the ends are assay's own"),
    "debiased-squares": Method(
        "debiased squares", "Weighted squares of the deviations d of bins, less what noise adds to them: T = Σ w·(d² − s²/n) ± z·√V, "
        "V = Σ w²·(4d₊²s²/n + 2s⁴/n²) + Var(d₊²)/N, d₊² = max(d² − s²/n, 0), over bins with share w, n rows and variance s² of the gap: a part "
        "of order 1/n (delta method), a chi-square part that is left where there is no deviation, "
        "and that of the shares of the bins. Where there is no deviation only the upper end can miss, and the delta method is "
        "cautious, so that it covers more than the stated level. Estimates of parts that must add up may fall below 0.",
        "Kumar, Liang & Ma (2019), NeurIPS 32; Ferro & Fricker (2012), Q. J. R. Meteorol. Soc. 138:1954; V is assay's own"),
    "mean-of-classes": Method(
        "mean of classes", "Mean over the classes of a calibration error of each class against the rest: the mean of "
        "the limits of all classes at the Bonferroni level.", "Kull et al. (2019), NeurIPS 32, with a union bound"),
    "block-t": Method(
        "blocks", "Mean over random blocks of 32 rows of an unbiased estimate of the kernel calibration error: mean ± t·s/√blocks, "
        "not below 0.", "Widmann, Lindsten & Zachariah (2019), NeurIPS 32; Zaremba, Gretton & Blaschko (2013), NeurIPS 26"),
    "mean-of-groups": Method(
        "mean of groups", "Mean over groups of rows of a relative error of the predicted deviation: the mean of the limits of "
        "all groups (roots of Hall’s for the mean square) at the Bonferroni level. It holds whenever all of them do, which is "
        "more often than the stated level.",
        "Levi et al. (2022), Sensors 22:5540; Hall (1992), J. R. Stat. Soc. B 54:221, with a union bound"),
    "garwood": Method(
        "Garwood", "Ratio of observed to expected positives: exact limits of a Poisson number, divided by the expected "
        "one. It covers more than the stated level where positives are common.", "Garwood (1936), Biometrika 28:437"),
    "dkw-band": Method(
        "DKW band", "Area between two distribution functions: area ± √(ln(2/α)/2n), the width of the band that holds "
        "the whole function. It covers at least the stated level.", "Massart (1990), Ann. Probab. 18:1269"),
    "two-bands": Method(
        "two bands", "Distance of two distribution functions: distance ± the widths of the bands that hold each whole function, "
        "√(ln(4/α)/2n). It covers more than the stated level.", "Massart (1990), Ann. Probab. 18:1269"),
    "mantel-haenszel-difference": Method(
        "Mantel–Haenszel difference", "Difference of two rates within strata, averaged with the weights n₁n₂/N, with a "
        "variance that holds for few large and for many small strata.",
        "Greenland & Robins (1985), Biometrics 41:55; Sato (1989), Biometrics 45:1323"),
    "mantel-haenszel-odds": Method(
        "Mantel–Haenszel odds", "Odds ratio that strata have in common, on the scale of logarithms.",
        "Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719; Robins, Breslow & Greenland (1986), Biometrics 42:311"),
    "greatest-log-ratio": Method(
        "greatest log ratio", "Greatest logarithm of a ratio of rates, over all other groups and both outcomes. Upper end: the "
        "greatest of the pairwise upper ends; lower end: the greatest of the lower ends at the Bonferroni level. A union "
        "bound, so that it covers more than the stated level.",
        "Koopman (1984), Biometrics 40:513, with a union bound"),
    "lowest-of-rates": Method(
        "lowest of rates", "Lowest of several rates. Lower end: the least of the lower ends; upper end: the least of the "
        "upper ends at the Bonferroni level.", "Wilson (1927), J. Am. Stat. Assoc. 22:209, with a union bound"),
    "wald-sandwich": Method(
        "sandwich", "Coefficient of the logistic recalibration of labels on the logit of the predicted "
        "probability (of the intercept: the slope held at 1) ± z·s, with robust standard error s (HC0).", "Cox (1958), Biometrika 45:562; White (1980), Econometrica 48:817"),
    "hall": Method(
        "Hall", "Mean of a value per row whose distribution is skewed, such as a squared error: Student's interval "
        "after a cubic transformation that takes the skewness γ out: mean − s·h(±t/√n) with h(y) = ((1 + γ·(y − γ/6n))^⅓ − 1)·3/γ. "
        "Number, sum, standard deviation and skewness of the values determine it.", "Hall (1992), J. R. Stat. Soc. B 54:221"),
    "delta": Method(
        "delta", "Value ± t·s, with s² the variance of what each row adds to the value at first order, divided by n, so that no "
        "distribution is assumed; correlations on the scale of artanh, R² and its like on that of ln(1 − R²). Degrees of freedom: "
        "(n − 1)/7, those of a mean of squares of squared normal deviations, whose kurtosis is 15.",
        "Cramér (1946), Mathematical Methods of Statistics, 28.4; Fisher (1921), Metron 1:3; Satterthwaite (1946), Biometrics Bull. 2:110"),
    "jackknife-t": Method(
        "jackknife t", "Mean ± t·s (n − 1 degrees of freedom), with s from leaving out each row in turn, which also changes the values of the rows "
        "that it is near to; on average s is not too small. Without any spread: the rule of three.", "Efron & Stein (1981), Ann. Stat. 9:586"),
    "rank-influence": Method(
        "rank influence", "Rank correlation ± t·s on the scale of artanh, with s from the influence of each row and n − 1 degrees "
        "of freedom. It assumes nothing of the distribution.", "van der Vaart (1998), Asymptotic Statistics, 20.1"),
    "order-statistics": Method(
        "order statistics", "Quantile between two of the ordered values, whose ranks the binomial distribution gives; "
        "exact for any distribution.", "Conover (1999), Practical Nonparametric Statistics, 3rd edition, 3.2"),
    "sample-maximum": Method(
        "sample maximum", "The greatest value seen bounds the greatest possible one from below; nothing bounds it "
        "from above. With n rows at most a share of 1 − 0.05^(1/n) of future rows exceeds it, at 95 % confidence.",
        "Wilks (1941), Ann. Math. Stat. 12:91"),
}  # fmt: skip


def short(method: str) -> str:
    """The name for tables; a method of a plug-in keeps its own."""
    return METHODS[method].short if method in METHODS else method


def used(record: Record) -> list[tuple[str, Method]]:
    """The methods behind the numbers of this record, by name."""
    names = sorted({e.method for result in record.results for e in result.estimates if e.method})
    unknown = "Given by the check itself; this version of assay has no description of it."
    return [(name, METHODS.get(name, Method(name, unknown, ""))) for name in names]
