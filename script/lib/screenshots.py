"""Take the pictures of README.md: see script/screenshots."""

import argparse
import base64
import io
import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from browser import Browser
from PIL import Image

DESKTOP, PHONE = (1440, 900), (420, 900)
QUIET_SECONDS = 1.2
COLOURS = 256
MAX_BYTES = 200_000
ENGLISH = "en_US"
HIDE_CHATS = (
    "document.head.insertAdjacentHTML('beforeend',"
    " '<style>.o-mail-ChatHub, .o-mail-ChatWindow { visibility: hidden !important }</style>')"
)
OPEN_LEAD = [
    ("ai_status", "=", "scored"),
    ("won_status", "=", "pending"),
    ("ai_grade", "=", "A"),
    ("phone", "!=", False),
]
OPEN_COMPLAINT = [("stage_id.is_closed", "=", False)]
CUSTOMER = "customer"  # login and password of the demonstration's customer
CALL = (
    "Bonjour, ici la SARL Megrane. Sur 12 paires de TUF HAUT, pointure 42, la semelle se décolle après deux semaines."
    " Rien de grave pour l'instant, mais on ne peut plus travailler avec. Rappelez demain matin."
)
DANGEROUS_COMPLAINT = [*OPEN_COMPLAINT, ("severity", "=", "4"), ("language", "=", "en")]

# A file as people keep them: columns of their own, French words, semicolons.
LEADS_FILE = """\
Date de la demande;Société;Wilaya;Source;Paires demandées;Effectif;Secteur;Catalogue demandé;Date de clôture;Résultat
"""
TOWNS = ("Batna", "Sétif", "Alger", "Oran", "Ouargla", "Constantine", "Blida", "Annaba")
SOURCES = ("Salon", "Téléphone", "Site web", "Recommandation")
SECTORS = ("BTP", "Pétrole et gaz", "Agroalimentaire", "Mines")


def main():
    arguments = parse_arguments()
    wanted = [name.strip() for name in arguments.only.split(",")] if arguments.only else list(PICTURES)
    unknown = sorted(set(wanted) - set(PICTURES))
    if unknown:
        return f"no such picture: {', '.join(unknown)}. There are: {', '.join(PICTURES)}"
    arguments.out.mkdir(parents=True, exist_ok=True)
    with Browser(DESKTOP) as browser:
        browser.login(arguments.url, arguments.login, arguments.password)
        studio = Studio(browser, arguments.url, arguments.login, arguments.out)
        with studio.language(ENGLISH):
            for name in wanted:
                PICTURES[name](studio, name)
                print(f"  {name}.png", flush=True)
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(prog="script/screenshots")
    parser.add_argument("--url", default="http://localhost:8069", type=lambda url: url.rstrip("/"))
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


