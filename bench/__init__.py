"""Benchmarks: our models and their rivals on the same rows, in one run.

A command is a module of this package listed in :data:`COMMANDS`, with ``add_arguments(parser)`` and
``main(arguments) -> exit status``; its docstring's first line is its help.
"""

COMMANDS = {
    "leads": "bench.leads",
    "leads-odoo": "bench.leads_odoo",
    "complaints": "bench.complaints",
    "complaints-rules": "bench.complaints_rules",
    "complaints-odoo": "bench.complaints_odoo",
    "answers": "bench.answers",
    "clusters": "bench.clusters",
    "faq": "bench.faq",
    "chat": "bench.chat",
    "recommend": "bench.recommend",
    "customers": "bench.customers",
}
