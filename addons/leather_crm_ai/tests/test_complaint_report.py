from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged

from .test_complaint_cluster import ClusterCase


@tagged("post_install", "-at_install")
class TestComplaintReport(ClusterCase, HttpCase):
    """Counts, rates and costs; a complaint counts once, whatever it is grouped by."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["leather.complaint.report"]
        cls.sources = cls.env["leather.complaint.source.report"]
        cls.bad = cls._make_bad_lot(4)
        cls.bad[0].write({"cost_credit": 100, "cost_transport": 20, "pairs": 12})
        cls.bad[1].write({"cost_replacement": 50, "cost_other": 5})
        cls.customer.state_id = cls.env["res.country.state"].search([], limit=1)
        cls.glue, cls.leather = cls.env["product.product"].create([{"name": "Glue"}, {"name": "Leather"}])
        cls.supplier = cls.env["res.partner"].create({"name": "Tanner"})
        cls.env["leather.complaint.source"]._update(
            cls.company_a,
            {one.id: {(cls.glue.id, 0, 0), (cls.leather.id, 0, cls.supplier.id)} for one in cls.bad},
        )
        cls.env.flush_all()

    def _pareto(self, user=None, **vals):
        today = fields.Date.today()
        values = {"company_id": self.company_a.id, "date_from": today - timedelta(days=29), "date_to": today, **vals}
        return self.env["leather.complaint.pareto"].with_user(user or self.manager).create(values)

    def _of_company(self):
        return [("company_id", "=", self.company_a.id)]

    # ------------------------------------------------------------
    # Reports
    # ------------------------------------------------------------

    def test_one_row_each(self):
        expected = self.env["leather.complaint"].search_count(self._of_company())
        self.assertEqual(self.report.search_count(self._of_company()), expected)
        row = self.report.search([("complaint_id", "=", self.bad[0].id)])
        self.assertEqual(
            (row.category_id, row.family, row.lot_id, row.product_tmpl_id, row.commercial_partner_id, row.state_id),
            (self.q1, "Q", self.lots[-4], self.boot.product_tmpl_id, self.customer, self.customer.state_id),
        )
        self.assertEqual((row.cost_total, row.pairs), (120, 12))

    def test_what_does_not_count(self):
        before = self.report.search_count(self._of_company())
        self.bad[0].stage_id = self.stage_cancelled
        self.bad[1].duplicate_of_id = self.bad[2]
        self.bad[3].category_id = self._category("N1")
        self.env.flush_all()
        self.assertEqual(self.report.search_count(self._of_company()), before - 3)

    def test_materials_count_each_complaint_once(self):
        measures = ["complaint_id:count_distinct", "cost_total:sum", "pairs:sum"]
        domain = [("complaint_id", "in", self.bad.ids)]
        total = self.sources._read_group(domain, [], measures)[0]
        self.assertEqual(total, (4, 175, 12))
        by_material = {group[0]: group[1:] for group in self.sources._read_group(domain, ["material_id"], measures)}
        self.assertEqual(by_material, {self.glue: (4, 87.5, 6), self.leather: (4, 87.5, 6)})
        by_supplier = self.sources._read_group(domain, ["supplier_id"], measures[:1])
        self.assertIn((self.supplier, 4), by_supplier)

    def test_delivery_complaints_are_no_matter_of_materials(self):
        self.bad.write({"category_id": self._category("D1").id})
        self.env.flush_all()
        self.assertFalse(self.sources.search_count([("complaint_id", "in", self.bad.ids)]))

    def test_who_may(self):
        for user in (self.agent, self.manager, self.planner):
            self.assertTrue(self.report.with_user(user).search_count([]))
            self.assertTrue(self.sources.with_user(user).search_count([]))
        for user in (self.outsider, self.portal, self.sales):
            with self.assertRaises(AccessError):
                self.report.with_user(user).search([])
        self.assertFalse(self.report.with_user(self.manager_b).search(self._of_company()))
        self.assertFalse(self.sources.with_user(self.manager_b).search(self._of_company()))

    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------

    def test_figures(self):
        self._ship(self.lots[-1], 600, 5)
        self.env.flush_all()
        figures = self._pareto()._get_figures()
        total = figures["total"]
        self.assertEqual((total["count"], total["cost"]), (4, 175))
        self.assertEqual(list(total["costs"].values()), [100, 50, 20, 5])
        delivered = total["pairs"]
        self.assertGreaterEqual(delivered, 600)
        self.assertAlmostEqual(total["rate"][0], 4000 / delivered)
        self.assertLess(total["rate"][1], total["rate"][0])
        self.assertGreater(total["rate"][2], total["rate"][0])
        [code] = figures["codes"]
        self.assertEqual((code["code"], code["count"], code["share"]), ("Q1", 4, 1.0))
        tables = dict(figures["tables"])
        self.assertEqual([(row["name"], row["count"]) for row in tables["model"]], [("Boot", 4)])
        self.assertEqual([(row["name"], row["count"], row["pairs"]) for row in tables["lot"]], [("Boot-18", 4, 400)])
        self.assertEqual({row["name"] for row in tables["material"]}, {"Glue", "Leather"})
        self.assertEqual([row["name"] for row in tables["supplier"]], ["Tanner"])
        self.assertEqual(sum(count for _month, count, _pairs, _rate in figures["months"]), 4)

    def test_the_period_before(self):
        figures = self._pareto(date_from=date(2020, 2, 1), date_to=date(2020, 2, 29))._get_figures()
        self.assertEqual(figures["before"], (date(2020, 1, 3), date(2020, 1, 31)))
        self.assertEqual((figures["total"]["count"], figures["codes"], figures["total"]["rate"]), (0, [], None))
        today = fields.Date.today()
        later = self._pareto(date_from=today + timedelta(days=1), date_to=today + timedelta(days=10))._get_figures()
        self.assertEqual((later["total"]["count"], later["previous"]["count"]), (0, 4))

    def test_days_are_the_readers(self):
        """Half past eleven at night in London is the next day, and month, in Algiers."""
        self.manager.tz = "Africa/Algiers"
        self.bad.received_on = datetime(2020, 1, 31, 23, 30)
        self.env.flush_all()
        january = self._pareto(date_from=date(2020, 1, 1), date_to=date(2020, 1, 31))._get_figures()
        february = self._pareto(date_from=date(2020, 2, 1), date_to=date(2020, 2, 29))._get_figures()
        self.assertEqual((january["total"]["count"], february["total"]["count"]), (0, 4))
        self.assertEqual([(month, count) for month, count, *_ in february["months"]], [(date(2020, 2, 1), 4)])

    def test_rare_codes_together(self):
        for number, category in enumerate(self.env["leather.complaint.category"].search([("family", "!=", "N")])):
            for _time in range(1 + (number < 5)):
                self._complain_of(self.lots[-1], 2, category=category)
        self.env.flush_all()
        codes = self._pareto()._get_figures()["codes"]
        self.assertEqual(len(codes), 12)
        self.assertEqual(codes[-1]["code"], "…")
        self.assertEqual(codes[-1]["share"], 1.0)
        counts = [row["count"] for row in codes[:-1]]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_from_right_to_left(self):
        self._complain_of(self.lots[-1], 2, category=self.q3)
        self.env.flush_all()
        self.env["res.lang"]._activate_lang("ar_001")
        page = self._pareto()
        codes = page._get_figures()["codes"]
        first, arabic = page._draw(codes)["bars"][0], page.with_context(lang="ar_001")._draw(codes)["bars"][0]
        self.assertLess(first["x"], 500)
        self.assertGreater(arabic["x"], 499)

    def test_dates(self):
        with self.assertRaises(ValidationError):
            self._pareto(date_from=date(2026, 2, 2), date_to=date(2026, 2, 1))

    def test_html(self):
        page = self._pareto()
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            ._render_qweb_html("leather_crm_ai.report_complaint_pareto", page.ids)
        )
        text = html.decode()
        for word in ("Boot-18", "<svg", "polyline", "Tanner", "Cost of non-quality"):
            self.assertIn(word, text)
        self.assertNotIn("text-align: left", text)
        self.assertNotIn("text-align: right", text)

    def test_agents_get_their_teams(self):
        self.bad[:3].write({"team_id": self.team_2.id})
        self.env.flush_all()
        figures = self._pareto(self.agent)._get_figures()
        self.assertEqual(
            figures["total"]["count"],
            self.report.with_user(self.agent).search_count(
                [("received_on", ">", self.now - timedelta(days=29)), *self._of_company()]
            ),
        )

    def test_who_may_print(self):
        for user in (self.sales, self.planner, self.outsider):
            with self.assertRaises(AccessError):
                self._pareto(user)

    def test_another_companys_deliveries_stay_out_of_reach(self):
        """Pairs delivered are counted with the rights of the system: the company has to be the reader's."""
        with self.assertRaises(AccessError):
            self._pareto(self.manager_b)._get_figures()

    def test_queries_do_not_grow(self):
        page = self._pareto()

        def count(number):
            for _time in range(number):
                self._complain_of(self.lots[-1], 2, category=self.q3)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page._get_figures()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(10), count(90))
