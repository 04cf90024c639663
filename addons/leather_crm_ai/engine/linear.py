"""Regularised logistic regression on codes: the member that is right when data is scarce.

The design has one block of columns per column of codes (see :mod:`.encoding`), so the fitted coefficients fold into
one look-up table per column: ``table[code] = basis[code] @ coefficients``.
"""

import numpy as np

STRENGTHS = (0.03, 0.1, 0.2, 0.5, 1.0, 2.0)  # inverse regularisation tried, rising
USUAL_STRENGTH, USUAL_BELIEF = 0.2, 8.0  # where the best strength tends to be, and how firmly we expect it there
DENSE_WORK = 1_000_000_000  # rows x width²: up to here Newton's method on a dense design is the faster one


def design(codes, columns):
    """Design matrix, shape (n, sum of basis widths): dense when it is narrow, else sparse."""
    width = sum(column.basis.shape[1] for column in columns)
    if len(codes) * width**2 <= DENSE_WORK:
        blocks = [column.basis[codes[:, i]] for i, column in enumerate(columns)]
        return np.concatenate(blocks, axis=1) if blocks else np.zeros((len(codes), 0))
    from scipy import sparse

    return sparse.hstack([sparse.csr_matrix(c.basis)[codes[:, i]] for i, c in enumerate(columns)], format="csr")


def fit_logistic(matrix, won, *, strength, weight=None):
    """A fitted ``LogisticRegression`` (L2; Hoerl and Kennard, 1970).

    Newton's method reaches the optimum to many digits, so the order of rows leaves no trace; its cost grows with the
    square of the width, so wide designs go to lbfgs.
    """
    from sklearn.linear_model import LogisticRegression

    solver = "newton-cholesky" if isinstance(matrix, np.ndarray) else "lbfgs"
    model = LogisticRegression(C=strength, solver=solver, max_iter=500, tol=1e-6 if solver != "lbfgs" else 1e-4)
    return model.fit(matrix, won, sample_weight=weight)


def unusual(strength, rows):
    """Log loss a strength must gain over ``USUAL_STRENGTH`` to be believed: cross-validating few rows is noisy."""
    return USUAL_BELIEF * np.log10(strength / USUAL_STRENGTH) ** 2 / rows


def log_odds(model, matrix):
    """Log-odds of each row."""
    return model.decision_function(matrix)


def compile_tables(model, columns):
    """``(base, tables)`` with ``log-odds = base + sum of tables[c][code]``."""
    widths = np.cumsum([column.basis.shape[1] for column in columns])[:-1]
    blocks = np.split(model.coef_[0], widths)
    return float(model.intercept_[0]), [c.basis @ w for c, w in zip(columns, blocks, strict=True)]
