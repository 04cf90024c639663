from odoo import fields, models


class LeatherAlertMixin(models.AbstractModel):
    """Records that our own people are called to."""

    _name = "leather.alert.mixin"
    _description = "Alerts to Our Own People"

    def _mail_alert(self, template_xmlid, users):
        """One queued mail for each language among the users; none when somebody has deleted the template."""
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template:
            return
        for lang, group in users.filtered("email").grouped("lang").items():
            template.with_context(leather_lang=lang).send_mail(
                self.id,
                email_layout_xmlid="mail.mail_notification_light",
                email_values={"recipient_ids": [fields.Command.set(group.partner_id.ids)], "email_to": False},
            )
