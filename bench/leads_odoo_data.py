"""Leads for the benchmark: the same ones every time, made in bulk, with the columns a real pipeline has.

One record of each kind is created through Odoo, so that every required column has a sound value; the others are
copies of it with columns of their own, inserted by the thousand.
"""

import io
from datetime import datetime, timedelta

import numpy as np

SEED = 19
YEARS = 2
PARTNERS_SHARE = 0.12  # partners for each lead


def fill(env, closed, still_open):
    """Insert partners, orders, leads, tags and notes; commit.

    :param env: Odoo environment of a database with the core apps.
    """
    rng = np.random.default_rng(SEED)
    env = env(context={**env.context, "tracking_disable": True, "mail_create_nolog": True})
    refs = _make_references(env)
    partners = _insert_partners(env, rng, refs, max(50, int(PARTNERS_SHARE * (closed + still_open))))
    orders = _insert_orders(env, rng, partners)
    _insert_leads(env, rng, refs, partners, orders, closed, still_open)
    params = env["ir.config_parameter"]
    params.set_param("crm.pls_start_date", "2001-01-01")
    params.set_param(
        "crm.pls_fields",
        "phone_state,email_state,state_id,country_id,source_id,medium_id,campaign_id,lang_id,type,tag_ids",
    )
    env.cr.commit()


def _make_references(env):
    """Sources, teams, tags …, as arrays of ids."""

    def many(model, name, count, **values):
        return np.array(env[model].create([{"name": f"{name} {i}", **values} for i in range(count)]).ids)

    countries = env["res.country"].search([("code", "in", ["DZ", "TN", "FR", "MA", "LY"])]).ids
    states = env["res.country.state"].create(
        [{"name": f"Province {i}", "code": f"B{i}", "country_id": countries[0]} for i in range(48)]
    )
    company = env.ref("base.main_company")
    return {
        "source": many("utm.source", "Bench source", 9),
        "medium": many("utm.medium", "Bench medium", 6),
        "campaign": many("utm.campaign", "Bench campaign", 12),
        "tag": many("crm.tag", "Bench tag", 24),
        "team": many("crm.team", "Bench team", 4, company_id=company.id),
        "state": np.array(states.ids),
        "country": np.array(countries),
        "user": np.array(env.ref("base.user_admin").ids),
        "stage": env["crm.stage"].search([("is_won", "=", False), ("team_ids", "=", False)]).ids[:3],
        "won": env["crm.stage"].search([("is_won", "=", True)], limit=1).id,
        "reason": np.array(env["crm.lost.reason"].with_context(active_test=False).search([]).ids or [0]),
        "company": company.id,
    }


# ------------------------------------------------------------
# Rows
# ------------------------------------------------------------


def _insert_partners(env, rng, refs, count):
    sample = env["res.partner"].create({"name": "Bench partner", "is_company": True})
    ids = insert_copies(
        env,
        sample,
        count,
        {
            "name": [f"Bench company {i}" for i in range(count)],
            "complete_name": [f"Bench company {i}" for i in range(count)],
            "email": [f"buyer@company{i}.example.com" for i in range(count)],
            "email_normalized": [f"buyer@company{i}.example.com" for i in range(count)],
            "country_id": rng.choice(refs["country"], count),
        },
    )
    env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", [ids.tolist()])
    return ids


