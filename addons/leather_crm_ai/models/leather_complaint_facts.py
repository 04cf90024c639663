from collections import defaultdict

from odoo import models
from odoo.tools import SQL

REPEAT_DAYS = 90


class LeatherComplaint(models.Model):
    """What the records say about how grave a complaint is: pairs, the lot, and what came before."""

    _inherit = "leather.complaint"

    def _get_severity_facts(self):
        """What the records say about how grave complaints are; a few queries, whatever their number.

        :return: dict complaint id -> dict with ``pairs`` affected, ``lot_pairs`` delivered of the lot, and how many
            other complaints of the 90 days before came from the customer and on the lot (questions, praise, spam and
            merged ones do not count)
        """
        stored = self.filtered("id")
        stored.flush_model()
        lots = stored._count_lot_pairs()
        by_customer = stored._count_previous(SQL("commercial_partner_id"), SQL("email_normalized"))
        by_lot = stored._count_previous(SQL("lot_id"))
        return {
            complaint.id: {
                "pairs": complaint.pairs,
                "lot_pairs": lots.get((complaint.lot_id.id, complaint.company_id.id), 0),
                "previous_by_customer": by_customer.get(complaint.id, 0),
                "previous_on_lot": by_lot.get(complaint.id, 0),
            }
            for complaint in self
        }

    def _count_lot_pairs(self):
        """dict (lot id, company id) -> pairs delivered."""
        # sudo: a figure about the lot, for people who have no access to stock
        groups = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                [
                    ("lot_id", "in", self.lot_id.ids),
                    ("state", "=", "done"),
                    ("picking_id.picking_type_id.code", "=", "outgoing"),
                ],
                ["lot_id", "company_id"],
                ["quantity_product_uom:sum"],
            )
        )
        return {(lot.id, company.id): round(pairs) for lot, company, pairs in groups}

    def _count_previous(self, column, fallback=None):
        """dict complaint id -> complaints of the 90 days before with the same value of a column.

        :param fallback: column that decides where the first one is blank
        """
        counts = defaultdict(int)
        if not self.ids:
            return counts
        for name, blank in ((column, None), (fallback, column)):
            if name is None:
                continue
            condition = SQL("mine.%s IS NULL", blank) if blank else SQL("TRUE")
            self.env.cr.execute(self._get_previous_query(name, condition))
            for complaint_id, count in self.env.cr.fetchall():
                counts[complaint_id] += count
        return counts

    def _get_previous_query(self, column, condition):
        return SQL(
            """
            SELECT mine.id, COUNT(*)
              FROM leather_complaint AS mine
              JOIN leather_complaint AS other
                ON other.%(column)s = mine.%(column)s
               AND other.company_id = mine.company_id
               AND other.id != mine.id
               AND other.received_on <= mine.received_on
               AND other.received_on > mine.received_on - %(days)s * interval '1 day'
               AND other.duplicate_of_id IS NULL
               AND other.family IS DISTINCT FROM 'N'
              JOIN leather_complaint_stage AS stage ON stage.id = other.stage_id AND stage.is_cancelled IS NOT TRUE
             WHERE mine.id = ANY(%(ids)s) AND %(condition)s
             GROUP BY mine.id
            """,
            column=column,
            condition=condition,
            days=REPEAT_DAYS,
            ids=self.ids,
        )
