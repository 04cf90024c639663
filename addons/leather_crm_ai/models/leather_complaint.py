from odoo import api, fields, models, tools
from odoo.tools import html2plaintext

from .leather_complaint_category import SEVERITIES

DEFAULT_SEVERITY = "2"
MAX_TEXT = 50_000  # characters the classifier reads; nobody writes more about one complaint
MAX_SOURCE = 4 * MAX_TEXT  # characters of HTML looked at for them
CHANNELS = [
    ("mail", "E-mail"),
    ("portal", "Customer portal"),
    ("web", "Web form"),
    ("phone", "Phone"),
    ("chat", "Chat"),
    ("import", "Import"),
    ("api", "Other program"),
]
# Ways in where the customer is known: logged in, or named by the people or programs that file.
VERIFIED_CHANNELS = ("portal", "phone", "import", "api")
# A person who writes one of these decides it: the AI and the rules leave it alone from then on.
DECISIONS = {"severity": "is_severity_manual", "team_id": "is_team_manual", "user_id": "is_user_manual"}
ROUTED_BY = {"category_id", "proposed_category_id", "language", "severity", "product_id", "company_id"}


class LeatherComplaint(models.Model):
    """A customer's complaint: what it is, whom and what it concerns.

    Its other sides have files of their own: ``_timing`` (clocks), ``_mail`` (gateway and answers), ``_routing``,
    ``_alert`` (safety, escalation), ``_links`` (orders, lots), ``_facts`` (for the severity), ``_words`` (its reasons
    in words), ``_duplicates`` and ``_intake`` (other ways in, and out into spreadsheets).
    """

    _name = "leather.complaint"
    _inherit = [
        "mail.thread.cc",
        "mail.activity.mixin",
        "portal.mixin",
        "rating.mixin",
        "leather.alert.mixin",
        "leather.text.classify.mixin",
    ]
    _description = "Complaint"
    _order = "severity desc, first_answer_deadline, id desc"
    _rec_names_search = ["name", "subject", "partner_name", "email_from"]
    _mail_post_access = "read"
    _primary_email = "email_from"
    _check_company_auto = True

    name = fields.Char("Reference", readonly=True, copy=False, index="trigram", default="/")
    subject = fields.Char(tracking=True)
    description = fields.Html(
        "In the customer's words", sanitize=True, sanitize_overridable=False, strip_style=True, strip_classes=True
    )
    text = fields.Text(compute="_compute_text", store=True)
    channel = fields.Selection(CHANNELS, required=True, default=lambda self: self._default_channel(), index=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    active = fields.Boolean(default=True)
    stage_id = fields.Many2one(
        "leather.complaint.stage",
        default=lambda self: self._default_stage_id(),
        group_expand="_read_group_expand_full",
        ondelete="restrict",
        required=True,
        tracking=True,
        index=True,
        copy=False,
    )
    is_closed = fields.Boolean(related="stage_id.is_closed")
    # who complains
    partner_id = fields.Many2one("res.partner", "Customer", tracking=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Company of the customer", store=True, index=True
    )
    partner_name = fields.Char("Name of the sender", compute="_compute_contact", store=True, readonly=False)
    email_from = fields.Char("E-mail", compute="_compute_contact", store=True, readonly=False)
    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, index="btree_not_null")
    phone = fields.Char(compute="_compute_contact", store=True, readonly=False)
    partner_is_verified = fields.Boolean(
        "Customer is certain",
        copy=False,
        help="Set by a person or filed by the customer when logged in. The sender of a mail is only a claim.",
    )
    # what it is about
    category_id = fields.Many2one("leather.complaint.category", ondelete="restrict", tracking=True, index=True)
    secondary_category_ids = fields.Many2many("leather.complaint.category", string="Also about")
    family = fields.Selection(related="category_id.family", store=True, index=True)
    severity = fields.Selection(SEVERITIES, default=DEFAULT_SEVERITY, required=True, tracking=True, index=True)
    severity_reasons = fields.Json(readonly=True, copy=False, groups="base.group_user")
    severity_words = fields.Char("Why this severity", compute="_compute_severity_words", groups="base.group_user")
    is_severity_manual = fields.Boolean("Severity set by a person", copy=False, groups="base.group_user")
    language = fields.Selection(
        [
            ("fr", "French"),
            ("ar", "Arabic"),
            ("arabizi", "Arabic in Latin letters"),
            ("en", "English"),
            ("unknown", "Unknown"),
        ],
        default="unknown",
    )
    sentiment = fields.Selection(
        [("negative", "Upset"), ("neutral", "Neutral"), ("positive", "Friendly")], groups="base.group_user"
    )
    product_id = fields.Many2one("product.product", check_company=True, index="btree_not_null")
    product_tmpl_id = fields.Many2one(
        related="product_id.product_tmpl_id", string="Shoe model", store=True, index="btree_not_null"
    )
    sale_order_id = fields.Many2one("sale.order", "Sales order", check_company=True, index="btree_not_null")
    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Order line",
        check_company=True,
        domain="[('order_id', '=', sale_order_id), ('display_type', '=', False)]",
        index="btree_not_null",
    )
    picking_id = fields.Many2one("stock.picking", "Delivery", check_company=True, index="btree_not_null")
    lot_id = fields.Many2one("stock.lot", check_company=True, index="btree_not_null")
    invoice_id = fields.Many2one("account.move", check_company=True, index="btree_not_null")
    pairs = fields.Integer("Pairs affected")
    size = fields.Char()
    # what is done about it
    team_id = fields.Many2one("leather.complaint.team", check_company=True, tracking=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        check_company=True,
        domain=[("share", "=", False)],
        tracking=True,
        index=True,
    )
    cause_id = fields.Many2one("leather.complaint.cause", groups="base.group_user")
    why_1 = fields.Char("Why?", groups="base.group_user")
    why_2 = fields.Char("Why that?", groups="base.group_user")
    why_3 = fields.Char("And why that?", groups="base.group_user")
    why_4 = fields.Char("And that?", groups="base.group_user")
    why_5 = fields.Char("The root", groups="base.group_user")
    root_cause = fields.Text(groups="base.group_user")
    resolution = fields.Html(help="The customer reads this.")
    resolution_type = fields.Selection(
        [
            ("refund", "Refund"),
            ("replacement", "Replacement"),
            ("repair", "Repair"),
            ("credit_note", "Credit note"),
            ("explanation", "Explanation"),
            ("none", "None"),
        ],
        "Kind of resolution",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_credit = fields.Monetary("Credit notes", groups="base.group_user")
    cost_replacement = fields.Monetary("Replacements", groups="base.group_user")
    cost_transport = fields.Monetary("Transport", groups="base.group_user")
    cost_other = fields.Monetary("Other costs", groups="base.group_user")
    cost_total = fields.Monetary("Total cost", compute="_compute_cost_total", store=True, groups="base.group_user")
    action_ids = fields.One2many(
        "leather.complaint.action", "complaint_id", "Corrective actions", groups="base.group_user"
    )

    # ------------------------------------------------------------
    # Defaults
    # ------------------------------------------------------------

    @api.model
    def _default_channel(self):
        return "import" if self.env.context.get("import_file") else "phone"

    @api.model
    def _default_stage_id(self):
        # sudo: whoever files a complaint needs the first stage
        return self.env["leather.complaint.stage"].sudo().search([("is_closed", "=", False)], limit=1)

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("subject", "description")
    def _compute_text(self):
        for complaint in self:
            words = html2plaintext((complaint.description or "")[:MAX_SOURCE], include_references=False)
            subject = "" if _begins_with(words, complaint.subject or "") else complaint.subject
            parts = [part for part in (subject, words) if part and part.strip()]
            complaint.text = "\n".join(parts)[:MAX_TEXT].strip()

    @api.depends("partner_id")
    def _compute_contact(self):
        """Taken from the customer where nothing else is known; what the sender said of themselves stays."""
        for complaint in self:
            partner = complaint.partner_id
            complaint.partner_name = complaint.partner_name or partner.name
            complaint.email_from = complaint.email_from or partner.email
            complaint.phone = complaint.phone or partner.phone

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for complaint in self:
            complaint.email_normalized = tools.email_normalize(complaint.email_from, strict=False)

    @api.depends("cost_credit", "cost_replacement", "cost_transport", "cost_other")
    def _compute_cost_total(self):
        for complaint in self:
            complaint.cost_total = (
                complaint.cost_credit + complaint.cost_replacement + complaint.cost_transport + complaint.cost_other
            )

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for complaint in self:
            parts = [complaint.name if complaint.name != "/" else False, complaint.subject]
            complaint.display_name = " · ".join(part for part in parts if part) or self.env._("New complaint")

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for complaint in self:
            complaint.access_url = f"/my/complaints/{complaint.id}"
        return result

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._complete_values(vals) for vals in vals_list]
        complaints = super().create(vals_list)
        complaints.sudo()._take_usual_severity()  # sudo: see _take_its_course
        complaints.sudo()._change_stage({})
        if not self.env.context.get("leather_wait_for_links"):
            complaints._take_its_course()
        return complaints

    def write(self, vals):
        before = {complaint.id: (complaint.stage_id, complaint.severity) for complaint in self}
        result = super().write(self._note_decided(vals))
        if "stage_id" in vals:
            self._change_stage({key: stage for key, (stage, _severity) in before.items()})
        if not self.env.context.get("leather_starting") and not self.env.context.get("leather_quiet"):
            # sudo: what follows from a change is the system's work
            self.sudo().with_context(leather_ai_writes=True)._follow_up(set(vals), before)
        return result

    @api.model
    def _complete_values(self, vals):
        """What is not said: reference, whether the customer is certain, who decided."""
        vals = dict(vals)
        if vals.get("name", "/") in ("/", False):
            vals["name"] = self._next_reference(vals.get("company_id"))
        if "partner_is_verified" not in vals and vals.get("partner_id"):
            channel = vals.get("channel") or self.env.context.get("default_channel") or self._default_channel()
            vals["partner_is_verified"] = channel in VERIFIED_CHANNELS
        vals = self._note_decided(vals, new=True)
        if not vals.get("is_severity_manual") and not self.env.context.get("leather_ai_writes"):
            vals.pop("severity", None)  # a form's default, which nobody has decided
        return vals

    def _take_usual_severity(self):
        """The severity of the category, for new complaints whose severity nobody has decided."""
        context = {"leather_ai_writes": True, "leather_starting": True}
        for complaint in self.with_context(**context).filtered("category_id"):
            usual = complaint.category_id.default_severity
            if complaint.severity == DEFAULT_SEVERITY != usual and not complaint.is_severity_manual:
                complaint.severity = usual

    @api.model
    def _next_reference(self, company_id):
        company = self.env["res.company"].browse(company_id or self.env.company.id)
        # sudo: references are numbered whoever files
        return self.env["ir.sequence"].sudo().with_company(company).next_by_code("leather.complaint") or "/"

    @api.model
    def _note_decided(self, vals, new=False):
        """Mark what a person decides by these values, so that nothing automatic changes it afterwards.

        A new complaint is no decision where a form only sends its default along.
        """
        if self.env.context.get("leather_ai_writes"):
            return vals
        marks = {name: mark for name, mark in DECISIONS.items() if name in vals and mark not in vals}
        decided = {mark: bool(vals[name]) for name, mark in marks.items()}
        if new:
            decided = {mark: chosen for mark, chosen in decided.items() if chosen}
            if vals.get("severity") == DEFAULT_SEVERITY and not self.env.context.get("import_file"):
                decided.pop("is_severity_manual", None)
        elif "partner_id" in vals and self.env.user._is_internal():
            decided["partner_is_verified"] = bool(vals["partner_id"])
        return {**decided, **vals}

    def _take_its_course(self):
        """New complaints are read, routed, and, if dangerous, called out; their senders hear that they arrived.

        In the context ``leather_quiet`` a story of the past is loaded, and nobody is to be told of it.
        """
        if self.env.context.get("leather_quiet"):
            return
        # sudo: sales people and customers may file complaints, not write them; this is the system's work
        complaints = self.sudo().with_context(
            leather_ai_writes=True, leather_starting=True, mail_notify_force_send=False
        )
        complaints._classify_text()
        complaints._route()
        complaints._alert_safety()
        complaints._follow_by_customer()
        complaints._send_stage_mail()

    def _follow_up(self, names, before):
        """What follows from a change of the fields in ``names``."""
        if not names.isdisjoint({"subject", "description"}):
            self._classify_text()
        if not names.isdisjoint(ROUTED_BY):
            self.filtered(lambda complaint: not complaint.first_answered_on)._route()
        if "severity" in names:
            self.filtered(lambda complaint: before[complaint.id][1] != complaint.severity)._alert_safety()
        if "stage_id" in names:
            first = self._default_stage_id()  # moved back there it has not arrived again
            self.filtered(lambda one: one.stage_id not in (before[one.id][0], first))._send_stage_mail()


def _begins_with(words, subject):
    """Whether the words begin with the subject: forms without a subject take the first words for one."""
    start = " ".join(subject.removesuffix("…").split()).casefold()
    words = " ".join(words.split()).casefold()
    following = words[len(start) : len(start) + 1]
    return words.startswith(start) and (subject.endswith("…") or not following.isalnum())
