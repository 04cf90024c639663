from datetime import timedelta

from odoo.tests import tagged

from .complaint_common import SUNDAY, ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintLinks(ComplaintCase):
    """What a text names is linked where it is the customer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shoe, cls.boot = cls._make_shoe("Shoe"), cls._make_shoe("Boot")
        cls.lot = cls._make_lot("L-77", cls.shoe)
        cls.order = cls._sell(cls.buyer, cls.shoe, 40, cls.lot)
        cls.order.client_order_ref = "PO 4711"
        cls.foreign = cls._sell(cls.rival, cls.boot, 5)

    def _link(self, complaint, **named):
        complaint._link_entities({complaint.id: named})
        return complaint

    def test_order(self):
        """An order brings its line, delivery and, if it has only one, its shoe."""
        complaint = self._link(self._complain(), orders=[self.order.name.lower()])
        self.assertEqual(complaint.sale_order_id, self.order)
        self.assertEqual(complaint.sale_line_id, self.order.order_line)
        self.assertEqual(complaint.picking_id, self.order.picking_ids)
        self.assertEqual(complaint.product_id, self.shoe)
        self.assertFalse(complaint.lot_id)

    def test_spellings(self):
        """The bare number, blanks, small letters, Arabic digits."""
        digits = str(int(self.order.name[1:]))
        arabic = digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        for name in (self.order.name.lower(), f"S {self.order.name[1:]}", digits, arabic):
            with self.subTest(name=name):
                self.assertEqual(self._link(self._complain(), orders=[name]).sale_order_id, self.order)

    def test_long_list(self):
        """A text that names a thousand orders is searched for a few of them."""
        complaint = self._link(self._complain(), orders=[f"X{number}" for number in range(1000)] + [self.order.name])
        self.assertFalse(complaint.sale_order_id)

    def test_their_own_reference(self):
        complaint = self._link(self._complain(), orders=["PO 4711"])
        self.assertEqual(complaint.sale_order_id, self.order)

    def test_lot(self):
        """A lot brings shoe, delivery and order."""
        complaint = self._link(self._complain(), lots=["l-77"])
        self.assertEqual(
            (complaint.lot_id, complaint.product_id, complaint.picking_id, complaint.sale_order_id),
            (self.lot, self.shoe, self.order.picking_ids, self.order),
        )

    def test_invoice(self):
        self.env["account.chart.template"].try_loading("generic_coa", company=self.company_a, install_demo=False)
        invoice = self.order._create_invoices()
        invoice.action_post()
        complaint = self._link(self._complain(), invoices=[invoice.name])
        self.assertEqual((complaint.invoice_id, complaint.sale_order_id), (invoice, self.order))

    def test_pairs_and_size(self):
        complaint = self._link(self._complain(), pairs=12, sizes=["42", "43"])
        self.assertEqual((complaint.pairs, complaint.size), (12, "42"))
        self.assertEqual(self._link(self._complain(), pairs=10**9).pairs, 0)

    def test_whole_company(self):
        """Another contact of the same company may name the order."""
        complaint = self._link(self._complain(partner_id=self.customer.id), orders=[self.order.name])
        self.assertEqual(complaint.sale_order_id, self.order)

    def test_not_theirs(self):
        """Orders and lots of others, or of a company we do not know, are never linked; what was named is kept."""
        foreign = self._link(self._complain(), orders=[self.foreign.name], lots=["L-77", "nothing"])
        self.assertFalse(foreign.sale_order_id == self.foreign)
        stranger = self._link(self._complain(partner_id=False), orders=[self.order.name], lots=["L-77"])
        self.assertFalse(stranger.sale_order_id or stranger.lot_id or stranger.product_id)
        self.assertEqual(stranger.named_entities, {"orders": [self.order.name], "lots": ["L-77"]})
        rival = self._link(self._complain(partner_id=self.rival.id), lots=["L-77"])
        self.assertFalse(rival.lot_id)

    def test_other_company(self):
        complaint = self._complain(company_id=self.company_b.id, team_id=self.team_b.id)
        self.assertFalse(self._link(complaint, orders=[self.order.name], lots=["L-77"]).sale_order_id)

    def test_nothing_is_replaced(self):
        complaint = self._complain(product_id=self.boot.id, pairs=3)
        self._link(complaint, orders=[self.order.name], pairs=40)
        self.assertEqual((complaint.product_id, complaint.pairs), (self.boot, 3))
        self.assertEqual(complaint.sale_order_id, self.order)

    def test_cancelled_order(self):
        other = self._sell(self.buyer, self.boot, 2)
        other._action_cancel()
        self.assertFalse(self._link(self._complain(), orders=[other.name]).sale_order_id)

    def test_objects(self):
        """The engine gives objects, others may give dicts, and for one complaint what was found in it."""

        class Found:
            orders, lots, invoices, sizes, pairs = [self.order.name], [], [], [], 0

        complaint = self._complain()
        complaint._link_entities({complaint.id: Found()})
        self.assertEqual(complaint.sale_order_id, self.order)
        single = self._complain()
        single._link_entities({"orders": [self.order.name]})
        self.assertEqual(single.sale_order_id, self.order)

    def test_batch(self):
        """As many searches for ten as for a hundred."""
        complaints = self._complain().browse()
        for _number in range(100):
            complaints |= self._complain()

        def link(batch):
            named = {"orders": [self.foreign.name], "lots": ["none"], "invoices": ["X/1"], "pairs": 0}
            batch.with_context(leather_ai_writes=True).write(
                {"named_entities": {name: value for name, value in named.items() if value}}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batch._link_entities(dict.fromkeys(batch.ids, named))
            return self.env.cr.sql_log_count - before

        self.assertEqual(link(complaints[:10]), link(complaints[:100]))


@tagged("post_install", "-at_install")
class TestSeverityFacts(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shoe = cls._make_shoe()
        cls.lot = cls._make_lot("L-77", cls.shoe)
        cls._sell(cls.buyer, cls.shoe, 40, cls.lot)
        cls._sell(cls.rival, cls.shoe, 60, cls.lot)

    def _facts(self, complaint):
        return complaint._get_severity_facts()[complaint.id]

    def test_facts(self):
        first = self._complain(lot_id=self.lot.id, pairs=4, received_on=SUNDAY - timedelta(days=80))
        self._complain(partner_id=self.rival.id, lot_id=self.lot.id, received_on=SUNDAY - timedelta(days=2))
        complaint = self._complain(partner_id=self.customer.id, lot_id=self.lot.id, pairs=7)
        self.assertEqual(
            self._facts(complaint), {"pairs": 7, "lot_pairs": 100, "previous_by_customer": 1, "previous_on_lot": 2}
        )
        self.assertEqual(
            self._facts(first), {"pairs": 4, "lot_pairs": 100, "previous_by_customer": 0, "previous_on_lot": 0}
        )

    def test_what_does_not_count(self):
        """Too old, questions, what was no complaint, merged ones, other companies."""
        self._complain(received_on=SUNDAY - timedelta(days=91))
        self._complain(category_id=self._category("N1").id, received_on=SUNDAY - timedelta(days=1))
        self._complain(stage_id=self.stage_cancelled.id, received_on=SUNDAY - timedelta(days=1))
        merged = self._complain(received_on=SUNDAY - timedelta(days=1))
        self._complain(company_id=self.company_b.id, team_id=self.team_b.id, received_on=SUNDAY - timedelta(days=1))
        complaint = self._complain()
        merged.duplicate_of_id = complaint
        self.assertEqual(self._facts(complaint)["previous_by_customer"], 0)
        self._complain(category_id=self._category("Q1").id, received_on=SUNDAY - timedelta(days=1))
        self.assertEqual(self._facts(complaint)["previous_by_customer"], 1)

    def test_unknown_senders(self):
        """Somebody we do not know is recognised by the address; nobody's complaints are not one customer's."""
        for _number in range(2):
            self._complain(
                partner_id=False, email_from="Karim <karim@far.example>", received_on=SUNDAY - timedelta(days=1)
            )
        self._complain(partner_id=False, partner_name="?", received_on=SUNDAY - timedelta(days=1))
        known = self._complain(partner_id=False, email_from="KARIM@far.example")
        nobody = self._complain(partner_id=False, partner_name="?")
        self.assertEqual(self._facts(known)["previous_by_customer"], 2)
        self.assertEqual(self._facts(nobody)["previous_by_customer"], 0)

    def test_not_saved(self):
        draft = self.env["leather.complaint"].new({"pairs": 3})
        self.assertEqual(draft._get_severity_facts()[draft.id]["pairs"], 3)

    def test_batch(self):
        complaints = self._complain().browse()
        for _number in range(100):
            complaints |= self._complain(lot_id=self.lot.id)

        def read(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            facts = batch._get_severity_facts()
            self.assertEqual(len(facts), len(batch))
            return self.env.cr.sql_log_count - before

        self.assertEqual(read(complaints[:10]), read(complaints[:100]))
        self.assertEqual(complaints[-1]._get_severity_facts()[complaints[-1].id]["previous_on_lot"], 99)


@tagged("post_install", "-at_install")
class TestSmartButtons(ComplaintCase):
    """Complaints seen from what they are about."""

    def test_counts_and_actions(self):
        shoe = self._make_shoe()
        lot = self._make_lot("L-77", shoe)
        order = self._sell(self.buyer, shoe, 4, lot)
        complaint = self._complain()
        complaint._link_entities({"orders": [order.name], "lots": ["L-77"]})
        self._complain(partner_id=self.rival.id)
        for record in (self.buyer, self.customer, order, order.picking_ids, lot, shoe, shoe.product_tmpl_id):
            with self.subTest(model=record._name):
                self.assertEqual(record.with_user(self.manager).sudo().complaint_count, 1)
                action = record.action_view_complaints()
                self.assertEqual(self.env["leather.complaint"].search(action["domain"]), complaint)

    def test_no_right_no_count(self):
        self._complain()
        self.assertEqual(self.customer.with_user(self.manager).complaint_count, 1)
        self.assertEqual(self.customer.with_user(self.outsider).complaint_count, 0)
        self.assertEqual(self.env["res.partner"].new({}).complaint_count, 0)

    def test_one_query(self):
        partners = self.env["res.partner"].create([{"name": str(number)} for number in range(50)])
        self.env.flush_all()

        def count(batch):
            self.env.invalidate_all()
            batch.mapped("commercial_partner_id")
            before = self.env.cr.sql_log_count
            batch.mapped("complaint_count")
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(partners[:5]), count(partners))
