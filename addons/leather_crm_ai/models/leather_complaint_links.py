import re

from odoo import fields, models

KINDS = ("orders", "lots", "invoices")
MAX_PAIRS = 100_000
MAX_NAMES = 20  # of one kind in one text; more is no complaint but a list


class LeatherComplaint(models.Model):
    """The orders, deliveries, lots and invoices a complaint is about.

    What a text names is linked only where it exists and belongs to the customer's company; nothing that is set is
    replaced. What was named is kept, so that people can look it up where nothing could be linked.
    """

    _inherit = "leather.complaint"

    named_entities = fields.Json("Named in the text", readonly=True, copy=False, groups="base.group_user")

    def _link_entities(self, entities):
        """Set order, line, delivery, lot, invoice, product, pairs and size where they are blank.

        A few searches, whatever the number of complaints.

        :param entities: dict complaint id -> what was found in its text: ``orders``, ``lots``, ``invoices``,
            ``sizes`` (lists of strings) and ``pairs`` (a number), as a dict or an object; for one complaint also
            that dict or object itself
        """
        if not (isinstance(entities, dict) and set(entities) <= set(self.ids)):
            entities = {self.id: entities}
        found = {complaint: _as_mapping(entities[complaint.id]) for complaint in self if complaint.id in entities}
        index = self._index_candidates(found)
        for complaint, named in found.items():
            vals = {**complaint._link_documents(named, index), **_get_numbers(named)}
            vals = {name: value for name, value in vals.items() if value and not complaint[name]}
            kept = {name: value for name, value in named.items() if value}
            if kept != (complaint.named_entities or {}):
                vals["named_entities"] = kept or False
            if vals:
                complaint.with_context(leather_ai_writes=True).write(vals)

    # ------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------

    def _index_candidates(self, found):
        """{kind: {(company id, customer id, name in capitals): record}} of what the texts name.

        The lots' records are lines of deliveries, latest first.
        """
        names = {
            kind: sorted({name for named in found.values() for name in _get_spellings(kind, named[kind])})
            for kind in KINDS
        }
        customers = self.commercial_partner_id
        index = {}
        for kind in KINDS:
            # sudo: what is linked is checked to be the customer's; agents and customers may lack the right to search
            finder = getattr(self.sudo(), f"_find_{kind}")
            index[kind] = finder(names[kind], customers) if names[kind] and customers else {}
        return index

    def _find_orders(self, names, customers):
        """Orders by our number or the customer's own."""
        orders = self.env["sale.order"].search(
            [
                "|",
                ("name", "in", names),
                ("client_order_ref", "in", names),
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "!=", "cancel"),
            ],
            order="id",
        )
        return {
            (order.company_id.id, order.partner_id.commercial_partner_id.id, name.upper()): order
            for order in orders
            for name in (order.client_order_ref, order.name)
            if name
        }

    def _find_lots(self, names, customers):
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id.name", "in", names),
                ("picking_id.partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "done"),
                ("picking_id.picking_type_id.code", "=", "outgoing"),
            ],
            order="date desc, id desc",
        )
        return lines.grouped(
            lambda line: (
                line.company_id.id,
                line.picking_id.partner_id.commercial_partner_id.id,
                line.lot_id.name.upper(),
            )
        )

    def _find_invoices(self, names, customers):
        invoices = self.env["account.move"].search(
            [
                ("name", "in", names),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        return {(move.company_id.id, move.commercial_partner_id.id, move.name.upper()): move for move in invoices}

    # ------------------------------------------------------------
    # Linking
    # ------------------------------------------------------------

    def _link_documents(self, named, index):
        """Values of the links for one complaint."""
        if not self.commercial_partner_id:
            return {}
        picked = {kind: self._pick(named[kind], index[kind], kind) for kind in KINDS}
        lines = picked["lots"] or self.env["stock.move.line"].sudo()  # sudo: see _index_candidates
        invoice = picked["invoices"] or self.env["account.move"].sudo()
        order = self.sale_order_id.sudo() or picked["orders"] or invoice.line_ids.sale_line_ids.order_id[:1]
        line = (lines.filtered(lambda line: order and line.picking_id.sale_id == order) or lines)[:1]
        return {
            **self._get_order_values(order or line.picking_id.sale_id, line),
            "lot_id": line.lot_id.id,
            "invoice_id": invoice.id,
        }

    def _pick(self, names, index, kind):
        """The first record that is named and the customer's."""
        company, customer = self.company_id.id, self.commercial_partner_id.id
        for name in sorted(_get_spellings(kind, names)):
            if record := index.get((company, customer, name.upper())):
                return record
        return None

    def _get_order_values(self, order, line):
        """Order, line, delivery and shoe, as an order and a line of a delivery say together."""
        product = line.product_id or self._get_only_product(order)
        deliveries = order.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_code == "outgoing"
        )
        picking = line.picking_id or deliveries.sorted("date_done", reverse=True)[:1]
        return {
            "sale_order_id": order.id,
            "sale_line_id": order.order_line.filtered(lambda one: product and one.product_id == product)[:1].id,
            "picking_id": picking.id,
            "product_id": product.id,
        }

    def _get_only_product(self, order):
        """The shoe of an order that holds only one."""
        products = order.order_line.product_id.filtered(lambda product: product.type == "consu")
        return products if len(products) == 1 else products.browse()

    def _get_named_lots(self):
        """Lots that the text names and the company has, whoever received them: for warnings inside the house."""
        names = _get_spellings("lots", (self.named_entities or {}).get("lots"))
        # sudo: for whoever has to stop the lot; agents have no access to stock
        lots = self.env["stock.lot"].sudo()
        if not names:
            return lots
        return lots.search([("name", "in", sorted(names)), ("company_id", "in", (self.company_id.id, False))])


def _as_mapping(entities):
    """What was found in one text as a dict, whether given as one or as an object."""
    names = (*KINDS, "sizes", "pairs")
    if isinstance(entities, dict):
        return {name: entities.get(name) for name in names}
    return {name: getattr(entities, name, None) for name in names}


def _get_numbers(named):
    pairs, sizes = named["pairs"] or 0, named["sizes"] or ()
    return {"pairs": pairs if 0 < pairs <= MAX_PAIRS else 0, "size": sizes[0] if sizes else False}


def _get_spellings(kind, names):
    """How the database may spell what people wrote: in capitals, without blanks, a bare order number in full."""
    spellings = set()
    for name in list(names or ())[:MAX_NAMES]:
        text = str(name).strip()
        spellings |= {text, text.upper(), re.sub(r"\s+", "", text).upper()}
        if kind == "orders" and text.isdecimal():
            spellings.add(f"S{int(text):05d}")
    return spellings - {""}
