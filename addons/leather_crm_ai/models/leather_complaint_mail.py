import re
from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import html2plaintext
from odoo.tools.mail import email_normalize_all, parse_contact_from_email

MAX_SUBJECT = 250
MAX_DESCRIPTION = 300_000  # characters of the mail kept as description; the whole mail is in the conversation
MAIL_LANGUAGES = {"fr": ("fr_",), "ar": ("ar_",), "arabizi": ("ar_", "fr_"), "en": ("en_",)}
NO_REPLY = re.compile(r"^(no|do-?not|ne-?pas)[-_.]?(reply|respond|repondre)|^(mailer-daemon|postmaster)$")
MAX_MAILS_A_DAY = 5  # automatic mails to one unverified address: a forged sender is not to be flooded by us
CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
# Tells other mail programs that no person wrote this, so that none answers by itself.
AUTOMATIC_HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


def clean_line(text, limit):
    """One line of a stranger's text: no control or direction marks, single spaces, not too long."""
    return " ".join(CONTROL.sub(" ", text or "").split())[:limit]


class LeatherComplaint(models.Model):
    """Complaints and mail: the gateway in, answers out.

    The gateway checks no signature, so the sender of a mail is a claim: the customer found by the address is only
    guessed, and no automatic mail says anything that the sender did not write.
    """

    _inherit = "leather.complaint"

    source_message_id = fields.Char(
        "Message-ID", readonly=True, copy=False, groups="base.group_user", help="Of the mail it was made from."
    )

    # The gateway looks for the message before it makes a complaint; two workers with one mail look at the same time.
    _source_unique = models.UniqueIndex(
        "(source_message_id) WHERE source_message_id IS NOT NULL", "This mail has become a complaint already."
    )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_create_contact(self):
        """Make a contact of the sender, with what the sender said, or take the one with this address."""
        self.ensure_one()
        self.check_access("write")
        if not self.partner_id:
            if not self.partner_name and not self.email_from:
                raise UserError(self.env._("There is neither a name nor an address to make a contact of."))
            self.partner_id = self._find_contact() or self.env["res.partner"].create(self._get_contact_values())
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def action_answered_by_phone(self):
        """Note that the customer was answered by phone: the clock of the first answer stops."""
        for complaint in self:
            complaint._note_answer()
            complaint._message_log(body=self.env._("The customer was answered by phone."))

    def _find_contact(self):
        if not self.email_normalized:
            return self.env["res.partner"]
        domain = [("email_normalized", "=", self.email_normalized), ("company_id", "in", (self.company_id.id, False))]
        return self.env["res.partner"].search(domain, limit=1)

    def _get_contact_values(self):
        return {
            "name": self.partner_name or self.email_normalized,
            "email": self.email_normalized or False,
            "phone": self.phone,
            "lang": self._get_mail_lang(),
            "comment": self.env._("From complaint %s", self.name),
        }

    # ------------------------------------------------------------
    # Mail in
    # ------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a complaint of a mail."""
        values = {**self._get_mail_values(msg_dict), **(custom_values or {})}
        # what the gateway writes is nobody's decision
        complaint = super(LeatherComplaint, self.with_context(leather_ai_writes=True)).message_new(msg_dict, values)
        return complaint.with_context(leather_ai_writes=self.env.context.get("leather_ai_writes"))

    @api.model
    def _get_mail_values(self, msg_dict):
        name, email = parse_contact_from_email(msg_dict.get("email_from"))
        body = msg_dict.get("body") or ""
        partner = self._guess_customer(msg_dict)
        return {
            "name": "/",
            "subject": clean_line(msg_dict.get("subject"), MAX_SUBJECT) or self._get_first_words(body),
            "description": body[:MAX_DESCRIPTION],
            "channel": "mail",
            "partner_id": partner.id,
            "partner_is_verified": False,
            "partner_name": clean_line(name, 100) or partner.name or email,
            "source_message_id": msg_dict.get("message_id"),
        }

    @api.model
    def _guess_customer(self, msg_dict):
        """The contact with the sender's address; nobody when it is one of our own people, who forward mails."""
        partner = self.env["res.partner"].browse(msg_dict.get("author_id") or ())
        return partner if partner.partner_share else partner.browse()

    @api.model
    def _get_first_words(self, body):
        words = clean_line(html2plaintext(body[:MAX_DESCRIPTION], include_references=False), 81)
        return words if len(words) <= 80 else words[:80].rsplit(" ", 1)[0] + " …"

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        return [("email_normalized", "=", email_from_normalized)]  # the indexed field

    def _message_receive_bounce(self, email, partner):
        """Tell whoever works on it that the customer did not get the mail."""
        for complaint in self:
            complaint._message_log(body=self.env._("A mail to %s came back as undeliverable.", email))
        return super()._message_receive_bounce(email, partner)

    def message_post(self, **kwargs):
        """Post, and note what it means: an answer to the customer, or the customer's reply."""
        is_rating = bool(kwargs.get("rating_id") or kwargs.get("rating_value"))
        message = super().message_post(**kwargs)
        if not is_rating and not self.env.context.get("leather_automatic_mail"):
            # sudo: customers and sales people post; what follows is the system's work
            self.sudo().with_context(leather_ai_writes=True)._note_message(message.sudo())
        return message

    def _note_message(self, message):
        """Public words of a person: stop the clock of the first answer, or take the complaint up again."""
        if message.message_type not in ("comment", "email") or message.subtype_id != self.env.ref("mail.mt_comment"):
            return
        if not self._is_from_staff(message):
            target = self._get_merged_into()
            if target != self:
                message.write({"res_id": target.id})
                message.attachment_ids.write({"res_id": target.id})
            target._take_up_again()
        elif self._is_to_customer(message):
            self._note_answer()

    def _is_from_staff(self, message):
        users = message.author_id.with_context(active_test=False).user_ids
        return any(not user.share for user in users)

    def _is_to_customer(self, message):
        """Does this message go to the customer?"""
        partners = message.partner_ids | message.notified_partner_ids
        if self.commercial_partner_id and self.commercial_partner_id in partners.commercial_partner_id:
            return True
        addresses = {*partners.mapped("email_normalized"), *email_normalize_all(message.outgoing_email_to or "")}
        return bool(self.email_normalized and self.email_normalized in addresses)

    def _note_answer(self):
        self.ensure_one()
        now = self.first_answered_on or fields.Datetime.now()
        self.write({"answer_count": self.answer_count + 1, "first_answered_on": now})

    def _take_up_again(self):
        """The customer has written: what is closed is reopened, what waits goes on, what was put away is back."""
        stage = self._get_working_stage()
        if stage and (self.stage_id.is_closed or self.stage_id.is_waiting):
            self.stage_id = stage
        if not self.active:
            self.active = True

    def _get_working_stage(self):
        """The last stage before waiting and closing, in which somebody works on it."""
        stages = self.env["leather.complaint.stage"].search(
            [("is_closed", "=", False), ("is_waiting", "=", False), ("team_ids", "in", [False, *self.team_id.ids])]
        )
        return stages[-1:]

    def _follow_by_customer(self):
        """A customer who is certain and has an account hears of every answer."""
        for complaint in self:
            if complaint.partner_is_verified and complaint.partner_id.user_ids.filtered("share"):
                complaint.message_subscribe(partner_ids=complaint.partner_id.ids)

    # ------------------------------------------------------------
    # Mail out
    # ------------------------------------------------------------

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Replies go to the team's address."""
        result = {}
        # sudo: the address of the team, nothing else; customers who write do not read which team it is
        for team, complaints in self.sudo().grouped("team_id").items():
            address = team.alias_email
            if address:
                formatted = complaints._notify_get_reply_to_formatted_email(address, author_id=author_id)
                result.update(dict.fromkeys(complaints.ids, formatted))
            else:
                result.update(super(LeatherComplaint, complaints)._notify_get_reply_to(default, author_id))
        return result

    def _send_stage_mail(self):
        """Send the mail of the stage, if it has one, to the customer; in the queue, never at once."""
        for complaint in self.filtered(lambda complaint: complaint.stage_id.template_id):
            if complaint._may_mail_by_itself():
                complaint._send_template(complaint.stage_id.template_id)

    def _send_template(self, template):
        """Queue a mail of a template to the address that the complaint came from; makes no contact of it."""
        self.ensure_one()
        template.send_mail(
            self.id,
            email_layout_xmlid="mail.mail_notification_light",
            email_values={
                "email_to": self._get_customer_address(),
                "recipient_ids": [],
                "reply_to": self._notify_get_reply_to(default=self.company_id.email_formatted)[self.id],
                "references": self.source_message_id or False,
                "headers": repr(AUTOMATIC_HEADERS),
                "is_notification": True,
                "auto_delete": False,
            },
        )

    def _may_mail_by_itself(self):
        """May a mail go to the customer without a person sending it?"""
        address = tools.email_normalize(self._get_customer_address() or "")
        if not self.active or self.channel == "import" or self.env.context.get("leather_automatic_mail"):
            return False
        return bool(address and not NO_REPLY.match(address.split("@")[0]) and self._has_mails_left(address))

    def _has_mails_left(self, address):
        if self.partner_is_verified:
            return True
        since = fields.Datetime.now() - timedelta(days=1)
        domain = [("email_normalized", "=", address), ("create_date", ">=", since)]
        return self.with_context(active_test=False).search_count(domain, limit=MAX_MAILS_A_DAY + 1) <= MAX_MAILS_A_DAY

    def _get_customer_address(self):
        return self.email_from or self.partner_id.email_formatted

    def _get_customer_url(self):
        """The customer's page with a key, only where the address is known to be the customer's; else False."""
        self.ensure_one()
        if not self.partner_is_verified or self.partner_id.email_normalized != self.email_normalized:
            return False
        return self.get_base_url() + self.get_portal_url()

    def _get_mail_lang(self):
        """Code of the installed language to write to the customer in: that of the complaint, else the customer's."""
        self.ensure_one()
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        preferred = [self.partner_id.lang] if self.partner_id.lang in installed else []
        for prefix in MAIL_LANGUAGES.get(self.language, ()):
            codes = [code for code in preferred + installed if code.startswith(prefix)]
            if codes:
                return codes[0]
        return (preferred or [self.company_id.partner_id.lang or self.env.lang or "en_US"])[0]
