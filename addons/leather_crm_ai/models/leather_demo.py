from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models

from ..demo import story

TEAMS = {"north": "North", "plateaux": "Hauts Plateaux", "south": "South, oil fields"}
STAGE_XMLIDS = {"new": "crm.stage_lead1", "qualified": "crm.stage_lead2", "proposition": "crm.stage_lead3"}
WON_XMLID = "crm.stage_lead4"
SALESPEOPLE = (("Ghania Tissemlal", "ghania@example.com"), ("Badis Oumerzoug", "badis@example.com"))
LANGUAGES = {"fr": "fr_FR", "ar": "ar_001"}
DINARS_PER_UNIT = 135  # where the company's currency is not the dinar, amounts are brought to its scale
ACTIVITIES = (
    ("mail.mail_activity_data_call", "Rappeler pour confirmer les quantités"),
    ("mail.mail_activity_data_meeting", "Visite sur site avec échantillons"),
    ("mail.mail_activity_data_email", "Envoyer la fiche technique et l'offre"),
    ("mail.mail_activity_data_todo", "Préparer le dossier"),
)
ANSWERS = ("Appelé, besoin confirmé.", "Rappelé, à relancer.", "Offre envoyée par e-mail.", "Rendez-vous pris.")
SILENT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "no_reset_password": True,
    "leather_no_snapshot": True,
}


