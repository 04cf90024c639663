"""What the rules and a trained model say of one text, put together into proposals.

The rules are there from the first day and know every label; the model knows only labels with enough confirmed texts,
but how sure it is has been measured.  So the model's word counts for the labels it has learned, and the rules' for the
others: where the rules' best label is one that the model cannot know (an injury, in a house that has few), it stays
first.
"""

from dataclasses import dataclass, field

RULE_WORD = "zzrule"  # no language has a word that begins so


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one head of one record.

    :param top: ((label, confidence 0..1, (word, …)), …), best first.
    :param source: "rules" or "model": who says the first.
    :param version_id: the model's version; None for rules.
    :param rules: labels of the rules, best first.
    :param automatic: sure enough to be set without a person.
    """

    top: tuple = ()
    source: str = "rules"
    version_id: int | None = None
    rules: tuple = field(default=())
    automatic: bool = False

    @property
    def label(self):
        return self.top[0][0] if self.top else None

    @property
    def confidence(self):
        return self.top[0][1] if self.top else 0.0

    def to_json(self):
        """What is kept on the record."""
        return {
            "top": [[label, round(confidence, 4), list(words)] for label, confidence, words in self.top],
            "source": self.source,
            "version": self.version_id,
            "auto": self.automatic,
        }


def combine(ruled, said, *, learned=(), threshold=None, version_id=None, top=3):
    """Proposals of one head.

    :param ruled: [(label, confidence, words), …] of the rules, best first.
    :param said: the same of the model; empty without one.
    :param learned: labels that the model knows.
    :param threshold: confidence from which the model's first label is set by itself; None: never.
    :return: :class:`Proposal`
    """
    names = tuple(label for label, _confidence, _words in ruled)
    if not said:
        return Proposal(top=_clean(ruled[:top]), rules=names)
    unknown = [item for item in ruled if item[0] not in learned]
    from_rules = bool(unknown) and unknown[0] == ruled[0]
    ordered = [unknown[0], *said, *unknown[1:]] if from_rules else [*said, *unknown]
    return Proposal(
        top=_clean(_with_rule_words(ordered, ruled)[:top]),
        source="rules" if from_rules else "model",
        version_id=None if from_rules else version_id,
        rules=names,
        automatic=not from_rules and threshold is not None and said[0][1] >= threshold,
    )


def with_rules(text, ruled):
    """The text as the model reads it: with one word for each label the rules found.

    :param ruled: {head: [(label, confidence, words), …]}
    """
    return " ".join([text, *rule_words({head: [item[0] for item in found] for head, found in ruled.items()})])


def rule_words(labels):
    """Words that tell the model what the rules said, the first label apart from the others.

    :param labels: {head: [label, …]}
    """
    return [
        f"{RULE_WORD}{'first' if rank == 0 else 'also'}{head}{label}".lower()
        for head in sorted(labels)
        for rank, label in enumerate(labels[head])
    ]


def _with_rule_words(ordered, ruled):
    """The words of the rules beside a label that both propose: they are easier to read than the model's."""
    known = {label: words for label, _confidence, words in ruled}
    return [(label, confidence, known.get(label) or words) for label, confidence, words in ordered]


def _clean(items):
    return tuple(
        (label, float(confidence), tuple(word for word in words if not word.lower().startswith(RULE_WORD)))
        for label, confidence, words in items
    )
