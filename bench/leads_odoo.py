"""The addon against plain Odoo on one database: training, nightly rescoring, saving, creating, memory.

Two databases with the same leads are made from one template: one with the addon, one without. What is compared runs in
turns, several times, and the median counts. Nothing else on the machine is touched, and both databases are dropped at
the end.
"""

import os
import statistics
import time

from .errors import UsageError
from .leads_odoo_database import Databases
from .leads_odoo_process import OdooProcess
from .leads_odoo_server import measure_memory
from .options import say, write_figures

TARGETS = {"nightly": 1.0, "create": 1.3, "memory_mib": 40.0}


def add_arguments(parser):
    parser.add_argument("--closed", type=int, default=20_000, metavar="N", help="closed leads (default 20000)")
    parser.add_argument("--open", type=int, default=100_000, metavar="N", help="open leads (default 100000)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of the nightly jobs (default 3)")
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="turns of saving and creating (default 7)")
    parser.add_argument("--template", metavar="DB", help="database with the core apps to start from")
    parser.add_argument("--port", type=int, default=8089, help="port for the memory check (default 8089)")
    parser.add_argument("--keep", action="store_true", help="keep the databases leather_bench_plain and leather_bench")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")


def main(arguments):
    config = os.environ.get("LEATHER_ODOO_CONFIG")
    if not config:
        raise UsageError("there is no Odoo to measure: start it with script/bench leads-odoo, which sets one up")
    databases = Databases(config, arguments.template or os.environ.get("LEATHER_EMPTY_TEMPLATE_DB"))
    started = time.perf_counter()
    try:
        figures = measure(databases, arguments)
    finally:
        if not arguments.keep:
            databases.drop()
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print_table(figures)
    write_figures(arguments.json, figures)
    return 0


def measure(databases, arguments):
    """All figures, JSON-safe."""
    say(f"making two databases: {arguments.closed} closed and {arguments.open} open leads …")
    databases.make(closed=arguments.closed, still_open=arguments.open)
    figures = {"leads": {"closed": arguments.closed, "open": arguments.open}, "machine": describe_machine()}
    with OdooProcess(databases.config, databases.plain) as plain, OdooProcess(databases.config, databases.ai) as ai:
        say("training …")
        figures["training"] = ai.call("train")
        say("nightly rescoring …")
        figures["nightly"] = measure_nightly(ai, plain, arguments.rounds)
        say("saving and creating …")
        figures["save"] = compare(ai, plain, "save", arguments.repeats)
        figures["create"] = compare(ai, plain, "create", arguments.repeats)
    say("memory of the servers …")
    figures["memory"] = measure_memory(databases, arguments.port)
    figures["targets"] = judge(figures)
    return figures


def measure_nightly(ai, plain, rounds):
    """Both jobs in turns. Each undoes the other's work, so that every score changes; ours runs once more after that,
    when nothing has changed (Odoo's own writes every lead every night)."""
    ai.call("rebuild_frequencies")
    plain.call("rebuild_frequencies")
    runs = {"first": [ai.call("rescore")], "odoo": [], "odoo_plain": [], "ours": [], "ours_again": []}
    for _round in range(rounds):
        ai.call("vacuum")
        runs["odoo"].append(ai.call("rescore_odoo"))
        plain.call("vacuum")
        runs["odoo_plain"].append(plain.call("rescore_odoo"))
        ai.call("vacuum")
        runs["ours"].append(ai.call("rescore"))
        runs["ours_again"].append(ai.call("rescore"))
    return {name: summarise(results) for name, results in runs.items()}


