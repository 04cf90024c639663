from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..engine import clusters as engine

KINDS = [("lot", "Lot"), ("model", "Shoe model"), ("material", "Material"), ("supplier", "Supplier")]
UNIT_FIELDS = {"lot": "lot_id", "model": "product_tmpl_id", "material": "product_id", "supplier": "partner_id"}
STATES = [
    ("new", "New"),
    ("looked_into", "Being looked into"),
    ("confirmed", "Confirmed defect"),
    ("chance", "Chance"),
    ("closed", "Closed"),
]
OPEN = ("new", "looked_into", "confirmed")
RECENT_DAYS = 90  # recipients of what is no lot


class LeatherComplaintCluster(models.Model):
    """Complaints of one code on one lot, model, material or supplier that are more than usual.

    Found by ``_scan`` (file ``_scan``), called out by ``_alert_due`` (file ``_alert``). What a person says about one is
    final: a confirmed defect is no part of what counts as usual, and what was chance or is closed only comes back
    through complaints that came later.
    """

    _name = "leather.complaint.cluster"
    _inherit = ["mail.thread", "mail.activity.mixin", "leather.alert.mixin"]
    _description = "Cluster of Complaints"
    _order = "grade, last_on desc, id desc"
    _rec_names_search = ["category_id", "lot_id", "product_tmpl_id", "product_id", "partner_id"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    category_id = fields.Many2one("leather.complaint.category", required=True, readonly=True, ondelete="restrict")
    family = fields.Selection(related="category_id.family", store=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="cascade", index="btree_not_null")
    product_tmpl_id = fields.Many2one(
        "product.template", "Shoe model", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    product_id = fields.Many2one(
        "product.product", "Material", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    partner_id = fields.Many2one("res.partner", "Supplier", readonly=True, ondelete="cascade", index="btree_not_null")
    unit = fields.Char("Where", compute="_compute_unit")
    unit_key = fields.Char(compute="_compute_unit_key", store=True)
    state = fields.Selection(STATES, required=True, default="new", readonly=True, tracking=True, index=True)
    grade = fields.Selection(
        [("alarm", "Alarm"), ("watch", "Watch")],
        "Level",
        required=True,
        readonly=True,
        help="Alarm: more complaints than chance explains at this unit's own rate. Watch: three in 30 days on one lot"
        " or model, which is within what is usual there; nobody is called.",
    )
    is_defect = fields.Boolean(
        "Confirmed to be a defect", readonly=True, help="Its complaints are not part of what counts as usual."
    )
    user_id = fields.Many2one("res.users", "Responsible", domain=[("share", "=", False)], tracking=True)
    note = fields.Html("What was found")
    # what stands out
    window_days = fields.Integer("Days looked at", readonly=True)
    window_count = fields.Integer("Complaints in these days", readonly=True)
    expected = fields.Float("Expected in these days", readonly=True, digits=(16, 4))
    usual = fields.Char(compute="_compute_usual")
    usual_limit = fields.Integer("Usual at most", readonly=True, help="More are an alarm.")
    times = fields.Float("Times the usual", readonly=True, digits=(16, 1))
    chance = fields.Float(
        "Chance that it is luck", readonly=True, digits=(16, 8), help="At the unit's own rate; −1 if that is unknown."
    )
    pairs = fields.Integer("Pairs delivered", readonly=True)
    explanation = fields.Char("Why", compute="_compute_explanation")
    rate = fields.Char("Per 1,000 pairs", compute="_compute_rate")
    trend = fields.Json(readonly=True)  # [[first day of the week, complaints, usual], …]
    complaint_ids = fields.Many2many(
        "leather.complaint", "leather_complaint_cluster_rel", "cluster_id", "complaint_id", "Complaints", readonly=True
    )
    complaint_count = fields.Integer("Complaints", readonly=True)
    first_on = fields.Date("First", readonly=True)
    last_on = fields.Date("Latest", readonly=True)
    # the same complaints seen from further away
    leading_id = fields.Many2one(
        "leather.complaint.cluster", "Part of", readonly=True, ondelete="set null", index="btree_not_null"
    )
    also_ids = fields.One2many("leather.complaint.cluster", "leading_id", "Also seen as", readonly=True)
    alerted_count = fields.Integer("Complaints when people were told", readonly=True)
    alerted_on = fields.Datetime("People were told on", readonly=True)
    ended_on = fields.Date(readonly=True)
    is_lot_held = fields.Boolean("Lot on hold", compute="_compute_is_lot_held")
    action_ids = fields.One2many("leather.complaint.action", compute="_compute_action_ids", string="Corrective actions")

    _open_unique = models.UniqueIndex(
        "(company_id, category_id, unit_key) WHERE state IN ('new', 'looked_into', 'confirmed')",
        "There is an open cluster of this already.",
    )

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    def _get_unit(self):
        """The lot, model, material or supplier."""
        self.ensure_one()
        return self[UNIT_FIELDS[self.kind]]

    @api.depends("kind", "lot_id", "product_tmpl_id", "product_id", "partner_id")
    def _compute_unit_key(self):
        for cluster in self:
            cluster.unit_key = f"{cluster.kind}:{cluster._get_unit().id}"

    @api.depends("kind", "lot_id", "product_tmpl_id", "product_id", "partner_id")
    @api.depends_context("lang")
    def _compute_unit(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for cluster in self:
            # sudo: the name of a lot or material, for agents without access to stock
            cluster.unit = f"{kinds[cluster.kind]} {cluster.sudo()._get_unit().display_name}"

    @api.depends("category_id", "unit")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cluster in self:
            cluster.display_name = f"{cluster.category_id.display_name} · {cluster.unit}"

    @api.depends("expected", "chance")
    @api.depends_context("lang")
    def _compute_usual(self):
        for cluster in self:
            mean = cluster.expected
            least = max(mean, 0.01)
            written = formatLang(self.env, least, digits=1 if mean >= 1 else 2)
            cluster.usual = "?" if cluster.chance < 0 else written if mean == least else f"< {written}"

    @api.depends("window_days", "window_count", "usual", "usual_limit", "grade", "chance")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for cluster in self:
            cluster.explanation = cluster._explain()

    def _explain(self):
        """Why it is here, in a sentence."""
        figures = {
            "count": self.window_count,
            "days": self.window_days,
            "usual": self.usual,
            "limit": self.usual_limit,
        }
        if self.chance < 0:
            return self.env._(
                "%(count)s complaints in %(days)s days. What is usual here is not known yet: too few complaints or"
                " deliveries on record.",
                **figures,
            )
        if self.grade == "watch":
            return self.env._(
                "%(count)s complaints in %(days)s days; %(usual)s are usual, up to %(limit)s can be chance. Within what"
                " is usual here.",
                **figures,
            )
        return self.env._(
            "%(count)s complaints in %(days)s days, where %(usual)s are usual and more than %(limit)s are hardly"
            " chance.",
            **figures,
        )

    @api.depends("complaint_count", "pairs")
    @api.depends_context("lang")
    def _compute_rate(self):
        for cluster in self:
            found = engine.rate(cluster.complaint_count, cluster.pairs)
            written = [formatLang(self.env, value, digits=1) for value in found or ()]
            cluster.rate = "{} ({}–{})".format(*written) if found else False

    @api.depends("lot_id.is_on_hold")
    def _compute_is_lot_held(self):
        for cluster in self:
            cluster.is_lot_held = cluster.sudo().lot_id.is_on_hold  # sudo: agents have no access to stock

    @api.depends("complaint_ids")
    def _compute_action_ids(self):
        actions = self.env["leather.complaint.action"].search([("complaint_id", "in", self.complaint_ids.ids)])
        for cluster in self:
            cluster.action_ids = actions.filtered(lambda one, mine=cluster.complaint_ids: one.complaint_id in mine)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_look_into(self):
        """Take it up; whoever does becomes responsible unless somebody is."""
        self._check_state(OPEN)
        for cluster in self:
            cluster.write({"state": "looked_into", "user_id": cluster.user_id.id or self.env.uid})
        self._settle_alerts()

    def action_confirm(self):
        """It is a defect: its complaints are not part of what is usual from now on."""
        self._check_state(("new", "looked_into"))
        for cluster in self:
            cluster.write({"state": "confirmed", "is_defect": True, "user_id": cluster.user_id.id or self.env.uid})
        self._settle_alerts()

    def action_chance(self):
        """It is chance; only what comes later can raise it again."""
        self._end("chance")

    def action_close(self):
        """It is dealt with; only what comes later can raise it again."""
        self._end("closed")

    def action_reopen(self):
        """Take it up again."""
        self._check_state(("chance", "closed"))
        self.write({"state": "looked_into", "ended_on": False, "user_id": self.env.uid})

    def _end(self, state):
        """End these, and what nobody has touched of the same complaints seen from further away."""
        self._check_state(OPEN)
        ended = self | self.also_ids.filtered(lambda one: one.state == "new")
        ended.write({"state": state, "ended_on": fields.Date.context_today(self)})
        ended._settle_alerts()

    def _check_state(self, states):
        self.check_access("write")
        if any(cluster.state not in states for cluster in self):
            raise UserError(self.env._("Somebody else has changed this cluster. Please look at it again."))

    def action_view_complaints(self):
        """Its complaints."""
        self.ensure_one()
        return self.env["leather.complaint"]._get_list_action(
            self.display_name, [("id", "in", self.complaint_ids.ids)], active_test=False
        )

    def action_view_unit(self):
        """The lot, model, material or supplier."""
        self.ensure_one()
        return self._get_unit()._get_records_action()

    def action_view_suppliers(self):
        """Who delivered the materials of these complaints."""
        self.ensure_one()
        partners = self.partner_id or self._get_suppliers()
        if not partners:
            raise UserError(self.env._("No supplier is known: neither receipts, nor vendors of the materials."))
        return partners._get_records_action(name=self.env._("Suppliers"))

    def _get_suppliers(self):
        """Suppliers of the material, or of all that these complaints' shoes are made of."""
        domain = [("complaint_id", "in", self.complaint_ids.ids), ("partner_id", "!=", False)]
        if self.product_id:
            domain.append(("product_id", "=", self.product_id.id))
        groups = self.env["leather.complaint.source"]._read_group(domain, ["partner_id"])
        return self.env["res.partner"].union(*(partner for (partner,) in groups))

    def action_view_recipients(self):
        """Customers who received what may be defective."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delivered to"),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", self._get_recipients().ids)],
        }

    def _get_recipients(self):
        """Customers who received the lot; else the shoes that are complained about, in the last 90 days."""
        # sudo: for whoever has to warn them; agents have no access to stock
        groups = self.env["stock.move.line"].sudo()._read_group(self._get_recipients_domain(), ["picking_id"])
        pickings = self.env["stock.picking"].sudo().union(*(picking for (picking,) in groups))
        return pickings.partner_id.commercial_partner_id

    def _get_recipients_domain(self):
        if self.lot_id:
            what = [("lot_id", "=", self.lot_id.id)]
        else:
            templates = self.product_tmpl_id or self.sudo().complaint_ids.product_tmpl_id  # sudo: see _get_recipients
            since = fields.Datetime.subtract(fields.Datetime.now(), days=RECENT_DAYS)
            what = [("product_id", "in", templates.product_variant_ids.ids), ("date", ">=", since)]
        return [
            *what,
            ("company_id", "=", self.company_id.id),
            ("state", "=", "done"),
            ("picking_id.picking_type_id.code", "=", "outgoing"),
        ]

    def action_hold_lot(self):
        """Ask why, then hold the lot, for the gravest of its complaints."""
        self.ensure_one()
        self.check_access("write")
        complaint = self._get_gravest_complaint()
        return self.env["leather.hold.lot"]._open("hold", complaint=complaint)

    def action_corrective(self):
        """Note down a corrective action, on the gravest of its complaints."""
        self.ensure_one()
        complaint = self._get_gravest_complaint()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Corrective action"),
            "res_model": "leather.complaint.action",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": complaint.id},
        }

    def _get_gravest_complaint(self):
        """The gravest of its complaints that the user may work on."""
        complaints = self.complaint_ids._filtered_access("write")
        if not complaints:
            raise UserError(self.env._("You may not work on any of its complaints."))
        return complaints.sorted(lambda one: (one.severity, one.id), reverse=True)[0]

    def _render_complaints(self):
        """The complaints as a list, for the note of an activity."""
        rows = [
            Markup("<li>%s · %s</li>") % (complaint.name, complaint.subject or complaint.partner_name or "")
            for complaint in self.complaint_ids.sorted("received_on", reverse=True)[:20]
        ]
        return Markup("<p>%s</p><ul>%s</ul>") % (self.explanation, Markup().join(rows))
