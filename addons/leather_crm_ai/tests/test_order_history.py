from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestOrderHistory(ComplaintCase):
    """Orders as rows for the engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.history = cls.env["leather.order.history"]
        cls.shoe = cls._make_shoe(tracking="none")
        cls.client, cls.other = cls.env["res.partner"].create([{"name": "Site", "is_company": True} for _ in range(2)])
        cls.contact = cls.env["res.partner"].create({"name": "Buyer", "parent_id": cls.client.id})

    def _order(self, partner=None, pairs=10, day="2026-03-02 10:00:00", **line):
        order = self._sell(partner or self.client, self.shoe, pairs)
        order.date_order = day
        if line:
            order.order_line.write(line)
        return order

    def _rows(self, *partners):
        rows = self.history._read_rows(self.company_a, [partner.id for partner in partners or (self.client,)])
        return [(row[0], row[2], round(row[3], 4), round(row[4], 2)) for row in rows]

    def _days(self):
        return [row[1] for row in self.history._read_rows(self.company_a, self.client.ids)]

    def test_contacts_order_for_their_company(self):
        self._order()
        self._order(self.contact, 5)
        self._order(self.contact, 3, "2026-03-04 10:00:00")
        model = self.shoe.product_tmpl_id.id
        self.assertEqual(self._rows(), [(self.client.id, model, 15, 750), (self.client.id, model, 3, 150)])
        self.assertEqual(self.history._get_customer_ids(self.company_a).count(self.client.id), 1)
        self.assertNotIn(self.contact.id, self.history._get_customer_ids(self.company_a))

    def test_days_are_those_of_the_company(self):
        self.company_a.resource_calendar_id.tz = "Africa/Algiers"
        self._order(day="2026-03-02 23:30:00")
        self.assertEqual(self._days(), [(date(2026, 3, 3) - date(1970, 1, 1)).days])

    def test_only_confirmed_goods(self):
        self._order().action_cancel()
        draft = self._order().copy()
        self.assertEqual(draft.state, "draft")
        order = self._order(pairs=2)
        service = self.env["product.product"].create({"name": "Transport", "type": "service", "list_price": 9.0})
        order.write(
            {
                "order_line": [
                    Command.create({"display_type": "line_section", "name": "Boots"}),
                    Command.create({"product_id": service.id}),
                    Command.create({"name": "Down payment", "is_downpayment": True, "price_unit": 100.0}),
                ]
            }
        )
        draft.unlink()
        rows = self._rows()
        self.assertEqual(rows[-1], (self.client.id, self.shoe.product_tmpl_id.id, 12, 600))
        self.assertEqual(len(rows), 1)

    def test_units(self):
        self._order(pairs=2, product_uom_id=self.env.ref("uom.product_uom_dozen").id, price_unit=600.0)
        self.assertEqual(self._rows(), [(self.client.id, self.shoe.product_tmpl_id.id, 24, 1200)])

    def test_currencies(self):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 2.0, "company_id": self.company_a.id, "name": "2020-01-01"}
        )
        prices = self.env["product.pricelist"].create({"name": "CHF", "currency_id": currency.id})
        self.client.with_company(self.company_a).property_product_pricelist = prices
        order = self._order(price_unit=100.0)
        self.assertEqual(order.currency_id, currency)
        ((_partner, _model, _quantity, amount),) = self._rows()
        self.assertAlmostEqual(amount, 1000 / order.currency_rate, places=2)
        self.assertNotEqual(order.currency_rate, 1.0)

    def test_what_came_back_is_taken_off(self):
        order = self._order(pairs=10)
        picking = order.picking_ids
        picking.move_ids.quantity = 10
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 4
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(self._rows()[0][2:], (10, 500))
        back.move_ids.quantity = 4
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.state, "done")
        self.assertEqual(self._rows()[0][2:], (6, 300))

    def test_who_objects_is_not_in_it(self):
        self._order()
        self._order(self.contact, 5)
        self._order(self.other)
        self.contact.ai_opt_out = True
        self.assertEqual([row[2] for row in self._rows()], [10])
        self.client.ai_opt_out = True
        self.assertEqual(self._rows(), [])
        ids = self.history._get_customer_ids(self.company_a)
        self.assertNotIn(self.client.id, ids)
        self.assertIn(self.other.id, ids)

    def test_companies_do_not_mix(self):
        self._order()
        self.assertEqual(self.history._read_rows(self.company_b, self.client.ids), [])
        self.assertNotIn(self.client.id, self.history._get_customer_ids(self.company_b))

    def test_merged_customers(self):
        self._order()
        self._order(self.other, 3)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.client | self.other).ids, self.client)
        self.assertEqual([row[2] for row in self._rows()], [13])

    def test_queries_do_not_grow(self):
        self._order()
        counts = []
        for count in (10, 100):
            partners = self.env["res.partner"].create([{"name": f"C{i}"} for i in range(count)])
            self.history._read_rows(self.company_a, partners.ids)
            before = self.cr.sql_log_count
            self.history._read_rows(self.company_a, partners.ids)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_nobody(self):
        self.assertEqual(self.history._read_rows(self.company_a, []), [])
