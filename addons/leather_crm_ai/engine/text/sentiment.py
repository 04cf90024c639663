"""How a text sounds, for the order of replies only: negative, neutral or positive.  It never sets severity."""


def judge(flags, codes=()):
    """Sentiment from the flags that rules found (a set or list with repetitions) and the codes."""
    found = list(flags)
    negative, positive = found.count("negative"), found.count("positive")
    primary = codes[0] if codes else ""
    if primary == "N2":
        return "positive"
    if primary and not primary.startswith("N"):
        return "negative" if negative or positive <= 1 else "neutral"
    if negative > positive:
        return "negative"
    return "positive" if positive > negative + 1 else "neutral"
