import babel.dates
from odoo import fields, models
from odoo.tools.mail import parse_contact_from_email

LOCALES = {"fr": "fr_FR", "ar": "ar_DZ", "en": "en_GB"}


class LeatherComplaint(models.Model):
    """The facts that an answer may name.

    A sender who is not certain gets to read only what they wrote themselves: the address of a mail can be forged, and
    an answer with the order of the customer it names would be a leak. Of a certain customer only what is theirs is
    named.
    """

    _inherit = "leather.complaint"

    def _get_reply_facts(self, language):
        """{name of a fact: text, or None where it is not known}, for answers in a language.

        The names are those of ``leather.reply.template._get_fact_names``.
        """
        self.ensure_one()
        # sudo: agents may lack the right to sales, stock and accounting; what is read is checked to be the customer's
        complaint = self.sudo()
        known = complaint._get_own_facts(language) if complaint.partner_is_verified else complaint._get_told_facts()
        facts = {**known, **complaint._get_our_facts(language), "agent": self.env.user.name}
        return {name: facts.get(name) or None for name in self.env["leather.reply.template"]._get_fact_names()}

    def _get_our_facts(self, language):
        """About the complaint and ourselves: no secret to anybody who complains."""
        now = fields.Datetime.now()
        is_ahead = self.resolution_deadline and self.resolution_deadline > now
        return {
            "reference": self.name if self.name != "/" else None,
            "received_on": self._say_date(self.received_on, language),
            "resolve_by": self._say_date(self.resolution_deadline, language) if is_ahead else None,
            "team": self.team_id.name,
            "company": self.company_id.name,
            "company_phone": self.company_id.phone,
        }

    def _get_own_facts(self, language):
        """About the certain customer's order, delivery, invoice and goods."""
        order = self.sale_order_id if self._is_customers(self.sale_order_id.partner_id) else self.sale_order_id.browse()
        invoice = self.invoice_id if self._is_customers(self.invoice_id.partner_id) else self.invoice_id.browse()
        deliveries = self._get_own_deliveries(order)
        return {
            "customer": self.partner_id.name or self.partner_name,
            "order": order.name,
            "order_date": self._say_date(order.date_order, language),
            "delivery_date": self._say_date(self._get_planned_delivery(order, deliveries), language),
            "delivered_on": self._say_date(self._get_delivered_on(deliveries), language),
            "invoice": invoice.name if invoice.state == "posted" else None,
            "lot": self.lot_id.name,
            "product": self._get_product_name(language),
            "size": self.size,
            "pairs": str(self.pairs) if self.pairs else None,
        }

    def _get_told_facts(self):
        """What the sender wrote: read from the text, never from our records."""
        named = self.named_entities or {}
        text = (self.text or "").casefold()
        product = self.product_id.name
        return {
            "customer": self._get_told_name(),
            **{fact: self._get_first(named.get(f"{fact}s")) for fact in ("order", "lot", "invoice", "size")},
            "pairs": str(named["pairs"]) if named.get("pairs") else None,
            "product": product if product and product.casefold() in text else None,
        }

    def _get_told_name(self):
        """The name that the sender gave; not the one of the contact that was guessed."""
        if self.partner_name and self.partner_name != self.partner_id.name:
            return self.partner_name if "@" not in self.partner_name else None
        name, _email = parse_contact_from_email(self.email_from)
        return name or (self.partner_name if not self.partner_id else None)

    def _is_customers(self, partner):
        customer = self.commercial_partner_id
        return bool(customer and partner.commercial_partner_id == customer)

    def _get_own_deliveries(self, order):
        named = self.picking_id if self._is_customers(self.picking_id.partner_id) else self.picking_id.browse()
        every = order.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing")
        return named or every.filtered(lambda picking: picking.state != "cancel")

    def _get_planned_delivery(self, order, deliveries):
        """The next day on which goods are to leave. A day that is past is no promise."""
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        waiting = deliveries.filtered(lambda picking: picking.state not in ("done", "cancel"))
        moments = [picking.scheduled_date for picking in waiting if picking.scheduled_date]
        if not deliveries and order.commitment_date:
            moments = [order.commitment_date]
        return min((moment for moment in moments if moment >= today), default=None)

    def _get_delivered_on(self, deliveries):
        done = [picking.date_done for picking in deliveries if picking.state == "done" and picking.date_done]
        return max(done, default=None)

    def _get_product_name(self, language):
        code = self._find_installed_lang(language)
        return self.product_id.with_context(lang=code).name if code else self.product_id.name

    def _find_installed_lang(self, language):
        """Code of an installed language, such as ``fr_FR``; None when there is none."""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return next((code for code in codes if code.startswith(f"{language}_")), None)

    def _say_date(self, moment, language):
        """A day as people write it, in the language of the answer, which need not be installed."""
        if not moment:
            return None
        day = fields.Datetime.context_timestamp(self, moment).date()
        return babel.dates.format_date(day, "d MMMM y", locale=LOCALES[language])

    def _get_first(self, names):
        return str(names[0]) if names else None
