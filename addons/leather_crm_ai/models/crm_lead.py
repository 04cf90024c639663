from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.misc import format_datetime, formatLang
from odoo.tools.sql import column_exists, create_column

GRADES = [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")]
LOG_STEP = 1.0  # percentage points a score must move before it is written to the record of predictions again
STORED_SCORE_COLUMNS = (
    ("ai_grade", "varchar"),
    ("ai_reasons", "jsonb"),
    ("ai_version_id", "int4"),
    ("ai_scored_on", "timestamp"),
    ("ai_status", "varchar"),
    ("ai_trend", "float8"),
    ("ai_logged_probability", "float8"),
)


class CrmLead(models.Model):
    """Scores of the live model through Odoo's own seam: ``automated_probability`` is ours where a model applies.

    Everything that Odoo does with the automated probability (kanban, forecast, assignment, a probability set by
    hand) keeps working, and uninstalling gives Odoo's own scoring back.
    """

    _inherit = "crm.lead"

    ai_grade = fields.Selection(
        GRADES,
        "Grade",
        compute="_compute_probabilities",
        store=True,
        copy=False,
        help="A: call first. The bounds are set on the AI model's page.",
    )
    ai_reasons = fields.Json(compute="_compute_probabilities", store=True, copy=False)
    ai_version_id = fields.Many2one(
        "leather.ai.version",
        "Scored by",
        compute="_compute_probabilities",
        store=True,
        copy=False,
        ondelete="set null",  # no index: a nightly update of unindexed columns touches none of the lead's indexes
    )
    ai_scored_on = fields.Datetime("Scored on", compute="_compute_probabilities", store=True, copy=False)
    ai_status = fields.Selection(
        [("scored", "Scored"), ("unfamiliar", "Not scored: unlike the leads of the past")],
        "AI status",
        compute="_compute_probabilities",
        store=True,
        copy=False,
    )
    ai_trend = fields.Float(
        "Change of score",
        readonly=True,
        copy=False,
        digits=(5, 1),
        aggregator=None,
        help="Percentage points since the score before.",
    )
    ai_logged_probability = fields.Float(readonly=True, copy=False, aggregator=None)
    ai_win_rate = fields.Float(
        "Win rate (%)",
        compute="_compute_ai_win_rate",
        store=True,
        aggregator="avg",
        help="100 for a won lead, 0 for a lost one: its average is the win rate.",
    )
    ai_reasons_html = fields.Html("Why", compute="_compute_ai_reasons_html", sanitize=False)
    ai_scored_title = fields.Char("AI score", compute="_compute_ai_scored_title")
    ai_scored_note = fields.Char("AI remark", compute="_compute_ai_scored_title")
    ai_not_scored = fields.Char("Not scored", compute="_compute_ai_not_scored")

    def _auto_init(self):
        # Columns made here are not computed for every lead at installation: nothing is scored before a model is live.
        for name, kind in STORED_SCORE_COLUMNS:
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, kind)
        if not column_exists(self.env.cr, self._table, "ai_win_rate"):
            create_column(self.env.cr, self._table, "ai_win_rate", "float8")
            self.env.cr.execute(
                "UPDATE crm_lead SET ai_win_rate = CASE won_status WHEN 'won' THEN 100 ELSE 0 END"
                " WHERE won_status IN ('won', 'lost')"
            )
        return super()._auto_init()

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends(lambda self: ["stage_id", "team_id", *self._pls_get_safe_fields(), *self._get_ai_watched_fields()])
    def _compute_probabilities(self):
        scores = self._get_ai_scores()
        result = super(CrmLead, self.with_context(leather_scores=scores))._compute_probabilities()
        now = fields.Datetime.now()
        for lead in self:
            lead._assign_ai_score(scores.get(lead.id), now)
        return result

    @api.depends("won_status")
    def _compute_ai_win_rate(self):
        for lead in self:
            lead.ai_win_rate = 100.0 if lead.won_status == "won" else 0.0

    @api.depends("ai_reasons", "ai_version_id")
    @api.depends_context("lang", "uid")
    def _compute_ai_reasons_html(self):
        words = self.env["leather.lead.words"]
        for lead in self:
            lead.ai_reasons_html = words._render_html(words._get_reasons(lead))

    @api.depends("ai_status", "automated_probability", "ai_trend", "ai_scored_on", "ai_version_id")
    @api.depends_context("lang", "tz")
    def _compute_ai_scored_title(self):
        for lead in self:
            if lead.ai_status != "scored":
                lead.ai_scored_title = lead.ai_scored_note = False
                continue
            lead.ai_scored_title = self.env._(
                "Why the AI says %(chance)s %%, grade %(grade)s",
                chance=formatLang(self.env, lead.automated_probability, digits=0),
                grade=lead.ai_grade,
            )
            lead.ai_scored_note = lead._get_ai_scored_note()

    @api.depends("ai_status", "ai_version_id", "team_id", "company_id", "won_status")
    @api.depends_context("lang")
    def _compute_ai_not_scored(self):
        for lead in self:
            lead.ai_not_scored = lead._get_ai_not_scored_reason()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        if not self.env.context.get("leather_no_snapshot"):
            leads._plan_ai_work("creation")
        return leads

    def write(self, vals):
        before = {lead.id: lead.stage_id for lead in self} if vals.get("stage_id") else {}
        result = super().write(vals)
        if before:
            self.filtered(lambda lead: before.get(lead.id) != lead.stage_id)._plan_ai_work("stage")
        if self._is_ai_score_touched(vals):
            self._plan_ai_work("score")
            self._note_human_probability(vals)
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_ai_plan_call(self):
        """Plan a call for today for each lead, with the strongest reasons as its note."""
        words = self.env["leather.lead.words"]
        for lead in self:
            reasons = words._get_reasons(lead)
            lead.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=fields.Date.context_today(self),
                summary=self.env._("Call first"),
                note=words._render_html(reasons[:3]) or "",
                user_id=lead.user_id.id or self.env.uid,
            )

    def prepare_pls_tooltip_data(self):
        """Core's tooltip, with our reasons where our model gave the score.

        :return: core's dict, plus ``ai_reasons`` (list of dicts with text and for_win), ``ai_version`` (its name)
            and ``ai_note`` (why there is no score of ours), each absent when it does not apply.
        """
        data = super().prepare_pls_tooltip_data()
        if self.ai_status == "scored" and self._is_ai_open():
            data["ai_reasons"] = self.env["leather.lead.words"]._get_reasons(self)
            data["ai_version"] = self.sudo().ai_version_id.name  # sudo: the name of the version, nothing else
            data["probability"] = self.automated_probability
        elif note := self.ai_not_scored:
            data["ai_note"] = note
        return data

    # ------------------------------------------------------------
    # The seam
    # ------------------------------------------------------------

    def _pls_get_naive_bayes_probabilities(self, batch_mode=False, is_tooltip=False):
        """Odoo's own probabilities, ours where a live model scores the lead."""
        scores = self.env.context.get("leather_scores")
        if scores is None:
            scores = self._get_ai_scores()
        rest = self if is_tooltip else self.filtered(lambda lead: lead.id not in scores or scores[lead.id] is None)
        result = super(CrmLead, rest)._pls_get_naive_bayes_probabilities(batch_mode, is_tooltip)
        probabilities, tooltip = result or ({}, {})
        for lead_id, score in scores.items():
            if score and score.probability is not None:
                probabilities[lead_id] = score.probability
                if is_tooltip:
                    tooltip["probability"] = score.probability
        return probabilities, tooltip

    @api.model
    def _get_ai_watched_fields(self):
        # sudo: read while the registry is built, no user is there
        names = self.env["ir.config_parameter"].sudo().get_param("leather_crm_ai.watched_fields") or ""
        return [name for name in names.split(",") if name in self._fields and name not in ("lead_properties",)]

    def _is_ai_open(self):
        """Neither won nor lost. Not read from ``won_status``, which depends on what is being computed."""
        self.ensure_one()
        return bool(self.active and self.stage_id and not self.stage_id.is_won)

    def _is_ai_closed(self):
        self.ensure_one()
        return not self.active or self.stage_id.is_won

    def _get_ai_company_id(self):
        """The company whose model is in charge: the lead's, or the one that takes leads without a company."""
        return self.company_id.id or self.env["leather.ai.model"]._get_shared_company_id()

    def _get_ai_scores(self):
        """Scores of the open leads in self that a live model is in charge of.

        :return: dict lead id -> Score (see leather.lead.scoring); a lead nobody scores is absent
        """
        scopes = self.env["leather.ai.model"]._get_live_scopes()
        if not scopes or not self:
            return {}
        scores = {}
        wanted = self.filtered(lambda lead: lead._is_ai_open() and lead._get_ai_company_id() in scopes)
        for company_id, leads in wanted.grouped(lambda lead: lead._get_ai_company_id()).items():
            scope = scopes[company_id]
            mine = leads.filtered(lambda lead, teams=scope["team_ids"]: not teams or lead.team_id.id in teams)
            scores.update(self.env["leather.lead.scoring"]._score_records(mine, scope))
        return scores

    def _assign_ai_score(self, score, now):
        """Write a score's details; a closed lead keeps the ones it had when it was open."""
        if score is None:
            if not self._is_ai_closed():
                self.ai_grade = self.ai_reasons = self.ai_version_id = self.ai_scored_on = self.ai_status = False
            else:
                for name in ("ai_grade", "ai_reasons", "ai_version_id", "ai_scored_on", "ai_status"):
                    self[name] = self._origin[name]
            return
        self.ai_status = score.status
        self.ai_version_id = score.version_id
        self.ai_grade = score.grade
        self.ai_reasons = score.reasons
        self.ai_scored_on = now

    def _get_ai_scored_note(self):
        """Where the score comes from, how it moved, and who decides."""
        parts = [
            self.env._(
                "%(version)s, %(when)s.",
                version=self.sudo().ai_version_id.name,  # sudo: the name of the version, nothing else
                when=format_datetime(self.env, self.ai_scored_on),
            )
        ]
        if self.ai_trend:
            points = formatLang(self.env, abs(self.ai_trend), digits=0)
            parts.append(
                self.env._("Up %s points since the score before.", points)
                if self.ai_trend > 0
                else self.env._("Down %s points since the score before.", points)
            )
        parts.append(self.env._("The AI advises, you decide: the chance can be set by hand at any time."))
        return " ".join(parts)

    def _get_ai_not_scored_reason(self):
        """Why the shown chance is Odoo's own, in words; False when it is ours."""
        self.ensure_one()
        if not self._is_ai_open() or self.ai_status == "scored":
            return False
        if self.ai_status == "unfamiliar":
            return self.env._(
                "Not scored: this lead is unlike the leads the model has learned from. Odoo's own chance is shown."
            )
        company_id = self._get_ai_company_id()
        # sudo: one sentence about the state of the model, for people without access to the AI menu
        model = (
            self.env["leather.ai.model"]
            .sudo()
            .search([("task", "=", "lead_scoring"), ("company_id", "=", company_id)], limit=1)
        )
        if not model:
            return False
        if model.live_version_id and model.team_ids and self.team_id not in model.team_ids:
            return self.env._("Not scored: the AI is being tried with other teams first. Odoo's own chance is shown.")
        if not model.live_version_id:
            if model.missing_won or model.missing_lost:
                return self.env._("Not scored: %s", model._get_missing_message())
            return self.env._("Not scored: no model has been published yet. Odoo's own chance is shown.")
        return self.env._("Not scored yet. Odoo's own chance is shown.")

    # ------------------------------------------------------------
    # Record of predictions
    # ------------------------------------------------------------

    def _plan_ai_work(self, kind):
        """Note leads whose snapshot or prediction is due; all of them are done at once before the commit.

        Doing it at each write would compute scores one by one that Odoo computes together later.
        """
        planned = self.env.cr.precommit.data.setdefault("leather_crm_ai.leads", {})
        if not planned:
            # sudo: snapshots and predictions are kept whoever saves the lead; nobody may write them by hand
            self.env.cr.precommit.add(self.browse().sudo()._do_ai_work)
        planned.setdefault(kind, set()).update(self.ids)

    @api.model
    def _do_ai_work(self):
        """Take the snapshots and append the predictions that :meth:`_plan_ai_work` noted."""
        planned = self.env.cr.precommit.data.pop("leather_crm_ai.leads", {})
        snapshots = self.env["leather.lead.snapshot"]
        created = self.browse(planned.get("creation", ())).exists()
        snapshots._take(created, "creation")
        moved = self.browse(planned.get("stage", ())).exists() - created
        snapshots._take(moved.filtered(lambda lead: lead._is_ai_open()), "stage")
        self.browse(set().union(*planned.values())).exists()._log_ai_predictions()

    def _is_ai_score_touched(self, vals):
        return not {"stage_id", "team_id", "active", "probability", *self._get_ai_watched_fields()}.isdisjoint(vals)

    def _log_ai_predictions(self):
        """Append the present scores to the record of predictions where they moved enough to matter."""
        if not self.env["leather.ai.model"]._get_live_scopes():
            return
        moved = self.filtered(
            lambda lead: (
                lead.ai_status == "scored"
                and lead._is_ai_open()
                and (
                    not lead.ai_logged_probability
                    or abs(lead.automated_probability - lead.ai_logged_probability) >= LOG_STEP
                )
            )
        )
        if not moved:
            return
        self.env["leather.ai.prediction"]._append([lead._get_prediction_values() for lead in moved])
        for lead in moved:
            if lead.ai_logged_probability:
                lead.ai_trend = lead.automated_probability - lead.ai_logged_probability
            lead.ai_logged_probability = lead.automated_probability

    def _get_prediction_values(self):
        return {
            "lead_id": self.id,
            "model_id": self.ai_version_id.model_id.id,
            "version_id": self.ai_version_id.id,
            "company_id": self.ai_version_id.company_id.id,
            "team_id": self.team_id.id,
            "score": self.automated_probability,
            "grade": self.ai_grade,
            "reasons": self.ai_reasons,
        }

    def _note_human_probability(self, vals):
        """Keep what a person put in place of the latest prediction."""
        if not 0 < vals.get("probability", 0) < 100:
            return
        for lead in self.filtered(lambda lead: lead.ai_status == "scored" and lead._is_ai_open()):
            if float_compare(lead.probability, lead.automated_probability, precision_digits=2):
                # sudo: the record of predictions takes this one remark from whoever set the probability
                last = (
                    self.env["leather.ai.prediction"]
                    .sudo()
                    .search([("lead_id", "=", lead.id), ("outcome", "=", False)], limit=1)
                )
                last.write({"human_probability": lead.probability, "human_user_id": self.env.uid})
