"""Rules: words that point to a complaint code or to a flag, kept as data that a manager can edit.

A rule has a label, a weight and patterns (see :mod:`.patterns`).  A rule whose label begins with ``@`` is a list of
words that other patterns refer to (``@sole``); lists of one name in several languages are one list.  A set of rules
is compiled once; matching a text takes time in proportion to its length.

>>> rules = RuleSet([Rule("a", "@sole", "fr", 1, ("semelle*",)), Rule("b", "Q1", "fr", 2, ("@sole ~ decol*",))])
>>> [(hit.label, hit.text) for hit in rules.match("La semelle s'est décollée")]
[('Q1', "semelle s'est décollée")]
"""

import csv
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from .lexicon import Lexicon
from .normalise import read
from .patterns import GAPS, NUMBER, PatternError, is_remark, named_lists, parse
from .words import KNOWN

MAX_HITS = 8  # of one rule in one text
WITHOUT_WITHIN = 8  # words around a match in which a "!word" forbids it
MAX_PLACES = 400  # of one word in a text that are looked at
LONG_WORD = 6  # from this length on a word of another language is no coincidence
_SPOKEN_WITH = {
    "fr": {"fr", "any", "arabizi"},
    "en": {"en", "any"},
    "arabizi": {"arabizi", "fr", "any", "ar"},
    "ar": {"ar", "arabizi", "any", "fr"},
}


@dataclass(frozen=True)
class Rule:
    """``key`` names it, ``label`` is a code (Q1), a flag (injury) or a list (@sole), ``patterns`` are lines."""

    key: str
    label: str
    language: str
    weight: float
    patterns: tuple


@dataclass(frozen=True)
class Hit:
    """A place where a rule found its label; ``start`` and ``end`` are places in the original text."""

    rule_key: str
    label: str
    weight: float
    start: int
    end: int
    text: str


@dataclass
class _Line:
    """A compiled pattern: for each place the mask and the numbers that fit."""

    masks: tuple
    numbers: tuple
    gaps: tuple
    without: tuple


