"""Gradient boosting on codes: the member that is right when there is data to find interactions in.

scikit-learn's histogram gradient boosting (after Ke et al., "LightGBM", 2017) with native categories: a split of an
unordered column groups its codes by gradient, so nothing has to be target-encoded.
"""

import numpy as np

from .forest import MAX_LEAVES, Forest

LEARNING_RATE = 0.06
MAX_ITERATIONS, MAX_ITERATIONS_FEW, FEW = 300, 120, 2_000  # below FEW rows more trees never help
STEP = 10  # the number of trees is chosen among multiples of this
LEAVES_SMALL, LEAVES_LARGE, LARGE = 8, MAX_LEAVES, 10_000  # from LARGE rows on, trees get LEAVES_LARGE leaves


def most_iterations(rows):
    """Trees worth trying."""
    return MAX_ITERATIONS_FEW if rows < FEW else MAX_ITERATIONS


def fit_boosting(codes, won, columns, *, iterations, weight=None, random_state=0):
    """A fitted ``HistGradientBoostingClassifier`` on codes (n, columns)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    categorical = np.array([not column.ordered for column in columns], dtype=bool)
    model = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=int(iterations),
        max_leaf_nodes=LEAVES_LARGE if len(won) >= LARGE else LEAVES_SMALL,
        min_samples_leaf=20,
        l2_regularization=3.0,
        categorical_features=categorical if categorical.any() else None,
        early_stopping=False,
        random_state=random_state,
    )
    model.fit(codes.astype(float), won, sample_weight=weight)
    _forget_functions(model)
    return model


def _forget_functions(model):
    """Replace the input check inside the model's preprocessor by the identity, so that a saved model holds no code."""
    preprocessor = model._preprocessor
    if preprocessor is not None:
        for name, transformer, _ in [*preprocessor.transformers, *preprocessor.transformers_]:
            if name == "numerical":
                transformer.func = None


def staged_log_odds(model, codes):
    """Log-odds after every ``STEP`` trees, shape (stages, n)."""
    stages = model.staged_decision_function(codes.astype(float))
    return np.array([scores.ravel() for position, scores in enumerate(stages, 1) if position % STEP == 0])


def log_odds(model, codes):
    """Log-odds of each row."""
    return model.decision_function(codes.astype(float))


def compile_forest(model, columns, *, positions, features):
    """The numpy :class:`Forest` with the same log-odds as ``model``.

    :param columns: the :class:`Column` list the model was fitted on.
    :param positions: where these columns are in the scorer's codes.
    :param features: number of features credited.
    """
    trees = [predictors[0] for predictors in model._predictors]
    layout = _InputLayout(model, columns)
    existing = np.array([2 ** tree.get_n_leaf_nodes() - 1 for tree in trees], dtype=np.uint16)
    masks = [np.tile(existing, (column.size, 1)) for column in columns]
    values = np.zeros((len(trees), MAX_LEAVES))
    credits = np.zeros((len(trees), MAX_LEAVES, features))
    base = float(model._baseline_prediction.ravel()[0])
    for number, tree in enumerate(trees):
        base += _compile_tree(tree, number, layout, masks, values, credits)
    used = [i for i, mask in enumerate(masks) if (mask != existing).any()]
    return Forest(
        columns=[positions[i] for i in used], masks=[masks[i] for i in used], values=values, credits=credits, base=base
    )


class _InputLayout:
    """Which column a tree's feature index means, and which way each code goes at a node.

    scikit-learn moves categorical columns to the front and renumbers their categories from 0; a code that training
    never saw counts as missing.
    """

    def __init__(self, model, columns):
        self.columns = columns
        categorical = np.array([not column.ordered for column in columns], dtype=bool)
        self.order = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
        known = model._preprocessor.named_transformers_["encoder"].categories_ if categorical.any() else []
        self.category_number = {}
        for position, categories in zip(np.flatnonzero(categorical), known, strict=True):
            numbers = np.full(columns[position].size, -1)
            numbers[np.asarray(categories, dtype=np.int64)] = np.arange(len(categories))
            self.category_number[position] = numbers

    def goes_left(self, node, tree):
        """``(column, bool per code)`` of one split."""
        column = self.order[node["feature_idx"]]
        if not node["is_categorical"]:
            return column, np.arange(self.columns[column].size) <= node["num_threshold"]
        numbers = self.category_number[column]
        words = tree.raw_left_cat_bitsets[node["bitset_idx"]]
        in_left = (words[np.maximum(numbers, 0) // 32] >> (np.maximum(numbers, 0) % 32).astype(np.uint32)) & 1
        return column, np.where(numbers < 0, bool(node["missing_go_to_left"]), in_left.astype(bool))


def _compile_tree(tree, number, layout, masks, values, credits):
    """Fill the arrays of one tree; returns the tree's expected log-odds."""
    nodes = tree.nodes
    leaf_number, leaves_below, expected = {}, {}, {}

    def visit(index):
        node = nodes[index]
        if node["is_leaf"]:
            leaf_number[index] = len(leaf_number)
            leaves_below[index], expected[index] = 1 << leaf_number[index], float(node["value"])
            return
        left, right = int(node["left"]), int(node["right"])
        visit(left)
        visit(right)
        leaves_below[index] = leaves_below[left] | leaves_below[right]
        share = nodes[left]["count"] / node["count"]
        expected[index] = share * expected[left] + (1 - share) * expected[right]

    def descend(index, credit):
        node = nodes[index]
        if node["is_leaf"]:
            leaf = leaf_number[index]
            values[number, leaf] = expected[index] - expected[0]
            credits[number, leaf] = credit
            return
        column, left_codes = layout.goes_left(node, tree)
        left, right = int(node["left"]), int(node["right"])
        forbidden = np.where(left_codes, leaves_below[right], leaves_below[left]).astype(np.uint16)
        masks[column][:, number] &= ~forbidden
        for child in (left, right):
            step = credit.copy()
            step[layout.columns[column].feature] += expected[child] - expected[index]
            descend(child, step)

    visit(0)
    descend(0, np.zeros(credits.shape[2]))
    return expected[0]
