import re
from ast import literal_eval
from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from .complaint_common import ComplaintCase

MODELS = ("team", "stage", "category", "cause", "clock", "route", "phone")
VIEWS = ("kanban", "list", "form", "calendar", "pivot", "graph", "activity", "search")


@tagged("post_install", "-at_install")
class TestComplaintViews(ComplaintCase):
    """What each person finds on the screen."""

    def _get_arch(self, user, view="form"):
        arch = self.env["leather.complaint"].with_user(user).get_view(view_type=view)["arch"]
        return etree.fromstring(arch)

    def _get_buttons(self, user):
        return set(self._get_arch(user).xpath("//button/@name"))

    def test_everybody_who_may_read_can_open_every_view(self):
        complaint = self._complain()
        for user in (self.agent, self.manager, self.sales, self.planner):
            for view in VIEWS:
                with self.subTest(user=user.login, view=view):
                    arch = self._get_arch(user, view)
                    names = {node.get("name") for node in arch.iter("field") if not node.xpath("ancestor::field")}
                    known = names & set(complaint._fields)
                    self.assertTrue(known or view == "search")
                    complaint.with_user(user).read([name for name in known if name != "id"])

    def test_settings_open_for_the_manager(self):
        for name in MODELS:
            model = self.env[f"leather.complaint.{name}"].with_user(self.manager)
            self.assertTrue(model.get_views([(False, "list"), (False, "form")])["views"]["form"]["arch"])

    def test_only_agents_get_the_buttons_that_change_something(self):
        for_agents = {"action_answer", "action_close", "action_wait", "action_reopen", "action_merge"}
        for_agents |= {"action_create_contact", "action_verify_partner", "action_contained"}
        self.assertLessEqual(for_agents, self._get_buttons(self.agent))
        self.assertFalse(for_agents & self._get_buttons(self.sales))
        self.assertFalse(for_agents & self._get_buttons(self.planner))

    def test_the_order_is_shown_to_whoever_may_open_it(self):
        self.assertIn("action_view_order", self._get_buttons(self.sales))
        self.assertNotIn("action_view_order", self._get_buttons(self.agent))
        self.assertIn("action_view_picking", self._get_buttons(self.planner))

    def test_an_outsider_sees_no_menu(self):
        menus = self.env["ir.ui.menu"]
        root = self.env.ref("leather_crm_ai.menu_complaint_root").id
        settings = self.env.ref("leather_crm_ai.menu_complaint_configuration").id
        self.assertNotIn(root, menus.with_user(self.outsider)._visible_menu_ids())
        self.assertIn(root, menus.with_user(self.agent)._visible_menu_ids())
        self.assertNotIn(settings, menus.with_user(self.agent)._visible_menu_ids())
        self.assertIn(settings, menus.with_user(self.manager)._visible_menu_ids())

    def test_every_filter_can_be_pressed(self):
        self._complain()
        arch = self._get_arch(self.agent, "search")
        domains = [node.get("domain") for node in arch.iter("filter") if node.get("domain")]
        self.assertGreater(len(domains), 15)
        model = self.env["leather.complaint"].with_user(self.agent)
        for domain in domains:
            with self.subTest(domain=domain):
                self.assertGreaterEqual(model.search_count(literal_eval(domain.replace("uid", str(self.agent.id)))), 0)

    def test_the_filters_find_what_they_say(self):
        late = self._complain(received_on=fields.Datetime.now() - timedelta(days=90), severity="3")
        safe = self._complain(received_on=fields.Datetime.now(), severity="1", user_id=self.agent.id)
        danger = self._complain(received_on=fields.Datetime.now(), severity="4", language="ar")
        claimed = self._complain(channel="mail", received_on=fields.Datetime.now())
        mine = late | safe | danger | claimed
        arch = self._get_arch(self.agent, "search")
        found = {}
        for node in arch.iter("filter"):
            if node.get("domain"):
                domain = literal_eval(node.get("domain").replace("uid", str(self.agent.id)))
                found[node.get("name")] = self.env["leather.complaint"].search(domain) & mine
        self.assertEqual(found["overdue"], late)
        self.assertEqual(found["s4"], danger)
        self.assertEqual(found["s3"], late | danger)
        self.assertIn(safe, found["my"])
        self.assertNotIn(safe, found["unassigned"])
        self.assertEqual(found["unverified"], claimed)
        self.assertEqual(found["filter_open"], mine)
        self.assertFalse(found["closed"])

    def test_every_group_can_be_formed(self):
        self._complain()
        arch = self._get_arch(self.agent, "search")
        groups = re.findall(r"group_by': '(\w+)'", etree.tostring(arch, encoding="unicode"))
        self.assertGreater(len(groups), 10)
        for name in groups:
            with self.subTest(name=name):
                spec = f"{name}:month" if name == "received_on" else name
                self.assertTrue(self.env["leather.complaint"]._read_group([], [spec], ["__count"]))

    def test_all_stages_are_columns_of_the_board(self):
        board = self.env["leather.complaint"].with_context(read_group_expand=True)
        groups = board.web_read_group([("id", "=", 0)], ["stage_id"])["groups"]
        names = [group["stage_id"][1] for group in groups]
        self.assertEqual(names, self.env["leather.complaint.stage"].search([]).mapped("name"))

    def test_empty_screens_say_what_to_do(self):
        actions = self.env["ir.actions.act_window"].search([("res_model", "like", "leather.complaint")])
        xmlids = actions.get_external_id()
        for action in actions.filtered(lambda action: action.target != "new" and xmlids[action.id]):
            self.assertTrue(action.help, xmlids[action.id])


