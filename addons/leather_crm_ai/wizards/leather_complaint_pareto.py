from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import clusters as engine

TOP = 10  # rows of each table
CODES = 12  # bars of the Pareto; the others together are the last one
COSTS = ("cost_credit", "cost_replacement", "cost_transport", "cost_other")
# What the tables are about: key -> (model of the report, field of it)
TABLES = {
    "model": ("leather.complaint.report", "product_tmpl_id"),
    "lot": ("leather.complaint.report", "lot_id"),
    "material": ("leather.complaint.source.report", "material_id"),
    "supplier": ("leather.complaint.source.report", "supplier_id"),
    "state": ("leather.complaint.report", "state_id"),
}


class LeatherComplaintPareto(models.TransientModel):
    """What people complained about in a period, on one page: Pareto, rates with intervals, cost, and the period before.

    Figures are those that the reader may see: agents get the page of their own teams.
    """

    _name = "leather.complaint.pareto"
    _description = "Pareto of Complaints"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date("From", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date("To", required=True, default=lambda self: self._default_date_to())

    @api.model
    def _default_date_from(self):
        return (fields.Date.context_today(self).replace(day=1) - timedelta(days=1)).replace(day=1)

    @api.model
    def _default_date_to(self):
        return fields.Date.context_today(self).replace(day=1) - timedelta(days=1)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        if any(one.date_from > one.date_to for one in self):
            raise ValidationError(self.env._("The period ends before it begins."))

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_print(self):
        """The page as PDF."""
        return self.env.ref("leather_crm_ai.action_report_complaint_pareto").report_action(self, config=False)

    def action_show(self):
        """The page on the screen."""
        return self.env.ref("leather_crm_ai.action_report_complaint_pareto_html").report_action(self, config=False)

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    def _get_figures(self):
        """All that stands on the page, as plain values."""
        self.ensure_one()
        self.company_id.check_access("read")  # pairs delivered are counted with the rights of the system
        self = self.with_context(tz=self.env.tz.zone)  # months are grouped by the context's zone
        days = self.date_to - self.date_from + timedelta(days=1)
        now, before = (
            (self.date_from, self.date_to),
            (self.date_from - days, self.date_from - timedelta(days=1)),
        )
        codes = self._get_codes(now, before)
        return {
            "before": before,
            "total": self._get_totals(now),
            "previous": self._get_totals(before),
            "codes": codes,
            "chart": self._draw(codes),
            "tables": [(key, self._get_table(key, now, before)) for key in TABLES],
            "months": self._get_months(now),
        }

    def _get_domain(self, period):
        return [
            ("company_id", "=", self.company_id.id),
            ("received_on", ">=", self._get_start(period[0])),
            ("received_on", "<", self._get_start(period[1] + timedelta(days=1))),
        ]

    def _get_start(self, day):
        """The moment at which a day begins for the reader, as the database keeps it: months are grouped so, too."""
        return self.env.tz.localize(datetime.combine(day, time.min)).astimezone(UTC).replace(tzinfo=None)

    def _get_totals(self, period):
        """Complaints, pairs delivered, their rate, costs by kind."""
        sums = self.env["leather.complaint.report"]._read_group(
            self._get_domain(period), [], ["__count", "pairs:sum", *(f"{name}:sum" for name in COSTS)]
        )[0]
        count, affected, *costs = (value or 0 for value in sums)
        pairs = self._count_pairs(period, "company").get(self.company_id.id, 0)
        return {
            "count": count,
            "affected": affected,
            "pairs": pairs,
            "rate": engine.rate(count, pairs),
            "costs": dict(zip(COSTS, costs, strict=True)),
            "cost": sum(costs),
        }

    def _get_codes(self, now, before):
        """Rows of the Pareto, most frequent first, with the cumulative share; the rare ones together come last."""
        counts, previous = (self._count_by("leather.complaint.report", "category_id", one) for one in (now, before))
        pairs = self._count_pairs(now, "company").get(self.company_id.id, 0)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0].code or "~"))
        rows = [
            {
                "code": category.code or "–",
                "name": category.name or self.env._("Not sorted"),
                "count": count,
                "previous": previous.get(category, 0),
                "rate": engine.rate(count, pairs),
            }
            for category, count in ranked
        ]
        return _accumulate(_shorten(rows, pairs, self.env._("Others")))

    def _count_by(self, model, name, period):
        """{record: complaints} of a period."""
        measure = "complaint_id:count_distinct"
        return dict(self.env[model]._read_group(self._get_domain(period), [name], [measure]))

    def _get_table(self, key, now, before):
        """The units with the most complaints of a period: count, before, pairs delivered, rate with interval."""
        model, name = TABLES[key]
        counts, previous = (self._count_by(model, name, period) for period in (now, before))
        ranked = sorted(((one, count) for one, count in counts.items() if one), key=lambda item: (-item[1], item[0].id))
        pairs = self._count_pairs(now, key)
        return [
            {
                "name": self._get_name(unit),
                "count": count,
                "previous": previous.get(unit, 0),
                "pairs": pairs.get(unit.id),
                "rate": engine.rate(count, pairs.get(unit.id, 0)),
            }
            for unit, count in ranked[:TOP]
        ]

    @api.model
    def _get_name(self, unit):
        """A short name: codes in brackets and countries only take room."""
        # sudo: the name of a lot or material, for agents without access to stock
        unit = unit.sudo().with_context(display_default_code=False)
        return unit.name if unit._name == "res.country.state" else unit.display_name

    def _get_months(self, period):
        """(first day, complaints, pairs delivered, rate) of each month."""
        counts = {
            month.date() if isinstance(month, datetime) else month: count
            for month, count in self.env["leather.complaint.report"]._read_group(
                self._get_domain(period), ["received_on:month"], ["__count"]
            )
        }
        pairs = self._count_pairs(period, "month")
        months = sorted(set(counts) | set(pairs))
        return [
            (month, counts.get(month, 0), pairs.get(month, 0), engine.rate(counts.get(month, 0), pairs.get(month, 0)))
            for month in months
        ]

    # ------------------------------------------------------------
    # Pairs delivered
    # ------------------------------------------------------------

    def _count_pairs(self, period, key):
        """{id of the unit, or first day of the month: pairs delivered}; of a lot all that went out until then.

        Materials and suppliers: pairs of the shoes that they are in.
        """
        # sudo: a figure about deliveries, for people who have no access to stock
        lines = self.env["stock.move.line"].sudo()
        domain = self._get_delivery_domain(period, key)
        if key == "month":
            groups = lines._read_group(domain, ["date:month"], ["quantity_product_uom:sum"])
            return {month.date() if isinstance(month, datetime) else month: round(pairs) for month, pairs in groups}
        if key in ("company", "lot"):
            groups = lines._read_group(domain, [f"{key}_id"], ["quantity_product_uom:sum"])
            return {one.id: round(pairs) for one, pairs in groups}
        if key == "state":
            return self._count_pairs_by_state(lines, domain)
        groups = lines._read_group(domain, ["product_id", "lot_id"], ["quantity_product_uom:sum"])
        if key == "model":
            return _add_up((product.product_tmpl_id.id, pairs) for product, _lot, pairs in groups)
        return self._count_pairs_by_source(groups, key)

    def _get_delivery_domain(self, period, key):
        since = [] if key == "lot" else [("date", ">=", self._get_start(period[0]))]
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "done"),
            ("picking_id.picking_type_id.code", "=", "outgoing"),
            ("date", "<", self._get_start(period[1] + timedelta(days=1))),
            *since,
        ]

    def _count_pairs_by_state(self, lines, domain):
        groups = lines._read_group(domain, ["picking_id"], ["quantity_product_uom:sum"])
        return _add_up(
            ((picking.partner_id.state_id or picking.partner_id.commercial_partner_id.state_id).id, pairs)
            for picking, pairs in groups
        )

    def _count_pairs_by_source(self, groups, key):
        cells = {(product.product_tmpl_id.id, lot.id or 0): 0.0 for product, lot, _pairs in groups}
        for product, lot, pairs in groups:
            cells[product.product_tmpl_id.id, lot.id or 0] += pairs
        sources = self.env["leather.complaint.units"]._trace(self.company_id, set(cells))
        place = 0 if key == "material" else 2
        return _add_up(
            (unit, pairs) for cell, pairs in cells.items() for unit in {source[place] for source in sources[cell]}
        )

    # ------------------------------------------------------------
    # The picture
    # ------------------------------------------------------------

    @api.model
    def _draw(self, codes):
        """Bars and the cumulative line in the units of an SVG of 1000 x 300; from right to left where one reads so."""
        is_rtl = self.env["res.lang"]._get_data(code=self.env.lang or "en_US").direction == "rtl"
        step = 1000 / max(len(codes), 1)
        highest = max((row["count"] for row in codes), default=1)
        bars, points = [], []
        for place, row in enumerate(codes):
            start = place * step
            middle = start + step / 2
            if is_rtl:
                start, middle = 1000 - start - step, 1000 - middle
            height = 250 * row["count"] / highest
            bars.append(
                {
                    "x": round(start + step * 0.12, 1),
                    "y": round(270 - height, 1),
                    "width": round(step * 0.76, 1),
                    "height": round(height, 1),
                    "middle": round(middle, 1),
                    "code": row["code"],
                    "count": row["count"],
                }
            )
            points.append(f"{middle:.1f},{270 - 250 * row['share']:.1f}")
        return {"bars": bars, "line": " ".join(points)}


def _shorten(rows, pairs, others):
    """The most frequent rows, the others in one."""
    if len(rows) <= CODES:
        return rows
    rest = rows[CODES - 1 :]
    count = sum(row["count"] for row in rest)
    last = {
        "code": "…",
        "name": others,
        "count": count,
        "previous": sum(row["previous"] for row in rest),
        "rate": engine.rate(count, pairs),
    }
    return [*rows[: CODES - 1], last]


def _accumulate(rows):
    total, so_far = sum(row["count"] for row in rows), 0
    for row in rows:
        so_far += row["count"]
        row["share"] = so_far / total
    return rows


def _add_up(items):
    """{key: whole number of pairs}."""
    sums = {}
    for key, pairs in items:
        sums[key] = sums.get(key, 0.0) + pairs
    return {key: round(pairs) for key, pairs in sums.items()}
