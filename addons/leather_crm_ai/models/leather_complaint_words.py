from odoo import api, models


class LeatherComplaint(models.Model):
    """The reasons of a severity in words. They are stored as keys, see ``engine/text/severity.py``."""

    _inherit = "leather.complaint"

    @api.depends("severity_reasons")
    @api.depends_context("lang")
    def _compute_severity_words(self):
        names = self._get_category_names([detail for one in self for _key, detail in one.severity_reasons or []])
        for complaint in self:
            complaint.severity_words = " ".join(self._say_reasons(complaint.severity_reasons or [], names)) or False

    @api.model
    def _get_severity_sentences(self, reasons):
        """Reasons, as pairs of key and detail, as sentences in the reader's language."""
        return self._say_reasons(reasons, self._get_category_names([detail for _key, detail in reasons]))

    @api.model
    def _say_reasons(self, reasons, names):
        return [self._say_reason(key, names.get(detail, detail)) for key, detail in reasons]

    @api.model
    def _get_category_names(self, details):
        """{code: name} of the codes among the details."""
        codes = {detail for detail in details if isinstance(detail, str) and detail}
        if not codes:
            return {}
        categories = self.env["leather.complaint.category"].with_context(active_test=False)
        # sudo: names of categories, for whoever may read the complaint
        return {category.code: category.name for category in categories.sudo().search([("code", "in", list(codes))])}

    @api.model
    def _say_reason(self, key, detail):
        say = self._get_reason_templates().get(key)
        return say(detail) if say else f"{key}: {detail}" if detail else key

    @api.model
    def _get_reason_templates(self):
        """{key: function from the detail to the sentence}."""
        return {
            "injury": lambda _detail: self.env._("Somebody was hurt, or nearly."),
            "ppe_failed": lambda name: self.env._("A protection failed: %s.", name),
            "unsafe": lambda name: self.env._("It is unsafe to wear: %s.", name),
            "failed_worn": lambda name: self.env._("It failed while worn at work: %s.", name),
            "certificate": lambda _detail: self.env._("A certificate is in question; no pair has been handed out."),
            "smell": lambda _detail: self.env._("A smell, and nothing else."),
            "structural": lambda name: self.env._("The shoe itself failed: %s.", name),
            "many_pairs": lambda pairs: self.env._("%s pairs are affected.", pairs),
            "lot_share": lambda share: self.env._("%s %% of the lot are affected.", share),
            "site_stopped": lambda _detail: self.env._("People cannot work."),
            "legal": lambda _detail: self.env._("A lawyer, a court or an authority is mentioned."),
            "customer_third": lambda count: self.env._(
                "%s complaints of this customer came in the 90 days before.", count
            ),
            "lot_third": lambda count: self.env._("%s complaints about this lot came in the 90 days before.", count),
            "repeated": lambda _detail: self.env._("It is not the first time."),
            "default": lambda name: self.env._("Usual for: %s.", name),
            "question": lambda name: self.env._("Not a complaint: %s.", name),
            "reads_dangerous": lambda words: self.env._(
                "Nobody says so, but it reads as if somebody were in danger: “%s”.", words
            ),
            "doubted": lambda _detail: self.env._(
                "Words of danger, but it does not read as if anybody were in danger. Please check."
            ),
            "nothing_known": lambda _detail: self.env._("No rule says what it is about."),
            "model": lambda percent: self.env._("Raised by the model, %s %% sure.", percent),
        }
