"""A year of complaints in the invented market of :mod:`.story`: who complained of what, in which words, and what was
done about it.

The texts stand in ``complaints.csv``, one person's words a row, with the code that an after-sales agent gave them.
This file decides when each was sent, by whom, on which order, and what followed. Plain Python and one seed: the same
day and the same orders give the same year.
"""

import math
import random
from dataclasses import dataclass, field
from datetime import timedelta

from .story import WORKING_DAYS, read_csv

SEED = 1_845
DAYS = 360
CLOSED_AFTER = 12  # days: whatever is older is closed, but for what is told to be open
OPENING, CLOSING = 7, 16  # hours (UTC) between which people write
DELIVERY_DAYS = 12
CLUSTER_MODEL = "TUF-HAUT"  # its latest lot is the bad one
CLUSTER_DAYS, CLUSTER_SIZE = 26, 4  # complaints of sole detachment within these days that are closed already
# What is on the table now: hours since it came, stage. The late ones are there to be seen.
NEW = (0.4, 0.7, 1.3, 2.2, 3.5, 5, 8, 22, 27, 32, 54, 78, 120)
IN_PROGRESS = (6, 20, 26, 44, 50, 74, 98, 122, 146, 170, 194, 242, 380, 450)
WAITING = (30, 52, 80, 140, 190, 260)
# Rows that open what is on the table: the safety cases of the day, then anything, but few of what is to be learned.
FIRST_OPEN = ("Nail went through the sole", "messmar dakhel sabbat")
FIRST_IN_PROGRESS = ("Semelle perdue sur le site, agent tombé",)
NEW_AT_MOST = {"Q1": 3, "D1": 3, "F1": 2, "D3": 1, "Q3": 0}
PATIENT_DAYS = 95
BEFORE_DELIVERY = ("D1", "D5", "S4")
DEFAULT_SEVERITY = {"P": 4, "Q1": 3, "Q2": 3, "Q6": 1, "F1": 1, "K": 1, "K3": 2, "C": 1, "C2": 2, "N": 0}
ANSWER_HOURS = {4: 0.6, 3: 7, 2: 16, 1: 26, 0: 20}
RESOLUTION_DAYS = {4: 2.2, 3: 3.5, 2: 6, 1: 8, 0: 2}
CHANNELS = {  # how people of each language come
    "fr": (("mail", 45), ("phone", 25), ("portal", 15), ("web", 15)),
    "ar": (("mail", 30), ("phone", 40), ("portal", 10), ("web", 20)),
    "arabizi": (("web", 40), ("mail", 25), ("chat", 25), ("portal", 10)),
    "en": (("mail", 65), ("portal", 25), ("web", 10)),
}
RESOLUTIONS = {  # by family, the likeliest first
    "P": ("replacement", "refund"),
    "Q": ("replacement", "credit_note", "repair", "refund"),
    "F": ("replacement",),
    "D": ("explanation", "replacement", "credit_note"),
    "K": ("explanation", "replacement"),
    "C": ("credit_note", "explanation"),
    "S": ("explanation", "refund"),
    "N": ("explanation",),
}
STRANGERS = (
    ("Rachid Hamdoune", "rachid.hamdoune@example.net"),
    ("Atelier Zerouali", "contact@zerouali.example.net"),
    ("Meriem Kacimi", "m.kacimi@example.net"),
    ("Garage Benflis", "garage@benflis.example.net"),
    ("Tom Ashworth", "tom.ashworth@example.net"),
)


@dataclass(frozen=True)
class Sale:
    """One order line as the complaints need it."""

    key: int
    customer: int
    moment: object
    model: str
    model_name: str
    order_name: str
    pairs: int

    @property
    def delivered(self):
        return self.moment + timedelta(days=DELIVERY_DAYS)

    @property
    def lot(self):
        """A lot is two months of one model."""
        day = self.delivered
        return f"{self.model[:3]}{day:%y}{(day.month + 1) // 2 * 2:02d}"


