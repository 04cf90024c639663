"""What the portal's and the public form share: they read what people send, and say what is wrong without losing it."""

import re
import unicodedata

from odoo.http import request

from .complaint_photos import MAX_BYTES, MAX_PHOTOS, PhotoError, read_photos

MAX_TEXT = 50_000
MAX_LINE = 200
MAX_PAIRS = 1_000_000
# A form that is sent twice (double click, lost connection) makes one complaint: the last ones are remembered.
REMEMBERED_FORMS = 5
_SENT = "leather_complaint_sent"


def clean_text(value):
    """The text without characters that a database cannot keep, its lines ended in one way."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) != "Cc").strip()


def clean_line(value):
    return re.sub(r"\s+", " ", clean_text(value))[:MAX_LINE]


def is_blank(text):
    """Whether nothing of it can be seen."""
    return all(letter.isspace() or unicodedata.category(letter) in ("Cf", "Mn") for letter in text)


def only_text(form):
    """The fields of the form without uploaded files, which may bear any name."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def read_lines(form, names):
    return {name: clean_line(form.get(name)) for name in names}


def read_message(form):
    """The message and what is wrong with it, if anything."""
    message = clean_text(form.get("message"))
    if is_blank(message):
        return message, request.env._("Tell us what is wrong, please.")
    if len(message) > MAX_TEXT:
        return message, request.env._(
            "This text has %(count)s characters; we can take %(limit)s. Please shorten it, or send the rest later.",
            count=len(message),
            limit=MAX_TEXT,
        )
    return message, ""


def read_pairs(form):
    """The number of pairs (0: not said) and what is wrong with it, if anything."""
    written = clean_line(form.get("pairs"))
    if not written:
        return 0, ""
    if written.isdecimal() and 0 < int(written) <= MAX_PAIRS:
        return int(written), ""
    return 0, request.env._("Write the number of pairs in figures, or leave it blank.")


def read_uploads():
    """The photos and what is wrong with them, if anything."""
    try:
        return read_photos(request.httprequest.files.getlist("photos")), ""
    except PhotoError as error:
        return [], _say_photo_error(error)


def _say_photo_error(error):
    if error.code == "count":
        return request.env._("Please send at most %s photos. You can add more later, in your messages.", MAX_PHOTOS)
    if error.code == "size":
        return request.env._("“%(name)s” is larger than %(limit)s MB.", name=error.name, limit=MAX_BYTES // 2**20)
    if error.code == "format":
        return request.env._(
            "“%s” is in a format that we cannot open. Please send it as JPEG or PNG. An iPhone takes such photos with"
            " Settings › Camera › Formats › Most Compatible.",
            error.name,
        )
    return request.env._("“%s” is not a photo that we can open: please send JPEG or PNG pictures.", error.name)


# ------------------------------------------------------------
# Answers
# ------------------------------------------------------------


def refuse(template, values, errors, status=422):
    """The form again, filled as it was sent, with what is wrong; or only what is wrong, where a script sent it."""
    if _is_script():
        return request.make_json_response({"errors": errors}, status=status)
    response = request.render(template, {**values, "errors": errors})
    response.status_code = status
    return response


def accept(url):
    """On to the page that says what came of it."""
    if _is_script():
        return request.make_json_response({"redirect": url})
    return request.redirect(url, code=303)


def _is_script():
    return request.httprequest.headers.get("X-Requested-With") == "XMLHttpRequest"


def find_sent(form):
    """Id of the complaint that this very form has made already, else False."""
    return request.session.get(_SENT, {}).get(form.get("form_key") or "", False)


def remember_sent(form, complaint):
    key = clean_line(form.get("form_key"))
    if key:
        sent = [*request.session.get(_SENT, {}).items(), (key, complaint.id)]
        request.session[_SENT] = dict(sent[-REMEMBERED_FORMS:])
