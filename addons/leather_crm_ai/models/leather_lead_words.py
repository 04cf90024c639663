from markupsafe import Markup
from odoo import api, models
from odoo.tools import format_list
from odoo.tools.misc import format_date, formatLang

from ..engine.profile import profile_row

SHOWN_FROM = 10  # leads that a win rate must rest on to be shown


class LeatherLeadWords(models.AbstractModel):
    """Turns stored reasons (codes and numbers) into sentences in the reader's language.

    A stored reason is ``[input key, value key, contribution in log-odds]``. A reader never sees a reason about a field
    they may not read.
    """

    _name = "leather.lead.words"
    _description = "Reasons in Words"

    @api.model
    def _get_reasons(self, lead):
        """Reasons of one lead, strongest first.

        :return: list of dicts: key, label, value, text, for_win (bool), strength (1-3), contribution
        """
        version = lead.sudo().ai_version_id  # sudo: only the numbers behind the reasons are read
        scorer = version._get_scorer() if version else None
        features = self._get_feature_map(version)
        return [
            self._get_reason(lead, features.get(key), scorer, key, value, contribution)
            for key, value, contribution in lead.ai_reasons or ()
            if self._may_read(lead, key)
        ]

    @api.model
    def _get_reason(self, lead, feature, scorer, key, value, contribution):
        for_win = contribution > 0
        label, shown = self._get_label(feature, key), self._get_value(feature, key, value)
        if feature and feature.kind == "text":
            text = self._get_text_sentence(lead, label, scorer, key, for_win)
        else:
            if shown is None and self._is_yes_or_no(feature):
                shown = self.env._("no")
            text = self._get_sentence(label, shown, self._get_row(scorer, key, value), scorer, for_win)
        return {
            "key": key,
            "label": label,
            "value": shown,
            "text": text,
            "for_win": for_win,
            "strength": 3 if abs(contribution) > 1 else 2 if abs(contribution) > 0.35 else 1,
            "contribution": contribution,
        }

    @api.model
    def _render_html(self, reasons):
        """The reasons as a short block: for first, then against."""
        if not reasons:
            return False
        rows = Markup().join(self._render_reason(reason) for reason in reasons)
        return Markup('<ul class="list-unstyled mb-0 o_leather_reasons">%s</ul>') % rows

    @api.model
    def _render_reason(self, reason):
        # the sign and its label carry the meaning too, colour alone would not be readable by everyone
        if reason["for_win"]:
            sign, title, style = "▲", self.env._("speaks for"), "text-success"
        else:
            sign, title, style = "▼", self.env._("speaks against"), "text-danger"
        return Markup(
            '<li class="d-flex align-items-baseline gap-2 py-1">'
            '<span class="%s text-nowrap" title="%s" aria-label="%s">%s</span><span>%s</span></li>'
        ) % (style, title, title, sign * reason["strength"], reason["text"])

    # ------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------

    @api.model
    def _get_feature_map(self, version):
        # sudo: labels only
        inputs = version.model_id.sudo().with_context(active_test=False).feature_ids
        return {feature.key: feature for feature in inputs}

    @api.model
    def _may_read(self, lead, key):
        name = key.split(".")[0]
        field = lead._fields.get(name)
        return lead._has_field_access(field, "read") if field else True

    @api.model
    def _is_yes_or_no(self, feature):
        """Inputs whose blank means no."""
        if not feature:
            return False
        return feature.derived == "has_partner" or feature.sudo().field_id.ttype == "boolean"  # sudo: a type only

    @api.model
    def _get_label(self, feature, key):
        return feature.label if feature else key

    @api.model
    def _get_value(self, feature, key, value):
        """A value as people know it: the name of a record, the label of a choice, a number with separators."""
        if value is None or value == "":
            return None
        if not feature:
            return str(value)
        if feature.source == "derived":
            return self._get_derived_value(feature.derived, value)
        if feature.source == "field":
            return self._get_field_value(key, value)
        return str(value)

    @api.model
    def _get_field_value(self, key, value):
        field = self.env["crm.lead"]._fields.get(key)
        if field is None:
            return str(value)
        if field.relational:
            records = self.env[field.comodel_name].browse(int(part) for part in str(value).split(",")).exists()
            # sudo: the name of a source, team or tag is shown to whoever may read the lead's own field
            return format_list(self.env, records.sudo().mapped("display_name")) if records else str(value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("yes")
        if isinstance(value, int | float):
            return formatLang(self.env, value, digits=0 if float(value).is_integer() else 2)
        return str(value)

    @api.model
    def _get_derived_value(self, derived, value):
        if derived == "has_partner":
            return self.env._("yes")
        if derived == "create_weekday":
            return format_date(self.env, f"1970-01-{5 + int(value):02d}", date_format="EEEE")
        if derived == "create_month":
            return format_date(self.env, f"1970-{int(value):02d}-01", date_format="LLLL")
        if isinstance(value, int | float):
            return formatLang(self.env, value, digits=0)
        return str(value)

    @api.model
    def _get_row(self, scorer, key, value):
        """How many leads of the past had this value and how many of them were won."""
        profile = scorer.profile.get(key) if scorer else None
        if not profile or profile.get("kind") == "text":
            return None
        return profile_row(profile, value)

    @api.model
    def _get_text_sentence(self, lead, label, scorer, key, for_win):
        """Which words of a text speak that way. The text itself is not kept with the reasons, it is read again."""
        feature = next((f for f in scorer.features if f.name == key), None) if scorer else None
        if not feature:
            return label
        reader = self.env["leather.lead.reader"]
        text = reader._read_records(lead, [feature], lead._get_ai_company_id()).columns[key][0]
        words = [word for word, _weight in scorer.strongest_words(key, text)[0 if for_win else 1]]
        return self.env._("%(field)s: “%(words)s”", field=label, words=format_list(self.env, words)) if words else label

    @api.model
    def _get_sentence(self, label, value, row, scorer, for_win):
        said = (
            self.env._("%(field)s: %(value)s", field=label, value=value)
            if value is not None
            else self.env._("%s is blank", label)
        )
        if not row or row["n"] < SHOWN_FROM or not self._agrees(row, scorer, for_win):
            return said
        return self.env._(
            "%(said)s (%(rate)s %% of %(count)s such leads were won, average %(average)s %%)",
            said=said,
            rate=round(100 * row["won"] / row["n"]),
            count=row["n"],
            average=round(100 * self._get_average(scorer)),
        )

    @api.model
    def _agrees(self, row, scorer, for_win):
        """Does the win rate of the value alone point the way the reason does? A reason holds beside the lead's other
        values; a rate that points the other way would only confuse."""
        return (row["won"] / row["n"] > self._get_average(scorer)) == for_win

    @api.model
    def _get_average(self, scorer):
        return next((p["average"] for p in scorer.profile.values() if "average" in p), 0.0)
