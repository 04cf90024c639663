from odoo import fields, models


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    # what the assistant remembers between two messages, among it what the visitor has typed: for the server alone
    leather_chat = fields.Json(copy=False, groups="base.group_system")

    def _chatbot_restart(self, chatbot_script):
        # sudo: the visitor's own conversation begins anew
        self.sudo().leather_chat = False
        return super()._chatbot_restart(chatbot_script)

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        choices = self.env.context.get("leather_choices")
        if choices:
            # sudo: the buttons under the assistant's own message, before it is sent to the visitor
            self.env["chatbot.message"].sudo().search([("mail_message_id", "=", message.id)]).leather_choices = choices
        return result
