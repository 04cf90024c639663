import json
import tempfile
from pathlib import Path

from odoo import fields
from odoo.addons.leather_crm_ai_helpdesk.hooks import uninstall_hook
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from odoo.addons.leather_crm_ai.engine.text.training import TextConfig, train_text

SOLE = "La semelle s'est décollée après deux semaines, pointure 42"
INJURY = "A worker was hurt: the toe cap broke and his foot was crushed"
QUESTION = "Bonjour, quels sont vos horaires d'ouverture ?"
# Words that no rule knows: what is proposed for them has been learned.
WORDS = {"printer": ("plimfor", "bastuk", "gralento"), "network": ("vorquen", "sildap", "trentul")}


@tagged("post_install", "-at_install")
class HelpdeskCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.company, cls.other = cls.env["res.company"].create([{"name": "Helpdesk A"}, {"name": "Helpdesk B"}])
        cls.env.user.write({"company_ids": [Command.link(cls.company.id), Command.link(cls.other.id)]})
        cls.categories = cls.env["helpdesk.ticket.category"]
        cls.categories.search([("complaint_category_ids", "!=", False)]).complaint_category_ids = False
        cls.quality, cls.safety, cls.printer, cls.network, cls.foreign = cls.categories.create(
            [
                cls._prepare("Quality", "Q1", "Q2", "Q4"),
                cls._prepare("Safety", "P1", "P3"),
                cls._prepare("Printer"),
                cls._prepare("Network"),
                cls._prepare("Quality of B", "Q1", company=cls.other),
            ]
        )
        cls.team = cls.env["helpdesk.ticket.team"].create({"name": "Desk", "company_id": cls.company.id})
        cls.user = cls._user("hd_user", "helpdesk_mgmt.group_helpdesk_user")
        cls.manager = cls._user("hd_manager", "helpdesk_mgmt.group_helpdesk_manager")
        cls.plain = cls._user("hd_plain", "base.group_user")
        cls.portal = cls._user("hd_portal", "base.group_portal")
        cls.model = cls.env["leather.ai.model"].search([("task", "=", "helpdesk"), ("company_id", "=", cls.company.id)])

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env, login, groups, company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)]
        )

    @classmethod
    def _prepare(cls, name, *codes, company=None):
        kinds = cls.env["leather.complaint.category"].search([("code", "in", codes)])
        company = company or cls.company
        return {"name": name, "company_id": company.id, "complaint_category_ids": [Command.set(kinds.ids)]}

    @classmethod
    def _file(cls, text, user=None, **vals):
        tickets = cls.env["helpdesk.ticket"].with_user(user or cls.env.user)
        return tickets.create({"name": "Ticket", "description": f"<p>{text}</p>", "company_id": cls.company.id, **vals})

    def _rows(self, ticket, head="category"):
        return self.env["leather.text.prediction"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id), ("head", "=", head)]
        )


