from odoo import api, fields, models


class LeatherDemo(models.AbstractModel):
    """What the story delivered and invoiced, as far as somebody complains about it: lots, deliveries, invoices."""

    _inherit = "leather.demo"

    @api.model
    def _invoice(self, year, records):
        """{sale: posted invoice} of what somebody complains about the price or the payment of.

        None in a database whose company has no accounts yet.
        """
        wanted = {complaint.sale for complaint in year.complaints if complaint.sale and complaint.family == "C"}
        sales = sorted(wanted, key=lambda sale: (sale.delivered, sale.key))
        company = self.env["account.journal"]._check_company_domain(records["company"])
        if not self.env["account.journal"].search_count([("type", "=", "sale"), *company], limit=1):
            return {}
        invoices = self.env["account.move"].create(
            [self._get_invoice_values(sale, records["lines"][sale.key]) for sale in sales]
        )
        invoices.action_post()
        return dict(zip(sales, invoices, strict=True))

    @api.model
    def _get_invoice_values(self, sale, line):
        return {
            **line.order_id._prepare_invoice(),
            "invoice_date": sale.delivered.date(),
            "invoice_line_ids": [
                fields.Command.create(line._prepare_invoice_line(quantity=line.product_uom_qty)),
            ],
        }

    @api.model
    def _deliver(self, year, records):
        """({lot name: lot}, {order line id: picking}) of what somebody complains about, and of all who bought the
        bad lot."""
        wanted = {
            complaint.sale for complaint in year.complaints if complaint.sale and complaint.code not in ("D1", "D5")
        }
        wanted |= {sale for sale in year.sales if sale.lot == year.cluster_lot and sale.delivered < year.now}
        sales = sorted(
            (sale for sale in wanted if sale.delivered < year.now), key=lambda sale: (sale.delivered, sale.key)
        )
        lots = self._create_lots(sales, records)
        pickings = self._create_pickings(sales, lots, records)
        return lots, pickings

    @api.model
    def _create_lots(self, sales, records):
        products = {sale.lot: records["lines"][sale.key].product_id for sale in sales}
        for product in set(products.values()):
            product.tracking = "lot"
        lots = self.env["stock.lot"].create(
            [
                {"name": name, "product_id": product.id, "company_id": records["company"].id}
                for name, product in products.items()
            ]
        )
        return dict(zip(products, lots, strict=True))

    @api.model
    def _create_pickings(self, sales, lots, records):
        """Deliveries as they stand in the books afterwards: made and shipped, dated back."""
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", records["company"].id)], limit=1)
        self._produce(sales, lots, records, warehouse.lot_stock_id)
        pickings = self.env["stock.picking"].create(
            [self._get_picking_values(sale, records["lines"][sale.key], warehouse) for sale in sales]
        )
        for sale, picking in zip(sales, pickings, strict=True):
            picking.move_ids.write({"state": "done", "date": sale.delivered, "picked": True})
        self.env["stock.move.line"].create(
            [self._get_move_line_values(sale, picking, lots) for sale, picking in zip(sales, pickings, strict=True)]
        )
        self.env.flush_all()
        self._close_books(sales, pickings, records)
        return dict(zip((sale.key for sale in sales), pickings, strict=True))

    @api.model
    def _produce(self, sales, lots, records, location):
        pairs = {}
        for sale in sales:
            pairs[sale.lot] = pairs.get(sale.lot, 0) + sale.pairs
        for name, count in pairs.items():
            # half a lot is still in stock
            lot = lots[name]
            self.env["stock.quant"]._update_available_quantity(lot.product_id, location, 1.5 * count // 1, lot_id=lot)

    @api.model
    def _get_picking_values(self, sale, line, warehouse):
        customers = self.env.ref("stock.stock_location_customers")
        places = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id}
        return {
            "partner_id": line.order_id.partner_id.id,
            "picking_type_id": warehouse.out_type_id.id,
            "origin": line.order_id.name,
            "scheduled_date": sale.delivered,
            "company_id": line.company_id.id,
            "move_ids": [
                fields.Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.product_uom_qty,
                        "sale_line_id": line.id,
                        "company_id": line.company_id.id,
                        **places,
                    }
                )
            ],
            **places,
        }

    @api.model
    def _get_move_line_values(self, sale, picking, lots):
        move = picking.move_ids
        return {
            "move_id": move.id,
            "picking_id": picking.id,
            "product_id": move.product_id.id,
            "lot_id": lots[sale.lot].id,
            "quantity": sale.pairs,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "date": sale.delivered,
        }

    @api.model
    def _close_books(self, sales, pickings, records):
        """Date the deliveries back, and leave the orders as the story of the leads left them: paid long ago."""
        self.env.cr.execute(
            "UPDATE stock_picking AS picking SET date_done = story.day, state = 'done', create_date = story.day"
            " FROM unnest(%s, %s::timestamp[]) AS story(id, day) WHERE picking.id = story.id",
            [pickings.ids, [sale.delivered for sale in sales]],
        )
        lines = self.env["sale.order.line"].browse([sale.key for sale in sales])
        self.env.cr.execute("UPDATE sale_order_line SET invoice_status = 'no' WHERE id = ANY(%s)", [lines.ids])
        self.env.cr.execute("UPDATE sale_order SET invoice_status = 'no' WHERE id = ANY(%s)", [lines.order_id.ids])
        self.env.invalidate_all()
