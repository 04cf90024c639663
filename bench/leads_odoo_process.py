"""A process with one database's Odoo loaded, that measures tasks on demand: ``python -m bench.leads_odoo_process``.

The parent writes one task name a line, the child answers with one line of JSON. Like that the two databases can take
turns without starting Odoo again each time.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

import psutil

from .errors import UsageError
from .leads_odoo_database import ROOT

CREATED = 200
SAVED = 50


class OdooProcess:
    """The parent's side. A context manager."""

    def __init__(self, config, database):
        command = [sys.executable, "-m", "bench.leads_odoo_process", config, database]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def __enter__(self):
        return self

    def __exit__(self, *_details):
        self._child.stdin.close()
        self._child.wait()

    def call(self, task):
        """Run a task of :class:`Tasks` in the child; its JSON answer."""
        self._child.stdin.write(task + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise UsageError(f"Odoo stopped while it measured {task!r}, see above")
        return json.loads(answer)


class Tasks:
    """The child's side: every public method is a task."""

    def __init__(self, env):
        self.env = env
        self._turn = 0

    def train(self):
        """One training through the queue, as the cron would run it."""
        model = self.env.ref("leather_crm_ai.model_lead_scoring")
        run = model._queue_training()
        self.env.cr.commit()
        _none, seconds, queries, _cpu = self._measure(self.env["leather.ai.run"]._process_queue)
        self.env.invalidate_all()
        if run.state != "done":
            raise RuntimeError(f"the training {run.state}: {run.message} {run.error_detail or ''} {run.log or ''}")
        version = run.version_id
        if version.state != "live":
            version._publish(self.env["res.users"])
            self.env.cr.commit()
        return {
            "seconds": seconds,
            "queries": queries,
            "rows": run.row_count,
            "state": "published" if version.result["verdict"]["publish"] else "not published",
            "family": version.family or version.result["recipe"].get("family"),
            "auc": version.auc,
            "odoo_auc": version.result["metrics"]["odoo"]["auc"],
            "peak_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            "server_peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }

    def rebuild_frequencies(self):
        """Odoo's own learning."""
        _none, seconds, queries, _cpu = self._measure(self.env["crm.lead"]._rebuild_pls_frequency_table)
        return {"seconds": seconds, "queries": queries}

    def vacuum(self):
        """What the server does by itself between two nights."""
        self.env.cr.commit()
        self.env.cr._cnx.autocommit = True
        self.env.cr.execute("VACUUM ANALYZE crm_lead")
        self.env.cr._cnx.autocommit = False
        return {}

    def rescore(self):
        """The addon's nightly job."""
        return self._rescore(self.env["crm.lead"]._cron_ai_rescore)

    def rescore_odoo(self):
        """Odoo's nightly job, on the frequencies rebuilt before, with our scoring out of its way."""
        return self._rescore(self.env["crm.lead"].with_context(leather_scores={})._update_automated_probabilities)

    def _rescore(self, job):
        self.env.invalidate_all()
        _none, seconds, queries, cpu = self._measure(job)
        self.env.cr.commit()
        leads = self.env["crm.lead"].search_count([("won_status", "=", "pending"), ("stage_id", "!=", False)])
        reasons = 0
        if "ai_reasons" in self.env["crm.lead"]._fields:
            self.env.cr.execute("SELECT count(*) FROM crm_lead WHERE won_status = 'pending' AND ai_reasons IS NOT NULL")
            [(reasons,)] = self.env.cr.fetchall()
        return {"seconds": seconds, "cpu": cpu, "queries": queries, "leads": leads, "reasons": reasons}

    def save(self):
        """Write of a scoring field on one lead at a time, with all that a commit would do; the median of fifty."""
        env = self._get_user_env()
        leads = env["crm.lead"].search([("type", "=", "opportunity"), ("won_status", "=", "pending")], limit=SAVED)
        sources = env["utm.source"].search([], limit=5).ids
        self._turn += 1
        seconds, queries = [], []
        for number, lead in enumerate(leads):
            env.invalidate_all()
            values = {"source_id": sources[(number + self._turn) % len(sources)]}
            _none, took, count, _cpu = self._measure(
                lambda lead=lead, values=values: (lead.write(values), env.cr.flush())
            )
            seconds.append(took)
            queries.append(count)
        env.cr.rollback()
        return {"seconds": statistics.median(seconds), "queries": statistics.median(queries)}

    def create(self):
        """Two hundred leads in one call."""
        env = self._get_user_env()
        values = self._get_new_leads(env)
        env.invalidate_all()
        _leads, seconds, queries, cpu = self._measure(lambda: (env["crm.lead"].create(values), env.cr.flush()))
        env.cr.rollback()
        return {"seconds": seconds, "cpu": cpu, "queries": queries}

    @staticmethod
    def _get_new_leads(env):
        sources, tags = env["utm.source"].search([], limit=7).ids, env["crm.tag"].search([], limit=7).ids
        team = env["crm.team"].search([("name", "=", "Bench team 0")])
        partners = env["res.partner"].search([("name", "like", "Bench company")], limit=CREATED // 3).ids
        return [
            {
                "name": f"New request {number}",
                "type": "opportunity",
                "team_id": team.id,
                "user_id": env.uid,
                "source_id": sources[number % len(sources)],
                "tag_ids": [(6, 0, [tags[number % len(tags)]])],
                "email_from": f"somebody{number}@new.example.com",
                "phone": "+213 550 00 00 00",
                "expected_revenue": 1000.0 * (number % 9),
                **({"partner_id": partners[number // 3]} if number % 3 == 0 and number // 3 < len(partners) else {}),
            }
            for number in range(CREATED)
        ]

    def _get_user_env(self):
        """A salesperson's environment, not the system's."""
        return self.env(user=self.env.ref("base.user_admin").id)

    def _measure(self, job):
        """What it returns, seconds on the clock, queries, processor seconds."""
        before, cpu = self.env.cr.sql_log_count, self._get_cpu()
        started = time.perf_counter()
        value = job()
        seconds = time.perf_counter() - started
        return value, seconds, self.env.cr.sql_log_count - before, self._get_cpu() - cpu

    def _get_cpu(self):
        """Processor seconds of this process and of its database server process: other work does not count."""
        self.env.cr.execute("SELECT pg_backend_pid()")
        [(pid,)] = self.env.cr.fetchall()
        try:
            server = psutil.Process(pid)
            if "postgres" not in server.name():
                return float("nan")
            times = server.cpu_times()
        except psutil.Error:  # a database server elsewhere
            return float("nan")
        return time.process_time() + times.user + times.system


def serve(config_file, database):
    """Answer the tasks of standard input until it closes."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else prints does not disturb the answers
    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", config_file, "-d", database, "--log-level=warn", "--no-http"])
    registry = Registry(database)
    with registry.cursor() as cr:
        tasks = Tasks(odoo.api.Environment(cr, odoo.SUPERUSER_ID, {}))
        for line in sys.stdin:
            answer = getattr(tasks, line.strip())()
            cr.commit()
            print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