class Studio:
    """A logged-in browser that knows how to ask Odoo and how to take a picture."""

    def __init__(self, browser, url, login, folder):
        self.browser, self.url, self.folder = browser, url, folder
        self.user = login and self.find("res.users", [("login", "=", login)])  # customers may not ask

    def call(self, model, method, *args, **kwargs):
        """Result of a method of a model, as the logged-in user."""
        body = {"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}
        answer = self.browser.run(
            f"fetch('/web/dataset/call_kw/{model}/{method}', {{method: 'POST', "
            f"headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(json.dumps(body))}}})"
            ".then(answer => answer.text())"
        )
        answer = json.loads(answer)
        if "error" in answer:
            raise RuntimeError(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer.get("result")

    def find(self, model, domain, order="id desc"):
        """Id of the first record of a search; ends the program when there is none."""
        found = self.call(model, "search", domain, limit=1, order=order)
        if not found:
            sys.exit(f"no record of {model} to show: is this a database with demonstration data and a live model?")
        return found[0]

    def shoot(self, name, path, selector, *, size=DESKTOP, prepare=None):
        """Open a page, wait for an element, write the picture; any error of the page ends the program."""
        self.browser.resize(size)
        self.browser.open(f"{self.url}{path}", selector)
        settle(self.browser)
        if prepare:
            prepare(self.browser)
        self.browser.run(HIDE_CHATS)  # Odoo's robot greets every new user
        self.browser.run("document.activeElement?.blur(); document.fonts.ready.then(() => true)")
        target = self.folder / f"{name}.png"
        self.browser.shoot(target)
        self.check(name)
        optimise(target)

    def check(self, name):
        """End the program when the page has thrown an error or shows one."""
        shown = self.browser.run("document.querySelector('.o_error_dialog, .o_error_detail')?.innerText || ''")
        errors = [*self.browser.errors, *([shown] if shown else [])]
        if errors:
            sys.exit(f"{name}: the page raised an error:\n" + "\n".join(errors))

    @contextmanager
    def language(self, code):
        """The user's language for some pictures; switched back whatever happens."""
        (before,) = self.call("res.users", "read", [self.user], ["lang"])
        self._speak(code)
        try:
            yield
        finally:
            self._speak(before["lang"])

    def _speak(self, code):
        self.call("res.users", "write", [self.user], {"lang": code})
        # The session learns of the language while it serves a page, too late for that page's direction.
        self.browser.open(f"{self.url}/odoo", ".o_web_client")


def settle(browser, seconds=20):
    """Wait until the page has asked for nothing and shown no sign of loading for a second."""
    busy = "!!document.querySelector('.o_loading_indicator, .o-mail-Chatter-topbar .fa-spin')"
    quiet, deadline = time.monotonic(), time.monotonic() + seconds
    while time.monotonic() - quiet < QUIET_SECONDS and time.monotonic() < deadline:
        if browser.run(busy):
            quiet = time.monotonic()
        time.sleep(0.1)


def optimise(path):
    """Write the picture with a palette: a quarter of the size, no difference to see."""
    picture = Image.open(io.BytesIO(path.read_bytes())).convert("RGB")
    for colours in (COLOURS, 128, 64):
        picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MAX_BYTES:
            return
    sys.exit(f"{path.name} has {path.stat().st_size} bytes, more than {MAX_BYTES}")


# ------------------------------------------------------------
# The pictures
# ------------------------------------------------------------


def pipeline(studio, name):
    studio.shoot(name, "/odoo/crm?view_type=kanban", ".o_kanban_record .badge")


def lead(studio, name, *, language=ENGLISH, size=DESKTOP):
    number = studio.find("crm.lead", OPEN_LEAD, "prorated_revenue desc, id")
    with studio.language(language):
        studio.shoot(name, f"/odoo/crm/{number}", ".o_leather_why li, .o_leather_why div", size=size)


def lead_french(studio, name):
    lead(studio, name, language="fr_FR")


def lead_arabic(studio, name):
    lead(studio, name, language="ar_001")


def lead_phone(studio, name):
    lead(studio, name, size=PHONE)


def call_first(studio, name):
    studio.shoot(name, "/odoo/call-first", ".o_list_view .o_data_row")


def win_rate(studio, name):
    studio.shoot(name, "/odoo/action-leather_crm_ai.action_win_rate", ".o_graph_view canvas", prepare=wait_for_chart)


def wait_for_chart(browser):
    browser.run("new Promise(done => setTimeout(done, 1500))")  # bars grow


def models(studio, name):
    studio.shoot(name, "/odoo/action-leather_crm_ai.action_leather_ai_model", ".o_kanban_record .badge")


def model(studio, name):
    number = studio.find("leather.ai.model", [("live_version_id", "!=", False)], "id")
    studio.shoot(name, f"/odoo/action-leather_crm_ai.action_leather_ai_model/{number}", ".o_form_view .o_data_row")


def card(studio, name):
    number = studio.find("leather.ai.version", [("state", "=", "live")], "id")
    studio.shoot(name, f"/odoo/action-leather_crm_ai.action_leather_ai_version/{number}", ".o_leather_card")


def run(studio, name):
    number = studio.find("leather.ai.run", [("state", "=", "done")])
    studio.shoot(name, f"/odoo/action-leather_crm_ai.action_leather_ai_run/{number}", ".o_form_view .o_field_widget")


def import_columns(studio, name):
    with import_wizard(studio, "action_read") as number:
        studio.shoot(name, f"/odoo/import-leads/{number}", ".o_leather_import_columns .o_data_row")


def import_check(studio, name):
    with import_wizard(studio, "action_read", "action_check") as number:
        studio.shoot(name, f"/odoo/import-leads/{number}", ".o_leather_import_preview")


@contextmanager
def import_wizard(studio, *actions):
    """An import of an invented file, taken as far as these actions; nothing of it is kept."""
    content = base64.b64encode(leads_file().encode()).decode()
    values = {"file": content, "file_name": "demandes_2025.csv"}
    number = studio.call("leather.lead.import", "create", values)
    number = number[0] if isinstance(number, list) else number
    try:
        for action in actions:
            studio.call("leather.lead.import", action, [number])
        yield number
    finally:
        studio.call("leather.lead.import", "unlink", [number])


def leads_file():
    """A year of invented requests, one a line."""
    lines = []
    for row in range(180):
        month, day = 1 + row // 15, 1 + (7 * row) % 24
        won = (3 * row + row // 7) % 5 < 2
        lines.append(
            f"{day:02d}/{month:02d}/2025;SARL Client {row + 1:03d};{TOWNS[row % len(TOWNS)]};"
            f"{SOURCES[(row // 3) % len(SOURCES)]};{20 + 10 * ((37 * row) % 41)};{8 + (53 * row) % 700};"
            f"{SECTORS[(row // 2) % len(SECTORS)]};{'oui' if row % 3 else 'non'};"
            f"28/{month:02d}/2025;{'Gagné' if won else 'Perdu'}"
        )
    return LEADS_FILE + "\n".join(lines) + "\n"


def complaints(studio, name):
    studio.shoot(name, "/odoo/complaints", ".o_kanban_record .o_leather_deadline")


def complaint(studio, name, *, language=ENGLISH, domain=DANGEROUS_COMPLAINT):
    number = studio.find("leather.complaint", domain)
    with studio.language(language):
        studio.shoot(name, f"/odoo/complaints/{number}", ".o_leather_customer_words")


def complaint_arabic(studio, name):
    complaint(studio, name, language="ar_001", domain=[*OPEN_COMPLAINT, ("language", "=", "ar")])


def complaint_call(studio, name):
    studio.shoot(name, "/odoo/complaints", ".o_kanban_record .o_leather_deadline", prepare=take_call)


def take_call(browser):
    """Open the box for telephone calls and write down what the caller says."""
    browser.click("[data-menu-xmlid='leather_crm_ai.menu_complaint_phone']")
    browser.wait(".modal textarea")
    browser.run(
        "(box => { box.value = " + json.dumps(CALL) + "; for (const kind of ['input', 'change'])"
        " box.dispatchEvent(new Event(kind, { bubbles: true })) })(document.querySelector('.modal textarea'))"
    )
    settle(browser)


def complaint_portal(studio, name):
    """What the customer sees, in French; the complaint is one that has been talked about."""
    mine = ("partner_id.user_ids.login", "=", CUSTOMER)
    number = studio.find("leather.complaint", [mine, ("answer_count", ">", 0)], "resolved_on desc, id desc")
    with Browser(DESKTOP) as browser:
        browser.login(studio.url, CUSTOMER, CUSTOMER)
        browser.run("document.cookie = 'frontend_lang=fr_FR; path=/'")
        customer = Studio(browser, studio.url, None, studio.folder)
        customer.shoot(name, f"/my/complaints/{number}", ".o_leather_steps", prepare=wait_for_messages)


def wait_for_messages(browser, seconds=40):
    deadline = time.monotonic() + seconds
    shown = "!!document.querySelector('#chatterRoot')?.shadowRoot?.querySelector('.o-mail-Message-body')"
    while not browser.run(shown):
        if time.monotonic() > deadline:
            raise TimeoutError("the messages did not appear")
        time.sleep(0.2)
    settle(browser)


def complaint_pareto(studio, name):
    action = "leather_crm_ai.action_leather_complaint_pareto"
    studio.shoot(name, f"/odoo/action-{action}", ".o_graph_view canvas", prepare=wait_for_chart)


PICTURES = {
    "pipeline": pipeline,
    "lead": lead,
    "lead_french": lead_french,
    "lead_arabic": lead_arabic,
    "lead_phone": lead_phone,
    "call_first": call_first,
    "win_rate": win_rate,
    "models": models,
    "model": model,
    "card": card,
    "run": run,
    "import_columns": import_columns,
    "import_check": import_check,
    "complaints": complaints,
    "complaint": complaint,
    "complaint_arabic": complaint_arabic,
    "complaint_call": complaint_call,
    "complaint_pareto": complaint_pareto,
    "complaint_portal": complaint_portal,
}

if __name__ == "__main__":
    sys.exit(main())
