"""Regularised logistic regression on codes: the member that is right when data is scarce.

The design has one block of columns per column of codes (see :mod:`.encoding`), so the fitted coefficients fold into
one look-up table per column: ``table[code] = basis[code] @ coefficients``.
"""

import numpy as np

STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)  # inverse regularisation tried


def design(codes, columns):
    """Sparse design matrix, shape (n, sum of basis widths)."""
    from scipy import sparse

    blocks = [sparse.csr_matrix(column.basis)[codes[:, i]] for i, column in enumerate(columns)]
    return sparse.hstack(blocks, format="csr") if blocks else sparse.csr_matrix((len(codes), 0))


def fit_logistic(matrix, won, *, strength, weight=None):
    """A fitted ``LogisticRegression`` (L2; Hoerl and Kennard, 1970)."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=500, tol=1e-5).fit(matrix, won, sample_weight=weight)


def log_odds(model, matrix):
    """Log-odds of each row."""
    return model.decision_function(matrix)


def compile_tables(model, columns):
    """``(base, tables)`` with ``log-odds = base + sum of tables[c][code]``."""
    widths = np.cumsum([column.basis.shape[1] for column in columns])[:-1]
    blocks = np.split(model.coef_[0], widths)
    return float(model.intercept_[0]), [c.basis @ w for c, w in zip(columns, blocks, strict=True)]
