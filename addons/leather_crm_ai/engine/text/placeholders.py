"""Templates of answers: a text with facts in braces, and sentences in brackets that go when a fact is missing.

``{order}`` is replaced by the fact of that name.  ``[Your order {order} left on {sent_on}.]`` is left out when one of
its facts is not known; outside brackets a fact that is not known leaves a gap.  There is nothing else: no conditions,
no code, so whoever edits a template can do no more than choose words.  Templates are HTML; facts are text and are
escaped.

>>> fill("<p>Hello {customer}.[ Lot {lot}.]</p>", {"customer": "A & B", "lot": None}, gap=lambda name: "…")
('<p>Hello A &amp; B.</p>', [])
"""

import html
import re
from collections import Counter

_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_MARK = "\x00"  # stands for a tag while words are looked at; no HTML holds it
_HIDDEN = re.compile(f"{_MARK}(\\d+){_MARK}")
_FACT = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_STRAY = re.compile(r"[{}\[\]]")
_SPACES = re.compile(r"(?<=\s)[ \t]+")
_EMPTY = re.compile(r"<(p|li)\b[^>]*>\s*</\1>")
_NAME = re.compile(r"<\s*(/?)\s*([a-zA-Z0-9]+)")
_VOID = {"br", "img", "hr", "wbr"}
_BLOCKS = {"p", "div", "li", "ul", "ol", "table", "tr", "td", "h1", "h2", "h3", "h4", "blockquote"}
SHOWN = 40  # characters of the text around a mistake


def names(body):
    """Names of the facts in a template, each once, in their order."""
    text, _tags = _hide_tags(body)
    return list(dict.fromkeys(name.strip() for name in _FACT.findall(text)))


def problems(body, known):
    """What is wrong with a template: list of ``(kind, detail)``, empty when nothing is.

    Kinds: ``unknown`` (a name that is no fact), ``stray`` (a brace or bracket without its partner), ``nested``
    (brackets in brackets), ``paragraphs`` (a sentence in brackets that begins in one paragraph and ends in another),
    ``markup`` (a name that is partly bold or the like), ``link`` (a fact within a link's address).
    """
    text, tags = _hide_tags(body)
    found = [("link", tag) for tag in tags if _FACT.search(tag)]
    for name in _FACT.findall(text):
        if _MARK in name:
            found.append(("markup", _HIDDEN.sub("", name)))
        elif name.strip() not in known:
            found.append(("unknown", name.strip()))
    found += [("paragraphs", _show(block)) for block in _OPTIONAL.findall(text) if not _is_whole(block, tags)]
    if left := _STRAY.search(_OPTIONAL.sub("", _FACT.sub("", text))):
        rest = _OPTIONAL.sub("", _FACT.sub("", text))
        kind = "nested" if re.search(r"\[[^\[\]]*\[", text) else "stray"
        found.append((kind, _show(rest[max(0, left.start() - SHOWN // 2) : left.end() + SHOWN // 2])))
    return list(dict.fromkeys(found))


def fill(body, facts, *, gap):
    """``(html, missing)``: the template with its facts, and the names of those that left a gap.

    :param facts: {name: text, or None where it is not known}; the text is escaped here.
    :param gap: function from a name to the HTML that stands where the fact is missing.
    """
    text, tags = _hide_tags(body)
    missing = []

    def known(name):
        return facts.get(name.strip()) not in (None, "")

    def put(match):
        name = match.group(1).strip()
        if known(name):
            return html.escape(str(facts[name]))
        missing.append(name)
        return gap(name)

    def keep_or_drop(match):
        block = match.group(1)
        if all(known(name) for name in _FACT.findall(block)):
            return block
        return "" if _is_whole(block, tags) else "".join(f"{_MARK}{n}{_MARK}" for n in _HIDDEN.findall(block))

    kept = _SPACES.sub("", _OPTIONAL.sub(keep_or_drop, text))
    # an empty paragraph is one whose only sentence was left out
    shaped = _EMPTY.sub("", _show_tags(kept, tags))
    text, tags = _hide_tags(shaped)
    return _show_tags(_FACT.sub(put, text), tags), list(dict.fromkeys(missing))


def _hide_tags(body):
    """``(text, tags)``: each tag replaced by its number between marks, so that words can be looked at alone."""
    tags = []

    def hide(match):
        tags.append(match.group())
        return f"{_MARK}{len(tags) - 1}{_MARK}"

    return _TAG.sub(hide, (body or "").replace(_MARK, "")), tags


def _show_tags(text, tags):
    return _HIDDEN.sub(lambda match: tags[int(match.group(1))], text)


def _is_whole(block, tags):
    """Does a piece of text hold both ends of each of its tags, and none of a paragraph?"""
    depth = Counter()
    for number in _HIDDEN.findall(block):
        match = _NAME.match(tags[int(number)])
        if not match:
            continue
        name = match.group(2).lower()
        if name in _BLOCKS:
            return False
        if name not in _VOID:
            depth[name] += -1 if match.group(1) else 1
            if depth[name] < 0:
                return False
    return not any(depth.values())


def _show(text):
    return html.unescape(_HIDDEN.sub(" ", text)).strip()[:SHOWN]
