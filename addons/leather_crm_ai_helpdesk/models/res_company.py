from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _read_again(self):
        self.env["helpdesk.ticket"]._trigger_reclassify()
        return super()._read_again()

    @api.model
    def _get_ai_tasks(self):
        return {**super()._get_ai_tasks(), "helpdesk": self.env._("Helpdesk tickets")}
