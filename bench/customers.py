"""Customers' next orders: ours against the own-interval rule, BG/NBD alone and boosting alone.

Three cuts 90 days apart, the last one 90 days before the end of the data.  What was ordered until the cut is known, and
nobody learns from anything later.  Asked are all customers who had ordered by then.

auc30, auc90, pr_auc90, brier30, brier90, ece30, ece90: of the probability to order again within 30 and 90 days.
date_mae: among those who do order within 90 days, mean of |expected - real| days to the next order; expected is the
median of that time if the order comes within 90 days.
The own-interval rule: last order plus the median of the customer's intervals (everybody's median for one-order
customers); it says yes if that day is less than the horizon away, in the future or in the past.  As date it is kept
within 1 to 90 days.
qty_wape: sum of |expected - real| over sum of real quantity, of the next order of those who order within 90 days; with
--product, of the pairs of a customer and a product that were bought before and are bought again.
product_auc (with --product): whether the customer buys the product within 90 days, over the products the customer
bought before and the 100 products that most customers bought in the 90 days before the cut.  product_again_auc: over
the products bought before alone.  The rule counts the customer's orders with the product; BG/NBD is that of the pairs.
"""

import time

import numpy as np

from .engine import load_engine
from .errors import UsageError
from .options import check_writable, cost_since, say, write_figures
from .orders import add_order_arguments, read_orders

load_engine()
from leather_engine.metrics import auc, brier, calibration_bins, ece, pr_auc  # noqa: E402
from leather_engine.reorder import fitting  # noqa: E402
from leather_engine.reorder.features import NAMES  # noqa: E402
from leather_engine.reorder.history import History  # noqa: E402
from leather_engine.reorder.learning import Past, fit_reorder  # noqa: E402
from leather_engine.reorder.pairs import PAIR_NAMES, Pairs  # noqa: E402
from leather_engine.reorder.products import fit_products  # noqa: E402
from leather_engine.scoring import sigmoid  # noqa: E402

CUTS, WINDOW, HORIZONS = 3, 90, (30, 90)
CONTENDERS = ("ours", "bgnbd", "interval", "boosting")
MEASURES = (
    "auc30", "auc90", "pr_auc90", "brier30", "brier90", "ece30", "ece90", "date_mae", "product_auc",
    "product_again_auc", "qty_wape",
)  # fmt: skip


def add_arguments(parser):
    add_order_arguments(parser)
    scale = "also score this many customers, made by repeating those of the file, and tell the time"
    parser.add_argument("--scale", type=int, metavar="N", help=scale)


def main(arguments):
    started = time.perf_counter()
    for option in ("amount", "quantity"):
        if not getattr(arguments, option):
            raise UsageError(f"--{option} is missing: which column holds the {option} of a line?")
    check_writable(arguments.json)
    orders = read_orders(arguments)
    history = History.from_lines(orders.customer, orders.day, orders.amount, orders.quantity)
    pairs = pairs_of(orders)
    say(f"{len(orders)} lines, {len(history)} customers, {len(history.day)} orders; {orders.left_out} lines left out")
    figures = {"cuts": measure(history, pairs)}
    if arguments.scale:
        figures["scale"] = measure_scale(history, len(orders), arguments.scale)
    figures |= cost_since(started)
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


def pairs_of(orders):
    """:class:`Pairs` of the lines that name a product, None if none does."""
    if orders.product is None:
        return None
    named = orders.take(np.flatnonzero(orders.product >= 0))
    return Pairs.from_lines(named.customer, named.product, named.day, named.amount, named.quantity)


def measure(history, pairs=None):
    """Figures of each cut, the earliest first."""
    if not len(history.day):
        raise UsageError("there is no order in the file: all quantities are zero or less")
    first, last = int(history.day.min()), int(history.day.max())
    days = [last - WINDOW * number for number in range(CUTS, 0, -1)]
    days = [day for day in days if day >= first]
    if not days:
        raise UsageError(f"the orders span {last - first} days; at least {WINDOW} are needed")
    cuts = []
    for day in days:
        cuts.append(measure_cut(history, pairs, day) | {"days_before_the_end": last - day})
        say(f"  cut {len(cuts)}/{len(days)}: {cuts[-1]['customers']} customers, {cuts[-1]['reordered']:.1%} reorder")
    return cuts


