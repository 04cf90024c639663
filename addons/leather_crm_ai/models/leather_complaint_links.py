from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

MAX_PAIRS = 1_000_000
REPEAT_DAYS = 90


def _as_mapping(entities):
    """What was found in one text as a dict, whether given as one or as an object."""
    names = ("orders", "lots", "invoices", "sizes", "pairs")
    if isinstance(entities, dict):
        return {name: entities.get(name) for name in names}
    return {name: getattr(entities, name, None) for name in names}


class LeatherComplaint(models.Model):
    """The orders, deliveries and lots a complaint is about, and what they say about its severity.

    What a text names is linked only where it exists and belongs to the customer's company; nothing that is set is
    replaced. What was named is kept, so that people can look it up where nothing could be linked.
    """

    _inherit = "leather.complaint"

    named_entities = fields.Json("Named in the text", readonly=True, copy=False, groups="base.group_user")

    # ------------------------------------------------------------
    # Links
    # ------------------------------------------------------------

    def _link_entities(self, entities):
        """Set order, line, delivery, lot, invoice, product, pairs and size where they are blank.

        :param entities: dict complaint id -> what was found in its text: ``orders``, ``lots``, ``invoices``,
            ``sizes`` (lists of strings) and ``pairs`` (a number), as a dict or an object; for one complaint also
            that dict or object itself
        """
        if not (isinstance(entities, dict) and set(entities) <= set(self.ids)):
            entities = {self.id: entities}
        found = {complaint: _as_mapping(entities[complaint.id]) for complaint in self if complaint.id in entities}
        candidates = self._find_candidates(found)
        for complaint, named in found.items():
            vals = {**complaint._link_documents(named, candidates), **complaint._take_numbers(named)}
            vals = {name: value for name, value in vals.items() if value and not complaint[name]}
            kept = {name: value for name, value in named.items() if value}
            if kept != (complaint.named_entities or {}):
                vals["named_entities"] = kept or False
            if vals:
                complaint.with_context(leather_ai_writes=True).write(vals)

    def _take_numbers(self, named):
        pairs, sizes = named["pairs"] or 0, named["sizes"] or ()
        return {"pairs": pairs if 0 < pairs <= MAX_PAIRS else 0, "size": sizes[0] if sizes else False}

    def _find_candidates(self, found):
        """Orders, lots with their deliveries, and invoices that the texts name: one search for each kind."""

        def names_of(kind):
            named = {str(name).strip() for entities in found.values() for name in entities[kind] or ()}
            return sorted(named | {name.upper() for name in named} - {""})

        customers = self.commercial_partner_id
        # sudo: what is linked is checked to be the customer's; agents and customers may lack the right to search
        env = self.sudo().env
        own = [("partner_id.commercial_partner_id", "in", customers.ids), ("company_id", "in", self.company_id.ids)]
        orders, lots, invoices = names_of("orders"), names_of("lots"), names_of("invoices")
        return {
            "orders": env["sale.order"].search(
                ["|", ("name", "in", orders), ("client_order_ref", "in", orders), ("state", "!=", "cancel"), *own],
                order="id desc",
            )
            if orders and customers
            else env["sale.order"],
            "lines": self._find_lot_lines(env, lots, customers) if lots and customers else env["stock.move.line"],
            "invoices": env["account.move"].search(
                [("name", "in", invoices), ("move_type", "in", ("out_invoice", "out_refund")), *own], order="id desc"
            )
            if invoices and customers
            else env["account.move"],
        }

    def _find_lot_lines(self, env, names, customers):
        """Lines of deliveries of these lots to these customers, latest first."""
        return env["stock.move.line"].search(
            [
                ("lot_id.name", "in", names),
                ("picking_id.partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "done"),
                ("picking_id.picking_type_id.code", "=", "outgoing"),
            ],
            order="date desc, id desc",
        )

    def _link_documents(self, named, candidates):
        """Values of the links for one complaint."""
        customer, company = self.commercial_partner_id, self.company_id
        if not customer:
            return {}
        names = {
            kind: {str(name).strip().upper() for name in named[kind] or ()} for kind in ("orders", "lots", "invoices")
        }
        order = candidates["orders"].filtered(
            lambda order: (
                order.company_id == company
                and order.partner_id.commercial_partner_id == customer
                and not names["orders"].isdisjoint({order.name.upper(), (order.client_order_ref or "").upper()})
            )
        )[:1]
        line = candidates["lines"].filtered(
            lambda line: (
                line.company_id == company
                and line.picking_id.partner_id.commercial_partner_id == customer
                and line.lot_id.name.upper() in names["lots"]
            )
        )
        line = (line.filtered(lambda line: order and line.picking_id.sale_id == order) or line)[:1]
        invoice = candidates["invoices"].filtered(
            lambda move: (
                move.company_id == company
                and move.commercial_partner_id == customer
                and (move.name or "").upper() in names["invoices"]
            )
        )[:1]
        return self._get_link_values(self.sale_order_id.sudo() or order or line.picking_id.sale_id, line, invoice)

    def _get_link_values(self, order, line, invoice):
        """What an order, a line of a delivery and an invoice of the customer say together."""
        order = order or invoice.line_ids.sale_line_ids.order_id[:1]
        product = line.product_id or self._get_only_product(order)
        order_line = order.order_line.filtered(lambda order_line: product and order_line.product_id == product)[:1]
        deliveries = order.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_code == "outgoing"
        )
        return {
            "sale_order_id": order.id,
            "sale_line_id": order_line.id if not self.sale_order_id or order == self.sale_order_id else False,
            "picking_id": (line.picking_id or deliveries.sorted("date_done", reverse=True)[:1]).id,
            "lot_id": line.lot_id.id,
            "invoice_id": invoice.id,
            "product_id": product.id,
        }

    def _get_only_product(self, order):
        """The shoe of an order that holds only one."""
        products = order.order_line.filtered(lambda line: not line.display_type).product_id
        products = products.filtered(lambda product: product.type == "consu")
        return products if len(products) == 1 else products.browse()

    def _get_named_lots(self):
        """Lots that the text names and the company has, whoever received them: for warnings inside the house."""
        names = (self.named_entities or {}).get("lots") or ()
        wanted = [*names, *(name.upper() for name in names)]
        # sudo: see _get_lot_recipients
        lots = self.env["stock.lot"].sudo()
        if not wanted:
            return lots
        return lots.search([("name", "in", wanted), ("company_id", "in", (self.company_id.id, False))])

    # ------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------

    def _get_severity_facts(self):
        """What the records say about how grave complaints are; a few queries, whatever their number.

        :return: dict complaint id -> dict with ``pairs`` affected, ``lot_pairs`` delivered of the lot, and how many
            other complaints of the 90 days before came from the customer and on the lot (questions, praise, spam and
            merged ones do not count)
        """
        stored = self.filtered("id")
        stored.flush_model()
        lots = stored._count_lot_pairs()
        by_customer = stored._count_previous(SQL("commercial_partner_id"), SQL("email_normalized"))
        by_lot = stored._count_previous(SQL("lot_id"))
        return {
            complaint.id: {
                "pairs": complaint.pairs,
                "lot_pairs": lots.get((complaint.lot_id.id, complaint.company_id.id), 0),
                "previous_by_customer": by_customer.get(complaint.id, 0),
                "previous_on_lot": by_lot.get(complaint.id, 0),
            }
            for complaint in self
        }

    def _count_lot_pairs(self):
        """dict (lot id, company id) -> pairs delivered."""
        # sudo: a figure about the lot, for people who have no access to stock
        groups = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                [
                    ("lot_id", "in", self.lot_id.ids),
                    ("state", "=", "done"),
                    ("picking_id.picking_type_id.code", "=", "outgoing"),
                ],
                ["lot_id", "company_id"],
                ["quantity_product_uom:sum"],
            )
        )
        return {(lot.id, company.id): round(pairs) for lot, company, pairs in groups}

    def _count_previous(self, column, fallback=None):
        """dict complaint id -> complaints of the 90 days before with the same value of a column.

        :param fallback: column that decides where the first one is blank
        """
        counts = defaultdict(int)
        if not self.ids:
            return counts
        for name, blank in ((column, None), (fallback, column)):
            if name is None:
                continue
            condition = SQL("mine.%s IS NULL", blank) if blank else SQL("TRUE")
            self.env.cr.execute(self._get_previous_query(name, condition))
            for complaint_id, count in self.env.cr.fetchall():
                counts[complaint_id] += count
        return counts

    def _get_previous_query(self, column, condition):
        return SQL(
            """
            SELECT mine.id, COUNT(*)
              FROM leather_complaint AS mine
              JOIN leather_complaint AS other
                ON other.%(column)s = mine.%(column)s
               AND other.company_id = mine.company_id
               AND other.id != mine.id
               AND other.received_on <= mine.received_on
               AND other.received_on > mine.received_on - %(days)s * interval '1 day'
               AND other.duplicate_of_id IS NULL
               AND other.family IS DISTINCT FROM 'N'
              JOIN leather_complaint_stage AS stage ON stage.id = other.stage_id AND stage.is_cancelled IS NOT TRUE
             WHERE mine.id = ANY(%(ids)s) AND %(condition)s
             GROUP BY mine.id
            """,
            column=column,
            condition=condition,
            days=REPEAT_DAYS,
            ids=self.ids,
        )
