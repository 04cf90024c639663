from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import plaintext2html, split_every

from ..demo import complaint_story
from .leather_demo import SILENT

# login, name, language of the screen, languages of the complaints that may be given to them
AGENTS = (
    ("after-sales", "Souhila Mekhaldi", ("fr", "ar", "arabizi", "en")),
    ("after-sales-2", "Tarek Bouzemrane", ("fr", "en")),
)
MANAGER = ("after-sales-manager", "Nassima Tighilt")
CUSTOMER_LOGIN = "customer"  # somebody with a portal login and complaints of their own
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
STAGES = {
    "new": "leather_crm_ai.stage_new",
    "in_progress": "leather_crm_ai.stage_progress",
    "waiting": "leather_crm_ai.stage_waiting",
    "closed": "leather_crm_ai.stage_resolved",
    "cancelled": "leather_crm_ai.stage_cancelled",
}
STORY_DAYS = 430  # of orders that somebody may still complain about
ACTIVITIES = (
    "Appeler le client",
    "Envoyer le bon de retour",
    "Voir le lot avec la qualité",
    "Confirmer la date d'envoi",
)
SPAM = "N3"
AT_A_TIME = 12


class LeatherDemo(models.AbstractModel):
    """The complaints of the last year (:mod:`..demo.complaint_story`), with the deliveries and lots they are about."""

    _inherit = "leather.demo"

    @api.model
    def _load_complaints(self):
        """Load teams, people and a year of complaints on the orders of the story; nothing when they are there."""
        if self.env.ref("leather_crm_ai.demo_complaint_team_quality", raise_if_not_found=False):
            return
        loader = self.with_context(**SILENT, leather_automatic_mail=True)
        lines = loader._get_sold_lines()
        year = complaint_story.Year(fields.Datetime.now(), [loader._read_sale(line) for line in lines])
        records = loader._get_complaint_records(lines)
        records["lots"], records["pickings"] = loader._deliver(year, records)
        complaints = loader._create_complaints(year, records)
        loader._create_conversations(year, complaints)
        loader._create_ratings(year, complaints)
        loader._create_corrective_actions(year, complaints, records)
        loader._create_complaint_activities(year, complaints)
        loader._date_complaints(year, complaints)
        loader._create_customer_login(year, complaints)
        self._queue_complaint_training(records["company"])

    @api.model
    def _queue_complaint_training(self, company):
        """What the story's agents have confirmed is enough to learn from."""
        model = self.env["leather.ai.model"].search([("task", "=", "complaint"), ("company_id", "=", company.id)])
        if model._get_task()._is_ready(model):
            model._queue_training()

    @api.model
    def _get_sold_lines(self):
        """Order lines of the story, oldest first."""
        since = fields.Datetime.now() - timedelta(days=STORY_DAYS)
        domain = [
            ("product_id.default_code", "in", [row["code"] for row in complaint_story.read_csv("models.csv")]),
            ("order_id.state", "=", "sale"),
            ("order_id.company_id", "=", self.env.ref("base.main_company").id),
            ("order_id.date_order", ">", since),
        ]
        return self.env["sale.order.line"].search(domain).sorted(lambda line: (line.order_id.date_order, line.id))

    @api.model
    def _read_sale(self, line):
        return complaint_story.Sale(
            key=line.id,
            customer=line.order_id.partner_id.id,
            moment=line.order_id.date_order,
            model=line.product_id.default_code,
            model_name=line.product_id.name,
            order_name=line.order_id.name,
            pairs=round(line.product_uom_qty),
        )

    # ------------------------------------------------------------
    # People, teams, routes
    # ------------------------------------------------------------

    @api.model
    def _get_complaint_records(self, lines):
        company = self.env.ref("base.main_company")
        users = self._create_complaint_users(company)
        teams = self._create_complaint_teams(company, users)
        self._create_routes(company, teams)
        rows = complaint_story.read_csv("complaints.csv")
        codes = {code for row in rows for code in (row["code"], *row["also"].split())}
        categories = self.env["leather.complaint.category"].search([("code", "in", sorted(codes))])
        found = {row["cause"] for row in complaint_story.read_csv("complaint_causes.csv")}
        causes = self.env["leather.complaint.cause"].search([("code", "in", sorted(found))])
        return {
            "company": company,
            "rate": self._get_rate(),
            "users": users,
            "teams": teams,
            "lines": {line.id: line for line in lines},
            "categories": {category.code: category for category in categories},
            "causes": {cause.code: cause for cause in causes},
            "stages": {key: self.env.ref(xmlid) for key, xmlid in STAGES.items()},
        }

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

    # ------------------------------------------------------------
    # Deliveries and lots
    # ------------------------------------------------------------

    @api.model
    def _deliver(self, year, records):
        """({lot name: lot}, {order line id: picking}) of what somebody complains about, and of all who bought the
        bad lot."""
        wanted = {
            complaint.sale for complaint in year.complaints if complaint.sale and complaint.code not in ("D1", "D5")
        }
        wanted |= {sale for sale in year.sales if sale.lot == year.cluster_lot and sale.delivered < year.now}
        sales = sorted(
            (sale for sale in wanted if sale.delivered < year.now), key=lambda sale: (sale.delivered, sale.key)
        )
        lots = self._create_lots(sales, records)
        pickings = self._create_pickings(sales, lots, records)
        return lots, pickings

    @api.model
    def _create_lots(self, sales, records):
        products = {sale.lot: records["lines"][sale.key].product_id for sale in sales}
        for product in set(products.values()):
            product.tracking = "lot"
        lots = self.env["stock.lot"].create(
            [
                {"name": name, "product_id": product.id, "company_id": records["company"].id}
                for name, product in products.items()
            ]
        )
        return dict(zip(products, lots, strict=True))

    @api.model
    def _create_pickings(self, sales, lots, records):
        """Deliveries as they stand in the books afterwards: made and shipped, dated back."""
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", records["company"].id)], limit=1)
        self._produce(sales, lots, records, warehouse.lot_stock_id)
        pickings = self.env["stock.picking"].create(
            [self._get_picking_values(sale, records["lines"][sale.key], warehouse) for sale in sales]
        )
        for sale, picking in zip(sales, pickings, strict=True):
            picking.move_ids.write({"state": "done", "date": sale.delivered, "picked": True})
        self.env["stock.move.line"].create(
            [self._get_move_line_values(sale, picking, lots) for sale, picking in zip(sales, pickings, strict=True)]
        )
        self.env.flush_all()
        self._close_books(sales, pickings, records)
        return dict(zip((sale.key for sale in sales), pickings, strict=True))

    @api.model
    def _produce(self, sales, lots, records, location):
        pairs = {}
        for sale in sales:
            pairs[sale.lot] = pairs.get(sale.lot, 0) + sale.pairs
        for name, count in pairs.items():
            # half a lot is still in stock
            lot = lots[name]
            self.env["stock.quant"]._update_available_quantity(lot.product_id, location, 1.5 * count // 1, lot_id=lot)

    @api.model
    def _get_picking_values(self, sale, line, warehouse):
        customers = self.env.ref("stock.stock_location_customers")
        places = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": customers.id}
        return {
            "partner_id": line.order_id.partner_id.id,
            "picking_type_id": warehouse.out_type_id.id,
            "origin": line.order_id.name,
            "scheduled_date": sale.delivered,
            "company_id": line.company_id.id,
            "move_ids": [
                fields.Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.product_uom_qty,
                        "sale_line_id": line.id,
                        "company_id": line.company_id.id,
                        **places,
                    }
                )
            ],
            **places,
        }

    @api.model
    def _get_move_line_values(self, sale, picking, lots):
        move = picking.move_ids
        return {
            "move_id": move.id,
            "picking_id": picking.id,
            "product_id": move.product_id.id,
            "lot_id": lots[sale.lot].id,
            "quantity": sale.pairs,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "date": sale.delivered,
        }

    @api.model
    def _close_books(self, sales, pickings, records):
        """Date the deliveries back, and leave the orders as the story of the leads left them: paid long ago."""
        self.env.cr.execute(
            "UPDATE stock_picking AS picking SET date_done = story.day, state = 'done', create_date = story.day"
            " FROM unnest(%s, %s::timestamp[]) AS story(id, day) WHERE picking.id = story.id",
            [pickings.ids, [sale.delivered for sale in sales]],
        )
        lines = self.env["sale.order.line"].browse([sale.key for sale in sales])
        self.env.cr.execute("UPDATE sale_order_line SET invoice_status = 'no' WHERE id = ANY(%s)", [lines.ids])
        self.env.cr.execute("UPDATE sale_order SET invoice_status = 'no' WHERE id = ANY(%s)", [lines.order_id.ids])
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # Complaints
    # ------------------------------------------------------------

    @api.model
    def _create_complaints(self, year, records):
        """A week or two at a time, so that each is given to whoever had the least to do by then."""
        values = [self._get_complaint_values(complaint, records) for complaint in year.complaints]
        complaints = self.env["leather.complaint"]
        for part in split_every(AT_A_TIME, values, list):
            complaints += complaints.create(part)
        # invented people get no mail
        self.env["mail.mail"].search([("model", "=", "leather.complaint"), ("res_id", "in", complaints.ids)]).unlink()
        return complaints

    @api.model
    def _get_complaint_values(self, complaint, records):
        return {
            "subject": complaint.subject,
            "description": plaintext2html(complaint.text),
            "channel": complaint.channel,
            "company_id": records["company"].id,
            "stage_id": records["stages"]["cancelled" if complaint.code == SPAM else complaint.stage].id,
            "language": complaint.row["language"],
            "severity": str(complaint.severity),
            "is_severity_manual": complaint.is_confirmed,
            "received_on": complaint.received,
            "first_answered_on": complaint.answered,
            "waiting_since": complaint.waiting,
            "waited_hours": complaint.waited,
            "resolved_on": complaint.resolved,
            "answer_count": sum(who == "us" for _moment, who, _text in complaint.messages),
            **self._get_sender_values(complaint, records),
            **self._get_goods_values(complaint, records),
            **(self._get_sorted_values(complaint, records) if complaint.is_confirmed else {}),
            **(self._get_end_values(complaint, records) if complaint.resolved else {}),
        }

    @api.model
    def _get_sender_values(self, complaint, records):
        if complaint.sale:
            partner = records["lines"][complaint.sale.key].order_id.partner_id
            return {"partner_id": partner.id, "partner_is_verified": complaint.channel in ("portal", "phone")}
        name, email = complaint.stranger
        return {"partner_name": name, "email_from": email, "team_id": records["teams"]["after_sales"].id}

    @api.model
    def _get_goods_values(self, complaint, records):
        if not complaint.sale:
            return {}
        line = records["lines"][complaint.sale.key]
        picking = records["pickings"].get(complaint.sale.key)
        return {
            "product_id": line.product_id.id,
            "sale_order_id": line.order_id.id,
            "sale_line_id": line.id,
            "picking_id": picking.id if picking and complaint.family not in "CSN" else False,
            "lot_id": records["lots"][complaint.lot].id if complaint.lot in records["lots"] else False,
            "pairs": complaint.pairs,
            "size": str(complaint.size) if complaint.size else False,
        }

    @api.model
    def _get_sorted_values(self, complaint, records):
        """What an agent decided."""
        also = [records["categories"][code].id for code in complaint.row["also"].split()]
        return {
            "category_id": records["categories"][complaint.code].id,
            "secondary_category_ids": [fields.Command.set(also)],
            "contained_on": complaint.answered + timedelta(hours=1) if complaint.severity == 4 else False,
        }

    @api.model
    def _get_end_values(self, complaint, records):
        values = {"resolution_type": complaint.resolution, **self._get_costs(complaint, records)}
        if complaint.cause:
            values |= {
                "cause_id": records["causes"][complaint.cause["cause"]].id,
                "root_cause": complaint.cause["root_cause"],
                **{name: complaint.cause[name] for name in ("why_1", "why_2", "why_3")},
            }
        return values

    @api.model
    def _get_costs(self, complaint, records):
        """Half the price of what is replaced, a tenth of what is credited, the way there and back."""
        if not complaint.sale or complaint.family == "N":
            return {}
        pairs = complaint.pairs or 1
        price = records["lines"][complaint.sale.key].price_unit
        costs = {
            "replacement": {"cost_replacement": 0.5 * price * pairs, "cost_transport": 4500 * records["rate"]},
            "refund": {"cost_credit": price * pairs},
            "credit_note": {"cost_credit": max(0.1 * price * complaint.sale.pairs / 5, price)},
            "repair": {"cost_other": 600 * pairs * records["rate"], "cost_transport": 3000 * records["rate"]},
        }
        return {name: round(cost, 2) for name, cost in costs.get(complaint.resolution, {}).items()}

    # ------------------------------------------------------------
    # What happened around them
    # ------------------------------------------------------------

    @api.model
    def _create_conversations(self, year, complaints):
        """The customer's first message, our answers, the customer's replies."""
        values = []
        for record, complaint in zip(complaints, year.complaints, strict=True):
            if complaint.channel in ("mail", "web", "portal"):
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