def measure_cut(history, pairs, cut):
    started = time.perf_counter()
    past = Past(history, cut)
    asked = past.rhythm.orders > 0
    following = history.next_order(cut)[asked]
    quantity = np.where(following <= WINDOW, history.next_quantity(cut)[asked], np.nan)
    told = {
        "ours": ask_ours(history, cut, asked),
        "bgnbd": ask_bgnbd(past, asked),
        "interval": ask_interval(past, asked),
        "boosting": ask_boosting(past),
    }
    figures = {name: judge(answer, following, quantity) for name, answer in told.items()}
    for name in CONTENDERS if pairs is not None else ():
        figures[name]["qty_wape"] = None
    if pairs is not None:
        for name, measured in measure_products(pairs, cut).items():
            figures[name] |= measured
    return {
        "cut": cut,
        "customers": int(asked.sum()),
        "reordered": float((following <= WINDOW).mean()),
        **figures,
        "calibration90": calibration_bins(following <= WINDOW, told["ours"]["probability"][90]),
        "seconds": round(time.perf_counter() - started, 1),
    }


# ------------------------------------------------------------
# What each says about the customers at a cut
# ------------------------------------------------------------


def ask_ours(history, cut, asked):
    scores = fit_reorder(history, cut).score(history, cut)
    columns = [scores.horizons.index(days) for days in HORIZONS]
    return {
        "probability": {days: scores.probability[asked, i] for days, i in zip(HORIZONS, columns, strict=True)},
        "date": scores.expected[asked],
        "quantity": scores.quantity[asked, 1],
    }


def ask_bgnbd(past, asked):
    x, t_x, T = (values[asked] for values in past.rhythm.statistics)
    model = past.bgnbd
    shape, start = model.r + x, model.alpha + T
    within = -np.expm1(-shape * np.log1p(WINDOW / start))
    return {
        "probability": {days: model.buys_within(days, x, t_x, T) for days in HORIZONS},
        "date": start * np.expm1(-np.log1p(-within / 2) / shape),
    }


def ask_interval(past, asked):
    rhythm = past.rhythm
    median = np.where(np.isnan(rhythm.median), past.population()["interval"] or WINDOW, rhythm.median)
    due = (rhythm.last + median - past.cut)[asked]
    total = np.bincount(past.now.owner, weights=past.now.quantity, minlength=len(rhythm.orders))
    return {
        "probability": {days: (np.abs(due) < days).astype(float) for days in HORIZONS},
        "date": np.clip(due, 1, WINDOW),
        "quantity": total[asked] / rhythm.orders[asked],
    }


def ask_boosting(past):
    """Trees over what is known of the customers, BG/NBD left out; everybody's rate where there is nothing to learn."""
    return {"probability": {days: boosting_alone(past, days) for days in HORIZONS}}


def boosting_alone(past, days):
    parts = [past.rows(origin) for origin in past.origins(days)]
    current = past.current().within(days)[:, : len(NAMES)]
    happened = np.concatenate([np.zeros(0, dtype=bool), *(rows.next_order <= days for rows in parts)])
    if len(happened) < 100 or min(happened.sum(), (~happened).sum()) < 10:
        return np.full(len(current), happened.mean() if len(happened) else 0.5)
    numbers = np.concatenate([rows.inputs.within(days)[:, : len(NAMES)] for rows in parts])
    trees = fitting.fit_trees(fitting.Codes(numbers), happened, loss="log_loss", iterations=120)
    return sigmoid(trees.value(current))


def judge(answer, following, quantity):
    """{measure: value} of what one contender says about the customers."""
    soon, late = (following <= days for days in HORIZONS)
    near, far = (answer["probability"][days] for days in HORIZONS)
    bought = ~np.isnan(quantity)
    figures = dict.fromkeys(MEASURES)
    figures |= {"auc30": auc(soon, near), "brier30": brier(soon, near), "ece30": ece(soon, near)}
    figures |= {"auc90": auc(late, far), "brier90": brier(late, far), "ece90": ece(late, far)}
    figures["pr_auc90"] = pr_auc(late, far)
    if "date" in answer and late.any():
        figures["date_mae"] = float(np.abs(answer["date"] - following)[late].mean())
    if "quantity" in answer and bought.any():
        figures["qty_wape"] = wape(quantity[bought], answer["quantity"][bought])
    return {name: None if value is None or value != value else value for name, value in figures.items()}


