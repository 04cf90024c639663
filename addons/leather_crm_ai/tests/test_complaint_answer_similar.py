from datetime import timedelta

from markupsafe import Markup
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models import leather_reply_document
from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintAnswerSimilar(ComplaintCase):
    """Closed complaints like this one: found, explained, and their answers taken without the other customer's facts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the workers' memory must not know of what other tests have rolled back
        cls.addClassCleanup(leather_reply_document._loaded.clear)
        leather_reply_document._loaded.clear()
        cls.rival_person = cls.env["res.partner"].create(
            {"name": "Rachid Hamdoune", "parent_id": cls.rival.id, "email": "rachid@rival.example"}
        )
        cls.documents = cls.env["leather.reply.document"]
        while cls.documents._write_waiting(500):
            pass  # what a database that people use has closed already

    def _close(self, text, answer=None, stars=None, answered_by=None, **vals):
        """A past complaint of the rival, answered and closed."""
        values = {"partner_id": self.rival_person.id, "language": "fr", "subject": "Plainte", **vals}
        past = self._complain(text, **values)
        if answer:
            past.message_post(
                body=Markup(answer),
                author_id=(answered_by or self.agent).partner_id.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.rival_person.ids,
            )
        past.stage_id = self.stage_resolved
        if stars:
            self.env["rating.rating"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("leather.complaint"),
                    "res_id": past.id,
                    "rating": stars,
                    "consumed": True,
                }
            )
            self.env.add_to_compute(past._fields["rating_last_value"], past)
        self.documents._write_waiting(100)
        return past

    def _ask(self, text="La semelle est décollée", user=None, **vals):
        complaint = self._complain(text, **{"language": "fr", **vals}).with_user(user or self.agent)
        return complaint, complaint.action_find_similar()

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------

    def test_nothing_has_been_closed_yet(self):
        self._complain("La semelle est décollée")  # open ones are no examples
        self.assertEqual(self._ask()[1], [])

    def test_by_text(self):
        sole = self._close("Semelles décollées au talon", "Nous les reprenons.", resolution_type="replacement")
        self._close("Facture fausse", "Nous la corrigeons.")
        _complaint, (item,) = self._ask()
        self.assertEqual((item["id"], item["name"]), (sole.id, sole.name))
        self.assertEqual(item["reasons"], ["similar words: semelle, décollée"])
        self.assertEqual(item["answer"], "Nous les reprenons.")
        self.assertIn("Replacement", item["end"])

    def test_by_lot_and_shoe_without_a_word_in_common(self):
        shoe = self._make_shoe()
        lot = self._make_lot("L9", shoe)
        goods = {"product_id": shoe.id, "category_id": self._category("Q1").id}
        by_shoe = self._close("xyz", "Bonjour.", **goods)
        by_lot = self._close("abc", "Salut.", lot_id=lot.id, product_id=shoe.id)
        _complaint, items = self._ask(lot_id=lot.id, **goods)
        self.assertEqual([item["id"] for item in items], [by_lot.id, by_shoe.id])
        self.assertEqual(items[0]["reasons"], ["same lot", "same shoe model"])
        self.assertEqual(items[1]["reasons"], ["same shoe model", "same category"])

    def test_not_itself_not_reopened_not_cancelled(self):
        past = self._close("Semelle décollée", "Oui.")
        self.assertEqual(past.with_user(self.agent).action_find_similar(), [])
        past.stage_id = self.stage_progress
        self.assertFalse(past.reply_document_ids)
        self.assertEqual(self._ask()[1], [])
        past.stage_id = self.stage_cancelled
        self.documents._write_waiting(100)
        self.assertEqual(self._ask()[1], [])

    def test_deleted_ones_drop_out(self):
        past = self._close("Semelle décollée", "Oui.")
        self.assertTrue(self._ask()[1])
        past.unlink()
        self.assertEqual(self._ask()[1], [])

    def test_at_most_five_and_equal_answers_once(self):
        for number in range(8):
            self._close(f"Semelle décollée {number}", f"Réponse numéro {'abcdefgh'[number]}.")
        self.assertEqual(len(self._ask()[1]), 5)
        for number in range(8):
            self._close(f"Lacet cassé {number}", "Nous envoyons des lacets !")
        self.assertEqual(len(self._ask("Lacet cassé")[1]), 1)

    def test_good_answers_come_first(self):
        bad = self._close("Semelle décollée", "Attendez.", stars=1)
        good = self._close("Semelle décollée", "Nous remplaçons.", stars=5)
        self.assertEqual([item["id"] for item in self._ask()[1]], [good.id, bad.id])
        # rated the same, the one that was taken again wins
        plain = self._close("Talon cassé", "Un.")
        again = self._close("Talon cassé", "Deux.")
        for _time in range(2):
            complaint, _items = self._ask("Talon cassé")
            complaint.action_take_answer(plain.id)
            complaint.action_use_draft()
            complaint.message_post(
                body="Un.", message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.buyer.ids
            )
        items = self._ask("Talon cassé")[1]
        self.assertEqual([item["id"] for item in items], [plain.id, again.id])
        self.assertEqual(items[0]["uses"], 2)

    def test_the_answer_that_says_most(self):
        past = self._complain("Semelle décollée", partner_id=self.rival_person.id)
        for body in ("Oui.", "Nous reprenons les paires et les remplaçons.", "Fait."):
            past.message_post(
                body=body,
                author_id=self.agent.partner_id.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.rival_person.ids,
            )
        past.message_post(body="Une note interne qui est bien plus longue que tout le reste de la conversation.")
        past.message_post(
            body="Le client écrit un message bien plus long que toutes les réponses qu'il a reçues jusqu'ici.",
            author_id=self.rival_person.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        past.stage_id = self.stage_resolved
        self.documents._write_waiting(100)
        self.assertEqual(self._ask()[1][0]["answer"], "Nous reprenons les paires et les remplaçons.")

    def test_the_number_of_queries_does_not_grow(self):
        for number in range(10):
            self._close(f"Semelle décollée {number}", f"Réponse {'abcdefghij'[number]}.")
        complaint, _items = self._ask()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            complaint.action_find_similar()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(30):
            self._close(f"Semelle décollée {number}", f"Encore {'abcdefghij'[number % 10]} {'klm'[number // 10]}.")
        count()
        self.assertEqual(count(), few)

    def test_writing_many_takes_as_many_queries_as_writing_few(self):
        def count(number):
            many = self.env["leather.complaint"].union(*(self._complain(f"Semelle {one}") for one in range(number)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.documents._write_for(many)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(10), count(100))

    # ------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------

    def test_companies(self):
        foreign = self._close(
            "Semelle décollée", "Secret de B.", company_id=self.company_b.id, team_id=self.team_b.id,
            answered_by=self.manager_b,
        )  # fmt: skip
        complaint, items = self._ask()
        self.assertEqual(items, [])
        both = self.manager
        both.company_ids |= self.company_b
        complaint = complaint.with_user(both).with_context(allowed_company_ids=both.company_ids.ids)
        self.assertTrue(foreign.with_user(both).with_context(allowed_company_ids=both.company_ids.ids).subject)
        self.assertEqual(complaint.action_find_similar(), [])
        with self.assertRaises(UserError):
            complaint.action_take_answer(foreign.id)

    def test_only_what_the_reader_may_see(self):
        hidden = self._close("Semelle décollée", "Réponse.", team_id=self.team_2.id, user_id=self.agent_2.id)
        complaint, items = self._ask()
        self.assertEqual(items, [])
        with self.assertRaises(AccessError):
            complaint.action_take_answer(hidden.id)
        self.assertEqual(len(complaint.with_user(self.manager).action_find_similar()), 1)
        with self.assertRaises(AccessError):
            complaint.with_user(self.outsider).action_find_similar()
        portal = complaint.with_user(self.portal)
        self.assertTrue(portal.has_access("read"))
        with self.assertRaises(AccessError):
            portal.action_find_similar()
        with self.assertRaises(AccessError):
            self.documents.with_user(self.manager).search([])

    # ------------------------------------------------------------
    # Taking
    # ------------------------------------------------------------

    def test_nothing_of_the_other_customer_is_taken(self):
        shoe = self._make_shoe("Boot XZ")
        lot, ours = self._make_lot("L501", shoe), self._make_lot("L77", shoe)
        theirs = self._sell(self.rival_person, shoe, 30, lot)
        mine = self._sell(self.buyer, shoe, 20, ours)
        past = self._close(
            "Semelle décollée",
            f"<p>Bonjour Monsieur Hamdoune,</p><p>votre commande {theirs.name}, lot L501, part le 3 mai 2026 chez "
            "Rival Works. Appelez le 0555 12 34 56 ou écrivez à rachid@rival.example. &lt;b&gt;</p>",
            sale_order_id=theirs.id,
            lot_id=lot.id,
        )
        complaint, _items = self._ask(sale_order_id=mine.id, lot_id=ours.id)
        complaint.action_take_answer(past.id)
        text = html2plaintext(complaint.draft_body)
        self.assertIn("Bonjour Nadia Buyer,", text)
        self.assertIn(f"votre commande {mine.name}, lot L77, part le …", text)
        for word in ("Hamdoune", "Rival", "rachid", theirs.name, "L501", "0555", "mai"):
            self.assertNotIn(word, text)
        self.assertNotIn("<b>", complaint.draft_body)
        self.assertEqual((complaint.draft_source, complaint.draft_past_id), ("past", past))
        self.assertEqual(complaint.draft_language, "fr")
        self.assertTrue(complaint.draft_missing)

    def test_there_has_to_be_an_answer(self):
        past = self._close("Semelle décollée")
        complaint, (item,) = self._ask()
        self.assertEqual(item["answer"], "")
        with self.assertRaisesRegex(UserError, "in writing"):
            complaint.action_take_answer(past.id)

    # ------------------------------------------------------------
    # The job
    # ------------------------------------------------------------

    def test_the_job_writes_what_is_missing_and_reads_anew(self):
        past = self._complain("Semelle décollée")
        past.stage_id = self.stage_resolved
        self.assertTrue(self.env.ref("leather_crm_ai.ir_cron_reply_documents"))
        self.documents._cron_write()
        self.assertEqual(len(past.reply_document_ids), 1)
        past.reply_document_ids.reader = 0  # written by an older way of reading
        self.documents._cron_write()
        self.assertEqual(past.reply_document_ids.mapped("reader"), [leather_reply_document.READER])

    def test_old_ones_are_not_kept_in_memory(self):
        self.patch(leather_reply_document, "MAX_DOCUMENTS", 2)
        for number in range(4):
            self._close(f"Semelle décollée {number}", f"R{number}")
        leather_reply_document._loaded.clear()
        self.assertLessEqual(len(self.documents._get_index(self.company_a.id)), 2)

    def test_days_taken(self):
        past = self._close("Semelle décollée", resolution_type="refund")
        past.sudo().resolved_on = past.received_on + timedelta(days=3)
        self.assertEqual(past._say_end(), "Refund after 3 days")
        past.sudo().resolved_on = fields.Datetime.add(past.received_on, hours=3)
        self.assertEqual(past._say_end(), "Refund on the same day")
