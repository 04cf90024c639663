from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.fields import Domain

from ..engine.worktime import WorkTime

SOON = timedelta(hours=24)
HORIZON_DAYS = 45  # how far beyond the last receipt working time is read, besides the days that a clock gives
CLOCK_STATES = [
    ("on_time", "On time"),
    ("soon", "Due soon"),
    ("late", "Late"),
    ("waiting", "Waiting for the customer"),
    ("done", "Done"),
]


class LeatherComplaint(models.Model):
    """The clocks of a complaint: until when to answer, contain and resolve, and how long it took.

    They run on the working hours of the team, else of the company. 24 hours to answer are one working day; days to
    resolve end with the last working day after the day of receipt. Hours of a round-the-clock clock (S4) are plain
    hours. Waiting for the customer moves the deadlines by the working hours waited, except those round the clock:
    a dangerous lot does not wait.
    """

    _inherit = "leather.complaint"

    received_on = fields.Datetime("Received on", default=fields.Datetime.now, required=True, index=True, copy=False)
    first_answer_deadline = fields.Datetime("Answer until", compute="_compute_deadlines", store=True)
    contain_deadline = fields.Datetime("Contain the lot until", compute="_compute_deadlines", store=True)
    resolution_deadline = fields.Datetime("Resolve until", compute="_compute_deadlines", store=True)
    next_deadline = fields.Datetime(compute="_compute_next_deadline", store=True, index="btree_not_null")
    first_answered_on = fields.Datetime("Answered on", readonly=True, copy=False)
    contained_on = fields.Datetime("Contained on", copy=False, tracking=True)
    resolved_on = fields.Datetime("Resolved on", readonly=True, copy=False, index="btree_not_null")
    waiting_since = fields.Datetime(readonly=True, copy=False)
    waited_hours = fields.Float("Waited for the customer (working hours)", readonly=True, copy=False)
    response_hours = fields.Float(
        "Response time (working hours)", compute="_compute_durations", store=True, aggregator="avg"
    )
    resolution_hours = fields.Float(
        "Resolution time (working hours)", compute="_compute_durations", store=True, aggregator="avg"
    )
    clock_state = fields.Selection(CLOCK_STATES, "Clock", compute="_compute_clock_state", search="_search_clock_state")
    answer_count = fields.Integer("Answers to the customer", readonly=True, copy=False)
    reopen_count = fields.Integer("Times reopened", readonly=True, copy=False)
    is_first_contact_resolution = fields.Boolean(
        "Resolved at first contact",
        compute="_compute_is_first_contact_resolution",
        store=True,
        help="Resolved with exactly one answer to the customer and never reopened.",
    )

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("severity", "team_id", "company_id", "received_on", "waited_hours")
    def _compute_deadlines(self):
        clocks = self.env["leather.complaint.clock"]._get_clocks()
        for calendar, complaints in self._group_by_calendar():
            dated = complaints.filtered("received_on")
            longest = max((clock.resolution_days for clock in clocks.values()), default=0)
            worktime = dated._get_worktime(calendar, days_beyond=2 * longest + HORIZON_DAYS)
            for complaint in complaints:
                clock = clocks.get((complaint.company_id.id, complaint.severity))
                clock = clock or clocks.get((False, complaint.severity))
                complaint._set_deadlines(clock, worktime, calendar)

    @api.depends(
        "first_answer_deadline",
        "first_answered_on",
        "contain_deadline",
        "contained_on",
        "resolution_deadline",
        "resolved_on",
    )
    def _compute_next_deadline(self):
        for complaint in self:
            steps = [
                (complaint.first_answer_deadline, complaint.first_answered_on),
                (complaint.contain_deadline, complaint.contained_on),
                (complaint.resolution_deadline, complaint.resolved_on),
            ]
            due = [deadline for deadline, done in steps if deadline and not done]
            complaint.next_deadline = min(due) if due and not complaint.resolved_on else False

    @api.depends("received_on", "first_answered_on", "resolved_on", "waited_hours", "team_id", "company_id")
    def _compute_durations(self):
        for calendar, complaints in self._group_by_calendar():
            worktime = complaints._get_worktime(calendar)
            for complaint in complaints:
                start = complaint.received_on
                answered, resolved = complaint.first_answered_on, complaint.resolved_on
                complaint.response_hours = worktime.hours_between(start, answered) if answered else 0.0
                taken = worktime.hours_between(start, resolved) if resolved else 0.0
                complaint.resolution_hours = max(0.0, taken - complaint.waited_hours)

    @api.depends("next_deadline", "waiting_since", "stage_id", "severity")
    def _compute_clock_state(self):
        now = fields.Datetime.now()
        for complaint in self:
            if complaint.stage_id.is_closed:
                complaint.clock_state = "done"
            elif complaint.waiting_since:
                complaint.clock_state = "waiting"
            elif complaint.next_deadline and complaint.next_deadline < now:
                complaint.clock_state = "late"
            elif complaint.next_deadline and complaint.next_deadline < now + SOON:
                complaint.clock_state = "soon"
            else:
                complaint.clock_state = "on_time"

    def _search_clock_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        running = Domain("stage_id.is_closed", "=", False) & Domain("waiting_since", "=", False)
        domains = {
            "done": Domain("stage_id.is_closed", "=", True),
            "waiting": Domain("stage_id.is_closed", "=", False) & Domain("waiting_since", "!=", False),
            "late": running & Domain("next_deadline", "<", now),
            "soon": running & Domain("next_deadline", ">=", now) & Domain("next_deadline", "<", now + SOON),
            "on_time": running & (Domain("next_deadline", "=", False) | Domain("next_deadline", ">=", now + SOON)),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("resolved_on", "answer_count", "reopen_count", "stage_id.is_cancelled")
    def _compute_is_first_contact_resolution(self):
        for complaint in self:
            complaint.is_first_contact_resolution = bool(
                complaint.resolved_on
                and complaint.answer_count == 1
                and not complaint.reopen_count
                and not complaint.stage_id.is_cancelled
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_contained(self):
        """The rest of the lot is stopped."""
        self.filtered(lambda complaint: not complaint.contained_on).write({"contained_on": fields.Datetime.now()})

    # ------------------------------------------------------------
    # Working time
    # ------------------------------------------------------------

    def _group_by_calendar(self):
        """(calendar, complaints) for each calendar that clocks run on."""
        # sudo: calendars belong to the company, the reader may be a customer
        return self.grouped(
            lambda complaint: complaint.sudo().team_id._get_calendar(complaint.sudo().company_id)
        ).items()

    def _get_worktime(self, calendar, days_beyond=0):
        """Working time from the first receipt to the last event of these complaints, read once for all."""
        moments = [
            moment
            for complaint in self
            for moment in (complaint.received_on, complaint.first_answered_on, complaint.resolved_on)
            if moment
        ]
        if not moments:
            return WorkTime([])
        waited = max(complaint.waited_hours for complaint in self)
        start, end = min(moments), max(moments) + timedelta(days=1 + days_beyond + waited / 2)
        return self._read_worktime(calendar, start, end)

    @api.model
    def _read_worktime(self, calendar, start, end):
        """Working spells of a calendar as :class:`WorkTime`; without a calendar every hour counts."""
        if not calendar:
            return WorkTime.around_the_clock(start, end)
        zone = pytz.timezone(calendar.tz or "UTC")
        # whole days, so that a day's spells are not cut where the reading begins
        start = start.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
        intervals = calendar._work_intervals_batch(pytz.utc.localize(start), pytz.utc.localize(end))[False]
        spells = [
            (
                begin.astimezone(pytz.utc).replace(tzinfo=None),
                stop.astimezone(pytz.utc).replace(tzinfo=None),
                begin.astimezone(zone).date(),
            )
            for begin, stop, _meta in intervals
        ]
        return WorkTime(spells, hours_per_day=calendar.hours_per_day or 24.0)

    def _set_deadlines(self, clock, worktime, calendar):
        """Write the three deadlines of one complaint by its clock; blank where the clock gives none."""
        self.ensure_one()
        start = self.received_on
        self.first_answer_deadline = self.contain_deadline = self.resolution_deadline = False
        if not clock or not start:
            return
        if clock.answer_hours:
            self.first_answer_deadline = self._plan_hours(start, clock.answer_hours, clock, worktime)
        if clock.contain_hours:
            self.contain_deadline = self._plan_hours(start, clock.contain_hours, clock, worktime)
        if clock.resolution_days:
            day = pytz.utc.localize(start).astimezone(pytz.timezone(calendar.tz or "UTC")).date()
            end = worktime.add_days(day, clock.resolution_days) or start + timedelta(days=clock.resolution_days)
            self.resolution_deadline = self._shift_by_waiting(end, worktime)

    def _plan_hours(self, start, hours, clock, worktime):
        if clock.round_the_clock:
            return start + timedelta(hours=hours)
        working = hours / 24.0 * worktime.hours_per_day + self.waited_hours
        return worktime.add_hours(start, working) or start + timedelta(hours=hours)

    def _shift_by_waiting(self, deadline, worktime):
        if not self.waited_hours:
            return deadline
        return worktime.add_hours(deadline, self.waited_hours) or deadline + timedelta(hours=self.waited_hours)

    def _restart_clocks(self):
        """Have the deadlines computed anew, because the clocks themselves have changed."""
        for name in ("first_answer_deadline", "contain_deadline", "resolution_deadline"):
            self.env.add_to_compute(self._fields[name], self)

    # ------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------

    def _change_stage(self, before):
        """Start and stop the clocks of complaints whose stage has changed.

        :param before: dict complaint id -> stage it was in; absent for a new complaint
        """
        none = self.env["leather.complaint.stage"]
        moved = self.filtered(lambda complaint: before.get(complaint.id, none) != complaint.stage_id)
        now, waited = fields.Datetime.now(), moved._count_waiting()
        for complaint in moved:
            old, new = before.get(complaint.id, none), complaint.stage_id
            vals = {**complaint._leave_stage(old, new, waited), **complaint._enter_stage(new, now)}
            if vals:
                # sudo: the clocks are the system's; whoever may move a complaint moves them
                complaint.sudo().with_context(leather_ai_writes=True).write(vals)

    def _leave_stage(self, old, new, waited):
        vals = {}
        if self.id in waited:
            vals.update(waited_hours=self.waited_hours + waited[self.id], waiting_since=False)
        if old.is_closed and not new.is_closed:
            vals.update(resolved_on=False, reopen_count=self.reopen_count + 1)
        return vals

    def _enter_stage(self, new, now):
        if new.is_waiting and not self.waiting_since:
            return {"waiting_since": now}
        if new.is_closed and not self.resolved_on:
            return {"resolved_on": now}
        return {}

    def _count_waiting(self):
        """dict complaint id -> working hours waited, for those that wait no longer."""
        now, hours = fields.Datetime.now(), {}
        over = self.filtered(lambda complaint: complaint.waiting_since and not complaint.stage_id.is_waiting)
        for calendar, complaints in over._group_by_calendar():
            worktime = self._read_worktime(calendar, min(complaints.mapped("waiting_since")), now)
            for complaint in complaints:
                hours[complaint.id] = worktime.hours_between(complaint.waiting_since, now)
        return hours
