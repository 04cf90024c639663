from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .complaint_common import ComplaintCase


class RemedyCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def user(login, groups):
            return new_test_user(
                cls.env, login, groups, company_id=cls.company_a.id, company_ids=[Command.set(cls.company_a.ids)]
            )

        cls.accountant = user("cpl_accountant", "account.group_account_invoice")
        cls.all_rounder = user(
            "cpl_all",
            "leather_crm_ai.group_complaint_user,stock.group_stock_user,sales_team.group_sale_salesman_all_leads,"
            "account.group_account_invoice",
        )
        cls.team.membership_ids = [Command.create({"user_id": cls.all_rounder.id})]
        cls.boot, cls.sandal = cls._make_shoe(), cls._make_shoe("Sandal", tracking="none")
        cls.lot_1, cls.lot_2 = cls._make_lot("L-1", cls.boot, 100), cls._make_lot("L-2", cls.boot, 100)
        cls.order = cls._sell(cls.customer, cls.boot, 30)
        cls.picking = cls.order.picking_ids
        cls._deliver_two_lots()
        cls.complaint = cls._complain(
            "Five pairs lost their sole.",
            partner_id=cls.customer.id,
            product_id=cls.boot.id,
            lot_id=cls.lot_2.id,
            sale_order_id=cls.order.id,
            picking_id=cls.picking.id,
            pairs=5,
        )

    @classmethod
    def _deliver_two_lots(cls):
        """20 pairs of the first lot and 10 of the second."""
        move = cls.picking.move_ids
        move.move_line_ids.unlink()
        for lot, pairs in ((cls.lot_1, 20), (cls.lot_2, 10)):
            cls.env["stock.move.line"].create(
                {
                    "picking_id": cls.picking.id,
                    "move_id": move.id,
                    "product_id": cls.boot.id,
                    "lot_id": lot.id,
                    "quantity": pairs,
                    "location_id": cls.picking.location_id.id,
                    "location_dest_id": cls.picking.location_dest_id.id,
                }
            )
        move.picked = True
        cls.picking.with_context(skip_backorder=True).button_validate()

    @classmethod
    def _open(cls, action, user=None):
        """The record that a window action shows."""
        records = cls.env[action["res_model"]].with_user(user or cls.env.user)
        return records.with_context(**action.get("context") or {}).browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestReturn(RemedyCase):
    def test_prefilled_and_linked(self):
        """The pairs of the complaint, of the lot of the complaint; the return says for which complaint it is."""
        wizard = self._open(self.complaint.with_user(self.all_rounder).action_return(), self.all_rounder)
        self.assertEqual(wizard.picking_id, self.picking)
        self.assertEqual(wizard.product_return_moves.mapped("quantity"), [5])
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(back.return_id, self.picking)
        self.assertEqual(back.remedy_complaint_id, self.complaint)
        self.assertIn(self.complaint.name, back.origin)
        self.assertEqual(back.move_ids.product_uom_qty, 5)
        self.assertEqual(back.move_line_ids.mapped(lambda line: (line.lot_id, line.quantity)), [(self.lot_2, 5)])
        self.assertEqual(self.complaint.with_user(self.all_rounder).return_count, 1)
        self.assertEqual(self.complaint.with_user(self.all_rounder).action_view_returns()["res_id"], back.id)
        self.assertIn(back.name, self.complaint.with_user(self.agent).remedy_list)

    def test_comes_back(self):
        wizard = self._open(self.complaint.action_return())
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.button_validate()
        self.assertEqual(back.state, "done")
        quant = self.lot_2.quant_ids.filtered(lambda quant: quant.location_id == back.location_dest_id)
        self.assertEqual(quant.quantity, 95)

    def test_no_more_than_was_delivered(self):
        self.complaint.pairs = 500
        wizard = self._open(self.complaint.action_return())
        self.assertEqual(wizard.product_return_moves.mapped("quantity"), [30])
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(sum(back.move_line_ids.mapped("quantity")), 30)  # of both lots

    def test_the_wizard_of_odoo_alone_is_as_it_was(self):
        wizard = self.env["stock.return.picking"].create({"picking_id": self.picking.id})
        wizard.product_return_moves.quantity = 1
        back = wizard._create_return()
        self.assertFalse(back.remedy_complaint_id)
        self.assertNotIn("·", back.origin)

    def test_without_a_delivery(self):
        self.complaint.picking_id = False
        with self.assertRaisesRegex(UserError, "Link the delivery first"):
            self.complaint.action_return()

    def test_agents_ask(self):
        wizard = self._open(self.complaint.with_user(self.agent).action_return(), self.agent)
        self.assertEqual((wizard._name, wizard.kind), ("leather.complaint.request", "return"))
        self.assertIn(self.planner, wizard.allowed_user_ids)
        self.assertNotIn(self.outsider, wizard.allowed_user_ids)
        wizard.user_id = self.planner
        wizard.note = "Please <b>quickly</b>"
        wizard.action_ask()
        activity = self.complaint.activity_ids.filtered(lambda one: one.user_id == self.planner)
        self.assertEqual(activity.summary, "Ask for a return")
        for words in ("Boot", "L-2", "5", self.picking.name, "&lt;b&gt;"):
            self.assertIn(words, activity.note)


