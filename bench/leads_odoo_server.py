"""Memory of a real HTTP worker after the same requests, with the addon scoring and without it."""

import http.cookiejar
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from .errors import UsageError

LAUNCHER = Path(__file__).parents[1] / "script" / "lib" / "odoo_launch.py"
PASSES = 12
WORKERS = 2
START_SECONDS = 180
FIELDS = ("name", "stage_id", "probability", "expected_revenue", "user_id", "tag_ids", "partner_id", "activity_state")
VIEWS = [[False, "kanban"], [False, "list"], [False, "form"], [False, "search"]]


def measure_memory(databases, port):
    """{"with", "without": MiB of the largest worker, "added_pss_mib"}."""
    figures = {
        "with": _measure_server(databases.config, databases.ai, port),
        "without": _measure_server(databases.config, databases.plain, port),
    }
    figures["added_pss_mib"] = round(figures["with"]["pss_mib"] - figures["without"]["pss_mib"], 1)
    return figures


def _measure_server(config, database, port):
    with Server(config, database, port) as server:
        clients = [Client(port, database) for _browser in range(WORKERS)]
        with ThreadPoolExecutor(WORKERS) as browsers:  # at the same time, so that every worker has something to do
            list(browsers.map(_browse, clients, range(WORKERS)))
        return server.read_memory()


def _browse(client, number):
    for turn in range(PASSES):
        client.work(number * PASSES + turn)


class Server:
    """``odoo --workers 2`` on one database. A context manager."""

    def __init__(self, config, database, port):
        self.port = port
        command = [sys.executable, str(LAUNCHER), "-c", config, "-d", database, f"--db-filter=^{database}$"]
        command += [f"--http-port={port}", f"--gevent-port={port - 1}", f"--workers={WORKERS}"]
        command += ["--http-interface=127.0.0.1", "--max-cron-threads=0", "--log-level=warn"]
        self._process = subprocess.Popen(command, stdout=sys.stderr, stderr=subprocess.STDOUT)

    def __enter__(self):
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_details):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def read_memory(self):
        """MiB of the largest HTTP worker, from the kernel's own sums."""
        sums = [_read_smaps(child.pid) for child in self._get_workers()]
        return {name: round(max(row[name] for row in sums), 1) for name in sums[0]}

    def _get_workers(self):
        children = psutil.Process(self._process.pid).children()
        workers = [child for child in children if "gevent" not in child.cmdline()]
        if len(workers) != WORKERS:
            raise UsageError(f"expected {WORKERS} HTTP workers, found {len(workers)}")
        return workers

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise UsageError(f"the server did not start; is port {self.port} free? (--port)")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/web/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        raise UsageError("the server did not answer in time")


def _read_smaps(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        rows = dict(line.split(":", 1) for line in file.readlines()[1:])
    amounts = {name: int(value.split()[0]) / 1024 for name, value in rows.items()}
    return {
        "pss_mib": amounts["Pss"],
        "rss_mib": amounts["Rss"],
        "private_mib": amounts["Private_Clean"] + amounts["Private_Dirty"],
    }


class Client:
    """A salesperson's browser, as far as the server can tell."""

    def __init__(self, port, database):
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        login = os.environ.get("LEATHER_BENCH_LOGIN", "admin")
        self._post("/web/session/authenticate", {"db": database, "login": login, "password": login})

    def work(self, number):
        """Open the pipeline, open a lead, change what it is scored by, create another one."""
        specification = {name: {} for name in FIELDS}
        domain = [["type", "=", "opportunity"]]
        self.call("get_views", VIEWS, {})
        self.call("web_read_group", domain, ["stage_id"], ["__count", "expected_revenue:sum"])
        page = self.call("web_search_read", domain, specification, limit=80, offset=80 * number)
        lead, source = page["records"][0]["id"], self.call("search", [], model="utm.source", limit=5)[number % 5]
        self.call("web_read", [lead], specification)
        self.call("web_save", [lead], {"source_id": source}, specification)
        self.call("web_save", [], {"name": f"Memory check {number}", "source_id": source}, specification)

    def call(self, method, *arguments, model="crm.lead", **options):
        parameters = {"model": model, "method": method, "args": list(arguments), "kwargs": options}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", parameters)

    def _post(self, path, parameters):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": parameters}).encode()
        request = urllib.request.Request(self._base + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise UsageError(f"{path}: {answer['error'].get('data', {}).get('message') or answer['error']['message']}")
        return answer["result"]
