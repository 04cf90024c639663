from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import plaintext2html, split_every

from ..demo import complaint_story
from .leather_demo import SILENT

STAGES = {
    "new": "leather_crm_ai.stage_new",
    "in_progress": "leather_crm_ai.stage_progress",
    "waiting": "leather_crm_ai.stage_waiting",
    "closed": "leather_crm_ai.stage_resolved",
    "cancelled": "leather_crm_ai.stage_cancelled",
}
STORY_DAYS = 430  # of orders that somebody may still complain about
SPAM = "N3"
AT_A_TIME = 12


class LeatherDemo(models.AbstractModel):
    """Loads the complaints of the last year (:mod:`..demo.complaint_story`).

    Its other sides: ``…_complaint_teams`` (who works on them), ``…_deliveries`` (what they are about),
    ``…_complaint_past`` (what happened around them).
    """

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
        records["invoices"] = loader._invoice(year, records)
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
    # What complaints refer to
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
        invoice = records["invoices"].get(complaint.sale)
        return {
            "product_id": line.product_id.id,
            "sale_order_id": line.order_id.id,
            "sale_line_id": line.id,
            "picking_id": picking.id if picking and complaint.family not in "CSN" else False,
            "lot_id": records["lots"][complaint.lot].id if complaint.lot in records["lots"] else False,
            "invoice_id": invoice.id if invoice and complaint.family == "C" else False,
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