class RuleSet:
    """Compiled rules.  Lines that cannot be understood are left out; :meth:`errors` says why."""

    def __init__(self, rules):
        rules = tuple(rules)
        self.labels = tuple(dict.fromkeys(rule.label for rule in rules if not rule.label.startswith("@")))
        self._lexicon = Lexicon(KNOWN)
        self._list_names = {}
        for rule in rules:
            if rule.label.startswith("@"):
                self._list_names.setdefault(rule.label[1:], len(self._list_names))
        parsed = [(rule, _parse_lines(rule.patterns)) for rule in rules]
        for rule, patterns in parsed:
            self._add_words(patterns, rule.language)
        self.number_sign = self._lexicon.add(NUMBER, False, "any")
        self._shift = len(self._lexicon.languages)  # lists are numbered behind the words
        self._compile(parsed)
        self.allowed = {language: self._allowed_words(language) for language in _SPOKEN_WITH}

    @property
    def lists(self):
        """Names of the lists of words."""
        return tuple(self._list_names)

    @staticmethod
    def errors(patterns, lists=None):
        """Problems of a manager's patterns: list of (line number from 1, code of :data:`.patterns.CODES`).

        :param patterns: text with one pattern per line, or its lines.
        :param lists: names that patterns may refer to; not checked when None.
        """
        lines = patterns.splitlines() if isinstance(patterns, str) else patterns
        problems = []
        for number, line in enumerate(lines, 1):
            try:
                named = () if is_remark(line) else named_lists(parse(line))
            except PatternError as error:
                problems.append((number, error.code))
                continue
            if lists is not None and not set(named) <= set(lists):
                problems.append((number, "unknown_list"))
        return problems

    def match(self, text, language=None):
        """List of :class:`Hit` in the order of the text.

        :param language: of the text, when known: short words of languages it is not mixed with are ignored.
        """
        words, positions = read(text)
        if not words:
            return []
        scene = _Scene(self, [word for word, _, _ in words], positions, language)
        hits = []
        for rule, lines, exceptions in self._rules:
            spans = _find_all(scene, lines)
            if spans and exceptions:
                covered = _find_all(scene, exceptions)
                spans = [span for span in spans if not _overlaps(span, covered)]
            for start, end in _apart(spans):
                first, last = words[start][1], words[end - 1][2]
                hits.append(Hit(rule.key, rule.label, rule.weight, first, last, text[first:last]))
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.rule_key))

    # --- compiling

    def _add_words(self, patterns, language):
        for pattern in patterns:
            for choice in (*pattern.choices, *pattern.without):
                for word, is_start in choice.words:
                    self._lexicon.add(word, is_start, "any" if word == NUMBER else language)
                self._add_words(choice.phrases, language)

    def _compile(self, parsed):
        self._rules, self.single = [], {}  # single: word -> lists that hold this word as a line of its own
        self._lines = {number: ([], []) for number in self._list_names.values()}  # lines and exceptions of each list
        self._phrases = {}  # alternatives of several words are lists without a name
        for rule, patterns in parsed:
            groups = ([], [])
            for pattern in patterns:
                line = self._line(pattern)
                if line is not None:
                    groups[pattern.is_exception].append(line)
            if rule.label.startswith("@"):
                self._add_to_list(self._list_names[rule.label[1:]], *groups)
            else:
                self._rules.append((rule, *groups))
        self.list_order = [(self._shift + n, *self._lines[n]) for n in _order(self._lines, self._shift)]

    def _add_to_list(self, number, lines, exceptions):
        for line in lines:
            if len(line.masks) == 1 and not line.without:
                for found in line.numbers[0]:
                    if found < self._shift:
                        self.single.setdefault(found, []).append(self._shift + number)
                rest = tuple(found for found in line.numbers[0] if found >= self._shift)
                if rest:
                    self._lines[number][0].append(_Line((_mask(rest),), (rest,), (), ()))
            else:
                self._lines[number][0].append(line)
        self._lines[number][1].extend(exceptions)

    def _line(self, pattern):
        try:
            numbers = tuple(self._numbers(choice) for choice in pattern.choices)
            without = tuple(number for choice in pattern.without for number in self._numbers(choice))
        except KeyError:
            return None  # refers to a list that is not there
        masks = tuple(_mask(found) for found in numbers)
        return _Line(masks, numbers, tuple((joint, GAPS[joint]) for joint in pattern.joints), without)

    def _numbers(self, choice):
        found = [self._lexicon.number(word, is_start) for word, is_start in choice.words]
        found += [self._shift + self._list_names[name] for name in choice.lists]
        for phrase in choice.phrases:
            if phrase not in self._phrases:
                line = self._line(phrase)
                if line is None:
                    raise KeyError("list")
                self._phrases[phrase] = len(self._lines)
                self._lines[len(self._lines)] = ([line], [])
            found.append(self._shift + self._phrases[phrase])
        return tuple(found)

    def _allowed_words(self, language):
        spoken = _SPOKEN_WITH[language]
        allowed = set()
        for (word, _), number in self._lexicon.words():
            if self._lexicon.languages[number] & spoken or len(word) >= LONG_WORD:
                allowed.add(number)
        return frozenset(allowed)

    def resolve(self, word, by_sound=True):
        """Numbers of the rules' words a written word stands for."""
        found = self._lexicon.resolve(word, by_sound)
        return found | {self.number_sign} if word.isdigit() else found


