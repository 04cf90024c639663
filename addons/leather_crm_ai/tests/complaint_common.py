"""Shared ground for the tests of complaints: two companies with teams, people, customers, shoes and deliveries."""

from datetime import datetime
from email.message import EmailMessage
from itertools import count

from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "no_reset_password": True,
}
SUNDAY = datetime(2026, 6, 7, 9, 0)  # 10 o'clock in Algiers, where the week begins


class ComplaintCase(TransactionCase):
    _reads_texts = False  # the classification has tests of its own; here it would set what the stories set

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._reads_texts:
            cls.classPatch(type(cls.env["leather.complaint"]), "_classify_text", lambda self: None)
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.calendar = cls.env.ref("leather_crm_ai.calendar_algeria")
        cls._make_companies()
        cls._make_people()
        cls._make_teams()
        cls._make_customers()
        for name in ("new", "progress", "waiting", "resolved", "cancelled"):
            setattr(cls, f"stage_{name}", cls.env.ref(f"leather_crm_ai.stage_{name}"))

    @classmethod
    def _make_companies(cls):
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "shoes.example", "catchall_alias": "catchall", "bounce_alias": "bounce"}
        )
        cls.company_a, cls.company_b = cls.env["res.company"].create(
            [
                {"name": "Factory A", "email": "hello@shoes.example", "alias_domain_id": cls.domain.id},
                {"name": "Factory B", "alias_domain_id": cls.domain.id},
            ]
        )
        (cls.company_a | cls.company_b).resource_calendar_id = cls.calendar
        companies = cls.env.company | cls.company_a | cls.company_b
        cls.env.user.write(
            {"company_ids": [Command.set(companies.ids)], "company_id": cls.company_a.id, "email": "root@shoes.example"}
        )

    @classmethod
    def _make_people(cls):
        def user(login, groups, company=cls.company_a):
            return new_test_user(
                cls.env,
                login,
                groups,
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
                email=f"{login}@shoes.example",
            )

        agent = "leather_crm_ai.group_complaint_user,base.group_partner_manager"
        cls.agent, cls.agent_2 = user("cpl_agent", agent), user("cpl_agent_2", agent)
        cls.leader = user("cpl_leader", agent)
        cls.manager = user("cpl_manager", "leather_crm_ai.group_complaint_manager,base.group_partner_manager")
        cls.sales = user("cpl_sales", "sales_team.group_sale_salesman")
        cls.planner = user("cpl_planner", "stock.group_stock_user")
        cls.outsider = user("cpl_outsider", "base.group_user")
        cls.manager_b = user("cpl_manager_b", "leather_crm_ai.group_complaint_manager", cls.company_b)
        cls.portal = user("cpl_portal", "base.group_portal")

    @classmethod
    def _make_teams(cls):
        cls.team, cls.team_2, cls.team_b = cls.env["leather.complaint.team"].create(
            [
                {
                    "name": "After-sales",
                    "company_id": cls.company_a.id,
                    "user_id": cls.leader.id,
                    "alias_name": "cpl-claims",
                    "membership_ids": [Command.create({"user_id": cls.agent.id})],
                },
                {
                    "name": "Quality",
                    "company_id": cls.company_a.id,
                    "alias_name": "cpl-quality",
                    "membership_ids": [Command.create({"user_id": cls.agent_2.id})],
                },
                {"name": "Other", "company_id": cls.company_b.id, "user_id": cls.manager_b.id},
            ]
        )

    @classmethod
    def _make_customers(cls):
        cls.customer, cls.rival = cls.env["res.partner"].create(
            [
                {"name": "Hassi Drilling", "is_company": True, "email": "office@hassi.example"},
                {"name": "Rival Works", "is_company": True, "email": "office@rival.example"},
            ]
        )
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Nadia Buyer", "parent_id": cls.customer.id, "email": "nadia@hassi.example"}
        )
        cls.portal.partner_id.parent_id = cls.customer

    # ------------------------------------------------------------
    # Complaints
    # ------------------------------------------------------------

    @classmethod
    def _complain(cls, text="The sole came off.", **vals):
        values = {
            "subject": "Complaint",
            "description": f"<p>{text}</p>",
            "company_id": cls.company_a.id,
            "partner_id": cls.buyer.id,
            "team_id": cls.team.id,
            "channel": "phone",
            "received_on": SUNDAY,
            **vals,
        }
        return cls.env["leather.complaint"].create(values)

    @classmethod
    def _category(cls, code):
        return cls.env.ref(f"leather_crm_ai.category_{code.lower()}")

    # ------------------------------------------------------------
    # Orders and deliveries
    # ------------------------------------------------------------

    @classmethod
    def _make_shoe(cls, name="Boot", tracking="lot"):
        return cls.env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, "tracking": tracking, "list_price": 50.0}
        )

    @classmethod
    def _make_lot(cls, name, product, pairs=1000):
        """A lot with stock in company A's warehouse."""
        lot = cls.env["stock.lot"].create({"name": name, "product_id": product.id, "company_id": cls.company_a.id})
        cls.env["stock.quant"].with_company(cls.company_a)._update_available_quantity(
            product, cls._get_warehouse().lot_stock_id, pairs, lot_id=lot
        )
        return lot

    @classmethod
    def _get_warehouse(cls):
        return cls.env["stock.warehouse"].search([("company_id", "=", cls.company_a.id)], limit=1)

    @classmethod
    def _sell(cls, partner, product, pairs, lot=None, days_ago=0):
        """A confirmed order; delivered from ``lot`` when one is given."""
        order = (
            cls.env["sale.order"]
            .with_company(cls.company_a)
            .create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.company_a.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": pairs, "tax_ids": False})
                    ],
                }
            )
        )
        order.action_confirm()
        if lot:
            cls._deliver(order, lot, pairs, days_ago)
        return order

    @classmethod
    def _deliver(cls, order, lot, pairs, days_ago=0):
        picking = order.picking_ids
        picking.move_ids.move_line_ids.unlink()
        cls.env["stock.move.line"].create(
            {
                "picking_id": picking.id,
                "move_id": picking.move_ids.id,
                "product_id": lot.product_id.id,
                "lot_id": lot.id,
                "quantity": pairs,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        if days_ago:
            moment = fields.Datetime.subtract(fields.Datetime.now(), days=days_ago)
            picking.move_ids.move_line_ids.write({"date": moment})
        return picking


class ComplaintMailCase(ComplaintCase):
    """Mails as they come over the wire, given to the gateway as the mail server gives them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env(user=SUPERUSER_ID, context={})["mail.thread"]
        cls.numbers = count(1)

    @classmethod
    def _make_mail(
        cls,
        text="The sole came off after two days.",
        *,
        subject="Sole",
        sender="Nadia <nadia@hassi.example>",
        to="cpl-claims@shoes.example",
        html=None,
        files=(),
        **headers,
    ):
        """An EmailMessage; further headers with _ for -."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<{next(cls.numbers)}.{id(cls)}@mail.example>"
        for name, value in headers.items():
            del message[name.replace("_", "-")]
            message[name.replace("_", "-")] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        for name, data, (kind, subtype) in files:
            message.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
        return message

    @classmethod
    def _receive(cls, mail):
        """Give a mail to the gateway; returns the complaint that it made or belongs to, if any."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        number = cls.gateway.message_process(None, raw)
        return cls.env["leather.complaint"].with_context(active_test=False).browse(number or ())

    @classmethod
    def _count(cls):
        return cls.env["leather.complaint"].with_context(active_test=False).search_count([])

    def _assert_ignored(self, mail):
        before = self._count()
        self._receive(mail)
        self.assertEqual(self._count(), before)
