"""Complaints by mail, end to end: from the sender's SMTP connection to the committed, classified complaint.

Senders give mails to an SMTP server on loopback; it hands each to ``mail.thread.message_process`` in one of two Odoo
processes and accepts the mail only when that one has committed, else the sender tries again. On the way processes are
killed, in turns in the middle of their work and between the commit and the answer. At the end every Message-ID must
have exactly one complaint, read by the AI. The milliseconds are those of the sender: waiting for a free process and
trying again included.
"""

import contextlib
import os
import shutil
import smtplib
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.message import EmailMessage

from .complaints_odoo_gateway import Gateway, Sink, Worker
from .errors import UsageError
from .leads_odoo_database import ADDON, ROOT, Databases, connect, core_apps
from .options import say, write_figures

WORKERS = 2
ADDRESS = "complaints@bench.example.com"
TRIES, PAUSE = 60, 0.5
PER_SENDER = 10  # mails of one address; Odoo's loop protection refuses the 21st
TEXTS = (
    ("Semelle décollée", "Bonjour, la semelle de 12 paires s'est décollée après deux semaines, facture FA-{number}."),
    ("Retard", "La commande n'est toujours pas arrivée, trois semaines de retard. Merci de me répondre ({number})."),
    ("Mauvaise couleur", "J'ai commandé du cuir noir et vous avez livré du marron, lot {number}."),
    ("شكوى", "السلام عليكم، الحذاء تمزق بعد أسبوع واحد من الاستعمال. رقم الطلب {number}."),
    ("تأخر", "لم تصل الطلبية بعد، نريد استرجاع المبلغ. {number}"),
    ("Sabat", "Salam khoya, sabat t9ata3 men lwal simana, rani 7ab nbadlo. {number}"),
    ("Mazal", "La commande mazal ma wslatch w rani nestenna men chhar {number}"),
    ("Allergic skin", "My skin burns and has a rash since I wear these boots, batch {number}."),
    ("Missing pairs", "The box held 18 pairs and not 20, delivery {number}. Please send the others."),
)
SETUP = f"""
domain = env["mail.alias.domain"].search([("name", "=", {ADDRESS.split("@")[1]!r})])
domain = domain or domain.create({{"name": {ADDRESS.split("@")[1]!r}}})
team = env.ref("{ADDON}.team_after_sales")
team.company_id.alias_domain_id = domain
team.alias_id.write({{"alias_name": {ADDRESS.split("@")[0]!r}, "alias_domain_id": domain.id}})
env.cr.commit()
"""


def add_arguments(parser):
    parser.add_argument("--mails", type=int, default=2000, metavar="N", help="mails to send (default 2000)")
    parser.add_argument("--senders", type=int, default=8, metavar="N", help="senders at a time (default 8)")
    parser.add_argument("--kills", type=int, default=2, metavar="N", help="Odoo processes to kill (default 2)")
    parser.add_argument("--template", metavar="DB", help="database with the core apps to start from")
    parser.add_argument("--keep", action="store_true", help=f"keep the database {MailDatabase.name}")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")


def main(arguments):
    config = os.environ.get("LEATHER_ODOO_CONFIG")
    if not config:
        raise UsageError("there is no Odoo to measure: start it with script/bench complaints-odoo, which sets one up")
    if min(arguments.mails, arguments.senders) < 1 or not 0 <= arguments.kills < arguments.mails:
        raise UsageError("--mails and --senders must be at least 1, --kills smaller than --mails")
    database = MailDatabase(config, arguments.template or os.environ.get("LEATHER_EMPTY_TEMPLATE_DB"))
    try:
        say("making a database with the addon …")
        database.make()
        figures = measure(database, arguments)
    finally:
        if not arguments.keep:
            database.drop()
    print_table(figures)
    write_figures(arguments.json, figures)
    return 0 if is_sound(figures) else 1


