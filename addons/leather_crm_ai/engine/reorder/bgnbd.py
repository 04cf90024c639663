"""BG/NBD: buying at a customer's own rate until, after some purchase, the customer has gone for good.

Fader, Hardie and Lee, "Counting your customers the easy way: an alternative to the Pareto/NBD model", Marketing
Science 24 (2005): while active, a customer buys at a rate drawn from a gamma distribution (shape r, rate alpha);
after each purchase they leave with a probability drawn from a beta distribution (a, b).  A customer is described by
``x`` repeat purchases, the last of them ``t_x`` after the first purchase, observed for ``T`` after it.

Fitting needs scipy; the probabilities need numpy alone.
"""

from dataclasses import asdict, dataclass

import numpy as np

START = (1.0, 30.0, 1.0, 2.0)
LOG_BOUNDS = (-8.0, 12.0)  # of the logarithm of each parameter
MOST_CUSTOMERS = 30_000  # the fit takes a sample of this size; four parameters need no more


@dataclass(frozen=True)
class BgNbd:
    """The four parameters; times in the unit of what it was fitted on (days)."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, x, t_x, T, *, random_state=0):
        """Maximum likelihood.

        :param x, t_x, T: (n,), see the module.
        :raises ValueError: no customer.
        """
        from scipy.optimize import minimize

        x, t_x, T, count = _distinct(x, t_x, T, random_state)
        scale = max(float(T.mean()), 1e-9)  # in units of this the parameters are near 1

        def loss(logs):
            value, gradient = log_likelihood(np.exp(logs), x, t_x / scale, T / scale, count)
            return -value / count.sum(), -gradient * np.exp(logs) / count.sum()

        start = np.log([START[0], START[1] / scale, START[2], START[3]])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[LOG_BOUNDS] * 4, options={"maxiter": 500})
        r, alpha, a, b = (float(value) for value in np.exp(found.x))
        return cls(r, alpha * scale, a, b)

    def state(self):
        return asdict(self)

    def alive(self, x, t_x, T):
        """P(still a customer)."""
        gone = np.log(self.a / np.maximum(self.b + x - 1, 1e-12))
        gone = gone + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        return np.where(x > 0, 1.0 / (1.0 + np.exp(np.minimum(gone, 500.0))), 1.0)

    def buys_within(self, t, x, t_x, T):
        """P(at least one purchase in (T, T + t]).

        Whoever is active stays so until the next purchase, and the rate of an active customer is gamma (r + x,
        alpha + T).
        """
        silent = np.exp(-(self.r + x) * np.log1p(t / (self.alpha + T)))
        return self.alive(x, t_x, T) * (1.0 - silent)

    def expected_purchases(self, t, x, t_x, T, *, nodes=40):
        """Expected number of purchases in (T, T + t].

        An active customer with rate l who leaves with probability p after a purchase makes (1 - exp(-l p t)) / p of
        them on average; the mean over l has a closed form, the one over p (beta (a, b + x)) is integrated by Gauss
        and Legendre's rule.  That is the published formula without its hypergeometric function, which needs scipy.
        """
        x, t_x, T = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (x, t_x, T))
        node, weight = np.polynomial.legendre.leggauss(nodes)
        power = max(1.0, 3.0 / self.a)  # with p = u^power the integrand is smooth at 0, also where a is below 1
        log_u = np.log((node + 1) / 2)
        p = np.exp(np.maximum(power * log_u, -600.0))
        log_density = (self.a * power - 1) * log_u
        order = self.r + x[:, None]
        count = -np.expm1(-order * np.log1p(p * t / (self.alpha + T[:, None]))) / p
        log_weight = np.log(weight / 2) + log_density + (self.b + x[:, None] - 1) * np.log1p(-p)
        log_weight -= log_weight.max(axis=1, keepdims=True)
        share = np.exp(log_weight)
        return self.alive(x, t_x, T) * (share * count).sum(axis=1) / share.sum(axis=1)


def log_likelihood(parameters, x, t_x, T, count):
    """``(value, gradient)`` of the sample's log-likelihood, ``count`` customers for each row."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = parameters
    repeat = x > 0
    stayed = -(r + x) * np.log(alpha + T)
    below = np.where(repeat, b + x - 1, 1.0)
    left = np.where(repeat, np.log(a) - np.log(below) - (r + x) * np.log(alpha + t_x), -np.inf)
    both = np.logaddexp(stayed, left)
    beta = gammaln(a + b) - gammaln(a + b + x) + gammaln(b + x) - gammaln(b)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + beta + both
    w_stayed, w_left = np.exp(stayed - both), np.exp(left - both)
    common = digamma(a + b) - digamma(a + b + x)
    gradient = (
        digamma(r + x) - digamma(r) + np.log(alpha) - w_stayed * np.log(alpha + T) - w_left * np.log(alpha + t_x),
        r / alpha - (r + x) * (w_stayed / (alpha + T) + w_left / (alpha + t_x)),
        common + w_left / a,
        common + digamma(b + x) - digamma(b) - w_left / below,
    )
    return float(count @ value), np.array([count @ part for part in gradient])


def _distinct(x, t_x, T, random_state):
    """Distinct rows and how many customers share each, of a sample if there are very many."""
    rows = np.stack([np.asarray(values, dtype=np.float64) for values in (x, t_x, T)], axis=1)
    if not len(rows):
        raise ValueError("BG/NBD needs at least one customer")
    if len(rows) > MOST_CUSTOMERS:
        chosen = np.random.default_rng(random_state).choice(len(rows), MOST_CUSTOMERS, replace=False)
        rows = rows[np.sort(chosen)]
    rows, count = np.unique(rows, axis=0, return_counts=True)
    return *rows.T, count.astype(np.float64)
