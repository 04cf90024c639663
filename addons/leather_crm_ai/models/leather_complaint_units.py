from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import clusters as engine

# Families of what can be wrong with goods; for these, materials and suppliers can be to blame.
GOODS = ("P", "Q", "F", "K")
NO_COMPLAINT = "N"


@dataclass
class ClusterTable:
    """A company's deliveries and complaints of two years as the engine wants them; records by their ids.

    A *cell* is a lot, or all of a model that has no lot: ``(product template id, lot id or 0)``.
    """

    today: int  # day number, as date.toordinal counts
    codes: list  # category ids
    cell_of: dict  # cell -> its number
    deliveries: engine.Deliveries
    complaints: engine.Complaints
    ids: list  # of the complaints
    confirmed: np.ndarray  # is the complaint part of a confirmed defect?
    units: list  # for each complaint its units: [(kind, record id), …]
    cells: dict  # unit -> numbers of its cells
    sources: dict = field(default_factory=dict)  # cell -> {(material id, its lot's id or 0, supplier id or 0), …}

    def fit(self):
        """The baseline; what turned out to be a defect is not usual."""
        usual = engine.Complaints(*(column[~self.confirmed] for column in vars(self.complaints).values()))
        return engine.Baseline().fit(self.deliveries, usual, codes=len(self.codes), today=self.today)

    def get_keys(self, complaint_ids):
        """{(kind, record id, number of the code)} of some complaints."""
        wanted = set(complaint_ids)
        return {
            (*unit, int(self.complaints.code[place]))
            for place, complaint_id in enumerate(self.ids)
            if complaint_id in wanted
            for unit in self.units[place]
        }

    def get_places(self, key, since):
        """Places of the complaints of a unit and code from a day on, oldest first."""
        kind, unit, code = key
        return [
            place
            for place in np.flatnonzero((self.complaints.code == code) & (self.complaints.day >= since))
            if (kind, unit) in self.units[place]
        ]

    def get_pairs(self, unit):
        """Pairs delivered of a unit in these two years."""
        cells = self.cells.get(unit)
        if cells is None:
            return 0
        return int(self.deliveries.pairs[np.isin(self.deliveries.cell, cells)].sum())

    @classmethod
    def build(cls, today, delivered, complained, sources):
        """From rows of deliveries ``(template, lot, day, pairs)`` and of complaints (see ``_read_complaints``)."""
        rows = sorted({(row[0], row[1]) for row in delivered} | {(row["template"], row["lot"]) for row in complained})
        cell_of = {cell: number for number, cell in enumerate(rows)}
        codes = sorted({row["category"] for row in complained})
        return cls(
            today=today,
            codes=codes,
            cell_of=cell_of,
            deliveries=_to_deliveries(delivered, cell_of),
            complaints=_to_complaints(complained, cell_of, codes),
            ids=[row["id"] for row in complained],
            confirmed=np.array([row["confirmed"] for row in complained], dtype=bool),
            units=[_get_units(row, sources) for row in complained],
            cells=_index_cells(cell_of, sources),
            sources=sources,
        )


def _to_deliveries(rows, cell_of):
    templates = {template: number for number, template in enumerate(sorted({cell[0] for cell in cell_of}))}
    model = np.array([templates[template] for template, _lot in cell_of], dtype=int)
    cell = np.array([cell_of[row[0], row[1]] for row in rows], dtype=int)
    day = np.array([row[2].toordinal() for row in rows], dtype=int)
    return engine.Deliveries(cell, day, np.array([float(row[3]) for row in rows]), model)


def _to_complaints(rows, cell_of, codes):
    number = {code: place for place, code in enumerate(codes)}
    return engine.Complaints(
        np.array([cell_of[row["template"], row["lot"]] for row in rows], dtype=int),
        np.array([row["day"].toordinal() for row in rows], dtype=int),
        np.array([number[row["category"]] for row in rows], dtype=int),
        np.array([np.nan if row["age"] is None else max(row["age"], 0) for row in rows], dtype=float),
    )


def _get_units(row, sources):
    units = [("lot", row["lot"])] if row["lot"] else []
    units.append(("model", row["template"]))
    if row["family"] in GOODS:
        found = sources.get((row["template"], row["lot"]), ())
        units += [("material", material) for material in sorted({material for material, _lot, _partner in found})]
        units += [("supplier", partner) for partner in sorted({partner for _m, _lot, partner in found if partner})]
    return units


