"""Two and a half years of an invented sales department: who asked for what, and what became of it.

The market is made up, its logic is not: past customers and recommendations are won, tenders go to the cheapest,
nobody buys for millions from a stranger, a sample convinces those who can be reached, boots sell before winter.
Much of it lies in combinations (a tender of a customer is another thing than a tender of a stranger), and a good part
of every outcome is luck. Plain Python and one seed: the same day gives the same story.
"""

import csv
import math
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20_345
DAYS = 760
LEADS = 826
OLD_CUSTOMERS = 55  # companies that ordered before the story starts
WORKING_DAYS = (6, 0, 1, 2, 3)  # Sunday to Thursday, as datetime.weekday counts
SEASON = {9: 1.5, 10: 1.6, 11: 1.4, 12: 1.1, 1: 0.9, 2: 0.9, 3: 1.0, 4: 1.0, 5: 0.9, 6: 0.8, 7: 0.6, 8: 0.5}
BEFORE_WINTER = (9, 10, 11)

SECTORS = {  # activities of companies, typical number of pairs, demand
    "oil": (("{} Forage", "{} Services Puits", "{} Logistique Sud", "{} Maintenance"), 320, 5),
    "construction": (("{} BTP", "{} Travaux Publics", "{} Génie Civil", "{} Étanchéité"), 110, 7),
    "public": (("APC de {}", "Hôpital de {}", "Protection civile de {}", "Eaux de {}"), 180, 4),
    "mining": (("{} Carrières", "{} Granulats", "{} Phosphates", "{} Marbres"), 140, 2),
    "food": (("{} Conserverie", "{} Minoterie", "{} Laiterie", "{} Boissons"), 90, 3),
    "distributor": (("{} Distribution", "{} Équipements", "{} Import", "{} Protection"), 240, 3),
}
SOURCES = {  # name, medium, and how often each kind of buyer comes that way
    "fair": ("SAFEX", "Salon", {"oil": 3, "construction": 3, "public": 1, "mining": 2, "food": 2, "distributor": 5}),
    "phone": (
        "Appel téléphonique",
        "Phone",
        {"oil": 3, "construction": 6, "public": 2, "mining": 4, "food": 4, "distributor": 5},
    ),
    "tender": (
        "Appel d'offres",
        "Dossier",
        {"oil": 6, "construction": 3, "public": 10, "mining": 3, "food": 1, "distributor": 0.3},
    ),
    "form": (
        "Formulaire du site",
        "Website",
        {"oil": 2, "construction": 5, "public": 1, "mining": 2, "food": 4, "distributor": 5},
    ),
    "recommendation": (
        "Recommandation",
        "Direct",
        {"oil": 2, "construction": 3, "public": 1, "mining": 3, "food": 3, "distributor": 2},
    ),
    "visit": (
        "Visite commerciale",
        "Direct",
        {"oil": 4, "construction": 3, "public": 2, "mining": 3, "food": 3, "distributor": 3},
    ),
}
TENDER_TAG, SAMPLE_TAG, MARGIN_TAG, NORM_TAG = "Appel d'offres", "Échantillon demandé", "Marge faible", "EN ISO 20345"
STAGES = ("new", "qualified", "proposition")
LOST_REASONS = {"tender": "Offre d'un concurrent moins chère", "big": "Préfère un fournisseur connu", "": "Sans suite"}
TITLES = (
    "{pairs} paires {model}, {company}",
    "{model} pour {company}",
    "{company} : dotation {model}",
    "Devis {pairs} paires {model}",
    "{model} {tag}, {pairs} paires, {state}",
)
ARABIC_TITLES = ("طلب {pairs} زوج {model}", "أحذية السلامة {model} - {company}", "عرض سعر {pairs} زوج أحذية السلامة")


@dataclass
class Company:
    name: str
    sector: str
    state: str
    team: str
    language: str
    contact: str
    email: str | None
    phone: str | None
    orders: list = field(default_factory=list)

    @property
    def reachable(self):
        return bool(self.email and "@" in self.email and self.phone and len(self.phone) > 9)


@dataclass
class Order:
    moment: object
    model: dict
    pairs: int
    lead: object = None  # the lead that led to it


@dataclass
class Lead:
    company: Company
    created: object
    source: str
    campaign: str | None
    model: dict
    pairs: int
    title: str
    notes: list
    tags: list
    later_tags: list  # added when the lead is qualified
    amount: float
    amount_known: bool  # already at creation
    response: timedelta
    known: bool  # an address in our books when the lead came in
    luck: float
    stages: list = field(default_factory=list)  # (stage, moment), the first one at creation
    won: bool | None = None
    closed: object = None
    lost_reason: str | None = None


