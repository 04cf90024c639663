from odoo import api, fields, models
from odoo.tools import SQL

EPOCH = fields.Date.to_date("1970-01-01")


class LeatherOrderHistory(models.AbstractModel):
    """What the customers of one company have ordered, as rows for the engine; nothing is kept.

    A customer is a commercial partner: what its contacts and addresses order counts for it. A row sums one customer's
    confirmed lines of one product model on one day, in the unit of the product and the currency of the company, less
    what came back. Sections, down payments and services are no orders of goods. Customers who object (``ai_opt_out``,
    on the company or on the contact that ordered) are not in it.

    Two queries, however many customers are asked for.
    """

    _name = "leather.order.history"
    _description = "Order History"

    @api.model
    def _get_customer_ids(self, company):
        """Commercial partners who have ordered of a company, ascending: the caller works them off in batches."""
        query = SQL(
            """
            SELECT DISTINCT partner.commercial_partner_id
              FROM sale_order "order" JOIN res_partner partner ON partner.id = "order".partner_id
              JOIN res_partner commercial ON commercial.id = partner.commercial_partner_id
             WHERE "order".company_id = %s AND "order".state = 'sale'
               AND partner.ai_opt_out IS NOT TRUE AND commercial.ai_opt_out IS NOT TRUE
             ORDER BY 1
            """,
            company.id,
        )
        self._flush()
        return [partner_id for (partner_id,) in self.env.execute_query(query)]

    @api.model
    def _read_rows(self, company, partner_ids):
        """``[(customer id, day, product template id, quantity, amount), …]`` by customer and day.

        A day is the number of days since 1970 in the company's time zone. Cancelled orders are not in it; an order of
        which everything came back has the quantity 0.
        """
        self._flush()
        return self.env.execute_query(self._get_rows_query(company, partner_ids))

    @api.model
    def _get_rows_query(self, company, partner_ids):
        zone = company.resource_calendar_id.tz or company.partner_id.tz or "UTC"
        return SQL(
            """
            SELECT partner.commercial_partner_id,
                   (timezone(%(zone)s, timezone('UTC', "order".date_order)))::date - %(epoch)s::date AS day,
                   product.product_tmpl_id,
                   sum(net.share * line.product_uom_qty * unit.factor / own_unit.factor)::float AS quantity,
                   sum(net.share * line.price_subtotal / coalesce(nullif("order".currency_rate, 0), 1))::float AS amount
              FROM sale_order_line line
              JOIN sale_order "order" ON "order".id = line.order_id
              JOIN res_partner partner ON partner.id = "order".partner_id
              JOIN res_partner commercial ON commercial.id = partner.commercial_partner_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = line.product_uom_id
              JOIN uom_uom own_unit ON own_unit.id = template.uom_id
              CROSS JOIN LATERAL (%(net_share)s) net
             WHERE "order".company_id = %(company)s AND "order".state = 'sale'
               AND partner.commercial_partner_id IN %(partners)s
               AND partner.ai_opt_out IS NOT TRUE AND commercial.ai_opt_out IS NOT TRUE
               AND line.display_type IS NULL AND line.is_downpayment IS NOT TRUE AND template.type <> 'service'
             GROUP BY 1, 2, 3
             ORDER BY 1, 2, 3
            """,
            zone=zone,
            epoch=EPOCH,
            net_share=self._get_net_share(),
            company=company.id,
            partners=tuple(partner_ids) or (0,),
        )

    @api.model
    def _get_net_share(self):
        """Share of a line that did not come back: what customers returned is in done moves of the line from them."""
        return SQL(
            """
            SELECT CASE WHEN line.product_uom_qty > 0 THEN greatest(
                       0, 1 - coalesce(sum(move.quantity * move_unit.factor / unit.factor), 0) / line.product_uom_qty
                   ) ELSE 1 END AS share
              FROM stock_move move
              JOIN stock_location source ON source.id = move.location_id AND source.usage = 'customer'
              JOIN uom_uom move_unit ON move_unit.id = move.product_uom
             WHERE move.sale_line_id = line.id AND move.state = 'done'
            """
        )

    @api.model
    def _flush(self):
        for name in ("sale.order", "sale.order.line", "res.partner", "stock.move", "product.template", "uom.uom"):
            self.env[name].flush_model()
