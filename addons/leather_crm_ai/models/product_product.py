from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "leather.complaint.counter"]

    _complaint_field = "product_id"
