"""Working time: when so many working hours or days are over, and how many lie between two moments.

How to use it: ``WorkTime(spells)`` takes the working spells of one calendar as ``(start, stop, day)``, in order,
without overlap, naive moments of one time zone; ``day`` is the calendar day on which the spell counts. Read the spells
once for many questions: every answer is a binary search. Hours mean what they mean to Odoo's ``resource.calendar``
(``plan_hours``, ``get_work_hours_count``), which reads its spells anew for every question.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, time, timedelta
from itertools import accumulate

HOUR = 3600.0


class WorkTime:
    """Answers about the working time of one calendar, within the spells it was given."""

    def __init__(self, spells, *, hours_per_day=24.0):
        self.spells = list(spells)
        self.hours_per_day = hours_per_day
        self._starts = [start for start, _stop, _day in self.spells]
        self._stops = [stop for _start, stop, _day in self.spells]
        self._days = [day for _start, _stop, day in self.spells]
        lengths = ((stop - start).total_seconds() / HOUR for start, stop, _day in self.spells)
        self._before = [0.0, *accumulate(lengths)]  # working hours before each spell

    @classmethod
    def around_the_clock(cls, start, end):
        """Every hour of every day from one moment to another is working time."""
        spells, day = [], start.date()
        while datetime.combine(day, time()) < end:
            midnight = datetime.combine(day, time())
            spells.append((midnight, midnight + timedelta(days=1), day))
            day += timedelta(days=1)
        return cls(spells)

    def hours_between(self, start, end):
        """Working hours from one moment to a later one; 0 when it is earlier."""
        return max(0.0, self._hours_until(end) - self._hours_until(start))

    def add_hours(self, start, hours):
        """The moment when so many working hours from a moment on are over; None beyond the last spell."""
        total = self._hours_until(start) + hours
        index = bisect_left(self._before, total, lo=1) - 1
        if index >= len(self.spells):
            return None
        return self.spells[index][0] + timedelta(hours=total - self._before[index])

    def add_days(self, day, days):
        """The end of the last of so many working days after a calendar day, which itself does not count.

        None beyond the last spell.
        """
        seen = set()
        for _start, stop, spell_day in self.spells[bisect_right(self._days, day) :]:
            seen.add(spell_day)
            if len(seen) == days:
                return self._end_of(spell_day, stop)
        return None

    def _end_of(self, day, stop):
        """The end of the last spell of a day."""
        last = bisect_right(self._days, day) - 1
        return max(stop, self._stops[last])

    def _hours_until(self, moment):
        """Working hours from the first spell to a moment."""
        index = bisect_right(self._starts, moment)
        if not index:
            return 0.0
        start, stop, _day = self.spells[index - 1]
        return self._before[index - 1] + (min(moment, stop) - start).total_seconds() / HOUR
