"""Reference values of Tests/EvaluationTests/StatisticsTests.swift, PairedTests.swift,
PublishedTests.swift and AnalysisTests.swift, from statsmodels, scipy and numpy.

    pip install statsmodels scipy && python Scripts/goldens/intervals.py

prints them; they are pasted into the tests.
"""

from itertools import product
from math import sqrt

import numpy as np
import statsmodels.api as sm
from scipy.stats import binomtest, norm, permutation_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep, proportion_confint, proportions_ztest)

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



def square_and_add(first, second, phi):
    """Newcombe's interval of second - first; each is (p, (lower, upper))."""
    (p1, (l1, u1)), (p2, (l2, u2)) = first, second
    d = p2 - p1
    return (d - sqrt((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2),
            d + sqrt((u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2))


def newcombe_paired(kept, broken, fixed, never):
    """Newcombe 1998, Statistics in Medicine 17:2635, method 10, from the 2x2 table."""
    e, f, g, h = kept, broken, fixed, never
    n = e + f + g + h
    before = (e + f) / n, proportion_confint(e + f, n, method="wilson")
    after = (e + g) / n, proportion_confint(e + g, n, method="wilson")
    product_ = (e + f) * (g + h) * (e + g) * (f + h)
    numerator = e * h - f * g
    if numerator > 0:
        numerator = max(numerator - n / 2, 0)
    return square_and_add(before, after, numerator / sqrt(product_) if product_ else 0)


print("Newcombe, paired: kept, broken, fixed, never")
# The example of Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33:2850 (data of Bentur et
# al. 2009), whose Newcombe interval is -0.507 to -0.026.
assert [round(end, 3) for end in newcombe_paired(1, 7, 1, 12)] == [-0.507, -0.026]
for table in [(1, 7, 1, 12), (20, 2, 12, 16), (14, 5, 0, 22), (36, 12, 2, 0), (30000, 4000, 5500, 10500),
              (5, 0, 0, 15), (0, 10, 10, 0), (20, 0, 0, 0), (0, 0, 0, 20), (0, 0, 20, 0), (0, 0, 1, 0),
              (1, 0, 0, 0), (6, 4, 4, 6)]:
    lower, upper = newcombe_paired(*table)
    print(f"({', '.join(map(str, table))}, {lower:.15g}, {upper:.15g}),")

print("Newcombe, independent: before, size, after, size; interval; pooled z-test's p")
for before, first, after, second in [
        (170, 400, 185, 400), (182, 300, 187, 300), (33775, 50000, 35630, 50000), (0, 20, 3, 10),
        (86, 400, 94, 400)]:
    lower, upper = confint_proportions_2indep(after, second, before, first, method="newcomb")
    p = proportions_ztest([before, after], [first, second])[1]
    print(f"({before}, {first}, {after}, {second}, {lower:.15g}, {upper:.15g}, {p:.15g}),")

print("the paired interval over draws: cluster covariance of OLS on two dummies")
for pairs in [
    [(2, 1, 2, 5), (0, 0, 3, 5), (5, 0, 0, 5), (0, 2, 0, 5), (1, 1, 1, 5)],
    [(1, 0, 1, 2), (0, 1, 1, 2), (2, 0, 0, 3), (0, 0, 0, 1), (3, 0, 1, 4), (0, 0, 2, 2), (1, 0, 0, 1),
     (0, 1, 0, 3)],
    [(9, 0, 1, 10), (0, 0, 1, 10), (10, 0, 0, 10), (1, 2, 2, 10), (8, 1, 1, 10), (0, 0, 0, 10)],
]:
    outcomes, columns, groups = [], [], []
    for index, (kept, broken, fixed, total) in enumerate(pairs):
        for column, right in enumerate([kept + broken, kept + fixed]):
            outcomes += [1.0] * right + [0.0] * (total - right)
            columns += [[1.0 - column, float(column)]] * total
            groups += [index] * total
    fit = sm.OLS(np.array(outcomes), np.array(columns)).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(groups), "use_correction": False})
    covariance, draws = np.asarray(fit.cov_params()), len(outcomes) // 2
    sides, sizes = [], []
    for column in range(2):
        p = float(fit.params[column])
        size = min(draws, p * (1 - p) / covariance[column, column])
        sides.append((p, proportion_confint(p * size, size, method="wilson")))
        sizes.append(size)
    phi = covariance[0, 1] / sqrt(covariance[0, 0] * covariance[1, 1])
    if phi > 0:
        spread = sides[0][0] * (1 - sides[0][0]) * sides[1][0] * (1 - sides[1][0])
        phi = max(0, phi - 1 / (2 * sqrt(sizes[0] * sizes[1] * spread)))
    lower, upper = square_and_add(*sides, phi)
    print(f"({pairs}, {phi:.15g}, {lower:.15g}, {upper:.15g}),")

