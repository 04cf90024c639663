def uninstall_hook(env):
    """Give open leads Odoo's own automated probability back before the addon's fields go."""
    leads = env["crm.lead"].search([("ai_version_id", "!=", False), ("won_status", "=", "pending")])
    leads._restore_odoo_probabilities()
    env["ir.config_parameter"].search([("key", "=like", "leather_crm_ai.%")]).unlink()
