from odoo import models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "leather.complaint.cluster.counter"]

    _cluster_field = "product_tmpl_id"
