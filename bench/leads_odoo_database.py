"""The databases of the benchmark: cloned from a template with Odoo's apps, filled, one of them given the addon."""

import ast
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql

from .errors import UsageError

ADDON = "leather_crm_ai"
ROOT = Path(__file__).parents[1]


class Databases:
    """``plain`` has Odoo's apps, ``ai`` the addon as well; both have the same leads.

    :param config: Odoo's configuration file.
    :param template: name of a database with Odoo's apps, or None: they are installed first, which takes a minute.
    """

    plain, ai = "leather_bench_plain", "leather_bench"

    def __init__(self, config, template):
        self.config = config
        self.template = template
        self._check()

    def make(self, *, closed, still_open):
        self.drop()
        if self.template:
            self._run("CREATE DATABASE {} TEMPLATE {}", self.plain, self.template)
        else:
            self._odoo(self.plain, "-i", ",".join(core_apps()), "--without-demo=True")
        fill_script = f"from bench.leads_odoo_data import fill; fill(env, {closed}, {still_open})"
        self._shell(self.plain, fill_script)
        self._vacuum(self.plain)
        self._run("CREATE DATABASE {} TEMPLATE {}", self.ai, self.plain)
        self._odoo(self.ai, "-i", ADDON, "--without-demo=True")
        self._vacuum(self.ai)

    def drop(self):
        for name in (self.ai, self.plain):
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _check(self):
        try:
            import odoo.release  # noqa: F401
        except ImportError as error:
            raise UsageError("Odoo cannot be imported. script/setup fetches it, or name one: ODOO_SOURCE=…") from error
        try:
            with closing(connect("postgres")):
                pass
        except psycopg2.OperationalError as error:
            raise UsageError(
                f"there is no PostgreSQL to measure in (PGHOST, PGPORT, PGUSER say where): {str(error).strip()}"
            ) from error

    @staticmethod
    def _run(statement, *names, database="postgres"):
        with closing(connect(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _vacuum(self, database):
        self._run("VACUUM ANALYZE", database=database)

    def _odoo(self, database, *options):
        command = [sys.executable, "-m", "odoo", "-c", self.config, "-d", database]
        self._process([*command, *options, "--stop-after-init", "--no-http", "--log-level=warn"])

    def _shell(self, database, script):
        command = [sys.executable, "-m", "odoo", "shell", "-c", self.config, "-d", database]
        self._process([*command, "--no-http", "--log-level=warn"], script)

    @staticmethod
    def _process(command, script=""):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, input=script, capture_output=True, text=True, env=environment, check=False)
        if done.returncode or "Traceback" in done.stderr:
            raise UsageError("Odoo could not prepare the database:\n" + done.stderr[-3000:])


def connect(name):
    return psycopg2.connect(dbname=name)


def core_apps():
    manifest = ROOT / "addons" / ADDON / "__manifest__.py"
    return ast.literal_eval(manifest.read_text(encoding="utf-8"))["depends"]
