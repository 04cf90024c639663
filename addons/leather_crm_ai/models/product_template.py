from odoo import models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "leather.complaint.counter"]

    _complaint_field = "product_tmpl_id"

    def _get_complaint_context(self):
        return {"default_product_id": self.product_variant_id.id}
