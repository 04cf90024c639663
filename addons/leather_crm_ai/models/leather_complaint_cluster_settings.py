from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    leather_cluster_rule = fields.Selection(related="company_id.leather_cluster_rule", readonly=False)
