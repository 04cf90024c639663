import base64
import threading
from collections import OrderedDict

import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext

from ..engine.text.normalise import normalise
from ..engine.text.retrieval import READER, AnswerIndex, read

BATCH = 200  # complaints read between two commits
MAX_DOCUMENTS = 100_000  # of one company, the latest; 77 MB in a worker at most
MAX_LOADED = 200_000  # of all companies in one worker
MAX_SEGMENTS = 40
MAX_ANSWER = 20_000  # characters of a message's HTML looked at
_loaded, _lock = OrderedDict(), threading.Lock()


class LeatherReplyDocument(models.Model):
    """A closed complaint, ready to be found: the features of its text, and the answer that said most.

    A job writes these rows when complaints are closed; each worker keeps an index of its company's rows in memory and
    adds what is new since. Who may see a complaint that was found is asked when it is shown.
    """

    _name = "leather.reply.document"
    _description = "Past Answer"
    _rec_name = "complaint_id"

    complaint_id = fields.Many2one("leather.complaint", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True)
    message_id = fields.Many2one("mail.message", "Answer", ondelete="set null", index="btree_not_null")
    answer_key = fields.Char(help="The answer's words in one spelling: equal answers are one.")
    codes = fields.Binary(attachment=False)
    reader = fields.Integer(help="The way the text was read.")

    _complaint_unique = models.Constraint("UNIQUE(complaint_id)", "This complaint is there already.")
    _company_index = models.Index("(company_id, id)")

    # ------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------

    @api.model
    def _trigger(self):
        # sudo: whoever closes a complaint may have it made ready
        self.env.ref("leather_crm_ai.ir_cron_reply_documents").sudo()._trigger()

    @api.model
    def _cron_write(self):
        """Make closed complaints ready to be found, in batches; a killed job goes on where it stopped."""
        self.search([("reader", "!=", READER)], limit=10 * BATCH).unlink()
        while batch := self._write_waiting(BATCH):
            remaining = self.env["leather.complaint"].search_count(self._get_waiting_domain())
            if not self.env["ir.cron"]._commit_ai_progress(len(batch), remaining):
                return

    @api.model
    def _write_waiting(self, limit):
        """Make so many complaints ready; returns them, none when all are."""
        complaints = self.env["leather.complaint"].search(self._get_waiting_domain(), order="id", limit=limit)
        self._write_for(complaints)
        return complaints

    @api.model
    def _get_waiting_domain(self):
        return [
            ("stage_id.is_closed", "=", True),
            ("stage_id.is_cancelled", "=", False),
            ("duplicate_of_id", "=", False),
            ("reply_document_ids", "=", False),
        ]

    @api.model
    def _write_for(self, complaints):
        """A row for each of these complaints; a few queries, whatever their number."""
        answers = self._find_answers(complaints)
        vals_list = []
        for complaint in complaints:
            message, words = answers.get(complaint.id, (self.env["mail.message"], ""))
            vals_list.append(
                {
                    "complaint_id": complaint.id,
                    "message_id": message.id,
                    "answer_key": normalise(words)[:200] or False,
                    "codes": base64.b64encode(read(complaint.text or "").tobytes()),
                    "reader": READER,
                }
            )
        return self.create(vals_list)

    @api.model
    def _find_answers(self, complaints):
        """{complaint id: (message, its words)}: of what our people wrote to the customer the message that says most."""
        messages = self.env["mail.message"].with_context(active_test=False)  # also of people who have left
        messages = messages.search(
            [
                ("model", "=", "leather.complaint"),
                ("res_id", "in", complaints.ids),
                ("message_type", "=", "comment"),
                ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
                ("author_id.user_ids.share", "=", False),
            ],
            order="id",
        )
        best = {}
        for message in messages:
            words = html2plaintext((message.body or "")[:MAX_ANSWER], include_references=False).strip()
            if len(words) > len(best.get(message.res_id, (None, ""))[1]):
                best[message.res_id] = (message, words)
        return best

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _get_index(self, company_id):
        """The index of a company's past complaints, with what has been closed since it was last asked for.

        Keys are ids of complaints. Rows that are gone stay in it until the worker ends; they are not found again in
        the database.
        """
        key = (self.env.cr.dbname, company_id)
        with _lock:
            index, last = _loaded.pop(key, (None, 0))
            if index is None or index.segments > MAX_SEGMENTS:
                index, last = AnswerIndex(), self._get_first_id(company_id)
            rows = self._load_rows(company_id, last)
            if rows:
                index.add([complaint for _id, complaint, _codes in rows], [codes for _id, _c, codes in rows])
                last = rows[-1][0]
            _loaded[key] = (index, last)
            self._forget_oldest()
        return index

    @api.model
    def _get_first_id(self, company_id):
        """Id below which rows are too old to be kept in memory."""
        latest = self.sudo().search(  # sudo: the index is the system's
            [("company_id", "=", company_id)], order="id desc", offset=MAX_DOCUMENTS, limit=1
        )
        return latest.id or 0

    @api.model
    def _load_rows(self, company_id, after):
        """``[(id, complaint id, features)]`` of a company's rows after an id."""
        self.flush_model()
        query = SQL(
            "SELECT id, complaint_id, codes FROM leather_reply_document"
            " WHERE company_id = %s AND id > %s AND reader = %s ORDER BY id",
            company_id,
            after,
            READER,
        )
        return [
            (row_id, complaint_id, np.frombuffer(base64.b64decode(bytes(codes or b"")), dtype=np.uint32))
            for row_id, complaint_id, codes in self.env.execute_query(query)
        ]

    @api.model
    def _forget_oldest(self):
        while len(_loaded) > 1 and sum(len(index) for index, _last in _loaded.values()) > MAX_LOADED:
            _loaded.popitem(last=False)
