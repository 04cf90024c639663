"""Made-up closed leads for the engine's tests."""

import numpy as np

from leather_engine.features import Feature, FeatureTable

FEATURES = (
    Feature("source", "category"),
    Feature("country", "category"),
    Feature("revenue", "number"),
    Feature("tags", "tags"),
    Feature("title", "text"),
)
SOURCES = ("Web", "Referral", "Call", "شبكة", None)
EFFECT = {"Referral": 1.6, "Web": -0.8}
GOOD, BAD = ("safety", "boots", "tender", "chaussure"), ("spam", "newsletter", "test", "free")


def made_leads(rows=600, seed=0):
    """``(table, won)``: source, revenue, a tag and the title's words decide, country is noise."""
    rng = np.random.default_rng(seed)
    source = [SOURCES[i] for i in rng.integers(0, len(SOURCES), rows)]
    country = [f"C{i}" if i < 30 else None for i in rng.integers(0, 40, rows)]
    revenue = np.where(rng.random(rows) < 0.2, np.nan, rng.gamma(2.0, 500.0, rows))
    tags = [tuple(tag for tag in ("vip", "fair", "old") if rng.random() < 0.3) for _ in range(rows)]
    good = rng.random(rows) < 0.5
    title = [" ".join(rng.choice(GOOD if flag else BAD, 2)) + f" {rng.integers(1000)}" for flag in good]
    log_odds = (
        np.array([EFFECT.get(value, 0.0) for value in source])
        + np.nan_to_num(np.log(revenue / 1000), nan=-0.5)
        + np.array(["vip" in value for value in tags])
        + np.where(good, 0.8, -0.8)
        - 0.4
    )
    won = rng.random(rows) < 1 / (1 + np.exp(-log_odds))
    columns = {"source": source, "country": country, "revenue": revenue, "tags": tags, "title": title}
    return FeatureTable.from_columns(FEATURES, columns), won
