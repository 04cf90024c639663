from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .complaint_common import SUNDAY, ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintClocks(ComplaintCase):
    """Algiers is one hour ahead of UTC and works from 8 to 12 and 13 to 17, Sunday to Thursday."""

    def test_deadlines_by_severity(self):
        """Received Sunday 10:00: the table of the design, on the working calendar."""
        expected = {  # severity: answer, contain, resolve; all UTC
            "4": (datetime(2026, 6, 7, 10, 0), datetime(2026, 6, 7, 13, 0), datetime(2026, 6, 14, 16, 0)),
            "3": (datetime(2026, 6, 8, 9, 0), False, datetime(2026, 6, 14, 16, 0)),
            "2": (datetime(2026, 6, 9, 9, 0), False, datetime(2026, 6, 21, 16, 0)),
            "1": (datetime(2026, 6, 14, 9, 0), False, datetime(2026, 7, 5, 16, 0)),
            "0": (datetime(2026, 6, 14, 9, 0), False, datetime(2026, 7, 5, 16, 0)),
        }
        for severity, deadlines in expected.items():
            complaint = self._complain(severity=severity)
            with self.subTest(severity=severity):
                self.assertEqual(
                    (complaint.first_answer_deadline, complaint.contain_deadline, complaint.resolution_deadline),
                    deadlines,
                )
                self.assertEqual(complaint.next_deadline, min(filter(None, deadlines)))

    def test_day_off(self):
        """A complaint of Friday night: S4 runs at once, S3 from Sunday morning."""
        friday = datetime(2026, 6, 5, 21, 0)
        dangerous, serious = (self._complain(severity=severity, received_on=friday) for severity in "43")
        self.assertEqual(dangerous.first_answer_deadline, friday + timedelta(hours=1))
        self.assertEqual(serious.first_answer_deadline, datetime(2026, 6, 7, 16, 0))
        self.assertEqual(serious.resolution_deadline, datetime(2026, 6, 11, 16, 0))

    def test_holiday(self):
        """A public holiday in the calendar of the company is no working day."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company_a.id,
                "date_from": datetime(2026, 6, 7, 23, 0),
                "date_to": datetime(2026, 6, 8, 22, 59),
            }
        )
        complaint = self._complain(severity="3")
        self.assertEqual(complaint.first_answer_deadline, datetime(2026, 6, 9, 9, 0))
        self.assertEqual(complaint.resolution_deadline, datetime(2026, 6, 15, 16, 0))

    def test_same_as_core_calendar(self):
        """Answer deadlines are those of Odoo's own ``plan_hours``."""
        for hour in range(0, 24 * 9, 7):
            moment = SUNDAY + timedelta(hours=hour, minutes=13)
            complaint = self._complain(severity="2", received_on=moment)
            self.assertEqual(complaint.first_answer_deadline, self.calendar.plan_hours(16, moment), moment)

    def test_recomputed(self):
        """Severity, team and receipt move the deadlines; so does a change of the clock itself."""
        complaint = self._complain(severity="2")
        before = complaint.first_answer_deadline
        complaint.severity = "4"
        self.assertEqual(complaint.first_answer_deadline, SUNDAY + timedelta(hours=1))
        complaint.severity = "2"
        self.assertEqual(complaint.first_answer_deadline, before)
        self.assertFalse(complaint.contain_deadline)
        self.team_2.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Mondays",
                "company_id": self.company_a.id,
                "tz": "UTC",
                "hours_per_day": 8,
                "attendance_ids": [
                    (5,),
                    (
                        0,
                        0,
                        {"name": "Monday", "dayofweek": "0", "hour_from": 8, "hour_to": 16, "day_period": "morning"},
                    ),
                ],
            }
        )
        complaint.team_id = self.team_2
        self.assertEqual(complaint.first_answer_deadline, datetime(2026, 6, 15, 16, 0))
        complaint.team_id = self.team
        complaint.received_on = SUNDAY + timedelta(days=1)
        self.assertEqual(complaint.first_answer_deadline, before + timedelta(days=1))
        self.env.ref("leather_crm_ai.clock_s2").answer_hours = 24
        self.assertEqual(complaint.first_answer_deadline, datetime(2026, 6, 9, 9, 0))

    def test_company_clock(self):
        """A company's own clock wins over the common one, for its complaints only."""
        self.env["leather.complaint.clock"].create(
            {"severity": "2", "answer_hours": 12, "resolution_days": 1, "company_id": self.company_a.id}
        )
        own = self._complain()
        other = self._complain(company_id=self.company_b.id, team_id=self.team_b.id)
        self.assertEqual(own.first_answer_deadline, datetime(2026, 6, 7, 14, 0))
        self.assertEqual(own.resolution_deadline, datetime(2026, 6, 8, 16, 0))
        self.assertEqual(other.first_answer_deadline, datetime(2026, 6, 9, 9, 0))

    def test_one_clock_per_severity(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["leather.complaint.clock"].create({"severity": "2", "answer_hours": 1})

    def test_no_clock_no_calendar(self):
        """Without a clock there is no deadline; without a calendar every hour counts."""
        self.env.ref("leather_crm_ai.clock_s0").unlink()
        self.assertFalse(self._complain(severity="0").next_deadline)
        self.company_a.resource_calendar_id = False
        complaint = self._complain(severity="3")
        self.assertEqual(complaint.first_answer_deadline, SUNDAY + timedelta(hours=24))
        self.assertEqual(complaint.resolution_deadline, datetime(2026, 6, 13, 0, 0))

    def test_calendar_without_hours(self):
        """A calendar in which nobody ever works must not stop a complaint from being filed."""
        self.calendar.attendance_ids.unlink()
        complaint = self._complain(severity="3")
        self.assertEqual(complaint.first_answer_deadline, SUNDAY + timedelta(hours=24))

    # ------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------

    def test_waiting_moves_the_deadlines(self):
        """Two working days of waiting for the customer move the deadlines by two working days."""
        complaint = self._complain(severity="2")
        answer, resolve = complaint.first_answer_deadline, complaint.resolution_deadline
        with freeze_time(SUNDAY + timedelta(hours=1)):
            complaint.stage_id = self.stage_waiting
            self.assertEqual(complaint.clock_state, "waiting")
            self.assertEqual(complaint.waiting_since, SUNDAY + timedelta(hours=1))
        with freeze_time(SUNDAY + timedelta(days=2, hours=1)):
            complaint.stage_id = self.stage_progress
        self.assertEqual(complaint.waited_hours, 16)
        self.assertFalse(complaint.waiting_since)
        self.assertEqual(complaint.first_answer_deadline, answer + timedelta(days=2))
        self.assertEqual(complaint.resolution_deadline, datetime(2026, 6, 23, 16, 0))
        self.assertLess(resolve, complaint.resolution_deadline)

    def test_waiting_at_night_moves_nothing(self):
        complaint = self._complain()
        before = complaint.resolution_deadline
        with freeze_time(datetime(2026, 6, 7, 18, 0)):
            complaint.stage_id = self.stage_waiting
        with freeze_time(datetime(2026, 6, 8, 6, 0)):
            complaint.stage_id = self.stage_progress
        self.assertEqual(complaint.waited_hours, 0)
        self.assertEqual(complaint.resolution_deadline, before)

    def test_danger_does_not_wait(self):
        """The clocks of S4 that run round the clock are not stopped by waiting."""
        complaint = self._complain(severity="4")
        before = complaint.contain_deadline
        with freeze_time(SUNDAY):
            complaint.stage_id = self.stage_waiting
        with freeze_time(SUNDAY + timedelta(days=1)):
            complaint.stage_id = self.stage_progress
        self.assertEqual(complaint.contain_deadline, before)

    # ------------------------------------------------------------
    # Durations and states
    # ------------------------------------------------------------

    def test_durations(self):
        """Working hours from receipt to answer and resolution, the latter without the time waited."""
        complaint = self._complain()
        with freeze_time(SUNDAY + timedelta(hours=2)):
            complaint.action_answered_by_phone()
            complaint.stage_id = self.stage_waiting
        with freeze_time(SUNDAY + timedelta(days=1, hours=2)):
            complaint.stage_id = self.stage_resolved
        self.assertEqual(complaint.response_hours, 2)
        self.assertEqual(complaint.waited_hours, 8)
        self.assertEqual(complaint.resolution_hours, 2)
        self.assertEqual(complaint.resolved_on, SUNDAY + timedelta(days=1, hours=2))
        self.assertFalse(complaint.next_deadline)

    def test_states_can_be_searched(self):
        """What the screen shows and what a filter finds is the same."""
        with freeze_time(SUNDAY):
            complaints = {
                "on_time": self._complain(severity="1"),
                "soon": self._complain(severity="4"),
                "late": self._complain(severity="3", received_on=SUNDAY - timedelta(days=20)),
                "waiting": self._complain(stage_id=self.stage_waiting.id),
                "done": self._complain(stage_id=self.stage_resolved.id),
            }
            everything = self.env["leather.complaint"].browse([one.id for one in complaints.values()])
            for state, complaint in complaints.items():
                with self.subTest(state=state):
                    self.assertEqual(complaint.clock_state, state)
                    found = everything.search([("id", "in", everything.ids), ("clock_state", "=", state)])
                    self.assertEqual(found, complaint)
            rest = everything.search([("id", "in", everything.ids), ("clock_state", "not in", ["late", "done"])])
            self.assertEqual(rest, complaints["on_time"] | complaints["soon"] | complaints["waiting"])

    def test_first_contact_resolution(self):
        """One answer and closed; not with two answers, none, reopened, or when it was no complaint."""
        once, twice, never, reopened, cancelled = (self._complain() for _number in range(5))
        (once | twice | reopened | cancelled).action_answered_by_phone()
        twice.action_answered_by_phone()
        (once | twice | never | reopened).write({"stage_id": self.stage_resolved.id})
        cancelled.stage_id = self.stage_cancelled
        reopened.stage_id = self.stage_progress
        self.assertEqual(reopened.reopen_count, 1)
        self.assertFalse(reopened.resolved_on)
        reopened.stage_id = self.stage_resolved
        found = (once | twice | never | reopened | cancelled).filtered("is_first_contact_resolution")
        self.assertEqual(found, once)

    def test_import_of_the_past(self):
        """A closed complaint of the past keeps the day it was resolved on."""
        resolved = SUNDAY + timedelta(days=3)
        complaint = self._complain(stage_id=self.stage_resolved.id, resolved_on=resolved)
        self.assertEqual(complaint.resolved_on, resolved)
        self.assertEqual(complaint.resolution_hours, 24)

    def test_deadlines_are_computed_together(self):
        """Working time is read once for a batch, however many complaints are in it."""
        complaints = self._complain().browse()
        for number in range(30):
            complaints |= self._complain(received_on=SUNDAY + timedelta(hours=number))
        self.env.flush_all()

        def recompute(batch):
            self.env.invalidate_all()
            batch._restart_clocks()
            with self.assertQueryCount(12):
                batch.mapped("resolution_deadline")
                self.env.flush_all()

        recompute(complaints[:3])
        recompute(complaints)

    def test_stage_closes_or_waits(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["leather.complaint.stage"].create({"name": "Both", "is_closed": True, "is_waiting": True})

    def test_new_complaint_now(self):
        """Nobody says when: the clock starts now."""
        complaint = self.env["leather.complaint"].create({"subject": "Now"})
        self.assertLess(fields.Datetime.now() - complaint.received_on, timedelta(minutes=1))
        self.assertTrue(complaint.name.startswith("R/"))
        self.assertEqual(complaint.stage_id, self.stage_new)
