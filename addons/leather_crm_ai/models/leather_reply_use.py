from datetime import timedelta
from difflib import SequenceMatcher

from odoo import api, fields, models
from odoo.tools import html2plaintext

from .leather_complaint_answer import DRAFT_SOURCES
from .leather_reply_template import REPLY_LANGUAGES

STILL_MEANT = timedelta(hours=12)  # between opening a draft and sending what became of it
MAX_WORDS = 2_000  # of a text that are compared
SOURCES = [*DRAFT_SOURCES, ("own", "Written without a draft")]


class LeatherReplyUse(models.Model):
    """What became of a suggested answer: opened, sent, how much of it was left; and answers written without one.

    Rows are only ever added, and filled in once when the answer goes out. Past answers that others have used again are
    proposed first; the share kept tells whether templates are any good.
    """

    _name = "leather.reply.use"
    _description = "Use of Suggested Answers"
    _order = "id desc"
    _rec_name = "complaint_id"

    complaint_id = fields.Many2one("leather.complaint", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", "By", required=True, ondelete="restrict")
    source = fields.Selection(SOURCES, required=True)
    template_id = fields.Many2one("leather.reply.template", ondelete="set null", index="btree_not_null")
    past_id = fields.Many2one("leather.complaint", "Answer of", ondelete="set null", index="btree_not_null")
    language = fields.Selection(REPLY_LANGUAGES)
    category_id = fields.Many2one("leather.complaint.category", ondelete="set null")
    offered = fields.Text("Text offered")
    sent_on = fields.Datetime()
    share_kept = fields.Float("Share kept", aggregator="avg", help="Of the words offered; 1: sent as it was.")

    @api.model
    def _note_opened(self, complaint):
        """Somebody took the draft into the composer."""
        usual = complaint._get_draft(complaint.draft_language, complaint.draft_template_id)
        offered = complaint.draft_offered or usual["body"] or complaint.draft_body
        # sudo: the record is the system's, people may only read it
        return self.sudo().create(
            {
                **self._get_vals(complaint, complaint.draft_source or "template"),
                "template_id": complaint.draft_template_id.id if complaint.draft_source == "template" else False,
                "past_id": complaint.draft_past_id.id,
                "offered": html2plaintext(offered or "", include_references=False),
            }
        )

    @api.model
    def _note_sent(self, complaint, message):
        """An answer went out: what became of the draft that was opened for it, if one was."""
        sender = message.author_id.with_context(active_test=False).user_ids.filtered(lambda user: not user.share)[:1]
        since = fields.Datetime.now() - STILL_MEANT
        domain = [
            ("complaint_id", "=", complaint.id),
            ("user_id", "=", sender.id),
            ("sent_on", "=", False),
            ("create_date", ">=", since),
        ]
        # sudo: the record is the system's
        uses = self.sudo()
        use = uses.search(domain, limit=1) or uses.create({**self._get_vals(complaint, "own"), "user_id": sender.id})
        sent = html2plaintext(message.body or "", include_references=False)
        use.write({"sent_on": fields.Datetime.now(), "share_kept": get_share_kept(use.offered, sent)})
        return use

    @api.model
    def _get_vals(self, complaint, source):
        return {
            "complaint_id": complaint.id,
            "user_id": self.env.user.id,
            "source": source,
            "language": complaint.draft_language,
            "category_id": complaint.shown_category_id.id,
        }

    @api.model
    def _count_past(self, complaints):
        """dict complaint id -> how often its answer was sent again."""
        # sudo: how often, nothing else
        groups = self.sudo()._read_group(
            [("past_id", "in", complaints.ids), ("sent_on", "!=", False)], ["past_id"], ["__count"]
        )
        return {past.id: count for past, count in groups}


def get_share_kept(offered, sent):
    """Share of the words offered that are in what was sent, in their order; 0 where nothing was offered."""
    before, after = ((text or "").split()[:MAX_WORDS] for text in (offered, sent))
    if not before:
        return 0.0
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(before)
