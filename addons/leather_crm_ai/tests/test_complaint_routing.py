from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintRouting(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["leather.complaint.route"].search([]).active = False
        cls.arabic = new_test_user(
            cls.env,
            "cpl_arabic",
            "leather_crm_ai.group_complaint_user",
            company_id=cls.company_a.id,
            company_ids=[Command.set(cls.company_a.ids)],
            name="Amina",
        )
        cls.team_2.membership_ids = [
            Command.update(cls.team_2.membership_ids.id, {"lang_fr": True, "lang_en": True}),
            Command.create({"user_id": cls.arabic.id, "lang_ar": True, "lang_arabizi": True}),
        ]

    def _rule(self, **vals):
        return self.env["leather.complaint.route"].create(
            {"name": "Rule", "company_id": self.company_a.id, "team_id": self.team_2.id, **vals}
        )

    def _arrive(self, **vals):
        """A complaint that nobody has assigned: what the gateway makes."""
        complaint = self.env["leather.complaint"].with_context(leather_ai_writes=True)
        return complaint.create({"subject": "x", "company_id": self.company_a.id, **vals}).with_context(
            leather_ai_writes=False
        )

    def test_rules(self):
        """Each condition, alone: matched and not."""
        shoes = self.env["product.category"].create({"name": "Safety shoes"})
        boots = self.env["product.category"].create({"name": "Boots", "parent_id": shoes.id})
        product = self._make_shoe()
        product.categ_id = boots
        quality, late = self._category("Q1"), self._category("D1")
        for condition, yes, no in (
            ({"family": "Q"}, {"category_id": quality.id}, {"category_id": late.id}),
            ({"category_ids": [Command.set(quality.ids)]}, {"category_id": quality.id}, {"category_id": late.id}),
            ({"product_categ_id": shoes.id}, {"product_id": product.id}, {}),
            ({"lang_ar": True}, {"language": "ar"}, {"language": "fr"}),
            ({"lang_ar": True, "lang_arabizi": True}, {"language": "arabizi"}, {"language": "unknown"}),
            ({"min_severity": "3"}, {"severity": "4"}, {"severity": "2"}),
        ):
            rule = self._rule(**condition)
            with self.subTest(condition=condition):
                self.assertEqual(self._arrive(**yes).team_id, self.team_2)
                self.assertNotEqual(self._arrive(**no).team_id, self.team_2)
            rule.unlink()

    def test_first_rule_wins(self):
        self._rule(sequence=20)
        self._rule(sequence=10, team_id=self.team.id)
        self.assertEqual(self._arrive().team_id, self.team)

    def test_rules_of_other_companies(self):
        foreign = self._rule(company_id=self.company_b.id, team_id=self.team_b.id)
        self.assertNotEqual(self._arrive().team_id, self.team_b)
        foreign.active = False
        shared = self.env["leather.complaint.team"].create({"name": "Everywhere", "company_id": False})
        self._rule(company_id=False, team_id=shared.id)
        for company in (self.company_a, self.company_b):
            self.assertEqual(self._arrive(company_id=company.id).team_id, shared)

    def test_batch_of_two_companies(self):
        """Without rules each goes to its own company's team."""
        batch = self._arrive() | self._arrive(company_id=self.company_b.id)
        batch.with_context(leather_ai_writes=True).write({"team_id": False})
        batch._route()
        self.assertEqual(batch.mapped("team_id.company_id"), self.company_a | self.company_b)

    def test_no_rule(self):
        """The team that it came to keeps it, else the first one of the company; a company without teams has none."""
        self.assertEqual(self._arrive(team_id=self.team_2.id).team_id, self.team_2)
        self.team.sequence, self.team_2.sequence = 5, 1
        self.assertEqual(self._arrive().team_id, self.team_2)
        self.assertEqual(self._arrive(company_id=self.company_b.id).team_id, self.team_b)
        self.env["leather.complaint.team"].search([("company_id", "in", (self.company_b.id, False))]).active = False
        self.assertFalse(self._arrive(company_id=self.company_b.id).team_id)

    def test_language_and_workload(self):
        """The member who reads the language and has the least to do; facts say so."""
        second = self.agent_2.copy({"login": "cpl_agent_3", "name": "Yacine"})
        self.team_2.membership_ids = [Command.create({"user_id": second.id, "lang_fr": True})]
        self._rule()
        first, other = self._arrive(language="fr"), self._arrive(language="fr")
        self.assertEqual(first.user_id | other.user_id, self.agent_2 | second)
        self.assertEqual(self._arrive(language="ar").user_id, self.arabic)
        third = self._arrive(language="fr")
        third.stage_id = self.stage_resolved
        self.assertEqual(self._arrive(language="fr").user_id, third.user_id)
        self.assertIn("Rule “Rule” matched.", first.route_reason)
        self.assertIn("had the least open complaints", first.route_reason)
        self.assertIn("French", first.route_reason)

    def test_nobody_reads_it(self):
        """No member reads the language: somebody gets it all the same."""
        self._rule()
        self.team_2.membership_ids.filtered(lambda member: member.user_id == self.arabic).unlink()
        self.assertEqual(self._arrive(language="ar").user_id, self.agent_2)

    def test_spread_in_a_batch(self):
        """A batch is spread over the team, not given to whoever was free before it."""
        self._rule(family=False)
        batch = (
            self.env["leather.complaint"]
            .with_context(leather_ai_writes=True)
            .create([{"subject": str(n), "company_id": self.company_a.id} for n in range(6)])
        )
        self.assertEqual(len(batch.filtered(lambda one: one.user_id == self.agent_2)), 3)
        self.assertEqual(len(batch.filtered(lambda one: one.user_id == self.arabic)), 3)

    def test_person_of_the_rule(self):
        self._rule(user_id=self.leader.id)
        complaint = self._arrive()
        self.assertEqual(complaint.user_id, self.leader)
        self.assertIn(self.leader.name, complaint.route_reason)

    def test_who_may_not_take_it(self):
        """Archived people and people of other companies get nothing."""
        self._rule()
        self.arabic.active = False
        self.agent_2.write({"company_ids": [Command.set(self.company_b.ids)], "company_id": self.company_b.id})
        self.assertFalse(self._arrive(language="ar").user_id)

    def test_person_decides(self):
        """What a person has chosen stays, whatever is found out later."""
        rule = self._rule(family="Q", user_id=self.leader.id)
        complaint = self._arrive()
        complaint.with_user(self.manager).write({"team_id": self.team.id, "user_id": self.agent.id})
        complaint.with_context(leather_ai_writes=True).category_id = self._category("Q1")
        self.assertEqual((complaint.team_id, complaint.user_id), (self.team, self.agent))
        filed = self._complain(category_id=self._category("Q1").id)
        self.assertEqual(filed.team_id, self.team)
        complaint.with_user(self.manager).action_route()
        self.assertEqual((complaint.team_id, complaint.user_id), (self.team_2, rule.user_id))

    def test_found_out_later(self):
        """The category is found later: it moves on, as long as nobody has answered."""
        self._rule(family="D", user_id=self.leader.id)
        complaint, answered = self._arrive(team_id=self.team.id), self._arrive(team_id=self.team.id)
        answered.action_answered_by_phone()
        for one in (complaint, answered):
            one.with_context(leather_ai_writes=True).category_id = self._category("D1")
        self.assertEqual((complaint.team_id, complaint.user_id), (self.team_2, self.leader))
        self.assertEqual(answered.team_id, self.team)

    def test_member_keeps_it(self):
        """Routed again within the team: whoever has it keeps it."""
        self._rule()
        complaint = self._arrive(language="fr")
        self._arrive(language="fr")
        complaint.with_context(leather_ai_writes=True).severity = "3"
        self.assertEqual(complaint.user_id, self.agent_2)

    def test_query_count(self):
        """Routing costs the same number of searches for ten complaints as for a hundred."""
        self._rule(family="D")
        complaints = self._arrive()
        for number in range(100):
            complaints |= self._arrive(language=("fr", "ar")[number % 2])

        def route(batch):
            batch.write({"route_facts": [["rule", "same"]]})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batch._route()
            return self.env.cr.sql_log_count - before

        self.assertEqual(route(complaints[:10]), route(complaints[:100]))


@tagged("post_install", "-at_install")
class TestComplaintTeam(ComplaintCase):
    def test_members(self):
        """Members can be set as people; the languages of those who stay are kept."""
        self.team.membership_ids.lang_ar = True
        self.team.member_ids = self.agent | self.agent_2
        self.assertEqual(self.team.membership_ids.user_id, self.agent | self.agent_2)
        self.assertTrue(self.team.membership_ids.filtered(lambda member: member.user_id == self.agent).lang_ar)
        self.team.member_ids = self.agent_2
        self.assertEqual(self.team.membership_ids.user_id, self.agent_2)
        self.assertEqual(
            self.env["leather.complaint.team"].search([("member_ids", "in", self.agent_2.ids)]), self.team | self.team_2
        )

    def test_counts(self):
        self._complain(severity="4", user_id=self.agent.id)
        self._complain(stage_id=self.stage_resolved.id)
        lonely = self._complain(severity="2")
        lonely.user_id = False
        self.team.invalidate_recordset()
        self.assertEqual(
            (self.team.open_count, self.team.unassigned_count, self.team.safety_count, self.team.late_count),
            (2, 1, 1, 2),
        )
        self.assertEqual(self.team_2.open_count, 0)

    def test_alias(self):
        """Mails to the team's address become its complaints, also after it has moved to another company."""
        self.assertEqual(self.team.alias_id.alias_model_id.model, "leather.complaint")
        self.assertIn(str(self.company_a.id), self.team.alias_defaults)
        team = self.env["leather.complaint.team"].create({"name": "Moving", "company_id": self.company_a.id})
        team.company_id = self.company_b
        self.assertEqual(team.alias_defaults, str({"team_id": team.id, "company_id": self.company_b.id}))

    def test_shipped_alias(self):
        """The address of the shipped team is taken already: the addon installs all the same."""
        team = self.env["leather.complaint.team"].create({"name": "New", "company_id": self.company_a.id})
        self.env["ir.model.data"].create(
            {"module": "leather_crm_ai", "name": "team_probe", "model": team._name, "res_id": team.id}
        )
        team._give_alias("leather_crm_ai.team_probe", "cpl-claims")
        self.assertFalse(team.alias_name)
        team._give_alias("leather_crm_ai.team_probe", "cpl-probe")
        self.assertEqual(team.alias_name, "cpl-probe")
