"""Defect clusters: a simulated factory with planted defects, ours against three complaints in 30 days.

About 1,000 pairs a working day of 30 models in lots of two weeks, made of materials that suppliers deliver; complaints
of each code at a rate and after a time of their own, models and lots a little uneven, as they are. Some lots, some
deliveries of a material and some suppliers' bad months are defective, weakly, clearly or badly. Both rules see the same
complaints on the same days, and are read the same way: an alert is what people are told (a new cluster, or one that has
grown by half), overlapping clusters of one code are one alert, and a cluster ends after 30 days without new cause. An
alert is false when less than half of its complaints come from a planted defect.
"""

import time
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from .engine import load_engine
from .options import say, write_figures

load_engine()
from leather_engine import clusters as engine  # noqa: E402

HISTORY = 730  # days before anything is counted
YEAR = 365
LOT_DAYS = 14
PAIRS_A_DAY = 1000
MODELS, MATERIALS, SUPPLIERS = 30, 25, 12
MATERIALS_OF_MODEL = 8
COMMON_MATERIALS = 3  # thread, glue, laces: in every shoe
REFIT = 28  # days between two fits of the baseline; in Odoo it is every night
# Code: complaints per 1,000 pairs, mean days from the delivery to the complaint.
CODES = {
    "P1": (0.05, 40), "P2": (0.05, 60), "P3": (0.03, 60), "P4": (0.06, 20), "Q1": (0.60, 90), "Q2": (0.25, 150),
    "Q3": (0.40, 60), "Q4": (0.40, 80), "Q5": (0.25, 40), "Q6": (0.20, 40), "Q7": (0.20, 60), "F1": (0.60, 10),
    "F2": (0.10, 7), "D1": (0.50, 4), "D2": (0.25, 5), "D3": (0.30, 6), "D4": (0.12, 5), "D5": (0.15, 8),
    "D6": (0.03, 5), "K1": (0.08, 6), "K2": (0.15, 8), "K3": (0.05, 10), "C1": (0.15, 20), "C2": (0.10, 20),
    "C3": (0.10, 40), "S1": (0.12, 30), "S2": (0.05, 20), "S3": (0.08, 50),
}  # fmt: skip
CODE_NAMES = tuple(CODES)
GOODS = [place for place, code in enumerate(CODE_NAMES) if code[0] in "PQFK"]  # what a material can be to blame for
DEFECT_CODES = [
    CODE_NAMES.index(code) for code in ("P1", "P2", "P4", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "F1", "K2")
]
MODEL_SHAPE, LOT_SHAPE = 4.0, 15.0  # gamma: how uneven models, and lots of one model, are
# Planted in a year, and the complaints per 1,000 pairs that weak, clear and bad ones add.
DEFECTS = {"lot": (9, (10, 20, 50)), "material": (3, (4, 8, 16)), "supplier": (1, (3, 6, 12))}
STRENGTHS = ("weak", "clear", "bad")
BAD_DAYS = {"lot": LOT_DAYS, "material": 28, "supplier": 42}
FOUND_WITHIN = 180  # days from the first complaint; later does not count as found
QUIET = 30
LEVELS_TRIED = (1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)


def add_arguments(parser):
    parser.add_argument("--years", type=int, default=10, help="simulated years that are counted (default 10)")
    parser.add_argument("--seed", type=int, default=1, help="of the simulation (default 1)")
    parser.add_argument("--levels", action="store_true", help="also other levels than the addon's")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")


def main(arguments):
    started = time.perf_counter()
    figures = measure(arguments.years, arguments.seed, tried=LEVELS_TRIED if arguments.levels else ())
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


def measure(years, seed, *, tried=()):
    """Figures of ours and of the fixed rule on the same simulated years."""
    world = World(years, seed)
    desks = {"fixed": Desk(world, rule="fixed"), "ours": Desk(world)}
    desks |= {f"level {level:g}": Desk(world, levels=dict.fromkeys(engine.KINDS, level)) for level in tried}
    Watch(world, desks.values()).run()
    return {
        "years": years,
        "seed": seed,
        "pairs": int(world.deliveries.pairs.sum()),
        "complaints": len(world.complaints.day),
        "defects": len(world.defects),
        "rules": {name: desk.figures() for name, desk in desks.items()},
    }


# ------------------------------------------------------------
# The factory
# ------------------------------------------------------------


@dataclass
class Defect:
    kind: str
    unit: int
    code: int
    strength: str
    first: int | None = None  # day of its first complaint


