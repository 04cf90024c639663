"""Start Odoo from a file: with --workers it starts a helper by the same name, which `python -m odoo` does not survive."""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
