from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LeatherCase

MODELS = (
    "leather.ai.model",
    "leather.ai.feature",
    "leather.ai.version",
    "leather.ai.run",
    "leather.ai.prediction",
    "leather.lead.snapshot",
    "leather.ai.pilot.report",
)
# who may read, write, create, delete what; everything else is forbidden
ALLOWED = {
    "ltr_sales_manager": {
        "leather.ai.model": "r",
        "leather.ai.feature": "r",
        "leather.ai.version": "r",
        "leather.ai.run": "r",
        "leather.ai.prediction": "r",
        "leather.ai.pilot.report": "r",
    },
    "ltr_ai": {
        "leather.ai.model": "rwcd",
        "leather.ai.feature": "rwcd",
        "leather.ai.version": "rwd",
        "leather.ai.run": "rd",
        "leather.ai.prediction": "r",
        "leather.lead.snapshot": "r",
        "leather.ai.pilot.report": "r",
    },
    "ltr_sales": {},
    "ltr_planner": {},
    "ltr_outsider": {},
    "ltr_portal": {},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestSecurity(LeatherCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls._go_live()
        cls.lead = cls._make_open(1)

    def test_matrix(self):
        """Every role × model × operation."""
        for login, allowed in ALLOWED.items():
            user = self.env["res.users"].search([("login", "=", login)])
            for name in MODELS:
                for letter, operation in OPERATIONS.items():
                    with self.subTest(login=login, model=name, operation=operation):
                        self.assertEqual(
                            self.env[name].with_user(user).has_access(operation), letter in allowed.get(name, "")
                        )

    def test_other_company_sees_nothing(self):
        records = {
            "leather.ai.model": self.model_a,
            "leather.ai.version": self.version,
            "leather.ai.run": self.model_a.run_ids[:1],
            "leather.ai.prediction": self.env["leather.ai.prediction"].search([("lead_id", "=", self.lead.id)]),
            "leather.lead.snapshot": self.env["leather.lead.snapshot"].search([("lead_id", "=", self.lead.id)]),
            "leather.ai.feature": self.model_a.feature_ids[:1],
        }
        for name, record in records.items():
            with self.subTest(model=name):
                self.assertTrue(record)
                self.assertTrue(record.with_user(self.user_ai).has_access("read"))
                self.assertFalse(record.with_user(self.user_ai_b).has_access("read"))
        found = self.env["leather.ai.pilot.report"].with_user(self.user_ai_b).search([])
        self.assertFalse(found.filtered(lambda line: line.company_id == self.company_a))

    def test_artifact_is_for_managers(self):
        """Reading it would show what was learned; writing it would put words in the AI's mouth."""
        with self.assertRaises(AccessError):
            self.version.with_user(self.user_sales_manager).read(["artifact"])
        self.assertTrue(self.version.with_user(self.user_ai).artifact)
        with self.assertRaises(AccessError):
            self.version.with_user(self.user_ai).read(["signature"])

    def test_manager_cannot_write_results(self):
        """What a version is and measured is written by the system; a manager writes remarks."""
        version = self.version.with_user(self.user_ai)
        for vals in ({"auc": 0.99}, {"state": "archived"}, {"checksum": "x"}, {"result": {}}, {"artifact": b""}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                version.write(vals)
        version.write({"note": "Trained after the fair."})

    def test_private_methods_are_not_public(self):
        """Nothing but actions and core's own names can be called from outside."""
        public = {
            name
            for model in (
                *MODELS[:6],
                "leather.lead.reader",
                "leather.lead.scoring",
                "leather.lead.words",
                "leather.demo",
            )
            for cls in type(self.env[model]).__mro__
            if "leather_crm_ai" in cls.__module__
            for name, value in vars(cls).items()
            if callable(value) and not name.startswith("_") and not name.startswith("action_")
        }
        self.assertLessEqual(public, {"create", "write", "unlink"})
