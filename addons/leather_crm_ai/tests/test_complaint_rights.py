from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .complaint_common import ComplaintCase

CONFIG = ("team", "team.member", "stage", "category", "cause")
# who may read, write, create, delete what; everything else is forbidden
ALLOWED = {
    "cpl_agent": {"leather.complaint": "rwc", "leather.complaint.action": "rwcd", "leather.complaint.merge": "rwcd"}
    | dict.fromkeys((f"leather.complaint.{name}" for name in (*CONFIG, "clock", "route")), "r"),
    "cpl_manager": dict.fromkeys(
        (
            "leather.complaint",
            "leather.complaint.action",
            "leather.complaint.merge",
            *(f"leather.complaint.{name}" for name in (*CONFIG, "clock", "route")),
        ),
        "rwcd",
    ),
    "cpl_sales": {"leather.complaint": "rc", "leather.complaint.action": "r"}
    | dict.fromkeys((f"leather.complaint.{name}" for name in CONFIG), "r"),
    "cpl_planner": {"leather.complaint": "r", "leather.complaint.action": "r"}
    | dict.fromkeys((f"leather.complaint.{name}" for name in CONFIG), "r"),
    "cpl_outsider": dict.fromkeys((f"leather.complaint.{name}" for name in CONFIG), "r"),
    "cpl_portal": {"leather.complaint": "r", "leather.complaint.stage": "r", "leather.complaint.category": "r"},
}
MODELS = sorted({name for allowed in ALLOWED.values() for name in allowed})
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
INTERNAL = (
    "severity_reasons",
    "severity_words",
    "sentiment",
    "cost_total",
    "cost_credit",
    "cause_id",
    "root_cause",
    "why_1",
    "route_reason",
    "route_facts",
    "action_ids",
    "duplicate_of_id",
    "named_entities",
    "source_message_id",
)


