"""How serious a complaint is: S4 to S0, by rules over what the text says and what the database knows.

The level is that of the most serious rule that fires.  How angry the text sounds never counts.

Reasons are ``(key, detail)``:

==================  =====================================================================  =========================
key                 meaning                                                                detail
==================  =====================================================================  =========================
``injury``          somebody was hurt, or had an accident                                  ""
``ppe_failed``      a protection did not protect (toe cap, plate, slip, antistatic, …)     code
``unsafe``          a sharp object, a skin reaction, a safety mark that is missing         code
``failed_worn``     the sole came off or broke while the shoe was worn at work             code
``certificate``     a certificate is in question, and no pair has been handed out yet               code
``smell``           a smell and nothing else                                               code
``structural``      the sole failed                                                        code
``many_pairs``      at least :data:`MANY_PAIRS` pairs                                      pairs
``lot_share``       at least 1 % of the lot                                                per cent, one decimal
``site_stopped``    people cannot work                                                     ""
``legal``           a court, a lawyer or an authority is mentioned                         ""
``customer_third``  third complaint of this customer in 90 days                            complaints before
``lot_third``       third complaint about this lot in 90 days                              complaints before
``repeated``        the text says that it is the third time or more                        ""
``default``         what the code says by itself                                           code
``question``        a question, praise or spam                                             code
``nothing_known``   no rule knows what it is about                                         ""
``reads_dangerous`` no rule found danger, but the text as a whole reads like it            words, comma-separated
``doubted``         a rule found danger, but the text as a whole does not read like it     ""
==================  =====================================================================  =========================
"""

from dataclasses import dataclass

MANY_PAIRS = 10
LOT_SHARE = 0.01
THIRD = 2  # complaints before this one
DANGER, GRAVE = 4, 3
DEFAULT_LEVEL = 2  # of a complaint that no rule knows

DEFAULTS = {
    "P1": 4, "P2": 4, "P3": 4, "P4": 4,
    "Q1": 3, "Q2": 3, "Q3": 2, "Q4": 2, "Q5": 2, "Q6": 1, "Q7": 2,
    "F1": 1, "F2": 2,
    "D1": 2, "D2": 2, "D3": 2, "D4": 2, "D5": 2, "D6": 2,
    "K1": 1, "K2": 1, "K3": 2,
    "C1": 1, "C2": 1, "C3": 2,
    "S1": 2, "S2": 2, "S3": 2, "S4": 2,
    "N1": 0, "N2": 0, "N3": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the database knows: pairs affected (0: not known), size of the lot, complaints in 90 days before this."""

    pairs: int = 0
    lot_pairs: int = 0
    previous_by_customer: int = 0
    previous_on_lot: int = 0


@dataclass(frozen=True)
class Severity:
    level: int
    reasons: list


def assess(codes, flags, facts=None):
    """:class:`Severity` of a complaint.

    :param codes: its codes, the primary one first.
    :param flags: flags the rules found in the text.
    """
    facts = facts or Facts()
    if codes and codes[0].startswith("N"):
        return Severity(0, [("question", codes[0])])
    found = [(4, *reason) for reason in _dangers(codes, flags)]
    found += [(3, *reason) for reason in _grave(codes, flags, facts)]
    found += [(DEFAULTS.get(code, DEFAULT_LEVEL), "default", code) for code in codes[:1] if code not in _DANGEROUS]
    if not found:
        return Severity(DEFAULT_LEVEL, [("nothing_known", "")])
    level = max(item[0] for item in found)
    return Severity(level, [(key, detail) for its_level, key, detail in found if its_level == level])


def assess_without_danger(codes, flags, facts=None, *, is_doubted=False):
    """:class:`Severity` of a text that does not read like danger: what else is grave about it.

    :param is_doubted: a rule has found danger all the same; unless it is no complaint at all, it stays grave.
    """
    if codes and codes[0].startswith("N"):
        return Severity(0, [("question", codes[0])])
    reasons = list(_grave(codes, flags, facts or Facts()))
    if is_doubted or (not reasons and codes[:1] and codes[0] in _DANGEROUS):
        reasons.insert(0, ("doubted", ""))
    if reasons:
        return Severity(GRAVE, reasons)
    return assess([code for code in codes[:1] if code in DEFAULTS], set())


_DANGEROUS = ("P1", "P2", "P3", "P4")


def _dangers(codes, flags):
    if "injury" in flags and any(code.startswith(("P", "Q")) for code in codes):
        yield "injury", ""
    for code in codes:
        if code in ("P1", "P2") and not (code == "P1" and _is_paper_only(flags)):
            yield "ppe_failed", code
        elif code == "P3" and "injury" not in flags:
            yield "injury", ""
        elif code in _UNSAFE and _UNSAFE[code](flags) and not (code == "K3" and "P1" in codes):
            yield "unsafe", code
        elif code in ("Q1", "Q2") and {"worn", "unsafe"} & set(flags) and "idle" not in flags:
            yield "failed_worn", code


_UNSAFE = {
    "P4": lambda flags: "skin" in flags or "smell" not in flags,
    "K3": lambda flags: "marking" in flags,
}


def _is_paper_only(flags):
    """A certificate is in question, but the shoes are still in the store and none has failed."""
    return {"certificate", "unissued"} <= set(flags) and not {"ppe_failed", "injury"} & set(flags)


def _grave(codes, flags, facts):
    if "P1" in codes and _is_paper_only(flags):
        yield "certificate", "P1"
    if "P4" in codes and "smell" in flags and "skin" not in flags:
        yield "smell", "P4"
    if codes[:1] in (["Q1"], ["Q2"]):
        yield "structural", codes[0]
    for flag in ("site_stopped", "legal", "repeated"):
        if flag in flags:
            yield flag, ""
    yield from _counted(facts)


def _counted(facts):
    if facts.pairs >= MANY_PAIRS:
        yield "many_pairs", str(facts.pairs)
    if facts.lot_pairs and facts.pairs >= max(1, LOT_SHARE * facts.lot_pairs):
        yield "lot_share", f"{100 * facts.pairs / facts.lot_pairs:.1f}"
    if facts.previous_by_customer >= THIRD:
        yield "customer_third", str(facts.previous_by_customer)
    if facts.previous_on_lot >= THIRD:
        yield "lot_third", str(facts.previous_on_lot)
