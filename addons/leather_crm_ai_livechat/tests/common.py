"""Visitors who chat over HTTP, as their browsers do."""

import base64
import io

from odoo.fields import Command
from odoo.tests import HttpCase
from odoo.tools import html2plaintext
from PIL import Image

from odoo.addons.leather_crm_ai.tests.complaint_common import ComplaintCase


class Chat:
    """One visitor's conversation with the assistant."""

    def __init__(self, case, script, livechat, language="en_US"):
        self.case, self.language = case, language
        case.opener.cookies.set("frontend_lang", language)
        answer = case.make_jsonrpc_request(
            "/im_livechat/get_session",
            {"channel_id": livechat.id, "chatbot_script_id": script.id, "persisted": True},
        )
        self.channel = case.env["discuss.channel"].browse(answer["channel_id"])
        self.bot = script.operator_partner_id

    def post(self, text, files=()):
        data = {"body": text, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        if files:
            data.update(attachment_ids=[file.id for file in files])
            data["attachment_tokens"] = [file._get_ownership_token() for file in files]
        return self.case.make_jsonrpc_request(
            "/mail/message/post",
            {"thread_model": "discuss.channel", "thread_id": self.channel.id, "post_data": data},
        )

    def trigger(self):
        self.case.make_jsonrpc_request(
            "/chatbot/step/trigger", {"channel_id": self.channel.id, "chatbot_script_id": self.bot_script.id}
        )

    @property
    def bot_script(self):
        return self.channel.chatbot_current_step_id.chatbot_script_id

    def say(self, text, files=()):
        """Post a message; the assistant's answer as plain text."""
        self.post(text, files)
        self.trigger()
        self.channel.invalidate_recordset()
        return self.heard

    @property
    def last(self):
        messages = self.channel.message_ids.filtered(lambda message: message.author_id == self.bot)
        return messages.sorted("id")[-1:]

    @property
    def heard(self):
        return html2plaintext(self.last.body, include_references=False).strip()

    @property
    def buttons(self):
        found = self.case.env["chatbot.message"].search([("mail_message_id", "=", self.last.id)])
        return found.leather_choices or []


class ChatCase(ComplaintCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = cls.env.ref("leather_crm_ai_livechat.chatbot_script")
        cls.script.leather_company_id = cls.company_a
        cls.livechat = cls.env.ref("leather_crm_ai_livechat.livechat_channel")
        cls.livechat.user_ids = [Command.set(cls.agent.ids)]
        cls.agent.group_ids |= cls.env.ref("im_livechat.im_livechat_group_user")

    def _chat(self, language="en_US", login=None):
        self.opener.cookies.clear()
        self.authenticate(login, login)
        return Chat(self, self.script, self.livechat, language)

    def _be_there(self, user=None):
        self.env["mail.presence"]._update_presence(user or self.agent)

    def _photo(self, name="sole.png", data=None):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "brown").save(stream, format="PNG")
        data = data or base64.b64encode(stream.getvalue())
        # as the visitor's browser uploads it: pending, and by the public user
        uploader = self.env["ir.attachment"].with_user(self.env.ref("base.public_user")).sudo()
        return uploader.create({"name": name, "datas": data, "res_model": "mail.compose.message", "res_id": 0})
