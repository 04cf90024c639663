import base64
import logging
from collections import OrderedDict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list
from odoo.tools.misc import formatLang, hmac

from ..engine import artifact

_logger = logging.getLogger(__name__)

SCORERS_KEPT = 8
# What this process has loaded and checked, by checksum: loading and checking costs milliseconds, scoring less.
_scorers = OrderedDict()

# What a manager may write by hand; the chatter adds its own fields.
_WRITABLE = frozenset({"note", "message_follower_ids", "message_ids", "message_main_attachment_id"})


class LeatherAiVersion(models.Model):
    """What one training learned: the artifact, its metrics, its card. Its numbers never change once written."""

    _name = "leather.ai.version"
    _description = "AI Model Version"
    _inherit = ["mail.thread"]
    _order = "model_id, number desc"

    name = fields.Char(compute="_compute_name")
    model_id = fields.Many2one("leather.ai.model", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="model_id.company_id", store=True, index=True)
    task = fields.Selection(related="model_id.task")
    number = fields.Integer(readonly=True, required=True, aggregator=None)
    state = fields.Selection(
        [("candidate", "Candidate"), ("live", "Live"), ("archived", "Archived"), ("rejected", "Rejected")],
        default="candidate",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    run_id = fields.Many2one("leather.ai.run", "Training run", readonly=True, ondelete="set null")
    artifact = fields.Binary(attachment=True, readonly=True, groups="leather_crm_ai.group_ai_manager")
    artifact_size = fields.Integer("Size (bytes)", readonly=True, aggregator=None)
    checksum = fields.Char("SHA-256", readonly=True)
    signature = fields.Char(readonly=True, groups="base.group_system")
    has_artifact = fields.Boolean(compute="_compute_has_artifact", store=True)
    unreadable_reason = fields.Char(readonly=True, help="Why the artifact could not be loaded the last time.")

    trained_on = fields.Datetime("Trained on", readonly=True)
    data_from = fields.Date("Leads created from", readonly=True)
    data_to = fields.Date("Leads created until", readonly=True)
    lead_count = fields.Integer("Closed leads", readonly=True, aggregator=None)
    won_rate = fields.Float("Win rate (%)", readonly=True, aggregator=None, digits=(5, 1))
    family = fields.Selection(
        [
            ("logistic", "Regularised logistic regression"),
            ("boosting", "Gradient boosting"),
            ("blend", "Blend of logistic regression and boosting"),
        ],
        "Method",
        readonly=True,
    )
    auc = fields.Float("AUC", readonly=True, aggregator=None, digits=(4, 3))
    logloss = fields.Float("Log loss", readonly=True, aggregator=None, digits=(4, 3))
    ece = fields.Float("Calibration error", readonly=True, aggregator=None, digits=(4, 3))
    lift10 = fields.Float("Lift of the best 10 %", readonly=True, aggregator=None, digits=(4, 2))
    result = fields.Json(readonly=True, help="The trainer's full report.")
    verdict = fields.Char("Checks in words", compute="_compute_verdict")
    is_accepted = fields.Boolean("Passed every check", compute="_compute_verdict")
    published_on = fields.Datetime("Published on", readonly=True, tracking=True)
    published_by_id = fields.Many2one("res.users", "Published by", readonly=True, help="Empty: by itself.")
    note = fields.Html("Remarks", help="What colleagues should know about this version.")

    _number_uniq = models.UniqueIndex("(model_id, number)", "This version number exists already.")
    _one_live = models.UniqueIndex("(model_id) WHERE state = 'live'", "A model has one live version.")

    @api.depends("number", "model_id.name")
    def _compute_name(self):
        for version in self:
            version.name = self.env._(
                "%(model)s, version %(number)s", model=version.model_id.name, number=version.number
            )

    @api.depends("checksum", "artifact_size")
    def _compute_has_artifact(self):
        for version in self:
            version.has_artifact = bool(version.checksum and version.artifact_size)

    @api.depends("state", "result")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for version in self:
            version.verdict = version._get_verdict()
            version.is_accepted = bool((version.result or {}).get("verdict", {}).get("publish"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_live(self):
        if any(version.state == "live" for version in self):
            raise UserError(self.env._("The live version cannot be deleted. Publish another one first."))

    def write(self, vals):
        if not self.env.su and not _WRITABLE.issuperset(vals):
            raise AccessError(self.env._("What a version learned and measured is never changed by hand."))
        result = super().write(vals)
        if {"state", "artifact", "checksum"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_publish(self):
        """Make this version live; the one live until now is archived and can come back.

        :raises UserError: there is no artifact, or it cannot be read.
        """
        self.ensure_one()
        self.check_access("write")
        if not self._get_scorer():
            raise UserError(self.env._("The artifact of this version cannot be read, it is not published."))
        self._publish(self.env.user)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_reject(self):
        """Put a candidate away."""
        self.check_access("write")
        if any(version.state != "candidate" for version in self):
            raise UserError(self.env._("Only a candidate can be rejected."))
        # sudo: the state is written by these two actions only, after their access check
        self.sudo().write({"state": "rejected"})

    # ------------------------------------------------------------
    # Life
    # ------------------------------------------------------------

    @api.model
    def _create_from_result(self, run, result, directory):
        """Turn a finished run's files into a candidate or rejected version.

        :raises artifact.ArtifactError: the artifact cannot be read
        """
        data = (directory / "artifact.zip").read_bytes()
        artifact.load_scorer(data)
        first_day, last_day = result["data"].get("window") or (None, None)
        vals = {
            "model_id": run.model_id.id,
            "number": max(run.model_id.version_ids.mapped("number"), default=0) + 1,
            "run_id": run.id,
            "state": "candidate" if result["verdict"]["publish"] else "rejected",
            "artifact": base64.b64encode(data),
            "artifact_size": len(data),
            "trained_on": fields.Datetime.now(),
            "data_from": self._day_to_date(first_day),
            "data_to": self._day_to_date(last_day),
            "result": result,
            **run.model_id._get_task()._get_version_vals(result, run),
        }
        version = self.create(vals)
        version._sign(data)
        version.model_id._get_task()._take_report(version.model_id, result)
        return version

    @api.model
    def _day_to_date(self, day):
        """A date from the engine's days since 1970."""
        return fields.Date.add(fields.Date.to_date("1970-01-01"), days=int(day)) if day is not None else False

    def _publish_if_due(self):
        """Publish a candidate by itself where the model allows it."""
        self.ensure_one()
        if self.state != "candidate":
            return
        if self.model_id.auto_publish:
            self._publish(self.env["res.users"])
        else:
            self.model_id._notify_managers(self.env._("A new version waits for you"), self.verdict)

    def _publish(self, user):
        self.ensure_one()
        # sudo: managers may not write states freely, only through action_publish and its checks
        version = self.sudo()
        version.model_id.version_ids.filtered(lambda other: other.state == "live").write({"state": "archived"})
        version.flush_model(["state"])
        version.write({"state": "live", "published_on": fields.Datetime.now(), "published_by_id": user.id})
        model = version.model_id
        model.write(
            {
                "is_decayed": False,
                "pilot_start": model.pilot_start or fields.Date.context_today(self),
                "live_count": 0,
                "live_auc": 0,
                "live_logloss": 0,
                "live_ece": 0,
                "live_won_rate": 0,
                "live_accuracy": 0,
                "live_automatic_count": 0,
                "live_automatic_error": 0,
                "drift_max": 0,
                "drift_feature": False,
            }
        )
        model._get_task()._after_publish(model, version)

    # ------------------------------------------------------------
    # Artifact
    # ------------------------------------------------------------

    def _get_metadata(self):
        """What the signature covers besides the bytes: an artifact cannot be moved to another model or company."""
        self.ensure_one()
        return {"model": self.model_id.id, "company": self.company_id.id, "number": self.number}

    def _get_key(self):
        # sudo: the database's secret is needed to check a signature; it never leaves this method but as a digest
        return hmac(self.env(su=True), "leather-crm-ai-artifact", "key").encode()

    def _sign(self, data):
        checksum, signature = artifact.sign(data, self._get_metadata(), self._get_key())
        self.write({"checksum": checksum, "signature": signature})

    def _read_artifact(self):
        self.ensure_one()
        # sudo: only managers may download the artifact, but every worker scores with it;
        # bin_size=False: under bin_size the ORM gives the size as text
        content = self.sudo().with_context(bin_size=False).artifact
        return base64.b64decode(content or b"")

    def _get_scorer(self):
        """The checked scorer of this version, or None when the artifact cannot be read (Odoo's own scoring stays)."""
        self.ensure_one()
        # sudo: see _read_artifact
        version = self.sudo()
        key = (self.env.cr.dbname, version.id, version.checksum)
        if key in _scorers:
            _scorers.move_to_end(key)
            return _scorers[key]
        try:
            data = version._read_artifact()
            artifact.verify(data, version._get_metadata(), version.checksum, version.signature, version._get_key())
            scorer = artifact.load_scorer(data)
        except (artifact.ArtifactError, OSError, ValueError) as error:
            version._note_unreadable(error)
            return None
        _scorers[key] = scorer
        while len(_scorers) > SCORERS_KEPT:
            _scorers.popitem(last=False)
        return scorer

    def _note_unreadable(self, error):
        """Say it once: in the log, on the version and to a manager."""
        reason = f"{type(error).__name__}: {error}"
        if self.unreadable_reason == reason:
            return
        _logger.error("AI version %s cannot be loaded, Odoo's own scoring serves instead: %s", self.id, reason)
        self.unreadable_reason = reason
        self.model_id._notify_managers(
            self.env._("The live AI version cannot be read"),
            self.env._(
                "Odoo's own scoring serves meanwhile. Roll back to an earlier version or train again. (%s)", reason
            ),
        )

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_verdict(self):
        self.ensure_one()
        return self._get_task()._get_verdict(self)

    def _get_checks_words(self, checks):
        """What the checks say: each that failed, or the rivals that were beaten."""
        failed = [check for check in checks if not check["passed"]]
        if failed:
            return " ".join(self._get_check_words(check) for check in failed)
        rivals = self._get_task()._get_rivals()
        beaten = dict.fromkeys(rivals[check["rival"]] for check in checks if check["rival"] in rivals)
        return self.env._("It predicts better than %s.", format_list(self.env, list(beaten))) if beaten else False

    def _get_task(self):
        return self.model_id._get_task()

    def _get_check_words(self, check):
        task = self._get_task()
        return self.env._(
            "Not clearly better than %(rival)s: %(metric)s %(ours)s against %(theirs)s.",
            rival=task._get_rivals().get(check["rival"], check["rival"]),
            metric=task._get_metrics().get(check["metric"], check["metric"]),
            ours=formatLang(self.env, check["ours"], digits=3),
            theirs=formatLang(self.env, check["theirs"], digits=3),
        )
