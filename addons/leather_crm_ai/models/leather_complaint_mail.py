from odoo import fields, models


class LeatherComplaint(models.Model):
    """Complaints and mail: the gateway in, answers out."""

    _inherit = "leather.complaint"

    source_message_id = fields.Char(
        "Message-ID", readonly=True, copy=False, groups="base.group_user", help="Of the mail it was made from."
    )

    _source_unique = models.UniqueIndex(
        "(source_message_id) WHERE source_message_id IS NOT NULL", "This mail has become a complaint already."
    )

    def action_create_contact(self):
        """Make a contact of the sender, with what the sender said."""
        self.ensure_one()
        self.check_access("write")

    def _send_stage_mail(self):
        """Send the mail of the stage to the customer."""
