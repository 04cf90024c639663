from odoo import models


class LeatherComplaint(models.Model):
    """The orders, deliveries and lots a complaint is about, and what they say about its severity."""

    _inherit = "leather.complaint"

    def _link_entities(self, entities):
        """Set order, delivery, lot, invoice and product where they exist and belong to the customer."""

    def _get_severity_facts(self):
        """dict complaint id -> facts that the severity depends on."""
        none = {"pairs": 0, "lot_pairs": 0, "previous_by_customer": 0, "previous_on_lot": 0}
        return {complaint.id: {**none, "pairs": complaint.pairs} for complaint in self}
