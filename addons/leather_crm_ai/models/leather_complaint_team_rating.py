from odoo import fields, models


class LeatherComplaintTeam(models.Model):
    _inherit = "leather.complaint.team"

    reopen_on_bad_rating = fields.Boolean(
        "Reopen after a bad rating",
        help="A customer who rates the handling badly and says why gets another try: the complaint is reopened, and the"
        " responsible is told.",
    )
