"""Made-up complaints for the engine's tests: the label decides some of the words, the rest is talk."""

import numpy as np

WORDS = {
    "Q1": ("semelle", "décollée", "sole", "unglued", "نعل", "tla7et"),
    "D1": ("retard", "late", "livraison", "delivery", "تأخير", "t3atlet"),
    "F1": ("pointure", "size", "petite", "narrow", "مقاس", "sghira"),
}
TALK = ("bonjour", "nous", "avons", "reçu", "les", "chaussures", "de", "la", "commande", "merci", "please", "the")
TALK += ("boots", "السلام", "عليكم", "sbabet", "el", "khedma")

QUICK = 3000  # texts shown to a network: enough for these, and fast


def made_texts(rows=240, seed=0, noise=0.0):
    """``(texts, labels)``; a share of ``noise`` has a wrong label."""
    rng = np.random.default_rng(seed)
    names = list(WORDS)
    labels = [names[i] for i in rng.integers(0, len(names), rows)]
    texts = [" ".join(rng.permutation([*rng.choice(WORDS[label], 2), *rng.choice(TALK, 5)])) for label in labels]
    swap = rng.random(rows) < noise
    return texts, [names[rng.integers(0, len(names))] if s else label for label, s in zip(labels, swap, strict=True)]
