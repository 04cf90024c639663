import logging
import sys

from odoo import models
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)


class MailAlias(models.Model):
    _inherit = "mail.alias"

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        """A conflict between two workers is not the sender's fault: no bounce, for the mail is simply tried again."""
        if isinstance(sys.exc_info()[1], OperationalError):
            _logger.info("Mail %s will be tried again", message_dict.get("message_id"))
            return None
        return super()._alias_bounce_incoming_email(message, message_dict, set_invalid=set_invalid)
