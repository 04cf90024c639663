from odoo import models


class LeatherAiTaskComplaint(models.AbstractModel):
    """Category, severity and mood of complaints."""

    _name = "leather.ai.task.complaint"
    _description = "AI Task: Complaint Sorting"
    _inherit = ["leather.ai.task.text"]

    _text_model = "leather.complaint"
