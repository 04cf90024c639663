"""The way of a mail: an SMTP server on loopback hands it to one of several Odoo processes.

It answers when that one has committed. A process is ``python -m bench.complaints_odoo_gateway CONFIG DATABASE``.
"""

import contextlib
import json
import os
import queue
import socketserver
import subprocess
import sys
import threading
import traceback

from .errors import UsageError

MAX_MAIL = 1_000_000  # bytes
MAX_LINE = 1_000
MAX_CONNECTIONS = 64
KILL_AFTER = 0.03  # seconds into the work on a mail
MARK = b"leather-bench "  # whatever else Odoo prints is no answer


class Sink(socketserver.ThreadingTCPServer):
    """The SMTP server. ``deliver(mail) -> bool`` decides between 250 and 451."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, deliver):
        super().__init__(("127.0.0.1", 0), SmtpSession)
        self.deliver = deliver
        self.room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class SmtpSession(socketserver.StreamRequestHandler):
    timeout = 300
    replies = {b"EHLO": "250 8BITMIME", b"HELO": "250 hello", b"QUIT": "221 bye"}
    replies |= dict.fromkeys((b"MAIL", b"RCPT", b"RSET", b"NOOP"), "250 fine")

    def handle(self):
        if not self.server.room.acquire(blocking=False):
            self._say("421 too many connections")
            return
        try:
            self._say("220 bench")
            while line := self.rfile.readline(MAX_LINE):
                verb = line[:4].upper()
                self._say(self._take_mail() if verb == b"DATA" else self.replies.get(verb, "502 unknown"))
                if verb == b"QUIT":
                    return
        except OSError:  # the sender has gone; it will try again
            return
        finally:
            self.server.room.release()

    def _take_mail(self):
        self._say("354 go on")
        lines, size = [], 0
        while (line := self.rfile.readline(MAX_MAIL)) != b".\r\n":
            size += len(line)
            if not line or size > MAX_MAIL:
                raise ConnectionError("the mail ends too early or never")
            lines.append(line.removeprefix(b"."))
        return "250 committed" if self.server.deliver(b"".join(lines)) else "451 try again"

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class Gateway:
    """The Odoo processes, one mail at a time each; one that dies is replaced.

    :param start: makes a process, see :class:`Worker`.
    :param kill_points: numbers of accepted mails after which a process is killed: the first one in the middle of its
        work, the next one between its commit and the answer, and so on.
    """

    def __init__(self, start, count, kill_points=()):
        self._start = start
        self._kill_points = list(enumerate(kill_points))
        self._lock = threading.Lock()
        self._free = queue.Queue()
        self.accepted = self.deaths = 0
        for _worker in range(count):
            self._free.put(start())

    def wait_until_ready(self):
        for worker in list(self._free.queue):
            worker.wait_until_ready()

    def deliver(self, mail):
        """Has a process committed this mail?"""
        worker = self._free.get()
        try:
            is_accepted = worker.process(mail, self._get_kill())
        except (WorkerDied, OSError):
            worker.stop()
            worker, is_accepted = self._start(), False
            with self._lock:
                self.deaths += 1
        finally:
            self._free.put(worker)
        with self._lock:
            self.accepted += is_accepted
        return is_accepted

    def _get_kill(self):
        with self._lock:
            if not self._kill_points or self.accepted < self._kill_points[0][1]:
                return None
            number, _point = self._kill_points.pop(0)
            return "committed" if number % 2 else "working"

    def stop(self):
        while not self._free.empty():
            self._free.get().stop()


class WorkerDied(Exception):
    pass


class Worker:
    """The parent's side of an Odoo process; it loads while the caller goes on."""

    def __init__(self, config, database, root):
        command = [sys.executable, "-m", "bench.complaints_odoo_gateway", config, database]
        environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def wait_until_ready(self):
        try:
            self.process(b"")
        except (WorkerDied, OSError) as error:
            raise UsageError("Odoo did not start, see above") from error

    def process(self, mail, kill=None):
        """Hand the mail over; True once it is committed.

        :param kill: "working" or "committed": the moment to kill the process at.
        """
        self._child.stdin.write(b"%d\n%s" % (len(mail), mail))
        self._child.stdin.flush()
        if kill == "working":
            threading.Timer(KILL_AFTER, self._child.kill).start()
        answer = self._read_answer()
        if kill == "committed":
            self._child.kill()
            raise WorkerDied
        return answer["ok"]

    def _read_answer(self):
        for line in self._child.stdout:
            if line.startswith(MARK):
                return json.loads(line.removeprefix(MARK))
        raise WorkerDied

    def stop(self):
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()
        with contextlib.suppress(OSError):  # half a mail that it no longer takes
            self._child.stdin.close()


def serve(config_file, database):
    """The process: take mails from standard input, each in a transaction of its own, as a call over RPC would."""
    import odoo
    from odoo.modules.registry import Registry
    from odoo.service.model import retrying
    from odoo.tools import config

    config.parse_config(["-c", config_file, "-d", database, "--log-level=error", "--no-http"])
    registry = Registry(database)
    while header := sys.stdin.buffer.readline():
        mail = sys.stdin.buffer.read(int(header))
        try:
            if mail:
                with registry.cursor() as cr:
                    env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
                    retrying(lambda env=env, mail=mail: env["mail.thread"].message_process(None, mail), env)
            is_done = True
        except Exception:  # the sender tries again
            traceback.print_exc()
            is_done = False
        sys.stdout.buffer.write(MARK + json.dumps({"ok": is_done}).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])
