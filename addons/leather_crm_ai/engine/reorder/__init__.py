"""Who orders again, when, what and how many: from the dates of past orders.

==================  ================================================================================================
:mod:`.history`     order lines -> order occasions per customer, as they were known on a given day
:mod:`.bgnbd`       the BG/NBD model: the baseline, an input of the learned model, and its stand-in
:mod:`.features`    what the learned model looks at; :mod:`.reasons` says it in facts
:mod:`.learning`    :func:`.learning.fit_reorder`, in the training process (scipy and scikit-learn)
:mod:`.scorer`      :class:`.scorer.ReorderScorer`, in Odoo's workers (numpy alone)
:mod:`.curve`       from probabilities within horizons to days
:mod:`.quantities`  how many in the next order
:mod:`.pairs`       customer x product; :mod:`.products` learns and scores them
==================  ================================================================================================

A *cut* is a day: everything up to and including it is known, what comes after is to be predicted.
"""
