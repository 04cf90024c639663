"""The simulation of defect clusters."""

import json

import numpy as np
import pytest

from bench import clusters
from bench.__main__ import main


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    out = tmp_path_factory.mktemp("clusters") / "out.json"
    assert main(["clusters", "--years", "1", "--seed", "5", "--json", str(out)]) == 0
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_whole_run(figures):
    assert set(figures["rules"]) == {"fixed", "ours"}
    ours, fixed = figures["rules"]["ours"], figures["rules"]["fixed"]
    assert ours["false_a_year"] < fixed["false_a_year"]
    assert ours["bad"]["found"] == 1.0
    assert figures["defects"] == sum(count for count, _strengths in clusters.DEFECTS.values())
    assert set(ours) == {"alerts_a_year", "false_a_year", "defects", "found", "median_days", "p90_days"} | {
        *clusters.DEFECTS,
        *clusters.STRENGTHS,
    }


def test_the_same_seed_gives_the_same_years():
    one, other, third = (clusters.World(1, seed) for seed in (7, 7, 8))
    assert np.array_equal(one.complaints.day, other.complaints.day)
    assert not np.array_equal(one.complaints.day[:500], third.complaints.day[:500])


def test_what_is_planted_is_there():
    world = clusters.World(1, 2)
    for number, (lots, code, _rate) in enumerate(world.extra):
        mine = world.cause == number
        assert set(world.complaints.cell[mine]) <= set(lots)
        assert set(world.complaints.code[mine]) <= {code}
    pairs = world.deliveries.pairs[world.deliveries.day > clusters.HISTORY].sum()
    assert pairs / clusters.YEAR == pytest.approx(1000 * 5 / 7, rel=0.1)


def test_what_is_never_found_counts_as_never():
    world = clusters.World(1, 2)
    desk = clusters.Desk(world)
    numbers = [number for number, defect in enumerate(world.defects) if defect.first is not None]
    desk.found = dict.fromkeys(numbers[: len(numbers) // 2 + 1], 4)
    days = desk._days(numbers)
    assert days["median_days"] == 4
    assert days["p90_days"] is None
    assert "never" in clusters.render(
        {"years": 1, "seed": 2, "pairs": 1, "complaints": 1, "defects": 1, "rules": {"ours": desk.figures()}}
    )
