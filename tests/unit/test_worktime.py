"""Working time: hours and days counted on spells."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leather_engine.worktime import WorkTime

MONDAY = datetime(2026, 6, 1)


def _week(weeks=6):
    """Monday to Friday, 8 to 12 and 13 to 17."""
    spells = []
    for number in range(7 * weeks):
        day = MONDAY + timedelta(days=number)
        if day.weekday() < 5:
            spells += [
                (day + timedelta(hours=start), day + timedelta(hours=start + 4), day.date()) for start in (8, 13)
            ]
    return WorkTime(spells, hours_per_day=8)


def _at(day, hour, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (_at(0, 9), 2, _at(0, 11)),
        (_at(0, 11), 2, _at(0, 14)),  # over lunch
        (_at(0, 8), 8, _at(0, 17)),  # the whole day ends with it, not with the next morning
        (_at(0, 16), 2, _at(1, 9)),
        (_at(4, 16), 2, _at(7, 9)),  # over the weekend
        (_at(5, 10), 1, _at(7, 9)),  # begins on a day off
        (_at(0, 3), 1, _at(0, 9)),
        (_at(0, 12, 30), 1, _at(0, 14)),
    ],
)
def test_add_hours(start, hours, end):
    assert _week().add_hours(start, hours) == end


@pytest.mark.parametrize(
    ("day", "days", "end"),
    [
        (date(2026, 6, 1), 1, _at(1, 17)),  # the day itself does not count
        (date(2026, 6, 1), 5, _at(7, 17)),
        (date(2026, 6, 6), 1, _at(7, 17)),
        (date(2026, 5, 20), 1, _at(0, 17)),
    ],
)
def test_add_days(day, days, end):
    assert _week().add_days(day, days) == end


def test_beyond_the_last_spell():
    assert _week(1).add_hours(_at(0, 8), 41) is None
    assert _week(1).add_days(date(2026, 6, 1), 5) is None
    assert WorkTime([]).add_hours(MONDAY, 1) is None
    assert WorkTime([]).add_days(MONDAY.date(), 1) is None
    assert WorkTime([]).hours_between(MONDAY, _at(3, 0)) == 0


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (_at(0, 9), _at(0, 11), 2),
        (_at(0, 11), _at(0, 14), 2),
        (_at(0, 16), _at(1, 9), 2),
        (_at(5, 0), _at(6, 0), 0),
        (_at(1, 0), _at(0, 0), 0),
        (_at(0, 0), _at(7, 0), 40),
    ],
)
def test_hours_between(start, end, hours):
    assert _week().hours_between(start, end) == pytest.approx(hours)


@given(st.integers(0, 20 * 24 * 60), st.integers(1, 60 * 60))
def test_adding_and_counting_agree(minute, minutes):
    """As many hours lie between a moment and its deadline as were added, and the deadline is in working time."""
    worktime, start = _week(), MONDAY + timedelta(minutes=minute)
    end = worktime.add_hours(start, minutes / 60)
    assert worktime.hours_between(start, end) == pytest.approx(minutes / 60)
    assert any(
        begin < end + timedelta(seconds=1) and end <= stop + timedelta(seconds=1) for begin, stop, _ in worktime.spells
    )


def test_around_the_clock():
    worktime = WorkTime.around_the_clock(_at(0, 9), _at(5, 3))
    assert worktime.add_hours(_at(0, 9), 24) == _at(1, 9)
    assert worktime.hours_between(_at(0, 9), _at(2, 10)) == 49
    assert worktime.add_days(MONDAY.date(), 2) == _at(3, 0)
