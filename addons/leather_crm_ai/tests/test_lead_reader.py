from datetime import datetime

from odoo import fields
from odoo.tests import tagged

from ..engine import history
from ..engine.features import Feature
from .common import LeatherCase


@tagged("post_install", "-at_install")
class TestLeadReader(LeatherCase):
    """From leads to the engine's table: through the ORM and through SQL, one table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team_a.lead_properties_definition = [
            {"name": "norm", "string": "Norm", "type": "selection", "selection": [["s1p", "S1P"], ["s3", "S3"]]},
            {"name": "pairs", "string": "Pairs", "type": "integer"},
            {"name": "sample", "string": "Sample asked", "type": "boolean"},
        ]
        cls.tags = cls.env["crm.tag"].create([{"name": "tender"}, {"name": "urgent"}])
        cls.leads = cls._make_open(6)
        cls.leads[0].write(
            {
                "lead_properties": {"norm": "s3", "pairs": 300, "sample": True},
                "tag_ids": [fields.Command.set(cls.tags.ids)],
                "description": "<p>Chaussures S3 pour le <b>chantier</b></p>",
                "date_deadline": "2027-01-31",
                "partner_id": cls.env["res.partner"].create({"name": "Site", "is_company": True}).id,
                "color": 3,
            }
        )
        cls.leads[1].lead_properties = {"norm": "s1p", "pairs": 0}
        cls._add_inputs(["color", "date_deadline", "description", "user_id", "city"], ["norm", "pairs", "sample"])
        cls.features = cls.env["leather.lead.reader"]._get_features(cls.company_a.id)

    @classmethod
    def _add_inputs(cls, names, properties):
        get_field = cls.env["ir.model.fields"]._get
        cls.env["leather.ai.feature"].create(
            [{"model_id": cls.model_a.id, "field_id": get_field("crm.lead", name).id} for name in names]
            + [{"model_id": cls.model_a.id, "source": "property", "property_key": key} for key in properties]
        )

    def _row(self, lead, key):
        feature = [feature for feature in self.features if feature.name == key]
        reader = self.env["leather.lead.reader"]
        return reader._to_json_rows(reader._read_records(lead, feature, self.company_a.id))[0].get(key)

    def test_orm_and_sql_give_one_table(self):
        reader = self.env["leather.lead.reader"]
        self.env.flush_all()
        orm = reader._to_json_rows(reader._read_records(self.leads, self.features, self.company_a.id))
        sql = reader._to_json_rows(reader._read_stored(self.leads.ids, self.features, self.company_a.id))
        self.assertEqual(orm, sql)
        self.assertGreater(len(orm[0]), 10)

    def test_json_rows_come_back(self):
        reader = self.env["leather.lead.reader"]
        rows = reader._to_json_rows(reader._read_records(self.leads, self.features, self.company_a.id))
        self.assertEqual(reader._to_json_rows(reader._from_json_rows(rows, self.features)), rows)

    def test_order_of_the_ids_is_kept(self):
        self.env.flush_all()
        name = [Feature("name", "category")]
        for ids in (self.leads.ids, self.leads.ids[::-1]):
            table = self.env["leather.lead.reader"]._read_stored(ids, name, self.company_a.id)
            self.assertEqual(table.columns["name"].tolist(), self.env["crm.lead"].browse(ids).mapped("name"))

    def test_properties(self):
        self.assertEqual(self._row(self.leads[0], "lead_properties.norm"), "s3")
        self.assertEqual(self._row(self.leads[0], "lead_properties.pairs"), 300)
        self.assertEqual(self._row(self.leads[0], "lead_properties.sample"), "true")
        self.assertEqual(self._row(self.leads[1], "lead_properties.pairs"), 0, "zero is a number, not blank")
        self.assertIsNone(self._row(self.leads[2], "lead_properties.norm"))
        label = self.model_a.feature_ids.filtered(lambda f: f.key == "lead_properties.norm").label
        self.assertEqual(label, "Norm")

    def test_values(self):
        lead = self.leads[0]
        self.assertEqual(self._row(lead, "tag_ids"), sorted(str(tag.id) for tag in self.tags))
        self.assertIn("Chaussures S3 pour le", self._row(lead, "description"))
        self.assertNotIn("<", self._row(lead, "description"))
        self.assertEqual(self._row(lead, "source_id"), str(lead.source_id.id))
        days = (fields.Date.to_date("2027-01-31") - lead.create_date.date()).days
        self.assertEqual(self._row(lead, "date_deadline"), days)
        self.assertEqual(self._row(lead, "derived.has_partner"), "true")
        self.assertIsNone(self._row(self.leads[1], "derived.has_partner"))

    def test_blank_number_is_not_zero(self):
        """A number nobody filled in is blank on both ways, a zero that somebody wrote is zero."""
        self.env.cr.execute("UPDATE crm_lead SET color = NULL WHERE id = %s", [self.leads[2].id])
        self.leads.invalidate_recordset()
        self.assertIsNone(self._row(self.leads[2], "color"))
        self.test_orm_and_sql_give_one_table()
        self.leads[2].color = 5
        self.assertEqual(self._row(self.leads[2], "color"), 5, "not saved yet, already read")
        self.leads[2].color = 0
        self.env.flush_all()
        self.assertEqual(self._row(self.leads[2], "color"), 0)

    def test_first_activity(self):
        self.assertIsNone(self._row(self.leads[0], "derived.response_hours"))
        message = self.leads[0].with_user(self.user_ai).message_post(body="Called.", message_type="comment")
        message.sudo().date = fields.Datetime.add(self.leads[0].create_date, hours=5)
        self.env.flush_all()
        self.assertAlmostEqual(self._row(self.leads[0], "derived.response_hours"), 5.0, places=2)
        customer = self.env["res.partner"].create({"name": "Customer"})
        self.leads[1].message_post(body="Hello?", message_type="comment", author_id=customer.id)
        self.env.flush_all()
        self.assertIsNone(self._row(self.leads[1], "derived.response_hours"), "the customer's own words are no answer")

    def test_history_oracle(self):
        """Against a plain loop over invented orders."""
        orders = [(7, 10.0, 100.0), (7, 20.0, 50.0), (8, 5.0, 1.0), (7, 30.0, 25.0), (9, 1.0, 9.0)]
        records = [(7, 10.0), (7, 10.5), (7, 25.0), (7, 99.0), (8, 5.1), (0, 50.0), (6, 50.0), (9, 1.0)]
        found = history.before(*zip(*records, strict=True), *zip(*orders, strict=True))
        for row, (customer, when) in enumerate(records):
            mine = [(day, amount) for owner, day, amount in orders if owner == customer and day < when]
            self.assertEqual(found.count[row], len(mine))
            self.assertAlmostEqual(found.revenue[row], sum(amount for _day, amount in mine))
            if mine:
                self.assertAlmostEqual(found.recency[row], when - max(day for day, _amount in mine))

    def test_stage_path_of_older_leads(self):
        """Leads closed before snapshots were kept: the stages come from Odoo's own tracking."""
        tracked = self.env["crm.lead"].with_context(
            tracking_disable=False, mail_notrack=False, leather_no_snapshot=True
        )
        lead = tracked.create(
            {
                "name": "Older",
                "type": "opportunity",
                "company_id": self.company_a.id,
                "team_id": self.team_a.id,
                "stage_id": self.stage_new.id,
            }
        )
        self.flush_tracking()
        lead.stage_id = self.stage_next
        self.flush_tracking()
        lead.action_set_won()
        self.flush_tracking()
        self.env["leather.lead.snapshot"].search([("lead_id", "=", lead.id)]).unlink()
        table, won, _when, ids = self.model_a._get_training_rows()
        mine = ids == lead.id
        self.assertEqual(table.columns["stage_id"][mine].tolist(), [str(self.stage_new.id), str(self.stage_next.id)])
        self.assertTrue(won[mine].all())
        untracked = self._make_closed(3, snapshots=False)
        table, _won, _when, ids = self.model_a._get_training_rows()
        for lead in untracked:
            self.assertEqual(table.columns["stage_id"][ids == lead.id].tolist(), [None])

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_history_as_of_creation(self):
        """An order placed after the lead was created must not speak in its training row."""
        closed = self._make_closed(2, snapshots=False)
        partner = self.env["res.partner"].create({"name": "Late buyer"})
        closed.partner_id = partner
        order = self.env["sale.order"].create({"partner_id": partner.id, "company_id": self.company_a.id})
        order.write({"state": "sale", "date_order": datetime(2026, 5, 31)})
        table, _won, _when, ids = self.model_a._get_training_rows()
        early = ids == closed[0].id
        self.assertEqual(table.columns["derived.partner_orders"][early].tolist(), [0.0])
