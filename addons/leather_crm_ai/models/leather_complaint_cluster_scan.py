from datetime import date, timedelta

from odoo import api, fields, models

from ..engine import clusters as engine
from .leather_complaint_cluster import OPEN, UNIT_FIELDS

NEW_BATCH = 200  # complaints whose units are looked at between two commits
CURSOR = "leather_crm_ai.cluster_cursor"


class LeatherComplaintCluster(models.Model):
    """How clusters are found: every night all of them, and soon after each complaint those that it belongs to."""

    _inherit = "leather.complaint.cluster"

    # ------------------------------------------------------------
    # When
    # ------------------------------------------------------------

    @api.model
    def _cron_scan(self):
        """All units and codes, a company at a time with a cursor: a killed job goes on where it stopped."""
        # sudo: the cursor is a parameter of the database
        parameters = self.env["ir.config_parameter"].sudo()
        cursor = int(parameters.get_param(CURSOR, 0))
        companies = self.env["res.company"].search([("id", ">", cursor)], order="id")
        for number, company in enumerate(companies, 1):
            self._scan(company)
            parameters.set_param(CURSOR, company.id)
            if not self.env["ir.cron"]._commit_ai_progress(1, len(companies) - number):
                return
        parameters.set_param(CURSOR, 0)

    @api.model
    def _cron_check_new(self):
        """The units of complaints that are new or were changed."""
        waiting = self.env["leather.complaint"].with_context(active_test=False)
        domain = [("cluster_check", "=", True)]
        while batch := waiting.search(domain, order="company_id, id", limit=NEW_BATCH):
            for company, complaints in batch.grouped("company_id").items():
                self._scan(company, complaints)
            batch.with_context(leather_ai_writes=True, leather_starting=True).write({"cluster_check": False})
            if not self.env["ir.cron"]._commit_ai_progress(len(batch), waiting.search_count(domain)):
                return

    # ------------------------------------------------------------
    # What
    # ------------------------------------------------------------

    @api.model
    def _scan(self, company, complaints=None):
        """Find, update and call out the clusters of a company; the number of queries does not grow with complaints.

        :param complaints: only what these belong to; None: everything
        :return: the clusters that stand out now
        """
        # sudo: the system's work, over all teams; the company is named in every query
        clusters = self.sudo().with_company(company).with_context(leather_ai_writes=True)
        # two jobs may meet here; the second waits
        clusters.env.cr.execute("SELECT pg_advisory_xact_lock(hashtext('leather_cluster'), %s)", [company.id])
        table = clusters.env["leather.complaint.units"]._gather(company)
        ids = table.ids if complaints is None else complaints.ids
        clusters._note_sources(company, table, ids)
        opened = clusters.search([("company_id", "=", company.id), ("state", "in", OPEN)])
        only = None if complaints is None else table.get_keys(ids) | clusters._get_rivals(opened, table, complaints)
        baseline = table.fit()
        found = engine.scan(
            baseline,
            table.deliveries,
            table.complaints,
            table.units,
            table.cells,
            today=table.today,
            rule=company.leather_cluster_rule,
            only=only,
            since=clusters._get_dealt_with(company, table),
        )
        standing = clusters._take(company, found, opened, table, baseline)
        (opened - standing)._refresh(table, baseline)
        standing._alert_due()
        return standing

    @api.model
    def _get_rivals(self, opened, table, complaints):
        """Keys of open clusters of the same codes: which of them leads is decided among all."""
        codes = complaints.shown_category_id
        return {
            key
            for cluster in opened
            if cluster.category_id in codes and (key := cluster._get_key(table)) and key[:2] in table.cells
        }

    def _get_key(self, table):
        """(kind, record id, number of the code) as the table knows it, None if it no longer does."""
        if self.category_id.id not in table.codes:
            return None
        return self.kind, self._get_unit().id, table.codes.index(self.category_id.id)

    @api.model
    def _get_dealt_with(self, company, table):
        """{key: day}: complaints up to this day belong to a cluster that somebody has ended."""
        since = date.fromordinal(table.today) - timedelta(days=max(engine.WINDOWS))
        ended = self.search([("company_id", "=", company.id), ("ended_on", ">=", since)], order="ended_on")
        keys = {cluster: cluster._get_key(table) for cluster in ended}
        return {key: cluster.ended_on.toordinal() for cluster, key in keys.items() if key}

    @api.model
    def _note_sources(self, company, table, ids):
        """Materials and suppliers behind the complaints, for the report."""
        wanted = set(ids)
        cells = list(table.cell_of)
        sources = {
            complaint_id: table.sources.get(cells[cell], set())
            for complaint_id, cell in zip(table.ids, table.complaints.cell, strict=True)
            if complaint_id in wanted
        }
        self.env["leather.complaint.source"]._update(company, sources)

    # ------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------

    @api.model
    def _take(self, company, found, opened, table, baseline):
        """Create or update a cluster for each of what was found; returns them."""
        by_key = {cluster._get_key(table): cluster for cluster in opened}
        values, known = [], []
        for one in found:
            key = one.signal.kind, one.signal.unit, one.signal.code
            known.append(by_key.get(key, self.browse()))
            first = table.complaints.day[list(one.complaints)].min()
            values.append(
                {
                    **self._get_signal_values(one.signal, known[-1]),
                    **self._get_history_values(key, known[-1], int(first), table, baseline),
                }
            )
        new = iter(
            self.create(
                [
                    {**vals, "company_id": company.id, **self._get_unit_values(one.signal, table)}
                    for vals, cluster, one in zip(values, known, found, strict=True)
                    if not cluster
                ]
            )
        )
        clusters = [cluster or next(new) for cluster in known]
        for cluster, vals in zip(known, values, strict=True):
            if cluster:
                cluster.write(vals)
        self._set_leaders(clusters, found)
        return self.union(*clusters)

    @api.model
    def _get_unit_values(self, signal, table):
        return {
            "kind": signal.kind,
            "category_id": table.codes[signal.code],
            UNIT_FIELDS[signal.kind]: signal.unit,
        }

    @api.model
    def _get_signal_values(self, signal, cluster):
        """What stands out now; an alarm stays one."""
        is_known = signal.chance == signal.chance
        level = engine.LEVELS[signal.kind]
        return {
            "grade": "alarm" if cluster.grade == "alarm" else signal.grade,
            "window_days": signal.window,
            "window_count": signal.count,
            "expected": signal.mean,
            "usual_limit": engine.limit(signal.mean, signal.variance, level) if is_known else 0,
            "times": signal.count / signal.mean if is_known else 0.0,
            "chance": signal.chance if is_known else -1.0,
        }

    @api.model
    def _get_history_values(self, key, cluster, first, table, baseline):
        """Its complaints since the first, also those before the days looked at when it was found earlier."""
        if cluster.first_on:
            first = min(first, cluster.first_on.toordinal())
        places = table.get_places(key, first)
        days = [int(day) for day in table.complaints.day[table.get_places(key, 0)]]
        cells = table.cells[key[:2]]
        weeks = engine.weekly(baseline, table.deliveries, cells, key[2], days, today=table.today)
        return {
            "complaint_ids": [fields.Command.set([table.ids[place] for place in places])],
            "complaint_count": len(places),
            "first_on": date.fromordinal(first),
            "last_on": date.fromordinal(int(table.complaints.day[places[-1]])) if places else False,
            "pairs": table.get_pairs(key[:2]),
            "trend": [[date.fromordinal(day).isoformat(), count, round(mean, 3)] for day, count, mean in weeks],
        }

    @api.model
    def _set_leaders(self, clusters, found):
        """Which one leads; one that somebody has taken up stands for itself."""
        for cluster, one in zip(clusters, found, strict=True):
            leader = clusters[one.leader]
            cluster.leading_id = leader if leader != cluster and cluster.state == "new" else False

    def _refresh(self, table, baseline):
        """Open clusters that do not stand out now: new complaints join, recoded ones leave, chance ends by itself."""
        quiet = date.fromordinal(table.today) - timedelta(days=engine.FIXED_DAYS)
        for cluster in self:
            key = cluster._get_key(table)
            if not key or key[:2] not in table.cells:
                continue
            values = self._get_history_values(key, cluster, cluster.first_on.toordinal(), table, baseline)
            changed = set(cluster.complaint_ids.ids) != set(values["complaint_ids"][0][2])
            if changed or values["last_on"] != cluster.last_on or values["trend"] != cluster.trend:
                cluster.write(values)
            if cluster.state == "new" and (cluster.grade == "watch" or cluster.leading_id or not cluster.complaint_ids):
                cluster._end_quietly(quiet)

    def _end_quietly(self, quiet):
        """What nobody was called for ends when nothing more came."""
        if not self.last_on or self.last_on <= quiet or not self.complaint_ids:
            self.write({"state": "closed", "ended_on": fields.Date.context_today(self)})
            self._settle_alerts()
