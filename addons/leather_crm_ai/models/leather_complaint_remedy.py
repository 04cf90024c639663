from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

INVOICING = "account.group_account_invoice"


class LeatherComplaint(models.Model):
    """Putting a complaint right: the return, the free replacement, the credit note, and whom to ask for them.

    Each document points to the complaint that it puts right (``remedy_complaint_id``). Whoever may read the complaint
    and may make such a document makes it; others ask somebody who may. Nothing is confirmed by itself.
    """

    _inherit = "leather.complaint"

    return_picking_ids = fields.One2many(
        "stock.picking", "remedy_complaint_id", "Returns", groups="stock.group_stock_user"
    )
    replacement_order_ids = fields.One2many(
        "sale.order", "remedy_complaint_id", "Replacement orders", groups="sales_team.group_sale_salesman"
    )
    credit_note_ids = fields.One2many(
        "account.move", "remedy_complaint_id", groups=f"account.group_account_readonly,{INVOICING}"
    )
    return_count = fields.Integer(compute="_compute_return_count", groups="stock.group_stock_user")
    replacement_count = fields.Integer(compute="_compute_replacement_count", groups="sales_team.group_sale_salesman")
    credit_note_count = fields.Integer(
        compute="_compute_credit_note_count", groups=f"account.group_account_readonly,{INVOICING}"
    )
    remedy_list = fields.Html("Made for it", compute="_compute_remedy_list", sanitize=False, groups="base.group_user")
    is_credit_manual = fields.Boolean("Cost of credit notes set by a person", copy=False, groups="base.group_user")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("return_picking_ids")
    def _compute_return_count(self):
        self._count_remedies("stock.picking", "return_count")

    @api.depends("replacement_order_ids")
    def _compute_replacement_count(self):
        self._count_remedies("sale.order", "replacement_count")

    @api.depends("credit_note_ids")
    def _compute_credit_note_count(self):
        self._count_remedies("account.move", "credit_note_count")

    def _count_remedies(self, model, name):
        domain = [("remedy_complaint_id", "in", self.ids)]
        counts = dict(self.env[model]._read_group(domain, ["remedy_complaint_id"], ["__count"]))
        for complaint in self:
            complaint[name] = counts.get(complaint._origin, 0)

    @api.depends_context("lang")
    def _compute_remedy_list(self):
        """Number and state of each document, also for those who may not open it."""
        for complaint in self:
            rows = [
                Markup('<li>%s <span dir="ltr">%s</span> · %s</li>')
                % (
                    label,
                    document.display_name,
                    dict(document._fields["state"]._description_selection(self.env))[document.state],
                )
                for label, documents in complaint._get_remedies()
                for document in documents
            ]
            complaint.remedy_list = Markup('<ul class="mb-0 ps-3">%s</ul>') % Markup().join(rows) if rows else False

    def _get_remedies(self):
        """[(what it is, documents)]: all that was made to put this right."""
        complaint = self.sudo()  # sudo: numbers and states only are shown
        return [
            (self.env._("Return"), complaint.return_picking_ids),
            (self.env._("Replacement order"), complaint.replacement_order_ids),
            (self.env._("Credit note"), complaint.credit_note_ids),
        ]

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _note_decided(self, vals, new=False):
        """A cost that a person writes stays; taken away again, it follows the credit notes."""
        vals = super()._note_decided(vals, new)
        if "cost_credit" in vals and not self.env.context.get("leather_ai_writes"):
            vals = {"is_credit_manual": bool(vals["cost_credit"]), **vals}
        return vals

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_return(self):
        """Odoo's return of the linked delivery, filled in with the shoe and the pairs."""
        self.ensure_one()
        self.check_access("read")
        if not self.picking_id:
            raise UserError(
                self.env._("Link the delivery first, under Facts: a return needs to know what was delivered.")
            )
        wizards = self.env["stock.return.picking"]
        if not wizards.has_access("create"):
            return self._open_request("return")
        wizard = wizards.create({"picking_id": self.picking_id.id, "complaint_id": self.id})
        wizard._fill_from_complaint()
        return self._open_wizard(wizard, self.env._("Return"))

    def action_replace(self):
        """A quotation for the same shoe, free of charge; somebody has to confirm it."""
        self.ensure_one()
        self.check_access("read")
        orders = self.env["sale.order"]
        if not orders.has_access("create"):
            return self._open_request("replacement")
        if not self.partner_id or not self.product_id:
            raise UserError(self.env._("Say who the customer is and which shoe it is first."))
        order = orders.with_company(self.company_id).create(self._get_replacement_values())
        return self._open_document(order)

    def action_credit(self):
        """Odoo's credit note on the linked invoice, or on one of the order's."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(INVOICING):
            return self._open_request("credit_note")
        invoices = self._get_creditable_invoices()
        if not invoices:
            raise UserError(self.env._("There is no posted invoice to credit: neither linked here nor on the order."))
        if len(invoices) == 1:
            return self._open_reversal(invoices)
        wizard = self.env["leather.complaint.credit"].create({"complaint_id": self.id, "invoice_id": invoices[0].id})
        return self._open_wizard(wizard, self.env._("Which invoice?"))

    def action_ask_quality(self):
        """An activity for the quality person, with the facts."""
        self.ensure_one()
        return self._open_request("quality")

    def action_view_returns(self):
        return self._open_document(self.return_picking_ids)

    def action_view_replacements(self):
        return self._open_document(self.replacement_order_ids)

    def action_view_credit_notes(self):
        return self._open_document(self.credit_note_ids)

    def _open_document(self, documents):
        return documents._get_records_action()

    @api.model
    def _open_wizard(self, wizard, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _open_request(self, kind):
        """Ask somebody who may do it, or who knows."""
        self.check_access("write")
        wizard = self.env["leather.complaint.request"].create({"complaint_id": self.id, "kind": kind})
        return self._open_wizard(wizard, dict(wizard._fields["kind"]._description_selection(self.env))[kind])

    def _open_reversal(self, invoices):
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_view_account_move_reversal")
        return {
            **action,
            "context": {
                "active_model": "account.move",
                "active_ids": invoices.ids,
                "default_complaint_id": self.id,
                "default_reason": self.env._("Complaint %s", self.name),
            },
        }

    # ------------------------------------------------------------
    # What the documents say
    # ------------------------------------------------------------

    def _get_replacement_values(self):
        """Values of the order. Customers know the complaint by its reference, so it is theirs on the order too."""
        product = self._get_replacement_product()
        line = {
            "product_id": product.id,
            "product_uom_qty": self.pairs or 1,
            "price_unit": 0.0,
            # differs from the price, so that Odoo takes the price for one that a person set and leaves it
            "technical_price_unit": product.lst_price or 1.0,
            "discount": 0.0,
        }
        # the customer reads it on the quotation
        env = self.with_context(lang=self._get_mail_lang()).env
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "origin": self.name,
            "client_order_ref": self.name,
            "note": env._("Replacement free of charge for your complaint %s.", self.name),
            "remedy_complaint_id": self.id,
            "order_line": [Command.create(line)],
        }

    def _get_replacement_product(self):
        """The shoe, in the size that the complaint names if the model has it."""
        size = (self.size or "").strip().casefold()
        variants = self.product_id.product_tmpl_id.product_variant_ids
        fitting = variants.filtered(
            lambda variant: (
                size
                and size in [name.casefold() for name in variant.product_template_attribute_value_ids.mapped("name")]
            )
        )
        return self.product_id if not fitting or self.product_id in fitting else fitting[0]

    def _get_creditable_invoices(self):
        """The linked invoice, else the posted ones of the order."""
        linked = self.invoice_id.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")
        if linked:
            return linked
        # sudo: which invoices the order has; they are opened with the user's own rights
        invoices = self.sudo().sale_order_id.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return invoices.sudo(False)._filtered_access("read")

    def _take_credit_cost(self):
        """The untaxed amount of the posted credit notes in the company's currency, unless a person wrote a cost."""
        # sudo: whoever posts the credit note may have no right to write complaints
        for complaint in self.sudo().filtered(lambda complaint: not complaint.is_credit_manual):
            notes = complaint.credit_note_ids.filtered(
                lambda move: move.state == "posted" and move.move_type == "out_refund"
            )
            cost = sum(abs(move.amount_untaxed_signed) for move in notes)
            complaint.with_context(leather_ai_writes=True).cost_credit = cost

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def _get_absorbed_values(self, others):
        vals = super()._get_absorbed_values(others)
        vals["is_credit_manual"] = any((self | others).mapped("is_credit_manual"))
        return vals

    def _take_records(self, others):
        """Documents and holds of the others now belong to this one."""
        result = super()._take_records(others)
        for name, field in self._get_remedy_links().items():
            # sudo: documents of all kinds move along; the right to merge was checked
            documents = self.env[name].sudo().with_context(active_test=False).search([(field, "in", others.ids)])
            documents.write({field: self.id})
        return result

    @api.model
    def _get_remedy_links(self):
        """{model: its field that points to the complaint} of all that was made for one."""
        return {
            "stock.picking": "remedy_complaint_id",
            "sale.order": "remedy_complaint_id",
            "account.move": "remedy_complaint_id",
            "stock.lot": "held_for_id",
        }

    def _get_remedy_facts(self):
        """[(label, value)] that somebody who is asked to act needs to know first."""
        complaint = self.sudo()  # sudo: names and numbers of what is linked, for a colleague
        return [
            (self.env._("Customer"), complaint.commercial_partner_id.name or complaint.partner_name),
            (self.env._("Category"), complaint.shown_category_id.display_name),
            (self.env._("Shoe"), complaint.product_id.display_name),
            (self.env._("Lot"), complaint.lot_id.name),
            (self.env._("Pairs"), complaint.pairs),
            (self.env._("Order"), complaint.sale_order_id.name),
            (self.env._("Delivery"), complaint.picking_id.name),
            (self.env._("Invoice"), complaint.invoice_id.name),
            (self.env._("Complaints on this lot"), self.lot_complaint_count + 1 if complaint.lot_id else 0),
        ]
