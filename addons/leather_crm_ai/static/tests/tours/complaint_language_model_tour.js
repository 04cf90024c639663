import { registry } from "@web/core/registry";

/** An agent has the customer's words translated and an answer drafted by the company's own language model. */
registry.category("web_tour.tours").add("leather_complaint_language_model", {
    url: "/odoo/complaints",
    steps: () => [
        { content: "open a complaint", trigger: ".o_kanban_record:contains(Semelles décollées)", run: "click" },
        { content: "its words are not mine", trigger: "button[name=action_translate]", run: "click" },
        {
            content: "what the machine made of them, and that it was a machine",
            trigger: "div[name=translation]:contains(by a machine):contains(The sole of lot L77 came off)",
        },
        { content: "now the answer", trigger: ".o_notebook .nav-link:contains(Answer)", run: "click" },
        {
            content: "the house's own draft is there",
            trigger: ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer)",
        },
        { content: "have it made to fit", trigger: "button[name=action_draft_by_model]", run: "click" },
        {
            content: "the name is back in the draft, and no link that was not sent",
            trigger:
                ".o_leather_draft_body .odoo-editor-editable:contains(Bien, Nadia Buyer):not(:contains(evil.example))",
        },
        { content: "it says whose draft it is", trigger: "[name=draft] .badge:contains(By the language model)" },
        {
            content: "and what a person has to check",
            trigger: "[name=draft] .alert-warning:contains(https://evil.example/pay)",
        },
        { content: "no thanks: the template's", trigger: "button[name=action_drop_draft]", run: "click" },
        { trigger: ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer)" },
        { trigger: "[name=draft]:not(:has(.alert-warning:contains(evil)))" },
    ],
});

/** The model is not there: the agent reads so, and the draft stays. */
registry.category("web_tour.tours").add("leather_complaint_language_model_down", {
    url: "/odoo/complaints",
    steps: () => [
        { trigger: ".o_kanban_record:contains(Semelles décollées)", run: "click" },
        { trigger: ".o_notebook .nav-link:contains(Answer)", run: "click" },
        { trigger: ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer)" },
        { trigger: "button[name=action_draft_by_model]", run: "click" },
        { content: "why there is none", trigger: ".o_notification:contains(problem of its own)" },
        { trigger: ".o_leather_draft_body .odoo-editor-editable:contains(Bonjour Nadia Buyer)" },
    ],
});
