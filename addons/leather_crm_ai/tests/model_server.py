"""A server on this machine that speaks the protocol of language models, well or badly. Plain Python."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text, **more):
    """What the protocol answers."""
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop", **more}]}


class ModelServer:
    """Answers on 127.0.0.1, in a thread; remembers what it was sent.

    ``reply`` is what the next questions get: a text, a dict (the whole JSON), bytes (the whole body), or a function of
    the request handler. ``status``, ``kind`` and ``headers`` are sent with it. ``tls``: an SSLContext, for https.
    """

    def __init__(self, reply="Good.", tls=None):
        self.reply, self.status, self.kind, self.headers = reply, 200, "application/json", {}
        self.requests = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                owner.answer(self)

            do_GET = do_POST

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/v1"
        self.stopped = threading.Event()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def sent(self):
        """Everything that came in, as one text, with letters for their codes."""
        return "\n".join(
            f"{path}\n{headers}\n{json.dumps(json.loads(body), ensure_ascii=False)}"
            for path, headers, body in self.requests
        )

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        self.requests.append((handler.path, dict(handler.headers), body))
        handler.close_connection = True
        with contextlib.suppress(OSError):  # the other side had enough
            if callable(self.reply):
                self.reply(handler)
            else:
                self.send(handler)

    def send(self, handler):
        reply = completion(self.reply) if isinstance(self.reply, str) else self.reply
        body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        handler.send_response(self.status)
        for name, value in {"Content-Type": self.kind, "Content-Length": str(len(body)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    # ------------------------------------------------------------
    # Bad behaviour: values of ``reply``
    # ------------------------------------------------------------

    def silent(self, handler):
        """Takes the question and says nothing."""
        self.stopped.wait(20)

    def dripping(self, handler):
        """A byte now and then: no single wait is long, the whole never ends."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "10000")
        handler.end_headers()
        while not self.stopped.wait(0.05):
            handler.wfile.write(b" ")

    def slow_head(self, handler):
        """The same with the headers."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            if self.stopped.wait(0.05):
                return
            handler.wfile.write(f"X-{number}: 1\r\n".encode())

    def endless(self, handler):
        """Chunk after chunk."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not self.stopped.is_set():
            handler.wfile.write(b"1000\r\n" + b" " * 4096 + b"\r\n")

    def cut(self, handler):
        """Hangs up in the middle."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [')

    def late(self, handler):
        """The right answer, after a second."""
        time.sleep(1)
        self.reply = "Late."
        self.send(handler)
