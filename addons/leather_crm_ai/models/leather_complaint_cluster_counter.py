from odoo import api, fields, models

from .leather_complaint_cluster import OPEN


class LeatherComplaintClusterCounter(models.AbstractModel):
    """What clusters can be about: a counter of those that are open, and the button that opens all."""

    _name = "leather.complaint.cluster.counter"
    _description = "Counter of Clusters"

    _cluster_field = None

    cluster_count = fields.Integer("Open clusters", compute="_compute_cluster_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_cluster_count(self):
        """One grouped read; zero for whoever may not read clusters."""
        clusters, counts = self.env["leather.complaint.cluster"], {}
        if self.ids and clusters.has_access("read"):
            domain = [(self._cluster_field, "in", self.ids), ("state", "in", OPEN)]
            counts = dict(clusters._read_group(domain, [self._cluster_field], ["__count"]))
        for record in self:
            record.cluster_count = counts.get(record._origin, 0)

    def action_view_clusters(self):
        """Its clusters, ended ones included."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Clusters"),
            "res_model": "leather.complaint.cluster",
            "view_mode": "list,form",
            "domain": [(self._cluster_field, "=", self.id)],
        }
