from odoo import api, fields, models

from .leather_complaint_cluster import OPEN

# What decides to which units and which code a complaint belongs, and whether it counts.
WATCHED = {
    "category_id", "proposed_category_id", "lot_id", "product_id", "picking_id", "stage_id", "active",
    "duplicate_of_id", "company_id", "received_on",
}  # fmt: skip


class LeatherComplaint(models.Model):
    """A complaint as part of a cluster."""

    _inherit = "leather.complaint"

    cluster_ids = fields.Many2many(
        "leather.complaint.cluster",
        "leather_complaint_cluster_rel",
        "complaint_id",
        "cluster_id",
        "Clusters",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    source_ids = fields.One2many(
        "leather.complaint.source", "complaint_id", "Materials", readonly=True, groups="base.group_user"
    )
    open_cluster_id = fields.Many2one(
        "leather.complaint.cluster", compute="_compute_open_cluster", groups="base.group_user"
    )
    cluster_count = fields.Integer("Clusters", compute="_compute_open_cluster", groups="base.group_user")
    cluster_check = fields.Boolean("Clusters to be looked at", readonly=True, copy=False, groups="base.group_user")

    _cluster_check_index = models.Index("(company_id, id) WHERE cluster_check IS TRUE")

    @api.depends("cluster_ids.state", "cluster_ids.leading_id", "cluster_ids.grade")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_cluster(self):
        nothing = self.env["leather.complaint.cluster"]
        readable = nothing.has_access("read")
        for complaint in self:
            clusters = complaint.cluster_ids if readable else nothing
            leading = clusters.filtered(lambda one: one.state in OPEN and not one.leading_id)
            complaint.open_cluster_id = leading.sorted("grade")[:1]
            complaint.cluster_count = len(clusters)

    def action_view_clusters(self):
        """The clusters it belongs to."""
        self.ensure_one()
        return self.cluster_ids._get_records_action(name=self.env._("Clusters"))

    # ------------------------------------------------------------
    # To be looked at
    # ------------------------------------------------------------

    def _take_its_course(self):
        result = super()._take_its_course()
        if not self.env.context.get("leather_quiet"):
            self.sudo()._await_cluster_check()  # sudo: whoever files it
        return result

    def _follow_up(self, names, before):
        result = super()._follow_up(names, before)
        if not names.isdisjoint(WATCHED):
            self._await_cluster_check()
        return result

    def _await_cluster_check(self):
        """Have the clusters of these complaints looked at in the background, as soon as this is committed."""
        concerned = self.filtered(
            lambda one: not one.cluster_check and (one.lot_id or one.product_id) and one.shown_category_id
        )
        concerned |= self.filtered(lambda one: not one.cluster_check and one.cluster_ids)
        if concerned:
            concerned.with_context(leather_ai_writes=True, leather_starting=True).write({"cluster_check": True})
            self.env.ref("leather_crm_ai.ir_cron_cluster_new")._trigger()
