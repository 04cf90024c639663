from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from .leather_ai_feature import DEFAULT_FEATURES, DERIVED_FEATURES

MIN_CLOSED = 40


class LeatherAiModel(models.Model):
    """What the AI predicts for one company: the task, its inputs, its pilot, its thresholds, its schedule.

    A model owns its versions (what was learned) and runs (how it was learned). At most one version is live.
    """

    _name = "leather.ai.model"
    _description = "AI Model"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True,
        tracking=True,
        help="Archive the model to switch this AI off: Odoo's own behaviour comes back at once.",
    )
    task = fields.Selection(
        [("lead_scoring", "Lead scoring"), ("complaint", "Complaint sorting")], required=True, default="lead_scoring"
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    include_shared = fields.Boolean(
        "Also leads without a company",
        help="Leads that belong to no company are learned from and scored by this model.",
    )
    team_ids = fields.Many2many(
        "crm.team",
        string="Pilot teams",
        check_company=True,
        tracking=True,
        help="Only leads of these teams are scored by the model; everywhere else Odoo's own scoring stays. "
        "Empty: every team.",
    )
    pilot_start = fields.Date(
        "Pilot since",
        tracking=True,
        help="The comparison of before and after starts here. Filled in at the first publication.",
    )
    feature_ids = fields.One2many("leather.ai.feature", "model_id", string="Inputs", copy=True)
    version_ids = fields.One2many("leather.ai.version", "model_id", string="Versions")
    run_ids = fields.One2many("leather.ai.run", "model_id", string="Training runs")
    live_version_id = fields.Many2one(
        "leather.ai.version", string="Live version", compute="_compute_live_version_id", store=True
    )
    version_count = fields.Integer(compute="_compute_counts")
    run_count = fields.Integer(compute="_compute_counts")

    grade_a = fields.Float("Grade A from (%)", default=60.0, digits=(5, 2))
    grade_b = fields.Float("Grade B from (%)", default=35.0, digits=(5, 2))
    grade_c = fields.Float("Grade C from (%)", default=15.0, digits=(5, 2))
    min_domain = fields.Float(
        "Familiar input needed (%)",
        default=50.0,
        digits=(5, 2),
        help="A lead is left to Odoo's own scoring when less than this share of what the model looks at was "
        "seen in training.",
    )
    auto_publish = fields.Boolean(
        "Publish by itself",
        default=True,
        tracking=True,
        help="A new version that passes every check goes live without a click. Otherwise it waits for a manager.",
    )
    train_every = fields.Integer("Train every (days)", default=7, help="0: only when someone clicks Train now.")
    train_next = fields.Date("Next training", default=fields.Date.context_today)
    timeout_minutes = fields.Integer("Give up after (minutes)", default=30)
    memory_mib = fields.Integer("Memory of the training (MiB)", default=3072)

    won_count = fields.Integer("Won leads", compute="_compute_closed_counts")
    lost_count = fields.Integer("Lost leads", compute="_compute_closed_counts")
    missing_won = fields.Integer(compute="_compute_closed_counts")
    missing_lost = fields.Integer(compute="_compute_closed_counts")
    status = fields.Selection(
        [
            ("collecting", "Collecting data"),
            ("ready", "Ready to train"),
            ("training", "Training"),
            ("waiting", "Waiting for approval"),
            ("live", "Live"),
            ("decayed", "Live, quality falling"),
        ],
        compute="_compute_status",
    )
    status_message = fields.Char(compute="_compute_status")
    live_number = fields.Integer("Live version number", related="live_version_id.number")
    auc = fields.Float("AUC at training", related="live_version_id.auc", digits=(4, 3))
    published_on = fields.Datetime("Published on", related="live_version_id.published_on")

    monitored_on = fields.Datetime("Quality checked on", readonly=True, copy=False)
    live_count = fields.Integer("Outcomes since publication", readonly=True, copy=False)
    live_auc = fields.Float("Live AUC", readonly=True, copy=False, digits=(4, 3))
    live_logloss = fields.Float("Live log loss", readonly=True, copy=False, digits=(4, 3))
    live_ece = fields.Float("Live calibration error", readonly=True, copy=False, digits=(4, 3))
    live_won_rate = fields.Float("Live win rate (%)", readonly=True, copy=False, digits=(5, 1))
    drift_max = fields.Float("Largest input drift (PSI)", readonly=True, copy=False, digits=(5, 3))
    drift_feature = fields.Char("Input that drifted most", readonly=True, copy=False)
    is_decayed = fields.Boolean("Quality falling", readonly=True, copy=False)

    rescore_cursor = fields.Integer(readonly=True, copy=False, help="Last lead done by an unfinished rescoring.")
    rescored_on = fields.Datetime("Leads rescored on", readonly=True, copy=False)

    _task_company_uniq = models.UniqueIndex(
        "(task, company_id) WHERE active", "A company has one active model for each task."
    )

    @api.depends("version_ids.state")
    def _compute_live_version_id(self):
        for model in self:
            model.live_version_id = model.version_ids.filtered(lambda version: version.state == "live")[:1]

    def _compute_counts(self):
        for model in self:
            model.version_count = len(model.version_ids)
            model.run_count = len(model.run_ids)

    def _compute_closed_counts(self):
        for model in self:
            won, lost = model._count_closed() if model.task == "lead_scoring" else (0, 0)
            model.won_count, model.lost_count = won, lost
            needed = MIN_CLOSED if model.task == "lead_scoring" else 0
            model.missing_won = max(0, needed - won)
            model.missing_lost = max(0, needed - lost)

    @api.depends("live_version_id", "version_ids.state", "run_ids.state", "is_decayed")
    @api.depends_context("lang")
    def _compute_status(self):
        for model in self:
            model.status = model._get_status()
            model.status_message = model._get_status_message()

    @api.constrains("grade_a", "grade_b", "grade_c")
    def _check_grades(self):
        for model in self:
            if not 100 > model.grade_a > model.grade_b > model.grade_c > 0:
                raise ValidationError(
                    self.env._(
                        "The bounds of the grades must fall from A to C, between 100 % and 0 %: 60, 35, 15, say."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for model in records.filtered(lambda m: m.task == "lead_scoring" and not m.feature_ids):
            model._add_default_features()
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self._MONITORING_FIELDS.issuperset(vals):
            self.env.registry.clear_cache()
        if {"team_ids", "active", "grade_a", "grade_b", "grade_c", "min_domain"} & vals.keys():
            self.filtered(lambda model: model.task == "lead_scoring")._trigger_rescore()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # Written every night; nothing that scoring reads from its cache.
    _MONITORING_FIELDS = frozenset(
        {
            "monitored_on",
            "live_count",
            "live_auc",
            "live_logloss",
            "live_ece",
            "live_won_rate",
            "drift_max",
            "drift_feature",
            "is_decayed",
            "rescore_cursor",
            "rescored_on",
            "train_next",
            "live_accuracy",
            "live_automatic_count",
            "live_automatic_error",
        }
    )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_train(self):
        """Queue a training run and wake the cron; return the run's form, where its progress shows.

        :raises UserError: too few closed leads, with how many are missing.
        """
        self.ensure_one()
        self.check_access("write")
        run = self._queue_training(requested_by=self.env.user)
        return run._get_form_action()

    def action_roll_back(self):
        """Make the version that was live before the present one live again.

        :raises UserError: there is no earlier version.
        """
        self.ensure_one()
        self.check_access("write")
        previous = self.version_ids.filtered(
            lambda version: version.state == "archived" and version.published_on and version.has_artifact
        ).sorted("published_on", reverse=True)[:1]
        if not previous:
            raise UserError(self.env._("There is no earlier version to go back to."))
        previous.action_publish()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Version %(number)s is live again.", number=previous.number),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_rescore(self):
        """Rescore all open leads of the model in the background, starting now."""
        self.check_access("write")
        self._trigger_rescore()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self.env._("All open leads are rescored within the next minutes.")},
        }

    def action_open_versions(self):
        """Open the versions of this model."""
        return self._get_list_action("leather_crm_ai.action_leather_ai_version")

    def action_open_runs(self):
        """Open the training runs of this model."""
        return self._get_list_action("leather_crm_ai.action_leather_ai_run")

    def action_open_predictions(self):
        """Open the record of this model's predictions."""
        return self._get_list_action("leather_crm_ai.action_leather_ai_prediction")

    def _get_list_action(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(xmlid)
        action["domain"] = [("model_id", "=", self.id)]
        action["context"] = {"default_model_id": self.id}
        return action

    # ------------------------------------------------------------
    # Task
    # ------------------------------------------------------------

    def _get_task(self):
        """What is particular to this model's kind of prediction, see ``leather.ai.task``."""
        self.ensure_one()
        return self.env[f"leather.ai.task.{self.task}"]

    # ------------------------------------------------------------
    # State in words
    # ------------------------------------------------------------

    def _get_status(self):
        self.ensure_one()
        if any(run.state in ("queued", "running") for run in self.run_ids):
            return "training"
        if self.live_version_id:
            return "decayed" if self.is_decayed else "live"
        if any(version.state == "candidate" for version in self.version_ids):
            return "waiting"
        return "ready" if self._get_task()._is_ready(self) else "collecting"

    def _get_status_message(self):
        self.ensure_one()
        if self.status == "collecting":
            return self._get_missing_message()
        return {
            "training": self.env._("A training is under way. The live version keeps serving."),
            "waiting": self.env._("A new version passed its checks and waits for a manager to publish it."),
            **self._get_task()._get_status_messages(self),
        }[self.status]

    def _get_missing_message(self):
        self.ensure_one()
        return self._get_task()._get_missing_message(self)

    # ------------------------------------------------------------
    # Scope
    # ------------------------------------------------------------

    def _get_company_domain(self):
        """The leads a model may learn from and score: those of its company, never another's."""
        self.ensure_one()
        companies = [self.company_id.id, False] if self.include_shared else [self.company_id.id]
        return [("company_id", "in", companies)]

    def _get_closed_domain(self):
        return self._get_company_domain() + [("won_status", "in", ("won", "lost"))]

    def _get_open_domain(self):
        domain = self._get_company_domain() + [("won_status", "=", "pending"), ("stage_id", "!=", False)]
        if self.team_ids:
            domain.append(("team_id", "in", self.team_ids.ids))
        return domain

    def _count_closed(self):
        self.ensure_one()
        # sudo: the count of closed leads says nothing about any of them, and a salesperson who sees only
        # their own leads must read the same "how many are missing" as the manager
        groups = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(self._get_closed_domain(), ["won_status"], ["__count"])
        )
        counts = dict(groups)
        return counts.get("won", 0), counts.get("lost", 0)

    @api.model
    @ormcache()
    def _get_live_scopes(self):
        """What scoring needs to know of each live lead model, cached until a model or version changes.

        :return: dict company id -> dict of plain values
        """
        scopes = {}
        # sudo: a salesperson's lead is scored although they may not open the AI menu
        for model in self.sudo().search([("task", "=", "lead_scoring")], order="id desc"):
            version = model.live_version_id
            if not version.has_artifact:
                continue
            scope = model._get_scope_values()
            scopes[model.company_id.id] = scope
        return scopes

    @api.model
    @ormcache()
    def _get_shared_company_id(self):
        """The company whose model takes leads that belong to no company; False when none does."""
        # sudo: see _get_live_scopes
        return self.sudo().search([("include_shared", "=", True)], limit=1).company_id.id

    def _get_scope_values(self):
        self.ensure_one()
        return {
            "model_id": self.id,
            "version_id": self.live_version_id.id,
            "checksum": self.live_version_id.checksum,
            "team_ids": frozenset(self.team_ids.ids),
            "bounds": (self.grade_a, self.grade_b, self.grade_c),
            "min_domain": self.min_domain / 100.0,
            "company_id": self.company_id.id,
        }

    # ------------------------------------------------------------
    # Training
    # ------------------------------------------------------------

    def _add_default_features(self):
        self.ensure_one()
        get_field = self.env["ir.model.fields"]._get
        self.feature_ids = [
            fields.Command.create({"sequence": rank, "field_id": get_field("crm.lead", name).id})
            for rank, name in enumerate(DEFAULT_FEATURES)
        ] + [
            fields.Command.create({"sequence": 100 + rank, "source": "derived", "derived": key})
            for rank, key in enumerate(DERIVED_FEATURES)
        ]

    def _queue_training(self, requested_by=None):
        """Queue one run, or return the one already under way.

        :raises UserError: too few closed leads.
        """
        self.ensure_one()
        under_way = self.run_ids.filtered(lambda run: run.state in ("queued", "running"))[:1]
        if under_way:
            return under_way
        if not self._get_task()._is_ready(self):
            raise UserError(self._get_missing_message())
        # sudo: runs are created by this method only, after the access check of the caller
        run = (
            self.env["leather.ai.run"]
            .sudo()
            .create({"model_id": self.id, "requested_by_id": requested_by.id if requested_by else False})
        )
        self.env.ref("leather_crm_ai.ir_cron_train")._trigger()
        return run.sudo(False)

    @api.model
    def _cron_schedule_trainings(self):
        """Queue the trainings that are due. A model with too few labels is simply asked again next time."""
        today = fields.Date.context_today(self)
        for model in self.search([("train_every", ">", 0), ("train_next", "<=", today)]):
            task = model._get_task()
            if task._is_ready(model) and task._is_worth_training(model):
                model._queue_training()
            model.train_next = today + timedelta(days=model.train_every)

    def _trigger_rescore(self):
        if not self:
            return
        self.write({"rescore_cursor": 0})
        self.env.ref("leather_crm_ai.ir_cron_rescore")._trigger()

    def _notify_managers(self, summary, note):
        """One open activity for the model's managers, not one a night."""
        self.ensure_one()
        managers = self.env.ref("leather_crm_ai.group_ai_manager").all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and user.id != self.env.ref("base.user_root").id
        )
        if not managers or self.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        self.activity_schedule(
            "mail.mail_activity_data_warning", summary=summary, note=note, user_id=managers.sorted("id")[0].id
        )
