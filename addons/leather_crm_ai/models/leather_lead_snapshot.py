from odoo import api, fields, models


class LeatherLeadSnapshot(models.Model):
    """A lead's inputs as they were when it was created or entered a stage: what training learns from.

    Training on what a lead looked like after it was closed would teach the model to read the outcome.
    """

    _name = "leather.lead.snapshot"
    _description = "Lead Inputs at a Point in Time"
    _order = "lead_id, taken_on, id"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", index=True)
    kind = fields.Selection(
        [("creation", "Creation"), ("stage", "Stage entry"), ("import", "Import")], required=True, default="creation"
    )
    taken_on = fields.Datetime(required=True, default=fields.Datetime.now)
    values = fields.Json("Inputs")

    @api.model
    def _take(self, leads, kind, taken_on=None, stored=False):
        """Keep the present inputs of some leads, one read and one insert for all of them.

        :param kind: "creation", "stage" or "import" (an imported lead's stage of the time is not known: blank)
        :param taken_on: mapping lead id -> datetime; now when absent
        :param stored: read the leads from the database, which is faster for many and tells a blank number from 0
        """
        rows = {}
        for company_id, group in leads.grouped(lambda lead: lead._get_ai_company_id()).items():
            rows.update(self._read_rows(group, company_id, stored))
        if kind == "import":
            for row in rows.values():
                row.pop("stage_id", None)
        # sudo: snapshots are taken whoever creates or moves a lead; nobody may write them by hand
        return self.sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "company_id": lead.company_id.id,
                    "kind": kind,
                    "taken_on": (taken_on or {}).get(lead.id) or fields.Datetime.now(),
                    "values": rows[lead.id],
                }
                for lead in leads
                if lead.id in rows
            ]
        )

    @api.model
    def _read_rows(self, leads, company_id, stored=False):
        reader = self.env["leather.lead.reader"]
        features = reader._get_features(company_id)
        if not features:
            return {}
        if stored:
            leads.flush_model()
            table = reader._read_stored(leads.ids, features, company_id)
        else:
            table = reader._read_records(leads, features, company_id)
        return dict(zip(leads.ids, reader._to_json_rows(table), strict=True))