def _insert_orders(env, rng, partners):
    """Two thirds of the partners have ordered, some often. Returns the number of orders per partner."""
    product = env["product.product"].create({"name": "Bench shoe", "type": "consu", "list_price": 50.0})
    sample = env["sale.order"].create(
        {"partner_id": int(partners[0]), "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 10})]}
    )
    env.flush_all()
    orders_of = np.where(rng.random(len(partners)) < 0.66, rng.geometric(0.45, len(partners)), 0)
    owner = np.repeat(partners, orders_of)
    amount = np.round(np.exp(rng.normal(8, 1, len(owner))), 2)
    day = rng.uniform(0, 365 * (YEARS + 1), len(owner))
    insert_copies(
        env,
        sample,
        len(owner),
        {
            "name": [f"B{i:07d}" for i in range(len(owner))],
            "partner_id": owner,
            "partner_invoice_id": owner,
            "partner_shipping_id": owner,
            "state": ["sale"] * len(owner),
            "date_order": _ago(day),
            "amount_untaxed": amount,
            "amount_total": amount,
            "access_token": [None] * len(owner),
        },
    )
    return orders_of


def _insert_leads(env, rng, refs, partners, orders_of, closed, still_open):
    count = closed + still_open
    facts = _draw_facts(rng, refs, partners, orders_of, count)
    is_open = np.arange(count) >= closed
    won = (rng.random(count) < 1 / (1 + np.exp(-facts.pop("log_odds")))) & ~is_open
    lost = ~won & ~is_open
    sample = env["crm.lead"].create({"name": "Bench lead", "type": "opportunity", "team_id": int(refs["team"][0])})
    env.flush_all()
    tags = facts.pop("tags")
    ids = insert_copies(env, sample, count, facts | _draw_outcomes(rng, refs, facts, won, lost, is_open))
    picked = [(lead, tag) for lead, own in zip(ids.tolist(), tags, strict=True) for tag in own]
    _copy(env, "crm_tag_rel", ["lead_id", "tag_id"], zip(*picked, strict=True))
    _insert_notes(env, rng, sample, ids)
    sample.unlink()


def _draw_facts(rng, refs, partners, orders_of, count):
    """Columns known from the start, and the log-odds that follow from them."""
    source = rng.choice(len(refs["source"]), count, p=_shares(rng, len(refs["source"])))
    state = rng.choice(len(refs["state"]), count, p=_shares(rng, len(refs["state"])))
    known = rng.random(count) < 0.4
    owner = rng.integers(len(partners), size=count)
    email, phone = (rng.choice(3, count, p=(0.62, 0.1, 0.28)) for _kind in range(2))
    revenue = np.where(rng.random(count) < 0.2, 0.0, np.round(np.exp(rng.normal(8.5, 1.1, count)), -1))
    tags = [rng.choice(len(refs["tag"]), size, replace=False) for size in rng.choice(4, count, p=(0.3, 0.4, 0.2, 0.1))]
    history = np.where(known, orders_of[owner], 0)
    urgent = rng.random(count) < 0.3
    log_odds = (
        -1.3
        + rng.normal(0, 0.8, len(refs["source"]))[source]
        + rng.normal(0, 0.4, len(refs["state"]))[state]
        + 0.5 * np.minimum(history, 4)
        + 0.7 * (email == 0)
        - 0.5 * (phone == 1)
        - 0.4 * (revenue > 10_000) * (history == 0)
        + np.array([sum(1.0 if tag == 3 else -0.8 if tag == 7 else 0.0 for tag in own) for own in tags])
        + 0.8 * urgent
    )
    states = np.array(["correct", "incorrect", None], dtype=object)
    numbers = np.arange(count)
    offers = np.where(urgent, "Urgent, work starts soon.", "Compares three offers.")
    addresses = [f"buyer{i}@prospect.example.com" for i in numbers]
    return {
        "log_odds": log_odds,
        "tags": [refs["tag"][own].tolist() for own in tags],
        "name": [f"{30 + i % 400} pairs of safety shoes, request {i}" for i in numbers],
        "description": [f"<p>Needs sizes 39 to 46 for the site. {offer}</p>" for offer in offers],
        "company_id": np.full(count, refs["company"]),
        "team_id": rng.choice(refs["team"], count),
        "user_id": rng.choice(refs["user"], count),
        "partner_id": [int(partners[o]) if k else None for o, k in zip(owner, known, strict=True)],
        "partner_name": [f"Prospect {i}" for i in numbers],
        "contact_name": [f"Buyer {i}" for i in numbers],
        "email_from": np.select([email == 0, email == 1], [np.array(addresses, dtype=object), "buyer"], None),
        "email_normalized": np.where(email == 0, np.array(addresses, dtype=object), None),
        "phone": ["+213 550 00 00 00" if p == 0 else "0550" if p == 1 else None for p in phone],
        "email_state": states[email],
        "phone_state": states[phone],
        "country_id": np.where(rng.random(count) < 0.85, refs["country"][0], rng.choice(refs["country"], count)),
        "state_id": refs["state"][state],
        "source_id": refs["source"][source],
        "medium_id": [int(m) if m else None for m in rng.choice([0, *refs["medium"]], count)],
        "campaign_id": [int(c) if c else None for c in rng.choice([0, 0, 0, *refs["campaign"]], count)],
        "expected_revenue": revenue,
        "create_date": _ago(rng.uniform(1, 365 * YEARS, count)),
        "type": np.where(rng.random(count) < 0.9, "opportunity", "lead"),
    }


def _draw_outcomes(rng, refs, facts, won, lost, is_open):
    count = len(won)
    stage = np.where(won, refs["won"], rng.choice(refs["stage"], count, p=(0.5, 0.3, 0.2)))
    days = rng.uniform(1, 90, count)
    closed_on = [
        None if open_ else created + timedelta(days=float(d))
        for created, d, open_ in zip(facts["create_date"], days, is_open, strict=True)
    ]
    chance = np.where(won, 100.0, np.where(lost, 0.0, 30.0))
    return {
        "stage_id": stage,
        "active": ["f" if flag else "t" for flag in lost],
        "won_status": np.select([won, lost], ["won", "lost"], "pending"),
        "probability": chance,
        "automated_probability": chance,
        "prorated_revenue": np.round(facts["expected_revenue"] * chance / 100, 2),
        "lost_reason_id": [int(refs["reason"][0]) if flag and refs["reason"][0] else None for flag in lost],
        "date_closed": closed_on,
        "date_open": facts["create_date"],
        "date_last_stage_update": facts["create_date"],
        "write_date": facts["create_date"],
    }


def _insert_notes(env, rng, sample, ids):
    """One or two notes of a salesperson on most leads, some hours after they came in."""
    env.cr.execute("SELECT id, create_date FROM crm_lead WHERE id = ANY(%s)", [ids.tolist()])
    created = dict(env.cr.fetchall())
    message = env["mail.message"].create(
        {
            "model": "crm.lead",
            "res_id": sample.id,
            "message_type": "comment",
            "body": "<p>Called back, needs confirmed.</p>",
            "author_id": env.ref("base.user_admin").partner_id.id,
        }
    )
    env.flush_all()
    noted = np.repeat(ids, rng.choice(3, len(ids), p=(0.4, 0.4, 0.2)))
    hours = np.exp(rng.normal(2.5, 1.0, len(noted)))
    dates = [created[lead] + timedelta(hours=float(h)) for lead, h in zip(noted.tolist(), hours, strict=True)]
    insert_copies(env, message, len(noted), {"res_id": noted, "date": dates, "message_id": [None] * len(noted)})


def _shares(rng, count):
    shares = rng.exponential(size=count) + 0.1
    return shares / shares.sum()


def _ago(days):
    """Moments before today's midnight: a night's run never depends on the second it starts at."""
    today = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=float(day)) for day in days]


