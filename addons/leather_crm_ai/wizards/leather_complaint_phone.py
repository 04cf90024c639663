import textwrap

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

SUBJECT_LENGTH = 70


class LeatherComplaintPhone(models.TransientModel):
    """Somebody is on the phone: one box for what they say, everything else is found out afterwards."""

    _name = "leather.complaint.phone"
    _description = "Complaint by Phone"

    words = fields.Text("What the customer says", required=True)
    partner_id = fields.Many2one("res.partner", "Customer")
    caller = fields.Char("Name of the caller")
    phone = fields.Char("Call back at")

    def action_file(self):
        """File the complaint and show it, sorted."""
        self.ensure_one()
        return self.env["leather.complaint"].create(self._get_complaint_values()).action_open()

    def _get_complaint_values(self):
        if not self.words.strip():
            raise UserError(self.env._("Write down what the customer says first."))
        first_line = self.words.strip().splitlines()[0]
        return {
            "channel": "phone",
            "subject": textwrap.shorten(first_line, SUBJECT_LENGTH, placeholder=" …"),
            "description": plaintext2html(self.words),
            "partner_id": self.partner_id.id,
            "partner_name": self.caller or False,
            "phone": self.phone or False,
        }
