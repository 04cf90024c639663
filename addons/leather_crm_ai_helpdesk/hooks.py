def post_init_hook(env):
    """A helpdesk without categories gets ours; one that has its own decides itself what belongs where."""
    categories = env["helpdesk.ticket.category"]
    if not categories.with_context(active_test=False).search_count([("id", "!=", False)], limit=1):
        categories._take_over_complaint_categories()


def uninstall_hook(env):
    """What was proposed for tickets and learned from them goes with the addon; tickets keep their categories."""
    models = env["leather.ai.model"].with_context(active_test=False).search([("task", "=", "helpdesk")])
    rows = env["leather.text.prediction"].search([("res_model", "=", "helpdesk.ticket")])
    rows.with_context(leather_record_goes=True).unlink()
    models.unlink()
    env["ir.config_parameter"].search([("key", "=", "leather_crm_ai.helpdesk_cursor")]).unlink()
