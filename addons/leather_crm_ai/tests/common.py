"""Shared ground for the addon's tests: two companies with their own teams, people, leads and models."""

import base64
import json
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

from ..models import leather_ai_version

NOW = datetime(2026, 6, 1, 12, 0, 0)
# Trained once, used by every class: the inputs refer to records that exist in every database.
_artifacts = {}


def _vals_of(index, rng, sources, countries):
    """Values of one made lead, and whether it is won: source and phone decide, with noise."""
    source = rng.randrange(len(sources))
    phone = rng.random() < 0.6
    revenue = rng.choice([0, 5_000, 20_000, 90_000])
    score = -1.0 + 2.2 * (source == 0) - 1.4 * (source == 1) + 1.5 * phone - 1.2 * (revenue == 90_000)
    values = {
        "name": f"Lead {index} {rng.choice(['tender', 'boots', 'sample'])}",
        "type": "opportunity",
        "source_id": sources[source].id,
        "country_id": countries[index % len(countries)].id,
        "phone": "+213555123456" if phone else False,
        "expected_revenue": revenue,
    }
    return values, score + rng.gauss(0, 0.6) > 0


class LeatherCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **cls._quiet))
        # a database that people use has live models of its own; they are out of these stories
        cls.env["leather.ai.model"].search([]).write({"active": False})
        cls.company_a = cls.env["res.company"].create({"name": "Factory A", "country_id": cls.env.ref("base.dz").id})
        cls.company_b = cls.env["res.company"].create({"name": "Factory B"})
        companies = cls.company_a | cls.company_b
        cls.env.user.write({"company_ids": [fields.Command.link(company.id) for company in companies]})
        cls.model_a, cls.model_b = (cls._get_model(company) for company in companies)
        cls.team_a, cls.team_a2, cls.team_b = cls.env["crm.team"].create(
            [
                {"name": "North", "company_id": cls.company_a.id, "use_opportunities": True},
                {"name": "South", "company_id": cls.company_a.id, "use_opportunities": True},
                {"name": "Other", "company_id": cls.company_b.id, "use_opportunities": True},
            ]
        )
        cls.sources = cls.env["utm.source"].search([], limit=3, order="id")
        cls.countries = cls.env["res.country"].search([], limit=3, order="id")
        cls.stage_new, cls.stage_next = cls.env["crm.stage"].search([("is_won", "=", False)], limit=2)
        cls.stage_won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls._make_users()

    _quiet = {
        "tracking_disable": True,
        "mail_create_nosubscribe": True,
        "mail_create_nolog": True,
        "mail_notrack": True,
        "no_reset_password": True,
    }

    @classmethod
    def _get_model(cls, company):
        return cls.env["leather.ai.model"].search([("company_id", "=", company.id), ("task", "=", "lead_scoring")])

    @classmethod
    def _make_users(cls):
        def user(login, groups, company=cls.company_a):
            return new_test_user(cls.env, login, groups, company_id=company.id, company_ids=[(6, 0, company.ids)])

        cls.user_sales = user("ltr_sales", "sales_team.group_sale_salesman")
        cls.user_sales_manager = user("ltr_sales_manager", "sales_team.group_sale_manager")
        cls.user_planner = user("ltr_planner", "stock.group_stock_user")
        cls.user_ai = user("ltr_ai", "sales_team.group_sale_manager,leather_crm_ai.group_ai_manager")
        cls.user_portal = user("ltr_portal", "base.group_portal")
        cls.user_outsider = user("ltr_outsider", "base.group_user")
        cls.user_ai_b = user("ltr_ai_b", "sales_team.group_sale_manager,leather_crm_ai.group_ai_manager", cls.company_b)

    # ------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------

    @classmethod
    def _make_closed(cls, count, company=None, team=None, seed=1, snapshots=True):
        """Closed leads with a learnable story, created in the past, oldest first."""
        company, team = company or cls.company_a, team or cls.team_a
        rng = random.Random(seed)
        vals_list, won = [], []
        for index in range(count):
            values, is_won = _vals_of(index, rng, cls.sources, cls.countries)
            won.append(is_won)
            vals_list.append(
                {**values, "company_id": company.id, "team_id": team.id, "user_id": False, **cls._close(is_won)}
            )
        leads = cls.env["crm.lead"].with_context(leather_no_snapshot=True).create(vals_list)
        created = {lead.id: NOW - timedelta(days=count - rank) for rank, lead in enumerate(leads)}
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = moved.day, date_closed = moved.day + interval '20 days'"
            " FROM unnest(%s, %s::timestamp[]) AS moved(id, day) WHERE crm_lead.id = moved.id",
            [list(created), list(created.values())],
        )
        leads.invalidate_recordset()
        if snapshots:
            cls.env["leather.lead.snapshot"]._take(leads, "import", created)  # their stage of the time is not known
        return leads

    @classmethod
    def _close(cls, is_won):
        if is_won:
            return {"stage_id": cls.stage_won.id, "probability": 100}
        return {"stage_id": cls.stage_new.id, "probability": 0, "active": False}

    @classmethod
    def _make_open(cls, count, company=None, team=None, seed=2):
        company, team = company or cls.company_a, team or cls.team_a
        rng = random.Random(seed)
        vals_list = [
            {
                **_vals_of(index, rng, cls.sources, cls.countries)[0],
                "company_id": company.id,
                "team_id": team.id,
                "user_id": False,
                "stage_id": cls.stage_new.id,
            }
            for index in range(count)
        ]
        leads = cls.env["crm.lead"].create(vals_list)
        cls._settle()
        return leads

    @classmethod
    def _settle(cls):
        """What a commit does before it commits: snapshots are taken, predictions appended."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    # ------------------------------------------------------------
    # Models
    # ------------------------------------------------------------

    @classmethod
    def _train(cls, model, key=None):
        """A version trained in this process (the subprocess has tests of its own); ``key``: train once for all."""
        if key not in _artifacts:
            _artifacts[key] = cls._train_now(model)
        data, result = _artifacts[key]
        run = cls.env["leather.ai.run"].create({"model_id": model.id, "state": "running"})
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "artifact.zip").write_bytes(data)
            version = cls.env["leather.ai.version"]._create_from_result(run, result, Path(folder))
        run.write({"state": "done", "version_id": version.id})
        if key is None:
            _artifacts.pop(None)
        return version

    @classmethod
    def _train_now(cls, model):
        from ..engine.training import TrainingConfig, train_leads

        table, won, when, lead = model._get_training_rows()
        config = TrainingConfig.from_mapping({**model._get_training_config(), "bootstrap_repeats": 20})
        result = train_leads(table, won, when, lead, config=config)
        return result.artifact(), json.loads(json.dumps(result.report))

    @classmethod
    def _go_live(cls, model=None, key="story"):
        """A live version of the story that :meth:`_make_closed` tells."""
        model = model or cls.model_a
        if not model._count_closed()[0]:
            cls._make_closed(300, company=model.company_id, team=cls.team_b if model == cls.model_b else cls.team_a)
        version = cls._train(model, key)
        version._publish(cls.env.user)
        return version

    @staticmethod
    def _forget_scorers():
        """As if the worker had been restarted."""
        leather_ai_version._scorers.clear()

    @staticmethod
    def _encode(data):
        return base64.b64encode(data)
