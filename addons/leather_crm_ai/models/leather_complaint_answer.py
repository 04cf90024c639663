import re

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_sanitize, is_html_empty

from .leather_reply_template import REPLY_LANGUAGES

DRAFT_SOURCES = [("template", "Template"), ("past", "Past answer"), ("model", "Language model")]
NO_SOURCE = {"draft_source": "template", "draft_past_id": False, "draft_offered": False}
FACT_FIELDS = ("partner_id", "partner_is_verified", "sale_order_id", "lot_id", "invoice_id", "product_id", "pairs")
GAP = re.compile(r"<span[^>]*\bo_leather_gap_(\w+)[^>]*>\s*(?:…|&hellip;|&#8230;)\s*</span>")


class LeatherComplaint(models.Model):
    """The draft of an answer: proposed, edited and sent by a person.

    As long as nobody has touched it the draft is not stored: it is the template that fits now, filled with what is
    known now. What a person chose or wrote is kept (``draft_kept…``) until the answer is sent. Other sources put their
    text in with :meth:`_set_draft`. Nothing here sends anything.
    """

    _inherit = "leather.complaint"

    draft_body = fields.Html(
        "Draft",
        compute="_compute_draft_body",
        inverse="_inverse_draft",
        sanitize_attributes=True,
        strip_style=True,
        groups="base.group_user",
    )
    draft_language = fields.Selection(
        REPLY_LANGUAGES,
        "Language of the answer",
        compute="_compute_draft_language",
        inverse="_inverse_draft",
        groups="base.group_user",
    )
    draft_template_id = fields.Many2one(
        "leather.reply.template",
        "From template",
        compute="_compute_draft_template_id",
        inverse="_inverse_draft",
        domain="[('language', '=', draft_language), ('company_id', 'in', (company_id, False))]",
        groups="base.group_user",
    )
    draft_source = fields.Selection(
        DRAFT_SOURCES, "Draft from", default="template", copy=False, readonly=True, groups="base.group_user"
    )
    draft_past_id = fields.Many2one(
        "leather.complaint", "Answer of", copy=False, readonly=True, ondelete="set null", groups="base.group_user"
    )
    draft_missing = fields.Char(
        "Not known",
        compute="_compute_draft_missing",
        groups="base.group_user",
        help="Facts that the template asks for.",
    )
    draft_kept = fields.Html(copy=False, strip_style=True, groups="base.group_user")
    draft_kept_language = fields.Selection(REPLY_LANGUAGES, copy=False, groups="base.group_user")
    draft_kept_template_id = fields.Many2one(
        "leather.reply.template", copy=False, ondelete="set null", groups="base.group_user"
    )
    # as another source put it in, to see afterwards how much of it was sent
    draft_offered = fields.Html(copy=False, readonly=True, strip_style=True, groups="base.group_user")

    # ------------------------------------------------------------
    # The draft
    # ------------------------------------------------------------

    # Each in a method of its own: writing one and reading another must not compute the first anew.

    @api.depends("draft_kept_language", "language", "partner_id", "company_id.complaint_arabizi_language")
    @api.depends_context("lang")
    def _compute_draft_language(self):
        for complaint in self:
            complaint.draft_language = complaint.draft_kept_language or complaint._get_reply_language()

    @api.depends("draft_kept_template_id", "draft_language", "severity", "shown_category_id")
    @api.depends_context("lang")
    def _compute_draft_template_id(self):
        for complaint in self:
            kept = complaint.draft_kept_template_id
            complaint.draft_template_id = kept or complaint._choose_template(complaint.draft_language)

    @api.depends("draft_kept", "draft_language", "draft_template_id", *FACT_FIELDS)
    @api.depends_context("lang", "uid")
    def _compute_draft_body(self):
        for complaint in self:
            proposed = complaint._get_draft(complaint.draft_language, complaint.draft_template_id)
            complaint.draft_body = complaint.draft_kept or proposed["body"]

    def _inverse_draft(self):
        """Keep what differs from what would be proposed anyway."""
        for complaint in self:
            language, template, body = complaint.draft_language, complaint.draft_template_id, complaint.draft_body
            proposed = complaint._get_draft(language, template)["body"]
            is_kept = not is_html_empty(body) and html_sanitize(body) != html_sanitize(proposed)
            is_usual = language == complaint._get_reply_language() and template == complaint._choose_template(language)
            complaint._keep_draft(
                {
                    "draft_kept": body if is_kept else False,
                    "draft_kept_language": language if is_kept or not is_usual else False,
                    "draft_kept_template_id": template.id if is_kept or not is_usual else False,
                    **({} if is_kept else NO_SOURCE),
                }
            )

    @api.depends("draft_body")
    @api.depends_context("lang")
    def _compute_draft_missing(self):
        labels = self.env["leather.reply.template"]._get_fact_names()
        for complaint in self:
            names = dict.fromkeys(GAP.findall(complaint.draft_body or ""))
            complaint.draft_missing = ", ".join(labels.get(name, name) for name in names) or False

    @api.onchange("draft_language")
    def _onchange_draft_language(self):
        """The same template in the other language, if there is one."""
        candidates, template = self._get_reply_templates(), self.draft_template_id
        same = template and template._in_language(self.draft_language, candidates)
        self._propose_anew(same or self._choose_template(self.draft_language, candidates))

    @api.onchange("draft_template_id")
    def _onchange_draft_template_id(self):
        self._propose_anew(self.draft_template_id)

    def _propose_anew(self, template):
        draft = self._get_draft(self.draft_language, template)
        self.draft_template_id = draft["template_id"]
        self.draft_body = draft["body"]

    def _get_draft(self, language=None, template=None):
        """The answer that the templates propose.

        :param language: ``fr``, ``ar`` or ``en``; otherwise the one to answer this customer in
        :param template: otherwise the one that fits best
        :return: dict with ``body`` (Markup, empty where no template is there), ``language``, ``template_id`` (id or
            False) and ``missing`` (names of facts that left a gap)
        """
        self.ensure_one()
        language = language or (template and template.language) or self._get_reply_language()
        if not template or template.language != language:
            template = self._choose_template(language)
        if not template:
            return {"body": Markup(), "language": language, "template_id": False, "missing": []}
        body, missing = template._fill_for(self)
        return {"body": body, "language": language, "template_id": template.id, "missing": missing}

    def _set_draft(self, body, source, language=None, past=None):
        """Put a draft from another source before the agent, in place of the one that is there.

        :param body: HTML; it is sanitised
        :param source: a key of ``DRAFT_SOURCES``
        :param past: the complaint whose answer it was
        """
        self.ensure_one()
        self.check_access("write")
        language = language or self.draft_language
        template = self.draft_template_id if self.draft_language == language else self.draft_template_id.browse()
        if not is_html_empty(body) and "dir=" not in body[:60]:
            body = template._set_direction(Markup(html_sanitize(body)), language)
        self._keep_draft(
            {
                "draft_kept": body,
                "draft_kept_language": language,
                "draft_kept_template_id": template.id,
                "draft_offered": body,
                "draft_source": source,
                "draft_past_id": past.id if past else False,
            }
        )

    def _keep_draft(self, vals):
        """A draft is nobody's decision about the complaint: nothing follows from it."""
        self.with_context(leather_ai_writes=True, mail_notrack=True).write(vals)

    def _clear_draft(self):
        nothing = {"draft_kept": False, "draft_kept_language": False, "draft_kept_template_id": False}
        self._keep_draft({**nothing, **NO_SOURCE})

    # ------------------------------------------------------------
    # Language and template
    # ------------------------------------------------------------

    def _get_reply_language(self):
        """The language to answer in: the customer's; for arabizi the company's choice."""
        if self.language == "arabizi":
            return self.company_id.complaint_arabizi_language or "fr"
        if self.language in dict(REPLY_LANGUAGES):
            return self.language
        # sudo: the language of a contact or of the company, for whoever answers
        codes = [self.sudo().partner_id.lang, self.sudo().company_id.partner_id.lang, self.env.lang]
        known = [code[:2] for code in codes if code and code[:2] in dict(REPLY_LANGUAGES)]
        return known[0] if known else "fr"

    def _get_reply_templates(self):
        return self.env["leather.reply.template"]._get_candidates(self.company_id)

    def _choose_template(self, language, candidates=None):
        candidates = self._get_reply_templates() if candidates is None else candidates
        return candidates._choose_for(self.shown_category_id or self.category_id, self.severity, language)

    # ------------------------------------------------------------
    # Sending, which a person does
    # ------------------------------------------------------------

    def action_use_draft(self):
        """Open the composer with the draft in it."""
        self.ensure_one()
        self.check_access("write")
        if is_html_empty(self.draft_body):
            raise UserError(self.env._("There is no draft yet. Choose a template or take a past answer."))
        self.env["leather.reply.use"]._note_opened(self)
        action = self.action_answer()
        context = {**action["context"], "default_body": self.draft_body, "default_email_add_signature": False}
        return {**action, "context": context}

    def action_drop_draft(self):
        """Back to what the templates propose."""
        self.check_access("write")
        for complaint in self:
            complaint._clear_draft()

    def message_post(self, **kwargs):
        """A gap that nobody has filled does not go to a customer."""
        if kwargs.get("subtype_xmlid") != "mail.mt_note" and GAP.search(str(kwargs.get("body") or "")):
            raise UserError(
                self.env._("The answer still has a gap (…) where a fact was missing. Fill it in, or take it out.")
            )
        return super().message_post(**kwargs)

    def _note_message(self, message):
        result = super()._note_message(message)
        is_public = message.message_type in ("comment", "email") and message.subtype_id == self.env.ref(
            "mail.mt_comment"
        )
        if is_public and self._is_from_staff(message) and self._is_to_customer(message):
            self.env["leather.reply.use"]._note_sent(self, message)
            self._clear_draft()
        return result