@tagged("post_install", "-at_install")
class TestReplacement(RemedyCase):
    def _replace(self, user=None):
        return self._open(self.complaint.with_user(user or self.all_rounder).action_replace())

    def test_draft_and_free(self):
        order = self._replace()
        self.assertRecordValues(
            order,
            [
                {
                    "state": "draft",
                    "partner_id": self.customer.id,
                    "company_id": self.company_a.id,
                    "origin": self.complaint.name,
                    "client_order_ref": self.complaint.name,
                    "remedy_complaint_id": self.complaint.id,
                    "amount_total": 0,
                }
            ],
        )
        self.assertRecordValues(
            order.order_line, [{"product_id": self.boot.id, "product_uom_qty": 5, "price_unit": 0, "discount": 0}]
        )
        self.assertIn(self.complaint.name, order.note)
        self.assertEqual(self.complaint.sale_order_id, self.order)

    def test_stays_free_when_the_number_of_pairs_changes(self):
        order = self._replace()
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 7
        self.assertEqual(order.order_line.price_unit, 0)

    def test_in_the_size_that_was_asked_for(self):
        size = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": name}) for name in ("42", "43")]}
        )
        shoe = self.env["product.template"].create(
            {
                "name": "Clog",
                "attribute_line_ids": [
                    Command.create({"attribute_id": size.id, "value_ids": [Command.set(size.value_ids.ids)]})
                ],
            }
        )
        small, large = shoe.product_variant_ids
        self.complaint.write({"lot_id": False, "product_id": small.id, "size": "43"})
        self.assertEqual(self._replace().order_line.product_id, large)
        self.complaint.size = "51"
        self.assertEqual(self._replace().order_line.product_id, small)

    def test_sales_people_make_it_too(self):
        order = self._replace(self.sales)
        self.assertEqual(order.remedy_complaint_id, self.complaint)

    def test_without_customer_or_shoe(self):
        self.complaint.partner_id = False
        with self.assertRaisesRegex(UserError, "which shoe"):
            self._replace()

    def test_agents_ask(self):
        wizard = self._open(self.complaint.with_user(self.agent).action_replace(), self.agent)
        self.assertEqual(wizard.kind, "replacement")
        self.assertIn(self.sales, wizard.allowed_user_ids)

    def test_a_later_mail_finds_the_first_order(self):
        """The customer's own order number stays the first order's."""
        self.order.client_order_ref = "PO-77"
        self._replace()
        found = self.complaint._find_orders(["PO-77"], self.customer)
        self.assertEqual(set(found.values()), {self.order})


