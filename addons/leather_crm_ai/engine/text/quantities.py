"""How many pairs were ordered, received and invoiced, where a message sets them side by side.

"Delivered 130 pairs, ordered 150" is short, "112 بدل 100" is too many, "facture de 48 paires, 45 reçues" is invoiced
wrongly.  A number belongs to the nearest word that says what it counts.
"""

import re
from dataclasses import dataclass

from .normalise import normalise

MOST = 20_000
REACH = 5  # words between a number and the word that says what it counts
_AND = frozenset(("and", "et", "و", "w", "ou"))
_INSTEAD = frozenset(("lieu", "instead", "بدل", "بدلا", "عوض", "blast", "fblast", "3awd", "plutot"))


def _roles(**words):
    return {normalise(word): role for role, listed in words.items() for word in listed.split()}


RECEIVED, ORDERED, INVOICED = (
    """
    recu recue recus recues recevoir recois recoit livre livree livres livrees arrive arrivee arrives comptees
    comptee compte trouve trouvees received got delivered counted came arrived unpacked sent استلمنا استلمت
    استلم تسلمنا وصلنا وصلت وصل وصلني وصلتنا وصلو جاونا جاوني جابو جابولنا جابولي جاو لقينا لقيت حسبنا وجدنا
    سلمتم سلمتونا بعثتولنا jaw jawna jawni jat jatna jatni jana jani weslet wesluna waslouna weslouna weslo
    waslo wslet wsel l9it l9ina lgit lgina hsabna 7sabna dina jabou jabouna b3atou b3athou b3attou b3athtou
    b3atouna livraw recina recit
    """,
    """
    commande commandee commandes commandees commandions demande demandees demandes prevues prevu annoncees
    annonce attendues bc ordered asked requested expected announced po order طلبنا طلبت طلبية الطلبية طلبناها
    طلبناهم كوموندينا كومونديت المطلوبة المطلوب الطلب commandina commandit comandina komandina tlebna tlabna
    tlebt tlabt commandinaha bl mektoub maktoub
    """,
    """
    facture facturee facturees factures facturer factured invoice invoiced billed bill charged charges charge
    فاتورة الفاتورة فوترتم فاكتورة الفاكتورة حسبتولنا حسبتو hsabtou hsabtouna 7sabtou 7sabtouna facturaw
    facturawna facturitou fatoura lfatoura lfacture
    """,
)
ROLES = _roles(received=RECEIVED, ordered=ORDERED, invoiced=INVOICED)
_NUMBER = re.compile(r"^\d{1,5}$")


@dataclass(frozen=True)
class Quantities:
    """0: not said."""

    received: int = 0
    ordered: int = 0
    invoiced: int = 0

    @property
    def code(self):
        """D2 short, D6 too many, C2 invoiced wrongly, None."""
        if self.received and self.ordered and self.received != self.ordered:
            return "D2" if self.received < self.ordered else "D6"
        real = self.received or self.ordered
        return "C2" if real and self.invoiced > real else None

    @property
    def difference(self):
        known = [number for number in (self.received, self.ordered, self.invoiced) if number]
        return max(known) - min(known) if len(known) > 1 else 0


def compare(words, hidden=frozenset()):
    """:class:`Quantities` of a text.

    :param words: its words.
    :param hidden: places in ``words`` of numbers that count something else.
    """
    numbers = [i for i, word in enumerate(words) if _NUMBER.match(word) and i not in hidden and 0 < int(word) <= MOST]
    if len(numbers) < 2:
        return Quantities()
    roles = [(i, ROLES[word]) for i, word in enumerate(words) if word in ROLES]
    found = {}
    for place in numbers:
        for i, role in _nearest(place, roles):
            if role not in found:
                found[role] = int(words[place])
                if i > 1 and words[i - 1] in _AND and words[i - 2] in ROLES:  # ordered and invoiced 150
                    found.setdefault(ROLES[words[i - 2]], int(words[place]))
                break
    _instead(words, numbers, found)
    return Quantities(**found)


def _nearest(place, roles):
    """(place, role) of the words that say what is counted, nearest first; before the number is a little nearer."""
    near = [(abs(place - i) + (0.5 if i > place else 0), i, role) for i, role in roles if abs(place - i) <= REACH]
    return [(i, role) for _, i, role in sorted(near)]


def _instead(words, numbers, found):
    """``64 au lieu de 80``: the first came, the second was wanted."""
    for place, word in enumerate(words):
        if word in _INSTEAD:
            before = [i for i in numbers if place - REACH <= i < place]
            after = [i for i in numbers if place < i <= place + 3]
            if before and after:
                found.pop("invoiced", None)
                found["received"], found["ordered"] = int(words[before[-1]]), int(words[after[0]])
