"""Who orders again, when, what and how many: from the dates of past orders, with numpy alone when scoring.

===============  ===================================================================================================
:mod:`.history`  order lines -> order occasions per customer, as they were known on a given day
:mod:`.bgnbd`    the BG/NBD model: the baseline, an input of the learned model, and its stand-in
:mod:`.features` what the learned model looks at
:mod:`.model`    learning; :mod:`.scorer` scores
:mod:`.products` the same for customer x product
===============  ===================================================================================================

A *cut* is a day: everything up to and including it is known, what comes after is to be predicted.
"""