@dataclass
class Complaint:
    row: dict
    received: object
    stage: str
    severity: int
    sale: Sale | None = None
    stranger: tuple | None = None
    lot: str | None = None
    pairs: int = 0
    size: int = 0
    subject: str = ""
    text: str = ""
    channel: str = "mail"
    answered: object = None
    waiting: object = None  # since when
    waited: float = 0.0  # working hours
    resolved: object = None
    messages: list = field(default_factory=list)  # (moment, "us" or "customer", text)
    resolution: str | None = None
    cause: dict | None = None
    stars: int = 0
    feedback: str = ""

    @property
    def code(self):
        return self.row["code"]

    @property
    def family(self):
        return self.row["code"][0]

    @property
    def is_confirmed(self):
        """Somebody has looked at it and said what it is about."""
        return self.stage != "new"


class Year:
    """The complaints of the last year.

    :param now: datetime (UTC); nothing happens later
    :param sales: list of :class:`Sale`, oldest first
    """

    def __init__(self, now, sales):
        self.now, self.sales = now, sales
        self.random = random.Random(SEED)
        self.causes = {row["code"]: row for row in read_csv("complaint_causes.csv")}
        self.answers = {}
        for row in read_csv("complaint_answers.csv"):
            self.answers.setdefault((row["kind"], row["about"], row["language"]), []).append(row["text"])
        self.cluster_lot, self.cluster_left = self._find_cluster_lot(), CLUSTER_SIZE
        self.told = {}  # customer -> when they complained
        self.complaints = [self._tell(row, hours, stage) for row, hours, stage in self._plan()]
        self.complaints.sort(key=lambda complaint: complaint.received)

    # ------------------------------------------------------------
    # When
    # ------------------------------------------------------------

    def _plan(self):
        """(row, hours ago, stage) of every row: a few on the table, the others spread over the year."""
        rows = read_csv("complaints.csv")
        self.random.shuffle(rows)
        plan = self._plan_open(rows, NEW, "new", FIRST_OPEN, NEW_AT_MOST)
        plan += self._plan_open(rows, IN_PROGRESS, "in_progress", FIRST_IN_PROGRESS, {})
        plan += self._plan_open(rows, WAITING, "waiting", (), dict.fromkeys("NSC", 0))
        return plan + [(row, 24 * self._pick_age(row), "closed") for row in rows]

    @staticmethod
    def _plan_open(rows, ages, stage, first, at_most):
        """Take the rows for these ages out of ``rows``: the named first, then no more than allowed of each code."""
        left = dict(at_most)
        chosen = [row for title in first for row in rows if row["subject"] == title]
        for row in rows:
            allowed = left.get(row["code"], left.get(row["code"][0], 2))
            if len(chosen) < len(ages) and row not in chosen and row["severity"] != "4" and allowed:
                left[row["code"]] = allowed - 1
                chosen.append(row)
        for row in chosen:
            rows.remove(row)
        # the named ones came most recently
        return [(row, hours, stage) for row, hours in zip(chosen, ages, strict=True)]

    def _pick_age(self, row):
        """Days ago: delivery troubles before winter, everything more lately, the bad lot in the last weeks."""
        if row["code"] == "Q1" and self.cluster_left:
            self.cluster_left -= 1
            return self.random.uniform(CLOSED_AFTER, CLUSTER_DAYS)
        while True:
            age = self.random.uniform(CLOSED_AFTER, DAYS)
            month = (self.now - timedelta(days=age)).month
            wanted = 1.0 - 0.45 * age / DAYS
            if row["code"][0] == "D":
                wanted *= 1.5 if month in (10, 11, 12) else 0.8
            if self.random.random() * 1.5 < wanted:
                return age

    def _snap(self, moment):
        """The moment moved into working hours of the same day or the nearest day before."""
        while moment.weekday() not in WORKING_DAYS:
            moment -= timedelta(days=1)
        if OPENING <= moment.hour < CLOSING:
            return moment
        return moment.replace(hour=self.random.randrange(OPENING, CLOSING), minute=self.random.randrange(60))

    def _next_working(self, moment):
        """The moment, or the next one at which somebody works."""
        if moment.hour >= CLOSING:
            moment = (moment + timedelta(days=1)).replace(hour=OPENING, minute=self.random.randrange(5, 60))
        elif moment.hour < OPENING:
            moment = moment.replace(hour=OPENING, minute=self.random.randrange(5, 60))
        while moment.weekday() not in WORKING_DAYS:
            moment += timedelta(days=1)
        return moment

    # ------------------------------------------------------------
    # One complaint
    # ------------------------------------------------------------

    def _tell(self, row, hours, stage):
        received = self.now - timedelta(hours=hours)
        if hours > 24:
            received = self._snap(received)
        received = received.replace(second=0, microsecond=0)
        complaint = Complaint(row=row, received=received, stage=stage, severity=self._judge(row))
        self._place(complaint)
        self._write_text(complaint)
        self._go_on(complaint)
        self._end(complaint)
        complaint.messages.sort(key=lambda message: message[0])
        return complaint

    @staticmethod
    def _judge(row):
        if row["severity"]:
            return int(row["severity"])
        return DEFAULT_SEVERITY.get(row["code"], DEFAULT_SEVERITY.get(row["code"][0], 2))

    def _find_cluster_lot(self):
        """The latest lot of the model that is in the hands of several customers."""
        buyers = {}
        for sale in self.sales:
            if sale.model == CLUSTER_MODEL and sale.delivered < self.now - timedelta(days=CLUSTER_DAYS):
                buyers.setdefault(sale.lot, set()).add(sale.customer)
        lots = [lot for lot, customers in buyers.items() if len(customers) > 1]
        return lots[-1] if lots else None

    def _place(self, complaint):
        """Whose order it is about."""
        complaint.channel = self._pick(CHANNELS[complaint.row["language"]])
        sales = self._get_candidates(complaint)
        unknown = complaint.family in "FQN" and self.random.random() < 0.1
        stranger = complaint.code == "N3" or (unknown and not self._is_of_bad_lot(complaint))
        if (stranger or not sales) and "{order}" not in complaint.row["text"]:
            complaint.stranger = self.random.choice(STRANGERS)
            complaint.channel = "mail" if complaint.channel == "portal" else complaint.channel
        elif sales:
            complaint.sale = self._pick_sale(complaint, sales)
            self.told.setdefault(complaint.sale.customer, []).append(complaint.received)
        if complaint.sale and complaint.family in "PQK" and complaint.code != "K1":
            complaint.lot = complaint.sale.lot

    def _pick_sale(self, complaint, sales):
        """One of those whose customer has complained least around that time: few complain every week."""

        def count(sale):
            moments = self.told.get(sale.customer, ())
            return sum(abs(complaint.received - moment) < timedelta(days=PATIENT_DAYS) for moment in moments)

        least = min(map(count, sales))
        return self.random.choice([sale for sale in sales if count(sale) == least])

    def _get_candidates(self, complaint):
        """Orders that the complaint can be about; those of the bad lot for what is wrong with it."""
        received = complaint.received
        if complaint.code in BEFORE_DELIVERY:
            return [sale for sale in self.sales if timedelta(5) < received - sale.moment < timedelta(45)]
        sales = [sale for sale in self.sales if timedelta(3) < received - sale.delivered < timedelta(260)]
        if self._is_of_bad_lot(complaint):
            return [sale for sale in sales if sale.lot == self.cluster_lot] or sales
        return sales

    def _is_of_bad_lot(self, complaint):
        recent = self.now - complaint.received < timedelta(days=CLUSTER_DAYS)
        return recent and complaint.code in ("Q1", "P1", "P3", "P4")

    def _pick(self, weighted):
        names, weights = zip(*weighted, strict=True)
        return self.random.choices(names, weights)[0]

    def _write_text(self, complaint):
        rng, sale = self.random, complaint.sale
        limit = sale.pairs if sale else 12
        complaint.pairs = max(2, min(limit, round(math.exp(rng.gauss(1.6, 0.7)))))
        complaint.size = rng.randrange(39, 46)
        words = {
            "order": sale.order_name if sale else "",
            "model": sale.model_name if sale else "TUF HAUT",
            "lot": sale.lot if sale else "TUF2604",
            "pairs": complaint.pairs,
            "size": complaint.size,
            "size2": complaint.size + 1,
        }
        complaint.subject = complaint.row["subject"].format(**words)
        complaint.text = complaint.row["text"].format(**words)
        told = complaint.row["text"] + complaint.row["subject"]
        complaint.pairs = complaint.pairs if "{pairs}" in told else 0
        complaint.size = complaint.size if "{size}" in told else 0

    # ------------------------------------------------------------
    # What followed
    # ------------------------------------------------------------

    def _say(self, kind, complaint, about=""):
        """A text of ours or of the customer in the customer's language; in French where there is none."""
        for language in (complaint.row["language"], "fr"):
            texts = self.answers.get((kind, about, language))
            if texts:
                return self.random.choice(texts)
        raise KeyError((kind, about))

    def _go_on(self, complaint):
        """The first answer, and the question that some are asked."""
        if complaint.stage == "new":
            return
        rng = self.random
        hours = ANSWER_HOURS[complaint.severity] * math.exp(rng.gauss(0, 0.45)) * (5 if rng.random() < 0.12 else 1)
        answered = complaint.received + timedelta(hours=hours)
        answered = answered if complaint.severity == 4 else self._next_working(answered)
        complaint.answered = min(answered, self.now - timedelta(minutes=20))
        about = {"K": "D"}.get(complaint.family, complaint.family)
        complaint.messages.append((complaint.answered, "us", self._say("answer", complaint, about)))
        if complaint.stage == "waiting" or (complaint.family in "QPF" and rng.random() < 0.3):
            self._ask(complaint)

    def _ask(self, complaint):
        asked = self._next_working(complaint.answered + timedelta(hours=self.random.uniform(1, 4)))
        asked = min(asked, self.now - timedelta(minutes=10))
        complaint.messages.append((asked, "us", self._say("wait", complaint)))
        if complaint.stage == "waiting":
            complaint.waiting = asked
            return
        days = self.random.choice((1, 1, 2, 3))
        replied = self._next_working(asked + timedelta(days=days))
        if replied < self.now:
            complaint.waited = 8.0 * days
            complaint.messages.append((replied, "customer", self._say("reply", complaint)))

    def _end(self, complaint):
        if complaint.stage != "closed":
            return
        rng = self.random
        days = RESOLUTION_DAYS[complaint.severity] * math.exp(rng.gauss(0, 0.4)) * (2.2 if rng.random() < 0.15 else 1)
        last = max(moment for moment, _who, _text in complaint.messages)
        end = self._next_working(max(last + timedelta(hours=1), complaint.answered + timedelta(days=days)))
        complaint.resolved = min(end, self.now - timedelta(hours=1))
        choices = RESOLUTIONS[complaint.family]
        complaint.resolution = rng.choices(choices, range(len(choices), 0, -1))[0]
        if rng.random() < 0.6:
            text = self._say("close", complaint, complaint.resolution)
            complaint.messages.append((complaint.resolved - timedelta(minutes=5), "us", text))
        if complaint.code in self.causes and (complaint.severity == 4 or rng.random() < 0.55):
            complaint.cause = self.causes[complaint.code]
        self._rate(complaint, days)

    def _rate(self, complaint, days):
        rng = self.random
        if complaint.family == "N" or rng.random() > 0.5:
            return
        slow = days > 1.6 * RESOLUTION_DAYS[complaint.severity]
        complaint.stars = rng.choices((1, 3, 5), (5, 3, 1) if slow else (1, 3, 9))[0]
        if complaint.stars != 3 and rng.random() < 0.6:
            complaint.feedback = self._say("good" if complaint.stars == 5 else "bad", complaint)
