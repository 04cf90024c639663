from odoo import models

# An hour's attempts to see an order: of one address, one visitor, and at one order, whether it exists or not.
CHAT_LIMITS = {"chat_order_ip": 30, "chat_order_visitor": 6, "chat_order_number": 10, "chat_file_visitor": 5}


class LeatherComplaintThrottle(models.Model):
    _inherit = "leather.complaint.throttle"

    def _limit(self, scope):
        if scope not in CHAT_LIMITS:
            return super()._limit(scope)
        # sudo: a limit is no secret of this visitor's
        value = self.env["ir.config_parameter"].sudo().get_param(f"leather_crm_ai.{scope}", "")
        return int(value) if value.isdecimal() else CHAT_LIMITS[scope]
