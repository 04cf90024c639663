from odoo import fields, models


class LeatherComplaintStage(models.Model):
    _name = "leather.complaint.stage"
    _description = "Complaint Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean("Folded in the board")
    is_closed = fields.Boolean("Closes the complaint", help="The resolution clock stops here.")
    is_waiting = fields.Boolean(
        "Waits for the customer", help="The clocks stand still while a complaint is in this stage."
    )
    is_cancelled = fields.Boolean(
        "Closes without a resolution", help="For what was no complaint: it does not count as resolved."
    )
    template_id = fields.Many2one(
        "mail.template",
        "Mail to the customer",
        domain=[("model", "=", "leather.complaint")],
        help="Sent to the customer when a complaint enters this stage.",
    )
    team_ids = fields.Many2many("leather.complaint.team", string="Teams", help="Empty: for all teams.")

    _closed_or_waiting = models.Constraint(
        "CHECK(NOT (is_closed AND is_waiting))", "A stage either closes a complaint or waits for the customer."
    )
