import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address, ip_network

from odoo import api, fields, models
from odoo.fields import Domain

WINDOW = timedelta(hours=1)
# Whole factories and mobile networks share one address: the limit per address is generous.
LIMITS = {"ip": 30, "email": 5}
IPV6_SUBSCRIBER = 64


class LeatherComplaintThrottle(models.Model):
    """One message of the public form, remembered for an hour: whose is kept as a keyed hash only.

    Two messages that arrive in the same instant may both pass a limit that has room for one: the workers bound how
    many, and a lock would let one visitor hold up the others.
    """

    _name = "leather.complaint.throttle"
    _description = "Messages of the public complaint form"
    _log_access = False

    key = fields.Char(required=True, readonly=True, index=True)
    sent_on = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)

    @api.model
    def _is_allowed(self, **senders):
        """Whether every sender (``ip=…``, ``email=…``) is still below its limit; blank ones do not count."""
        since = fields.Datetime.now() - WINDOW
        return all(
            self.search_count(Domain("key", "=", self._key(scope, sender)) & Domain("sent_on", ">", since))
            < self._limit(scope)
            for scope, sender in senders.items()
            if sender
        )

    @api.model
    def _remember(self, **senders):
        """Count one message for each sender."""
        return self.create([{"key": self._key(scope, sender)} for scope, sender in senders.items() if sender])

    def _limit(self, scope):
        # sudo: a limit is no secret of this visitor's
        value = self.env["ir.config_parameter"].sudo().get_param(f"leather_crm_ai.complaint_form_per_{scope}", "")
        return int(value) if value.isdecimal() else LIMITS[scope]

    def _key(self, scope, sender):
        # sudo: the secret only keys the hash
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"{scope}:{_network(sender) if scope == 'ip' else sender.strip().lower()}"
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    @api.autovacuum
    def _gc_old(self):
        self.search([("sent_on", "<=", fields.Datetime.now() - WINDOW)]).unlink()


def _network(address):
    """A subscriber's whole IPv6 network counts as one, for he may choose any address in it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return ip_network((parsed, IPV6_SUBSCRIBER), strict=False) if parsed.version == 6 else parsed
