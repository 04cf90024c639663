import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2.errors
from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.tools import config

_logger = logging.getLogger(__name__)

TRAINER = Path(__file__).parents[1] / "trainer"
LOCK_KEY = 7_530_719  # any fixed number: one queue per database
POLL_SECONDS = 0.5
TICK_SECONDS = 40  # below limit_time_real of a cron worker
LOST_MINUTES = 15  # a run of another node that gives no sign of life for so long is over
LOG_CHARACTERS = 20_000


class LeatherAiRun(models.Model):
    """One training: queued, run in a subprocess with its own limits, watched by a cron in short ticks.

    The subprocess never sees the database: arrays go in through a private directory, an artifact and a JSON
    report come back. Whatever happens to it, the live version keeps serving.
    """

    _name = "leather.ai.run"
    _description = "AI Training Run"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    model_id = fields.Many2one("leather.ai.model", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="model_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="queued",
        required=True,
        readonly=True,
        index=True,
    )
    progress = fields.Float("Progress (%)", readonly=True, aggregator=None)
    step = fields.Char(readonly=True)
    step_label = fields.Char("Doing", compute="_compute_step_label")
    requested_by_id = fields.Many2one("res.users", "Asked by", readonly=True, help="Empty: the schedule.")
    started_on = fields.Datetime("Started on", readonly=True)
    ended_on = fields.Datetime("Ended on", readonly=True)
    seen_on = fields.Datetime("Last sign of life", readonly=True)
    duration = fields.Float("Seconds", compute="_compute_duration", digits=(8, 0))
    peak_mib = fields.Float("Peak memory (MiB)", readonly=True, aggregator=None, digits=(8, 0))
    row_count = fields.Integer("Rows", readonly=True, aggregator=None)
    host = fields.Char(readonly=True)
    pid = fields.Integer("Process", readonly=True, aggregator=None)
    pid_started = fields.Float(readonly=True, aggregator=None)
    directory = fields.Char(readonly=True, groups="base.group_system")
    cancel_requested = fields.Boolean(readonly=True)
    error_code = fields.Char(readonly=True)
    error_detail = fields.Char(readonly=True)
    message = fields.Char("What happened", compute="_compute_message")
    log = fields.Text(readonly=True, groups="leather_crm_ai.group_ai_manager")
    version_id = fields.Many2one("leather.ai.version", "Result", readonly=True, ondelete="set null")

    @api.depends("model_id")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("%(model)s, run %(number)s", model=run.model_id.name, number=run.id or "")

    @api.depends("step")
    @api.depends_context("lang")
    def _compute_step_label(self):
        for run in self:
            run.step_label = run._get_step_labels().get(run.step, run.step) if run.step else False

    @api.depends("started_on", "ended_on", "seen_on")
    def _compute_duration(self):
        for run in self:
            end = run.ended_on or run.seen_on
            run.duration = (end - run.started_on).total_seconds() if end and run.started_on else 0.0

    @api.depends("state", "error_code", "error_detail", "version_id.state")
    @api.depends_context("lang")
    def _compute_message(self):
        for run in self:
            run.message = run._get_message()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        if any(run.state == "running" for run in self):
            raise UserError(self.env._("A training is under way. Cancel it before you delete the run."))

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_cancel(self):
        """Cancel: a queued run at once, a running one within a second or two of the next look of the cron."""
        self.model_id.check_access("write")
        # sudo: runs are written by the system only; the right to the model was checked above
        for run in self.sudo():
            if run.state == "queued":
                run.write({"state": "cancelled", "ended_on": fields.Datetime.now()})
            elif run.state == "running":
                run.cancel_requested = True
                self.env.ref("leather_crm_ai.ir_cron_train")._trigger()

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_step_labels(self):
        return {
            **self.model_id._get_task()._get_step_labels(),
            "pack": self.env._("Writing the result"),
            "done": self.env._("Finished"),
        }

    def _get_message(self):
        self.ensure_one()
        if self.state == "done":
            return self.version_id.verdict or self.env._("Finished.")
        if self.state == "cancelled":
            return self.env._("Cancelled. Nothing was changed.")
        if self.state == "failed":
            return self._get_error_messages().get(self.error_code) or self._get_error_messages()["crashed"]
        return False

    def _get_error_messages(self):
        kept = self.env._("The live version keeps serving.")
        return {
            "timeout": self.env._(
                "The training took longer than allowed. Raise the limit on the model's page. %s", kept
            ),
            "memory": self.env._(
                "The training needed more memory than allowed. Raise the limit on the model's page. %s", kept
            ),
            "killed": self.env._("The training process was killed. Start it again. %s", kept),
            "lost": self.env._("The server stopped while the training was under way. Start it again. %s", kept),
            "artifact": self.env._("The training returned a result that cannot be read. See the log. %s", kept),
            **self.model_id._get_task()._get_error_messages(kept),
            "crashed": self.env._("The training failed. See the log. %s", kept),
        }

    # ------------------------------------------------------------
    # Queue
    # ------------------------------------------------------------

    @api.model
    def _cron_process(self):
        """Queue what is due, then advance the queue for one tick."""
        self.env["leather.ai.model"]._cron_schedule_trainings()
        self._commit()
        if not self._process_queue(budget=TICK_SECONDS):
            self.env.ref("leather_crm_ai.ir_cron_train")._trigger()

    @api.model
    def _process_queue(self, budget=None):
        """Advance the queued and running trainings.

        :param budget: seconds to spend; None: until the queue is empty.
        :return: True when nothing is left to do
        """
        deadline = time.monotonic() + budget if budget else float("inf")
        if not self._try_lock():
            return True
        try:
            while run := self._get_next():
                if not run._advance(deadline):
                    return False
            return True
        finally:
            self._unlock()

    @api.model
    def _get_next(self):
        self._fail_lost()
        mine = [("state", "=", "running"), ("host", "=", socket.gethostname())]
        return self.search(mine, limit=1, order="id") or self.search([("state", "=", "queued")], limit=1, order="id")

    @api.model
    def _fail_lost(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=LOST_MINUTES)
        for run in self.search([("state", "=", "running"), ("seen_on", "<", limit)]):
            if run.host != socket.gethostname() or not run._get_process():
                run._end("failed", error_code="lost")

    def _advance(self, deadline):
        """Start or watch one run until it ends or the deadline passes; True when it ended."""
        self.ensure_one()
        if self.state == "queued" and not self._start():
            return True
        while (ending := self._look()) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        self._collect(ending)
        return True

    @api.model
    def _try_lock(self):
        self.env.cr.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        return self.env.cr.fetchone()[0]

    @api.model
    def _unlock(self):
        unlock = "SELECT pg_advisory_unlock(%s)"
        try:
            self.env.cr.execute(unlock, [LOCK_KEY])
        except psycopg2.Error:
            # after a failed statement nothing runs before a rollback, and a lock left behind would stop the queue
            self.env.cr.rollback()
            self.env.cr.execute(unlock, [LOCK_KEY])

    @api.model
    def _commit(self):
        # Commits on purpose: progress must be seen by other transactions while the training runs, and what the
        # training brought must survive whatever happens next. In a test everything stays in one transaction.
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _write_and_commit(self, vals):
        """Write on a fresh snapshot; a click on Cancel at the same moment wins, the next look writes again."""
        try:
            self.write(vals)
            self.flush_recordset()
            self._commit()
        except psycopg2.errors.SerializationFailure:
            self.env.cr.rollback()

    # ------------------------------------------------------------
    # One run
    # ------------------------------------------------------------

    def _start(self):
        """Gather the data, start the trainer; False when that was not possible (and the run has failed)."""
        self.write({"state": "running", "host": socket.gethostname(), "step": "gather"})
        self.write({"started_on": fields.Datetime.now(), "seen_on": fields.Datetime.now()})
        self._commit()
        directory = self._make_directory()
        try:
            with self.env.cr.savepoint():
                rows = self.model_id._prepare_training(directory)
        except Exception:
            _logger.exception("The data could not be gathered for the training run %s", self.id)
            self._end("failed", error_code="gather", directory=directory)
            return False
        process = self._spawn(directory)
        self.write(
            {
                "directory": str(directory),
                "pid": process.pid,
                "pid_started": process.create_time(),
                "row_count": rows,
            }
        )
        self._commit()
        return True

    def _make_directory(self):
        directory = Path(config["data_dir"]) / "leather_crm_ai" / self.env.cr.dbname / f"run-{self.id}"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        return directory

    def _spawn(self, directory):
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME") if name in os.environ}
        environment.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0")
        with (directory / "log.txt").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-P", str(TRAINER), str(directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )
        return psutil.Process(child.pid)

    def _get_process(self):
        """The trainer's process, or None when it has ended (a recycled process number is somebody else)."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.pid_started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def _look(self):
        """Look at the trainer once.

        :return: None while it runs, else how it ended: "exited", "cancelled" or "timeout"
        """
        process = self._get_process()
        if process is None:
            return "exited"
        self._commit()
        self.invalidate_recordset()
        if self.cancel_requested:
            self._kill()
            return "cancelled"
        age = (fields.Datetime.now() - self.started_on).total_seconds()
        if age > self.model_id.timeout_minutes * 60:
            self._kill()
            return "timeout"
        self._note_progress(process)
        return None

    def _note_progress(self, process):
        vals = {"seen_on": fields.Datetime.now()}
        with contextlib.suppress(psutil.Error):
            vals["peak_mib"] = max(self.peak_mib, process.memory_info().rss / 2**20)
        report = self._read_json("progress.json")
        if report:
            vals["step"] = report.get("step")
            vals["progress"] = 100.0 * report.get("done", 0) / max(1, report.get("of", 1))
        self._write_and_commit(vals)

    def _kill(self):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _reap(self):
        """Take the exit code when the trainer is our own child; None when it was started by a worker now gone."""
        with contextlib.suppress(ChildProcessError):
            _pid, status = os.waitpid(self.pid, 0)
            return os.waitstatus_to_exitcode(status)
        return None

    def _collect(self, ending):
        """Take in what the trainer left: a version, or the reason why there is none."""
        exit_code = self._reap()
        if exit_code is not None:
            self._kill()  # whatever children it left behind
        # sudo: the directory is readable by administrators only; this runs as the cron's user
        directory = Path(self.sudo().directory)
        if ending != "exited":
            state = "cancelled" if ending == "cancelled" else "failed"
            return self._end(state, error_code=ending, directory=directory)
        if error := self._read_json("error.json"):
            detail = ", ".join(f"{name}: {value}" for name, value in (error.get("detail") or {}).items())
            return self._end("failed", error_code=error.get("code"), error_detail=detail, directory=directory)
        result = self._read_json("result.json")
        if not result:
            code = "killed" if exit_code is None or exit_code < 0 else "crashed"
            return self._end("failed", error_code=code, directory=directory)
        return self._take_result(result, directory)

    def _take_result(self, result, directory):
        try:
            with self.env.cr.savepoint():
                version = self.env["leather.ai.version"]._create_from_result(self, result, directory)
        except Exception:
            _logger.exception("The result of training run %s cannot be read", self.id)
            return self._end("failed", error_code="artifact", directory=directory)
        self._end("done", directory=directory, version_id=version.id, progress=100.0, step="done")
        version._publish_if_due()
        self._commit()
        return None

    def _end(self, state, *, directory=None, **vals):
        log = self._read_log(directory)
        self.write({"state": state, "ended_on": fields.Datetime.now(), "log": log, **vals})
        if directory:
            shutil.rmtree(directory, ignore_errors=True)
        if state == "failed":
            self.model_id._notify_managers(self.env._("A training failed"), self._get_message())
        self._commit()

    def _read_json(self, filename):
        # sudo: see _collect
        path = Path(self.sudo().directory) / filename
        with contextlib.suppress(OSError, ValueError):
            return json.loads(path.read_text(encoding="utf-8"))
        return None

    def _read_log(self, directory):
        if not directory:
            return False
        with contextlib.suppress(OSError):
            text = (directory / "log.txt").read_text(encoding="utf-8", errors="replace")
            return text[-LOG_CHARACTERS:].replace("\x00", "")
        return False
