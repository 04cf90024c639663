from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .complaint_common import ComplaintCase


class HoldCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_manager = new_test_user(
            cls.env,
            "cpl_stock_manager",
            "stock.group_stock_manager",
            company_id=cls.company_a.id,
            company_ids=[Command.set(cls.company_a.ids)],
        )
        cls.boot = cls._make_shoe()
        cls.lot = cls._make_lot("L-1", cls.boot, 100)
        cls.order = cls._sell(cls.customer, cls.boot, 10)
        cls.picking = cls.order.picking_ids
        cls.picking.action_assign()
        cls.complaint = cls._complain("The sole came off.", lot_id=cls.lot.id, product_id=cls.boot.id, severity="4")

    def _confirm(self, action, reason="Soles come off", user=None):
        wizard = self.env["leather.hold.lot"].browse(action["res_id"]).with_user(user or self.env.user)
        wizard.reason = reason
        wizard.action_confirm()


@tagged("post_install", "-at_install")
class TestLotHold(HoldCase):
    """A lot is held and released, by whom and with what trace."""

    def test_planner_holds_from_the_lot(self):
        self._confirm(self.lot.with_user(self.planner).action_hold(), user=self.planner)
        self.assertRecordValues(
            self.lot,
            [{"is_on_hold": True, "hold_reason": "Soles come off", "held_by_id": self.planner.id}],
        )
        self.assertTrue(self.lot.held_on)
        self.assertIn("Soles come off", self.lot.message_ids[0].body)

    def test_a_reason_is_asked_for(self):
        for reason in (False, "  "):
            with self.assertRaises(UserError):
                self._confirm(self.lot.action_hold(), reason)
        self.assertFalse(self.lot.is_on_hold)

    def test_agent_holds_the_lot_of_a_complaint(self):
        """An agent has no access to stock, and stops the lot all the same."""
        self._confirm(self.complaint.with_user(self.agent).action_hold_lot(), user=self.agent)
        self.assertEqual(self.lot.held_for_id, self.complaint)
        self.assertEqual(self.lot.hold_complaint_id, self.complaint)
        self.assertTrue(self.complaint.contained_on)
        self.assertIn(self.complaint.name, self.lot.message_ids[0].body)
        self.assertIn("L-1", self.complaint.message_ids[0].body)
        self.assertIn("Soles come off", self.complaint.with_user(self.agent).lot_hold_words)
        self.assertFalse(self.complaint.with_user(self.agent).may_release_lot)

    def test_agents_hold_no_other_lot(self):
        other = self._make_lot("L-2", self.boot)
        wizard = self.env["leather.hold.lot"].create({"lot_ids": [Command.set(other.ids)], "reason": "Because"})
        with self.assertRaises(AccessError):
            wizard.with_user(self.agent).action_confirm()

    def test_wizard_names_no_lot_of_others(self):
        """Whoever may not read the complaint does not learn the name of its lot from the wizard either."""
        wizards, vals = self.env["leather.hold.lot"], {"complaint_id": self.complaint.id}
        self.assertEqual(wizards.with_user(self.agent).create(vals).lot_names, "L-1")
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.assertFalse(wizards.with_user(self.manager_b).create(vals).lot_names)

    def test_sales_people_and_outsiders_hold_nothing(self):
        for user in (self.sales, self.outsider, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.complaint.with_user(user).action_hold_lot()

    def test_complaint_without_a_lot(self):
        self.complaint.lot_id = False
        with self.assertRaisesRegex(UserError, "which lot"):
            self.complaint.action_hold_lot()

    def test_the_lot_is_stopped(self):
        """The button on a dangerous complaint holds the lot; the reason does not quote the customer."""
        self.complaint.category_id = self._category("P1")
        self.complaint.with_user(self.agent).action_contained()
        self.assertTrue(self.lot.is_on_hold)
        self.assertEqual(self.lot.hold_reason, self._category("P1").name)
        self.assertEqual(self.lot.held_by_id, self.agent)

    def test_only_a_dangerous_lot_is_held_by_the_button(self):
        self.complaint.severity = "3"
        self.complaint.action_contained()
        self.assertFalse(self.lot.is_on_hold)

    def test_held_twice(self):
        """The first reason stays, the second is noted."""
        self.lot._hold("First")
        self.lot._hold("Second", self.complaint)
        self.assertEqual(self.lot.hold_reason, "First")
        self.assertIn("Second", self.lot.message_ids[0].body)

    def test_release(self):
        self.lot._hold("Soles", self.complaint)
        for user in (self.planner, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.lot.with_user(user).action_release()
        self._confirm(self.lot.with_user(self.stock_manager).action_release(), "Glue was checked", self.stock_manager)
        self.assertRecordValues(self.lot, [{"is_on_hold": False, "hold_reason": False, "held_on": False}])
        self.assertFalse(self.lot.held_for_id)
        self.assertIn("Glue was checked", self.lot.message_ids[0].body)
        self.assertIn("Glue was checked", self.complaint.message_ids[0].body)

    def test_complaint_manager_releases_without_access_to_stock(self):
        self.lot._hold("Soles", self.complaint)
        complaint = self.complaint.with_user(self.manager)
        self.assertTrue(complaint.may_release_lot)
        self._confirm(complaint.action_release_lot(), "Checked", self.manager)
        self.assertFalse(self.lot.is_on_hold)

    def test_wizard_of_a_planner_releases_nothing(self):
        """Not even when its record is made by hand."""
        self.lot._hold("Soles")
        wizard = self.env["leather.hold.lot"].with_user(self.planner)
        wizard = wizard.create({"lot_ids": [Command.set(self.lot.ids)], "decision": "release", "reason": "I want to"})
        with self.assertRaises(AccessError):
            wizard.action_confirm()

    def test_nobody_writes_the_fields(self):
        self.lot._hold("Soles")
        for vals in ({"is_on_hold": False}, {"hold_reason": "x"}, {"held_by_id": False}, {"hold_company_id": False}):
            with self.subTest(vals), self.assertRaises(AccessError):
                self.lot.with_user(self.stock_manager).write(vals)
        with self.assertRaises(AccessError):
            self.picking.with_user(self.stock_manager).hold_waived_lot_ids = self.lot
        self.lot.with_user(self.stock_manager).write({"ref": "may"})

    def test_copy_is_not_held(self):
        self.lot._hold("Soles")
        self.assertFalse(self.lot.copy().is_on_hold)


@tagged("post_install", "-at_install")
class TestHeldDeliveries(HoldCase):
    """Open deliveries of a held lot are shown, stopped, and let go by a manager for a reason."""

    def _validate(self, user, picking=None):
        return (picking or self.picking).with_user(user).with_context(skip_backorder=True).button_validate()

    def test_open_deliveries(self):
        self.assertEqual(self.lot.hold_delivery_count, 0)
        self.assertFalse(self.picking.hold_warning)
        other = self._sell(self.rival, self.boot, 5).picking_ids
        other.action_assign()
        self._sell(self.rival, self.boot, 5, lot=self.lot)  # gone already
        self.lot._hold("Soles", self.complaint)
        self.assertEqual(self.lot.with_user(self.planner).hold_delivery_count, 2)
        found = self.env["stock.picking"].search(self.lot.action_view_hold_deliveries()["domain"])
        self.assertEqual(found, self.picking | other)
        for words in ("L-1", "Soles", self.complaint.name):
            self.assertIn(words, self.picking.hold_warning)

    def test_delivery_is_stopped(self):
        self.lot._hold("Soles come off", self.complaint)
        with self.assertRaises(UserError) as stopped:
            self._validate(self.planner)
        for words in ("L-1", "Soles come off", self.complaint.name):
            self.assertIn(words, stopped.exception.args[0])
        self.assertNotEqual(self.picking.state, "done")

    def test_programs_are_stopped_too(self):
        self.lot._hold("Soles")
        self.picking.move_ids.picked = True
        with self.assertRaises(UserError):
            self.picking._action_done()

    def test_released_lot_leaves(self):
        self.lot._hold("Soles")
        self.lot._release("Checked")
        self._validate(self.planner)
        self.assertEqual(self.picking.state, "done")

    def test_other_lot_leaves(self):
        """What is picked counts, not what else lies in the transfer."""
        fine = self._make_lot("L-2", self.boot, 100)
        line = self.picking.move_line_ids
        line.quantity = 4
        self.lot._hold("Soles")
        other = line.copy({"lot_id": fine.id, "quantity": 6, "picked": True})
        self._validate(self.planner)
        self.assertEqual(self.picking.state, "done")
        self.assertEqual(self.picking.move_line_ids, other)

    def test_manager_delivers_all_the_same(self):
        self.lot._hold("Soles", self.complaint)
        action = self._validate(self.stock_manager)
        self.assertEqual(action["res_model"], "leather.hold.deliver")
        self.assertNotEqual(self.picking.state, "done")
        wizards = self.env["leather.hold.deliver"].with_user(self.stock_manager).with_context(**action["context"])
        wizard = wizards.create({"reason": "The customer knows"})
        self.assertIn("L-1", wizard.description)
        wizard.action_deliver()
        self.assertEqual(self.picking.state, "done")
        self.assertTrue(self.lot.is_on_hold)
        for record in (self.picking, self.lot):
            message = record.message_ids.filtered(lambda one: "The customer knows" in one.body)
            self.assertEqual(message.author_id, self.stock_manager.partner_id)

    def test_planner_does_not_deliver_all_the_same(self):
        self.lot._hold("Soles")
        with self.assertRaises(AccessError):
            self.env["leather.hold.deliver"].with_user(self.planner).create({"reason": "x"})

    def test_waiver_ends_with_a_new_hold(self):
        self.lot._hold("Soles")
        self.picking._waive_hold(self.lot, "Once")
        self.assertFalse(self.picking._get_held_leaving())
        self.lot._release("Checked")
        self.lot._hold("Again")
        self.assertEqual(self.picking._get_held_leaving(), self.lot)

    def test_back_to_the_supplier(self):
        """A held lot may go back to where it came from."""
        self.lot._hold("Soles")
        self.picking.move_ids.location_dest_id = self.env.ref("stock.stock_location_suppliers")
        self.picking.move_line_ids.location_dest_id = self.env.ref("stock.stock_location_suppliers")
        self.assertFalse(self.picking._get_held_leaving())

    def test_into_quarantine(self):
        """Inside the house a held lot may be moved."""
        self.lot._hold("Soles")
        stock = self._get_warehouse().lot_stock_id
        cage = self.env["stock.location"].create({"name": "Cage", "location_id": stock.id})
        move = self.env["stock.move"].create(
            {
                "product_id": self.boot.id,
                "product_uom_qty": 50,
                "location_id": stock.id,
                "location_dest_id": cage.id,
                "picking_type_id": self._get_warehouse().int_type_id.id,
                "move_line_ids": [
                    Command.create({"product_id": self.boot.id, "lot_id": self.lot.id, "quantity": 50, "picked": True})
                ],
            }
        )
        move._action_confirm()
        move.picked = True
        move._action_done()
        self.assertEqual(move.state, "done")


@tagged("post_install", "-at_install")
class TestHeldReservation(HoldCase):
    """Reservations leave held lots alone, at no cost where none is held."""

    def _reserve(self, pairs):
        picking = self._sell(self.rival, self.boot, pairs).picking_ids
        picking.action_assign()
        return picking.move_line_ids

    def test_held_lots_are_not_reserved(self):
        fine = self._make_lot("L-2", self.boot, 20)
        self.lot._hold("Soles")
        lines = self._reserve(30)
        self.assertEqual(lines.filtered("lot_id").lot_id, fine)
        self.assertEqual(sum(lines.filtered("lot_id").mapped("quantity")), 20)

    def test_released_lots_are(self):
        self.lot._hold("Soles")
        self.lot._release("Checked")
        self.assertEqual(self._reserve(30).lot_id, self.lot)

    def test_untracked_shoes_are(self):
        sandal = self._make_shoe("Sandal", tracking="none")
        self.env["stock.quant"].with_company(self.company_a)._update_available_quantity(
            sandal, self._get_warehouse().lot_stock_id, 9
        )
        picking = self._sell(self.rival, sandal, 9).picking_ids
        picking.action_assign()
        self.assertEqual(picking.state, "assigned")

    def test_reservation_made_before_can_be_taken_back(self):
        self.lot._hold("Soles")
        self.picking.do_unreserve()
        quant = self.lot.quant_ids.filtered(lambda quant: quant.location_id.usage == "internal")
        self.assertEqual(quant.reserved_quantity, 0)

    def test_as_many_queries_as_without_us(self):
        """Whether lots are held or not, a reservation asks the database no more often."""
        self._make_lot("L-2", self.boot, 500)
        location = self._get_warehouse().lot_stock_id

        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["stock.quant"]._get_reserve_quantity(self.boot, location, 20)
            return self.cr.sql_log_count - before

        count_queries()
        ours = count_queries()
        quants = type(self.env["stock.quant"])
        core = next(
            base
            for base in quants.__mro__
            if "_get_gather_domain" in base.__dict__ and base.__module__.startswith("odoo.addons.stock.")
        )
        self.patch(quants, "_get_gather_domain", core._get_gather_domain)
        self.assertEqual(ours, count_queries())

    def test_query_counts_do_not_grow(self):
        """The banner of a transfer costs as much for ten lots as for one."""

        def count_queries(number):
            lots = self.env["stock.lot"].concat(
                *(self._make_lot(f"Q-{number}-{index}", self.boot, 1) for index in range(number))
            )
            picking = self._sell(self.rival, self.boot, number).picking_ids
            picking.move_line_ids.unlink()
            for lot in lots:
                self.env["stock.move.line"].create(
                    {
                        "picking_id": picking.id,
                        "move_id": picking.move_ids.id,
                        "product_id": self.boot.id,
                        "lot_id": lot.id,
                        "quantity": 1,
                        "location_id": picking.location_id.id,
                        "location_dest_id": picking.location_dest_id.id,
                    }
                )
            lots._hold("Soles", self.complaint)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(picking.held_lot_ids), number)
            picking._get_held_leaving()
            return self.cr.sql_log_count - before

        count_queries(2)
        self.assertEqual(count_queries(10), count_queries(100))


@tagged("post_install", "-at_install")
class TestSharedLot(HoldCase):
    """A lot that two companies share."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot.company_id = False
        cls.stock_b = new_test_user(
            cls.env,
            "cpl_stock_b",
            "stock.group_stock_manager",
            company_id=cls.company_b.id,
            company_ids=[Command.set(cls.company_b.ids)],
        )
        cls.lot._hold("Soles", cls.complaint)

    def test_others_see_the_hold_and_not_the_complaint(self):
        theirs = self.lot.with_user(self.stock_b)
        self.assertTrue(theirs.is_on_hold)
        self.assertEqual(theirs.hold_reason, "Soles")
        self.assertFalse(theirs.hold_complaint_id)
        self.assertEqual(self.lot.with_user(self.planner).hold_complaint_id, self.complaint)
        with self.assertRaises(AccessError):
            theirs.read(["held_for_id"])

    def test_only_the_company_that_holds_releases(self):
        self.assertFalse(self.lot.with_user(self.stock_b).may_release)
        with self.assertRaises(AccessError):
            self.lot.with_user(self.stock_b).action_release()
        self.assertTrue(self.lot.with_user(self.stock_manager).may_release)

    def test_lot_of_another_company_stays_out_of_reach(self):
        theirs = self.env["stock.lot"].create(
            {"name": "L-B", "product_id": self.boot.id, "company_id": self.company_b.id}
        )
        with self.assertRaises(AccessError):
            self.env["leather.hold.lot"].with_user(self.planner).create(
                {"lot_ids": [Command.set(theirs.ids)], "reason": "x"}
            ).action_confirm()
        self.assertFalse(theirs.is_on_hold)
