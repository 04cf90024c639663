from odoo import fields, models


class RatingRating(models.Model):
    _inherit = "rating.rating"

    # Customers may send the same form again; a closing is asked for with a rating of its own.
    has_reopened = fields.Boolean("Has reopened the complaint", readonly=True, copy=False)