def summarise(results):
    """The median run, by its seconds, with the spread."""
    ordered = sorted(results, key=lambda result: result["seconds"])
    middle = dict(ordered[len(ordered) // 2])
    middle["leads_per_second"] = round(middle["leads"] / middle["seconds"])
    middle["cpu"] = statistics.median(result["cpu"] for result in results)
    middle["all_seconds"] = [round(result["seconds"], 2) for result in results]
    middle["all_cpu"] = [round(result["cpu"], 2) for result in results]
    return middle


def compare(ai, plain, task, repeats):
    """Milliseconds with and without the addon, in turns; the first turn only warms the caches."""
    with_addon, without = [], []
    for turn in range(repeats + 1):
        pair = [(ai, with_addon), (plain, without)]
        for process, results in pair if turn % 2 else reversed(pair):
            results.append(process.call(task))
    figures = {}
    for name, results in (("with", with_addon[1:]), ("without", without[1:])):
        figures[f"{name}_ms"] = round(1000 * statistics.median(result["seconds"] for result in results), 2)
        figures[f"{name}_queries"] = round(statistics.median(result["queries"] for result in results), 1)
        figures[f"{name}_all_ms"] = [round(1000 * result["seconds"], 2) for result in results]
    figures["ratio"] = round(figures["with_ms"] / figures["without_ms"], 3)
    return figures


def judge(figures):
    nightly = figures["nightly"]
    speed = nightly["ours"]["leads_per_second"] / nightly["odoo"]["leads_per_second"]
    added = figures["memory"]["added_pss_mib"]
    return {
        "nightly_speed_against_odoo": round(speed, 2),
        "nightly_ok": speed >= TARGETS["nightly"],
        "create_ok": figures["create"]["ratio"] <= TARGETS["create"],
        "memory_ok": added <= TARGETS["memory_mib"],
    }


def describe_machine():
    processors = len(os.sched_getaffinity(0))
    return {"processors": processors, "load": os.getloadavg()[0]}


def print_table(figures):
    training, nightly, memory = figures["training"], figures["nightly"], figures["memory"]
    print(f"\n{figures['leads']['closed']} closed and {figures['leads']['open']} open leads, {figures['seconds']} s")
    print(
        f"\nTraining: {training['seconds']} s for {training['rows']} rows, {training['state']}"
        f" ({training['family']}, AUC {training['auc']:.3f}); peak memory {training['peak_mib']} MiB in the trainer"
    )
    print(f"\n{'Nightly rescoring':<44}{'seconds':>9}{'leads/s':>9}{'CPU s':>9}{'queries':>9}{'reasons':>9}")
    for name, label in NIGHTLY_LABELS.items():
        row = nightly[name]
        print(
            f"{label:<44}{row['seconds']:>9.2f}{row['leads_per_second']:>9}{row['cpu']:>9.2f}"
            f"{row['queries']:>9}{row['reasons']:>9}"
        )
    print(f"\n{'Milliseconds (queries)':<44}{'with':>16}{'without':>16}{'ratio':>9}")
    for task, label in (("save", "saving one lead, median of 50"), ("create", "creating 200 leads")):
        row = figures[task]
        cells = [f"{row[f'{side}_ms']:.1f} ({row[f'{side}_queries']:g})" for side in ("with", "without")]
        print(f"{label:<44}{cells[0]:>16}{cells[1]:>16}{row['ratio']:>9.2f}")
    print(f"\n{'Memory of an HTTP worker, MiB':<44}{'with':>16}{'without':>16}{'more':>9}")
    for kind in ("pss", "rss", "private"):
        row = [memory[side][f"{kind}_mib"] for side in ("with", "without")]
        print(f"{kind.upper() if kind != 'private' else kind:<44}{row[0]:>16.1f}{row[1]:>16.1f}{row[0] - row[1]:>9.1f}")
    targets = figures["targets"]
    print(f"\nNightly {targets['nightly_speed_against_odoo']} × Odoo's own", end="")
    for name in ("nightly", "create", "memory"):
        print(f"; {name} {'reached' if targets[f'{name}_ok'] else 'MISSED'}", end="")
    print()


NIGHTLY_LABELS = {
    "first": "addon, first night after the first training",
    "ours": "addon, every score changes, reasons stored",
    "ours_again": "addon, nothing changes",
    "odoo": "Odoo's own, same database",
    "odoo_plain": "Odoo's own, without the addon",
}
