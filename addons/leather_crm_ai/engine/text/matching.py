"""Where compiled patterns match in one text.

Words and lists have numbers.  A text is worked through in the order lists depend on each other; a line is only looked
at when a word or list of its most particular place occurs, so the time depends on the text and not on how many rules
there are.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from heapq import heappop, heappush

WITHOUT_WITHIN = 8  # words around a match in which a "!word" forbids it
MAX_PLACES = 400  # of one word in a text that are looked at


@dataclass(frozen=True)
class Line:
    """A compiled pattern: for each place the numbers that fit, and how each place is joined to the one before.

    :param gaps: (joint, words that may lie between) for each place but the first.
    :param without: numbers that must not be near.
    """

    numbers: tuple
    masks: tuple
    gaps: tuple
    without: tuple

    @property
    def rarest(self):
        """The numbers of the place with the fewest."""
        return min(self.numbers, key=len)


@dataclass(frozen=True)
class Owner:
    """A list or a rule with its lines and exceptions; ``number`` is None for a rule."""

    number: int | None
    lines: list
    exceptions: list
    rule: object = None


class Plan:
    """Owners in the order in which they are worked through, and what makes one worth a look.

    :param single: {word: lists that hold it as a line of its own}.
    """

    def __init__(self, owners, single):
        self.owners, self.single = owners, single
        self.triggers = {}  # number -> (owner, line) pairs; a line of -1 only calls the exceptions
        for place, owner in enumerate(owners):
            for index, line in enumerate(owner.lines):
                for number in line.rarest:
                    self.triggers.setdefault(number, []).append((place, index))
            if owner.exceptions and owner.number is not None:
                self.triggers.setdefault(owner.number, []).append((place, -1))


class Scene:
    """One text: where each word and list stands in it.

    :param numbers: for each word of the text the numbers it stands for.
    :param positions: how far into the text each word is.
    """

    def __init__(self, plan, numbers, positions):
        self.plan, self.positions = plan, positions
        self.places, self.present = {}, 0
        self._queue, self._waiting, self._done = [], {}, set()
        for index, found in enumerate(numbers):
            for number in found:
                self._note(number, (index, index + 1))
                for listed in plan.single.get(number, ()):
                    self._note(listed, (index, index + 1))

    def run(self):
        """Yield (rule, spans) of every rule that matches."""
        while self._queue:
            place = heappop(self._queue)
            owner, lines = self.plan.owners[place], self._waiting.pop(place)
            self._done.add(place)
            spans = [span for index in sorted(lines) if index >= 0 for span in self.find(owner.lines[index])]
            if owner.number is None:
                if spans and owner.exceptions:
                    covered = self.find_all(owner.exceptions)
                    spans = [span for span in spans if not overlaps(span, covered)]
                yield owner.rule, spans
                continue
            for span in spans:
                self._note(owner.number, span)
            if owner.exceptions and owner.number in self.places:
                self._except(owner.number, self.find_all(owner.exceptions))

    def find_all(self, lines):
        return [span for line in lines for span in self.find(line)]

    def find(self, line):
        """Spans of a line, as (first word, word after the last)."""
        for mask in line.masks:
            if not mask & self.present:
                return []
        spans = self.spans(line.numbers[0])
        for numbers, (joint, gap) in zip(line.numbers[1:], line.gaps, strict=True):
            if not spans:
                return spans
            spans = self._join(spans, self.spans(numbers), joint, gap)
        if line.without and spans:
            forbidden = self.spans(line.without)
            spans = [span for span in spans if not self._is_near_any(span, forbidden)]
        return spans

    def spans(self, numbers):
        """Sorted places of any of the numbers."""
        if len(numbers) == 1:
            return sorted(self.places.get(numbers[0], ()))
        return sorted({span for number in numbers for span in self.places.get(number, ())})

    def _note(self, number, span):
        places = self.places.get(number)
        if places is not None:
            if len(places) < MAX_PLACES and places[-1] != span:
                places.append(span)
            return
        self.places[number] = [span]
        self.present |= 1 << number
        for place, index in self.plan.triggers.get(number, ()):
            if place in self._waiting:
                self._waiting[place].add(index)
            elif place not in self._done:  # a list in a circle is worked through once
                self._waiting[place] = {index}
                heappush(self._queue, place)

    def _except(self, number, covered):
        self.places[number] = [span for span in self.places[number] if not overlaps(span, covered)]
        if not self.places[number]:
            self.present &= ~(1 << number)

    def _distance(self, first, second):
        """Words from the end of one span to the start of the next."""
        return self.positions[second[0]] - self.positions[first[1] - 1]

    def _join(self, spans, others, joint, gap):
        """Spans that reach from each of ``spans`` to the nearest fitting one of ``others``."""
        starts = [start for start, _ in others]
        joined = (self._join_one(span, others, starts, joint, gap) for span in spans)
        return [span for span in joined if span]

    def _join_one(self, span, others, starts, joint, gap):
        after = bisect_left(starts, span[1])
        before = bisect_right(starts, span[0]) - 1
        while before >= 0 and others[before][1] > span[0]:
            before -= 1
        if joint == "+":
            return span if after < len(others) or before >= 0 else None
        if after < len(others) and self._distance(span, others[after]) <= gap:
            return span[0], others[after][1]
        if joint == "~" and before >= 0 and self._distance(others[before], span) <= gap:
            return others[before][0], span[1]
        return None

    def _is_near_any(self, span, others):
        for other in others:
            before = other[1] <= span[0] and self._distance(other, span) > WITHOUT_WITHIN
            after = other[0] >= span[1] and self._distance(span, other) > WITHOUT_WITHIN
            if not before and not after:
                return True
        return False


def overlaps(span, others):
    return any(start < span[1] and span[0] < end for start, end in others)


def apart(spans, most):
    """The shortest spans that do not overlap, at most ``most``."""
    chosen = []
    for span in sorted(set(spans), key=lambda span: (span[1] - span[0], span)):
        if len(chosen) == most:
            break
        if not overlaps(span, chosen):
            chosen.append(span)
    return chosen