def _index_cells(cell_of, sources):
    cells = defaultdict(set)
    for cell, number in cell_of.items():
        template, lot = cell
        if lot:
            cells["lot", lot].add(number)
        cells["model", template].add(number)
        for material, _lot, partner in sources.get(cell, ()):
            cells["material", material].add(number)
            if partner:
                cells["supplier", partner].add(number)
    return {unit: np.array(sorted(numbers)) for unit, numbers in cells.items()}


class LeatherComplaintUnits(models.AbstractModel):
    """Which lot, model, materials and suppliers a complaint belongs to, and how much of each was delivered.

    Materials of a lot are those that its production consumed, and their suppliers those who delivered the very lots of
    the material; where no production was recorded, the bill of materials (all its levels, kits taken apart) and the
    vendors of the materials stand in. About a dozen queries, whatever the number of complaints and lots.
    """

    _name = "leather.complaint.units"
    _description = "Units of Complaints"

    @api.model
    def _gather(self, company):
        """The :class:`ClusterTable` of a company."""
        today = fields.Date.context_today(self)
        since = fields.Date.subtract(today, days=engine.HISTORY_DAYS)
        self.env.flush_all()
        delivered = self._read_deliveries(company, since)
        complained = self._read_complaints(company, since)
        cells = {(row[0], row[1]) for row in delivered} | {(row["template"], row["lot"]) for row in complained}
        sources = self._trace(company, cells)
        return ClusterTable.build(today.toordinal(), delivered, complained, sources)

    @api.model
    def _read_deliveries(self, company, since):
        """Rows (template id, lot id or 0, day, pairs) of what customers were sent."""
        return self.env.execute_query(
            SQL(
                """
                SELECT product.product_tmpl_id, COALESCE(line.lot_id, 0), line.date::date,
                       SUM(line.quantity_product_uom)
                  FROM stock_move_line AS line
                  JOIN stock_picking AS picking ON picking.id = line.picking_id
                  JOIN stock_picking_type AS kind ON kind.id = picking.picking_type_id AND kind.code = 'outgoing'
                  JOIN product_product AS product ON product.id = line.product_id
                 WHERE line.state = 'done' AND line.company_id = %(company)s AND line.date >= %(since)s
                 GROUP BY 1, 2, 3
                HAVING SUM(line.quantity_product_uom) > 0
                """,
                company=company.id,
                since=since,
            )
        )

    @api.model
    def _read_complaints(self, company, since):
        """Dicts of what counts: sorted, about a shoe or a lot, neither merged nor cancelled nor a mere question.

        ``confirmed``: it belongs to a cluster that somebody has confirmed to be a defect.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT complaint.id, COALESCE(complaint.product_tmpl_id, product.product_tmpl_id),
                       COALESCE(complaint.lot_id, 0), complaint.received_on::date, category.id, category.family,
                       complaint.received_on::date - picking.date_done::date,
                       EXISTS (SELECT 1
                                 FROM leather_complaint_cluster_rel AS part
                                 JOIN leather_complaint_cluster AS cluster
                                   ON cluster.id = part.cluster_id AND cluster.is_defect
                                WHERE part.complaint_id = complaint.id)
                  FROM leather_complaint AS complaint
                  JOIN leather_complaint_category AS category
                    ON category.id = complaint.shown_category_id AND category.family != %(no_complaint)s
                  JOIN leather_complaint_stage AS stage
                    ON stage.id = complaint.stage_id AND stage.is_cancelled IS NOT TRUE
             LEFT JOIN stock_lot AS lot ON lot.id = complaint.lot_id
             LEFT JOIN product_product AS product ON product.id = lot.product_id
             LEFT JOIN stock_picking AS picking ON picking.id = complaint.picking_id
                 WHERE complaint.active AND complaint.duplicate_of_id IS NULL AND complaint.company_id = %(company)s
                   AND complaint.received_on >= %(since)s
                   AND COALESCE(complaint.product_tmpl_id, product.product_tmpl_id) IS NOT NULL
                 ORDER BY complaint.received_on, complaint.id
                """,
                company=company.id,
                since=since,
                no_complaint=NO_COMPLAINT,
            )
        )
        names = ("id", "template", "lot", "day", "category", "family", "age", "confirmed")
        return [dict(zip(names, row, strict=True)) for row in rows]

    # ------------------------------------------------------------
    # What it is made of
    # ------------------------------------------------------------

    @api.model
    def _trace(self, company, cells):
        """{cell: {(material id, id of its lot or 0, supplier id or 0), …}}."""
        # sudo: productions, bills of materials and receipts, for people who see complaints but not the stock
        units = self.sudo().with_company(company)
        made = units._trace_productions(company, sorted({lot for _template, lot in cells if lot}))
        planned = units._trace_boms(company, [cell for cell in cells if cell[1] not in made])
        parts = {cell: made.get(cell[1]) or planned.get(cell, set()) for cell in cells}
        lots = {lot for found in parts.values() for _material, lot in found if lot}
        received = units._get_receipt_suppliers(company, sorted(lots))
        vendors = units._get_vendors(
            company, sorted({material for found in parts.values() for material, _lot in found})
        )
        return {
            cell: {
                (material, lot, partner)
                for material, lot in found
                for partner in received.get(lot) or vendors.get(material) or (0,)
            }
            for cell, found in parts.items()
        }

    @api.model
    def _trace_productions(self, company, lot_ids):
        """{lot id: {(material id, id of its lot or 0), …}} of what the productions of these lots consumed."""
        productions = self.env["mrp.production"].search_fetch(
            [("lot_producing_ids", "in", lot_ids), ("state", "=", "done"), ("company_id", "=", company.id)],
            ["lot_producing_ids"],
        )
        groups = self.env["stock.move.line"]._read_group(
            [("move_id.raw_material_production_id", "in", productions.ids), ("state", "=", "done")],
            ["move_id", "product_id", "lot_id"],
        )
        used = defaultdict(set)
        for move, product, lot in groups:
            used[move.raw_material_production_id.id].add((product.id, lot.id or 0))
        found = defaultdict(set)
        for production in productions:
            for lot in production.lot_producing_ids:
                if used[production.id]:
                    found[lot.id] |= used[production.id]
        return dict(found)

    @api.model
    def _trace_boms(self, company, cells):
        """{cell: {(material id, 0), …}} by the bills of materials of its products."""
        lots = self.env["stock.lot"].browse(sorted({lot for _template, lot in cells if lot}))
        product_of = {lot.id: lot.product_id for lot in lots}
        templates = self.env["product.template"].browse(sorted({template for template, _lot in cells}))
        variants = {template.id: template.product_variant_ids for template in templates}
        products = {cell: product_of.get(cell[1]) or variants[cell[0]] for cell in cells}
        materials = self._explode(company, self.env["product.product"].union(*products.values()))
        return {
            cell: {(material, 0) for product in chosen for material in materials[product.id]}
            for cell, chosen in products.items()
        }

    @api.model
    def _explode(self, company, products):
        """{product id: ids of all its components, of every level; kits count as what is in them}.

        A few queries for each level.
        """
        parts, kits, wave = {}, set(), products
        while wave:
            boms = self.env["mrp.bom"]._bom_find(wave, company_id=company.id)
            for product in wave:
                bom = boms[product]
                parts[product.id] = [line.product_id for line in bom.bom_line_ids if not line._skip_bom_line(product)]
                if bom.type == "phantom":
                    kits.add(product.id)
            wave = self.env["product.product"].union(*(part for found in parts.values() for part in found))
            wave = wave.filtered(lambda product: product.id not in parts)
        return {product.id: _collect(product.id, parts) - kits for product in products}

    @api.model
    def _get_receipt_suppliers(self, company, lot_ids):
        """{lot id of a material: ids of those who delivered it}."""
        groups = self.env["stock.move.line"]._read_group(
            [
                ("lot_id", "in", lot_ids),
                ("state", "=", "done"),
                ("company_id", "=", company.id),
                ("picking_id.picking_type_id.code", "=", "incoming"),
            ],
            ["lot_id", "picking_id"],
        )
        found = defaultdict(set)
        for lot, picking in groups:
            if partner := picking.partner_id.commercial_partner_id:
                found[lot.id].add(partner.id)
        return found

    @api.model
    def _get_vendors(self, company, product_ids):
        """{product id: ids of its vendors}."""
        products = self.env["product.product"].browse(product_ids)
        infos = self.env["product.supplierinfo"].search(
            [
                ("product_tmpl_id", "in", products.product_tmpl_id.ids),
                ("company_id", "in", (company.id, False)),
            ]
        )
        by_template = infos.grouped("product_tmpl_id")
        return {
            product.id: {
                info.partner_id.commercial_partner_id.id
                for info in by_template.get(product.product_tmpl_id, ())
                if info.product_id in (product, product.browse())
            }
            for product in products
        }


def _collect(product_id, parts):
    """Ids of all components below a product; a bill that contains itself is not followed twice."""
    found, waiting = set(), [product_id]
    while waiting:
        for part in parts.get(waiting.pop(), ()):
            if part.id not in found and part.id != product_id:
                found.add(part.id)
                waiting.append(part.id)
    return found
