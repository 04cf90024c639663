from dataclasses import dataclass, field

from markupsafe import Markup, escape
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, html2plaintext, html_sanitize

from ..engine.text import retrieval
from ..engine.text.carry_over import Gap, carry_over
from ..engine.text.language import detect
from .leather_reply_template import REPLY_LANGUAGES

SHOWN = 5
NEIGHBOURS = 40  # looked at by text, and by lot or shoe
LEAST_SIMILAR = 0.12  # below it a text has only small words in common
LEAST_STRANGE = 0.25  # the same for one of another family, such as a late delivery and a sole
SAME_LOT, SAME_SHOE, SAME_CATEGORY = 0.3, 0.08, 0.1
# What makes an answer worth taking again, besides the likeness of the complaint.
SAME_LANGUAGE, WELL_RATED, FIRST_CONTACT, TAKEN_AGAIN, SAID_OFTEN = 0.1, 0.03, 0.05, 0.04, 0.03
RANKED_BY = (  # read for all; the long texts only of those that are shown
    "family",
    "is_first_contact_resolution",
    "language",
    "lot_id",
    "product_tmpl_id",
    "rating_last_value",
    "shown_category_id",
)
AVERAGE_STARS, MOST_TIMES = 3, 5
MAX_ANSWER = 2_000  # characters shown


@dataclass
class Likeness:
    """Why a past complaint is like this one, and how much."""

    similarity: float = 0.0
    is_same_lot: bool = False
    is_same_shoe: bool = False
    words: list = field(default_factory=list)


