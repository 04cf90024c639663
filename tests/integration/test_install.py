"""The addon's own life in a database: installed, upgraded, uninstalled, installed again."""

import os
import subprocess
import sys

import pytest

SCRIPT_TIMEOUT = 600

TRACES = """
import json
def traces():
    cr = env.cr
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name IN ('crm_lead', 'crm_team',"
               " 'res_company', 'res_config_settings') AND column_name LIKE 'ai\\\\_%'")
    columns = [row[0] for row in cr.fetchall()]
    cr.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'leather%'")
    tables = [row[0] for row in cr.fetchall()]
    cr.execute("SELECT key FROM ir_config_parameter WHERE key LIKE 'leather%'")
    parameters = [row[0] for row in cr.fetchall()]
    cr.execute("SELECT name FROM ir_model_fields WHERE model = 'crm.lead' AND name LIKE 'ai\\\\_%'")
    fields = [row[0] for row in cr.fetchall()]
    crons = env['ir.cron'].with_context(active_test=False).search([('name', '=like', 'AI: %')]).mapped('name')
    return {'columns': columns, 'tables': tables, 'parameters': parameters, 'fields': fields, 'crons': crons}
"""


def odoo(database, *arguments, script=None):
    """Run the real Odoo server on a database; its log is shown when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "odoo", *arguments[:1], "-c", os.environ["LEATHER_ODOO_CONFIG"], "-d", database]
        + list(arguments[1:]),
        input=script,
        capture_output=True,
        text=True,
        timeout=SCRIPT_TIMEOUT,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5000:]
    assert " ERROR " not in output and " CRITICAL " not in output, output[-5000:]
    return done.stdout


def shell(database, script):
    return odoo(database, "shell", "--no-http", script=TRACES + script)


@pytest.fixture
def empty(scratch_database):
    return scratch_database("empty")


def test_install_upgrade_uninstall_reinstall(empty):
    """On a database without demo data; nothing is left behind."""
    stop = ("--stop-after-init", "--no-http")
    odoo(empty, "server", "-i", "leather_crm_ai", *stop)
    after_install = shell(empty, "print(json.dumps(traces()))")
    assert "ai_grade" in after_install and "leather_ai_model" in after_install
    odoo(empty, "server", "-u", "leather_crm_ai", *stop)
    shell(
        empty,
        "env['crm.lead'].create({'name': 'kept'})\n"
        "env['ir.module.module'].search([('name', '=', 'leather_crm_ai')]).button_immediate_uninstall()\n",
    )
    left = shell(empty, "print('LEFT', json.dumps(traces()))\nprint(env['crm.lead'].search([]).mapped('name'))")
    assert 'LEFT {"columns": [], "tables": [], "parameters": [], "fields": [], "crons": []}' in left, (
        "something is left behind: " + left
    )
    assert "kept" in left
    odoo(empty, "server", "-i", "leather_crm_ai", *stop)
    assert "leather_ai_model" in shell(empty, "print(json.dumps(traces()))")
