import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1

from bench.engine import load_engine

load_engine()
from leather_engine.reorder.bgnbd import BgNbd, log_likelihood  # noqa: E402

# What Fader, Hardie and Lee (2005) publish for CDNOW, in weeks.
CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
CUSTOMERS = [(0.0, 0.0, 38.9), (1.0, 5.0, 38.9), (2.0, 30.4, 38.9), (4.0, 35.0, 38.0), (12.0, 20.0, 33.0)]


def simulate(model, count, observed, seed, later=0.0):
    """``(x, t_x, T, purchases afterwards)`` by drawing the model's story event by event."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, count)
    leaves = rng.beta(model.a, model.b, count)
    x, t_x, after, clock = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    active = np.ones(count, dtype=bool)
    while active.any():
        clock[active] += rng.exponential(1 / rate[active])
        active &= clock <= observed + later
        inside = active & (clock <= observed)
        x += inside
        t_x[inside] = clock[inside]
        after += active & ~inside
        active &= rng.random(count) >= leaves
    return x, t_x, np.full(count, float(observed)), after


def likelihood_by_integration(x, t_x, T):
    """Integrate over rate and leaving probability what the story says about one customer."""
    beta = np.exp(-betaln(CDNOW.a, CDNOW.b))

    def of_p(power_p, power_q):
        return quad(lambda p: p ** (CDNOW.a - 1 + power_p) * (1 - p) ** (CDNOW.b - 1 + power_q) * beta, 0, 1)[0]

    def of_rate(last):
        density = CDNOW.r * np.log(CDNOW.alpha) - gammaln(CDNOW.r)
        # rate = v^5: smooth at zero
        return quad(
            lambda v: np.exp(density - v**5 * (last + CDNOW.alpha)) * v ** (5 * (CDNOW.r + x - 1)) * 5 * v**4, 0, 5
        )[0]

    stayed = of_p(0, x) * of_rate(T)
    left = of_p(1, x - 1) * of_rate(t_x) if x else 0.0
    return np.log(stayed + left)


@pytest.mark.parametrize("customer", CUSTOMERS[:4])
def test_the_likelihood_is_the_integral_of_the_story(customer):
    rows = [np.array([value]) for value in customer]
    value, _ = log_likelihood((CDNOW.r, CDNOW.alpha, CDNOW.a, CDNOW.b), *rows, np.ones(1))
    assert value == pytest.approx(likelihood_by_integration(*customer), abs=1e-5)


def test_the_gradient_is_that_of_the_likelihood():
    rows = [np.array(column) for column in zip(*CUSTOMERS, strict=True)]
    at, count = np.array([0.4, 5.0, 0.9, 2.0]), np.arange(1.0, 6.0)
    _, gradient = log_likelihood(at, *rows, count)
    for i in range(4):
        step = np.eye(4)[i] * 1e-6
        rise = log_likelihood(at + step, *rows, count)[0] - log_likelihood(at - step, *rows, count)[0]
        assert gradient[i] == pytest.approx(rise / 2e-6, rel=1e-5)


def test_the_published_parameters_are_found_again():
    x, t_x, T, _ = simulate(CDNOW, 30_000, 39.0, seed=1)
    found = BgNbd.fit(x, t_x, T)
    assert found.r == pytest.approx(CDNOW.r, rel=0.08)
    assert found.alpha == pytest.approx(CDNOW.alpha, rel=0.12)
    assert found.a / (found.a + found.b) == pytest.approx(CDNOW.a / (CDNOW.a + CDNOW.b), rel=0.1)


def test_the_unit_of_time_does_not_matter():
    x, t_x, T, _ = simulate(CDNOW, 3_000, 39.0, seed=2)
    weeks, days = BgNbd.fit(x, t_x, T), BgNbd.fit(x, 7 * t_x, 7 * T)
    assert days.buys_within(91, x, 7 * t_x, 7 * T) == pytest.approx(weeks.buys_within(13, x, t_x, T), abs=1e-3)


@pytest.mark.parametrize("repeats", [0, 1, 2, 3])
def test_closed_forms_agree_with_simulated_customers(repeats):
    x, t_x, T, after = simulate(CDNOW, 400_000, 39.0, seed=3, later=39.0)
    chosen = x == repeats
    told = CDNOW.buys_within(39.0, x[chosen], t_x[chosen], T[chosen])
    assert told.mean() == pytest.approx((after[chosen] > 0).mean(), abs=0.005)
    expected = CDNOW.expected_purchases(39.0, x[chosen], t_x[chosen], T[chosen])
    assert expected.mean() == pytest.approx(after[chosen].mean(), rel=0.03)
    recent = chosen & (t_x > 25)
    if recent.any():
        told = CDNOW.buys_within(39.0, x[recent], t_x[recent], T[recent])
        assert told.mean() == pytest.approx((after[recent] > 0).mean(), abs=0.02)


@pytest.mark.parametrize(
    "model", [CDNOW, BgNbd(0.73, 69.2, 0.14, 5.0), BgNbd(0.68, 66.0, 0.154, 3.27), BgNbd(0.5, 30.0, 1.2, 0.9)]
)
def test_expected_purchases_are_the_published_formula(model):
    x, t_x, T = (np.array(column) for column in zip(*CUSTOMERS, strict=True))
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    for t in (10.0, 52.0, 365.0):
        z = t / (alpha + T + t)
        inner = ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
        published = (a + b + x - 1) / (a - 1) * (1 - inner) * model.alive(x, t_x, T)
        assert model.expected_purchases(t, x, t_x, T) == pytest.approx(published, rel=1e-4)


def test_silence_and_time():
    x, T = np.full(3, 5.0), np.array([100.0, 200.0, 400.0])
    alive = CDNOW.alive(x, np.full(3, 100.0), T)
    assert (np.diff(alive) < 0).all()
    assert alive[0] < 1
    assert CDNOW.alive(np.zeros(1), np.zeros(1), np.array([500.0]))[0] == 1
    within = [CDNOW.buys_within(t, x, np.full(3, 90.0), T) for t in (0, 30, 60, 90)]
    assert (within[0] == 0).all()
    assert (np.diff(within, axis=0) > 0).all()


def test_too_few_customers():
    with pytest.raises(ValueError, match="at least one"):
        BgNbd.fit([], [], [])
    one = BgNbd.fit([0], [0], [10])
    assert 0 <= one.buys_within(30, np.zeros(1), np.zeros(1), np.array([10.0]))[0] <= 1