@tagged("post_install", "-at_install")
class TestCreditNote(RemedyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].with_company(cls.company_a)
        receivable, income = accounts.create(
            [
                {"name": "Customers", "code": "411LTR", "account_type": "asset_receivable", "reconcile": True},
                {"name": "Sales", "code": "700LTR", "account_type": "income"},
            ]
        )
        cls.customer.with_company(cls.company_a).property_account_receivable_id = receivable
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "LTRS",
                "type": "sale",
                "company_id": cls.company_a.id,
                "default_account_id": income.id,
            }
        )
        cls.invoice = cls._invoice(500)
        cls.complaint.invoice_id = cls.invoice

    @classmethod
    def _invoice(cls, amount, post=True, order=None):
        line = {"name": "Boots", "quantity": 1, "price_unit": amount, "tax_ids": False}
        if order:
            line["sale_line_ids"] = [Command.set(order.order_line.ids)]
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "journal_id": cls.journal.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [Command.create(line)],
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def _credit(self, user=None, complaint=None):
        """Odoo's credit note, through Odoo's form."""
        user = user or self.all_rounder
        action = (complaint or self.complaint).with_user(user).action_credit()
        if action["res_model"] == "leather.complaint.credit":
            action = self._open(action, user).action_continue()
        self.assertEqual(action["res_model"], "account.move.reversal")
        reversals = self.env["account.move.reversal"].with_user(user).with_context(**action["context"])
        form = Form(reversals, view="account.view_account_move_reversal")
        made = form.save().refund_moves()
        return self.env["account.move"].browse(made["res_id"])

    def test_linked(self):
        note = self._credit()
        self.assertEqual((note.move_type, note.state), ("out_refund", "draft"))
        self.assertEqual(note.remedy_complaint_id, self.complaint)
        self.assertIn(self.complaint.name, note.ref)
        self.assertEqual(note.reversed_entry_id, self.invoice)
        self.assertEqual(self.complaint.with_user(self.all_rounder).credit_note_count, 1)
        self.assertEqual(self.complaint.cost_credit, 0)

    def test_cost_follows_what_is_posted(self):
        note = self._credit()
        note.invoice_line_ids.price_unit = 120
        note.action_post()
        self.assertEqual(self.complaint.cost_credit, 120)
        self.assertEqual(self.complaint.cost_total, 120)
        note.button_draft()
        self.assertEqual(self.complaint.cost_credit, 0)

    def test_in_the_currency_of_the_company(self):
        other = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.company_a.currency_id.id)], limit=1)
        )
        other.active = True
        other.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "rate": 4, "name": "2020-01-01", "company_id": self.company_a.id}
        )
        note = self._credit()
        note.currency_id = other
        note.invoice_line_ids.price_unit = 120
        note.action_post()
        self.assertEqual(self.complaint.cost_credit, 30)

    def test_cost_that_a_person_wrote_stays(self):
        self.complaint.with_user(self.agent).cost_credit = 77
        self._credit().action_post()
        self.assertEqual(self.complaint.cost_credit, 77)

    def test_posted_by_an_accountant(self):
        """Who reads complaints to credit them, writes nothing in them; the cost comes by itself."""
        note = self._credit(self.accountant)
        note.with_user(self.accountant).action_post()
        self.assertEqual(self.complaint.cost_credit, 500)
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.accountant).cost_credit = 1
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.accountant).action_ask_quality()

    def test_one_of_the_orders_invoices(self):
        self.complaint.invoice_id = False
        with self.assertRaisesRegex(UserError, "no posted invoice"):
            self.complaint.with_user(self.all_rounder).action_credit()
        first = self._invoice(100, order=self.order)
        second = self._invoice(200, order=self.order)
        self._invoice(300, post=False, order=self.order)
        wizard = self._open(self.complaint.with_user(self.all_rounder).action_credit(), self.all_rounder)
        self.assertEqual(wizard.invoice_ids, first | second)
        wizard.invoice_id = second
        self.assertEqual(wizard.action_continue()["context"]["active_ids"], second.ids)

    def test_draft_invoice_is_not_credited(self):
        self.complaint.invoice_id = self._invoice(10, post=False)
        with self.assertRaises(UserError):
            self.complaint.with_user(self.all_rounder).action_credit()

    def test_others_ask(self):
        """Without the right, the button asks somebody who has it and may read the complaint."""
        action = self.complaint.with_user(self.agent).action_credit()
        wizard = self._open(action, self.agent)
        self.assertEqual((wizard._name, wizard.kind), ("leather.complaint.request", "credit_note"))
        self.assertIn(self.accountant, wizard.allowed_user_ids)
        self.assertNotIn(self.agent_2, wizard.allowed_user_ids)
        wizard.user_id = self.accountant
        wizard.action_ask()
        activity = self.complaint.activity_ids.filtered(lambda one: one.user_id == self.accountant)
        self.assertEqual(activity.summary, "Ask for a credit note")
        self.assertIn(self.invoice.name, activity.note)

    def test_nobody_else_credits(self):
        for user in (self.agent, self.sales, self.planner, self.portal, self.outsider):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["account.move.reversal"].with_user(user).create({"move_ids": self.invoice.ids})

    def test_sales_people_cannot_ask(self):
        """They read complaints and do not write them."""
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.sales).action_credit()

    def test_merge(self):
        """Whatever was made for either belongs to the kept one; costs are added."""
        twin = self._complain(
            partner_id=self.customer.id,
            invoice_id=self.invoice.id,
            lot_id=self.lot_1.id,
            product_id=self.boot.id,
            picking_id=self.picking.id,
            pairs=1,
        )
        note = self._credit(complaint=twin)
        note.invoice_line_ids.price_unit = 50
        note.action_post()
        order = self._open(twin.action_replace())
        back = self._open(self._open(twin.action_return()).action_create_returns())
        twin._hold_lot("Soles")
        self.complaint._absorb(twin)
        for document in (note, order, back):
            self.assertEqual(document.remedy_complaint_id, self.complaint)
        self.assertEqual(self.lot_1.held_for_id, self.complaint)
        self.assertEqual(self.complaint.cost_credit, 50)
        self.assertEqual(self.complaint.return_count, 1)
        other = self._credit()
        other.invoice_line_ids.price_unit = 7
        other.action_post()
        self.assertEqual(self.complaint.cost_credit, 57)

    def test_merge_keeps_what_a_person_wrote(self):
        twin = self._complain(partner_id=self.customer.id)
        twin.with_user(self.agent).cost_credit = 20
        self.complaint._absorb(twin)
        self._credit().action_post()
        self.assertEqual(self.complaint.cost_credit, 20)


