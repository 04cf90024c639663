"""What tells who somebody is does not leave, comes back unchanged, and nothing else comes back with it."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text import redaction  # noqa: E402
from leather_engine.text.carry_over import Gap  # noqa: E402
from leather_engine.text.normalise import normalise  # noqa: E402
from leather_engine.text.redaction import GAP_MARKS, Redactor  # noqa: E402

KNOWN = {
    "NAME": ["Nadia Bénali", "نادية بن علي", "Omar"],
    "COMPANY": ["SARL Hassi Boots"],
    "EMAIL": ["office@hassi.example"],
    "PHONE": ["+213 661 12 34 56"],
    "ORDER": ["S00012"],
    "LOT": ["L77"],
    "ADDRESS": ["Hassi Messaoud"],
}


def words(shown):
    return "".join(part if isinstance(part, str) else f"<{part.fact}>" for part in shown.parts)


def test_examples():
    assert doctest.testmod(redaction).failed == 0


@pytest.mark.parametrize(
    "text, secrets",
    [
        ("Ici NADIA BENALI, le lot L77", ["NADIA", "BENALI", "L77"]),
        ("nadia a dit que nadia bénali arrive", ["nadia", "bénali"]),
        ("أرسلت لنادية بن علي الطلبية S00012", ["نادية", "علي", "S00012"]),
        ("SARL HASSI BOOTS attend; Hassi aussi", ["HASSI", "Hassi"]),
        ("Je suis à hassi   messaoud", ["messaoud"]),
        ("Tél. 0661-12-34-56 / (0661) 123456 / +213 661 12 34 56 / 00213661123456", ["661", "123456", "34"]),
        ("رقمي ٠٦٦١ ١٢ ٣٤ ٥٦", ["٠٦٦١", "٣٤"]),
        ("nadia.b@hassi.example, n.b (at) hassi . dz, N@X.COM", ["hassi", "nadia.b", "n.b", "N@X"]),
        ("voir https://x.dz/a?order=S99 et www.shop.com/me et fb.com/nadia", ["x.dz", "S99", "shop.com", "fb.com"]),
        ("commande n° BC-2231-A, facture FAC/2026/0042, lot 2231-B, dossier R/2026/0007", ["2231", "0042", "0007"]),
        ("Bonjour Karim,\nla semelle.\nCordialement,\nSamir Haddad", ["Karim", "Samir", "Haddad"]),
        ("The sole came off.\n\nJohn Smith", ["John", "Smith"]),
        (
            "My name is John Smith. Mr. Paul Jones knows. Mme Zohra Omar aussi",
            ["John", "Paul", "Jones", "Zohra", "Omar"],
        ),
        ("السلام عليكم، اسمي كريم حداد، كلمت السيد سمير", ["كريم", "سمير"]),
        ("Livrez au 12 rue Didouche Mourad, ou Cité 500 logements, BP 45 Biskra", ["Didouche", "500", "45", "Biskra"]),
        ("العنوان: شارع العربي بن مهيدي، حي 1000 مسكن", ["العربي", "1000"]),
        ("RC 16/00-1234567B12, NIF 001616123456789, passeport 123456789", ["1234567", "001616", "123456789"]),
    ],
)
def test_hidden(text, secrets):
    redactor = Redactor(KNOWN)
    hidden = redactor.hide(text)
    for secret in secrets:
        assert secret not in hidden, hidden
    assert (
        normalise(words(redactor.show(hidden, with_links=True))).split() == normalise(text).split() or "(0661)" in text
    )


@pytest.mark.parametrize(
    "text",
    [
        "La semelle du pied gauche s'est décollée après 3 semaines, pointure 42, 20 paires, boots noirs",
        "Norme EN ISO 20345:2022 S3 SRC, acheté le 12/05/2026, payé 4 500 DA en 2026",
        "النعل انفصل بعد أسبوعين من الاستعمال، 12 زوج مقاس 43",
        "The boots leak. I am very unhappy and want 15 pairs replaced",
        "sobat t9at3ou men wara simana, 3 paires taille 43",
    ],
)
def test_what_it_is_about_stays(text):
    assert Redactor(KNOWN).hide(text) == text


def test_the_same_thing_is_the_same_placeholder():
    redactor = Redactor(KNOWN)
    first = redactor.hide("Nadia, 0661123456, S00012")
    assert redactor.hide("nadia; +213 661 12 34 56; s00012").split("; ") == first.split(", ")


def test_parts_around_what_is_known():
    assert Redactor(KNOWN).hide("Mr Karim Omar Ziani") == "Mr ⟦NAME_1⟧ ⟦NAME_2⟧ ⟦NAME_3⟧"


def test_placeholders_of_a_customer_are_no_placeholders():
    redactor = Redactor(KNOWN)
    redactor.hide("Nadia")
    assert "⟦" not in redactor.hide("⟦NAME_1⟧ ⟦ORDER_1⟧ ⟧⟦")


def test_gaps_come_back_as_gaps():
    redactor = Redactor()
    hidden = redactor.hide(f"Until {GAP_MARKS[0]}delivery_date{GAP_MARKS[1]}.")
    assert hidden == "Until ⟦GAP_1⟧."
    assert redactor.show(hidden).parts == ["Until ", Gap("delivery_date"), "."]


@pytest.mark.parametrize(
    "answer, shown, removed",
    [
        ("Hello ⟦NAME_2⟧, fine", "Hello, fine", ["⟦NAME_2⟧"]),
        ("Hello [NAME_1] and NAME_1", "Hello and", ["[NAME_1]", "NAME_1"]),
        ("⟦nom_1⟧ ⟦NAME 1⟧ ⟦NAME_١⟧ ⟦⟧x", " x", ["⟦nom_1⟧", "⟦NAME 1⟧", "⟦NAME_١⟧", "⟦⟧"]),
        ("Write to ceo@evil.example now", "Write to now", ["ceo@evil.example"]),
        ("Call 0550 99 88 77", "Call ", ["0550 99 88 77"]),
        ("Pay at https://evil.example/x.", "Pay at ", ["https://evil.example/x."]),
        ("Pay at evil.com or javascript:alert(1)", "Pay at or ", ["evil.com", "javascript:alert(1)"]),
        ("Order S99999 of Rival", "Order of Rival", ["S99999"]),
        ("See ⟦LINK_1⟧ and ⟦LINK_2⟧", "See https://ours.example/care and", ["https://theirs.example"]),
        ("stray ⟦ and ⟧ end ⟧", "stray end", ["⟦ and ⟧"]),
    ],
)
def test_taken_out(answer, shown, removed):
    redactor = Redactor(KNOWN)
    redactor.hide("Read https://ours.example/care.", keeps_links=True)
    redactor.hide("Nadia https://theirs.example")
    found = redactor.show(answer.replace("care.", "care"))
    assert words(found).replace("care.", "care").split() == shown.split()
    assert [one.rstrip(".") for one in found.removed] == [one.rstrip(".") for one in removed]


def test_promises_that_nobody_made_are_listed():
    redactor = Redactor()
    redactor.hide("Paid 4 500 DA on 12/05/2026")
    found = redactor.show("We refund 4 500 DA, and 9 000 DA on 1/6/2026; paid on 12/05/2026. Norm 20345, S3, 20 pairs")
    assert found.doubtful == ["9 000 DA", "1/6/2026"]
    assert found.removed == []


@given(st.text(alphabet=st.sampled_from(list("Naɗia béOmar S00012 L77 0661@.x/-\n,:()⟦⟧ نعلي٠١")), max_size=200))
def test_any_text_comes_back(text):
    redactor = Redactor(KNOWN)
    hidden = redactor.hide(text)
    back = words(redactor.show(hidden, with_links=True))
    plain = text.replace("⟦", "[").replace("⟧", "]")
    assert normalise(redactor.hide(back)) == normalise(redactor.hide(plain))
    assert "⟦" not in back


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "a." * 10_000, "1 " * 10_000, "N " * 10_000, "\n " * 10_000, "@" * 20_000]
)
def test_long_texts_take_no_time(text):
    started = time.perf_counter()
    redactor = Redactor(KNOWN)
    redactor.show(redactor.hide(text))
    assert time.perf_counter() - started < 3
