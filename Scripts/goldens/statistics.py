"""Reference values of Tests/EvaluationTests/StatisticsTests.swift, from statsmodels and scipy.

    pip install statsmodels scipy && python Scripts/goldens/statistics.py

prints them; they are pasted into the test.
"""

import numpy as np
import statsmodels.api as sm
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

print("wilson")
for correct, total in [(0, 20), (1, 1), (14, 20), (20, 20), (38065, 50000), (92, 400)]:
    lower, upper = proportion_confint(correct, total, method="wilson")
    print(f"({correct}, {total}, {lower:.15g}, {upper:.15g}),")

print("clustered: CR0 variance of OLS on a constant, Wilson with the effective size")
for tallies in [
    [(5, 5), (0, 5), (3, 5), (4, 5)],
    [(1, 2), (0, 2), (2, 2), (2, 2), (1, 2), (0, 2), (0, 2)],
    [(3, 4), (1, 1), (0, 7), (2, 2)],
    [(1, 1), (0, 1), (1, 1), (1, 1), (0, 1)],
]:
    outcomes, groups = [], []
    for index, (correct, total) in enumerate(tallies):
        outcomes += [1.0] * correct + [0.0] * (total - correct)
        groups += [index] * total
    fit = sm.OLS(np.array(outcomes), np.ones(len(outcomes))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(groups), "use_correction": False})
    proportion = float(fit.params[0])
    size = min(len(outcomes), proportion * (1 - proportion) / float(fit.cov_params()[0, 0]))
    lower, upper = proportion_confint(proportion * size, size, method="wilson")
    print(f"({tallies}, {size:.15g}, {lower:.15g}, {upper:.15g}),")

print("McNemar, exact")
for fixed, broken in [(0, 0), (1, 0), (5, 5), (2, 9), (30, 12), (600, 500)]:
    p = mcnemar([[0, fixed], [broken, 0]], exact=True).pvalue if fixed + broken else 1.0
    check = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert abs(min(p, 1) - check) < 1e-12
    print(f"({fixed}, {broken}, {check:.15g}),")

print("softmax of the logits")
logits = np.array([1.5, -2.0, 3.25, 3.25, 0.0], dtype=np.float64)
weights = np.exp(logits - logits.max())
print([f"{value:.15g}" for value in weights / weights.sum()])
