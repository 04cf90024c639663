from odoo import models
from odoo.fields import Domain


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _get_gather_domain(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False):
        """Where nobody has named a lot, none that is on hold is found.

        A named lot is: it has to be moved to quarantine, counted, unreserved and sent back. Whether it may leave the
        house is asked when the delivery is validated.
        """
        domain = super()._get_gather_domain(product_id, location_id, lot_id, package_id, owner_id, strict)
        if strict or lot_id or product_id.tracking == "none":
            return domain
        # without record rules ("any!"): a hold counts for whoever reserves
        return domain & Domain("lot_id", "not any!", [("is_on_hold", "=", True)])