print("sign flips by image, over all signs")
for gains in [[3, -1, 2, 5, 0, -2], [50, 3, -4, -2], [1, 1, 1, -1], [2, 2, 2, 2, -2], [7],
              [10, 9, 8, -1, 1, 3, 4, -6, 2, 2, -1, 5]]:
    changed = [gain for gain in gains if gain]
    sums = [abs(sum(sign * gain for sign, gain in zip(signs, changed)))
            for signs in product([-1, 1], repeat=len(changed))]
    p = sum(value >= abs(sum(gains)) for value in sums) / len(sums)
    if len(gains) > 1:
        check = permutation_test((np.array(gains),), np.sum, permutation_type="samples",
                                 n_resamples=np.inf, alternative="two-sided").pvalue
        assert abs(p - check) < 1e-12, (p, check)
    print(f"({gains}, {p:.15g}),")

print("Holm")
for values in [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9], [1e-12, 0.05, 0.02, 0.02, 1.0, 0.6]]:
    adjusted = multipletests(values, method="holm")[1]
    print(f"({values}, [{', '.join(f'{value:.15g}' for value in adjusted)}]),")

print("Connor 1987: images for 80 % power, from the totals of Table 2; none broken, independent")
for before, after, n in [(170, 185, 400), (106, 117, 400), (182, 187, 300), (33775, 35630, 50000)]:
    p, q = before / n, after / n
    delta = q - p
    sizes = [(norm.ppf(0.975) * sqrt(psi) + norm.ppf(0.8) * sqrt(psi - delta**2)) ** 2 / delta**2
             for psi in (delta, p * (1 - q) + q * (1 - p))]
    print(f"({before}, {after}, {n}, {', '.join(str(int(np.ceil(size))) for size in sizes)}),")

print("the most images broken with McNemar's p < 0.05, and p at best and at worst")
for before, after, n in [(170, 185, 400), (86, 94, 400), (182, 187, 300), (108, 114, 300)]:
    gain, most = after - before, min(after, n - before)
    ps = [binomtest(gain + broken, gain + 2 * broken).pvalue for broken in range(most - gain + 1)]
    assert all(a <= b + 1e-12 for a, b in zip(ps, ps[1:])), "p grows with the images changed"
    below = [broken for broken, p in enumerate(ps) if p < 0.05]
    print(f"({before}, {after}, {n}, {below[-1] if below else None}, {ps[0]:.15g}, {ps[-1]:.15g}),")

print("ECE and how far its bins move when images are resampled: images, draws, ECE, the 95 % reach")
for images, draws in [(8, 5), (20, 3), (300, 1)]:
    item, draw = np.meshgrid(np.arange(images), np.arange(draws), indexing="ij")
    confidence = ((7 * item + 13 * draw) % 60 + 1) / 61
    right = (item * item + 3 * draw + item) % 5 < 3
    bins = np.ceil(confidence * 15).astype(int) - 1
    # Each image's part of each bin's sum of differences; every image has as many draws.
    sums = np.stack([((right - confidence) * (bins == b)).sum(1) for b in range(15)], axis=1)
    difference = sums.sum(0) / confidence.size
    generator = np.random.default_rng(0)
    distances = []
    for _ in range(100):
        drawn = generator.integers(0, images, (1000, images))
        distances.append(np.abs(sums[drawn].sum(1) / confidence.size - difference).sum(1))
    reach = np.quantile(np.concatenate(distances), 0.95)
    print(f"({images}, {draws}, {np.abs(difference).sum():.15g}, {reach:.4g}),")

print("softmax of the logits")
logits = np.array([1.5, -2.0, 3.25, 3.25, 0.0], dtype=np.float64)
weights = np.exp(logits - logits.max())
print([f"{value:.15g}" for value in weights / weights.sum()])