class TestHelpdeskTicket(HelpdeskCase):
    """Tickets of OCA's helpdesk, read by the rules, learned from people."""

    # ------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------

    def test_category_is_proposed(self):
        ticket = self._file(SOLE, self.user)
        self.assertFalse(ticket.category_id)
        (shown,) = ticket.ai_proposal_list
        self.assertEqual((shown["head"], shown["source"], shown["items"][0]["name"]), ("category", "rules", "Quality"))
        self.assertIn("semelle", " ".join(shown["items"][0]["words"]).lower())
        self.assertNotIn(str(self.foreign.id), json.dumps(ticket.ai_proposals))
        self.assertEqual(self._rows(ticket).label, str(self.quality.id))

    def test_priority_is_raised_never_lowered(self):
        self.assertEqual(self._file(INJURY).priority, "3")
        self.assertEqual(self._file(SOLE).priority, "2")
        self.assertEqual(self._file(QUESTION).priority, "1")
        self.assertEqual(self._file(QUESTION, priority="2").priority, "2")

    def test_what_a_person_sets_stays(self):
        ticket = self._file(INJURY, self.user, priority="0")
        self.assertEqual(ticket.priority, "0")
        ticket = self._file(INJURY, self.user)
        ticket.priority = "1"
        ticket.category_id = self.printer
        ticket.description = f"<p>{INJURY}. {SOLE}</p>"
        self.assertEqual((ticket.priority, ticket.category_id), ("1", self.printer))

    def test_form(self):
        form = Form(self.env["helpdesk.ticket"].with_user(self.user))
        form.name, form.description = "Accident", INJURY
        ticket = form.save()
        self.assertEqual(ticket.priority, "3")  # the form's usual priority is nobody's decision
        arch = ticket.get_view(view_type="form")["arch"]
        self.assertIn("leather_proposals", arch)

    def test_text_changes(self):
        ticket = self._file(QUESTION)
        self.assertNotIn("category", [shown["head"] for shown in ticket.ai_proposal_list or []])
        ticket.description = f"<p>{SOLE}</p>"
        self.assertEqual(ticket.ai_proposals["category"]["top"][0][0], str(self.quality.id))

    def test_teams_stay_the_helpdesks(self):
        ticket = self._file(INJURY, team_id=self.team.id)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.team._get_applicable_stages()[:1])

    def test_tickets_are_read_again_when_the_starter_is_switched(self):
        domain = [("cron_id", "=", self.env.ref("leather_crm_ai_helpdesk.ir_cron_reclassify").id)]
        before = self.env["ir.cron.trigger"].search(domain)
        self.env.company.complaint_starter = not self.env.company.complaint_starter
        self.assertTrue(self.env["ir.cron.trigger"].search(domain) - before)

    def test_words_of_the_whole_text_are_shown(self):
        codes = self.env["leather.complaint.category"].search([("code", "=", "P1")])
        self.env["helpdesk.ticket.category"].create({"name": "Protection", "complaint_category_ids": codes.ids})
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Front", "description": "<p>I can push the front in with my thumb</p>"}
        )
        label, _share, words = ticket.ai_proposals["category"]["top"][0]
        self.assertTrue(label)
        self.assertIn("thumb", words)

    def test_odd_texts(self):
        for text in ("", "<script>x</script>", "x" * 100_000, "؟", "\x00a"):
            self.assertTrue(self._file(text.replace("\x00", "")).id)

    def test_queries(self):
        def count(number):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            tickets.browse(ids[:number])._read_by_ai()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        tickets = self.env["helpdesk.ticket"]
        values = [{"name": f"T{n}", "description": SOLE, "company_id": self.company.id} for n in range(100)]
        ids = tickets.create(values).ids
        count(1)
        self.env.invalidate_all()
        few = count(10)
        self.env.invalidate_all()
        many = count(100)
        self.assertLessEqual(many, few + 2)

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    def test_one_click_corrects_and_teaches(self):
        ticket = self._file(SOLE, self.user)
        ticket.action_choose_label("category", str(self.safety.id))
        self.assertEqual(ticket.category_id, self.safety)
        row = self._rows(ticket)
        self.assertEqual(
            (row.label, row.answer, row.answered_by_id, row.is_right),
            (str(self.quality.id), str(self.safety.id), self.user, False),
        )
        self.assertEqual((row.label_name, row.answer_name), ("Quality", "Safety"))

    def test_confirm(self):
        ticket = self._file(SOLE, self.user)
        ticket.action_confirm_labels()
        self.assertEqual(ticket.category_id, self.quality)
        self.assertTrue(self._rows(ticket).is_right)

    def test_what_is_not_there_cannot_be_chosen(self):
        ticket = self._file(SOLE, self.user)
        for label in ("999999999", "Q1", "", "-1"):
            with self.assertRaises(UserError):
                ticket.action_choose_label("category", label)
        with self.assertRaises(UserError):
            ticket.action_choose_label("partner_id", "1")

    def test_who_may(self):
        ticket = self._file(SOLE)
        for user in (self.plain, self.portal):
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_choose_label("category", str(self.safety.id))
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_confirm_labels()

    def test_customers_decide_nothing(self):
        """The portal files tickets with sudo, in the customer's name."""
        tickets = self.env["helpdesk.ticket"].with_user(self.portal).sudo()
        ticket = tickets.create(
            {
                "name": "Help",
                "description": INJURY,
                "category_id": self.printer.id,
                "company_id": self.company.id,
            }
        )
        self.assertFalse(ticket.ai_decided)
        self.assertEqual((ticket.category_id, ticket.priority), (self.printer, "3"))
        self.assertFalse(self._rows(ticket).answer)

    def test_mail_makes_a_ticket_that_is_read(self):
        ticket = self.env["helpdesk.ticket"].message_new(
            {"subject": "Accident", "body": f"<p>{INJURY}</p>", "from": "a@b.example", "to": "", "cc": ""},
            {"company_id": self.company.id},
        )
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.ai_proposals["category"]["top"][0][0], str(self.safety.id))

    def test_proposals_go_with_the_ticket(self):
        ticket = self._file(SOLE)
        rows = self._rows(ticket)
        ticket.unlink()
        self.assertFalse(rows.exists())

    # ------------------------------------------------------------
    # Categories
    # ------------------------------------------------------------

    def test_categories_are_taken_over(self):
        self.categories.with_user(self.manager).action_take_over_complaint_categories()
        taken = self.categories.search([("complaint_category_ids", "!=", False)]).complaint_category_ids
        self.assertEqual(taken, self.env["leather.complaint.category"].search([("id", ">", 0)]))
        count = self.categories.search_count([("id", ">", 0)])
        self.assertFalse(self.categories._take_over_complaint_categories())
        self.assertEqual(self.categories.search_count([("id", ">", 0)]), count)
        with self.assertRaises(AccessError):
            self.categories.with_user(self.user).action_take_over_complaint_categories()

    def test_categories_are_taken_over_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        kind = self.env["leather.complaint.category"].search([("code", "=", "Q3")])
        kind.with_context(lang="fr_FR").name = "Coutures"
        self.categories._take_over_complaint_categories()
        taken = self.categories.search([("complaint_category_ids", "=", kind.id)])
        self.assertEqual((taken.name, taken.with_context(lang="fr_FR").name), (kind.name, "Coutures"))
        self.assertEqual(
            taken.parent_id.with_context(lang="fr_FR").name, kind.with_context(lang="fr_FR")._get_family_name()
        )

    def test_without_mapping_nothing_is_proposed(self):
        (self.quality | self.safety | self.foreign).complaint_category_ids = False
        ticket = self._file(SOLE)
        self.assertFalse(ticket.ai_proposal_list)
        self.assertEqual(ticket.priority, "2")

    # ------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------

    def _confirm(self, per_label=24):
        names = {"printer": self.printer, "network": self.network}
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"{WORDS[name][number % 3]} {WORDS[name][(number + 1) % 3]} number {number}",
                    "description": "<p></p>",
                    "company_id": self.company.id,
                    "category_id": names[name].id,
                }
                for number in range(per_label)
                for name in WORDS
            ]
        )
        for number, ticket in enumerate(tickets):
            moment = fields.Datetime.subtract(fields.Datetime.now(), days=300 - number)
            self.env.cr.execute("UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s", [moment, ticket.id])
        tickets.invalidate_recordset(["create_date"])
        return tickets

    def _train(self):
        job = self.model._get_task()._get_training_texts(self.model)
        result = train_text(
            job["texts"],
            job["heads"],
            job["when"],
            rules=job["rules"],
            names=job["names"],
            config=TextConfig(min_per_class=self.model.min_per_label),
        )
        run = self.env["leather.ai.run"].create({"model_id": self.model.id, "state": "running", "row_count": 48})
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "artifact.zip").write_bytes(result.artifact())
            report = json.loads(json.dumps(result.report))
            version = self.env["leather.ai.version"]._create_from_result(run, report, Path(folder))
        run.write({"state": "done", "version_id": version.id})
        return version

    def test_each_company_has_its_model(self):
        for company in (self.company, self.other):
            self.assertEqual(
                self.env["leather.ai.model"].search_count([("task", "=", "helpdesk"), ("company_id", "=", company.id)]),
                1,
            )

    def test_learns_what_no_rule_knows(self):
        before = self._file("", name="plimfor gralento number 9")
        self.assertFalse(before.ai_proposal_list)
        self._confirm()
        self.model.invalidate_recordset()
        self.assertEqual((self.model.status, self.model.confirmed_count), ("ready", 48))
        version = self._train()
        version._publish(self.env.user)
        self.model.is_automatic = False
        ticket = self._file("", name="plimfor gralento number 9")
        self.assertFalse(ticket.category_id)
        self.assertEqual(ticket.ai_proposals["category"]["top"][0][0], str(self.printer.id))
        self.assertEqual(ticket.ai_proposals["category"]["source"], "model")
        self.env["helpdesk.ticket"]._cron_reclassify()
        self.assertEqual(before.ai_proposals["category"]["top"][0][0], str(self.printer.id))
        foreign = self._file("", name="plimfor gralento number 9", company_id=self.other.id)
        self.assertFalse(foreign.ai_proposal_list)
        self.assertIn("Printer", str(self.model._get_task()._get_card(version)))

    def test_sets_by_itself_within_the_budget(self):
        self._confirm()
        self._train()._publish(self.env.user)
        self.model.error_budget = 50.0
        ticket = self._file("", name="plimfor gralento number 9")
        self.assertEqual((ticket.category_id, ticket.ai_automatic), (self.printer, True))
        ticket.category_id = self.network
        self.assertFalse(ticket.ai_automatic)
        chosen = self._file("", name="plimfor gralento number 9", category_id=self.network.id)
        self.assertEqual(chosen.category_id, self.network)

    def test_uninstalling_takes_what_was_learned(self):
        tickets = self._confirm()
        self._train()._publish(self.env.user)
        ticket = self._file("", name="plimfor gralento number 9")
        uninstall_hook(self.env)
        self.assertFalse(self.model.exists())
        self.assertFalse(self._rows(ticket))
        self.assertEqual(tickets.category_id, self.printer | self.network)


