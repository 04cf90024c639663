"""Fields that tell *when* a lead came in rather than *who* it is: month of a campaign, running counters, batch codes.

In shuffled folds such a field looks excellent (it recognises the good weeks); tomorrow's leads have values it has
hardly seen.  They are found by how much they give away of the date: mutual information with the block of time a row
is in, as a share of what there is to know about the block.
"""

import numpy as np

from .leaks import feature_codes

BLOCKS = 10  # of equal numbers of rows
GIVEN_AWAY = 0.3  # share of the block's entropy; ordinary fields that merely drift stay far below


def clock_features(table, when):
    """Names of the fields that give away at least ``GIVEN_AWAY`` of the date.

    :param when: float days (n,).
    """
    return [name for name, share in time_shares(table, when).items() if share >= GIVEN_AWAY]


def time_shares(table, when):
    """{feature name: share 0..1 of the information about a row's block of time}; text is not judged."""
    rows = len(when)
    block = np.argsort(np.argsort(when, kind="stable"), kind="stable") * BLOCKS // max(rows, 1)
    shares = {}
    for feature in table.features:
        if feature.kind != "text":
            shares[feature.name] = _share(feature_codes(feature.kind, table.columns[feature.name]), block)
    return shares


def _share(codes, block):
    _, codes = np.unique(codes, return_inverse=True)
    joint = np.zeros((codes.max() + 1, block.max() + 1))
    np.add.at(joint, (codes, block), 1.0)
    rows = joint.sum()
    cells, values, blocks = (joint > 0).sum(), joint.shape[0], joint.shape[1]
    entropy = _entropy(joint.sum(axis=0) / rows)
    information = _entropy(joint.sum(axis=1) / rows) + entropy - _entropy(joint.ravel() / rows)
    chance = (values - 1) * (blocks - 1) / (2 * rows)  # what independent fields of this size would show (Miller, 1955)
    chance = max(chance, (cells - values - blocks + 1) / (2 * rows))
    return float(np.clip((information - chance) / entropy, 0.0, 1.0)) if entropy else 0.0


def _entropy(shares):
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
