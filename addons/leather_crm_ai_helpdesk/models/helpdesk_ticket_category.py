from odoo import api, fields, models


class HelpdeskTicketCategory(models.Model):
    """Which complaints belong into a category of the helpdesk: so the rules about complaints speak for it."""

    _inherit = "helpdesk.ticket.category"

    complaint_category_ids = fields.Many2many(
        "leather.complaint.category",
        string="Complaints that belong here",
        help="What the rules recognise as one of these is proposed as this category. Without any, the category is "
        "proposed once it has been learned from tickets that people put into it.",
    )

    def action_take_over_complaint_categories(self):
        """Add what is missing: a category for each kind of complaint that belongs nowhere yet."""
        self.check_access("create")
        added = self._take_over_complaint_categories()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s categories were added.", len(added)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _take_over_complaint_categories(self):
        """Categories for the complaint categories that none is for, below one for their family; not in the portal."""
        known = self.with_context(active_test=False).search([("complaint_category_ids", "!=", False)])
        missing = self.env["leather.complaint.category"].search([("id", "not in", known.complaint_category_ids.ids)])
        added = self.browse()
        for categories in missing.grouped("family").values():
            parent = self._find_family(categories, known) or self._create_family(categories[0])
            added += self.create([category._prepare_helpdesk_category(parent) for category in categories])
        for lang in self._get_other_languages():
            for category in added.with_context(lang=lang):
                category.name = category.complaint_category_ids.name
        return added

    @api.model
    def _create_family(self, category):
        """The parent of categories of one family, named in every language."""
        parent = self.create({"name": category._get_family_name(), "company_id": False, "show_in_portal": False})
        for lang in self._get_other_languages():
            parent.with_context(lang=lang).name = category.with_context(lang=lang)._get_family_name()
        return parent

    @api.model
    def _get_other_languages(self):
        """Codes of the installed languages besides the one that names are written in."""
        return [code for code, _name in self.env["res.lang"].get_installed() if code != (self.env.lang or "en_US")]

    @api.model
    def _find_family(self, categories, known):
        """The parent that other categories of the same family have."""
        family = categories[:1].family
        return known.filtered(lambda one: one.parent_id and one.complaint_category_ids[:1].family == family)[
            :1
        ].parent_id
