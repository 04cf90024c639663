from odoo import models

FIELD = "leather_choices"


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), FIELD]

    def _to_store(self, store, fields, **kwargs):
        """Messages of the assistant take their buttons along, also when the page is loaded again."""
        super()._to_store(store, [field for field in fields if field != FIELD], **kwargs)
        candidates = self.filtered(lambda message: message.model == "discuss.channel")
        if FIELD not in fields or not candidates:
            return
        # sudo: the labels under a message that the reader may read
        with_buttons = (
            self.env["chatbot.message"].sudo().search([("mail_message_id", "in", candidates.ids), (FIELD, "!=", False)])
        )
        for one in with_buttons:
            store.add(one.mail_message_id.sudo(self.env.su), {"leatherChoices": one.leather_choices})
