from odoo import api, fields, models


class LeatherComplaintCounter(models.AbstractModel):
    """What complaints can be about: a counter of them, and the button that opens them.

    A model that inherits this says in ``_complaint_field`` by which many2one of ``leather.complaint`` its records are
    found, and may add defaults for a complaint that is filed from there (``_get_complaint_context``).
    """

    _name = "leather.complaint.counter"
    _description = "Counter of Complaints"

    _complaint_field = None

    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        """One grouped read; zero for whoever may not read complaints."""
        counts = self._count_complaints()
        for record in self:
            record.complaint_count = counts.get(record._get_complained_of()._origin, 0)

    def action_view_complaints(self):
        """The complaints about this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complaints"),
            "res_model": "leather.complaint",
            "view_mode": "list,kanban,form",
            "domain": [(self._complaint_field, "=", self._get_complained_of().id)],
            "context": self._get_complaint_context(),
        }

    def _count_complaints(self):
        """dict record -> number of complaints that this user may read."""
        complaints = self.env["leather.complaint"]
        records = self._get_complained_of()
        if not records.ids or not complaints.has_access("read"):
            return {}
        name = self._complaint_field
        return dict(complaints._read_group([(name, "in", records.ids)], [name], ["__count"]))

    def _get_complained_of(self):
        """The records that complaints name; another than this for a contact, whose company counts."""
        return self

    def _get_complaint_context(self):
        """Defaults for a complaint filed from here."""
        return {f"default_{self._complaint_field}": self.id}
