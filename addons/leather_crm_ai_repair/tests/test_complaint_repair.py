from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.leather_crm_ai.tests.complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintRepair(ComplaintCase):
    """Repair orders for complaints."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boot = cls._make_shoe()
        cls.lot = cls._make_lot("L-1", cls.boot, 10)
        cls.complaint = cls._complain("The sole came off.", product_id=cls.boot.id, lot_id=cls.lot.id, pairs=2)

    def _repair(self, complaint=None):
        action = (complaint or self.complaint).with_user(self.planner).action_repair()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_draft_and_linked(self):
        repair = self._repair()
        self.assertRecordValues(
            repair,
            [
                {
                    "state": "draft",
                    "product_id": self.boot.id,
                    "product_qty": 2,
                    "lot_id": self.lot.id,
                    "partner_id": self.buyer.id,
                    "company_id": self.company_a.id,
                    "remedy_complaint_id": self.complaint.id,
                    "under_warranty": True,
                }
            ],
        )
        self.assertEqual(self.complaint.with_user(self.planner).repair_count, 1)
        self.assertEqual(self.complaint.with_user(self.planner).action_view_repairs()["res_id"], repair.id)
        self.assertIn(repair.name, self.complaint.with_user(self.agent).remedy_list)

    def test_agents_ask(self):
        action = self.complaint.with_user(self.agent).action_repair()
        wizard = self.env[action["res_model"]].with_user(self.agent).browse(action["res_id"])
        self.assertEqual((wizard._name, wizard.kind), ("leather.complaint.request", "repair"))
        wizard.user_id = self.planner
        wizard.action_ask()
        self.assertIn("Ask for a repair", self.complaint.activity_ids.mapped("summary"))

    def test_without_a_shoe(self):
        self.complaint.write({"lot_id": False, "product_id": False})
        with self.assertRaises(UserError):
            self._repair()

    def test_strangers(self):
        for user in (self.outsider, self.portal, self.agent_2, self.manager_b, self.sales):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.complaint.with_user(user).action_repair()

    def test_merge(self):
        twin = self._complain(product_id=self.boot.id)
        repair = self._repair(twin)
        self.complaint._absorb(twin)
        self.assertEqual(repair.remedy_complaint_id, self.complaint)

    def test_forms_open(self):
        repair = self._repair()
        for user in (self.agent, self.planner, self.sales):
            with self.subTest(user.login), Form(self.complaint.with_user(user)) as form:
                self.assertEqual(form.name, self.complaint.name)
        with Form(repair.with_user(self.planner)) as form:
            self.assertEqual(form.remedy_complaint_id, self.complaint)