class World:
    """Lots, deliveries and complaints; ``cause`` says for each complaint which defect it comes from, -1: none."""

    def __init__(self, years, seed):
        self.random = np.random.default_rng(seed)
        self.days = HISTORY + years * YEAR
        self._make_models()
        self._make_lots()
        self._plant(years)
        self._complain()

    def _make_models(self):
        rng = self.random
        weight = 1.0 / np.arange(1, MODELS + 1) ** 0.5
        self.share = weight / weight.sum()
        common = np.arange(COMMON_MATERIALS)
        others = np.arange(COMMON_MATERIALS, MATERIALS)
        chosen = [rng.choice(others, MATERIALS_OF_MODEL - COMMON_MATERIALS, replace=False) for _ in range(MODELS)]
        self.materials = [np.concatenate([common, own]) for own in chosen]
        self.supplier = rng.integers(0, SUPPLIERS, MATERIALS)
        self.rates = np.array([CODES[code][0] / 1000 for code in CODE_NAMES])
        self.delays = np.array([CODES[code][1] for code in CODE_NAMES], dtype=float)
        self.model_factor = rng.gamma(MODEL_SHAPE, 1 / MODEL_SHAPE, (MODELS, len(CODES)))

    def _make_lots(self):
        rng = self.random
        starts = np.arange(0, self.days, LOT_DAYS)
        self.lot_model = np.tile(np.arange(MODELS), len(starts))
        self.lot_start = np.repeat(starts, MODELS)
        pairs = PAIRS_A_DAY * LOT_DAYS * 5 / 7 * self.share
        self.lot_pairs = np.maximum(20, rng.poisson(np.tile(pairs, len(starts))))
        rows = []
        for lot, (start, count) in enumerate(zip(self.lot_start, self.lot_pairs, strict=True)):
            parts = max(2, int(count) // 60)
            shipped = start + LOT_DAYS + rng.integers(0, 30, parts)
            rows += zip([lot] * parts, shipped, rng.multinomial(count, [1 / parts] * parts), strict=True)
        cell, day, sent = (np.array(column) for column in zip(*rows, strict=True))
        keep = day < self.days
        self.deliveries = engine.Deliveries(cell[keep], day[keep], sent[keep], self.lot_model)
        self.lot_factor = rng.gamma(LOT_SHAPE, 1 / LOT_SHAPE, (len(self.lot_model), len(CODES)))

    def _plant(self, years):
        """Defects of each kind, spread over the years that are counted."""
        rng = self.random
        self.defects, self.extra = [], []  # (lots, code, complaints per pair)
        for kind, (count, strengths) in DEFECTS.items():
            for number in range(count * years):
                strength = number % len(STRENGTHS)
                day = HISTORY + int(rng.integers(0, max(1, years * YEAR - FOUND_WITHIN)))
                code = int(rng.choice(DEFECT_CODES))
                unit, lots = self._pick_lots(kind, day)
                self.defects.append(Defect(kind, unit, code, STRENGTHS[strength]))
                self.extra.append((lots, code, strengths[strength] / 1000))

    def _pick_lots(self, kind, day):
        made = (self.lot_start > day - BAD_DAYS[kind]) & (self.lot_start <= day)
        if kind == "lot":
            lot = int(self.random.choice(np.flatnonzero(made), p=self.share))
            return lot, np.array([lot])
        if kind == "material":
            unit = int(self.random.integers(COMMON_MATERIALS, MATERIALS))
            models = [model for model in range(MODELS) if unit in self.materials[model]]
        else:
            unit = int(self.random.choice(self.supplier))
            models = [model for model in range(MODELS) if unit in self.supplier[self.materials[model]]]
        return unit, np.flatnonzero(made & np.isin(self.lot_model, models))

    def _complain(self):
        parts = [self._draw(slice(None), code, -1, None) for code in range(len(CODES))]
        for number, (lots, code, rate) in enumerate(self.extra):
            parts.append(self._draw(np.isin(self.deliveries.cell, lots), code, number, rate))
        cell, day, code, cause, age = (np.concatenate(column) for column in zip(*parts, strict=True))
        keep = np.flatnonzero(day < self.days)
        order = keep[np.argsort(day[keep], kind="stable")]
        self.complaints = engine.Complaints(cell[order], day[order], code[order], age[order].astype(float))
        self.cause = cause[order]
        for number, when in zip(self.cause, self.complaints.day, strict=True):
            if number >= 0 and self.defects[number].first is None:
                self.defects[number].first = int(when)

    def _draw(self, rows, code, cause, rate):
        """Complaints of one code on these deliveries; at the usual rate unless one is given."""
        rng, sent = self.random, self.deliveries
        cell, day, pairs = sent.cell[rows], sent.day[rows], sent.pairs[rows]
        if rate is None:
            rate = self.rates[code] * self.model_factor[self.lot_model[cell], code] * self.lot_factor[cell, code]
        count = rng.poisson(pairs * rate)
        cell, day = np.repeat(cell, count), np.repeat(day, count)
        age = np.floor(rng.gamma(1.5, self.delays[code] / 1.5, len(cell))).astype(int)
        return cell, day + age, np.full(len(cell), code), np.full(len(cell), cause), age


# ------------------------------------------------------------
# Day by day
# ------------------------------------------------------------


class Watch:
    """Goes through the days and shows every desk what there is to see."""

    def __init__(self, world, desks):
        self.world, self.desks = world, list(desks)
        self.seen = defaultdict(lambda: ([], []))  # (kind, unit, code) -> days, ids
        self.cells = self._index_cells()

    def _index_cells(self):
        world = self.world
        lots = np.arange(len(world.lot_model))
        cells = {("lot", lot): np.array([lot]) for lot in lots}
        cells |= {("model", model): lots[world.lot_model == model] for model in range(MODELS)}
        for material in range(MATERIALS):
            models = [model for model in range(MODELS) if material in world.materials[model]]
            cells["material", material] = lots[np.isin(world.lot_model, models)]
        for supplier in range(SUPPLIERS):
            models = [model for model in range(MODELS) if supplier in world.supplier[world.materials[model]]]
            cells["supplier", supplier] = lots[np.isin(world.lot_model, models)]
        return cells

    def run(self):
        complaints = self.world.complaints
        first = np.searchsorted(complaints.day, np.arange(self.world.days + 1))
        baseline = None
        for day in range(self.world.days):
            new = range(first[day], first[day + 1])
            touched = defaultdict(set)
            for number in new:
                for key in self._units_of(number):
                    days, ids = self.seen[*key, int(complaints.code[number])]
                    days.append(day)
                    ids.append(number)
                    touched[int(complaints.code[number])].add(key)
            if day < HISTORY:
                continue
            if baseline is None or (day - HISTORY) % REFIT == 0:
                baseline = self._fit(day)
                say(f"  day {day - HISTORY} of {self.world.days - HISTORY}")
            self._show(day, touched, baseline)

    def _units_of(self, number):
        world, lot = self.world, int(self.world.complaints.cell[number])
        model = int(world.lot_model[lot])
        units = [("lot", lot), ("model", model)]
        if world.complaints.code[number] in GOODS:
            units += [("material", int(material)) for material in world.materials[model]]
            units += [("supplier", int(one)) for one in np.unique(world.supplier[world.materials[model]])]
        return units

    def _fit(self, day):
        world = self.world
        past = world.complaints.day <= day
        known = engine.Complaints(*(column[past] for column in vars(world.complaints).values()))
        return engine.Baseline().fit(self._sent(day), known, codes=len(CODES), today=day)

    def _sent(self, day):
        sent = self.world.deliveries
        recent = (sent.day <= day) & (sent.day > day - engine.HISTORY_DAYS)
        return engine.Deliveries(sent.cell[recent], sent.day[recent], sent.pairs[recent], sent.model)

    def _show(self, day, touched, baseline):
        if not any(len(self.seen[*key, code][0]) > 1 for code, keys in touched.items() for key in keys):
            return
        sent = self._sent(day)
        usual = {window: baseline.expect(sent, day - window, day) for window in engine.WINDOWS}
        for code, keys in touched.items():
            found = {}
            for key in keys:
                days, ids = self.seen[*key, code]
                counts = {w: len(days) - bisect_right(days, day - w) for w in engine.WINDOWS}
                if counts[max(engine.WINDOWS)] >= engine.MIN_COUNT:
                    expected = {w: usual[w].of(self.cells[key], code) for w in engine.WINDOWS}
                    found[key] = (counts, expected, ids)
            for desk in self.desks:
                desk.look(day, code, found)


@dataclass
class Cluster:
    ids: set = field(default_factory=set)
    told: int = 0
    last: int = 0


class Desk:
    """What people are told by one rule."""

    def __init__(self, world, *, rule="both", levels=None):
        self.world, self.rule, self.levels = world, rule, levels
        self.open = {}
        self.alerts = self.false = 0
        self.found = {}  # defect -> days from its first complaint

    def look(self, day, code, found):
        signals = []
        for (kind, unit), (counts, expected, _ids) in found.items():
            signal = engine.judge(kind, unit, code, counts, expected, rule=self.rule, levels=self.levels)
            if signal.grade == "alarm":
                signals.append(signal)
        ids = [set(found[s.kind, s.unit][2][-s.count :]) for s in signals]
        tests = [found[s.kind, s.unit] for s in signals]
        place_of = {id(s): tests[n] for n, s in enumerate(signals)}
        leaders = engine.explain(signals, ids, still_alarms=lambda s, n: self._alarms(s, n, place_of[id(s)]))
        for place, leader in leaders.items():
            self._note(day, signals[place], ids[place], place == leader)

    def _alarms(self, signal, count, test):
        counts = {signal.window: count}
        expected = {signal.window: test[1][signal.window]}
        again = engine.judge(
            signal.kind, signal.unit, signal.code, counts, expected, rule=self.rule, levels=self.levels
        )
        return again.grade == "alarm"

    def _note(self, day, signal, ids, leads):
        key = signal.kind, signal.unit, signal.code
        cluster = self.open.get(key)
        if cluster is None or day - cluster.last > QUIET:
            cluster = self.open[key] = Cluster()
        cluster.last = day
        cluster.ids |= ids
        if leads and (not cluster.told or len(cluster.ids) >= 1.5 * cluster.told):
            cluster.told = len(cluster.ids)
            self._tell(day, ids)

    def _tell(self, day, ids):
        self.alerts += 1
        causes = self.world.cause[sorted(ids)]
        causes = causes[causes >= 0]
        if 2 * len(causes) < len(ids):
            self.false += 1
            return
        for number in np.unique(causes):
            late = day - self.world.defects[number].first
            if 2 * (causes == number).sum() >= len(ids) and late <= FOUND_WITHIN:
                self.found.setdefault(int(number), late)

    def figures(self):
        years = (self.world.days - HISTORY) / YEAR
        known = [number for number, defect in enumerate(self.world.defects) if defect.first is not None]
        result = {
            "alerts_a_year": round(self.alerts / years, 1),
            "false_a_year": round(self.false / years, 1),
            **self._days(known),
        }
        for kind in DEFECTS:
            result[kind] = self._days([n for n in known if self.world.defects[n].kind == kind])
        for strength in STRENGTHS:
            result[strength] = self._days([n for n in known if self.world.defects[n].strength == strength])
        return result

    def _days(self, numbers):
        """Share found, and the median and p90 of days; what was not found counts as never."""
        days = np.array([self.found.get(number, np.inf) for number in numbers])
        if not len(days):
            return {"defects": 0, "found": None, "median_days": None, "p90_days": None}
        quantiles = [float(np.quantile(days, share, method="higher")) for share in (0.5, 0.9)]
        median, p90 = (None if value == np.inf else value for value in quantiles)
        return {
            "defects": len(days),
            "found": round(float(np.isfinite(days).mean()), 3),
            "median_days": median,
            "p90_days": p90,
        }


# ------------------------------------------------------------
# In words
# ------------------------------------------------------------


def render(figures):
    head = (
        f"{figures['years']} years, {figures['pairs']:,} pairs in {figures['years'] + 2} years,"
        f" {figures['complaints']:,} complaints, {figures['defects']} planted defects (seed {figures['seed']})"
    )
    lines = [head, "", f"{'rule':<14}{'':<10}{'found':>7}{'median':>8}{'p90':>6}{'alerts/yr':>11}{'false/yr':>10}"]
    for name, rule in figures["rules"].items():
        lines.append(f"{name:<14}{'all':<10}{_row(rule)}{rule['alerts_a_year']:>11}{rule['false_a_year']:>10}")
        if name in ("fixed", "ours"):
            lines += [f"{'':<14}{part:<10}{_row(rule[part])}" for part in (*DEFECTS, *STRENGTHS)]
    return "\n".join(lines)


def _row(part):
    days = [("never" if part[name] is None else f"{part[name]:.0f}") for name in ("median_days", "p90_days")]
    return f"{part['found'] or 0:>7.1%}{days[0]:>8}{days[1]:>6}"
