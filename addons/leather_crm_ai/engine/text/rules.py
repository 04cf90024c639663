"""Rules: words that point to a complaint code or to a flag, kept as data that a manager can edit.

A rule has a label, a weight and patterns (see :mod:`.patterns`).  A rule whose label begins with ``@`` is a list of
words that other patterns refer to (``@sole``); lists of one name in several rules are one list.  A set of rules is
compiled once; matching a text takes time in proportion to its length.

Labels that are neither codes nor lists are flags: injury, ppe_failed, worn, unsafe, site_stopped, legal, repeated,
question, praise, spam, positive, negative; and finer ones that severity and ranking look at: skin, smell, marking,
certificate, unissued, idle, unhurt, hypothetical, saved, nofault, however.

>>> rules = RuleSet([Rule("a", "@sole", "fr", 1, ("semelle*",)), Rule("b", "Q1", "fr", 2, ("@sole ~ decol*",))])
>>> [(hit.label, hit.text) for hit in rules.match("La semelle s'est décollée")]
[('Q1', "semelle s'est décollée")]
"""

import csv
from dataclasses import dataclass

from .lexicon import Lexicon
from .matching import Line, Owner, Plan, Scene, apart
from .normalise import is_arabic, read
from .patterns import GAPS, NUMBER, PatternError, is_remark, named_lists, parse
from .words import KNOWN

MAX_HITS = 8  # of one rule in one text
LONG_WORD = 6  # from this length on a word of another language is no coincidence; in Arabic letters none is
_SPOKEN_WITH = {
    "fr": {"fr", "any", "arabizi"},
    "en": {"en", "any"},
    "arabizi": {"arabizi", "fr", "any", "ar"},
    "ar": {"ar", "arabizi", "any", "fr"},
}


@dataclass(frozen=True)
class Rule:
    """``key`` names it, ``label`` is a code (Q1), a flag (injury) or a list (@sole), ``patterns`` are lines.

    ``own``: the company's people wrote or changed it, so what it finds is not put in doubt.
    """

    key: str
    label: str
    language: str
    weight: float
    patterns: tuple
    own: bool = False

    @property
    def list_name(self):
        return self.label[1:] if self.label.startswith("@") else None


@dataclass(frozen=True)
class Hit:
    """A place where a rule found its label; ``start`` and ``end`` are places in the original text."""

    rule_key: str
    label: str
    weight: float
    start: int
    end: int
    text: str


class RuleSet:
    """Compiled rules.  Lines that cannot be understood are left out; :meth:`errors` says why."""

    def __init__(self, rules):
        rules = tuple(rules)
        self.own = frozenset(rule.key for rule in rules if rule.own)
        self._lexicon = Lexicon(KNOWN)
        self._list_names = {}
        for rule in rules:
            if rule.list_name is not None:
                self._list_names.setdefault(rule.list_name, len(self._list_names))
        parsed = [(rule, _parse_lines(rule.patterns)) for rule in rules]
        for rule, patterns in parsed:
            self._add_words(patterns, rule.language)
        self._number_sign = self._lexicon.add(NUMBER, False, "any")
        self._shift = len(self._lexicon.languages)  # lists are numbered behind the words
        self._plan = self._compile(parsed)
        self._allowed = {language: self._allowed_words(language) for language in _SPOKEN_WITH}

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
        allowed, by_sound = self._allowed.get(language), language not in ("fr", "en")
        numbers = [self._resolve(word, allowed, by_sound) for word, _, _ in words]
        hits = []
        for rule, spans in Scene(self._plan, numbers, positions).run():
            for start, end in apart(spans, MAX_HITS):
                first, last = words[start][1], words[end - 1][2]
                hits.append(Hit(rule.key, rule.label, rule.weight, first, last, text[first:last]))
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.rule_key))

    def _resolve(self, word, allowed, by_sound):
        """Numbers of the rules' words a written word stands for."""
        found = self._lexicon.resolve(word, by_sound)
        if word.isdigit():
            return found | {self._number_sign}
        return found if allowed is None else found & allowed

    # --- compiling

    def _add_words(self, patterns, language):
        for pattern in patterns:
            for choice in (*pattern.choices, *pattern.without):
                for word, is_start in choice.words:
                    self._lexicon.add(word, is_start, "any" if word == NUMBER else language)
                self._add_words(choice.phrases, language)

    def _compile(self, parsed):
        single, rules = {}, []
        self._lists = {number: ([], []) for number in self._list_names.values()}  # lines and exceptions
        self._phrases = {}  # alternatives of several words are lists without a name
        for rule, patterns in parsed:
            groups = ([], [])
            for pattern in patterns:
                line = self._line(pattern)
                if line is not None:
                    groups[pattern.is_exception].append(line)
            if rule.list_name is None:
                rules.append(Owner(None, *groups, rule))
            else:
                self._add_to_list(self._list_names[rule.list_name], *groups, single)
        lists = [Owner(self._shift + n, *self._lists[n]) for n in _order(self._lists, self._shift)]
        return Plan([*lists, *rules], single)

    def _add_to_list(self, number, lines, exceptions, single):
        """Words that are a line of their own are looked up, not matched."""
        for line in lines:
            if len(line.numbers) > 1 or line.without:
                self._lists[number][0].append(line)
                continue
            for found in line.numbers[0]:
                if found < self._shift:
                    single.setdefault(found, []).append(self._shift + number)
            rest = tuple(found for found in line.numbers[0] if found >= self._shift)
            if rest:
                self._lists[number][0].append(Line((rest,), (_mask(rest),), (), ()))
        self._lists[number][1].extend(exceptions)

    def _line(self, pattern):
        try:
            numbers = tuple(self._numbers(choice) for choice in pattern.choices)
            without = tuple(number for choice in pattern.without for number in self._numbers(choice))
        except KeyError:
            return None  # refers to a list that is not there
        masks = tuple(_mask(found) for found in numbers)
        return Line(numbers, masks, tuple((joint, GAPS[joint]) for joint in pattern.joints), without)

    def _numbers(self, choice):
        found = [self._lexicon.number(word, is_start) for word, is_start in choice.words]
        found += [self._shift + self._list_names[name] for name in choice.lists]
        for phrase in choice.phrases:
            if phrase not in self._phrases:
                line = self._line(phrase)
                if line is None:
                    raise KeyError("list")
                self._phrases[phrase] = len(self._lists)
                self._lists[len(self._lists)] = ([line], [])
            found.append(self._shift + self._phrases[phrase])
        return tuple(found)

    def _allowed_words(self, language):
        spoken = _SPOKEN_WITH[language]
        return frozenset(
            number
            for (word, _), number in self._lexicon.words()
            if self._lexicon.languages[number] & spoken or len(word) >= LONG_WORD or is_arabic(word)
        )


def _parse_lines(patterns):
    parsed = []
    for line in patterns:
        try:
            if not is_remark(line):
                parsed.append(parse(line))
        except PatternError:
            continue
    return parsed


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


def load_csv(path):
    """Rules of a data file with the columns id, label, language, weight and patterns."""
    with open(path, encoding="utf-8", newline="") as file:
        return [
            Rule(row["id"], row["label"], row["language"], float(row["weight"]), tuple(row["patterns"].splitlines()))
            for row in csv.DictReader(file)
        ]
