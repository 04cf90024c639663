import uuid

from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import email_normalize

from . import complaint_form as forms
from .complaint_photos import MAX_BYTES, MAX_PHOTOS

FORM = "leather_crm_ai.public_complaint_form"
FIELDS = ("name", "email", "phone", "partner_company", "order_or_lot")
# People do not see this field; programs fill it.
HONEYPOT = "website_address"
CAPTCHA = "leather_complaint"
_LAST = "leather_complaint_last"


class ComplaintPublic(Controller):
    """The form for everybody: what it says never depends on who is a customer or which orders exist."""

    @route("/complaint", type="http", auth="public", website=True, sitemap=True, methods=["GET", "POST"])
    def public_complaint(self, **form):
        form = forms.only_text(form)
        company = self._get_company(form.get("company"))
        values = {
            "res_company": company,
            "form": self._get_first_values(form),
            "form_key": form.get("form_key") or str(uuid.uuid4()),
            "max_photos": MAX_PHOTOS,
            "max_bytes": MAX_BYTES,
            "honeypot": HONEYPOT,
            "errors": {},
        }
        if request.httprequest.method == "POST":
            return self._send_complaint(form, values, company)
        return request.render(FORM, values)

    @route("/complaint/thanks", type="http", auth="public", website=True, sitemap=False)
    def public_complaint_thanks(self, **_kwargs):
        if _LAST not in request.session:
            return request.redirect("/complaint")
        reference, company = request.session[_LAST]
        # sudo: name and logo of the company that the visitor wrote to
        company = request.env["res.company"].sudo().browse(company)
        return request.render(
            "leather_crm_ai.public_complaint_thanks", {"reference": reference, "res_company": company}
        )

    def _get_company(self, number):
        """The company named by the address (``?company=2``) if it handles complaints, else that of this site."""
        company, number = request.env.company, forms.clean_line(number)
        if number.isdecimal() and int(number) != company.id:
            # sudo: whether this company has a team for complaints, nothing more
            teams = request.env["leather.complaint.team"].sudo().search([("company_id", "=", int(number))], limit=1)
            company = teams.company_id or company
        # sudo: the layout shows the company's name, phone and logo
        return company.sudo()

    def _get_first_values(self, form):
        """What the form shows at first: what was sent, else what the user's account and the address say."""
        user = request.env.user
        values = {"order_or_lot": forms.clean_line(form.get("order"))}
        if not user._is_public():
            values |= {"name": user.name, "email": user.email, "phone": user.phone}
        return values | {name: value for name, value in form.items() if name != HONEYPOT}

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    def _send_complaint(self, form, values, company):
        if forms.find_sent(form):
            return forms.accept("/complaint/thanks")
        report, errors = self._read_report(form)
        senders = {"ip": request.httprequest.remote_addr, "email": email_normalize(report["email"]) or ""}
        problem, status = self._find_problem(form, errors, senders)
        if problem:
            return forms.refuse(FORM, values, problem, status)
        photos, error = forms.read_uploads()
        if error:
            return forms.refuse(FORM, values, {"photos": error})
        # sudo: visitors have no rights at all; nothing they sent is used as a link to a record
        complaint = request.env["leather.complaint"].sudo()._create_from_public_form(report, photos, company)
        # sudo: visitors may not see who wrote how often
        request.env["leather.complaint.throttle"].sudo()._remember(**senders)
        forms.remember_sent(form, complaint)
        request.session[_LAST] = (complaint.name, company.id)
        return forms.accept("/complaint/thanks")

    def _read_report(self, form):
        """What is reported, and what is wrong with it by field."""
        report, errors = forms.read_lines(form, FIELDS), {}
        report["message"], errors["message"] = forms.read_message(form)
        if not report["name"]:
            errors["name"] = request.env._("Tell us your name, please.")
        if report["email"] and not email_normalize(report["email"]):
            errors["email"] = request.env._("This is not an e-mail address.")
        elif not report["email"] and not report["phone"]:
            errors["email"] = request.env._("We need an e-mail address or a phone number to answer you.")
        return report, {name: text for name, text in errors.items() if text}

    def _find_problem(self, form, errors, senders):
        """What keeps the form from being taken, cheapest check first, and the HTTP status that says so."""
        if form.get(HONEYPOT):
            return {
                "form": request.env._("This looked like a program's work. If you are a person, just send it again.")
            }, 422
        if errors:
            return errors, 422
        # sudo: visitors may not see who wrote how often
        if not request.env["leather.complaint.throttle"].sudo()._is_allowed(**senders):
            return {"form": self._say_too_many()}, 429
        error = self._check_captcha()
        return ({"form": error}, 422) if error else ({}, 200)

    def _say_too_many(self):
        return request.env._(
            "We have received many messages from you within one hour. Please try again later; call us if it is urgent."
        )

    def _check_captcha(self):
        """What the captcha says against this request, if Odoo has one set up; a place for others to add theirs."""
        try:
            request.env["ir.http"]._verify_request_recaptcha_token(CAPTCHA)
        except UserError as error:
            return str(error)
        return ""
