from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

DUPLICATE_DAYS = 30
# What the kept complaint takes over where it says nothing itself.
FILLED = (
    "partner_id",
    "category_id",
    "sale_order_id",
    "sale_line_id",
    "picking_id",
    "lot_id",
    "invoice_id",
    "product_id",
    "size",
    "phone",
    "email_from",
    "partner_name",
    "user_id",
    "cause_id",
)
ADDED = ("cost_credit", "cost_replacement", "cost_transport", "cost_other")


class LeatherComplaint(models.Model):
    """Complaints that tell the same story twice: proposed, and merged by a person."""

    _inherit = "leather.complaint"

    duplicate_of_id = fields.Many2one(
        "leather.complaint",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    duplicate_ids = fields.One2many(
        "leather.complaint",
        "duplicate_of_id",
        "Merged complaints",
        context={"active_test": False},
        groups="base.group_user",
    )
    duplicate_count = fields.Integer(
        "Possible duplicates", compute="_compute_duplicate_count", groups="base.group_user"
    )

    @api.depends("partner_id", "email_normalized", "sale_order_id", "lot_id", "category_id", "received_on")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_duplicate_count(self):
        found = self._find_possible_duplicates()
        for complaint in self:
            complaint.duplicate_count = len(found.get(complaint.id, ()))

    def action_view_duplicates(self):
        """This complaint and those that may tell the same story, to be merged."""
        self.ensure_one()
        complaints = self | self._find_possible_duplicates()[self.id]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Possible duplicates"),
            "res_model": "leather.complaint",
            "view_mode": "list,form",
            "domain": [("id", "in", complaints.ids)],
        }

    def action_merge(self):
        """Open the wizard that merges these complaints, or this one with its possible duplicates."""
        complaints = self if len(self) > 1 else self | self._find_possible_duplicates()[self.id]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge complaints"),
            "res_model": "leather.complaint.merge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_ids": [fields.Command.set(complaints.ids)]},
        }

    def _find_possible_duplicates(self):
        """dict complaint id -> others by the same customer or address, on the same order, lot or category, in 30 days.

        One search, whatever the number of complaints.
        """
        stored = self.filtered(lambda complaint: isinstance(complaint.id, int) and complaint.received_on)
        found = dict.fromkeys(self.ids, self.browse())
        if not stored:
            return found
        others = self.search(stored._get_duplicate_domain(), order="id")
        for complaint in stored:
            found[complaint.id] = others.filtered(complaint._may_be_same_as)
        return found

    def _get_duplicate_domain(self):
        days = timedelta(days=DUPLICATE_DAYS)
        moments = self.mapped("received_on")
        emails = [email for email in self.mapped("email_normalized") if email]
        return (
            Domain("company_id", "in", self.company_id.ids)
            & Domain("received_on", ">=", min(moments) - days)
            & Domain("received_on", "<=", max(moments) + days)
            & (
                Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
                | Domain("email_normalized", "in", emails)
            )
        )

    def _may_be_same_as(self, other):
        """Same sender, same matter, close in time?"""
        return bool(
            other != self
            and other.company_id == self.company_id
            and abs(other.received_on - self.received_on) <= timedelta(days=DUPLICATE_DAYS)
            and (
                (self.commercial_partner_id and other.commercial_partner_id == self.commercial_partner_id)
                or (self.email_normalized and other.email_normalized == self.email_normalized)
            )
            and any(
                value and value == theirs for value, theirs in zip(self._get_matter(), other._get_matter(), strict=True)
            )
        )

    def _get_matter(self):
        return self.sale_order_id, self.lot_id, self.shown_category_id

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def _get_merged_into(self):
        """The complaint that this one was merged into, else itself."""
        return self.duplicate_of_id or self

    def _get_known_addresses(self):
        """Addresses under which the customer of this complaint has written or is kept."""
        return {self.email_normalized, self.partner_id.email_normalized} - {False}

    def _absorb(self, others):
        """Take over conversation, files, followers, actions, costs and links of others; archive them."""
        self.ensure_one()
        # sudo: messages, files and activities of other people move along; the right to write all was checked
        target, others = self.sudo(), others.sudo()
        target.with_context(leather_ai_writes=True).write(target._get_absorbed_values(others))
        target._take_records(others)
        others.with_context(leather_ai_writes=True).write({"active": False, "duplicate_of_id": target.id})
        others.duplicate_ids.with_context(leather_ai_writes=True).write({"duplicate_of_id": target.id})
        names = ", ".join(others.mapped("name"))
        target._message_log(body=self.env._("Merged into this one: %s", names))
        for other in others:
            other._message_log(body=self.env._("Merged into %s", target.name))

    def _get_absorbed_values(self, others):
        every = self | others
        vals = {
            name: next(value for value in others.mapped(name) if value)
            for name in FILLED
            if not self[name] and any(others.mapped(name))
        }
        vals = {name: value.id if isinstance(value, models.BaseModel) else value for name, value in vals.items()}
        vals.update({name: sum(every.mapped(name)) for name in ADDED if any(others.mapped(name))})
        vals["pairs"] = max(every.mapped("pairs"))
        vals["severity"] = max(every.mapped("severity"))
        vals["received_on"] = min(every.mapped("received_on"))
        vals["answer_count"] = sum(every.mapped("answer_count"))
        answered = [moment for moment in every.mapped("first_answered_on") if moment]
        vals["first_answered_on"] = min(answered, default=False)
        categories = every.secondary_category_ids | others.category_id
        vals["secondary_category_ids"] = [fields.Command.set((categories - self.category_id).ids)]
        return vals

    def _take_records(self, others):
        """Hang what hangs on the others onto this one."""
        links = {
            "mail.message": ("model", "res_id"),
            "ir.attachment": ("res_model", "res_id"),
            "rating.rating": ("res_model", "res_id"),
        }
        for name, (model_field, id_field) in links.items():
            domain = [(model_field, "=", self._name), (id_field, "in", others.ids)]
            if name == "ir.attachment":
                domain += [("res_field", "in", [False, *self._fields])]
            self.env[name].sudo().search(domain).write({id_field: self.id})
        self.env["mail.activity"].sudo().search([("res_model", "=", self._name), ("res_id", "in", others.ids)]).write(
            {"res_id": self.id}
        )
        others.action_ids.write({"complaint_id": self.id})
        self._message_subscribe(partner_ids=others.message_partner_ids.ids)
