import csv
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open, ormcache

from ..engine.artifact import ArtifactError
from ..engine.text import patterns, starter
from ..engine.text import rules as engine
from ..engine.text.analyse import analyse

_logger = logging.getLogger(__name__)

DEFAULT_RULES = "leather_crm_ai/data/leather.complaint.rule.csv"
LANGUAGES = [("fr", "French"), ("ar", "Arabic"), ("arabizi", "Arabizi"), ("en", "English"), ("any", "Any language")]


class LeatherComplaintRule(models.Model):
    """Words that point to a category, or to a fact that the severity depends on. They sort complaints from the first
    day; a manager may change them and try them on a text."""

    _name = "leather.complaint.rule"
    _description = "Complaint Rule"
    _order = "label, language, id"
    _rec_name = "label"

    label = fields.Char(required=True, index=True, help="Code of a category, or one of the facts.")
    category_id = fields.Many2one("leather.complaint.category", compute="_compute_meaning")
    meaning = fields.Char(compute="_compute_meaning")
    language = fields.Selection(LANGUAGES, required=True, default="any")
    weight = fields.Float(default=1.0, help="How strongly one match speaks for it. Below zero: against it.")
    patterns = fields.Text(required=True, help="One pattern a line.")
    pattern_count = fields.Integer("Lines", compute="_compute_pattern_count")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    is_edited = fields.Boolean(
        "Changed here",
        readonly=True,
        help="Written or changed by your people: an update of the addon leaves it alone, and what it finds is not "
        "doubted when the whole text is weighed.",
    )

    @api.depends("label")
    @api.depends_context("lang")
    def _compute_meaning(self):
        by_code = self._get_categories()
        facts = self._get_fact_names()
        for rule in self:
            category = by_code.get(rule.label, rule.category_id.browse())
            rule.category_id = category
            rule.meaning = category.name or facts.get(rule.label) or self.env._("List of words for other patterns")

    @api.depends("patterns")
    def _compute_pattern_count(self):
        for rule in self:
            rule.pattern_count = sum(not patterns.is_remark(line) for line in (rule.patterns or "").splitlines())

    @api.constrains("patterns")
    def _check_patterns(self):
        for rule in self:
            problems = engine.RuleSet.errors(rule.patterns, lists=self._get_list_names(rule))
            if problems:
                raise ValidationError("\n".join(rule._get_problem_words(*problem) for problem in problems[:5]))

    @api.constrains("label")
    def _check_label(self):
        known = self._get_categories().keys() | self._get_fact_names().keys()
        for rule in self:
            if rule.label not in known and not rule.label.startswith("@"):
                raise ValidationError(
                    self.env._(
                        "“%(label)s” is neither the code of a category nor a fact, nor does it begin with @ as a list "
                        "of words does. Facts are: %(facts)s.",
                        label=rule.label,
                        facts=", ".join(sorted(self._get_fact_names())),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.context.get("leather_default_rules"):
            vals_list = [{**vals, "is_edited": True} for vals in vals_list]
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        edited = {"label", "language", "weight", "patterns", "active"} & vals.keys()
        if edited and not self.env.context.get("leather_default_rules"):
            vals = {**vals, "is_edited": True}
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    @api.model
    def _get_categories(self):
        """{code: category}, archived ones too: their rules stay."""
        categories = self.env["leather.complaint.category"].with_context(active_test=False)
        return {category.code: category for category in categories.search([("code", "!=", False)])}

    @api.model
    def _get_fact_names(self):
        """{flag of the engine: what it means}, see ``engine.text.rules``."""
        return {
            "injury": self.env._("Somebody was hurt"),
            "ppe_failed": self.env._("The protection failed"),
            "worn": self.env._("It failed while worn at work"),
            "unsafe": self.env._("It is dangerous to wear"),
            "site_stopped": self.env._("A site or team stands still"),
            "legal": self.env._("Lawyer, court or inspection are named"),
            "repeated": self.env._("It has happened before"),
            "question": self.env._("It asks something"),
            "praise": self.env._("It praises"),
            "smell": self.env._("It smells"),
            "skin": self.env._("The skin reacts"),
            "marking": self.env._("A safety marking is missing"),
            "certificate": self.env._("A certificate is in question"),
            "unissued": self.env._("Nothing has been handed out"),
            "unhurt": self.env._("Nobody was hurt"),
            "hypothetical": self.env._("It only might happen"),
            "saved": self.env._("The shoe has protected somebody"),
            "nofault": self.env._("It names no fault"),
            "however": self.env._("A reservation follows"),
            "idle": self.env._("The shoes are new or stored, nobody wears them"),
            "spam": self.env._("It is unwanted mail"),
            "complaint": self.env._("It complains"),
            "positive": self.env._("Friendly tone"),
            "negative": self.env._("Angry tone"),
        }

    def _get_problem_words(self, line, code):
        words = {
            "line_too_long": self.env._("it is too long; write several lines"),
            "nothing_to_find": self.env._("it names no word to look for"),
            "alternative_missing": self.env._("there is no word on one side of |"),
            "bracket_missing": self.env._("a bracket is not opened or not closed"),
            "beginning_too_short": self.env._("a beginning before * has at least three letters, two in Arabic"),
            "joint_without_part": self.env._("a word is missing before or after _, ~ or +"),
            "unknown_list": self.env._("there is no list of that name; lists are rules whose label begins with @"),
        }
        return self.env._("Line %(line)s: %(problem)s.", line=line, problem=words.get(code, code))

    # ------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------

    @api.model
    def _analyse_text(self, text, company, facts=None):
        """What is known of a text before the company has confirmed any: ``engine.text.analyse.Analysis``."""
        return analyse(text, self._get_rule_set(company.id), facts=facts, starter=self._get_starter(company))

    @api.model
    def _get_starter(self, company):
        """``engine.text.starter.Starter``; None where it is switched off or cannot be read: the rules go on alone."""
        # sudo: whoever files a complaint has it sorted, whatever they may read of the company
        if not company.sudo().complaint_starter:
            return None
        try:
            return starter.load()
        except (ArtifactError, OSError):
            _logger.exception("The reader of complaints that comes with the addon cannot be read")
            return None

    @api.model
    def _get_list_names(self, rule):
        """Names of the lists that a rule's patterns may refer to."""
        domain = [("label", "=like", "@%"), ("company_id", "in", [False, rule.company_id.id])]
        # a rule of a company may use the lists of all; while the addon's rules are loaded, lists come in any order
        if self.env.context.get("leather_default_rules"):
            return None
        return {label[1:] for label in self.search(domain).mapped("label")}

    @api.model
    @ormcache("company_id")
    def _get_rule_set(self, company_id):
        """The compiled rules of one company, kept until a rule changes; companies without their own share one set.

        :param company_id: False for the rules of all companies
        """
        # sudo: whoever files a complaint has it sorted, without a right to read the rules
        rules = self.sudo()
        if company_id and not rules.search_count([("company_id", "=", company_id)], limit=1):
            return self._get_rule_set(False)
        rules = rules.search([("company_id", "in", [False, company_id])], order="id")
        return engine.RuleSet(
            [
                engine.Rule(
                    key=str(rule.id),
                    label=rule.label,
                    language=rule.language,
                    weight=rule.weight,
                    patterns=tuple(rule.patterns.splitlines()),
                    own=rule.is_edited,
                )
                for rule in rules
            ]
        )

    # ------------------------------------------------------------
    # The rules that come with the addon
    # ------------------------------------------------------------

    @api.model
    def _load_default_rules(self):
        """Create the rules that come with the addon, bring those up to date that nobody has changed, and take those
        away that have left the file."""
        rules = self.with_context(leather_default_rules=True, active_test=False)
        with file_open(DEFAULT_RULES, "r") as file:
            rows = list(csv.DictReader(file))
        known = rules._get_default_rules()
        missing = [row for row in rows if row["id"] not in known]
        for row in rows:
            rule = known.get(row["id"])
            if rule and not rule.is_edited:
                rule.write(_row_vals(row))
        left = known.keys() - {row["id"] for row in rows}
        rules.concat(*(known[name] for name in left if not known[name].is_edited)).unlink()
        created = rules.create([_row_vals(row) for row in missing])
        self.env["ir.model.data"].create(
            [
                {
                    "module": "leather_crm_ai",
                    "name": row["id"],
                    "model": self._name,
                    "res_id": rule.id,
                    "noupdate": True,
                }
                for row, rule in zip(missing, created, strict=True)
            ]
        )

    @api.model
    def _get_default_rules(self):
        """{id in the file: rule}; an empty one where a manager has deleted the rule."""
        data = self.env["ir.model.data"].search([("module", "=", "leather_crm_ai"), ("model", "=", self._name)])
        return {item.name: self.browse(item.res_id).exists() for item in data}


def _row_vals(row):
    return {
        "label": row["label"],
        "language": row["language"],
        "weight": float(row["weight"] or 1),
        "patterns": row["patterns"],
    }
