from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give each company its model for complaints; the data file that makes models is not read again on an update."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.company"].with_context(active_test=False).search([])._create_ai_models()
