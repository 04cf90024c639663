from odoo import api, fields, models

from .leather_complaint_category import SEVERITIES


class LeatherComplaintClock(models.Model):
    """How fast a complaint of one severity is to be answered, contained and resolved.

    Hours are hours of a day of 24: on a working calendar, 24 h mean one working day later at the same time of day,
    so 12 h mean half a working day. Round the clock, they are plain hours. Days to resolve are always working days
    and end with the last one.
    """

    _name = "leather.complaint.clock"
    _description = "Complaint Clock"
    _order = "severity desc, company_id"
    _rec_name = "severity"

    severity = fields.Selection(SEVERITIES, required=True)
    answer_hours = fields.Float(
        "First answer (hours)", help="24 hours are one working day, unless the clock runs round the clock. 0: none."
    )
    contain_hours = fields.Float(
        "Contain the lot (hours)", help="Until when the rest of the lot has to be stopped. 0: none."
    )
    resolution_days = fields.Integer("Resolution (working days)", help="0: none.")
    round_the_clock = fields.Boolean(help="Hours count at night and on days off, too; waiting does not stop them.")
    company_id = fields.Many2one("res.company", help="Empty: for all companies without a clock of their own.")

    _severity_unique = models.UniqueIndex(
        "(severity, COALESCE(company_id, 0))", "There is a clock for this severity already."
    )
    _not_negative = models.Constraint(
        "CHECK(answer_hours >= 0 AND contain_hours >= 0 AND resolution_days >= 0)", "A clock cannot run backwards."
    )

    @api.model_create_multi
    def create(self, vals_list):
        clocks = super().create(vals_list)
        clocks._restart_open_complaints()
        return clocks

    def write(self, vals):
        self._restart_open_complaints()
        result = super().write(vals)
        self._restart_open_complaints()
        return result

    def unlink(self):
        self._restart_open_complaints()
        return super().unlink()

    def _restart_open_complaints(self):
        """Open complaints of these severities get their deadlines computed anew."""
        domain = [("severity", "in", self.mapped("severity")), ("resolved_on", "=", False)]
        if all(clock.company_id for clock in self):
            domain.append(("company_id", "in", self.company_id.ids))
        # sudo: deadlines belong to all complaints, also those that whoever sets the clock may not see
        self.env["leather.complaint"].sudo().search(domain)._restart_clocks()

    @api.model
    def _get_clocks(self):
        """dict (company id or False, severity) -> clock."""
        # sudo: deadlines are computed whoever saves the complaint
        return {(clock.company_id.id, clock.severity): clock for clock in self.sudo().search([])}
