from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    leather_cluster_rule = fields.Selection(
        [
            ("both", "Above its own rate is an alarm, three in 30 days are watched"),
            ("own", "Only what is above its own rate"),
            ("fixed", "Only three in 30 days on a lot or model, as an alarm"),
        ],
        "Clusters of complaints",
        default="both",
        required=True,
    )