class MailDatabase(Databases):
    """One database with Odoo's apps, the addon and an address for complaints."""

    name = "leather_bench_mails"

    def make(self):
        self.drop()
        if self.template:
            self._run("CREATE DATABASE {} TEMPLATE {}", self.name, self.template)
        else:
            self._odoo(self.name, "-i", ",".join(core_apps()), "--without-demo=True")
        self._odoo(self.name, "-i", ADDON, "--without-demo=True")
        self._shell(self.name, SETUP)
        self._vacuum(self.name)

    def drop(self):
        from odoo.tools import config

        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        config.parse_config(["-c", self.config])
        shutil.rmtree(config.filestore(self.name), ignore_errors=True)

    def read_complaints(self):
        """[(Message-ID, is classified)] of all complaints."""
        with contextlib.closing(connect(self.name)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT source_message_id, classified_on IS NOT NULL FROM leather_complaint")
            return cursor.fetchall()


def measure(database, arguments):
    """All figures, JSON-safe."""

    def start():
        return Worker(database.config, database.name, ROOT)

    gateway = Gateway(start, WORKERS, get_kill_points(arguments.mails, arguments.kills))
    try:
        gateway.wait_until_ready()
        with Sink(gateway.deliver) as sink, ThreadPoolExecutor(arguments.senders) as senders:
            say(f"sending {arguments.mails} mails …")
            started = time.perf_counter()
            sent = list(senders.map(lambda number: send(sink.port, number), range(arguments.mails)))
            seconds = time.perf_counter() - started
            sink.shutdown()
    finally:
        gateway.stop()
    expected = [get_message_id(number) for number in range(arguments.mails)]
    figures = count(expected, database.read_complaints())
    return figures | get_speed(sent, seconds) | {"kills": gateway.deaths}


def send(port, number):
    """Send one mail until it is accepted: (seconds, tries)."""
    started, mail = time.perf_counter(), make_mail(number)
    tries, is_accepted = 0, False
    while not is_accepted and tries < TRIES:
        if tries:
            time.sleep(PAUSE)
        tries += 1
        with contextlib.suppress(smtplib.SMTPException, OSError):
            with smtplib.SMTP("127.0.0.1", port, local_hostname="sender.example.com", timeout=300) as server:
                server.sendmail(mail["From"], [ADDRESS], mail.as_bytes())
            is_accepted = True
    return time.perf_counter() - started, tries


def make_mail(number):
    subject, text = TEXTS[number % len(TEXTS)]
    mail = EmailMessage(policy.SMTP)
    mail["From"] = f"buyer{number // PER_SENDER}@company.example.org"
    mail["To"], mail["Subject"], mail["Message-ID"] = ADDRESS, f"{subject} {number}", get_message_id(number)
    mail.set_content(text.format(number=number))
    return mail


def get_message_id(number):
    return f"<bench.{number}@company.example.org>"


def get_kill_points(mails, kills):
    """After how many accepted mails to kill: evenly spread, none at the ends."""
    return [mails * (kill + 1) // (kills + 1) for kill in range(kills)]


def count(expected, complaints):
    """What has become of the mails. A complaint of no mail we sent counts as doubled: it has come from somewhere."""
    made = Counter(message_id for message_id, _is_classified in complaints)
    found = sum(message_id in made for message_id in expected)
    return {
        "mails": len(expected),
        "complaints": len(complaints),
        "lost": len(expected) - found,
        "doubled": len(complaints) - found,
        "unclassified": sum(not is_classified for _message_id, is_classified in complaints),
    }


def get_speed(sent, seconds):
    """:param sent: (seconds, tries) of each mail."""
    times = sorted(1000 * took for took, _tries in sent)
    cuts = statistics.quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return {
        "seconds": round(seconds, 1),
        "mails_per_s": round(len(sent) / seconds, 1),
        "p50_ms": round(cuts[9]),
        "p95_ms": round(cuts[18]),
        "resent": sum(tries - 1 for _took, tries in sent),
    }


def is_sound(figures):
    return not (figures["lost"] or figures["doubled"] or figures["unclassified"])


def print_table(figures):
    print("\n" + "".join(f"{name:>14}" for name in figures))
    print("".join(f"{value:>14}" for value in figures.values()))
    verdict = (
        "Every mail is one classified complaint." if is_sound(figures) else "Mails were lost, doubled or not read."
    )
    print(f"\n{verdict}")
