from odoo import fields, models


class ChatbotMessage(models.Model):
    _inherit = "chatbot.message"

    leather_choices = fields.Json("Answers to choose from", help="Labels of the buttons under the message.")