@tagged("post_install", "-at_install")
class TestAsking(RemedyCase):
    def _ask(self):
        return self._open(self.complaint.with_user(self.agent).action_ask_quality(), self.agent)

    def test_quality_person(self):
        """The owner of the cause, else a safety manager, else the leader."""
        self.assertEqual(self._ask().user_id, self.leader)
        self.team.safety_user_ids = self.manager
        self.assertEqual(self._ask().user_id, self.manager)
        cause = self.env.ref("leather_crm_ai.cause_material")
        cause.user_id = self.planner
        self.complaint.cause_id = cause
        self.assertEqual(self._ask().user_id, self.planner)

    def test_in_the_language_of_who_is_asked(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "leather.complaint.request"), ("value", "=", "quality")]
        ).with_context(lang="fr_FR").name = "Faire voir par la qualité"
        self.leader.lang = "fr_FR"
        self._ask().action_ask()
        activity = self.complaint.activity_ids.filtered(lambda one: one.user_id == self.leader)
        self.assertEqual(activity.summary, "Faire voir par la qualité")

    def test_nobody_who_may_not_read_it(self):
        wizard = self._ask()
        for user in (self.outsider, self.agent_2, self.manager_b, self.portal):
            wizard.user_id = user
            with self.subTest(user.login), self.assertRaises(UserError):
                wizard.action_ask()

    def test_only_for_complaints_within_reach(self):
        requests = self.env["leather.complaint.request"]
        with self.assertRaises(AccessError):
            requests.with_user(self.agent_2).create({"complaint_id": self.complaint.id, "kind": "quality"}).action_ask()
        for user in (self.outsider, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.complaint.with_user(user).action_ask_quality()


@tagged("post_install", "-at_install")
class TestRemedyRights(RemedyCase):
    def test_documents_of_another_company_are_not_linked(self):
        """A credit note over there would change what the complaint cost here."""
        order = self.env["sale.order"].create({"partner_id": self.customer.id, "company_id": self.company_b.id})
        with self.assertRaises(UserError):
            order.remedy_complaint_id = self.complaint
        order.company_id = self.company_a
        order.remedy_complaint_id = self.complaint

    def test_strangers_make_nothing(self):
        for user in (self.outsider, self.portal, self.agent_2, self.manager_b):
            complaint = self.complaint.with_user(user)
            for name in ("action_return", "action_replace", "action_credit", "action_print_8d", "action_send_8d"):
                with self.subTest(f"{user.login} {name}"), self.assertRaises(AccessError):
                    complaint.invalidate_recordset()
                    getattr(complaint, name)()
        self.assertFalse(self.env["sale.order"].search([("remedy_complaint_id", "=", self.complaint.id)]))

    def test_customers_see_none_of_it(self):
        portal = self.complaint.with_user(self.portal)
        for name in ("remedy_list", "is_credit_manual", "lot_hold_words", "is_lot_held", "prevention", "cost_credit"):
            with self.subTest(name), self.assertRaises(AccessError):
                portal.read([name])

    def test_form_opens_for_each(self):
        self._open(self.complaint.action_replace())
        for user in (self.agent, self.manager, self.sales, self.planner, self.accountant, self.all_rounder):
            with self.subTest(user.login), Form(self.complaint.with_user(user)) as form:
                self.assertEqual(form.name, self.complaint.name)

    def test_query_counts(self):
        """The list of what was made for a complaint costs as much for ten complaints as for a hundred."""

        def count_queries(number):
            complaints = self.env["leather.complaint"].concat(
                *(self._complain(partner_id=self.customer.id, product_id=self.boot.id) for _index in range(number))
            )
            self.env["sale.order"].create(
                [{"partner_id": self.customer.id, "remedy_complaint_id": complaint.id} for complaint in complaints]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            complaints.mapped("remedy_list")
            complaints.mapped("replacement_count")
            complaints.mapped("is_lot_held")
            return self.cr.sql_log_count - before

        count_queries(2)
        self.assertEqual(count_queries(10), count_queries(100))
