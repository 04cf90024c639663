"""Start Odoo from a file: with --workers it starts helpers by the name of that file, and `python -m odoo` has none."""

import sys

sys.path.pop(0)  # this folder's modules are none of Odoo's business

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
