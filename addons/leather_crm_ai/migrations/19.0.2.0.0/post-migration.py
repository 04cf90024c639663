from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give each company its model for complaints; the data file that makes models is not read again on an update."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.company"]._create_all_ai_models()
