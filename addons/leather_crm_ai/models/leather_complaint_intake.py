import base64
import binascii

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..wizards.column_types import neutralise
from .leather_complaint_mail import MAX_SUBJECT, clean_line

# What other programs may say about a complaint: key -> types of its value.
FILE_KEYS = {
    "text": str,
    "subject": str,
    "channel": str,
    "company_id": int,
    "partner_id": int,
    "partner_name": str,
    "email": str,
    "phone": str,
    "category": str,
    "severity": str,
    "order": str,
    "lot": str,
    "size": str,
    "pairs": int,
    "attachments": list,
}
FILE_CHANNELS = ("api", "chat", "web", "phone", "portal")
STAFF_KEYS = ("company_id", "partner_id", "partner_name", "email", "phone", "category", "severity", "channel")
FILE_CONTEXT = ("lang", "tz", "allowed_company_ids")
MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024


class LeatherComplaint(models.Model):
    """The ways in other than mail: chats and other programs, imports; and the way out into spreadsheets."""

    _inherit = "leather.complaint"

    # ------------------------------------------------------------
    # Other programs
    # ------------------------------------------------------------

    @api.model
    def file_complaint(self, vals):
        """File a complaint: for a chat that hands over, and for other programs (JSON-2, XML-RPC).

        Staff who may create complaints file in the name of a customer; a customer who is logged in files in their own.
        Everything that follows (sorting, routing, alert, acknowledgement) happens as with any other complaint.

        :param dict vals: ``text`` (the customer's words, plain; required unless there is a ``subject``), ``subject``,
            ``order`` and ``lot`` (names; linked if they are the customer's), ``size``, ``pairs``,
            ``attachments`` (at most 10 dicts with ``name`` and ``data`` in base64, 10 MB each); for staff only:
            ``channel`` (api, chat, web or phone), ``company_id``, ``partner_id``, ``partner_name``, ``email``,
            ``phone``, ``category`` (code), ``severity`` ("0" to "4")
        :return: dict with ``id``, ``reference`` and ``url`` (the customer's page; for those who may log in)
        :raises UserError: a value is missing, unknown or of the wrong kind
        :raises AccessError: the user may not file complaints
        """
        # what else callers put into the context (defaults, our own switches) is not theirs to say
        context = {name: self.env.context[name] for name in FILE_CONTEXT if name in self.env.context}
        self = self.env(context=context)[self._name]
        is_customer = self.env.user._is_portal()
        if not is_customer:
            self.check_access("create")
        self._check_file_values(vals, is_customer)
        files = self._read_files(vals.get("attachments") or [])
        # sudo: a customer may file a complaint, although not write one; the values are checked
        filer = self.sudo() if is_customer else self
        values = self._get_file_values(vals, is_customer)
        complaint = filer.with_context(leather_wait_for_links=True).create(values)
        complaint.sudo()._finish_filing(vals, files)
        return {"id": complaint.id, "reference": complaint.name, "url": complaint.get_base_url() + complaint.access_url}

    @api.model
    def _check_file_values(self, vals, is_customer):
        if not isinstance(vals, dict):
            raise UserError(self.env._("The values of a complaint are a dictionary."))
        allowed = set(FILE_KEYS) - (set(STAFF_KEYS) if is_customer else set())
        if unknown := sorted(set(vals) - allowed):
            raise UserError(self.env._("A complaint has no such values: %s", ", ".join(map(str, unknown))))
        for key, value in vals.items():
            kind = FILE_KEYS[key]
            if value not in (None, False) and (not isinstance(value, kind) or isinstance(value, bool)):
                raise UserError(self.env._("“%(key)s” has to be of type %(kind)s.", key=key, kind=kind.__name__))
        if not (vals.get("text") or "").strip() and not (vals.get("subject") or "").strip():
            raise UserError(self.env._("A complaint needs a text."))
        if vals.get("channel") and vals["channel"] not in FILE_CHANNELS[:4]:
            raise UserError(self.env._("Complaints cannot be filed by the channel “%s”.", vals["channel"]))

    @api.model
    def _get_file_values(self, vals, is_customer):
        """Field values of a new complaint from what the other program said."""
        text = vals.get("text") or ""
        values = {
            "subject": clean_line(vals.get("subject"), MAX_SUBJECT) or self._get_first_words(plaintext2html(text)),
            "description": plaintext2html(text),
            "pairs": max(vals.get("pairs") or 0, 0),
            "size": clean_line(vals.get("size"), 20) or False,
        }
        if is_customer:
            partner = self.env.user.partner_id
            return {
                **values,
                "channel": "portal",
                "partner_id": partner.id,
                "partner_is_verified": True,
                "company_id": self.env.company.id,
            }
        values.update(self._get_staff_values(vals))
        return values

    @api.model
    def _get_staff_values(self, vals):
        partner = self.env["res.partner"].browse(vals.get("partner_id") or ()).exists()
        if vals.get("partner_id") and not partner:
            raise UserError(self.env._("There is no such customer."))
        partner.check_access("read")
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
        if company not in self.env.companies:
            raise AccessError(self.env._("You may not file complaints in this company."))
        values = {
            "channel": vals.get("channel") or "api",
            "company_id": company.id,
            "partner_id": partner.id,
            "partner_name": clean_line(vals.get("partner_name"), 100) or partner.name,
            "email_from": clean_line(vals.get("email"), 254) or partner.email,
            "phone": clean_line(vals.get("phone"), 40) or partner.phone,
        }
        return {**values, **self._get_sorting_values(vals)}

    @api.model
    def _get_sorting_values(self, vals):
        values = {}
        if vals.get("category"):
            category = self.env["leather.complaint.category"].search([("code", "=", vals["category"].upper())], limit=1)
            if not category:
                raise UserError(self.env._("There is no category “%s”.", vals["category"]))
            values["category_id"] = category.id
        if vals.get("severity"):
            if vals["severity"] not in dict(self._fields["severity"].selection):
                raise UserError(self.env._("The severity is a figure from 0 to 4."))
            values.update(severity=vals["severity"], is_severity_manual=True)
        return values

    @api.model
    def _read_files(self, attachments):
        """(name, bytes) of the attachments, checked."""
        if len(attachments) > MAX_FILES:
            raise UserError(self.env._("At most %s files.", MAX_FILES))
        files = []
        for attachment in attachments:
            try:
                data = base64.b64decode(attachment["data"], validate=True)
                name = clean_line(attachment["name"], 200)
            except (TypeError, KeyError, ValueError, AttributeError, binascii.Error):
                raise UserError(self.env._("A file has a name, and its data in base64.")) from None
            if len(data) > MAX_FILE_BYTES:
                raise UserError(self.env._("The file %s is too large.", name))
            files.append((name or "file", data))
        return files

    def _finish_filing(self, vals, files):
        """Link what was named, then let the complaint take its course; its files stand in the conversation."""
        self.ensure_one()
        named = {
            "orders": [vals["order"]] if vals.get("order") else [],
            "lots": [vals["lot"]] if vals.get("lot") else [],
        }
        if any(named.values()):
            self._link_entities(named)
        if files:
            author = self.partner_id.id if self.partner_is_verified else False
            self.message_post(
                attachments=files,
                message_type="comment",
                subtype_xmlid="mail.mt_note" if not author else "mail.mt_comment",
                author_id=author or self.env.user.partner_id.id,
            )
        self._take_its_course()

    # ------------------------------------------------------------
    # Spreadsheets
    # ------------------------------------------------------------

    @api.model
    def get_import_templates(self):
        """The workbook to fill in, in the user's language."""
        return [
            {
                "label": self.env._("Import template for complaints"),
                "template": "/leather_crm_ai/complaint_import_template.xlsx",
            }
        ]

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """What strangers wrote is text in a spreadsheet, never a formula."""
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        return [[neutralise(value) for value in row] for row in rows]
