import json

import numpy as np
from odoo import api, models

from ..engine import history
from ..engine.features import Feature, FeatureTable


class LeatherAiModel(models.Model):
    """The data that a training learns from: what each closed lead looked like while it was open."""

    _inherit = "leather.ai.model"

    def _prepare_training(self, directory):
        """Write the job of one run into a directory; return the number of rows.

        :param directory: Path, private to the run
        """
        rows = self._get_task()._prepare_training(self, directory)
        live = self.live_version_id
        if live and live._get_scorer():  # checked: a tampered artifact never reaches the trainer
            (directory / "live.zip").write_bytes(live._read_artifact())
        return rows

    def _write_job(self, directory, settings, kind=None):
        """Write ``job.json``; ``kind``: the trainer's task, where it is not named as ours."""
        job = {"task": kind or self.task, "config": settings, "limits": self._get_training_limits()}
        (directory / "job.json").write_text(json.dumps(job), encoding="utf-8")

    def _prepare_lead_training(self, directory):
        """Write the table and the labels of closed leads; return the number of rows.

        :param directory: Path, private to the run
        """
        self.ensure_one()
        table, won, when, lead = self._get_training_rows()
        table.save(directory / "table")
        np.savez_compressed(directory / "labels.npz", won=won, when=when, lead=lead)
        self._write_job(directory, self._get_training_config())
        return len(table)

    def _get_training_config(self):
        used = {feature.key for feature in self.feature_ids if feature.kind}
        rows = self._get_table_features()
        return {
            "odoo_fields": self._get_odoo_fields(),
            "deny": [feature.name for feature in rows if feature.name not in used],
            "keep_leaks": self.feature_ids.filtered("keep_leak").mapped("key"),
            "changed_after_closing": self._get_changed_after_closing(),
        }

    def _get_training_limits(self):
        return {"memory_mib": self.memory_mib, "cpu_seconds": self.timeout_minutes * 60, "nice": 10}

    def _get_odoo_fields(self):
        """The fields that Odoo's own scoring is set to use here, the stage always."""
        names = self.env["crm.lead"]._pls_get_safe_fields()
        return ["stage_id", *[name for name in names if name != "stage_id"]]

    def _get_table_features(self):
        """Inputs of the model, and those of Odoo's own scoring so that both are measured on the same rows."""
        features = {feature.key: feature.kind for feature in self.feature_ids if feature.kind}
        for name in self._get_odoo_fields():
            features.setdefault(name, "tags" if name == "tag_ids" else "category")
        return [Feature(key, kind) for key, kind in features.items()]

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    def _get_training_rows(self):
        """One row per kept snapshot of each closed lead, and what is known of leads older than the snapshots.

        :return: FeatureTable, won (bool), when (days since 1970), lead (ids): arrays of one length
        """
        self.ensure_one()
        closed = self._fetch_closed()
        features = self._get_table_features()
        kept = self._fetch_snapshots(list(closed))
        older = [lead_id for lead_id in closed if lead_id not in kept]
        lead_of, when, values = self._flatten_snapshots(kept)
        lead_old, when_old, values_old = self._reconstruct(older, closed, features)
        lead_ids = np.array(lead_of + lead_old, dtype=np.int64)
        table = self.env["leather.lead.reader"]._from_json_rows(values + values_old, features)
        won = np.array([closed[lead_id]["won"] for lead_id in lead_ids.tolist()], dtype=bool)
        days = history.to_days(when + when_old)
        order = np.lexsort((lead_ids, days))
        return table.take(order), won[order], days[order], lead_ids[order]

    def _fetch_closed(self):
        """{lead id: {"won", "created", "stage"}} of the closed leads of the model's company."""
        leads = self.env["crm.lead"].with_context(active_test=False)
        leads.flush_model()
        query = leads._search(self._get_closed_domain(), order="id", bypass_access=True)
        self.env.cr.execute(
            query.select("crm_lead.id", "crm_lead.won_status = 'won'", "crm_lead.create_date", "crm_lead.stage_id")
        )
        return {
            lead_id: {"won": won, "created": created, "stage": stage}
            for lead_id, won, created, stage in self.env.cr.fetchall()
        }

    def _fetch_snapshots(self, lead_ids):
        self.env["leather.lead.snapshot"].flush_model()
        self.env.cr.execute(
            "SELECT lead_id, taken_on, values FROM leather_lead_snapshot WHERE lead_id = ANY(%s)"
            " ORDER BY lead_id, taken_on, id",
            [lead_ids],
        )
        kept = {}
        for lead_id, taken_on, values in self.env.cr.fetchall():
            kept.setdefault(lead_id, []).append((taken_on, values or {}))
        return kept

    @api.model
    def _flatten_snapshots(self, kept):
        lead_of, when, values = [], [], []
        for lead_id, snapshots in kept.items():
            for taken_on, row in snapshots:
                lead_of.append(lead_id)
                when.append(taken_on)
                values.append(row)
        return lead_of, when, values

    def _reconstruct(self, lead_ids, closed, features):
        """Rows of leads that were closed before snapshots were kept: their fields as they are, the customer's
        history as it was, and the stages from Odoo's own tracking (blank where nothing was tracked)."""
        reader = self.env["leather.lead.reader"]
        plain = [feature for feature in features if feature.name != "stage_id"]
        table = reader._read_stored(lead_ids, plain, self.company_id.id, as_of_creation=True)
        base = dict(zip(lead_ids, reader._to_json_rows(table), strict=True))
        lead_of, when, values = [], [], []
        for lead_id, path in self._get_stage_paths(lead_ids, closed).items():
            for moment, stage_id in path:
                lead_of.append(lead_id)
                when.append(moment)
                values.append({**base[lead_id], "stage_id": str(stage_id)} if stage_id else base[lead_id])
        return lead_of, when, values

    def _get_stage_paths(self, lead_ids, closed):
        """{lead id: [(moment, stage id or None)]}: creation, then each entry to a stage that is not won."""
        won_stages = set(self.env["crm.stage"].search([("is_won", "=", True)]).ids)
        moves, tracked = self._fetch_stage_moves(lead_ids)
        paths = {}
        for lead_id in lead_ids:
            lead, entries = closed[lead_id], moves.get(lead_id, ())
            first = entries[0][1] if entries else (lead["stage"] if lead_id in tracked and not lead["won"] else None)
            paths[lead_id] = [(lead["created"], first)] + [
                (moment, new) for moment, _old, new in entries if new and new not in won_stages
            ]
        return paths

    def _fetch_stage_moves(self, lead_ids):
        """Stage changes that Odoo tracked: {lead id: [(moment, old, new)]}, and the leads with any tracking."""
        stage_field = self.env["ir.model.fields"]._get("crm.lead", "stage_id")
        self.env.cr.execute(
            """
            SELECT message.res_id, message.date, tracking.field_id,
                   tracking.old_value_integer, tracking.new_value_integer
              FROM mail_tracking_value AS tracking
              JOIN mail_message AS message ON message.id = tracking.mail_message_id
             WHERE message.model = 'crm.lead' AND message.res_id = ANY(%s)
             ORDER BY message.res_id, message.date, tracking.id
            """,
            [lead_ids],
        )
        moves, tracked = {}, set()
        for lead_id, moment, field_id, old, new in self.env.cr.fetchall():
            tracked.add(lead_id)
            if field_id == stage_field.id:
                moves.setdefault(lead_id, []).append((moment, old, new))
        return moves, tracked

    def _get_changed_after_closing(self):
        """Inputs that people change when they close leads: what the last snapshot says and the lead now says differ
        in more than a tenth of the closed leads that have a snapshot."""
        closed = self._fetch_closed()
        kept = self._fetch_snapshots(list(closed))
        if len(kept) < 20:
            return []
        features = [f for f in self._get_table_features() if f.name != "stage_id" and not f.name.startswith("derived.")]
        reader = self.env["leather.lead.reader"]
        now = reader._read_stored(list(kept), features, self.company_id.id)
        then = reader._from_json_rows([rows[-1][1] for rows in kept.values()], features)
        return [f.name for f in features if _share_changed(then, now, f) > 0.10]

    # ------------------------------------------------------------
    # After the training
    # ------------------------------------------------------------

    def _take_training_report(self, result):
        """Mark the inputs that were suspected to give the outcome away."""
        reasons = {"predicts_too_well": "auc", "changed_after_closing": "changed"}
        found = {item["name"]: reasons.get(item["reason"]) for item in result["features"]}
        for feature in self.feature_ids:
            reason = found.get(feature.key)
            feature.write({"is_leak": bool(reason), "leak_reason": reason})

    def _take_influence(self, result):
        influence = {item["feature"]: 100.0 * (item["share"] or 0.0) for item in result.get("influence", ())}
        for feature in self.feature_ids:
            feature.influence = influence.get(feature.key, 0.0)


def _share_changed(then: FeatureTable, now: FeatureTable, feature):
    old, new = then.columns[feature.name], now.columns[feature.name]
    if feature.kind == "number":
        same = np.isclose(old, new, equal_nan=True)
    else:
        same = np.array([a == b for a, b in zip(old, new, strict=True)], dtype=bool)
    return 1.0 - same.mean() if len(same) else 0.0
