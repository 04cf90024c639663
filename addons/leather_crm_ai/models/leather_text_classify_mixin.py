import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.text import proposals as engine

_logger = logging.getLogger(__name__)

TOP = 3
FAMILIAR = 0.1  # below it a text is stranger than nine tenths of those that the model was tested on


class LeatherTextClassifyMixin(models.AbstractModel):
    """Proposes labels for the text of a record, says why and how sure, and learns from what people choose.

    How to use it on any model with a text::

        class Ticket(models.Model):
            _name = "my.ticket"
            _inherit = ["my.ticket", "leather.text.classify.mixin"]
            _text_task = "ticket"                                    # a task of leather.ai.model
            _text_heads = {"kind": "kind_id"}                        # what is predicted: the field that holds it

            def _get_texts(self): ...                                # {id: text}
            def _get_label(self, head, value): ...                   # field value -> label, a stable key
            def _find_label(self, head, labels): ...                 # {label: field value}

    and a task ``leather.ai.task.ticket`` that inherits ``leather.ai.task.text``. Rules are optional: override
    :meth:`_analyse_texts` and :meth:`_get_rule_labels`. Call :meth:`_classify_text` after creation and whenever the
    text changes.

    A label is set by itself only above the confidence that held-out corrections justify for the error budget of the
    company's model; otherwise it is proposed. What a person has set is never changed, and every label a person sets or
    confirms is noted for the next training.
    """

    _name = "leather.text.classify.mixin"
    _description = "Text Classification"

    _text_task = None
    _text_heads = {}

    ai_proposals = fields.Json(
        "AI proposals", readonly=True, copy=False, groups="base.group_user", help="{head: {top, source, version, auto}}"
    )
    ai_decided = fields.Json(
        "Decided by people", readonly=True, copy=False, groups="base.group_user", help="{head: user id}"
    )
    ai_proposal_list = fields.Json("Proposals in words", compute="_compute_ai_proposal_list", groups="base.group_user")
    ai_automatic = fields.Boolean(
        "Sorted by itself",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The AI set it; nobody has checked it yet.",
    )

    @api.depends("ai_proposals", "ai_decided")
    @api.depends_context("lang", "uid")
    def _compute_ai_proposal_list(self):
        names = self._get_label_names(self._get_proposed_labels())
        for record in self:
            record.ai_proposal_list = [record._describe_proposal(head, names) for head in record._get_shown_heads()]

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if not self.env.context.get("leather_ai_writes"):
            for record, vals in zip(records, vals_list, strict=True):
                record._note_decisions(vals)
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self.env.context.get("leather_ai_writes"):
            self._note_decisions(vals)
        return result

    def unlink(self):
        # sudo: nobody has the right to delete the record of proposals; it goes with what it is about
        rows = self.env["leather.text.prediction"].sudo()
        gone = rows.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        result = super().unlink()
        gone.with_context(leather_record_goes=True).unlink()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_choose_label(self, head, label):
        """Take one of the proposed labels, or any other of that head.

        :param head: key of ``_text_heads``
        :raises UserError: there is no such head or label.
        """
        self.check_access("write")
        value = self._find_label(head, [label]).get(label) if head in self._text_heads else None
        if value is None:
            raise UserError(self.env._("There is no such proposal."))
        self.write({self._text_heads[head]: value})

    def action_confirm_labels(self):
        """Confirm what is set, and take the best proposal where nothing is."""
        self.check_access("write")
        for record in self:
            vals = {}
            for head, name in record._text_heads.items():
                best = ((record.ai_proposals or {}).get(head) or {}).get("top") or []
                value = record[name]
                if not value and best:
                    value = record._find_label(head, [best[0][0]]).get(best[0][0])
                if value:
                    vals[name] = value.id if isinstance(value, models.BaseModel) else value
            record.write(vals)

    # ------------------------------------------------------------
    # To be overridden
    # ------------------------------------------------------------

    def _get_texts(self):
        """{record id: text to read}."""
        raise NotImplementedError

    def _get_text_dates(self):
        """{record id: when the text came}: a training learns from the earlier texts and is tested on the latest."""
        return {record.id: record.create_date for record in self}

    def _get_label(self, head, value):
        """The label of a field's value: a key that stays the same in every database; False when blank."""
        raise NotImplementedError

    def _find_label(self, head, labels):
        """{label: value for the field}, for the labels that exist."""
        raise NotImplementedError

    def _get_label_names(self, labels):
        """{(head, label): name in the reader's language}."""
        return {(head, label): label for head, label in labels}

    @api.model
    def _get_label_texts(self, head):
        """{label: what it is called and means, in every language, a line each}: helps where few texts are confirmed."""
        return {}

    def _get_head_names(self):
        """{head: name in the reader's language}."""
        return {head: self._fields[name].get_description(self.env)["string"] for head, name in self._text_heads.items()}

    def _analyse_texts(self, texts):
        """What can be read from the texts without a model: {record id: anything}, for the next two methods."""
        return {}

    def _take_analyses(self, analyses):
        """Write what was read from the texts besides labels (language, order numbers …)."""

    def _get_shown_heads(self):
        """Heads whose proposals the screen shows."""
        return [head for head in self._text_heads if head in (self.ai_proposals or {})]

    def _get_rule_labels(self, analyses):
        """What the rules say: {record id: {head: [(label, confidence, words that did it), …]}}, best first."""
        return {}

    def _is_label_allowed(self, head, label):
        """May this label be set by itself on this record?"""
        return True

    # ------------------------------------------------------------
    # Classification
    # ------------------------------------------------------------

    def _classify_text(self):
        """Propose labels for these records, set those that may be set by themselves, and keep the record of it.

        The number of queries does not depend on the number of records.
        """
        records = self.filtered(lambda record: record.id)
        if not records:
            return
        texts = records._get_texts()
        analyses = records._analyse_texts(texts)
        records._take_analyses(analyses)
        proposals = records._propose(texts, records._get_rule_labels(analyses))
        records._apply_proposals(proposals)
        records._log_proposals(proposals)

    def _propose(self, texts, ruled):
        """{record id: {head: engine.Proposal}}."""
        proposals = {}
        for company, records in self.grouped("company_id").items():
            scope = self.env["leather.ai.model"]._get_text_scopes(self._text_task).get(company.id)
            said = records._get_model_labels(texts, ruled, scope)
            for record in records:
                proposals[record.id] = {
                    head: engine.combine(
                        ruled.get(record.id, {}).get(head, ()),
                        said.get(head, {}).get(record.id, ()),
                        learned=(scope or {}).get("heads", {}).get(head, {}).get("labels", ()),
                        threshold=(scope or {}).get("heads", {}).get(head, {}).get("threshold"),
                        version_id=(scope or {}).get("version_id"),
                        top=TOP,
                    )
                    for head in self._text_heads
                }
        return proposals

    def _get_model_labels(self, texts, ruled, scope):
        """{head: {record id: [(label, confidence, words), …]}} of the live version.

        Empty without one, and for a text that is about something else than what was learned: there the rules speak.
        """
        scorer = scope and self.env["leather.ai.version"].browse(scope["version_id"])._get_scorer()
        if not scorer:
            return {}
        inputs = [engine.with_rules(texts[record.id], record._only_heads(ruled.get(record.id, {}))) for record in self]
        found = {}
        for head in scorer.heads:
            ranked = scorer.rank(head, inputs, top=TOP)
            found[head] = {
                record.id: labels
                for record, text, labels in zip(self, inputs, ranked, strict=True)
                if scorer.familiarity(text, head) >= FAMILIAR
            }
        return found

    @api.model
    def _only_heads(self, found):
        return {head: found[head] for head in self._text_heads if head in found}

    def _apply_proposals(self, proposals):
        values = self._find_automatic_values(proposals)
        for record in self:
            record.with_context(leather_ai_writes=True).write(record._get_proposal_vals(proposals[record.id], values))

    def _get_proposal_vals(self, found, values):
        vals = {"ai_proposals": {head: proposal.to_json() for head, proposal in found.items() if proposal.top}}
        automatic = False
        for head, proposal in found.items():
            if not proposal.automatic or self._is_decided(head) or not self._is_label_allowed(head, proposal.label):
                vals["ai_proposals"].get(head, {})["auto"] = False
            elif (head, proposal.label) in values:
                vals[self._text_heads[head]] = values[head, proposal.label]
                automatic = True
        return {**vals, "ai_automatic": automatic}

    def _find_automatic_values(self, proposals):
        """{(head, label): field value} of everything that may be set by itself."""
        wanted = {}
        for found in proposals.values():
            for head, proposal in found.items():
                if proposal.automatic:
                    wanted.setdefault(head, set()).add(proposal.label)
        return {
            (head, label): value
            for head, labels in wanted.items()
            for label, value in self._find_label(head, sorted(labels)).items()
        }

    def _log_proposals(self, proposals):
        """Append what is new; a proposal that says the same as the last one is not repeated."""
        latest = self.env["leather.text.prediction"]._get_latest(self._name, self.ids)
        rows = []
        for record in self:
            for head, proposal in proposals[record.id].items():
                last = latest.get((record.id, head))
                if not last or (last.label or None, last.version_id.id or None) != (
                    proposal.label,
                    proposal.version_id,
                ):
                    rows.append(record._get_prediction_vals(head, proposal))
        self.env["leather.text.prediction"]._append(rows)

    def _get_prediction_vals(self, head, proposal):
        return {
            "res_model": self._name,
            "res_id": self.id,
            "head": head,
            "company_id": self.company_id.id,
            "model_id": self.env["leather.ai.model"]._get_text_model_id(self._text_task, self.company_id.id),
            "version_id": proposal.version_id,
            "source": proposal.source,
            "label": proposal.label,
            "confidence": 100.0 * proposal.confidence,
            "top": [[label, confidence] for label, confidence, _words in proposal.top],
            "rules": list(proposal.rules),
            "is_automatic": bool((self.ai_proposals or {}).get(head, {}).get("auto")),
            **(self._get_answer_vals(head) if self._is_decided(head) else {}),
        }

    def _get_answer_vals(self, head):
        return {
            "answer": self._get_label(head, self[self._text_heads[head]]),
            "answered_by_id": (self.ai_decided or {}).get(head, self.env.uid),
            "answered_on": fields.Datetime.now(),
        }

    # ------------------------------------------------------------
    # What people decide
    # ------------------------------------------------------------

    def _is_decided(self, head):
        return head in (self.ai_decided or {})

    def _note_decisions(self, vals):
        """Note the labels that a person has just set: never touched again, and learned from."""
        heads = [head for head, name in self._text_heads.items() if name in vals and self._is_decision(head, vals)]
        if not heads or not self.ids:
            return
        # sudo: whoever may file a record decides by what they fill in, also without the right to change it later
        for record in self.sudo().with_context(leather_ai_writes=True):
            decided = {**(record.ai_decided or {}), **dict.fromkeys(heads, self.env.uid)}
            record.write({"ai_decided": decided, "ai_automatic": False})
        self.sudo()._note_answers(heads)

    def _is_decision(self, head, vals):
        """Does writing these values decide the head? Emptying a field does not."""
        return bool(vals[self._text_heads[head]])

    def _note_answers(self, heads):
        """Write the labels as answers on the latest proposals; append a row where there never was one."""
        latest = self.env["leather.text.prediction"]._get_latest(self._name, self.ids)
        missing = []
        for record in self:
            for head in heads:
                row = latest.get((record.id, head))
                if row:
                    row.write(record._get_answer_vals(head))
                else:
                    missing.append(record._get_prediction_vals(head, engine.Proposal()))
        self.env["leather.text.prediction"]._append(missing)

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_proposed_labels(self):
        return {
            (head, label)
            for record in self
            for head, proposal in (record.ai_proposals or {}).items()
            for label, _confidence, _words in proposal.get("top", ())
        }

    def _describe_proposal(self, head, names):
        """What the screen shows of one head: names, percentages, words, and who decided."""
        proposal = self.ai_proposals[head]
        current = self._get_label(head, self[self._text_heads[head]])
        return {
            "head": head,
            "title": self._get_head_names()[head],
            "source": proposal["source"],
            "automatic": bool(proposal.get("auto")),
            "decided": self._is_decided(head),
            "items": [
                {
                    "label": label,
                    "name": names.get((head, label), label),
                    "percent": round(100 * confidence),
                    "words": words,
                    "chosen": label == current,
                }
                for label, confidence, words in proposal["top"]
            ],
        }
