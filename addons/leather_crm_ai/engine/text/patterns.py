"""The language of the rules' patterns, made to be read and written by people who do not program.

One pattern per line:

===========================  ======================================================================================
``semelle``                  the word, in any spelling: accents, capitals, drawn-out, mistyped letters do not matter
``decol*``                   words that begin so
``decol*|part en morceaux``  one or the other
``semelle decollee``         one after the other; one word may stand between
``pas (recu|arrive*|la)``    the same with alternatives
``semelle _ pied``           one after the other; up to three words may stand between
``semelle ~ decol*``         near each other (within six words), in any order
``commande + retard*``       both somewhere in the text
``… !neuf``                  but not where this word is near
``@sole``                    any word or expression of the list "sole"
``#``                        a number
``?``                        a question mark
``- pas de blesse*``         a line that begins with a minus is an exception: what it covers does not count
``; text``                   a remark
===========================  ======================================================================================
"""

import re
from dataclasses import dataclass

from .normalise import is_arabic, tokens

MAX_LINE = 1000
NUMBER = "#"  # the word that stands for any number
GAPS = {" ": 2, "_": 4, "~": 6, "+": None}  # how far apart, in words, two parts may be
JOINTS = ("_", "~", "+")
_PIECES = re.compile(r"!?\([^()]*\)|[()]|\||[^\s()|]+")


@dataclass(frozen=True)
class Choice:
    """Alternatives for one place: ``words`` are ``(word, is a beginning)``, ``lists`` names, ``phrases`` patterns."""

    words: tuple = ()
    lists: tuple = ()
    phrases: tuple = ()


@dataclass(frozen=True)
class Pattern:
    """A parsed line: choices, the joint before each but the first, and the choices that must not be near."""

    choices: tuple
    joints: tuple
    without: tuple = ()
    is_exception: bool = False


class PatternError(ValueError):
    """``code`` says what is wrong: see :data:`CODES`."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


CODES = (
    "line_too_long",
    "nothing_to_find",
    "alternative_missing",
    "bracket_missing",
    "beginning_too_short",
    "joint_without_part",
    "unknown_list",
)


def is_remark(line):
    line = line.strip()
    return not line or line.startswith(";")


def parse(line):
    """:class:`Pattern` of a line.  :raises PatternError: when it cannot be understood."""
    if len(line) > MAX_LINE:
        raise PatternError("line_too_long")
    pieces = _PIECES.findall(line)
    is_exception = pieces[:1] == ["-"]
    choices, joints, without, segment, joint = [], [], [], [], " "
    for piece in [*pieces[is_exception:], None]:
        if piece is None or piece in JOINTS:
            found = _segment(segment)
            if not found and (piece is not None or joint != " "):
                raise PatternError("joint_without_part")
            joints += [joint] + [" "] * (len(found) - 1) if found else []
            choices += found
            segment, joint = [], piece
        elif piece.startswith("!") and len(piece) > 1:
            without.append(piece[1:].strip("()"))
        else:
            segment.append(piece)
    if not choices:
        raise PatternError("nothing_to_find")
    return Pattern(tuple(choices), tuple(joints[1:]), _without(without), is_exception)


def named_lists(pattern):
    """Names of the lists a pattern refers to."""
    names = []
    for choice in (*pattern.choices, *pattern.without):
        names += choice.lists
        for phrase in choice.phrases:
            names += named_lists(phrase)
    return names


def _without(pieces):
    """``!a !@b``: one choice of them all."""
    return (_alternatives(_split("|".join(pieces))),) if pieces else ()


def _segment(pieces):
    """Choices of what stands between two joints."""
    if not pieces:
        return []
    if "|" in pieces:
        return [_alternatives(pieces)]
    return [choice for piece in pieces for choice in _place(piece)]


def _place(piece):
    if piece in "()":
        raise PatternError("bracket_missing")
    if piece.startswith("("):
        return [_alternatives(_split(piece[1:-1]))]
    if piece.startswith("@") and len(piece) > 1:
        return [Choice(lists=(piece[1:],))]
    if piece == NUMBER:
        return [Choice(words=((NUMBER, False),))]
    return [Choice(words=(word,)) for word in _words(piece)]


def _split(text):
    return _PIECES.findall(text)


def _alternatives(pieces):
    """One choice of ``a | b c | @d``."""
    words, lists, phrases, alternative = [], [], [], []
    for piece in [*pieces, "|"]:
        if piece != "|":
            alternative.append(piece)
            continue
        places = [choice for part in alternative for choice in _place(part)]
        if not places:
            raise PatternError("alternative_missing")
        if len(places) > 1 or places[0].phrases:
            phrases.append(Pattern(tuple(places), (" ",) * (len(places) - 1)))
        else:
            words += places[0].words
            lists += places[0].lists
        alternative = []
    return Choice(tuple(words), tuple(lists), tuple(phrases))


def _words(piece):
    found = [token for token, _, _ in tokens(piece)]
    if not found:
        raise PatternError("nothing_to_find")
    is_start = piece.endswith("*")
    if is_start and len(found[-1]) < (2 if is_arabic(found[-1]) else 3):
        raise PatternError("beginning_too_short")
    return [(word, is_start and place == len(found) - 1) for place, word in enumerate(found)]
