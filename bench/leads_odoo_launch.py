"""Starts Odoo's server from a file of its own, which a server with several workers needs."""

import sys

sys.path.pop(0)  # this folder's modules are none of Odoo's business

import odoo.cli

odoo.cli.main()
