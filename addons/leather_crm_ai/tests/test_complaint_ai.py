"""What the AI reads in complaints: proposals, corrections, safety, and what may be set by itself."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged, users

from ..engine.artifact import UnreadableArtifact
from ..engine.text import starter
from .complaint_common import ComplaintCase


class ReadingCase(ComplaintCase):
    _reads_texts = True

    def _rows(self, complaint, head="code"):
        domain = [("res_model", "=", "leather.complaint"), ("res_id", "in", complaint.ids), ("head", "=", head)]
        return self.env["leather.text.prediction"].search(domain, order="id")


@tagged("post_install", "-at_install")
class TestComplaintReading(ReadingCase):
    def test_proposed_not_set(self):
        complaint = self._complain("La semelle de deux paires s'est décollée après une semaine.", subject="Semelle")
        self.assertFalse(complaint.category_id)
        self.assertEqual(complaint.shown_category_id.code, "Q1")
        self.assertEqual((complaint.sorting, complaint.language, complaint.family), ("proposed", "fr", "Q"))
        self.assertEqual(complaint.severity, "3")
        row = self._rows(complaint)
        self.assertEqual((row.label, row.source, row.is_automatic, row.answer), ("Q1", "rules", False, False))

    def test_languages(self):
        texts = {
            "fr": "Bonjour, nous n'avons toujours pas reçu notre commande",
            "ar": "لم نستلم طلبيتنا إلى اليوم",
            "arabizi": "rani nestena f la commande mazal ma wsletni",
            "en": "We have still not received our order",
        }
        for language, text in texts.items():
            with self.subTest(language=language):
                complaint = self._complain(text, subject=False)
                self.assertEqual(complaint.language, language)
                self.assertEqual(complaint.family, "D")

    def test_nothing_to_read(self):
        for text in ("", "😀😀", "12345", "\u200f\u202e"):
            with self.subTest(text=text):
                complaint = self._complain(text, subject=False)
                self.assertEqual((complaint.language, complaint.sorting), ("unknown", "none"))
                self.assertFalse(complaint.shown_category_id)

    def test_danger_is_found_whatever_the_tone(self):
        calm = self._complain("Merci de noter que le clou a traversé la semelle et blessé le pied de notre ouvrier.")
        self.assertEqual(calm.severity, "4")
        angry = self._complain("C'est une honte, un scandale, vous êtes nuls !!! Le carton était un peu abîmé.")
        self.assertLess(angry.severity, "4")

    def test_danger_that_no_word_names(self):
        complaint = self._complain(
            "Notre soudeur est chez lui le pied en l'air depuis mardi, les étincelles ont fini dans sa chaussure."
        )
        self.assertEqual(complaint.severity, "4")
        self.assertIn(complaint.severity_reasons[0][0], ("reads_dangerous", "injury", "ppe_failed"))

    def test_without_the_starter(self):
        text = "The boys put cardboard in so they won't feel the screws."
        self.company_a.complaint_starter = False
        alone = self._complain(text)
        self.company_a.complaint_starter = True
        weighed = self._complain(text)
        self.assertEqual((alone.severity < "4", weighed.severity), (True, "4"))
        (reason,) = weighed.severity_reasons
        self.assertEqual(reason[0], "reads_dangerous")
        self.assertIn(reason[1].split(", ")[0], text)
        self.assertIn(reason[1], weighed._get_severity_sentences(weighed.severity_reasons)[0])

    def test_switching_it_reads_open_complaints_again(self):
        cron = self.env.ref("leather_crm_ai.ir_cron_reclassify")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.company_a.complaint_starter = True
        self.env["res.config.settings"].with_company(self.company_a).create({}).execute()
        self.assertEqual(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)
        self.company_a.complaint_starter = False
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers)

    def test_a_damaged_starter_leaves_the_rules(self):
        with (
            patch.object(starter, "load", side_effect=UnreadableArtifact("damaged")),
            self.assertLogs("odoo.addons.leather_crm_ai.models.leather_complaint_rule", "ERROR"),
        ):
            complaint = self._complain("La semelle de deux paires s'est décollée.")
        self.assertEqual((complaint.shown_category_id.code, complaint.severity), ("Q1", "3"))

    def test_a_question_is_no_complaint(self):
        complaint = self._complain("Do you have the EN ISO 20345 certificate of the Boot?", subject=False)
        self.assertEqual((complaint.family, complaint.severity), ("N", "0"))

    def test_confirming_teaches(self):
        complaint = self._complain("The sole came off after two days.")
        complaint.with_user(self.agent).action_confirm_labels()
        self.assertEqual((complaint.category_id.code, complaint.sorting), ("Q1", "confirmed"))
        row = self._rows(complaint)
        self.assertEqual((row.answer, row.answered_by_id, row.is_right), ("Q1", self.agent, True))

    def test_correcting_teaches_and_stays(self):
        complaint = self._complain("The sole came off after two days.")
        complaint.with_user(self.agent).action_choose_label("code", "Q3")
        self.assertEqual(complaint.category_id.code, "Q3")
        row = self._rows(complaint)
        self.assertEqual((row.label, row.answer, row.is_right), ("Q1", "Q3", False))
        complaint.description = "<p>The sole came off after two days, all of them.</p>"
        self.assertEqual((complaint.category_id.code, complaint.sorting), ("Q3", "confirmed"))

    def test_changing_the_field_teaches_as_the_button_does(self):
        complaint = self._complain("The sole came off after two days.")
        complaint.with_user(self.agent).category_id = self._category("Q2")
        self.assertEqual(self._rows(complaint).answer, "Q2")

    def test_unknown_labels_are_refused(self):
        complaint = self._complain()
        for head, label in (("code", "X9"), ("nothing", "Q1"), ("severity", "9"), ("code", "")):
            with self.subTest(head=head, label=label), self.assertRaises(UserError):
                complaint.action_choose_label(head, label)

    def test_a_severity_set_by_a_person_is_not_touched_but_warned_about(self):
        complaint = self._complain("The lace is torn.")
        complaint.with_user(self.agent).severity = "1"
        complaint.description = "<p>The toe cap was crushed and the worker's foot is broken.</p>"
        self.assertEqual(complaint.severity, "1")
        self.assertIn("S4", complaint.severity_warning)

    def test_the_same_text_read_again_is_logged_once(self):
        complaint = self._complain()
        complaint._classify_text()
        complaint._classify_text()
        self.assertEqual(len(self._rows(complaint)), 1)

    def test_pairs_raise_the_severity(self):
        one = self._complain("The stitching of 2 pairs is open.", subject="Stitching")
        many = self._complain("The stitching of 40 pairs is open.", subject="Stitching")
        self.assertEqual((one.severity, many.severity), ("2", "3"))
        self.assertIn("40", many.severity_words)

    def test_the_record_is_append_only(self):
        row = self._rows(self._complain())
        with self.assertRaises(UserError):
            row.label = "Q2"
        with self.assertRaises(UserError):
            row.unlink()

    def test_the_record_goes_with_the_complaint(self):
        complaint = self._complain()
        ids = self._rows(complaint).ids
        complaint.unlink()
        self.assertFalse(self.env["leather.text.prediction"].browse(ids).exists())

    def test_query_count_is_the_same_for_ten_and_a_hundred(self):
        def read(count):
            vals = {"company_id": self.company_a.id, "partner_id": self.buyer.id, "team_id": self.team.id}
            complaints = (
                self.env["leather.complaint"]
                .with_context(leather_quiet=True)
                .create([{**vals, "subject": "Sole", "description": f"The sole came off {i}"} for i in range(count)])
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            complaints._classify_text()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        read(1)
        self.assertAlmostEqual(read(10), read(100), delta=4)


@tagged("post_install", "-at_install")
class TestComplaintAiRights(ReadingCase):
    def test_sales_may_file_with_a_category_but_not_correct(self):
        complaint = (
            self.env["leather.complaint"]
            .with_user(self.sales)
            .create({"subject": "Late", "description": "<p>Late</p>", "category_id": self._category("D1").id})
        )
        self.assertEqual(self._rows(complaint).mapped("answer")[-1:], ["D1"])
        with self.assertRaises(AccessError):
            complaint.with_user(self.sales).action_choose_label("code", "Q1")

    def test_others_may_neither_read_rules_nor_the_record(self):
        for user in (self.outsider, self.portal, self.sales):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.env["leather.complaint.rule"].with_user(user).search([])
                with self.assertRaises(AccessError):
                    self.env["leather.text.prediction"].with_user(user).search([])

    @users("cpl_agent")
    def test_agents_read_rules_and_try_them_but_do_not_change_them(self):
        rule = self.env["leather.complaint.rule"].search([], limit=1)
        self.assertTrue(rule.patterns)
        with self.assertRaises(AccessError):
            rule.patterns = "sole"

    def test_the_portal_cannot_confirm(self):
        complaint = self._complain(partner_id=self.portal.partner_id.id)
        with self.assertRaises(AccessError):
            complaint.with_user(self.portal).action_choose_label("code", "Q1")


@tagged("post_install", "-at_install")
class TestComplaintRules(ReadingCase):
    def _rule(self, **vals):
        values = {"label": "Q6", "language": "en", "weight": 9.0, "patterns": "flibbertigibbet", **vals}
        return self.env["leather.complaint.rule"].create(values)

    def test_a_new_rule_counts_at_once(self):
        self.assertEqual(self._complain("The flibbertigibbet.", subject=False).sorting, "none")
        self._rule()
        self.assertEqual(self._complain("The flibbertigibbet.", subject=False).shown_category_id.code, "Q6")

    def test_a_rule_of_one_company_is_unknown_to_another(self):
        self._rule(company_id=self.company_b.id)
        text = "The flibbertigibbet."
        here = self._complain(text, subject=False)
        there = self._complain(text, subject=False, company_id=self.company_b.id, team_id=self.team_b.id)
        self.assertEqual((here.sorting, there.shown_category_id.code), ("none", "Q6"))

    def test_what_a_rule_of_the_house_finds_is_not_doubted(self):
        text = "il manque un capuchon de stylo dans le colis, 1 carton au lieu de 2"
        self.assertLess(self._complain(text).severity, "4")
        rule = self._rule(label="P1", language="fr", patterns="capuchon")
        self.assertTrue(rule.is_edited)
        complaint = self._complain(text)
        self.assertEqual((complaint.shown_category_id.code, complaint.severity), ("P1", "4"))

    def test_mistakes_are_explained(self):
        for patterns in ("a*", "sole ~", "@no_such_list", "|"):
            with self.subTest(patterns=patterns), self.assertRaisesRegex(ValidationError, "Line 1"):
                self._rule(patterns=patterns)
        with self.assertRaisesRegex(ValidationError, "category"):
            self._rule(label="X9")

    def test_an_update_keeps_what_a_manager_changed(self):
        rules = self.env["leather.complaint.rule"]
        mine, other = rules.search([("label", "=", "Q3")], limit=2)
        before, count = other.patterns, rules.search_count([])
        mine.patterns = "flibbertigibbet"
        other.with_context(leather_default_rules=True).patterns = "outdated"
        rules._load_default_rules()
        self.assertEqual((mine.patterns, mine.is_edited), ("flibbertigibbet", True))
        self.assertEqual((other.patterns, rules.search_count([])), (before, count))

    def test_every_rule_says_what_it_means(self):
        rules = self.env["leather.complaint.rule"].search([("label", "!=", False)])
        self.assertTrue(all(rules.mapped("meaning")))
        self.assertTrue(all(rules.mapped("pattern_count")))

    def test_trying_the_rules_on_a_text(self):
        test = (
            self.env["leather.complaint.rule.test"]
            .with_user(self.agent)
            .new(
                {
                    "text": "La <b>semelle</b> s'est décollée, l'ouvrier est tombé et s'est blessé",
                    "company_id": self.company_a.id,
                }
            )
        )
        self.assertEqual((test.language, test.severity), ("fr", "4"))
        self.assertIn("P3", test.categories)
        self.assertIn("<mark", test.marked_text)
        self.assertNotIn("<b>", test.marked_text)
        self.assertTrue(test.reasons)
        test.text = "three lads went back to the old pair after Ahmed slid by the tanks"
        self.assertEqual(test.severity, "4")
        self.assertIn("from the whole text", test.categories)
        test.text = " "
        self.assertFalse(test.categories)
