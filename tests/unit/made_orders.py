"""Made-up order lines: customers with a rhythm each, some of whom leave; products of unequal popularity."""

import numpy as np


def made_orders(customers=400, days=500, seed=0, products=12):
    """``(customer, day, amount, quantity, product)`` arrays."""
    rng = np.random.default_rng(seed)
    interval = np.exp(rng.normal(3.6, 0.7, customers))
    rows = []
    for customer in range(customers):
        day, leaves = rng.integers(0, days), rng.beta(1, 6)
        liked = rng.choice(products, 3, replace=False, p=np.arange(1, products + 1) / (products * (products + 1) / 2))
        size = np.exp(rng.normal(3, 0.8))
        while day < days:
            for product in liked[rng.random(3) < (0.9, 0.5, 0.2)]:
                quantity = max(1, round(size * np.exp(rng.normal(0, 0.4))))
                rows.append((customer + 100, day, quantity * 9.5, quantity, product + 1000))
            if rng.random() < leaves:
                break
            day += max(1, int(rng.gamma(4, interval[customer] / 4)))
    columns = np.array(rows, dtype=float).T
    return columns[0].astype(int), *columns[1:4], columns[4].astype(int)
