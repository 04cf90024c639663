import { registry } from "@web/core/registry";

/** An agent answers: a past answer is looked at and taken, its gap filled; then the answer is sent by hand. */
registry.category("web_tour.tours").add("leather_complaint_answer", {
    url: "/odoo/complaints",
    steps: () => [
        { content: "open a complaint", trigger: ".o_kanban_record:contains(Semelles décollées)", run: "click" },
        {
            content: "the draft is there, in the customer's language",
            trigger: ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer)",
        },
        {
            content: "and the case that went before, with the reason",
            trigger: ".o_leather_past:contains(R/):contains(similar words):contains(Replacement)",
        },
        { content: "take its answer", trigger: ".o_leather_past .o_leather_take", run: "click" },
        {
            content: "the other customer is not in it, and what is not known is a gap",
            trigger:
                ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer):not(:contains(Hamdoune)):has(.o_leather_gap)",
        },
        { trigger: "[name=draft] .alert-warning:contains(gap)" },
        { content: "that was not it: back to the template", trigger: "button[name=action_drop_draft]", run: "click" },
        { trigger: ".o_leather_draft_body .odoo-editor-editable:contains(dossier)" },
        {
            content: "a word of one's own",
            trigger: ".o_leather_draft_body .odoo-editor-editable",
            run: "editor Bonjour, nous envoyons deux paires.",
        },
        { content: "use it", trigger: "button[name=action_use_draft]", run: "click" },
        {
            content: "the composer holds it; nothing has been sent",
            trigger: ".modal [name=body] .odoo-editor-editable:contains(nous envoyons deux paires)",
        },
        { trigger: ".modal .o_mail_send:enabled", run: "click" },
        { content: "now it has", trigger: ".o-mail-Message:contains(nous envoyons deux paires)" },
    ],
});

/** A manager writes a template, is told of a mistake, puts it right and looks at it on a complaint. */
registry.category("web_tour.tours").add("leather_reply_template", {
    url: "/odoo/complaints",
    steps: () => [
        { trigger: "button[data-menu-xmlid='leather_crm_ai.menu_complaint_configuration']", run: "click" },
        { trigger: "a[data-menu-xmlid='leather_crm_ai.menu_complaint_reply_templates']", run: "click" },
        { trigger: ".o_list_view .o_data_row" },
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: "div[name=name] input", run: "edit Pairs by the hundred" },
        { trigger: "[name=body] .odoo-editor-editable", run: "editor Hello {custmer}." },
        { trigger: ".o_form_button_save", run: "click" },
        { content: "the mistake is explained", trigger: ".o_error_dialog:contains({customer}), .modal:contains({customer})" },
        { trigger: ".modal .modal-footer .btn:first", run: "click" },
        { trigger: "[name=body] .odoo-editor-editable", run: "editor Hello {customer}." },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
        { trigger: ".o_notebook .nav-link:contains(Preview)", run: "click" },
        { trigger: "[name=preview]:contains(Hello)" },
    ],
});
