import os
import signal
import tempfile
import textwrap
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import leather_ai_run
from .common import LeatherCase

RUN_LOGGER = "odoo.addons.leather_crm_ai.models.leather_ai_run"

WORKING = """
    import json, os, sys, time
    workdir = sys.argv[-1]
    with open(workdir + "/progress.json", "w") as report:
        json.dump({"step": "compare", "done": 2, "of": 5}, report)
    open(workdir + "/ready", "w").close()
"""


@tagged("post_install", "-at_install")
class TestAiRun(LeatherCase):
    """The queue and the subprocess: whatever happens to the child, the parent and the live version survive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the demonstration data has trainings in the queue, which every test here would wait for
        cls.env["leather.ai.run"].search([("state", "=", "queued")]).write({"state": "cancelled"})
        cls._make_closed(120)

    def _use_trainer(self, body):
        """Replace the trainer by a script of our own; everything around it is the real thing."""
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(lambda: [path.unlink() for path in folder.iterdir()] and folder.rmdir())
        script = folder / "trainer.py"
        script.write_text(textwrap.dedent(WORKING) + textwrap.dedent(body), encoding="utf-8")
        self.startPatcher(patch.object(leather_ai_run, "TRAINER", script))

    def _queue(self):
        run = self.model_a._queue_training(self.user_ai)
        self.assertEqual(run.state, "queued")
        return run.sudo()

    def _process(self):
        self.assertTrue(self.env["leather.ai.run"]._process_queue())

    def test_real_training(self):
        """The real trainer in its own process, from the button to the live version."""
        run = self._queue()
        self.assertEqual(self.model_a._queue_training(), run, "one training at a time")
        self._process()
        self.assertEqual(run.state, "done", run.log)
        self.assertEqual(run.progress, 100)
        self.assertGreater(run.row_count, 0)
        self.assertTrue(run.version_id.has_artifact)
        self.assertIn(run.version_id.state, ("live", "rejected"))
        self.assertFalse(Path(run.directory).exists(), "nothing is left on the disk")
        self.assertEqual(run.message, run.version_id.verdict)

    def test_killed_trainer(self):
        live = self._go_live()
        self._use_trainer("time.sleep(60)")
        run = self._queue()
        run._start()
        while not (Path(run.directory) / "ready").exists():
            time.sleep(0.05)
        self.assertFalse(run._advance(time.monotonic() - 1), "a tick ends, the training goes on")
        self.assertEqual(run.state, "running")
        self.assertEqual((run.step, run.progress), ("compare", 40))
        os.kill(run.pid, signal.SIGKILL)
        self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "killed"))
        self.assertIn("keeps serving", run.message)
        self.assertEqual(self.model_a.live_version_id, live)
        self.assertEqual(self.model_a.version_count, 1)
        self.assertTrue(self.model_a.activity_ids.filtered(lambda a: a.summary == "A training failed"))

    def test_hanging_trainer(self):
        self._use_trainer("time.sleep(60)")
        run = self._queue()
        self.model_a.timeout_minutes = 0
        self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "timeout"))
        self.assertIsNone(run._get_process())

    def test_cancel(self):
        self._use_trainer("time.sleep(60)")
        run = self._queue()
        run._start()
        with self.assertRaises(AccessError):
            run.with_user(self.user_sales_manager).action_cancel()
        with self.assertRaises(UserError):
            run.unlink()
        run.with_user(self.user_ai).action_cancel()
        self._process()
        self.assertEqual(run.state, "cancelled")
        self.assertIsNone(run._get_process())
        queued = self._queue()
        queued.with_user(self.user_ai).action_cancel()
        self.assertEqual(queued.state, "cancelled")

    def test_memory_limit(self):
        """The real limits on a child that eats memory: it fails, with the cure in words."""
        trainer = Path(leather_ai_run.__file__).parents[1] / "trainer"
        self._use_trainer(
            f"""
            sys.path.insert(0, {str(trainer)!r})
            import limits
            limits.apply(json.load(open(workdir + "/job.json"))["limits"])
            try:
                everything = [bytearray(50 * 2**20) for _block in range(100)]
            except MemoryError:
                json.dump({{"code": "memory", "detail": {{}}}}, open(workdir + "/error.json", "w"))
                sys.exit(4)
            """
        )
        self.model_a.memory_mib = 512
        run = self._queue()
        self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "memory"))
        self.assertIn("Raise the limit", run.message)

    def test_crash_keeps_the_log(self):
        self._use_trainer("raise ValueError('no such luck')")
        run = self._queue()
        self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "crashed"))
        self.assertIn("no such luck", run.log)

    def test_garbage_result(self):
        self._use_trainer(
            """
            open(workdir + "/artifact.zip", "wb").write(b"not a zip")
            json.dump({"verdict": {"publish": True, "checks": []}}, open(workdir + "/result.json", "w"))
            """
        )
        run = self._queue()
        with mute_logger(RUN_LOGGER):
            self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "artifact"))
        self.assertFalse(self.model_a.version_ids)

    def test_too_few_said_by_the_trainer(self):
        self._use_trainer(
            """
            json.dump({"code": "too_few_leads", "detail": {"won": 3}}, open(workdir + "/error.json", "w"))
            sys.exit(3)
            """
        )
        run = self._queue()
        self._process()
        self.assertEqual((run.state, run.error_detail), ("failed", "won: 3"))
        self.assertIn("too few", run.message)

    def test_unreadable_leads(self):
        run = self._queue()
        with (
            patch.object(type(self.model_a), "_prepare_training", side_effect=ValueError("boom")),
            mute_logger(RUN_LOGGER),
        ):
            self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "gather"))

    def test_recycled_process_number(self):
        """A process number that now belongs to somebody else is not ours: never watched, never killed."""
        run = self._queue()
        run.write({"state": "running", "pid": os.getpid(), "pid_started": 1.0})
        self.assertIsNone(run._get_process())

    def test_lost_run_of_another_node(self):
        run = self._queue()
        run.write({"state": "running", "host": "elsewhere", "pid": 1, "seen_on": "2020-01-01 00:00:00"})
        self._process()
        self.assertEqual((run.state, run.error_code), ("failed", "lost"))

    def test_child_sees_no_secret(self):
        self._use_trainer(
            "open(workdir + '/error.json', 'w').write(json.dumps({'code': ' '.join(sorted(os.environ))}))"
        )
        run = self._queue()
        with patch.dict(os.environ, {"PGPASSWORD": "secret"}):
            self._process()
        self.assertNotIn("PG", run.error_code)

    def test_schedule(self):
        self.model_a.write({"train_every": 7, "train_next": "2020-01-01"})
        self.env["leather.ai.model"]._cron_schedule_trainings()
        self.assertEqual(self.model_a.status, "training")
        self.assertGreater(str(self.model_a.train_next), "2020-01-07")
        self.assertFalse(self.model_b.run_ids, "too few leads: asked again next time, no failed run")
