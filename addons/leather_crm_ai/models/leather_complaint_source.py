from odoo import api, fields, models


class LeatherComplaintSource(models.Model):
    """A material that the shoe of a complaint is made of, and who delivered it: what the report counts by.

    Written by the check for clusters, from :class:`LeatherComplaintUnits`.
    """

    _name = "leather.complaint.source"
    _description = "Material behind a Complaint"
    _rec_name = "product_id"
    _order = "complaint_id, id"

    complaint_id = fields.Many2one("leather.complaint", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    product_id = fields.Many2one("product.product", "Material", required=True, index=True, ondelete="cascade")
    lot_id = fields.Many2one("stock.lot", "Lot of the material", ondelete="set null", index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Supplier", ondelete="set null", index="btree_not_null")

    @api.model
    def _update(self, company, wanted):
        """Bring the rows of some complaints up to date; a few queries, whatever their number.

        :param wanted: {complaint id: {(material id, id of its lot or 0, supplier id or 0), …}}
        """
        rows = self.search([("complaint_id", "in", list(wanted))])
        known = {}
        for row in rows:
            known.setdefault(row.complaint_id.id, {})[row.product_id.id, row.lot_id.id or 0, row.partner_id.id or 0] = (
                row
            )
        gone = self.browse()
        for complaint_id, found in known.items():
            gone = gone.union(*(row for source, row in found.items() if source not in wanted[complaint_id]))
        gone.unlink()
        self.create(
            [
                {
                    "complaint_id": complaint_id,
                    "product_id": material,
                    "lot_id": lot or False,
                    "partner_id": partner or False,
                }
                for complaint_id, sources in wanted.items()
                for material, lot, partner in sorted(sources - known.get(complaint_id, {}).keys())
            ]
        )
