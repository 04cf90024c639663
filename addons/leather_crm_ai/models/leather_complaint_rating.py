from odoo import models
from odoo.addons.rating.models.rating_data import RATING_LIMIT_OK
from odoo.tools import plaintext2html


class LeatherComplaint(models.Model):
    """A bad rating with words takes a closed complaint up again, where the team wants it."""

    _inherit = "leather.complaint"

    def rating_apply(self, rate, token=None, rating=None, feedback=None, subtype_xmlid=None, notify_delay_send=False):
        """Apply the rating, then see whether it is a reason to go on."""
        rating = super().rating_apply(rate, token, rating, feedback, subtype_xmlid, notify_delay_send)
        for complaint in self:
            # sudo: the customer rates; what follows is the system's work
            complaint.sudo().with_context(leather_ai_writes=True)._get_merged_into()._heed_rating(rating.sudo())
        return rating

    def _heed_rating(self, rating):
        """Reopen for a bad rating with words, once for each closing."""
        if not self._is_reason_to_reopen(rating):
            return
        rating.has_reopened = True
        self._take_up_again()
        self._message_log(body=self.env._("Reopened, because the customer rated the handling badly."))
        user = self.user_id or self.team_id.user_id
        if user:
            complaint = self.with_context(lang=user.lang)
            complaint.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=complaint.env._("Rated badly: talk to the customer"),
                note=plaintext2html(rating.feedback),
                user_id=user.id,
            )

    def _is_reason_to_reopen(self, rating):
        return bool(
            (rating.res_model, rating.res_id) == (self._name, self.id)
            and self.team_id.reopen_on_bad_rating
            and self.stage_id.is_closed
            and not self.stage_id.is_cancelled
            and not rating.has_reopened
            and 0 < rating.rating < RATING_LIMIT_OK
            and (rating.feedback or "").strip()
        )
