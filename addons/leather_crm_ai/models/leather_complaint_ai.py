from odoo import api, fields, models

from ..engine.text import entities as entity_engine
from ..engine.text.severity import Facts

BATCH = 200  # complaints classified between two commits of the night
WORDS_SHOWN = 6


class LeatherComplaint(models.Model):
    """The intelligence of a complaint: what its text says, what is proposed, how grave it is, and why."""

    _inherit = "leather.complaint"

    _text_task = "complaint"
    _text_heads = {"code": "category_id", "severity": "severity", "sentiment": "sentiment"}

    family = fields.Selection(related="shown_category_id.family")
    proposed_category_id = fields.Many2one(
        "leather.complaint.category",
        "Proposed category",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    also_named = fields.Json("Codes also named", readonly=True, copy=False, groups="base.group_user")
    proposed_secondary_ids = fields.Many2many(
        "leather.complaint.category",
        string="Also named",
        compute="_compute_proposed_secondary_ids",
        groups="base.group_user",
    )
    shown_category_id = fields.Many2one(
        "leather.complaint.category",
        "Sorted as",
        compute="_compute_shown_category_id",
        compute_sudo=True,
        store=True,
        index=True,
        groups="base.group_user",
        help="The category, or the proposed one until somebody has confirmed it.",
    )
    sorting = fields.Selection(
        [("none", "Not sorted"), ("proposed", "Proposed"), ("automatic", "Set by the AI"), ("confirmed", "Confirmed")],
        compute="_compute_shown_category_id",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
    )
    proposed_severity = fields.Char("Severity found now", readonly=True, copy=False, groups="base.group_user")
    severity_warning = fields.Char(compute="_compute_severity_warning", groups="base.group_user")
    classified_on = fields.Datetime("Read by the AI on", readonly=True, copy=False, groups="base.group_user")

    @api.depends("category_id", "proposed_category_id", "ai_automatic", "ai_decided")
    def _compute_shown_category_id(self):
        for complaint in self:
            complaint.shown_category_id = complaint.category_id or complaint.proposed_category_id
            complaint.sorting = complaint._get_sorting()

    @api.depends("also_named")
    def _compute_proposed_secondary_ids(self):
        by_code = self._find_label("code", sorted({code for complaint in self for code in complaint.also_named or ()}))
        for complaint in self:
            ids = [by_code[code] for code in complaint.also_named or () if code in by_code]
            complaint.proposed_secondary_ids = [fields.Command.set(ids)]

    @api.depends("severity", "proposed_severity", "is_severity_manual")
    @api.depends_context("lang")
    def _compute_severity_warning(self):
        for complaint in self:
            higher = (complaint.proposed_severity or "") > (complaint.severity or "")
            complaint.severity_warning = (
                self.env._(
                    "The text points to S%(found)s; somebody has set S%(severity)s. Please look again.",
                    found=complaint.proposed_severity,
                    severity=complaint.severity,
                )
                if higher and complaint.is_severity_manual
                else False
            )

    def _get_sorting(self):
        if self.category_id:
            return "confirmed" if self._is_decided("code") else "automatic"
        return "proposed" if self.proposed_category_id else "none"

    # ------------------------------------------------------------
    # Labels
    # ------------------------------------------------------------

    def _get_texts(self):
        return {complaint.id: complaint.text or "" for complaint in self}

    def _get_text_dates(self):
        return {complaint.id: complaint.received_on for complaint in self}

    def _get_label(self, head, value):
        return value.code if head == "code" else value

    def _find_label(self, head, labels):
        if head == "code":
            categories = self.env["leather.complaint.category"].search([("code", "in", labels)])
            return {category.code: category.id for category in categories}
        return {label: label for label in labels if label in dict(self._fields[self._text_heads[head]].selection)}

    def _get_label_names(self, labels):
        codes = [label for head, label in labels if head == "code"]
        categories = self.env["leather.complaint.category"].with_context(active_test=False)
        names = {
            ("code", category.code): category.display_name for category in categories.search([("code", "in", codes)])
        }
        for head in ("severity", "sentiment"):
            described = dict(self._fields[self._text_heads[head]]._description_selection(self.env))
            names.update({(head, key): name for key, name in described.items()})
        return names

    def _is_decided(self, head):
        return super()._is_decided(head) or (head == "severity" and self.is_severity_manual)

    @api.model
    def _get_label_texts(self, head):
        if head != "code":
            return {}
        lines = {}
        for lang, _name in self.env["res.lang"].get_installed():
            for category in (
                self.env["leather.complaint.category"].with_context(lang=lang).search([("code", "!=", False)])
            ):
                lines.setdefault(category.code, []).extend(filter(None, (category.name, category.description)))
        return {code: "\n".join(" ".join(line.split()) for line in found) for code, found in lines.items()}

    def _get_shown_heads(self):
        """The severity of the rules is set, and explained in sentences; there is nothing to choose."""
        proposals = self.ai_proposals or {}
        return [
            head for head in super()._get_shown_heads() if head != "severity" or proposals[head]["source"] == "model"
        ]

    def _is_decision(self, head, vals):
        """The form sends the usual severity along with a new complaint; only a mark says that a person chose it."""
        return bool(vals.get("is_severity_manual")) if head == "severity" else super()._is_decision(head, vals)

    def _is_label_allowed(self, head, label):
        """Safety first: the model may raise the severity that the rules found, never lower it."""
        return head != "severity" or label > (self.severity or "")

    # ------------------------------------------------------------
    # What the text says
    # ------------------------------------------------------------

    def _analyse_texts(self, texts):
        """{complaint id: Analysis}: first what is named is linked, for the facts that the severity depends on."""
        found = {complaint.id: entity_engine.extract(texts[complaint.id]) for complaint in self}
        self._link_entities(found)
        facts = self._get_severity_facts()
        for complaint in self:
            # a number that only the text names: the engine knows whether it is the pairs affected or those ordered
            if complaint.pairs == found[complaint.id].pairs:
                facts[complaint.id]["pairs"] = 0
        rules = self.env["leather.complaint.rule"]
        return {
            complaint.id: rules._analyse_text(
                texts[complaint.id], complaint.company_id, facts=Facts(**facts[complaint.id])
            )
            for complaint in self
        }

    def _take_analyses(self, analyses):
        now = fields.Datetime.now()
        for complaint in self.with_context(leather_ai_writes=True):
            analysis = analyses[complaint.id]
            vals = {"language": analysis.language, "classified_on": now, "proposed_severity": str(analysis.severity)}
            if not complaint.is_severity_manual:
                vals["severity"] = str(analysis.severity)
                vals["severity_reasons"] = [list(reason) for reason in analysis.severity_reasons]
            if not complaint._is_decided("sentiment"):
                vals["sentiment"] = analysis.sentiment
            complaint.write(vals)

    def _get_rule_labels(self, analyses):
        return {
            complaint_id: {
                "code": [
                    (code, confidence, analysis.words_for(code)[:WORDS_SHOWN]) for code, confidence in analysis.codes
                ],
                "also": [(code, 1.0, ()) for code in analysis.secondary],
                "severity": [(str(analysis.severity), 1.0, ())],
                "sentiment": [(analysis.sentiment, 0.0, analysis.words_for(analysis.sentiment)[:WORDS_SHOWN])],
            }
            for complaint_id, analysis in analyses.items()
        }

    def _propose(self, texts, ruled):
        proposals = super()._propose(texts, ruled)
        self._take_proposed_categories(proposals, ruled)
        return proposals

    def _take_proposed_categories(self, proposals, ruled):
        """The category that is shown until somebody has confirmed one, and what else the text names."""
        codes = {found["code"].label for found in proposals.values()} - {None}
        by_code = self._find_label("code", sorted(codes))
        for complaint in self.with_context(leather_ai_writes=True):
            best = proposals[complaint.id]["code"].label
            also = [label for label, _confidence, _words in ruled[complaint.id]["also"] if label != best]
            complaint.write(
                {
                    "proposed_category_id": by_code.get(best, False),
                    "also_named": also or False,
                }
            )

    def _get_proposal_vals(self, found, values):
        vals = super()._get_proposal_vals(found, values)
        if "severity" in vals:
            reason = ["model", round(100 * found["severity"].confidence)]
            vals["severity_reasons"] = [*(self.severity_reasons or []), reason]
        return vals

    # ------------------------------------------------------------
    # Again, when a version goes live
    # ------------------------------------------------------------

    @api.model
    def _trigger_reclassify(self):
        """Read the open complaints again in the background; those of other companies come out as before."""
        self.env["ir.config_parameter"].sudo().set_param("leather_crm_ai.reclassify_cursor", 0)
        self.env.ref("leather_crm_ai.ir_cron_reclassify")._trigger()

    @api.model
    def _cron_reclassify(self):
        """Read open complaints again in batches, with a cursor: a killed job goes on where it stopped."""
        # sudo: the cursor is a parameter of the database; the cron may write it, people may not
        parameters = self.env["ir.config_parameter"].sudo()
        cursor = int(parameters.get_param("leather_crm_ai.reclassify_cursor", 0))
        while batch := self._get_reclassify_batch(cursor):
            batch._classify_text()
            cursor = batch[-1].id
            parameters.set_param("leather_crm_ai.reclassify_cursor", cursor)
            remaining = self.search_count(self._get_reclassify_domain(cursor))
            if not self.env["ir.cron"]._commit_ai_progress(len(batch), remaining):
                return
        parameters.set_param("leather_crm_ai.reclassify_cursor", 0)  # the next turn begins anew

    @api.model
    def _get_reclassify_domain(self, cursor):
        return [("id", ">", cursor), ("stage_id.is_closed", "=", False)]

    @api.model
    def _get_reclassify_batch(self, cursor):
        return self.search(self._get_reclassify_domain(cursor), order="id", limit=BATCH)
