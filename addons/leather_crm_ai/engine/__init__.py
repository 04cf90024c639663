"""The learning engine: plain Python and numpy, never Odoo.

Import the module you need (``from leather_engine import lead_scoring``).  Nothing is imported here on purpose:
a worker that only scores leads loads numpy and nothing else, scikit-learn, scipy and skops are imported inside
the functions that train, and only the training subprocess calls those.
"""
