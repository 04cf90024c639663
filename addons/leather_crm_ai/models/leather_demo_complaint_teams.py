from odoo import api, fields, models

# login, name, language of the screen, languages of the complaints that may be given to them
AGENTS = (
    ("after-sales", "Souhila Mekhaldi", ("fr", "ar", "arabizi", "en")),
    ("after-sales-2", "Tarek Bouzemrane", ("fr", "en")),
)
MANAGER = ("after-sales-manager", "Nassima Tighilt")
TEAMS = {  # name, colour, mail address; whoever is responsible for one kind of complaint
    "quality": ("Quality and safety", 1, "quality"),
    "shipping": ("Shipping", 3, "shipping"),
    "billing": ("Invoicing", 5, "billing"),
}
ROUTES = (  # name, what it is for, team
    ("Danger goes to quality and safety", {"min_severity": "4"}, "quality"),
    ("Product safety goes to quality and safety", {"family": "P"}, "quality"),
    ("Product quality goes to quality and safety", {"family": "Q", "min_severity": "3"}, "quality"),
    ("Delivery goes to shipping", {"family": "D"}, "shipping"),
    ("Prices and invoices go to invoicing", {"family": "C"}, "billing"),
    ("Everything else stays with after-sales", {}, "after_sales"),
)


class LeatherDemo(models.AbstractModel):
    """Who works on the complaints of the story: people, teams with their mail addresses, routes."""

    _inherit = "leather.demo"

    @api.model
    def _create_complaint_users(self, company):
        """Two agents and their manager; the password is the login, for this is a database to play with."""
        groups = {
            "agent": ("group_complaint_user", "sales_team.group_sale_salesman", "stock.group_stock_user"),
            "manager": ("group_complaint_manager", "sales_team.group_sale_manager", "stock.group_stock_manager"),
        }
        people = [(login, name, "agent") for login, name, _languages in AGENTS] + [(*MANAGER, "manager")]
        return self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@example.com",
                    "company_id": company.id,
                    "company_ids": [fields.Command.set(company.ids)],
                    "group_ids": [
                        fields.Command.link(self.env.ref(group if "." in group else f"leather_crm_ai.{group}").id)
                        for group in groups[role]
                    ],
                }
                for login, name, role in people
            ]
        )

    @api.model
    def _create_complaint_teams(self, company, users):
        first, second, manager = users
        calendar = self.env.ref("leather_crm_ai.calendar_algeria")
        new = self.env["leather.complaint.team"].create(
            [
                {
                    "name": name,
                    "color": color,
                    "company_id": company.id,
                    "user_id": manager.id,
                    "resource_calendar_id": calendar.id,
                    "membership_ids": self._get_memberships((first, second) if key == "quality" else (second, manager)),
                }
                for key, (name, color, _alias) in TEAMS.items()
            ]
        )
        teams = dict(zip(TEAMS, new, strict=True)) | {"after_sales": self.env.ref("leather_crm_ai.team_after_sales")}
        teams["after_sales"].write(
            {
                "user_id": manager.id,
                "resource_calendar_id": calendar.id,
                "membership_ids": self._get_memberships((first, second)),
            }
        )
        self._name_teams(teams)
        return teams

    @api.model
    def _name_teams(self, teams):
        """An xmlid for each, so that the story is not told twice, and its mail address."""
        values = [
            {"xml_id": f"leather_crm_ai.demo_complaint_team_{key}", "record": teams[key], "noupdate": True}
            for key in TEAMS
        ]
        self.env["ir.model.data"]._update_xmlids(values)
        for key, (_name, _color, alias) in TEAMS.items():
            self.env["leather.complaint.team"]._give_alias(f"leather_crm_ai.demo_complaint_team_{key}", alias)

    @api.model
    def _get_memberships(self, users):
        languages = {login: spoken for login, _name, spoken in AGENTS}
        return [
            fields.Command.create(
                {"user_id": user.id, **{f"lang_{code}": True for code in languages.get(user.login, ())}}
            )
            for user in users
        ]

    @api.model
    def _create_routes(self, company, teams):
        self.env["leather.complaint.route"].create(
            [
                {"name": name, "sequence": 10 * rank, "company_id": company.id, "team_id": teams[team].id, **condition}
                for rank, (name, condition, team) in enumerate(ROUTES, 1)
            ]
        )
