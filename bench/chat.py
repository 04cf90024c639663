"""Chats at once: visitors who talk to the assistant of a running server over HTTP, and how long each answer takes.

Start a server with worker processes first (``script/server --workers 2``).  Each visitor opens a conversation of their
own, waits ``--think`` seconds before each message (spread, so that they do not march in step), and says the same: a
question, whether it helped, a question that nobody can answer, an order's number and a wrong address.  An answer is the
posting of the message and the step that follows, as a browser asks for them; its time is without the pause that the
browser makes to look as if somebody typed.
"""

import argparse
import http.cookiejar
import json
import random
import threading
import time
import urllib.error
import urllib.request

import numpy as np

from .errors import UsageError
from .options import check_writable, write_figures

TALK = (
    "Quelle pointure faut-il choisir ?",
    "Oui",
    "Quel est le délai de livraison ?",
    "raconte-moi une blague de zèbres",
    "Where is my order S99999 ?",
    "nobody@nowhere.example",
)
TIMEOUT = 120


def add_arguments(parser):
    parser.add_argument("--url", default="http://127.0.0.1:8069", help="of the server (default http://127.0.0.1:8069)")
    parser.add_argument("--channel", type=_positive, required=True, metavar="ID", help="the live chat channel's number")
    parser.add_argument("--script", type=_positive, required=True, metavar="ID", help="the chatbot's number")
    parser.add_argument("--chats", type=_positive, default=50, metavar="N", help="visitors at once (default 50)")
    parser.add_argument("--think", type=float, default=5.0, metavar="SECONDS", help="mean pause before a message")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main(arguments):
    check_writable(arguments.json)
    visitors = [Visitor(arguments, number) for number in range(arguments.chats)]
    threads = [threading.Thread(target=visitor.talk) for visitor in visitors]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = [value for visitor in visitors for value in visitor.seconds]
    errors = [error for visitor in visitors for error in visitor.errors]
    if not seconds:
        raise UsageError(f"no answer from {arguments.url}: {errors[:1]}")
    p50, p95 = np.percentile(seconds, [50, 95])
    figures = {
        "chats": arguments.chats,
        "answers": len(seconds),
        "errors": len(errors),
        "p50_s": float(p50),
        "p95_s": float(p95),
        "max_s": float(max(seconds)),
        "answers_per_s": len(seconds) / (time.perf_counter() - started),
    }
    print(json.dumps(figures, indent=1))
    write_figures(arguments.json, figures)
    return 1 if errors else 0


class Visitor:
    """One browser with its own cookies."""

    def __init__(self, arguments, number):
        self.arguments, self.random = arguments, random.Random(number)
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.seconds, self.errors = [], []

    def talk(self):
        try:
            self._pause()
            self.channel = self._call(
                "/im_livechat/get_session",
                channel_id=self.arguments.channel,
                chatbot_script_id=self.arguments.script,
                persisted=True,
            )["channel_id"]
            for text in TALK:
                self._pause()
                self._say(text)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.errors.append(repr(error))

    def _pause(self):
        time.sleep(self.random.uniform(0, 2 * self.arguments.think))

    def _say(self, text):
        started = time.perf_counter()
        data = {"body": text, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self._call("/mail/message/post", thread_model="discuss.channel", thread_id=self.channel, post_data=data)
        self._call("/chatbot/step/trigger", channel_id=self.channel, chatbot_script_id=self.arguments.script)
        self.seconds.append(time.perf_counter() - started)

    def _call(self, path, **params):
        request = urllib.request.Request(
            self.arguments.url + path,
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=TIMEOUT) as answer:
            document = json.load(answer)
        if "error" in document:
            raise ValueError(document["error"])
        return document.get("result")
