import json
import logging
import time

from odoo import api, models
from odoo.tools import config

from ..tools import chat_completion
from ..tools.chat_completion import ChatError, Limits

_logger = logging.getLogger(__name__)

HOSTS_OPTION, AUTHORITY_OPTION = "leather_language_model_hosts", "leather_language_model_ca"
TEST_MESSAGES = [{"role": "user", "content": "Answer with the word OK."}]


class LeatherLanguageModel(models.AbstractModel):
    """A language model that the company hosts: asked only when it is switched on and its address is in odoo.conf.

    What may be sent and what is done with an answer is the caller's business; here each exchange is limited, written
    down and, when it fails, explained. Nothing is raised, for the record of a failed exchange has to stay.
    """

    _name = "leather.language.model"
    _description = "Hosted Language Model"

    @api.model
    def _ask(self, company, purpose, messages, complaint=None):
        """Ask the company's model.

        :param purpose: a key of ``leather.language.model.use.purpose``
        :param messages: list of ``{"role", "content"}``, without anything that may not leave
        :param complaint: what it is about, for the record
        :return: ``(text, None)``, or ``(None, sentence that says what went wrong)``
        """
        company = company.sudo()  # sudo: address and key are settings of the administrator; nothing of them is shown
        started, text, problem = time.monotonic(), None, None
        try:
            text = self._call(company, messages)
        except ChatError as error:
            problem = error
            _logger.info("The language model of company %s was of no use: %s", company.id, error)
        self.env["leather.language.model.use"]._append(
            {
                "company_id": company.id,
                "complaint_id": complaint.id if complaint else False,
                "purpose": purpose,
                "address": company.language_model_url,
                "model_name": company.language_model_name,
                "sent": json.dumps(messages, ensure_ascii=False, indent=1),
                "received": text,
                "error": problem and str(problem),
                "seconds": time.monotonic() - started,
            }
        )
        return text, problem and self._get_problem_words(problem)

    @api.model
    def _call(self, company, messages):
        return chat_completion.ask(
            company.language_model_url,
            company.language_model_name or "",
            messages,
            allowed=self._get_allowed(),
            api_key=(company.language_model_key or "").strip() or None,
            limits=Limits(seconds=company.language_model_timeout, max_tokens=company.language_model_tokens),
            ca_file=config.get(AUTHORITY_OPTION) or None,
        )

    @api.model
    def _get_allowed(self):
        """Places of the allow-list in odoo.conf; nobody can change it from within Odoo."""
        return chat_completion.parse_hosts(config.get(HOSTS_OPTION) or "")

    @api.model
    def _test(self, company):
        """Ask something that says nothing; the same result as :meth:`_ask`."""
        return self._ask(company, "test", TEST_MESSAGES)

    @api.model
    def _get_problem_words(self, error):
        """What went wrong and what to do about it, in a sentence or two."""
        detail = error.detail
        return {
            "address": self.env._("The address of the language model is not right: https://, a host, and no password."),
            "not_listed": self.env._(
                "The address %(address)s is not allowed. The administrator of the server can add it to %(option)s in "
                "odoo.conf.",
                address=detail,
                option=HOSTS_OPTION,
            ),
            "private": self.env._(
                "%(address)s is an address of the internal network. It has to be allowed as such in odoo.conf.",
                address=detail,
            ),
            "unreachable": self.env._("The language model cannot be reached, or hung up."),
            "certificate": self.env._("The language model cannot prove that it is the right server (certificate)."),
            "timeout": self.env._(
                "The language model took too long. Try again, or allow more seconds in the settings."
            ),
            "redirect": self.env._("The language model sent us to another address. We do not follow."),
            "key": self.env._("The language model refused the key. Check it in the settings."),
            "unknown": self.env._("The server does not know this address or this model. Check both in the settings."),
            "busy": self.env._("The language model is busy. Try again in a minute."),
            "server": self.env._("The language model has a problem of its own (status %s).", detail),
            "too_large": self.env._("The answer of the language model was too large and was thrown away."),
            "tool": self.env._("The language model wanted to do something instead of answering. Nothing was done."),
            "cut_off": self.env._("The answer was cut off. Allow more words (tokens) in the settings, or try again."),
            "empty": self.env._("The language model had nothing to say."),
        }.get(error.code) or self.env._("The answer of the language model was not as it should be (%s).", error.code)