@tagged("post_install", "-at_install")
class TestComplaintDesk(ComplaintCase):
    """The buttons of the form, and the counts beside them."""

    def test_bar_of_the_board_counts_what_the_filters_find(self):
        now = fields.Datetime.now()
        self._complain(received_on=now - timedelta(days=90))
        self._complain(received_on=now, severity="1")
        self._complain(received_on=now, stage_id=self.stage_waiting.id)
        self._complain(received_on=now, stage_id=self.stage_resolved.id)
        colors = dict.fromkeys(("on_time", "soon", "late", "waiting", "done"), "success")
        domain = [("company_id", "=", self.company_a.id)]
        bar = self.env["leather.complaint"].read_progress_bar(
            domain, "stage_id", {"field": "clock_state", "colors": colors}
        )
        for state in colors:
            expected = self.env["leather.complaint"].search_count([*domain, ("clock_state", "=", state)])
            self.assertEqual(sum(counts[state] for counts in bar.values()), expected, state)
        self.assertEqual(bar[str(self.stage_new.id)]["late"], 1)
        self.assertEqual(bar[str(self.stage_waiting.id)]["waiting"], 1)
        self.assertEqual(bar[str(self.stage_resolved.id)]["done"], 1)

    def test_other_bars_are_odoo_s(self):
        self._complain(severity="3")
        bar = self.env["leather.complaint"].read_progress_bar(
            [("company_id", "=", self.company_a.id)], "stage_id", {"field": "severity", "colors": {"3": "warning"}}
        )
        self.assertEqual(bar[str(self.stage_new.id)]["3"], 1)

    @users("cpl_agent")
    def test_answer_goes_to_the_customer(self):
        complaint = self._complain().with_env(self.env)
        action = complaint.action_answer()
        form = Form(self.env["mail.compose.message"].with_context(**action["context"]))
        form.body = "We send another pair."
        form.save()._action_send_mail()
        message = complaint.message_ids[0]
        self.assertEqual(message.partner_ids, self.buyer)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertTrue(complaint.first_answered_on)
        self.assertEqual(complaint.answer_count, 1)

    @users("cpl_agent")
    def test_answer_to_a_stranger_makes_one_contact(self):
        complaint = self._complain(partner_id=False, email_from="Ali <ali@new.example>", partner_name="Ali")
        complaint = complaint.with_env(self.env)
        first = complaint.action_answer()["context"]["default_partner_ids"]
        second = complaint.action_answer()["context"]["default_partner_ids"]
        self.assertEqual(first, second)
        self.assertEqual(self.env["res.partner"].browse(first).email_normalized, "ali@new.example")

    def test_answer_to_nobody_leaves_the_addressee_open(self):
        complaint = self._complain(partner_id=False, email_from=False)
        self.assertEqual(complaint.action_answer()["context"]["default_partner_ids"], [])

    def test_close_wait_and_reopen(self):
        complaint = self._complain()
        complaint.action_wait()
        self.assertEqual(complaint.stage_id, self.stage_waiting)
        self.assertTrue(complaint.waiting_since)
        complaint.action_close()
        self.assertEqual(complaint.stage_id, self.stage_resolved)
        self.assertTrue(complaint.resolved_on)
        complaint.action_reopen()
        self.assertEqual(complaint.stage_id, self.stage_progress)
        self.assertEqual(complaint.reopen_count, 1)

    def test_close_into_a_stage_of_the_team(self):
        own = self.env["leather.complaint.stage"].create(
            {"name": "Done here", "sequence": 25, "is_closed": True, "team_ids": [(6, 0, self.team_2.ids)]}
        )
        first, second = self._complain(), self._complain(team_id=self.team_2.id)
        second.team_id = self.team_2
        (first | second).action_close()
        self.assertEqual(first.stage_id, self.stage_resolved)
        self.assertEqual(second.stage_id, own)

    def test_without_a_stage_it_says_so(self):
        complaint = self._complain()
        self.stage_waiting.is_waiting = False
        with self.assertRaisesRegex(UserError, "No stage is set up"):
            complaint.action_wait()

    def test_verify(self):
        complaint = self._complain(channel="mail")
        self.assertFalse(complaint.partner_is_verified)
        complaint.with_user(self.agent).action_verify_partner()
        self.assertTrue(complaint.partner_is_verified)

    def test_counts_leave_out_the_complaint_itself(self):
        shoe = self._make_shoe()
        lot = self._make_lot("L1", shoe)
        first, second = self._complain(lot_id=lot.id), self._complain(lot_id=lot.id, partner_id=self.rival.id)
        third = self._complain(partner_id=self.customer.id)
        self.assertEqual((first.lot_complaint_count, first.partner_complaint_count), (1, 1))
        self.assertEqual((second.lot_complaint_count, second.partner_complaint_count), (1, 0))
        self.assertEqual((third.lot_complaint_count, third.partner_complaint_count), (0, 1))
        found = self.env["leather.complaint"].search(first.action_view_partner_complaints()["domain"])
        self.assertEqual(found, first | third)
        found = self.env["leather.complaint"].search(first.action_view_lot_complaints()["domain"])
        self.assertEqual(found, first | second)

    def test_counts_take_the_same_queries_for_many(self):
        def count(complaints):
            complaints.invalidate_recordset()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            complaints.mapped("partner_complaint_count")
            return self.env.cr.sql_log_count - start

        few = self._complain() | self._complain()
        many = few.union(*(self._complain() for _number in range(12)))
        self.assertLessEqual(count(many), count(few))

    def test_who_received_the_lot(self):
        shoe = self._make_shoe()
        lot = self._make_lot("L2", shoe)
        self._sell(self.customer, shoe, 30, lot)
        self._sell(self.rival, shoe, 10, lot)
        complaint = self._complain(lot_id=lot.id, product_id=shoe.id, severity="4")
        partners = self.env["res.partner"].search(complaint.action_view_recipients()["domain"])
        self.assertEqual(partners, self.customer | self.rival)

    def test_smart_buttons_lead_here_and_back(self):
        shoe = self._make_shoe()
        lot = self._make_lot("L3", shoe)
        order = self._sell(self.customer, shoe, 20, lot)
        invoice = self.env["account.move"].new({"move_type": "out_invoice"})
        self.assertEqual(invoice.complaint_count, 0)
        complaint = self._complain(
            partner_id=self.customer.id,
            product_id=shoe.id,
            lot_id=lot.id,
            sale_order_id=order.id,
            picking_id=order.picking_ids.id,
        )
        others = (self.customer, order, order.picking_ids, lot, shoe, shoe.product_tmpl_id)
        for record in others:
            with self.subTest(model=record._name):
                self.assertEqual(record.complaint_count, 1)
                domain = record.action_view_complaints()["domain"]
                self.assertEqual(self.env["leather.complaint"].search(domain), complaint)
                arch = record.with_user(self.env.ref("base.user_admin")).get_view(view_type="form")["arch"]
                self.assertIn("action_view_complaints", arch)
        self.assertEqual(complaint.action_view_order()["res_id"], order.id)
        self.assertEqual(complaint.action_view_picking()["res_id"], order.picking_ids.id)

    def test_an_invoice_counts_its_complaints(self):
        journal = self.env["account.journal"].search([("type", "=", "sale")], limit=1)
        if not journal:
            self.skipTest("optional: no sales journal in this database")
        company = journal.company_id
        self.env.user.company_ids |= company
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id, "journal_id": journal.id}
        )
        complaint = self._complain(invoice_id=invoice.id, company_id=company.id, team_id=False)
        self.assertEqual(invoice.complaint_count, 1)
        self.assertEqual(self.env["leather.complaint"].search(invoice.action_view_complaints()["domain"]), complaint)


