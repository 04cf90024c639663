from odoo import api, fields, models

from ..demo import story
from .leather_demo import SILENT


class LeatherDemo(models.AbstractModel):
    """What the shoes of the story are made of and who delivers it, and the clusters that its complaints form."""

    _inherit = "leather.demo"

    @api.model
    def _load_clusters(self):
        """Load materials, then look for clusters as the night job does; nothing when they are there."""
        if self.env.ref("leather_crm_ai.demo_material_mat_cuir", raise_if_not_found=False):
            return
        loader = self.with_context(**SILENT)
        company = self.env.ref("base.main_company")
        loader._create_materials(company)
        clusters = loader.env["leather.complaint.cluster"]._scan(company)
        # invented people get no mail
        self.env["mail.mail"].search([("model", "=", clusters._name), ("res_id", "in", clusters.ids)]).unlink()

    @api.model
    def _create_materials(self, company):
        rows = story.read_csv("materials.csv")
        suppliers = self._create_suppliers({row["supplier"] for row in rows})
        materials = self.env["product.product"].create(
            [
                {
                    "name": row["name"],
                    "default_code": row["code"],
                    "type": "consu",
                    "is_storable": True,
                    "sale_ok": False,
                    "seller_ids": [fields.Command.create({"partner_id": suppliers[row["supplier"]].id})],
                }
                for row in rows
            ]
        )
        self._name_materials(rows, materials)
        self._create_boms(company, rows, materials)

    @api.model
    def _create_suppliers(self, names):
        names = sorted(names)
        partners = self.env["res.partner"].create([{"name": name, "is_company": True} for name in names])
        return dict(zip(names, partners, strict=True))

    @api.model
    def _name_materials(self, rows, materials):
        """An xmlid for each, so that the story is not told twice."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"leather_crm_ai.demo_material_{row['code'].lower().replace('-', '_')}",
                    "record": material,
                    "noupdate": True,
                }
                for row, material in zip(rows, materials, strict=True)
            ]
        )

    @api.model
    def _create_boms(self, company, rows, materials):
        codes = sorted({code for row in rows for code in row["models"].split()})
        shoes = self.env["product.product"].search([("default_code", "in", codes)])
        known = self.env["mrp.bom"].search([("product_tmpl_id", "in", shoes.product_tmpl_id.ids)]).product_tmpl_id
        self.env["mrp.bom"].create(
            [
                {
                    "product_tmpl_id": shoe.product_tmpl_id.id,
                    "company_id": company.id,
                    "bom_line_ids": [
                        fields.Command.create({"product_id": material.id, "product_qty": 1})
                        for row, material in zip(rows, materials, strict=True)
                        if shoe.default_code in row["models"].split()
                    ],
                }
                for shoe in shoes
                if shoe.product_tmpl_id not in known
            ]
        )
