from odoo import models


class LeatherAiTaskHelpdesk(models.AbstractModel):
    """Category and priority of helpdesk tickets."""

    _name = "leather.ai.task.helpdesk"
    _description = "AI Task: Helpdesk Tickets"
    _inherit = ["leather.ai.task.text"]

    _text_model = "helpdesk.ticket"