@tagged("post_install", "-at_install")
class TestComplaintPhone(ComplaintCase):
    """Somebody is on the phone."""

    def _file(self, user, **values):
        wizard = self.env["leather.complaint.phone"].with_user(user).create({"words": "The sole came off.", **values})
        action = wizard.action_file()
        self.assertEqual(action["res_model"], "leather.complaint")
        return self.env["leather.complaint"].browse(action["res_id"])

    def test_an_agent_files_and_sees_it(self):
        complaint = self._file(self.agent, partner_id=self.buyer.id, caller="Said, night shift", phone="0550 00 00 01")
        self.assertEqual(complaint.channel, "phone")
        self.assertEqual(complaint.subject, "The sole came off.")
        self.assertEqual(complaint.partner_id, self.buyer)
        self.assertEqual(complaint.partner_name, "Said, night shift")
        self.assertEqual(complaint.phone, "0550 00 00 01")
        self.assertTrue(complaint.partner_is_verified)
        self.assertTrue(complaint.with_user(self.agent).has_access("write"))

    def test_a_salesperson_files_and_reads_it(self):
        complaint = self._file(self.sales, partner_id=self.buyer.id)
        self.assertTrue(complaint.with_user(self.sales).has_access("read"))
        self.assertFalse(complaint.with_user(self.sales).has_access("write"))

    def test_a_planner_and_an_outsider_may_not(self):
        for user in (self.planner, self.outsider):
            with self.assertRaises(AccessError):
                self.env["leather.complaint.phone"].with_user(user).create({"words": "No"})

    def test_a_long_story_gets_a_short_title(self):
        words = (
            "The lorry came on Sunday and half of the boxes were wet because the canvas was torn\nand nobody signed."
        )
        complaint = self._file(self.agent, words=words)
        self.assertLessEqual(len(complaint.subject), 70)
        self.assertTrue(complaint.subject.endswith("…"))
        self.assertIn("nobody signed", complaint.text)

    def test_one_long_word(self):
        complaint = self._file(self.agent, words="x" * 300)
        self.assertTrue(complaint.subject)
        self.assertLessEqual(len(complaint.subject), 70)

    def test_blank_words_are_refused(self):
        with self.assertRaisesRegex(UserError, "what the customer says"):
            self._file(self.agent, words="  \n ")

    def test_markup_is_text(self):
        complaint = self._file(self.agent, words="<script>alert(1)</script> size <42>")
        self.assertNotIn("<script", complaint.description)
        self.assertIn("<42>", complaint.text)

    def test_arabic_stays_arabic(self):
        complaint = self._file(self.agent, words="النعل انفصل عن الحذاء")
        self.assertEqual(complaint.subject, "النعل انفصل عن الحذاء")