class LeatherComplaint(models.Model):
    """Closed complaints like this one: how they ended, and what was answered."""

    _inherit = "leather.complaint"

    reply_document_ids = fields.One2many(
        "leather.reply.document", "complaint_id", "Ready to be found", groups="base.group_user"
    )

    # ------------------------------------------------------------
    # Closing and reopening
    # ------------------------------------------------------------

    def _change_stage(self, before):
        result = super()._change_stage(before)
        if self.filtered("is_closed") and not self.env.context.get("leather_quiet"):
            self.env["leather.reply.document"]._trigger()
        reopened = self.filtered(lambda one: before.get(one.id) and before[one.id].is_closed and not one.is_closed)
        if reopened:
            # sudo: what is open again is not ended, whoever reopened it
            reopened.sudo().reply_document_ids.unlink()
        return result

    # ------------------------------------------------------------
    # For the form
    # ------------------------------------------------------------

    def action_find_similar(self):
        """What the form shows of past complaints like this one: list of dicts, the best first; at most five.

        Only complaints of the same company that the reader may see.
        """
        self.ensure_one()
        self.check_access("read")
        found = self._find_similar()
        uses = self.env["leather.reply.use"]._count_past(self.browse(found))
        return [self._show_similar(self.browse(one), likeness, uses.get(one, 0)) for one, likeness in found.items()]

    def action_take_answer(self, past_id):
        """Take the answer to a past complaint as the draft, without what was the other customer's."""
        self.ensure_one()
        self.check_access("write")
        past = self.browse(past_id).exists()
        past.check_access("read")
        if not past or past.company_id != self.company_id:
            raise UserError(self.env._("This complaint is not there any more."))
        answer = past._get_best_answer()
        if not answer:
            raise UserError(self.env._("Nobody answered this complaint in writing."))
        language = _get_language(answer) or self._get_reply_language()
        self._set_draft(self._carry_over(past, answer, language), "past", language=language, past=past)

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------

    def _find_similar(self):
        """{complaint id: Likeness} of the best past complaints, the best first."""
        index = self.env["leather.reply.document"]._get_index(self.company_id.id)
        likenesses = self._find_by_text(index)
        self._find_by_goods(likenesses)
        # as the reader, whom the record rules let see some and not others
        visible = self.search_fetch(
            [
                ("id", "in", list(likenesses)),
                ("company_id", "=", self.company_id.id),
                ("stage_id.is_closed", "=", True),
                ("stage_id.is_cancelled", "=", False),
                ("duplicate_of_id", "=", False),
            ],
            RANKED_BY,
        )
        # sudo: which they are is settled; asking for the right to each value again takes half of the time
        complaint, others = self.sudo(), visible.sudo()
        alike = others.filtered(lambda other: complaint._is_alike(other, likenesses[other.id]))
        ranked = complaint._rank_similar(alike, likenesses)[:SHOWN]
        for one in ranked:
            likenesses[one.id].words = retrieval.shared_words(complaint.text or "", one.text or "", index)
        return {one.id: likenesses[one.id] for one in ranked}

    def _find_by_text(self, index):
        ids, similarities = index.search(retrieval.read(self.text or ""), limit=NEIGHBOURS + 1)
        return {
            int(one): Likeness(float(similarity))
            for one, similarity in zip(ids, similarities, strict=True)
            if one != self.id and similarity >= LEAST_SIMILAR
        }

    def _find_by_goods(self, likenesses):
        """Add those on the same lot, and of the same shoe and category."""
        shoe = [
            ("product_tmpl_id", "=", self.product_tmpl_id.id),
            ("shown_category_id", "=", self.shown_category_id.id),
        ]
        wanted = [[("lot_id", "=", self.lot_id.id)]] if self.lot_id else []
        wanted += [shoe] if self.product_tmpl_id and self.shown_category_id else []
        for domain in wanted:
            others = [*domain, ("resolved_on", "!=", False), ("id", "!=", self.id)]
            for other in self._search(others, order="id desc", limit=NEIGHBOURS):
                likenesses.setdefault(other, Likeness())

    def _is_alike(self, other, likeness):
        """Say where goods are the same; for one of another family the words have to be much alike."""
        likeness.is_same_lot = bool(self.lot_id) and other.lot_id == self.lot_id
        likeness.is_same_shoe = bool(self.product_tmpl_id) and other.product_tmpl_id == self.product_tmpl_id
        is_strange = self.family and other.family and other.family != self.family
        return likeness.is_same_lot or not is_strange or likeness.similarity >= LEAST_STRANGE

    def _rank_similar(self, others, likenesses):
        """Others from the most useful: how alike they are, and how good their answer was. One of equal answers."""
        uses = self.env["leather.reply.use"]._count_past(others)
        scores = {other.id: self._score_similar(other, likenesses[other.id], uses.get(other.id, 0)) for other in others}
        ranked = others.sorted(lambda one: (scores[one.id], one.id), reverse=True)
        best = self.browse()
        for same in ranked._group_by_answer():
            scores[same[0].id] += SAID_OFTEN * min(len(same) - 1, MOST_TIMES)
            best += same[0]
        return best.sorted(lambda one: (scores[one.id], one.id), reverse=True)

    def _group_by_answer(self):
        """Complaints with equal answers together, in their order; each one without an answer alone."""
        # sudo: the key of an answer, of complaints that the reader may see
        documents = self.env["leather.reply.document"].sudo().search([("complaint_id", "in", self.ids)])
        keys = {document.complaint_id.id: document.answer_key for document in documents}
        return self.grouped(lambda one: keys.get(one.id) or one.id).values()

    def _score_similar(self, other, likeness, uses):
        stars = other.rating_last_value
        return (
            likeness.similarity
            + SAME_LOT * likeness.is_same_lot
            + SAME_SHOE * likeness.is_same_shoe
            + SAME_CATEGORY * (bool(self.shown_category_id) and other.shown_category_id == self.shown_category_id)
            + SAME_LANGUAGE * (other.language == self.language)
            + WELL_RATED * ((stars - AVERAGE_STARS) if stars else 0)
            + FIRST_CONTACT * other.is_first_contact_resolution
            + TAKEN_AGAIN * min(uses, MOST_TIMES)
        )

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    def _show_similar(self, other, likeness, uses):
        answer = other._get_best_answer()
        return {
            "id": other.id,
            "name": other.name,
            "date": format_date(self.env, other.received_on),
            "subject": other.subject or "",
            "category": other.shown_category_id.display_name or "",
            "reasons": self._say_likeness(other, likeness),
            "end": other._say_end(),
            "rating": other.rating_last_value,
            "answer": answer[:MAX_ANSWER],
            "language": _get_language(answer) or "",
            "uses": uses,
        }

    def _say_likeness(self, other, likeness):
        reasons = []
        if likeness.is_same_lot:
            reasons.append(self.env._("same lot"))
        if likeness.is_same_shoe:
            reasons.append(self.env._("same shoe model"))
        if likeness.words:
            reasons.append(self.env._("similar words: %s", ", ".join(likeness.words)))
        if self.shown_category_id and other.shown_category_id == self.shown_category_id:
            reasons.append(self.env._("same category"))
        return reasons

    def _say_end(self):
        """How it ended: kind of resolution and days taken."""
        kinds = dict(self._fields["resolution_type"]._description_selection(self.env))
        kind = kinds.get(self.resolution_type) or self.env._("Closed")
        if not self.resolved_on:
            return kind
        days = max(0, (self.resolved_on - self.received_on).days)
        if not days:
            return self.env._("%s on the same day", kind)
        if days == 1:
            return self.env._("%s after one day", kind)
        return self.env._("%(kind)s after %(days)s days", kind=kind, days=days)

    def _get_best_answer(self):
        """Words of the answer to a past complaint, of whoever may read the complaint; empty where there is none."""
        # sudo: the message belongs to the complaint, which the reader may see
        document = self.sudo().reply_document_ids[:1]
        return html2plaintext(document.message_id.body or "", include_references=False).strip() if document else ""

    # ------------------------------------------------------------
    # Taking
    # ------------------------------------------------------------

    def _carry_over(self, past, answer, language):
        """HTML of another customer's answer with this one's facts, and gaps where none is known."""
        parts = carry_over(answer, past._get_own_words(), self._get_reply_facts(language))
        gap = self.env["leather.reply.template"]._get_gap
        body = Markup().join(
            Markup(gap(part.fact)) if isinstance(part, Gap) else escape(part).replace("\n", Markup("<br>"))
            for part in parts
        )
        return Markup(html_sanitize(Markup("<p>%s</p>") % body))

    def _get_own_words(self):
        """{fact: strings} that belong to the customer of a past complaint, and are not for others."""
        past = self.sudo()  # sudo: to take out what is theirs; nothing of it is shown
        document = past.reply_document_ids[:1]
        people = past.partner_id | past.commercial_partner_id | past.commercial_partner_id.child_ids
        named = past.named_entities or {}
        return {
            "customer": [*people.mapped("name"), past.partner_name],
            "email": [*people.mapped("email"), past.email_from, past.email_normalized],
            "phone": [*people.mapped("phone"), past.phone],
            "agent": [document.message_id.author_id.name, past.user_id.name],
            "reference": [past.name],
            "order": [past.sale_order_id.name, past.sale_order_id.client_order_ref, *(named.get("orders") or ())],
            "lot": [past.lot_id.name, *(named.get("lots") or ())],
            "invoice": [past.invoice_id.name, *(named.get("invoices") or ())],
            "delivery": [past.picking_id.name],
            "product": [past.product_id.name, past.product_id.default_code],
        }


def _get_language(text):
    """The language of an answer, if it is one that answers are written in."""
    language = detect(text).code if text else None
    return language if language in dict(REPLY_LANGUAGES) else None