# ------------------------------------------------------------
# Bulk insert
# ------------------------------------------------------------


def insert_copies(env, sample, count, columns):
    """Insert copies of a record's row with columns of their own; return their ids, in order.

    :param sample: record whose stored columns are taken where ``columns`` has none.
    :param columns: mapping of column name to a sequence of ``count`` values.
    """
    env.flush_all()
    table = sample._table
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'", [table]
    )
    names = [name for (name,) in env.cr.fetchall()]
    own = [name for name in names if name in columns]
    env.cr.execute(f"CREATE TEMP TABLE bench_rows AS SELECT id AS rank, {_list(own)} FROM {table} WHERE false")
    _copy(env, "bench_rows", ["rank", *own], [range(count), *(columns[name] for name in own)])
    env.cr.execute(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {int(count)})")
    ids = np.array([value for (value,) in env.cr.fetchall()])
    chosen = ", ".join(f'bench_rows."{name}"' if name in own else f'sample."{name}"' for name in names)
    env.cr.execute(
        f"INSERT INTO {table} (id, {_list(names)}) SELECT %s + bench_rows.rank, {chosen}"
        f" FROM bench_rows, {table} AS sample WHERE sample.id = %s ORDER BY bench_rows.rank",
        [int(ids[0]), sample.id],
    )
    env.cr.execute("DROP TABLE bench_rows")
    env.invalidate_all()
    return ids


def _list(names):
    return ", ".join(f'"{name}"' for name in names)


def _copy(env, table, names, columns):
    rows = io.StringIO()
    for values in zip(*columns, strict=True):
        rows.write("\t".join("\\N" if value is None else str(value).replace("\t", " ") for value in values) + "\n")
    rows.seek(0)
    env.cr._obj.copy_expert(f"COPY {table} ({_list(names)}) FROM STDIN", rows)