@tagged("post_install", "-at_install")
class TestAdviceInWords(ComplaintCase):
    """The record of proposals has keys; the screen has names."""

    def _note(self, **vals):
        row = {"res_model": "leather.complaint", "company_id": self.company_a.id, **vals}
        return self.env["leather.text.prediction"]._append([row])

    def test_names(self):
        complaint = self._complain()
        rows = self._note(res_id=complaint.id, head="code", label="P3", answer="Q1")
        rows += self._note(res_id=complaint.id, head="severity", label="4")
        category, severity = rows
        self.assertEqual(category.head_name, "Category")
        self.assertEqual(category.label_name, self._category("P3").display_name)
        self.assertEqual(category.answer_name, self._category("Q1").display_name)
        self.assertEqual(severity.label_name, "S4 · Safety")
        self.assertFalse(severity.answer_name)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self._category("Q1").with_context(lang="fr_FR").name = "Semelle partie"
        row = self._note(res_id=self._complain().id, head="code", label="Q1").with_context(lang="fr_FR")
        self.assertEqual(row.label_name, "Q1 Semelle partie")

    def test_what_is_gone_keeps_its_key(self):
        """A category that was deleted, a head that is no more, a model whose addon is uninstalled."""
        number = self._complain().id
        self.assertEqual(self._note(res_id=number, head="code", label="Q99").label_name, "Q99")
        self.assertEqual(self._note(res_id=number, head="mood", label="bad").head_name, "mood")
        gone = self._note(res_model="leather.gone", res_id=1, head="kind", label="x")
        self.assertEqual((gone.head_name, gone.label_name), ("kind", "x"))

    def test_as_many_queries_for_many(self):
        number = self._complain().id
        few = [self._note(res_id=number, head="code", label=label).id for label in ("Q1", "D1")]
        many = [self._note(res_id=number, head="code", label=f"Q{1 + index % 7}").id for index in range(40)]
        counts = []
        for ids in (few, many):
            rows = self.env["leather.text.prediction"].browse(ids)
            rows.mapped("label_name")
            rows.invalidate_recordset(["label_name", "head_name", "answer_name"])
            before = self.env.cr.sql_log_count
            rows.mapped("label_name")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