@tagged("post_install", "-at_install")
class TestComplaintRights(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._complain()
        cls.other_team = cls._complain(team_id=cls.team_2.id, user_id=cls.agent_2.id)
        cls.no_team = cls._complain()
        cls.no_team.write({"team_id": False, "user_id": False})
        cls.rivals = cls._complain(partner_id=cls.rival.id, team_id=cls.team_2.id, user_id=cls.agent_2.id)
        cls.company_b_one = cls._complain(company_id=cls.company_b.id, team_id=cls.team_b.id)
        cls.all = cls.own | cls.other_team | cls.no_team | cls.rivals | cls.company_b_one

    def _seen(self, user, operation="read"):
        return self.all.filtered(lambda one: one.with_user(user).has_access(operation))

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

    def test_who_sees_what(self):
        company_a = self.all - self.company_b_one
        for user, expected in (
            (self.agent, self.own | self.no_team),
            (self.agent_2, self.other_team | self.no_team | self.rivals),
            (self.leader, self.own | self.no_team),
            (self.manager, company_a),
            (self.sales, company_a),
            (self.planner, company_a),
            (self.manager_b, self.company_b_one),
            (self.portal, company_a - self.rivals),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._seen(user), expected)
                found = self.env["leather.complaint"].with_user(user).search([("id", "in", self.all.ids)])
                self.assertEqual(found, expected)
        with self.assertRaises(AccessError):
            self.env["leather.complaint"].with_user(self.outsider).search([])

    def test_who_writes_what(self):
        for user, expected in (
            (self.agent, self.own | self.no_team),
            (self.manager, self.all - self.company_b_one),
            (self.sales, self.all.browse()),
            (self.planner, self.all.browse()),
            (self.portal, self.all.browse()),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._seen(user, "write"), expected)

    def test_responsible_of_another_team(self):
        """Whoever is given a complaint works on it, whatever the team."""
        self.rivals.user_id = self.agent
        self.assertTrue(self.rivals.with_user(self.agent).has_access("write"))

    def test_safety_managers(self):
        """Whoever is alerted may open what the alert is about, and nothing else of that team."""
        self.team_2.safety_user_ids = self.agent
        dangerous = self._complain(team_id=self.team_2.id, user_id=self.agent_2.id, severity="4")
        self.assertTrue(dangerous.with_user(self.agent).has_access("write"))
        self.assertFalse(self.other_team.with_user(self.agent).has_access("read"))

    def test_agent_who_sells(self):
        """Two roles add up: reads all of the company, writes own teams."""
        user = new_test_user(
            self.env,
            "cpl_both",
            "leather_crm_ai.group_complaint_user,sales_team.group_sale_salesman",
            company_id=self.company_a.id,
            company_ids=[(6, 0, self.company_a.ids)],
        )
        self.team.member_ids |= user
        self.assertEqual(self._seen(user), self.all - self.company_b_one)
        self.assertEqual(self._seen(user, "write"), self.own | self.no_team)

    def test_customers_read_no_internals(self):
        """Causes, costs, severity's reasons and routing stay inside the house; the rest is theirs to read."""
        complaint = self.own.with_user(self.portal)
        for name in INTERNAL:
            with self.subTest(field=name), self.assertRaises(AccessError):
                complaint.read([name])
        values = complaint.read(["name", "subject", "text", "stage_id", "resolution", "access_url"])[0]
        self.assertEqual(values["name"], self.own.name)
        self.assertFalse(set(INTERNAL) & set(complaint.fields_get()))

    def test_colleague_of_the_customer(self):
        """A portal user sees what colleagues filed; not what another company did."""
        self.assertTrue(self.own.with_user(self.portal).has_access("read"))
        self.portal.partner_id.parent_id = self.rival
        self.env.registry.clear_cache()  # rules are kept per user
        self.assertFalse(self.own.with_user(self.portal).has_access("read"))
        self.assertTrue(self.rivals.with_user(self.portal).has_access("read"))

    # ------------------------------------------------------------
    # Conversation
    # ------------------------------------------------------------

    def test_everybody_who_reads_may_post(self):
        for user in (self.agent, self.manager, self.sales, self.planner, self.portal):
            with self.subTest(user=user.login):
                complaint = self.own.with_user(user)
                complaint.check_access("read")
                complaint = complaint.sudo(user == self.portal)  # as Odoo's controller posts for customers
                message = complaint.message_post(body="x", message_type="comment", subtype_xmlid="mail.mt_comment")
                self.assertEqual(message.author_id, user.partner_id)
        for user in (self.outsider, self.manager_b):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.own.with_user(user).message_post(body="x")

    def test_customer_reopens_own_closed(self):
        """A portal user has no right to write; the answer takes it up all the same."""
        self.own.stage_id = self.stage_resolved
        self.own.with_user(self.portal).sudo().message_post(
            body="Again", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self.own.stage_id, self.stage_progress)

    def test_sales_answer_counts(self):
        self.own.with_user(self.sales).message_post(
            body="We look into it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.buyer.ids,
        )
        self.assertEqual(self.own.answer_count, 1)

    def test_activities_and_followers(self):
        self.own.with_user(self.agent).activity_schedule("mail.mail_activity_data_todo", user_id=self.leader.id)
        self.own.with_user(self.sales).message_subscribe(partner_ids=self.sales.partner_id.ids)
        self.assertIn(self.sales.partner_id, self.own.message_partner_ids)
        with self.assertRaises(AccessError):
            self.own.with_user(self.sales).message_subscribe(partner_ids=self.rival.ids)

    # ------------------------------------------------------------
    # Working on it
    # ------------------------------------------------------------

    def test_agent_works(self):
        """An agent files, moves, closes, and reads everything on the form."""
        model = self.env["leather.complaint"].with_user(self.agent).with_context(tracking_disable=False)
        complaint = model.create({"subject": "By phone", "partner_id": self.buyer.id, "description": "<p>Words</p>"})
        self.assertEqual(complaint.channel, "phone")
        self.assertTrue(complaint.partner_is_verified)
        complaint.write(
            {"team_id": self.team.id, "severity": "3", "cause_id": self.env.ref("leather_crm_ai.cause_man").id}
        )
        self.assertTrue(complaint.is_severity_manual)
        for stage in (self.stage_progress, self.stage_waiting, self.stage_resolved, self.stage_progress):
            complaint.stage_id = stage
        self.assertTrue(complaint.read())

    def test_agent_without_a_team(self):
        """Filed by an agent of no team, in a company without teams: still the agent's."""
        self.env["leather.complaint.team"].search([]).active = False
        complaint = self.env["leather.complaint"].with_user(self.agent).create({"subject": "x"})
        self.assertFalse(complaint.team_id)
        self.assertTrue(complaint.with_user(self.agent).has_access("write"))

    def test_sales_file(self):
        """A salesperson files for a customer; sorting, routing and alert are done all the same."""
        model = self.env["leather.complaint"].with_user(self.sales)
        complaint = model.create({"subject": "Injury", "partner_id": self.buyer.id, "severity": "4"})
        self.assertTrue(complaint.team_id)
        self.assertTrue(complaint.sudo().activity_ids)
        with self.assertRaises(AccessError):
            complaint.severity = "1"

    def test_form(self):
        form = Form(self.env["leather.complaint"].with_user(self.agent))
        form.subject = "From the form"
        form.partner_id = self.buyer
        complaint = form.save()
        self.assertFalse(complaint.is_severity_manual)
        self.assertEqual(complaint.email_normalized, "nadia@hassi.example")
        with Form(complaint) as form:
            form.severity = "3"
        self.assertTrue(complaint.is_severity_manual)

    def test_manager_deletes(self):
        complaint = self._complain()
        with self.assertRaises(AccessError):
            complaint.with_user(self.agent).unlink()
        complaint.with_user(self.manager).unlink()
        self.assertFalse(complaint.exists())

    def test_customer_set_by_a_person(self):
        """A customer that a person sets is certain; the one a mail claims is not."""
        complaint = self._complain(channel="mail", partner_is_verified=False)
        complaint.with_user(self.agent).partner_id = self.customer
        self.assertTrue(complaint.partner_is_verified)
        complaint.with_user(self.agent).partner_id = False
        self.assertFalse(complaint.partner_is_verified)

    def test_private_methods_are_not_public(self):
        """Nothing but actions, core's own names and the documented method can be called from outside."""
        names = ("", ".team", ".team.member", ".stage", ".category", ".cause", ".clock", ".route", ".action", ".merge")
        public = {
            name
            for model in names
            for cls in type(self.env[f"leather.complaint{model}"]).__mro__
            if "leather_crm_ai" in cls.__module__
            for name, value in vars(cls).items()
            if callable(value) and not name.startswith(("_", "action_"))
        }
        self.assertLessEqual(
            public,
            {
                "create",
                "write",
                "unlink",
                "message_new",
                "message_post",
                "rating_apply",
                "read_progress_bar",
                "file_complaint",
                "get_import_templates",
            },
        )

    def test_second_company(self):
        """References run on, the clock and the team are the company's own."""
        complaint = self.env["leather.complaint"].with_user(self.manager_b).create({"subject": "In B", "severity": "4"})
        self.assertEqual((complaint.company_id, complaint.team_id), (self.company_b, self.team_b))
        self.assertEqual(complaint.sudo().activity_ids.user_id, self.manager_b)
        with self.assertRaises(AccessError):
            complaint.with_user(self.manager).read(["name"])


@tagged("post_install", "-at_install")
class TestComplaintBatch(ComplaintCase):
    """What one complaint costs does not depend on how many there are."""

    _reads_texts = True

    def _values(self, count):
        return [
            {
                "subject": f"Number {number}",
                "description": "<p>The sole came off.</p>",
                "company_id": self.company_a.id,
                "partner_id": self.buyer.id,
                "email_from": f"c{number}@far.example",
                "channel": "import",
            }
            for number in range(count)
        ]

    def _count_queries(self, count):
        values = self._values(count)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["leather.complaint"].create(values)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_create(self):
        """Creating a hundred costs no more queries each than creating ten."""
        self._count_queries(10)  # fills the caches
        ten, hundred = self._count_queries(10), self._count_queries(100)
        self.assertLessEqual(hundred / 100, ten / 10)

    def test_long_text(self):
        """The classifier reads the first 50,000 characters; markup and links are no words."""
        complaint = self._complain()
        complaint.description = "<p>" + "mot " * 100_000 + "</p>"
        self.assertLessEqual(len(complaint.text), 50_000)
        complaint.write({"subject": False, "description": '<p>Look <a href="https://x.example/long">here</a></p>'})
        self.assertEqual(complaint.text, "Look here")
        complaint.description = False
        self.assertEqual(complaint.text, "")

    def test_group_by_stage(self):
        """The board shows all stages, also the empty ones."""
        groups = (
            self.env["leather.complaint"]
            .with_context(read_group_expand=True)
            .web_read_group([("id", "=", self._complain().id)], ["stage_id"], ["__count"])
        )
        self.assertGreaterEqual(len(groups["groups"]), 5)

    def test_copy(self):
        """A copy is a new complaint with its own number and clock."""
        complaint = self._complain(resolved_on="2026-06-01 00:00:00", source_message_id="<x@y>")
        copy = complaint.copy()
        self.assertNotEqual(copy.name, complaint.name)
        self.assertFalse(copy.resolved_on or copy.source_message_id or copy.answer_count)
