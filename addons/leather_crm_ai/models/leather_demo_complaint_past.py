from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import plaintext2html

CUSTOMER_LOGIN = "customer"  # somebody with a portal login and complaints of their own
ACTIVITIES = (
    "Appeler le client",
    "Envoyer le bon de retour",
    "Voir le lot avec la qualité",
    "Confirmer la date d'envoi",
)


class LeatherDemo(models.AbstractModel):
    """What happened around the complaints of the story: conversations, ratings, actions, things to do, dates."""

    _inherit = "leather.demo"

    @api.model
    def _create_conversations(self, year, complaints):
        """The customer's first message, our answers, the customer's replies."""
        values = []
        for record, complaint in zip(complaints, year.complaints, strict=True):
            if complaint.channel == "mail":  # what came by a form stands in the complaint alone
                values.append(self._get_message_values(record, complaint.received, "customer", complaint.text))
            values += [self._get_message_values(record, *message) for message in complaint.messages]
        self.env["mail.message"].create(values)

    @api.model
    def _get_message_values(self, record, moment, who, text):
        user = record.user_id or record.team_id.user_id
        author = user.partner_id if who == "us" else record.partner_id
        return {
            "model": "leather.complaint",
            "res_id": record.id,
            "message_type": "comment" if who == "us" else "email",
            "subtype_id": self.env.ref("mail.mt_comment").id,
            "author_id": author.id,
            "email_from": author.email_formatted if author else record.email_from,
            "date": moment,
            "reply_to": user.email_formatted,
            "record_name": record.display_name,
            "body": Markup("%s") % plaintext2html(text),
        }

    @api.model
    def _create_ratings(self, year, complaints):
        model = self.env["ir.model"]._get_id("leather.complaint")
        rated = [
            (record, complaint)
            for record, complaint in zip(complaints, year.complaints, strict=True)
            if complaint.stars
        ]
        ratings = self.env["rating.rating"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": record.id,
                    "rating": complaint.stars,
                    "feedback": complaint.feedback,
                    "consumed": True,
                    "partner_id": record.partner_id.id,
                    "rated_partner_id": record.user_id.partner_id.id,
                }
                for record, complaint in rated
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE rating_rating AS rating SET create_date = story.day, rated_on = story.day, write_date = story.day"
            " FROM unnest(%s, %s::timestamp[]) AS story(id, day) WHERE rating.id = story.id",
            [ratings.ids, [min(one.resolved + timedelta(days=1), year.now) for _record, one in rated]],
        )
        # the last rating was looked for before these were in the table
        self.env.add_to_compute(complaints._fields["rating_last_value"], complaints)

    @api.model
    def _create_corrective_actions(self, year, complaints, records):
        """One for every fourth cause that was found; what is older than six weeks is done."""
        found = [pair for pair in zip(complaints, year.complaints, strict=True) if pair[1].cause][::4]
        manager = records["users"][-1]
        self.env["leather.complaint.action"].create(
            [
                {
                    "name": complaint.cause["action"],
                    "complaint_id": record.id,
                    "user_id": manager.id,
                    "date_due": (complaint.resolved + timedelta(days=30)).date(),
                    "state": "done" if year.now - complaint.resolved > timedelta(days=42) else "todo",
                }
                for record, complaint in found
            ]
        )

    @api.model
    def _create_complaint_activities(self, year, complaints):
        """Something to do on what is in progress; every fifth is overdue."""
        today = fields.Date.context_today(self)
        model = self.env["ir.model"]._get_id("leather.complaint")
        busy = [
            record
            for record, complaint in zip(complaints, year.complaints, strict=True)
            if complaint.stage == "in_progress" and record.user_id
        ]
        self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": record.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                    "summary": ACTIVITIES[number % len(ACTIVITIES)],
                    "user_id": record.user_id.id,
                    "date_deadline": today + timedelta(days=-1 if number % 5 == 0 else number % 4),
                }
                for number, record in enumerate(busy)
            ]
        )

    @api.model
    def _date_complaints(self, year, complaints):
        """Created when they came: the ORM does not let anyone choose."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE leather_complaint SET create_date = received_on WHERE id = ANY(%s)",
            [complaints.ids],
        )
        complaints.invalidate_recordset(["create_date"])

    @api.model
    def _create_customer_login(self, year, complaints):
        """The customer with the most complaints may follow them in the portal: login and password “customer”."""
        if self.env["res.users"].search_count([("login", "=", CUSTOMER_LOGIN)], limit=1):
            return
        by_partner = complaints.filtered("partner_id").grouped("partner_id")
        partner = max(by_partner, key=lambda one: (len(by_partner[one]), -one.id))
        self.env["res.users"].create(
            {
                "name": partner.name,
                "partner_id": partner.id,
                "login": CUSTOMER_LOGIN,
                "password": CUSTOMER_LOGIN,
                "group_ids": [fields.Command.set([self.env.ref("base.group_portal").id])],
            }
        )
