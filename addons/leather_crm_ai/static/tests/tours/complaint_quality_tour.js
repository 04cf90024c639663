import { registry } from "@web/core/registry";

/** A quality manager: a dangerous complaint, its lot held, a delivery that does not leave, the release, the 8D report. */
registry.category("web_tour.tours").add("leather_complaint_quality", {
    url: "/odoo/complaints",
    steps: () => [
        { trigger: ".o_kanban_record:contains(A nail went through)", run: "click" },
        { content: "stop the lot", trigger: "button[name=action_contained]", run: "click" },
        { content: "it is on hold", trigger: ".alert:contains(The lot is on hold):contains(L-TOUR)" },
        { content: "try to deliver it", trigger: "button[name=action_view_picking]", run: "click" },
        { content: "the delivery warns", trigger: ".o_form_view .alert-danger:contains(on hold):contains(L-TOUR)" },
        { trigger: "button[name=button_validate]:visible", run: "click" },
        { content: "it does not leave", trigger: ".modal .alert-danger:contains(may not leave):contains(L-TOUR)" },
        { trigger: ".modal button:contains(Do not deliver)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view .alert-danger:contains(L-TOUR)" },
        { content: "back to the complaint", trigger: ".o_breadcrumb .o_back_button", run: "click" },
        { trigger: "button[name=action_release_lot]", run: "click" },
        { trigger: ".modal div[name=reason] input", run: "edit Every sole was looked at" },
        { trigger: ".modal button:contains(Release)", run: "click" },
        { trigger: ".o_form_view:not(:has(.alert:visible:contains(The lot is on hold)))" },
        { content: "resolution", trigger: ".o_notebook a[name=resolution]", run: "click" },
        { content: "the report", trigger: "button[name=action_print_8d]", run: "click" },
        { content: "no error", trigger: "body:not(:has(.o_error_dialog)):not(:has(.o_blockUI)) .o_form_view" },
    ],
});
