from odoo import fields, models
from odoo.tools import SQL

from .leather_complaint_category import FAMILIES, SEVERITIES


class LeatherComplaintReport(models.Model):
    """One row for each complaint that counts: merged and cancelled ones are left out.

    A complaint has one code, model, lot, customer and month, so that whatever it is grouped by, sums are right. Its
    materials and suppliers are several: those have a report of their own (``leather.complaint.source.report``).
    """

    _name = "leather.complaint.report"
    _description = "Complaint Report"
    _auto = False
    _order = "received_on desc, id desc"
    _rec_name = "complaint_id"

    complaint_id = fields.Many2one("leather.complaint", readonly=True, aggregator="count_distinct")
    company_id = fields.Many2one("res.company", readonly=True)
    received_on = fields.Datetime(readonly=True)
    category_id = fields.Many2one("leather.complaint.category", readonly=True)
    family = fields.Selection(FAMILIES, readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    product_tmpl_id = fields.Many2one("product.template", "Shoe model", readonly=True)
    lot_id = fields.Many2one("stock.lot", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    state_id = fields.Many2one("res.country.state", "Wilaya", readonly=True)
    team_id = fields.Many2one("leather.complaint.team", readonly=True)
    cause_id = fields.Many2one("leather.complaint.cause", readonly=True)
    pairs = fields.Integer("Pairs affected", readonly=True)
    cost_credit = fields.Monetary("Credit notes", readonly=True)
    cost_replacement = fields.Monetary("Replacements", readonly=True)
    cost_transport = fields.Monetary("Transport", readonly=True)
    cost_other = fields.Monetary("Other costs", readonly=True)
    cost_total = fields.Monetary("Total cost", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s WHERE %s", self._get_columns(), self._get_tables(), self._get_condition())

    def _get_columns(self):
        return SQL("complaint.id AS id, %s, %s", self._get_complaint_columns(), self._get_amount_columns())

    def _get_complaint_columns(self):
        return SQL(
            """
            complaint.id AS complaint_id, complaint.company_id AS company_id, complaint.received_on AS received_on,
            category.id AS category_id, category.family AS family, complaint.severity AS severity,
            COALESCE(complaint.product_tmpl_id, lot_product.product_tmpl_id) AS product_tmpl_id,
            complaint.lot_id AS lot_id, complaint.commercial_partner_id AS commercial_partner_id,
            COALESCE(partner.state_id, company_partner.state_id) AS state_id, complaint.team_id AS team_id,
            complaint.cause_id AS cause_id, company.currency_id AS currency_id
            """
        )

    def _get_amount_columns(self):
        return SQL(
            """
            complaint.pairs AS pairs, complaint.cost_credit AS cost_credit,
            complaint.cost_replacement AS cost_replacement, complaint.cost_transport AS cost_transport,
            complaint.cost_other AS cost_other, complaint.cost_total AS cost_total
            """
        )

    def _get_tables(self):
        return SQL(
            """
                   leather_complaint AS complaint
              JOIN res_company AS company ON company.id = complaint.company_id
              JOIN leather_complaint_stage AS stage ON stage.id = complaint.stage_id
         LEFT JOIN leather_complaint_category AS category ON category.id = complaint.shown_category_id
         LEFT JOIN stock_lot AS lot ON lot.id = complaint.lot_id
         LEFT JOIN product_product AS lot_product ON lot_product.id = lot.product_id
         LEFT JOIN res_partner AS partner ON partner.id = complaint.partner_id
         LEFT JOIN res_partner AS company_partner ON company_partner.id = complaint.commercial_partner_id
            """
        )

    def _get_condition(self):
        return SQL(
            "complaint.active AND complaint.duplicate_of_id IS NULL AND stage.is_cancelled IS NOT TRUE"
            " AND category.family IS DISTINCT FROM 'N'"
        )
