"""What customers see of their complaint, and what their forms make of it."""

from odoo import api, models
from odoo.tools import format_datetime, formataddr, plaintext2html

# What customers may read of their own complaints, by whatever way: the rest, and what other modules add, is for staff.
PORTAL_FIELDS = {
    *("name", "subject", "description", "text", "channel", "company_id", "active", "stage_id", "is_closed"),
    *("partner_id", "commercial_partner_id", "partner_name", "email_from", "email_normalized", "phone"),
    *("product_id", "product_tmpl_id", "sale_order_id", "sale_line_id", "picking_id", "lot_id", "invoice_id"),
    *("pairs", "size", "received_on", "first_answer_deadline", "first_answered_on", "resolution_deadline"),
    *("resolved_on", "waiting_since", "resolution", "resolution_type"),
}
PORTAL_MIXINS = ("mail.thread.cc", "mail.activity.mixin", "portal.mixin", "rating.mixin")
MOMENT = "EEEE d MMMM y, HH:mm"


class LeatherComplaint(models.Model):
    _inherit = "leather.complaint"

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _has_field_access(self, field, operation):
        """Customers read what the portal shows them: severity, category, causes and clocks of staff stay inside."""
        if not super()._has_field_access(field, operation):
            return False
        # asked for each field of each record: "share" is in the cache, the groups of a user are not as near
        if self.env.su or not self.env.user.share or not self.env.user._is_portal():
            return True
        return field.name in PORTAL_FIELDS or any(field.name in self.env[mixin]._fields for mixin in PORTAL_MIXINS)

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        if order == self._order and not self.env.su and self.env.user._is_portal():
            order = "received_on desc, id desc"  # the usual order goes by severity
        return super()._search(domain, offset=offset, limit=limit, order=order, **kwargs)

    # ------------------------------------------------------------
    # Forms
    # ------------------------------------------------------------

    def _create_from_portal(self, report, photos, user):
        """A complaint of a logged-in customer; the order and its line were checked to be the customer's."""
        order, line = report["order"], report["line"]
        partner = user.partner_id
        complaint = self.create(
            {
                **self._get_form_values(report, [(self.env._("Lot"), report["lot"])]),
                "channel": "portal",
                "partner_id": partner.id,
                "partner_is_verified": True,
                "email_from": partner.email,
                "phone": partner.phone,
                "company_id": (order.company_id or user.company_id).id,
                "sale_order_id": order.id,
                "sale_line_id": line.id,
                "product_id": line.product_id.id,
                "lot_id": self._find_delivered_lot(order, report["lot"]).id,
                "pairs": report["pairs"],
                "size": report["size"] or False,
            }
        )
        complaint._post_photos(photos, author_id=partner.id)
        return complaint

    def _create_from_public_form(self, report, photos, company):
        """A complaint of anybody: who wrote it, and about which order, is only what the sender says."""
        details = [
            (self.env._("Company"), report["partner_company"]),
            (self.env._("Order or lot"), report["order_or_lot"]),
        ]
        sender = {"email_from": report["email"] or False, "company_id": company.id}
        # an address is a claim, as in a mail: the contact is guessed by it; our own people are no customers
        partner = self.new(sender)._find_contact().filtered("partner_share")
        complaint = self.with_company(company).create(
            {
                **self._get_form_values(report, details),
                **sender,
                "channel": "web",
                "partner_id": partner.id,
                "partner_name": report["name"],
                "partner_is_verified": False,
                "phone": report["phone"] or False,
            }
        )
        address = formataddr((report["name"], report["email"] or company.email or ""))
        complaint._post_photos(photos, author_id=False, email_from=address)
        return complaint

    def _get_form_values(self, report, details):
        """Subject and description: the customer's words first, then what was asked beside them."""
        message = plaintext2html(report["message"])
        notes = "\n".join(f"{label}: {value}" for label, value in details if value)
        return {
            "subject": report.get("subject") or self._get_first_words(message),
            "description": message + plaintext2html(notes) if notes else message,
        }

    def _find_delivered_lot(self, order, name):
        """The lot of that name among those delivered for the order: a customer cannot name another's."""
        lots = order.picking_ids.move_line_ids.lot_id
        return lots.filtered(lambda lot: name and lot.name.casefold() == name.casefold())[:1]

    def _post_photos(self, photos, **author):
        """The photos as the first message of the conversation, where the customer finds them again."""
        if photos:
            self.message_post(
                attachments=[(photo.name, photo.content) for photo in photos],
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **author,
            )

    # ------------------------------------------------------------
    # The customer's page
    # ------------------------------------------------------------

    def _portal_state(self):
        """The name of the stage, but for what is said to the customer and not of them, and complaints that are none."""
        if self.stage_id.is_cancelled:
            return self.env._("Closed")
        return self.env._("Waiting for you") if self.stage_id.is_waiting else self.stage_id.name

    def _portal_steps(self):
        """The way of the complaint: ``[(name, "done" | "current" | "todo")]``."""
        self.ensure_one()
        stages = self._portal_stages()
        here = stages.ids.index(self.stage_id.id) if self.stage_id else -1
        return [
            (
                self._portal_state() if stage == self.stage_id else stage.name,
                _state(index, here + 1 if self.stage_id.is_closed else here),
            )
            for index, stage in enumerate(stages)
        ]

    def _portal_stages(self):
        """Stages of the usual way and the present one: a wait, or a second way of closing, only when it is there."""
        team = self.team_id.ids
        stages = self.env["leather.complaint.stage"].search(["|", ("team_ids", "=", False), ("team_ids", "in", team)])
        current = self.stage_id
        closed = stages.filtered(lambda stage: stage.is_closed and not stage.is_cancelled)
        closing = current if current.is_closed else closed[:1]
        usual = stages.filtered(lambda stage: not stage.is_waiting and not stage.is_closed)
        return (usual | closing | current).sorted(lambda stage: (stage.is_closed, stage.sequence, stage.id))

    def _portal_promises(self):
        """What was promised and kept, as ``[(kind, moment)]``; the page has a sentence for each kind."""
        self.ensure_one()
        return [(kind, self._portal_say(moment)) for kind, moment in self._portal_moments() if moment]

    def _portal_moments(self):
        now = self.env.cr.now()
        yield "received", self.received_on
        if self.first_answered_on:
            yield "answered", self.first_answered_on
        elif not self.stage_id.is_closed:
            late = self.first_answer_deadline and self.first_answer_deadline < now
            yield "answer_late" if late else "answer_due", self.first_answer_deadline
        if self.stage_id.is_closed:
            yield "closed" if self.stage_id.is_cancelled else "settled", self.resolved_on
        elif self.waiting_since:
            yield "waiting", self.waiting_since
        else:
            late = self.resolution_deadline and self.resolution_deadline < now
            yield "settle_late" if late else "settle_due", self.resolution_deadline

    def _portal_say(self, moment):
        """The moment in the reader's language, on the clock of those who promised it."""
        company = self.company_id or self.env.company
        timezone = self.team_id._get_calendar(company).tz or company.partner_id.tz
        return format_datetime(self.env, moment, tz=timezone, dt_format=MOMENT)

    def _portal_can_rate(self):
        """Settled, and not rated since."""
        self.ensure_one()
        stage = self.stage_id
        # sudo: ratings are for staff to read; here only whether the customer has given one
        ratings = self.sudo().rating_ids.filtered("consumed")
        since = self.resolved_on or self.received_on
        is_rated = any((rating.rated_on or rating.write_date) >= since for rating in ratings)
        return stage.is_closed and not stage.is_cancelled and not is_rated

    def _portal_merged_into(self):
        """The complaint of the same customer that this one was merged into, if any."""
        self.ensure_one()
        target = self.duplicate_of_id
        mine = self.partner_id.commercial_partner_id
        return target if not self.active and mine and mine == target.partner_id.commercial_partner_id else self.browse()


def _state(index, here):
    if index == here:
        return "current"
    return "done" if index < here else "todo"
