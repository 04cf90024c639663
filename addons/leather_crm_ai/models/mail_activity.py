from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """A corrective action is done when its activity is."""
        if not self.env.context.get("leather_action_synced"):
            # sudo: whoever may end the activity ends the action that it stands for
            actions = self.env["leather.complaint.action"].sudo().search([("activity_id", "in", self.ids)])
            actions.write({"activity_id": False})
            actions.write({"state": "done"})
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
