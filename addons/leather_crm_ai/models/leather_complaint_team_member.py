from odoo import fields, models

from .leather_complaint_route import LANGUAGES


class LeatherComplaintTeamMember(models.Model):
    """A person in a team, and the languages in which complaints may be given to them."""

    _name = "leather.complaint.team.member"
    _description = "Complaint Team Member"
    _order = "team_id, id"
    _rec_name = "user_id"

    team_id = fields.Many2one("leather.complaint.team", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", index=True, domain=[("share", "=", False)]
    )
    lang_fr = fields.Boolean("French")
    lang_ar = fields.Boolean("Arabic")
    lang_arabizi = fields.Boolean("Arabic in Latin letters")
    lang_en = fields.Boolean("English")

    _member_unique = models.Constraint("UNIQUE(team_id, user_id)", "This person is a member of the team already.")

    def _speaks(self, language):
        """May a complaint in this language go to this person? Nothing ticked: any language."""
        self.ensure_one()
        known = {code for code in LANGUAGES if self[f"lang_{code}"]}
        return not known or language not in LANGUAGES or language in known
