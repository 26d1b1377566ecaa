#!/usr/bin/env python3
"""Golden vectors of the pool math, and its derived bounds.

  python3 test/vectors/pool_math.py            writes pool_weighted.json, pool_pow.json and pool_stable.json beside itself
  python3 test/vectors/pool_math.py bounds     re-derives the bounds from the constants in contracts/pools/FixedPoint.sol

Needs mpmath. Exact values are computed with 300 digits, in other formulas than the contracts': powers by mpmath's own pow,
roots of the stable invariant by bisection on its sign.
"""
import json
import pathlib
import random
import re
import sys

import mpmath as mp

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "contracts/pools/FixedPoint.sol"
mp.mp.dps = 300


def floor(value):
    return int(mp.floor(value))


def ceil(value):
    return int(mp.ceil(value))


def log_uniform(rng, low, high):
    value = int(mp.mpf(2) ** (rng.uniform(float(mp.log(low, 2)), float(mp.log(high, 2)))))
    return min(max(value, low), high)


def write(name, columns):
    text = {key: [hex(v) for v in values] for key, values in columns.items()}
    (HERE / name).write_text(json.dumps(text, indent=1) + "\n")
    print(name, len(next(iter(columns.values()))), "cases")


def weighted(rng):
    keys = ("balanceIn", "balanceOut", "amount", "weightIn", "weightOut", "outFloor", "inCeil")
    columns = {key: [] for key in keys}
    top = 2**112 - 1
    for case in range(160):
        if case < 16:  # the edges
            balances = [(1, 1), (1, top), (top, 1), (top, top)][case % 4]
            weights = [(1, 99), (99, 1), (50, 50), (70, 30)][case // 4]
            amount = [0, 1, top][case % 3]
        else:
            balances = (log_uniform(rng, 1, top), log_uniform(rng, 1, top))
            share = rng.choice([1, 5, 20, 30, 50, 70, 80, 99])
            weights = (share, 100 - share)
            amount = log_uniform(rng, 1, top) if case % 4 == 0 else log_uniform(rng, 1, max(2, balances[case % 2]))
        b_in, b_out = balances
        w_in, w_out = (w * 10_000 for w in weights)
        out = b_out * (1 - mp.power(mp.mpf(b_in) / (b_in + amount), mp.mpf(w_in) / w_out))
        needed = 0  # 0: refused, or more than the pool can be asked for
        if amount < b_out:
            factor = mp.power(mp.mpf(b_out) / (b_out - amount), mp.mpf(w_out) / w_in)
            if factor < mp.mpf(2) ** 60:
                needed = ceil(b_in * (factor - 1))
        for key, value in zip(keys, (b_in, b_out, amount, w_in, w_out, floor(out), needed)):
            columns[key].append(value)
    write("pool_weighted.json", columns)


def powers(rng):
    keys = ("a", "b", "n", "d", "floorQ96")
    columns = {key: [] for key in keys}
    while len(columns["a"]) < 160:
        a, b = log_uniform(rng, 1, 2**127 - 1), log_uniform(rng, 1, 2**127 - 1)
        if len(columns["a"]) % 2:
            b = max(1, min(2**127 - 1, int(a * rng.uniform(0.05, 20))))
        n, d = rng.randint(1, 99), rng.randint(1, 99)
        result = mp.power(mp.mpf(a) / b, mp.mpf(n) / d)
        if result < mp.mpf(2) ** 118:
            for key, value in zip(keys, (a, b, n, d, floor(result * mp.mpf(2) ** 96))):
                columns[key].append(value)
    write("pool_pow.json", columns)


def bisect(sign, low, high):
    """The root of an increasing function, to 2^-700 of itself."""
    for _ in range(900):
        middle = (low + high) / 2
        if sign(middle) > 0:
            high = middle
        else:
            low = middle
    return high


def stable_d(x, ann):
    n, total, product = len(x), sum(x), mp.mpf(1)
    for v in x:
        product *= n * mp.mpf(v)
    return bisect(lambda d: d ** (n + 1) / product + (ann - 1) * d - ann * total, mp.mpf(0), mp.mpf(total) + 1)


def stable_y(x, ann, j, d):
    """The balance of token j with which the others have the invariant d."""
    n, total, product = len(x), mp.mpf(0), mp.mpf(n_power(len(x)))
    for k, v in enumerate(x):
        if k != j:
            total += v
            product *= v
    # ann (S + y) = d^(n+1) / (n^n P y) + (ann - 1) d, with the left side minus the right one increasing in y.
    return bisect(
        lambda y: ann * (total + y) - d ** (n + 1) / (product * y) - (ann - 1) * d, mp.mpf(2) ** -300, mp.mpf(2) ** 128
    )


def n_power(n):
    return n**n


def stable(rng):
    keys = ("n", "ann", "i", "j", "amount", "dFloorQ12", "outFloor", "inCeil")
    columns = {key: [] for key in keys + ("x",)}
    while len(columns["n"]) < 96:
        case = len(columns["n"])
        n = 2 + case % 7
        ann = n * rng.choice([1, 2, 10, 200, 5_000, 50_000])
        spread = [10, 1_000, 300_000][case % 3]
        low = log_uniform(rng, 1, 2**98 // spread)
        x = [log_uniform(rng, low, low * spread) for _ in range(n)]
        i, j = rng.sample(range(n), 2)
        amount = log_uniform(rng, 1, max(2, x[j] // 2))
        d = stable_d(x, ann)
        y = stable_y([v + amount if k == i else v for k, v in enumerate(x)], ann, j, d)
        if max(x + [x[i] + amount]) > 900_000 * min(*x, ceil(y)):
            continue
        z = stable_y([v - amount if k == j else v for k, v in enumerate(x)], ann, i, d) if amount < x[j] else 0
        reachable = amount < x[j] and max(x + [ceil(z)]) < 900_000 * min(x + [x[j] - amount])
        row = (n, ann, i, j, amount, floor(d * 4096), floor(x[j] - y), ceil(z - x[i]) if reachable else 0)
        for key, value in zip(keys, row):
            columns[key].append(value)
        columns["x"] += x + [0] * (8 - n)
    write("pool_stable.json", columns)


# ------------------------------------------------------------------------------------------------------------- bounds


def constants():
    """Coefficients in the order of the source: Q0..Q3, P0..P3 of the logarithm; q2..q0, p2..p0 of the exponential."""
    text = SOURCE.read_text()
    log_part = text[text.index("denominator :=") : text.index("numerator := add(mul")]
    exp_part = text[text.index("m :=\n", text.index("function expParts")) : text.index("function powDown")]
    words = [int(w, 16) for w in re.findall(r"0x[0-9a-f]{20,}", log_part)]
    exp_words = [int(w, 16) for w in re.findall(r"0x[0-9a-f]{20,}", exp_part)]
    assert len(words) == 8 and len(exp_words) == 6, "the constants moved"
    return words, exp_words


def fit_error(p, q, taylor, tail, width):
    """max |p - f q| on [0, width]: absolute Chebyshev coefficients of the difference, plus what the series leaves out."""
    count = len(taylor)
    difference = [mp.mpf(0)] * (count + len(q) - 1)
    for i, a in enumerate(taylor):
        for j, b in enumerate(q):
            difference[i + j] += a * b
    for i, a in enumerate(p):
        difference[i] -= a
    chebyshev = [mp.mpf(0)] * count
    for k in range(count):
        for j in range(k + 1):
            term = difference[k] * width**k * mp.mpf(4) ** -k * mp.binomial(2 * k, k - j)
            chebyshev[j] += term * (1 if j == 0 else 2)
    return sum(map(abs, chebyshev)) + tail


def bounds():
    (Q0, Q1, Q2, Q3, P0, P1, P2, P3), (q2, q1, q0, p2, p1, p0) = constants()
    scale = lambda value, bits: mp.mpf(value) / mp.mpf(2) ** bits
    two = mp.mpf(2)
    W = (3 - 2 * mp.sqrt(2)) ** 2
    P = [scale(P0, 176), -scale(P1, 240), scale(P2, 160), -scale(P3, 80)]
    Q = [scale(Q0, 176), -scale(Q1, 240), scale(Q2, 160), -scale(Q3, 80), mp.mpf(1)]
    count = 40
    # Order m >= 40 of f q has a coefficient of at most sum |q|, since every 1 / (2 k + 1) <= 1.
    tail = sum(map(abs, Q)) * W**count / (1 - W)
    least_q = Q[0] + Q[1] * W - abs(Q[3]) * W**3
    e_log = fit_error(P, Q, [mp.mpf(1) / (2 * k + 1) for k in range(count)], tail, W) / least_q
    eps_ln = e_log + mp.mpf("0.37") * two**-80
    eps_ln += (two**-76 + two**-96 * W) * (1 / (P[0] + P[1] * W) + 1 / least_q) + e_log * mp.mpf("1e-6")

    V = (mp.log(2) / 2 + two**-60) ** 2
    p = [scale(p0, 228), scale(p1, 152), scale(p2, 76)]
    q = [scale(q0, 228), scale(q1, 152), scale(q2, 76), mp.mpf(1)]
    # tanh(sqrt(v) / 2) / sqrt(v) = sum_k 4 / ((2 k - 1)^2 pi^2 + v): its order j is at most pi^(-2 j) / 2, so order m >= 40 of
    # f q is at most pi^(-2 m) / 2 sum |q_i| pi^(2 i).
    taylor = [c for c in mp.taylor(lambda v: mp.tanh(v / 2), 0, 2 * count)][1::2]
    tail = sum(abs(c) * mp.pi ** (2 * i) for i, c in enumerate(q)) / 2 * (V / mp.pi**2) ** count / (1 - V / mp.pi**2)
    e_exp = fit_error(p, q, taylor, tail, V) / q[0] / (mp.tanh(mp.sqrt(V) / 2) / mp.sqrt(V))
    e_exp += two**-76 * mp.mpf("0.085") + two**-96 / p[0] + two**-116 / q[0]
    eps_exp = mp.mpf("1.21") * e_exp + 4 * two**-134
    power = mp.mpf("0.36") * e_exp + 4 * two**-134

    show = lambda value: f"2^{float(mp.log(value, 2)):.3f}"
    print("EPS_LN ", show(eps_ln))
    print("EPS_EXP", show(eps_exp))
    out = eps_ln + eps_exp
    print("exact-in", show(out), "margin 2^-69")
    assert out < two**-70
    for k in range(0, 121):
        t = (k + mp.mpf("0.5")) * mp.log(2)
        margin = (k + 2) * two**-70
        assert (1 + t) * eps_ln + eps_exp < margin and t * eps_ln + power < margin
    print("exact-out and powers: below (k + 2) 2^-70 for k = 0 .. 120")


if __name__ == "__main__":
    if sys.argv[1:] == ["bounds"]:
        bounds()
    else:
        weighted(random.Random(1))
        powers(random.Random(2))
        stable(random.Random(3))
