"""What Odoo's workers load to label texts: numpy alone, milliseconds a text, with the words that decided."""

from dataclasses import dataclass

import numpy as np

from .features import MARK, TextFeatures
from .network import Network, softmax

KIND = "text"  # how an artifact says whose document it holds
USUAL = "usual"
TOP_WORDS = 3  # named beside a proposal


@dataclass(frozen=True)
class CompiledHead:
    """One thing that is predicted.

    :param classes: labels, in the order of the network's outputs.
    :param temperature: what makes its probabilities honest.
    :param usual: quantiles of :func:`evidence` of texts of these classes that the network had not learned from.
    """

    classes: list
    network: Network
    temperature: float
    usual: np.ndarray

    def probabilities(self, codes, values):
        return softmax(self.network.log_odds(codes, values) / self.temperature)

    def familiarity(self, codes, values):
        found = evidence(self.network.log_odds(codes, values))
        return float(np.interp(found, self.usual, np.linspace(0.0, 1.0, len(self.usual))))


def evidence(log_odds):
    """How much speaks for any of the classes at all (Liu et al., "Energy-based out-of-distribution detection", 2020).

    Probabilities cannot say it: they add up to one for a text about something else, too.
    """
    highest = log_odds.max(axis=-1)
    return highest + np.log(np.exp(log_odds - highest[..., None]).sum(axis=-1))


class CompiledText:
    """Labels of texts.

    :param features: :class:`TextFeatures`, shared by all heads.
    :param heads: {name: :class:`CompiledHead`}.
    """

    def __init__(self, features, heads):
        self.features, self.heads = features, dict(heads)

    def classes(self, head):
        """Labels of a head, in the order of its probabilities."""
        return list(self.heads[head].classes)

    def predict_proba(self, texts):
        """{head: (n, classes) probabilities}."""
        rows = [self.features.row(text) for text in texts]
        return {
            name: np.array([head.probabilities(*row) for row in rows], dtype=float).reshape(-1, len(head.classes))
            for name, head in self.heads.items()
        }

    def rank(self, head, texts, top=3):
        """For each text the ``top`` likeliest labels: [(label, probability, (word, …)), …], best first."""
        return [self._rank(self.heads[head], text, top) for text in texts]

    def explain(self, text, label, k=5, *, head=None):
        """The ``k`` words that speak most for a label: [(word as written, log-odds it adds), …], strongest first.

        :param head: name; None means the first head that knows the label.
        """
        name = head or next(name for name, compiled in self.heads.items() if label in compiled.classes)
        compiled = self.heads[name]
        return _strongest(self._by_word(compiled, self.features.trace(text), _towards(compiled, label)), k)

    def explain_any(self, head, text, labels, k=5):
        """The ``k`` words that speak most for any of some labels against all others, as :meth:`explain` gives them."""
        compiled, read = self.heads[head], self.features.trace(text)
        wanted = np.isin(compiled.classes, labels)
        share = compiled.probabilities(read[1], read[2]).astype(np.float32)
        direction = np.where(wanted, share / max(share[wanted].sum(), 1e-9), -share / max(share[~wanted].sum(), 1e-9))
        return _strongest(self._by_word(compiled, read, direction.astype(np.float32)), k)

    def familiarity(self, text, head=None):
        """How usual a text is for the labels that are known, 0..1: the share of texts held out in the training that
        were as strange or stranger.  Below .1 it probably is about something else; nothing of an empty text.

        :param head: name; None means the first.
        """
        codes, values = self.features.row(text)
        if not len(codes) or not self.heads:
            return 0.0
        return self.heads[head or next(iter(self.heads))].familiarity(codes, values)

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        vocabulary, arrays = self.features.state()
        heads = []
        for number, (name, head) in enumerate(self.heads.items()):
            heads.append({"name": name, "classes": list(head.classes), "temperature": head.temperature})
            parts = {**head.network.state(), USUAL: head.usual}
            arrays.update({f"head{number}_{part}": array for part, array in parts.items()})
        return {"kind": KIND, "features": vocabulary, "heads": heads}, arrays

    @classmethod
    def from_state(cls, document, arrays):
        """:raises ValueError, KeyError: the document and its arrays do not fit together."""
        features = TextFeatures.from_state(document["features"], arrays)
        heads = {}
        for number, head in enumerate(document["heads"]):
            prefix = f"head{number}_"
            parts = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
            network = Network.from_state(parts)
            if network.inputs.shape[0] != len(features) or len(network.bias) != len(head["classes"]):
                raise ValueError(f"head {head['name']} does not fit its vocabulary or classes")
            heads[head["name"]] = CompiledHead(head["classes"], network, float(head["temperature"]), parts[USUAL])
        return cls(features, heads)

    def _rank(self, head, text, top):
        read = self.features.trace(text)
        probability = head.probabilities(read[1], read[2])
        best = np.argsort(-probability, kind="stable")[:top]
        found = []
        for position in best:
            label = head.classes[position]
            words = tuple(
                word for word, _weight in _strongest(self._by_word(head, read, _towards(head, label)), TOP_WORDS)
            )
            found.append((label, float(probability[position]), words))
        return found

    def _by_word(self, head, read, direction):
        """{word: log-odds that it adds in a direction of classes}."""
        written, codes, values, places, owners = read
        added = head.network.contributions(codes, values, direction) / head.temperature
        share = added[places] / np.bincount(places, minlength=len(codes))[places] / 2
        total = np.zeros(len(written))
        for side in (0, 1):
            np.add.at(total, owners[:, side], share)
        words = {}
        for word, amount in zip(written, total, strict=True):
            if not word.startswith(MARK):
                words[word] = words.get(word, 0.0) + float(amount)
        return words


def _towards(head, label):
    """The direction of one class against the mean of the others."""
    direction = np.full(len(head.classes), -1.0 / (len(head.classes) - 1), dtype=np.float32)
    direction[head.classes.index(label)] = 1.0
    return direction


def _strongest(words, count):
    ranked = sorted(((-amount, word) for word, amount in words.items() if amount > 0))
    return [(word, -amount) for amount, word in ranked[:count]]
