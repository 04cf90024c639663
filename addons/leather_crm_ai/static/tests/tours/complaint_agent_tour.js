import { registry } from "@web/core/registry";

/** An after-sales agent's day: what is dangerous, what it is about, an answer, a wait, the end; then somebody calls. */
registry.category("web_tour.tours").add("leather_complaint_agent", {
    url: "/odoo/complaints",
    steps: () => [
        {
            content: "the board shows what is open, the dangerous one on top",
            trigger: ".o_kanban_group:first .o_kanban_record:first:contains(S4):contains(A nail went through)",
        },
        {
            content: "its deadline stands in words",
            trigger: ".o_kanban_record:contains(A nail went through) .o_leather_deadline:contains(Answer)",
        },
        { content: "filter the dangerous ones", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .o_menu_item:contains(S4 Danger)", run: "click" },
        { trigger: ".o_searchview_facet:contains(S4 Danger)" },
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        {
            content: "the others are gone",
            trigger: ".o_kanban_renderer:not(:contains(The box was torn))",
        },
        { trigger: ".o_kanban_record:contains(A nail went through)", run: "click" },
        { content: "the danger is called out", trigger: ".o_form_view .alert-danger:contains(Stop the lot first)" },
        { content: "the customer's words", trigger: ".o_leather_customer_words:contains(straight through the sole)" },
        { content: "somebody stopped the lot", trigger: "button[name=action_contained]", run: "click" },
        { trigger: ".alert-danger:not(:has(button[name=action_contained]))" },
        { content: "say what it is about", trigger: "div[name=category_id] input", run: "edit P1" },
        { trigger: ".o-autocomplete--dropdown-item:contains(P1)", run: "click" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
        { content: "answer", trigger: "button[name=action_answer]", run: "click" },
        {
            trigger: ".modal .o_mail_composer_form_view .odoo-editor-editable, .modal [name=body] .odoo-editor-editable",
            run: "editor Please take these pairs out of use.",
        },
        { trigger: ".modal .o_mail_send:enabled", run: "click" },
        { content: "the answer is in the conversation", trigger: ".o-mail-Message:contains(out of use)" },
        { content: "wait for the customer", trigger: "button[name=action_wait]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Waiting for customer)" },
        { trigger: ".o_leather_deadline:contains(Waiting)" },
        { content: "the customer calls back: close", trigger: "button[name=action_close]", run: "click" },
        { trigger: ".o_leather_deadline:contains(Closed)" },
        { content: "somebody else calls", trigger: "a[data-menu-xmlid='leather_crm_ai.menu_complaint_phone']", run: "click" },
        { trigger: ".modal div[name=words] textarea", run: "edit Two pairs are missing from the boxes" },
        { trigger: ".modal button[name=action_file]", run: "click" },
        { content: "the new complaint opens", trigger: ".o_leather_customer_words:contains(Two pairs are missing)" },
        { trigger: ".o_arrow_button_current:contains(New)" },
    ],
});
