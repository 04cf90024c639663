import codecs
import logging

from odoo import api, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

BULK = {"bulk", "junk", "list", "auto_reply"}
# Headers that only programs write: out-of-office replies, mailing lists, newsletters.
PROGRAM_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id", "List-Unsubscribe", "X-Loop")
PROGRAM_SENDERS = {"mailer-daemon", "postmaster"}


class MailThread(models.AbstractModel):
    """Mail that no person wrote makes no complaint; as a reply it is kept, and changes nothing."""

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """One mail makes at most one complaint, and none if a program wrote it."""
        if any(route[0] == "leather.complaint" for route in routes or ()):
            is_automatic = self._is_automatic_mail(message, message_dict)
            routes = self._filter_complaint_routes(routes, is_automatic, message_dict)
            self = self.with_context(leather_automatic_mail=is_automatic)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _filter_complaint_routes(self, routes, is_automatic, message_dict):
        kept, has_new = [], False
        for route in routes:
            if route[0] == "leather.complaint" and not route[1]:
                if is_automatic or has_new or self._is_mail_taken(message_dict["message_id"]):
                    _logger.info("No complaint from mail %s: automatic or taken", message_dict["message_id"])
                    continue
                has_new = True
            kept.append(route)
        return kept

    @api.model
    def _is_mail_taken(self, message_id):
        """Has another worker made something of this mail in the meantime?

        Mail servers deliver again when an answer is late. Whoever comes second waits here for the first one, then looks
        with a cursor of its own, for what was committed since its transaction began is hidden from it.
        """
        self.env.cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [message_id])
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT 1 FROM mail_message WHERE message_id = %s LIMIT 1", [message_id])
            return bool(cr.fetchone())

    @api.model
    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        """A text in an encoding that nobody knows is read as UTF-8 with marks for what cannot be read.

        Otherwise the gateway refuses the mail for ever, and a complaint is lost.
        """
        for part in message.walk():
            if part.get_content_maintype() == "text" and not _is_known_charset(part.get_content_charset()):
                part.set_param("charset", "utf-8")
        return super()._message_parse_extract_payload(message, message_dict, save_original=save_original)

    @api.model
    def _is_automatic_mail(self, message, message_dict):
        """Was this mail written by a program: out of office, mailing list, delivery report, ourselves?"""
        header = {name: str(message.get(name) or "").strip().lower() for name in ("Auto-Submitted", "Precedence")}
        sender = email_normalize(message_dict.get("email_from") or "") or ""
        return (
            header["Auto-Submitted"].split(";")[0].strip() not in ("", "no")
            or header["Precedence"] in BULK
            or any(message.get(name) for name in PROGRAM_HEADERS)
            or str(message.get("Return-Path") or "").strip() == "<>"
            or sender.split("@")[0] in PROGRAM_SENDERS
            # sudo: whether the sender is one of our own addresses, nothing else
            or bool(sender and self.env["mail.alias.domain"].sudo()._find_aliases([sender]))
        )


def _is_known_charset(name):
    try:
        codecs.lookup(name or "us-ascii")
    except LookupError:
        return False
    return True