def wape(real, expected):
    return float(np.abs(expected - real).sum() / real.sum())


# ------------------------------------------------------------
# Which product
# ------------------------------------------------------------


def measure_products(pairs, cut):
    """{contender: {product_auc, product_again_auc, qty_wape}} of pairs."""
    scorer = fit_products(pairs, cut)
    asked = pairs.with_products(scorer.candidates)
    scores, past = scorer.score(asked, cut), asked.at(cut)
    known = ~np.isnan(scores.probability)
    again = known & scores.bought
    every = known & (again | np.isin(asked.product, scorer.candidates))
    bought = asked.history.next_order(cut) <= WINDOW
    numbers = scorer.numbers(past, cut, scorer.facts)
    told = {
        "ours": scores.probability,
        "bgnbd": np.where(scores.bought, numbers[:, PAIR_NAMES.index("bgnbd")], -np.inf),
        "interval": np.diff(past.history.start).astype(float),
        "boosting": scorer.boosting_alone.value(numbers) if scorer.boosting_alone else None,
    }
    figures = {name: judge_products(told[name], bought, every, again) for name in CONTENDERS}
    counted = again & bought
    if counted.any():
        real = asked.history.next_quantity(cut)[counted]
        total = np.bincount(past.history.owner, weights=past.history.quantity, minlength=len(asked))
        figures["ours"]["qty_wape"] = wape(real, scores.quantity[counted, 1])
        figures["interval"]["qty_wape"] = wape(real, total[counted] / np.diff(past.history.start)[counted])
    return figures


def judge_products(score, bought, every, again):
    if score is None:
        return {}
    rows = {"product_auc": every, "product_again_auc": again}
    values = {name: auc(bought[inside], score[inside]) for name, inside in rows.items()}
    return {name: None if value != value else value for name, value in values.items()}


# ------------------------------------------------------------
# Speed
# ------------------------------------------------------------


def measure_scale(history, lines, customers):
    """Time to score ``customers`` customers in chunks, with reasons, by a scorer that was fitted on the file's."""
    cut = int(history.day.max())
    scorer = fit_reorder(history, cut)
    copies = -(-customers // len(history))
    size = len(history)
    many = History.from_lines(
        (history.owner[None, :] + np.arange(copies)[:, None] * size).reshape(-1),
        *(np.tile(column, copies) for column in (history.day, history.amount, history.quantity)),
        customers=np.arange(copies * size),
    ).between(0, customers)
    started = time.perf_counter()
    scored = sum(len(scores.customer) for _, scores in scorer.score_in_chunks(many, cut))
    return {
        "customers": scored,
        "orders": len(many.day),
        "lines_of_the_file": lines,
        "seconds": round(time.perf_counter() - started, 1),
    }


# ------------------------------------------------------------
# For people
# ------------------------------------------------------------


def render(figures):
    """The table for people."""
    cuts = figures["cuts"]
    shown = [m for m in MEASURES if any(cut[name][m] is not None for cut in cuts for name in CONTENDERS)]
    lines = [f"{'':12}" + "".join(f"{measure:>{len(measure) + 2}}" for measure in shown)]
    for cut in cuts:
        lines.append(
            f"{cut['days_before_the_end']} days before the end: {cut['customers']} customers,"
            f" {cut['reordered']:.1%} order within {WINDOW} days"
        )
        lines += [f"  {name:10}" + "".join(_cell(cut[name][m], m) for m in shown) for name in CONTENDERS]
    if "scale" in figures:
        scale = figures["scale"]
        lines.append(f"{scale['customers']} customers with {scale['orders']} orders scored in {scale['seconds']} s")
    lines.append(
        f"\n{figures['seconds']} s, at most {figures['peak_mib']} MiB.  Higher is better: AUC.  Lower: the rest."
    )
    return "\n".join(lines)


def _cell(value, measure):
    text = "–" if value is None else format(value, ".2f" if measure == "date_mae" else ".4f")
    return f"{text:>{len(measure) + 2}}"
