"""One door to everything that judges a model: metrics, splits, leaks, drift and the gate."""

from .drift import drift, live_accuracy, psi, reference
from .folds import shuffled_folds, time_split
from .gate import Verdict, decide
from .leaks import single_field_aucs, suspected_leaks
from .metrics import METRICS, all_metrics, auc, bootstrap, brier, calibration_bins, ece, lift10, logloss, pr_auc

__all__ = [
    "METRICS",
    "Verdict",
    "all_metrics",
    "auc",
    "bootstrap",
    "brier",
    "calibration_bins",
    "decide",
    "drift",
    "ece",
    "lift10",
    "live_accuracy",
    "logloss",
    "pr_auc",
    "psi",
    "reference",
    "shuffled_folds",
    "single_field_aucs",
    "suspected_leaks",
    "time_split",
]
