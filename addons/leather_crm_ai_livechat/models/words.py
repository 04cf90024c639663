"""What the assistant says. The language is the visitor's, whichever languages are installed."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

CODES = {"fr": "fr_FR", "ar": "ar_001", "en": "en_US"}
PHRASES = {
    # opening
    "welcome": _lt("What can I do for you? Ask in your own words, in French, Arabic or English."),
    "nobody": _lt(
        "Nobody is free at the moment. I can note down what it is about, and somebody writes to you; or ask me"
        " something else."
    ),
    "more": _lt("What else can I do for you?"),
    # answers
    "helped": _lt("Did this help?"),
    "glad": _lt("I am glad. What else can I do for you?"),
    "sorry": _lt("I am sorry. Shall I call a colleague, or note down what it is about?"),
    "choose": _lt("Do you mean one of these?"),
    "unknown": _lt(
        "I do not know that, and I would rather not guess. I have noted the question. Shall I call a colleague?"
    ),
    # orders
    "order_ask": _lt("What is the number of your order? It stands on its confirmation, for example S00042."),
    "order_email": _lt("And the e-mail address that the order was made with?"),
    "order_no": _lt(
        "I cannot show anything for this number and this e-mail address. Please check both on the confirmation of your"
        " order, or let me call a colleague."
    ),
    "order_own_no": _lt("Among your orders I find none with this number."),
    "order_own_none": _lt("I find no order of yours."),
    "order_own": _lt("Your latest orders:"),
    "order_which": _lt("Write the number of another order, or ask me something else."),
    "order_many": _lt("There were many attempts within one hour. Please try again later, or let me call a colleague."),
    "order_of": _lt("Order %(order)s of %(date)s: %(state)s"),
    "state_draft": _lt("a quotation that is not confirmed yet."),
    "state_cancel": _lt("cancelled."),
    "state_confirmed": _lt("confirmed."),
    "state_part": _lt("%(delivered)s of %(ordered)s pairs have been delivered."),
    "state_done": _lt("delivered completely."),
    "state_planned": _lt("The next delivery is planned for %(date)s."),
    # complaints
    "complaint_text": _lt("What is wrong? Tell me in one message: which shoes, since when, how many pairs."),
    "complaint_short": _lt("Please say a little more, so that we can help."),
    "complaint_order": _lt("Which order is it about? Write its number, if you have it at hand."),
    "complaint_email": _lt("At which e-mail address may we answer you?"),
    "complaint_email_bad": _lt("This is not an e-mail address. Please write it again, for example name@company.com."),
    "complaint_photos": _lt("Do you have photos? Add them with the clip, then press “Done”."),
    "complaint_photo_got": _lt("Photos received: %(count)s. Add more, or press “Done”."),
    "complaint_photo_bad": _lt("I can only take photos (JPEG or PNG, up to 10 MB). Add one of these, or press “Done”."),
    "complaint_filed": _lt(
        "Thank you. Your complaint has the number %(reference)s. We answer to %(email)s; please keep the number."
    ),
    "complaint_many": _lt(
        "We have received many messages from you within one hour. Please try again later; call us if it is urgent."
    ),
    "complaint_dropped": _lt("I have filed nothing. What else can I do for you?"),
    # buttons
    "button_order": _lt("My order"),
    "button_complaint": _lt("File a complaint"),
    "button_person": _lt("A person"),
    "button_message": _lt("Leave a message"),
    "button_yes": _lt("Yes"),
    "button_no": _lt("No"),
    "button_none": _lt("None of these"),
    "button_again": _lt("Try again"),
    "button_skip": _lt("I do not have it"),
    "button_done": _lt("Done"),
    "button_cancel": _lt("Cancel"),
    "button_ask": _lt("Another question"),
}


def phrase(name, language, **values):
    """A phrase as plain text; whoever puts it into HTML escapes it."""
    text = PHRASES[name]._translate(CODES.get(language, "en_US"))
    return text % values if values else text
