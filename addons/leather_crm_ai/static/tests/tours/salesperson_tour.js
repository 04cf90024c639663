import { registry } from "@web/core/registry";

/** A salesperson's morning: the pipeline with grades, whom to call first, why, and a call planned. */
registry.category("web_tour.tours").add("leather_salesperson", {
    url: "/odoo/crm",
    steps: () => [
        {
            content: "the pipeline shows grades",
            trigger: ".o_kanban_record:contains(Boots for the drilling site) .o_field_badge:contains(A)",
        },
        { trigger: 'button[data-menu-xmlid="crm.crm_menu_sales"]', run: "click" },
        { trigger: 'a[data-menu-xmlid="leather_crm_ai.menu_call_first"]', run: "click" },
        {
            content: "the most valuable lead stands first",
            trigger: ".o_data_row:first:contains(Boots for the drilling site) .o_field_badge:contains(A)",
        },
        {
            content: "plan a call in one click",
            trigger: ".o_data_row:first button[name=action_ai_plan_call]",
            run: "click",
        },
        {
            content: "the call is planned",
            trigger: ".o_data_row:first .o_field_list_activity:contains(Call first)",
        },
        { trigger: ".o_data_row:first td[name=name]", run: "click" },
        {
            content: "the form says why",
            trigger: ".o_leather_why:contains(Why the AI says) .o_leather_reasons li:contains(such leads were won)",
        },
        { content: "Odoo's own tooltip", trigger: ".o_crm_pls_tooltip_button", run: "click" },
        {
            content: "has our reasons",
            trigger: ".o_crm_pls_tooltip .o_leather_reason:contains(Source)",
        },
        { trigger: ".o_crm_pls_tooltip_button", run: "click" },
        {
            content: "a person decides",
            trigger: "div[name=probability] input",
            run: "edit 55 && press Tab",
        },
        { trigger: ".o_form_button_save", run: "click" },
        {
            content: "the chance set by hand stays, the AI's stands beside it",
            trigger: "div[name=automated_probability]:visible",
        },
        {
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
    ],
});
