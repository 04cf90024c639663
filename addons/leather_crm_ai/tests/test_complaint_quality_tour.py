from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from . import test_tours
from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintQualityTour(ComplaintCase, HttpCase):
    """A quality manager in a real browser."""

    def test_quality_manager(self):
        test_tours.TestTours._mend_package.__func__(type(self))
        manager = new_test_user(
            self.env,
            "cpl_quality",
            "leather_crm_ai.group_complaint_manager,stock.group_stock_manager",
            company_id=self.company_a.id,
            company_ids=[Command.set(self.company_a.ids)],
        )
        boot = self._make_shoe()
        lot = self._make_lot("L-TOUR", boot, 50)
        picking = self._sell(self.customer, boot, 10).picking_ids
        picking.action_assign()
        complaint = self._complain(
            "A nail went straight through the sole.",
            subject="A nail went through",
            severity="4",
            received_on=fields.Datetime.now(),
            product_id=boot.id,
            lot_id=lot.id,
            picking_id=picking.id,
        )
        self.start_tour("/odoo/complaints", "leather_complaint_quality", login="cpl_quality", timeout=180)
        self.assertTrue(complaint.contained_on)
        self.assertNotEqual(picking.state, "done")
        self.assertFalse(lot.is_on_hold)
        notes = lot.message_ids.mapped("body")
        self.assertTrue(any("Every sole was looked at" in note for note in notes))
        self.assertTrue(any(complaint.name in note for note in notes))
        self.assertEqual(lot.message_ids[0].author_id, manager.partner_id)
