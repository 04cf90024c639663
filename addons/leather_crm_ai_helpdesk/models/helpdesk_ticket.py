from odoo import api, models
from odoo.tools import html2plaintext

BATCH = 200  # tickets read between two commits of the night
MAX_SOURCE, MAX_TEXT = 200_000, 20_000  # characters of a description, of a text
WORDS_SHOWN = 6
USUAL_PRIORITY = "1"
PRIORITIES = {0: "0", 1: "1", 2: "1", 3: "2", 4: "3"}  # of a severity
CURSOR = "leather_crm_ai.helpdesk_cursor"


class HelpdeskTicket(models.Model):
    """Tickets are read when they come: a category is proposed, a priority raised, and what people correct is learned.

    The rules that read complaints read tickets too; what they find is proposed as the helpdesk category it belongs to.
    Categories of other kinds are learned from the tickets that people put into them. Teams, stages and assignment stay
    the helpdesk's own. Where OCA's ``helpdesk_mgmt_sla`` is installed, the SLAs follow the category and the priority.
    """

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "leather.text.classify.mixin"]

    _text_task = "helpdesk"
    _text_heads = {"category": "category_id", "priority": "priority"}

    # ------------------------------------------------------------
    # When it is read
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._read_by_ai()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if not {"name", "description"}.isdisjoint(vals):
            self._read_by_ai()
        if not {"category_id", "priority"}.isdisjoint(vals):
            self._refresh_slas()
        return result

    def _read_by_ai(self):
        # sudo: customers file tickets and may not write them; reading them is the system's work
        self.sudo().with_context(leather_ai_writes=True)._classify_text()

    def _refresh_slas(self):
        """Other SLAs may hold now. OCA's addon sets them at the creation, before the ticket has been read."""
        if "ticket_sla_ids" not in self._fields:
            return
        # sudo: SLAs are the system's; whoever may sort a ticket need not have a right to them
        for ticket in self.sudo().filtered("team_id.use_sla"):
            ticket.refresh_sla()

    # ------------------------------------------------------------
    # Labels
    # ------------------------------------------------------------

    def _get_texts(self):
        return {ticket.id: ticket._get_text() for ticket in self}

    def _get_text(self):
        words = html2plaintext((self.description or "")[:MAX_SOURCE], include_references=False)
        return "\n".join(part for part in (self.name, words) if part and part.strip())[:MAX_TEXT].strip()

    def _get_label(self, head, value):
        return str(value.id) if head == "category" and value else value or False

    def _find_label(self, head, labels):
        if head == "priority":
            return {label: label for label in labels if label in dict(self._fields["priority"].selection)}
        ids = [int(label) for label in labels if str(label).isdigit()]
        # sudo: whether it is still there; which ones a person may choose the field says
        found = self.env["helpdesk.ticket.category"].sudo().search([("id", "in", ids)])
        return {str(category.id): category.id for category in found}

    def _get_label_names(self, labels):
        categories = self._find_label(
            "category", sorted({label for head, label in labels if head == "category" and label})
        )
        found = self.env["helpdesk.ticket.category"].sudo().browse(categories.values())  # sudo: see _find_label
        names = {("category", str(category.id)): category.display_name for category in found}
        described = dict(self._fields["priority"]._description_selection(self.env))
        return {**names, **{("priority", key): name for key, name in described.items()}}

    @api.model
    def _get_label_texts(self, head):
        if head != "category":
            return {}
        lines = {}
        for lang, _name in self.env["res.lang"].get_installed():
            # sudo: names of categories, for the training
            for category in (
                self.env["helpdesk.ticket.category"].sudo().with_context(lang=lang).search([("id", ">", 0)])
            ):
                kinds = category.complaint_category_ids
                words = filter(None, [category.name, *kinds.mapped("name"), *kinds.mapped("description")])
                lines.setdefault(str(category.id), []).append(" ".join(" ".join(words).split()))
        return {label: "\n".join(found) for label, found in lines.items()}

    def _get_shown_heads(self):
        """The priority of the rules is set already; there is nothing to choose."""
        proposals = self.ai_proposals or {}
        return [
            head for head in super()._get_shown_heads() if head != "priority" or proposals[head]["source"] == "model"
        ]

    def _is_label_allowed(self, head, label):
        """A priority is only ever raised; a category that a customer chose, or a rule of the helpdesk, stays."""
        if head == "priority":
            return label > (self.priority or "")
        return not self.category_id or self.ai_automatic

    def _note_decisions(self, vals):
        """What a customer ticks in the portal decides nothing, and teaches nothing."""
        return None if self.env.user.share else super()._note_decisions(vals)

    def _is_decision(self, head, vals):
        """Forms send the usual priority along with a new ticket."""
        is_default = head == "priority" and vals["priority"] == USUAL_PRIORITY and not any(self.mapped("ai_proposals"))
        return super()._is_decision(head, vals) and not is_default

    # ------------------------------------------------------------
    # What the rules say
    # ------------------------------------------------------------

    def _analyse_texts(self, texts):
        rules = self.env["leather.complaint.rule"]
        return {ticket.id: rules._analyse_text(texts[ticket.id], ticket.company_id) for ticket in self}

    def _take_analyses(self, analyses):
        """Danger first: the rules raise the priority, unless a person has set it."""
        for ticket in self:
            priority = PRIORITIES[analyses[ticket.id].severity]
            if priority > (ticket.priority or "") and not ticket._is_decided("priority"):
                ticket.with_context(leather_ai_writes=True).priority = priority

    def _get_rule_labels(self, analyses):
        by_code = self._get_categories_by_code()
        return {
            ticket.id: {
                "category": ticket._get_ruled_categories(analyses[ticket.id], by_code),
                "priority": [(PRIORITIES[analyses[ticket.id].severity], 1.0, ())],
            }
            for ticket in self
        }

    @api.model
    def _get_categories_by_code(self):
        """{code of a complaint category: helpdesk categories it belongs to}, in one query."""
        # sudo: which categories there are; those of other companies are left out for each ticket
        categories = self.env["helpdesk.ticket.category"].sudo().search([("complaint_category_ids", "!=", False)])
        found = {}
        for category in categories:
            for code in category.complaint_category_ids.mapped("code"):
                found[code] = found.get(code, categories.browse()) | category
        return found

    def _get_ruled_categories(self, analysis, by_code):
        """[(label, confidence, words)], the best first: what the codes of the text are called in the helpdesk."""
        labels = {}
        for code, confidence in analysis.codes:
            for category in by_code.get(code, ()):
                if category.company_id <= self.company_id:  # also of no company
                    before, words = labels.get(str(category.id), (0.0, ()))
                    labels[str(category.id)] = before + confidence, (*words, *analysis.words_for(code))
                    break
        ranked = sorted(labels.items(), key=lambda item: -item[1][0])
        return [(label, min(1.0, sure), tuple(dict.fromkeys(words))[:WORDS_SHOWN]) for label, (sure, words) in ranked]

    # ------------------------------------------------------------
    # Again, when a version goes live
    # ------------------------------------------------------------

    @api.model
    def _trigger_reclassify(self):
        """Read the open tickets again in the background."""
        self.env["ir.config_parameter"].sudo().set_param(CURSOR, 0)  # sudo: the cursor is a parameter of the database
        self.env.ref("leather_crm_ai_helpdesk.ir_cron_reclassify")._trigger()

    @api.model
    def _cron_reclassify(self):
        """Read open tickets again in batches, with a cursor: a killed job goes on where it stopped."""
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: see _trigger_reclassify
        cursor = int(parameters.get_param(CURSOR, 0))
        while batch := self.search(self._get_reclassify_domain(cursor), order="id", limit=BATCH):
            batch._read_by_ai()
            cursor = batch[-1].id
            parameters.set_param(CURSOR, cursor)
            remaining = self.search_count(self._get_reclassify_domain(cursor))
            if not self.env["ir.cron"]._commit_ai_progress(len(batch), remaining):
                return
        parameters.set_param(CURSOR, 0)  # the next turn begins anew

    @api.model
    def _get_reclassify_domain(self, cursor):
        return [("id", ">", cursor), ("stage_id.closed", "=", False)]
