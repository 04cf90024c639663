from odoo import api, models


class LeatherAiTask(models.AbstractModel):
    """What is particular to one kind of prediction; everything else of a model's life is shared.

    A task is an abstract model named ``leather.ai.task.KEY``, KEY being the task of ``leather.ai.model``. Each method
    takes the record it is about. See :class:`LeatherAiTaskLeadScoring` and :class:`LeatherAiTaskText`.
    """

    _name = "leather.ai.task"
    _description = "AI Task"

    # ------------------------------------------------------------
    # Is there enough to learn from
    # ------------------------------------------------------------

    @api.model
    def _is_ready(self, model):
        """Are there enough labels to train?"""
        raise NotImplementedError

    @api.model
    def _get_missing_message(self, model):
        """What is missing before a training makes sense, as a sentence."""
        raise NotImplementedError

    @api.model
    def _is_worth_training(self, model):
        """Has enough happened since the last training for the schedule to train again?"""
        return True

    @api.model
    def _get_status_messages(self, model):
        """{status: sentence} for "ready", "live" and "decayed"."""
        raise NotImplementedError

    # ------------------------------------------------------------
    # Training
    # ------------------------------------------------------------

    @api.model
    def _prepare_training(self, model, directory):
        """Write a run's job into its directory; return the number of rows. See ``trainer/__main__.py``."""
        raise NotImplementedError

    @api.model
    def _get_step_labels(self):
        """{step of the trainer: words}, beside those that all tasks share."""
        return {}

    @api.model
    def _get_error_messages(self, kept):
        """{error code of the trainer: sentence}; ``kept`` says that the live version keeps serving."""
        return {}

    # ------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------

    @api.model
    def _get_version_vals(self, result, run):
        """Values of a version from the report of a run."""
        raise NotImplementedError

    @api.model
    def _take_report(self, model, result):
        """Note on the model what the training found out about its inputs."""

    @api.model
    def _after_publish(self, model, version):
        """Apply a version that has just gone live."""

    @api.model
    def _get_verdict(self, version):
        """What the checks of a version say, in words."""
        return version._get_checks_words((version.result or {}).get("verdict", {}).get("checks", []))

    @api.model
    def _get_rivals(self):
        """{key in the report's checks: words}."""
        raise NotImplementedError

    @api.model
    def _get_metrics(self):
        """{key in the report's checks: words}."""
        raise NotImplementedError

    @api.model
    def _get_card(self, version):
        """{field of the model card: content} in the reader's language."""
        raise NotImplementedError

    # ------------------------------------------------------------
    # Nights
    # ------------------------------------------------------------

    @api.model
    def _monitor(self, model):
        """Measure a live model."""
        raise NotImplementedError