class TestHelpdeskSla(HelpdeskCase):
    """OCA's ``helpdesk_mgmt_sla``: the SLA that fits what has been read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "helpdesk.sla" not in cls.env:
            cls.skipTest(cls, "optional: helpdesk_mgmt_sla is not installed")
        cls.team.write({"use_sla": True, "resource_calendar_id": cls.company.resource_calendar_id.id})
        cls.done = cls.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        cls.env["helpdesk.sla"].search([("id", ">", 0)]).active = False
        cls.usual, cls.urgent, cls.printing = cls.env["helpdesk.sla"].create(
            [
                {"name": "Usual", "days": 5, "stage_id": cls.done.id, "domain": "[('priority', '<', '3')]"},
                {"name": "Danger", "hours": 2, "stage_id": cls.done.id, "domain": "[('priority', '=', '3')]"},
                {
                    "name": "Printing",
                    "days": 1,
                    "stage_id": cls.done.id,
                    "category_ids": [Command.set(cls.printer.ids)],
                },
            ]
        )

    def test_slas_follow_what_is_read(self):
        self.assertEqual(self._file(QUESTION, team_id=self.team.id).ticket_sla_ids.sla_id, self.usual)
        ticket = self._file(INJURY, team_id=self.team.id)
        self.assertEqual(ticket.ticket_sla_ids.sla_id, self.urgent)
        self.assertTrue(ticket.sla_deadline)

    def test_slas_follow_corrections(self):
        ticket = self._file(QUESTION, self.user, team_id=self.team.id)
        kept = ticket.ticket_sla_ids
        ticket.category_id = self.printer
        self.assertEqual(ticket.ticket_sla_ids.sla_id, self.usual | self.printing)
        self.assertIn(kept, ticket.ticket_sla_ids)  # what still holds goes on running
        ticket.priority = "3"
        self.assertEqual(ticket.ticket_sla_ids.sla_id, self.urgent | self.printing)

    def test_teams_without_slas(self):
        self.team.use_sla = False
        self.assertFalse(self._file(INJURY, team_id=self.team.id).ticket_sla_ids)
        self.assertFalse(self._file(INJURY).ticket_sla_ids)
