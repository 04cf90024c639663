from odoo import fields, models
from odoo.tools import SQL


class LeatherComplaintSourceReport(models.Model):
    """Complaints by the materials of their shoes and those who delivered them: a row for each.

    A complaint counts once in whatever group it falls (*Complaints* counts distinct ones); pairs and costs are divided
    among its rows, so that no sum is larger than what there is.
    """

    _name = "leather.complaint.source.report"
    _inherit = ["leather.complaint.report"]
    _description = "Complaint Report by Material"
    _auto = False

    complaint_id = fields.Many2one(string="Complaints", aggregator="count_distinct")
    material_id = fields.Many2one("product.product", readonly=True)
    material_lot_id = fields.Many2one("stock.lot", "Lot of the material", readonly=True)
    supplier_id = fields.Many2one("res.partner", readonly=True)
    pairs = fields.Float("Pairs affected (share)", digits=(16, 2))
    cost_total = fields.Monetary("Total cost (share)")

    def _get_columns(self):
        return SQL(
            """
            source.id AS id, source.product_id AS material_id, source.lot_id AS material_lot_id,
            source.partner_id AS supplier_id, %s, %s
            """,
            self._get_complaint_columns(),
            self._get_amount_columns(),
        )

    def _get_amount_columns(self):
        return SQL(
            """
            complaint.pairs::float / rows.count AS pairs, complaint.cost_credit / rows.count AS cost_credit,
            complaint.cost_replacement / rows.count AS cost_replacement,
            complaint.cost_transport / rows.count AS cost_transport, complaint.cost_other / rows.count AS cost_other,
            complaint.cost_total / rows.count AS cost_total
            """
        )

    def _get_tables(self):
        return SQL(
            """
            %s
              JOIN leather_complaint_source AS source ON source.complaint_id = complaint.id
              JOIN (SELECT complaint_id, COUNT(*) AS count FROM leather_complaint_source GROUP BY complaint_id) AS rows
                ON rows.complaint_id = complaint.id
            """,
            super()._get_tables(),
        )

    def _get_condition(self):
        return SQL("%s AND category.family IN ('P', 'Q', 'F', 'K')", super()._get_condition())
