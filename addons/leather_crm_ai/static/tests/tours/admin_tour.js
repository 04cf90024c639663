import { registry } from "@web/core/registry";

/** An AI manager's day: start a training, cancel it, read the card of a version, publish it, roll back. */
registry.category("web_tour.tours").add("leather_admin", {
    url: "/odoo/action-leather_crm_ai.action_leather_ai_model",
    steps: () => [
        { trigger: ".o_kanban_record:contains(Factory A scoring)", run: "click" },
        { content: "state in words", trigger: ".o_form_view:contains(Leads are scored by version 2)" },
        { content: "inputs with their influence", trigger: "div[name=feature_ids] .o_data_row:contains(Source)" },
        { trigger: "button[name=action_train]", run: "click" },
        { content: "the run waits for its turn", trigger: ".o_form_view:contains(Waiting for its turn)" },
        { trigger: "button[name=action_cancel]", run: "click" },
        { trigger: ".o_form_view:contains(Cancelled. Nothing was changed.)" },
        { trigger: 'a[data-menu-xmlid="leather_crm_ai.menu_ai_versions"]', run: "click" },
        { trigger: ".o_data_row:contains(Archived):first td[name=model_id]", run: "click" },
        { content: "the card compares", trigger: ".o_leather_card:contains(Odoo's own scoring)" },
        { content: "and plots", trigger: ".o_leather_plot svg circle" },
        { trigger: ".nav-link[name=limits]", run: "click" },
        { trigger: ".tab-pane.active:contains(Reasons say what moved the score)" },
        { trigger: "button[name=action_publish]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "live again", trigger: ".o_arrow_button_current:contains(Live)" },
        { trigger: 'a[data-menu-xmlid="leather_crm_ai.menu_ai_models"]', run: "click" },
        { trigger: ".o_kanban_record:contains(Factory A scoring)", run: "click" },
        { trigger: ".o_form_view:contains(Leads are scored by version 1)" },
        { trigger: "button[name=action_roll_back]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_form_view:contains(Leads are scored by version 2)" },
    ],
});
