from odoo import api, fields, models


class LeatherComplaintAction(models.Model):
    """A corrective action: what has to change so that it does not happen again, by whom, until when.

    An open action with a person shows as an activity on its complaint; marking either as done marks both.
    """

    _name = "leather.complaint.action"
    _description = "Corrective Action"
    _order = "state desc, date_due, id"

    name = fields.Char("Action", required=True)
    complaint_id = fields.Many2one("leather.complaint", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users", "Owner", default=lambda self: self.env.user, domain=[("share", "=", False)], index=True
    )
    date_due = fields.Date("Due date", default=fields.Date.context_today)
    state = fields.Selection([("todo", "To do"), ("done", "Done")], default="todo", required=True)
    done_on = fields.Datetime(readonly=True, copy=False)
    note = fields.Text()
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._sync_activity()
        return actions

    def write(self, vals):
        if "state" in vals:
            vals = dict(vals, done_on=fields.Datetime.now() if vals["state"] == "done" else False)
        result = super().write(vals)
        if not {"name", "user_id", "date_due", "state", "note"}.isdisjoint(vals):
            self._sync_activity()
        return result

    def unlink(self):
        self._drop_activity()
        return super().unlink()

    def action_done(self):
        """Mark as done."""
        self.write({"state": "done"})

    def action_todo(self):
        """Take up again."""
        self.write({"state": "todo"})

    def _sync_activity(self):
        """Give each open action with an owner its activity, up to date; end the ones of all others."""
        for action in self:
            if action.state == "done" or not action.user_id:
                action._drop_activity()
            elif action.activity_id:
                action.activity_id.sudo().write(action._get_activity_values())  # sudo: it may be another person's
            else:
                action.activity_id = action._schedule_activity()

    def _schedule_activity(self):
        values = self._get_activity_values()
        return self.complaint_id.activity_schedule("mail.mail_activity_data_todo", **values)

    def _get_activity_values(self):
        return {
            "summary": self.name,
            "note": self.note or "",
            "user_id": self.user_id.id,
            "date_deadline": self.date_due or fields.Date.context_today(self),
        }

    def _drop_activity(self):
        """Feedback on the activities of what is done; the activities of what is dropped go."""
        # sudo: the activity may be another person's
        for action in self.sudo().filtered("activity_id"):
            activity, action.activity_id = action.activity_id, False
            if action.state == "done":
                activity.with_context(leather_action_synced=True).action_feedback()
            else:
                activity.unlink()
