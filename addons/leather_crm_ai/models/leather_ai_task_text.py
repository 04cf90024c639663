import json
from collections import Counter, defaultdict

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import format_list

from ..engine import history
from ..engine.text import automation, proposals

MIN_LABELS = 2  # with one label there is nothing to tell apart
NAMES_SHOWN = 4
MIN_CHECKED = 30  # fewer checked labels say nothing about quality
WORTH_SHARE = 0.1  # retrain when a tenth more has been confirmed since
WORTH_LEAST = 20
UNLABELLED = 3_000  # latest texts that nobody has labelled: they show the model the house's words


class LeatherAiTaskText(models.AbstractModel):
    """Labels of texts, for any model that inherits ``leather.text.classify.mixin``.

    A task of its own inherits this one and sets ``_text_model``; the heads are those of that model. The first head is
    the main one: with enough confirmed texts of it, training can start.
    """

    _name = "leather.ai.task.text"
    _description = "AI Task: Labels of Texts"
    _inherit = ["leather.ai.task"]

    _text_model = None

    # ------------------------------------------------------------
    # Is there enough to learn from
    # ------------------------------------------------------------

    @api.model
    def _get_heads(self):
        return list(self.env[self._text_model]._text_heads)

    @api.model
    def _fetch_answered(self, model):
        # sudo: how many texts are confirmed says nothing about any of them
        return self.env["leather.text.prediction"].sudo()._fetch_answered(self._text_model, model.company_id.id)

    @api.model
    def _count_labels(self, model):
        """{head: Counter of confirmed labels}."""
        counts = defaultdict(Counter)
        for _record, head, answer, _rules in self._fetch_answered(model):
            counts[head][answer] += 1
        return counts

    @api.model
    def _count_confirmed_texts(self, model):
        return len({record_id for record_id, _head, _answer, _rules in self._fetch_answered(model)})

    @api.model
    def _is_ready(self, model):
        counts = self._count_labels(model)[self._get_heads()[0]]
        return sum(count >= model.min_per_label for count in counts.values()) >= MIN_LABELS

    @api.model
    def _get_missing_message(self, model):
        return self.env._(
            "Learning starts with %(labels)s labels of %(count)s confirmed texts each. %(nearest)s "
            "Until then the rules propose and people decide.",
            labels=MIN_LABELS,
            count=model.min_per_label,
            nearest=self._get_nearest_words(model),
        )

    @api.model
    def _get_nearest_words(self, model):
        """Which labels are nearest to being learned, and how many confirmed texts each lacks."""
        head = self._get_heads()[0]
        near = self._count_labels(model)[head].most_common(NAMES_SHOWN)
        if not near:
            return self.env._("None has been confirmed yet.")
        names = self.env[self._text_model]._get_label_names({(head, label) for label, _count in near})
        words = [
            self.env._(
                "%(label)s (%(missing)s missing)",
                label=names.get((head, label), label),
                missing=max(0, model.min_per_label - count),
            )
            for label, count in near
        ]
        return self.env._("Nearest: %s.", format_list(self.env, words))

    @api.model
    def _is_worth_training(self, model):
        last = model.version_ids.sorted("number")[-1:]
        if not last:
            return True
        new = self._count_confirmed_texts(model) - last.confirmed_count
        return new >= max(WORTH_LEAST, WORTH_SHARE * last.confirmed_count)

    @api.model
    def _get_status_messages(self, model):
        return {
            "ready": self.env._("There are enough confirmed texts. Click Train now."),
            "live": self.env._("Texts are sorted by version %(number)s.", number=model.live_version_id.number),
            "decayed": self.env._(
                "More labels are wrong than you accept. Nothing is set by itself until the model is trained again."
            ),
        }

    # ------------------------------------------------------------
    # Training
    # ------------------------------------------------------------

    @api.model
    def _prepare_training(self, model, directory):
        job = self._get_training_texts(model)
        (directory / "texts.json").write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
        model._write_job(directory, {"min_per_class": model.min_per_label}, kind="text")
        return sum(any(labels) for labels in zip(*job["heads"].values(), strict=True))

    @api.model
    def _get_training_texts(self, model):
        """Confirmed texts of the model's company, oldest first, then the latest of those that nobody has labelled.

        :return: {"texts": [...], "when": [days], "heads": {head: [label or None]}, "rules": {head: [label or None]},
            "names": {head: {label: what it is called and means, a line each}}}
        """
        answers, ruled = {}, {}
        for record_id, head, answer, rules in self._fetch_answered(model):
            answers.setdefault(record_id, {})[head] = answer
            ruled.setdefault(record_id, {})[head] = rules or []
        texts, when = self._read_texts(model, list(answers))
        others, since = self._read_unlabelled(model, list(answers))
        texts, when = {**texts, **others}, {**when, **since}
        ids = sorted((i for i in texts if texts[i]), key=lambda i: (i not in answers, when[i], i))
        heads = self._get_heads()
        answers, ruled = defaultdict(dict, answers), defaultdict(dict, ruled)
        return {
            "names": {head: self.env[self._text_model]._get_label_texts(head) for head in heads},
            "texts": [" ".join([texts[i], *proposals.rule_words(ruled[i])]) for i in ids],
            "when": history.to_days([when[i] for i in ids]).tolist(),
            "heads": {head: [answers[i].get(head) for i in ids] for head in heads},
            "rules": {head: [next(iter(ruled[i].get(head) or ()), None) for i in ids] for head in heads},
        }

    @api.model
    def _read_texts(self, model, ids):
        """{record id: text} and {record id: date} of the model's company, and of no other."""
        # sudo: the cron reads every text of the company; the company is named, because record rules do not hold here
        records = self.env[self._text_model].sudo().with_context(active_test=False)
        records = records.search([("id", "in", ids), ("company_id", "=", model.company_id.id)])
        return records._get_texts(), records._get_text_dates()

    @api.model
    def _read_unlabelled(self, model, ids):
        """The same of the latest texts of the company that nobody has labelled."""
        # sudo: see _read_texts
        records = (
            self.env[self._text_model]
            .sudo()
            .search(
                [("id", "not in", ids), ("company_id", "=", model.company_id.id)], order="id desc", limit=UNLABELLED
            )
        )
        return records._get_texts(), records._get_text_dates()

    @api.model
    def _get_step_labels(self):
        return {
            "gather": self.env._("Reading the confirmed texts"),
            "check": self.env._("Counting what is confirmed"),
            "holdout": self.env._("Learning from the earlier texts, testing on the latest"),
            "compare": self.env._("Comparing with the rules and the live version"),
            "calibrate": self.env._("Measuring how sure it may be"),
            "final": self.env._("Learning from all texts"),
        }

    @api.model
    def _get_error_messages(self, kept):
        return {
            "too_few_texts": self.env._("There are too few confirmed texts to learn from. %s", kept),
            "one_label": self.env._(
                "All confirmed texts have the same label: there is nothing to tell apart. %s", kept
            ),
            "gather": self.env._("The texts could not be read. See the log. %s", kept),
        }

    # ------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------

    @api.model
    def _get_main_report(self, result):
        return result["heads"].get(self._get_heads()[0]) or {}

    @api.model
    def _get_version_vals(self, result, run):
        main = self._get_main_report(result)
        metrics = (main.get("metrics") or {}).get("ours") or {}
        return {
            "confirmed_count": run.row_count,
            "accuracy": 100.0 * (metrics.get("accuracy") or 0.0),
            "macro_f1": metrics.get("macro_f1") or 0.0,
            "logloss": metrics.get("logloss") or 0.0,
            "ece": metrics.get("ece") or 0.0,
            "family": "text",
        }

    @api.model
    def _get_head_scopes(self, model, version):
        """{head: {"labels", "threshold"}} of a live version, with the thresholds its error budget allows."""
        may = model.is_automatic and not model.is_decayed
        scopes = {}
        for head, report in (version.result or {}).get("heads", {}).items():
            if not (report.get("verdict") or {}).get("publish"):
                continue
            threshold = automation.choose_threshold(report.get("automation") or [], model.error_budget / 100.0)
            scopes[head] = {"labels": frozenset(report["classes"]), "threshold": threshold if may else None}
        return scopes

    @api.model
    def _after_publish(self, model, version):
        self.env[self._text_model]._trigger_reclassify()

    @api.model
    def _get_verdict(self, version):
        """One sentence for each head: heads are published one by one."""
        names = self.env[self._text_model]._get_head_names()
        heads = (version.result or {}).get("heads", {})
        said = {
            head: version._get_checks_words((report.get("verdict") or {}).get("checks") or [])
            for head, report in heads.items()
        }
        return " ".join(
            self.env._("%(head)s: %(verdict)s", head=names.get(head, head), verdict=words)
            for head, words in said.items()
            if words
        )

    @api.model
    def _get_rivals(self):
        return {
            "trivial": self.env._("the most frequent label"),
            "rules": self.env._("the rules"),
            "live": self.env._("the live version"),
        }

    @api.model
    def _get_metrics(self):
        return {
            "accuracy": self.env._("accuracy"),
            "macro_f1": self.env._("F1 over labels"),
            "logloss": self.env._("log loss"),
        }

    # ------------------------------------------------------------
    # Card
    # ------------------------------------------------------------

    @api.model
    def _get_card(self, version):
        result = version.result or {}
        return {
            "purpose": self.env._(
                "Proposes labels for texts that come in, so that people find the urgent ones first. It learns from "
                "what people confirm and correct; a person decides."
            ),
            "card_comparison": self._render_heads(version, result),
            "card_calibration": version._render_text_calibration(self._get_main_report(result)),
            "card_influence": self._render_labels(result),
            "card_limits": self._render_limits(),
        }

    @api.model
    def _render_heads(self, version, result):
        names = self.env[self._text_model]._get_head_names()
        return Markup().join(
            version._render_text_head(names.get(head, head), report, version.model_id.error_budget / 100.0)
            for head, report in result.get("heads", {}).items()
            if report.get("metrics")
        )

    @api.model
    def _render_labels(self, result):
        """Which labels are learned, and which lack confirmed texts."""
        blocks = Markup()
        head_names = self.env[self._text_model]._get_head_names()
        for head, report in result.get("heads", {}).items():
            missing, classes = report.get("missing") or {}, report.get("classes") or []
            names = self.env[self._text_model]._get_label_names({(head, label) for label in [*classes, *missing]})
            learned = [names.get((head, label), label) for label in classes]
            lacking = [
                self.env._("%(label)s (%(missing)s missing)", label=names.get((head, label), label), missing=count)
                for label, count in missing.items()
            ]
            blocks += Markup("<h5>%s</h5>") % head_names.get(head, head)
            for title, words in ((self.env._("Learned"), learned), (self.env._("Too few confirmed"), lacking)):
                if words:
                    blocks += Markup("<p><b>%s</b> %s</p>") % (title, format_list(self.env, words))
        return blocks

    @api.model
    def _render_limits(self):
        lines = [
            self.env._("It has learned from this company's own texts only, and quotes no text in another record."),
            self.env._("It knows the labels listed under Inputs. For the others the rules propose."),
            self.env._("It may raise the severity that the rules found, never lower it."),
            self.env._("It reads the words of the text. Pictures and attachments it does not see."),
        ]
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % line for line in lines)

    # ------------------------------------------------------------
    # Nights
    # ------------------------------------------------------------

    @api.model
    def _monitor(self, model):
        """Measure the live version on what people have confirmed or corrected since, the main head only."""
        right, automatic = self._fetch_checked(model)
        wrong = [not ok for ok, alone in zip(right, automatic, strict=True) if alone]
        vals = {
            "monitored_on": fields.Datetime.now(),
            "live_count": len(right),
            "live_accuracy": 100.0 * sum(right) / len(right) if right else 0.0,
            "live_automatic_count": len(wrong),
            "live_automatic_error": 100.0 * sum(wrong) / len(wrong) if wrong else 0.0,
        }
        vals["is_decayed"] = len(wrong) >= MIN_CHECKED and automation.exceeds(
            sum(wrong), len(wrong), model.error_budget / 100.0
        )
        newly = vals["is_decayed"] and not model.is_decayed
        model.write(vals)
        if newly:
            self._report_decay(model)

    @api.model
    def _fetch_checked(self, model):
        """([proposal was right], [it was set by itself]) of the live version's answered proposals."""
        rows = self.env["leather.text.prediction"].search(
            [
                ("version_id", "=", model.live_version_id.id),
                ("company_id", "=", model.company_id.id),
                ("head", "=", self._get_heads()[0]),
                ("answer", "!=", False),
            ]
        )
        return rows.mapped("is_right"), rows.mapped("is_automatic")

    @api.model
    def _report_decay(self, model):
        self.env.registry.clear_cache()
        model._notify_managers(
            self.env._("More automatic labels are wrong than you accept"),
            self.env._(
                "%(wrong).1f %% of the %(count)s labels that were set by themselves and then checked were wrong; "
                "%(budget).1f %% are accepted. Nothing is set by itself until the model is trained again.",
                wrong=model.live_automatic_error,
                count=model.live_automatic_count,
                budget=model.error_budget,
            ),
        )