def read_csv(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Story:
    """Companies and leads until a given moment.

    :param now: datetime (UTC); nothing happens later
    """

    def __init__(self, now):
        self.now = now
        self.random = random.Random(SEED)
        self.models = [
            {**row, "price": float(row["price"]), "season": row["season"] == "1"} for row in read_csv("models.csv")
        ]
        self.notes = read_csv("notes.csv")
        self.companies = self._found_companies()
        self.leads = []
        self._place_old_orders()
        for moment in self._get_moments():
            self.leads.append(self._tell(moment))

    # ------------------------------------------------------------
    # The market
    # ------------------------------------------------------------

    def _found_companies(self):
        states, people = read_csv("wilayas.csv"), read_csv("people.csv")
        companies = []
        for row in read_csv("companies.csv"):
            for activity in SECTORS[row["sector"]][0]:
                companies.append(self._found_company(activity.format(row["stem"]), row["sector"], states, people))
        self.random.shuffle(companies)
        return companies

    def _found_company(self, name, sector, states, people):
        rng = self.random
        weights = [float(s["weight"]) * self._get_attraction(sector, s["team"]) for s in states]
        state = rng.choices(states, weights)[0]
        legal = "" if sector == "public" else rng.choice(("SARL ", "SARL ", "EURL ", "SPA "))
        slug = "".join(c for c in name.lower() if c.isascii() and c.isalnum()) or "contact"
        return Company(
            name=legal + name,
            sector=sector,
            state=state["code"],
            team=state["team"],
            language=rng.choices(("fr", "ar"), (88, 12))[0],
            contact=f"{rng.choice(people)['first']} {rng.choice(people)['last']}",
            email=rng.choices((f"achats@{slug}.example.com", f"achats.{slug}", None), (66, 9, 25))[0],
            phone=rng.choices((self._make_phone(), "0550 12", None), (70, 10, 20))[0],
        )

    def _make_phone(self):
        # one block of numbers with a pattern, so that nobody's number is met by chance
        return f"+213 550 00 {self.random.randrange(100):02d} {self.random.randrange(100):02d}"

    @staticmethod
    def _get_attraction(sector, team):
        return {("oil", "south"): 6.0, ("mining", "plateaux"): 3.0, ("distributor", "north"): 2.0}.get(
            (sector, team), 1.0
        )

    def _place_old_orders(self):
        rng = self.random
        start = self.now - timedelta(days=DAYS)
        for company in self.companies[:OLD_CUSTOMERS]:
            for _order in range(rng.choice((1, 1, 2, 2, 3, 4, 5))):
                moment = start - timedelta(days=rng.randrange(1, 700))
                company.orders.append(Order(moment, self._pick_model(), self._pick_pairs(company)))
            company.orders.sort(key=lambda order: order.moment)

    def _pick_model(self):
        return self.random.choices(self.models, [float(m["weight"]) for m in self.models])[0]

    def _pick_pairs(self, company):
        typical = SECTORS[company.sector][1]
        return max(10, 10 * round(typical * math.exp(self.random.gauss(0, 0.8)) / 10))

    # ------------------------------------------------------------
    # One lead
    # ------------------------------------------------------------

    def _get_moments(self):
        """Moments of creation in working hours, more before winter, more lately: the business grows."""
        rng, moments = self.random, []
        while len(moments) < LEADS:
            ago = rng.random() * DAYS
            moment = self.now - timedelta(days=ago)
            wanted = SEASON[moment.month] * (1.0 - 0.4 * ago / DAYS) * (1.5 if ago < 90 else 1.0)
            if moment.weekday() in WORKING_DAYS and rng.random() * 2.4 < wanted:
                moment = moment.replace(hour=rng.randrange(7, 16), minute=rng.randrange(60), second=rng.randrange(60))
                moments.append(min(moment, self.now - timedelta(minutes=30)))
        return sorted(moments)

    def _tell(self, moment):
        lead = self._open(moment)
        self._close(lead)
        return lead

    def _open(self, moment):
        rng = self.random
        company = self._pick_company(moment)
        source = self._pick_source(company, moment)
        model = self._pick_model()
        if model["season"] and moment.month not in BEFORE_WINTER and rng.random() < 0.6:
            model = self.models[0]
        pairs = self._pick_pairs(company)
        if source == "tender":
            pairs *= 2
        tags, later = self._pick_tags(source, model)
        return Lead(
            company=company,
            created=moment,
            source=source,
            campaign=self._pick_campaign(source, model, moment),
            model=model,
            pairs=pairs,
            title=self._write_title(company, model, pairs),
            notes=self._pick_notes(company),
            tags=tags,
            later_tags=later,
            amount=round(pairs * model["price"] * rng.uniform(0.92, 1.0), -3),
            amount_known=source == "tender" or rng.random() < 0.85,
            response=timedelta(hours=math.exp(rng.gauss(2.9, 1.2))),
            known=self._is_customer(company, moment),
            luck=rng.random(),
        )

    def _pick_company(self, moment):
        rng = self.random
        customers = [company for company in self.companies if self._is_customer(company, moment)]
        if customers and rng.random() < 0.25:
            return rng.choice(customers)
        return rng.choices(self.companies, [SECTORS[company.sector][2] for company in self.companies])[0]

    @staticmethod
    def _is_customer(company, moment):
        return any(order.moment < moment for order in company.orders)

    def _pick_source(self, company, moment):
        names = list(SOURCES)
        weights = [SOURCES[name][2][company.sector] for name in names]
        if moment.month not in (3, 4, 10):  # the months of the fair
            weights[names.index("fair")] *= 0.15
        return self.random.choices(names, weights)[0]

    def _pick_campaign(self, source, model, moment):
        if source == "fair":
            return f"SAFEX {moment.year}"
        if model["season"] and moment.month in BEFORE_WINTER and self.random.random() < 0.7:
            return f"Hiver {moment.year}"
        return "Rentrée des chantiers" if moment.month in (9, 2) and self.random.random() < 0.4 else None

    def _pick_tags(self, source, model):
        rng = self.random
        tags = [tag for tag, chance in ((model["tag"], 0.7), (NORM_TAG, 0.4)) if rng.random() < chance]
        if source == "tender" and rng.random() < 0.9:
            tags.append(TENDER_TAG)
        later = [SAMPLE_TAG] if rng.random() < 0.3 else []
        if rng.random() < (0.45 if source == "tender" else 0.12):
            later.append(MARGIN_TAG)
        return tags, later

    def _pick_notes(self, company):
        rows = [row for row in self.notes if row["language"] == company.language]
        return self.random.sample(rows, self.random.choices((1, 2, 3), (5, 4, 1))[0])

    def _write_title(self, company, model, pairs):
        template = self.random.choice(ARABIC_TITLES if company.language == "ar" else TITLES)
        states = {row["code"]: row["name"] for row in read_csv("wilayas.csv")} if "{state}" in template else {}
        return template.format(
            pairs=pairs, model=model["name"], company=company.name, tag=model["tag"], state=states.get(company.state)
        )

    # ------------------------------------------------------------
    # Its end
    # ------------------------------------------------------------

    def _close(self, lead):
        """Walk the lead through the stages; whatever would happen after now has not happened."""
        rng = self.random
        won = lead.luck < 1 / (1 + math.exp(-self._get_log_odds(lead)))
        steps = 3 if won else rng.choices((1, 2, 3), (25, 35, 40))[0]
        days = min(300.0, math.exp(rng.gauss(3.85, 0.75)))
        cuts = sorted(rng.uniform(0.05, 0.9) for _step in range(steps - 1))
        moments = [lead.created + timedelta(days=days * cut) for cut in [0.0, *cuts]]
        lead.stages = [(stage, moment) for stage, moment in zip(STAGES, moments, strict=False) if moment <= self.now]
        closed = lead.created + timedelta(days=days)
        if closed > self.now:
            return
        lead.won, lead.closed = won, closed
        if won and rng.random() < 0.9:
            lead.company.orders.append(Order(closed, lead.model, lead.pairs, lead))
            lead.company.orders.sort(key=lambda order: order.moment)
        if not won:
            lead.lost_reason = LOST_REASONS["tender" if lead.source == "tender" else "big" if lead.pairs > 300 else ""]

    def _get_log_odds(self, lead):
        company, tags = lead.company, {*lead.tags, *lead.later_tags}
        orders = [order for order in company.orders if order.moment < lead.created]
        score = -1.85
        score += self._judge_history(lead, orders)
        score += self._judge_source(lead, bool(orders))
        if SAMPLE_TAG in tags:
            score += 1.9 if company.reachable else -0.5
        score -= 1.2 if MARGIN_TAG in tags else 0.0
        if lead.created.month in BEFORE_WINTER:
            score += 1.4 if lead.model["season"] else 0.35
        score += sum(float(note["effect"]) for note in lead.notes)
        return 1.5 * score

    @staticmethod
    def _judge_history(lead, orders):
        size = math.log(max(lead.amount, 1e4) / 7e5)
        if not orders:
            return -0.8 * max(0.0, size) + 0.1
        recent = (lead.created - orders[-1].moment).days < 240
        return (1.5 if recent else 0.2) + 0.25 * min(len(orders), 4) + 0.1 * size

    @staticmethod
    def _judge_source(lead, customer):
        quick = lead.response < timedelta(hours=24)
        return {
            "fair": 0.9 if quick else -0.9,
            "phone": 0.3 if quick else -0.2,
            "tender": 0.5 if customer else -1.4,
            "form": 0.2 if lead.company.reachable else -1.2,
            "recommendation": 1.3,
            "visit": 0.5,
        }[lead.source]
