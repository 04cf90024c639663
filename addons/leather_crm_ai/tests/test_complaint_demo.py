import re
from collections import Counter
from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..demo import complaint_story, story

NOW = datetime(2026, 11, 22, 9)
FREQUENT = ("Q1", "Q3", "D1", "D3", "F1")


def tell(now):
    """The year of complaints on the orders of the story, as far as it can be told without a database."""
    orders = [
        (order, number)
        for number, company in enumerate(story.Story(now).companies)
        for order in company.orders
        if now - order.moment < timedelta(days=430)
    ]
    orders.sort(key=lambda pair: pair[0].moment)
    sales = [
        complaint_story.Sale(
            key=number,
            customer=customer,
            moment=order.moment,
            model=order.model["code"],
            model_name=order.model["name"],
            order_name=f"S{number:05d}",
            pairs=order.pairs,
        )
        for number, (order, customer) in enumerate(orders)
    ]
    return complaint_story.Year(now, sales)


class TestComplaintStory(TransactionCase):
    """The invented year, whatever the day it is told on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = tell(NOW)

    def test_same_day_same_year(self):
        again = tell(NOW)
        self.assertEqual([one.text for one in again.complaints], [one.text for one in self.year.complaints])
        self.assertEqual([one.resolved for one in again.complaints], [one.resolved for one in self.year.complaints])

    def test_the_bad_lot_whatever_the_day(self):
        for days in range(0, 40, 3):
            now = NOW + timedelta(days=days, hours=days)
            found = [one for one in tell(now).complaints if one.code == "Q1" and (now - one.received).days < 26]
            self.assertGreaterEqual(sum(one.lot == found[-1].lot for one in found), complaint_story.CLUSTER_SIZE, now)
            self.assertTrue(all(one.sale for one in found))

    def test_every_text_is_a_text_of_its_own(self):
        rows = story.read_csv("complaints.csv")
        self.assertGreater(len(rows), 220)
        self.assertEqual(len({row["text"] for row in rows}), len(rows))
        self.assertEqual({row["language"] for row in rows}, {"fr", "ar", "arabizi", "en"})
        codes = set(self.env["leather.complaint.category"].search([]).mapped("code"))
        self.assertLessEqual({row["code"] for row in rows}, codes)
        self.assertLessEqual({code for row in rows for code in row["also"].split()}, codes)

    def test_nothing_is_left_to_fill_in(self):
        for complaint in self.year.complaints:
            self.assertFalse(re.search(r"[{}]", complaint.text + complaint.subject), complaint.text)

    def test_believable_on_any_day(self):
        for offset in (-400, -150, -3, -1, 0, 1, 2, 150, 400):
            now = NOW + timedelta(days=offset, hours=offset % 12)
            with self.subTest(now=now):
                self._check_year(tell(now), now)

    def _check_year(self, year, now):
        stages = Counter(one.stage for one in year.complaints)
        self.assertEqual(stages["new"], 13)
        self.assertGreater(stages["in_progress"], 10)
        self.assertGreater(stages["closed"], 190)
        danger = [one for one in year.complaints if one.severity == 4 and one.stage != "closed"]
        self.assertTrue(2 <= len(danger) <= 4, len(danger))
        self.assertTrue(any("{order}" not in one.row["text"] and one.stranger for one in year.complaints))
        for one in year.complaints:
            moments = [moment for moment, _who, _text in one.messages]
            self.assertTrue(one.received < now)
            self.assertTrue(all(one.received <= moment <= now for moment in moments), one.subject)
            self.assertTrue(not one.resolved or one.answered < one.resolved <= now)
            self.assertTrue(not one.waiting or one.answered <= one.waiting <= now)
            if one.sale and one.code not in complaint_story.BEFORE_DELIVERY:
                self.assertLess(one.sale.delivered, one.received)

    def test_enough_to_learn_from(self):
        confirmed = Counter(one.code for one in self.year.complaints if one.is_confirmed)
        self.assertTrue(all(confirmed[code] >= 20 for code in FREQUENT), confirmed)

    def test_one_lot_stands_out(self):
        recent = [one for one in self.year.complaints if NOW - one.received < timedelta(days=30)]
        lots = Counter(one.lot for one in recent if one.lot)
        self.assertEqual(lots.most_common(1)[0][0], self.year.cluster_lot)
        self.assertGreaterEqual(lots[self.year.cluster_lot], 4)

    def test_addresses_are_invented(self):
        for _name, email in complaint_story.STRANGERS:
            self.assertTrue(email.endswith("example.net"))

    def test_without_any_order_there_is_a_story_too(self):
        year = complaint_story.Year(NOW, [])
        self.assertEqual(len(year.complaints), len(self.year.complaints))


@tagged("post_install", "-at_install")
class TestComplaintDemoData(TransactionCase):
    """What the demo data leaves in the database, where it was loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env.ref("leather_crm_ai.demo_complaint_team_quality", raise_if_not_found=False)
        # whatever people have filed since is not the story's
        cls.complaints = cls.env["leather.complaint"].search([("company_id", "=", cls.env.ref("base.main_company").id)])

    def setUp(self):
        super().setUp()
        if not self.team:
            self.skipTest("optional: this database has no complaints of the demo data")

    def test_a_year_of_complaints(self):
        self.assertGreaterEqual(len(self.complaints), 230)
        span = max(self.complaints.mapped("received_on")) - min(self.complaints.mapped("received_on"))
        self.assertGreater(span.days, 300)
        self.assertEqual(set(self.complaints.mapped("channel")), {"mail", "portal", "web", "phone", "chat"})
        self.assertGreater(len(self.complaints.filtered("lot_id")), 50)
        self.assertGreater(len(self.complaints.filtered("picking_id")), 50)
        self.assertGreater(sum(self.complaints.mapped("cost_total")), 0)

    def test_what_is_closed_was_answered_and_sorted(self):
        closed = self.complaints.filtered("resolved_on")
        self.assertGreater(len(closed), 180)
        self.assertFalse(closed.filtered(lambda one: not one.category_id or not one.first_answered_on))
        self.assertFalse(closed.filtered(lambda one: one.resolution_hours < 0))
        self.assertGreater(len(closed.filtered("is_first_contact_resolution")), 30)

    def test_ratings_are_dated_and_counted(self):
        rated = self.complaints.filtered("rating_last_value")
        self.assertGreater(len(rated), 60)
        self.assertFalse(rated.rating_ids.filtered(lambda rating: rating.rated_on > fields.Datetime.now()))

    def test_goods_are_consistent(self):
        for complaint in self.complaints.filtered("lot_id"):
            self.assertEqual(complaint.lot_id.product_id, complaint.product_id)
        for complaint in self.complaints.filtered("picking_id"):
            self.assertEqual(complaint.picking_id.sale_id, complaint.sale_order_id)
            self.assertEqual(complaint.picking_id.state, "done")
        lots = self.complaints.lot_id
        self.assertFalse(
            lots.quant_ids.filtered(lambda quant: quant.location_id.usage == "internal" and quant.quantity < 0)
        )

    def test_invoices_of_what_is_about_invoices(self):
        about = self.complaints.filtered(lambda one: one.family == "C" and one.sale_order_id and one.create_uid.id == 1)
        if not about.invoice_id:
            self.skipTest("optional: this company had no accounts when the demo data was loaded")
        for complaint in about:
            self.assertEqual(complaint.invoice_id.state, "posted")
            self.assertEqual(complaint.invoice_id.line_ids.sale_line_ids.order_id, complaint.sale_order_id)
            self.assertLess(complaint.invoice_id.invoice_date, complaint.received_on.date())
        self.assertFalse(self.complaints.filtered(lambda one: one.family == "D").invoice_id)

    def test_orders_stay_as_the_leads_left_them(self):
        orders = self.complaints.sale_order_id
        self.assertEqual(set(orders.mapped("invoice_status")), {"no"})
        self.assertFalse(orders.order_line.filtered(lambda line: line.qty_delivered > line.product_uom_qty))

    def test_nobody_got_a_mail(self):
        messages = self.complaints.message_ids
        mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", messages.ids)])
        self.assertFalse(mails.filtered(lambda mail: "Your complaint" in (mail.subject or "")))

    def test_people_to_try_it_as(self):
        for login in ("after-sales", "after-sales-2"):
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertTrue(user.has_group("leather_crm_ai.group_complaint_user"))
            self.assertFalse(user.has_group("leather_crm_ai.group_complaint_manager"))
        manager = self.env["res.users"].search([("login", "=", "after-sales-manager")])
        self.assertTrue(manager.has_group("leather_crm_ai.group_complaint_manager"))
        customer = self.env["res.users"].search([("login", "=", "customer")])
        self.assertTrue(customer.share)
        self.assertTrue(self.env["leather.complaint"].with_user(customer).search([]))

    def test_loading_twice_adds_nothing(self):
        before = self.env["leather.complaint"].with_context(active_test=False).search_count([])
        self.env["leather.demo"]._load_complaints()
        self.assertEqual(self.env["leather.complaint"].with_context(active_test=False).search_count([]), before)
