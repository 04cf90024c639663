import { registry } from "@web/core/registry";

/** A quality manager opens the cluster of the night, looks at list and trend, and confirms the defect. */
registry.category("web_tour.tours").add("leather_complaint_cluster", {
    url: "/odoo/complaint-clusters",
    steps: () => [
        { content: "the bad lot", trigger: ".o_data_row:contains(Boot-18):contains(Q1) td[name=unit]", run: "click" },
        { content: "why it is here", trigger: "div[name=explanation]:contains(usual)" },
        { content: "week by week", trigger: "div[name=trend] svg rect.o_leather_above" },
        { content: "its complaints", trigger: "div[name=complaint_ids] .o_data_row:nth-child(4)" },
        { content: "seen from further away", trigger: ".nav-link:contains(Also seen as)", run: "click" },
        { trigger: "div[name=also_ids] .o_data_row:contains(Boot)" },
        { trigger: "button[name=action_look_into]", run: "click" },
        { trigger: ".o_statusbar_status button.o_arrow_button_current:contains(looked into)" },
        { trigger: ".nav-link:contains(What was found)", run: "click" },
        { trigger: "div[name=note] .odoo-editor-editable", run: "editor Old adhesive in week 20" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
        { trigger: "button[name=action_confirm]", run: "click" },
        { content: "a defect", trigger: ".o_statusbar_status button.o_arrow_button_current:contains(Confirmed)" },
        { trigger: "button[name=action_view_complaints]", run: "click" },
        { trigger: ".o_list_view .o_data_row:nth-child(4) td[name=subject]", run: "click" },
        { content: "each says that it is not alone", trigger: ".o_form_view .alert:contains(Not the only one)" },
    ],
});