class LeatherDemo(models.AbstractModel):
    """Writes the invented story of :mod:`..demo.story` into a database with demo data, a few records at a time of
    each kind, with the dates at which things would have happened."""

    _name = "leather.demo"
    _description = "Demo Data"

    @api.model
    def _load_leads(self):
        """Load companies, orders, closed and open leads of the past two years; nothing when they are there."""
        if self.env["crm.team"].search_count([("name", "=", TEAMS["plateaux"])], limit=1):
            return
        loader = self.with_context(**SILENT)
        tale = story.Story(fields.Datetime.now())
        records = loader._get_records(tale)
        records["partners"] = loader._create_partners(tale, records)
        leads = loader._create_leads(tale, records)
        loader._create_orders(tale, records, leads)
        loader._create_answers(tale, leads)
        loader._date_leads(tale, leads)
        loader._create_snapshots(tale, leads, records)
        loader._link_new_customers(tale, records, leads)
        loader._create_activities(tale, leads)

    # ------------------------------------------------------------
    # What leads refer to
    # ------------------------------------------------------------

    @api.model
    def _get_records(self, tale):
        company = self.env.ref("base.main_company")
        users = self._get_salespeople(company)
        return {
            "company": company,
            "rate": 1.0 if company.currency_id.name == "DZD" else 1.0 / DINARS_PER_UNIT,
            "users": users,
            "teams": self._create_teams(company, users),
            "states": self._get_states(),
            "stages": {key: self.env.ref(xmlid) for key, xmlid in STAGE_XMLIDS.items()},
            "won": self.env.ref(WON_XMLID),
            "languages": {key: self.env["res.lang"]._get_data(code=code).id for key, code in LANGUAGES.items()},
            "sources": self._get_by_name("utm.source", {name for name, _medium, _who in story.SOURCES.values()}),
            "mediums": self._get_by_name("utm.medium", {medium for _name, medium, _who in story.SOURCES.values()}),
            "campaigns": self._get_by_name("utm.campaign", {lead.campaign for lead in tale.leads if lead.campaign}),
            "tags": self._get_by_name("crm.tag", {tag for lead in tale.leads for tag in lead.tags + lead.later_tags}),
            "reasons": self._get_by_name("crm.lost.reason", set(story.LOST_REASONS.values())),
            "products": self._get_products(tale),
        }

    @api.model
    def _get_by_name(self, model, names):
        """{name: record}, created where missing."""
        known = {record.name: record for record in self.env[model].search([("name", "in", sorted(names))])}
        missing = sorted(names - known.keys())
        return known | dict(zip(missing, self.env[model].create([{"name": name} for name in missing]), strict=True))

    @api.model
    def _get_salespeople(self, company):
        """The administrator and the demo user, so that their own pipelines are not empty, and two more."""
        known = [self.env.ref(xmlid, raise_if_not_found=False) for xmlid in ("base.user_admin", "base.user_demo")]
        new = self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": login,
                    "email": login,
                    "company_id": company.id,
                    "company_ids": [fields.Command.set(company.ids)],
                    "group_ids": [fields.Command.link(self.env.ref("sales_team.group_sale_salesman").id)],
                }
                for name, login in SALESPEOPLE
            ]
        )
        return [user for user in known if user] + list(new)

    @api.model
    def _create_teams(self, company, users):
        return {
            key: self.env["crm.team"].create(
                {
                    "name": name,
                    "company_id": company.id,
                    "use_opportunities": True,
                    "member_ids": [fields.Command.set(member.ids)],
                }
            )
            for (key, name), member in zip(TEAMS.items(), (users[-2], self.env["res.users"], users[-1]), strict=True)
        }

    @api.model
    def _get_states(self):
        country = self.env.ref("base.dz")
        known = {state.code: state for state in self.env["res.country.state"].search([("country_id", "=", country.id)])}
        rows = [row for row in story.read_csv("wilayas.csv") if row["code"] not in known]
        new = self.env["res.country.state"].create(
            [{"name": row["name"], "code": row["code"], "country_id": country.id} for row in rows]
        )
        return known | {state.code: state for state in new}

    @api.model
    def _get_products(self, tale):
        rate = self._get_rate()
        known = self.env["product.product"].search([("default_code", "in", [m["code"] for m in tale.models])])
        products = {product.default_code: product for product in known}
        rows = [model for model in tale.models if model["code"] not in products]
        new = self.env["product.product"].create(
            [
                {
                    "name": model["name"],
                    "default_code": model["code"],
                    "type": "consu",
                    "is_storable": True,
                    "list_price": round(model["price"] * rate, 2),
                }
                for model in rows
            ]
        )
        return products | {product.default_code: product for product in new}

    @api.model
    def _get_rate(self):
        currency = self.env.ref("base.main_company").currency_id
        return 1.0 if currency.name == "DZD" else 1.0 / DINARS_PER_UNIT

    @api.model
    def _create_partners(self, tale, records):
        """{company name: partner} of everybody who has ordered."""
        country = self.env.ref("base.dz")
        companies = [company for company in tale.companies if company.orders]
        partners = self.env["res.partner"].create(
            [
                {
                    "name": company.name,
                    "is_company": True,
                    "country_id": country.id,
                    "state_id": records["states"][company.state].id,
                    "email": company.email,
                    "phone": company.phone,
                    "company_id": False,
                }
                for company in companies
            ]
        )
        return {company.name: partner for company, partner in zip(companies, partners, strict=True)}

    # ------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------

    @api.model
    def _create_leads(self, tale, records):
        values = [self._get_lead_values(lead, records, number) for number, lead in enumerate(tale.leads)]
        return self.env["crm.lead"].create(values)

    @api.model
    def _get_lead_values(self, lead, records, number):
        company = lead.company
        source, medium, _who = story.SOURCES[lead.source]
        values = {
            "name": lead.title,
            "type": "opportunity",
            "description": Markup("<p>%s</p>") % " ".join(note["text"] for note in lead.notes),
            "company_id": records["company"].id,
            "team_id": records["teams"][company.team].id,
            "user_id": records["users"][(7 * number) % 10 % len(records["users"])].id,
            "contact_name": company.contact,
            "country_id": self.env.ref("base.dz").id,
            "state_id": records["states"][company.state].id,
            "source_id": records["sources"][source].id,
            "medium_id": records["mediums"][medium].id,
            "campaign_id": records["campaigns"][lead.campaign].id if lead.campaign else False,
            "lang_id": records["languages"][company.language],
            "tag_ids": [fields.Command.set([records["tags"][tag].id for tag in self._get_tags(lead)])],
            "expected_revenue": self._get_amount(lead, records["rate"]),
            **self._get_customer_values(lead, records),
            **self._get_outcome_values(lead, records),
        }
        if "iap_enrich_done" in self.env["crm.lead"]._fields:
            values["iap_enrich_done"] = True  # invented companies are looked up nowhere
        return values

    @api.model
    def _get_customer_values(self, lead, records):
        if lead.known:
            return {"partner_id": records["partners"][lead.company.name].id}
        return {"partner_name": lead.company.name, "email_from": lead.company.email, "phone": lead.company.phone}

    @api.model
    def _get_outcome_values(self, lead, records):
        if lead.won:
            return {"stage_id": records["won"].id}
        values = {"stage_id": records["stages"][lead.stages[-1][0]].id}
        if lead.won is False:
            values |= {"active": False, "probability": 0, "lost_reason_id": records["reasons"][lead.lost_reason].id}
        return values

    @api.model
    def _get_tags(self, lead):
        """Tags that the lead has now: those of the qualification once it was qualified."""
        return lead.tags + (lead.later_tags if lead.won or len(lead.stages) > 1 else [])

    @api.model
    def _get_amount(self, lead, rate):
        known = lead.amount_known or lead.won or len(lead.stages) > 1
        return round(lead.amount * rate, -1) if known else 0.0

    @api.model
    def _date_leads(self, tale, leads):
        """Give the leads their dates: the ORM does not let anyone choose when a lead was created or closed."""
        self.env.flush_all()
        rows = [
            (record.id, lead.created, lead.stages[-1][1] if not lead.closed else lead.closed, lead.closed)
            for record, lead in zip(leads, tale.leads, strict=True)
        ]
        ids, created, moved, closed = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            """
            UPDATE crm_lead AS lead
               SET create_date = story.created, date_open = story.created, write_date = story.moved,
                   date_last_stage_update = story.moved, date_closed = story.closed
              FROM unnest(%s, %s::timestamp[], %s::timestamp[], %s::timestamp[]) AS story(id, created, moved, closed)
             WHERE lead.id = story.id
            """,
            [ids, created, moved, closed],
        )
        leads.invalidate_recordset()
        self.env.add_to_compute(leads._fields["day_close"], leads)
        self.env.add_to_compute(leads._fields["day_open"], leads)
        leads.flush_recordset()

    @api.model
    def _link_new_customers(self, tale, records, leads):
        """A won lead of a newcomer got its customer with the order, after everything a model may learn from."""
        by_partner = defaultdict(list)
        for record, lead in zip(leads, tale.leads, strict=True):
            if lead.won and not lead.known and lead.company.name in records["partners"]:
                by_partner[records["partners"][lead.company.name].id].append(record.id)
        pairs = [(lead_id, partner_id) for partner_id, lead_ids in by_partner.items() for lead_id in lead_ids]
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = won.partner FROM unnest(%s, %s) AS won(lead, partner)"
            " WHERE crm_lead.id = won.lead",
            [[lead_id for lead_id, _partner in pairs], [partner for _lead, partner in pairs]],
        )
        leads.invalidate_recordset(["partner_id"])

    # ------------------------------------------------------------
    # What happened around them
    # ------------------------------------------------------------

    @api.model
    def _create_orders(self, tale, records, leads):
        """Orders that were delivered and paid long ago: confirmed in the books only, nothing to deliver."""
        record_of = {id(lead): record for lead, record in zip(tale.leads, leads, strict=True)}
        orders = sorted(
            ((order, company) for company in tale.companies for order in company.orders), key=lambda x: x[0].moment
        )
        created = self.env["sale.order"].create(
            [self._get_order_values(order, company, records, record_of) for order, company in orders]
        )
        created.order_line.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order_line SET state = 'sale', qty_delivered = product_uom_qty, invoice_status = 'no'"
            " WHERE order_id = ANY(%s)",
            [created.ids],
        )
        created.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'sale', locked = true, invoice_status = 'no', create_date = date_order,"
            " delivery_status = NULL WHERE id = ANY(%s)",
            [created.ids],
        )
        self.env.invalidate_all()

    @api.model
    def _get_order_values(self, order, company, records, record_of):
        lead = record_of.get(id(order.lead)) if order.lead else None
        partner, product = records["partners"][company.name], records["products"][order.model["code"]]
        return {
            "partner_id": partner.id,
            "partner_invoice_id": partner.id,
            "partner_shipping_id": partner.id,
            "fiscal_position_id": False,
            "payment_term_id": False,
            "pricelist_id": False,
            "note": False,
            "company_id": records["company"].id,
            "date_order": order.moment,
            "user_id": (lead.user_id if lead else records["users"][0]).id,
            "team_id": records["teams"][company.team].id,
            "opportunity_id": lead.id if lead else False,
            "order_line": [
                fields.Command.create(
                    {
                        "product_id": product.id,
                        "name": product.name,
                        "product_uom_qty": order.pairs,
                        "price_unit": product.list_price,
                        "discount": 0.0,
                        "customer_lead": 0.0,
                        "tax_ids": [fields.Command.clear()],
                    }
                )
            ],
        }

    @api.model
    def _create_answers(self, tale, leads):
        """The salesperson's first note on each lead: how fast somebody answered is an input."""
        note = self.env.ref("mail.mt_note")
        self.env["mail.message"].create(
            [
                {
                    "model": "crm.lead",
                    "res_id": record.id,
                    "message_type": "comment",
                    "subtype_id": note.id,
                    "author_id": record.user_id.partner_id.id,
                    "email_from": record.user_id.email_formatted,
                    "date": lead.created + lead.response,
                    "reply_to": record.user_id.email_formatted,
                    "record_name": lead.title,
                    "body": Markup("<p>%s</p>") % ANSWERS[number % len(ANSWERS)],
                }
                for number, (record, lead) in enumerate(zip(leads, tale.leads, strict=True))
                if lead.created + lead.response < (lead.closed or tale.now)
            ]
        )

    @api.model
    def _create_activities(self, tale, leads):
        """Something to do on most open leads; every seventh is overdue, so that the lists have something to say."""
        today = fields.Date.context_today(self)
        lead_model = self.env["ir.model"]._get("crm.lead")
        values = []
        for number, (record, lead) in enumerate(zip(leads, tale.leads, strict=True)):
            if lead.won is not None or number % 3 == 0:
                continue
            xmlid, summary = ACTIVITIES[number % len(ACTIVITIES)]
            values.append(
                {
                    "res_model_id": lead_model.id,
                    "res_id": record.id,
                    "activity_type_id": self.env.ref(xmlid).id,
                    "summary": summary,
                    "user_id": record.user_id.id,
                    "date_deadline": today + timedelta(days=-2 if number % 7 == 0 else number % 11),
                }
            )
        self.env["mail.activity"].create(values)

    # ------------------------------------------------------------
    # Snapshots
    # ------------------------------------------------------------

    @api.model
    def _create_snapshots(self, tale, leads, records):
        """What each lead looked like when it came in and when it entered each stage."""
        self.env.flush_all()
        reader, company = self.env["leather.lead.reader"], records["company"]
        features = reader._get_features(company.id)
        table = reader._read_stored(leads.ids, features, company.id, as_of_creation=True)
        names = {feature.name for feature in features}
        self.env["leather.lead.snapshot"].create(
            [
                {
                    "lead_id": record.id,
                    "company_id": company.id,
                    "kind": "stage" if rank else "creation",
                    "taken_on": moment,
                    "values": self._get_snapshot(row, lead, rank, records, names),
                }
                for record, lead, row in zip(leads, tale.leads, reader._to_json_rows(table), strict=True)
                for rank, (_stage, moment) in enumerate(lead.stages)
            ]
        )

    @api.model
    def _get_snapshot(self, row, lead, rank, records, names):
        """The lead's inputs at the moment of one stage entry, from those at its creation."""
        stage, moment = lead.stages[rank]
        values = row | {"stage_id": str(records["stages"][stage].id)}
        if rank == 0:
            values["tag_ids"] = sorted(str(records["tags"][tag].id) for tag in lead.tags)
            values["expected_revenue"] = round(lead.amount * records["rate"], -1) if lead.amount_known else 0.0
        else:
            values["tag_ids"] = sorted(str(records["tags"][tag].id) for tag in lead.tags + lead.later_tags)
            values["expected_revenue"] = round(lead.amount * records["rate"], -1)
        if lead.created + lead.response <= moment:
            values["derived.response_hours"] = round(lead.response.total_seconds() / 3600, 4)
        if "derived.partner_recency" in row:
            values["derived.partner_recency"] += (moment - lead.created).total_seconds() / 86400
        return {name: value for name, value in values.items() if name in names and value not in (None, [])}
