"""Which products to offer a customer next: bought again, bought by similar customers, goes with what is in the
quotation.

:class:`~.recommender.Recommender` learns from order lines and ranks all three in one list; :mod:`.products` is what
it knows of the products, :mod:`.ranking` how the evidence is weighed.  Workers need numpy alone; scipy's sparse
matrices are used by ``fit``, in the trainer.
"""

from .recommender import REASONS, Recommendation, Recommender

__all__ = ["REASONS", "Recommendation", "Recommender"]
