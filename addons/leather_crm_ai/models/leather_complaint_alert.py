from odoo import fields, models


class LeatherComplaint(models.Model):
    """A safety complaint is called out at once; a late one is brought to the attention of people."""

    _inherit = "leather.complaint"

    safety_alerted_on = fields.Datetime("Safety alert sent on", readonly=True, copy=False)
    escalation_level = fields.Integer("Escalation", readonly=True, copy=False)
    escalated_deadline = fields.Datetime(readonly=True, copy=False)
    escalated_on = fields.Datetime(readonly=True, copy=False)

    def _alert_safety(self):
        """Call out safety complaints."""