class _Scene:
    """One text: where each word and list of the rules stands in it."""

    def __init__(self, rules, words, positions, language):
        allowed, by_sound = rules.allowed.get(language), language not in ("fr", "en")
        self.positions = positions
        self.places = {}
        self.present = 0
        for index, word in enumerate(words):
            found = rules.resolve(word, by_sound)
            for number in found if allowed is None else found & allowed:
                self._note(number, (index, index + 1))
                for listed in rules.single.get(number, ()):
                    self._note(listed, (index, index + 1))
        for number, lines, exceptions in rules.list_order:
            for span in _find_all(self, lines) if lines else ():
                self._note(number, span)
            if exceptions and number in self.places:
                self._except(number, _find_all(self, exceptions))

    def _except(self, number, covered):
        left = [span for span in self.places[number] if not _overlaps(span, covered)]
        self.places[number] = left
        if not left:
            self.present &= ~(1 << number)

    def _note(self, number, span):
        places = self.places.get(number)
        if places is None:
            self.places[number] = [span]
            self.present |= 1 << number
        elif len(places) < MAX_PLACES and places[-1] != span:
            places.append(span)

    def spans(self, numbers):
        """Sorted places of any of the numbers."""
        if len(numbers) == 1:
            return sorted(self.places.get(numbers[0], ()))
        return sorted({span for number in numbers for span in self.places.get(number, ())})

    def distance(self, first, second):
        """Words from the end of one span to the start of the next."""
        return self.positions[second[0]] - self.positions[first[1] - 1]


def _parse_lines(patterns):
    parsed = []
    for line in patterns:
        try:
            if not is_remark(line):
                parsed.append(parse(line))
        except PatternError:
            continue
    return parsed


def _overlaps(span, others):
    return any(start < span[1] and span[0] < end for start, end in others)


def _mask(numbers):
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _order(lists, shift):
    """Lists in an order in which each comes after those it refers to; those in a circle come last."""
    needs = {number: _needed(lines, shift) - {number} for number, lines in lists.items()}
    order = []
    while needs:
        free = [number for number, wanted in needs.items() if not wanted & needs.keys()] or list(needs)
        order += free
        for number in free:
            del needs[number]
    return order


def _needed(groups, shift):
    every = [line for lines in groups for line in lines]
    numbers = {n for line in every for found in (*line.numbers, line.without) for n in found}
    return {number - shift for number in numbers if number >= shift}


def _find_all(scene, lines):
    found, present = [], scene.present
    for line in lines:
        for mask in line.masks:
            if not mask & present:
                break
        else:
            found += _find(scene, line)
    return found


def _find(scene, line):
    spans = scene.spans(line.numbers[0])
    for numbers, (joint, gap) in zip(line.numbers[1:], line.gaps, strict=True):
        if not spans:
            return spans
        spans = _join(scene, spans, scene.spans(numbers), joint, gap)
    if line.without and spans:
        forbidden = scene.spans(line.without)
        spans = [span for span in spans if not _is_near_any(scene, span, forbidden)]
    return spans


def _join(scene, spans, others, joint, gap):
    """Spans that reach from each of ``spans`` to the nearest fitting one of ``others``."""
    starts = [start for start, _ in others]
    joined = []
    for span in spans:
        if joint == "+":
            if any(end <= span[0] or start >= span[1] for start, end in others):
                joined.append(span)
            continue
        after = bisect_left(starts, span[1])
        if after < len(others) and scene.distance(span, others[after]) <= gap:
            joined.append((span[0], others[after][1]))
        elif joint == "~":
            before = bisect_right(starts, span[0]) - 1
            while before >= 0 and others[before][1] > span[0]:
                before -= 1
            if before >= 0 and scene.distance(others[before], span) <= gap:
                joined.append((others[before][0], span[1]))
    return joined


def _is_near_any(scene, span, others):
    for other in others:
        before = other[1] <= span[0] and scene.distance(other, span) > WITHOUT_WITHIN
        after = other[0] >= span[1] and scene.distance(span, other) > WITHOUT_WITHIN
        if not before and not after:
            return True
    return False


def _apart(spans):
    """The shortest spans that do not overlap, at most :data:`MAX_HITS`."""
    chosen = []
    for start, end in sorted(set(spans), key=lambda span: (span[1] - span[0], span)):
        if len(chosen) == MAX_HITS:
            break
        if not _overlaps((start, end), chosen):
            chosen.append((start, end))
    return chosen


def load_csv(path):
    """Rules of a data file with the columns id, label, language, weight and patterns."""
    with open(path, encoding="utf-8", newline="") as file:
        return [
            Rule(row["id"], row["label"], row["language"], float(row["weight"]), tuple(row["patterns"].splitlines()))
            for row in csv.DictReader(file)
        ]
