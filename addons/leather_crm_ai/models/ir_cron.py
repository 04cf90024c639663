from odoo import api, models, modules


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _commit_ai_progress(self, processed, remaining):
        """Commit a batch and report it.

        :return: seconds left for this cron; infinite outside a cron. In a test nothing is committed.
        """
        if modules.module.current_test and not self.env.context.get("ir_cron_progress_id"):
            return float("inf")
        return self._commit_progress(processed, remaining=remaining)
