import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { localization } from "@web/core/l10n/localization";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const COLOURS = {
    on_time: "text-success",
    soon: "text-warning",
    late: "text-danger",
    waiting: "text-info",
    done: "text-muted",
};
const ICONS = {
    on_time: "fa-clock-o",
    soon: "fa-clock-o",
    late: "fa-exclamation-circle",
    waiting: "fa-hourglass-half",
    done: "fa-check",
};

/**
 * What has to happen next on a complaint, and when, in words: "Answer in 3 hours", "Resolve · 2 days ago".
 * The colour is that of the clock; the exact moment stands in the tooltip.
 */
export class ComplaintDeadline extends Component {
    static template = "leather_crm_ai.ComplaintDeadline";
    static props = { ...standardFieldProps };

    get state() {
        return this.props.record.data[this.props.name] || "on_time";
    }

    get colour() {
        return COLOURS[this.state];
    }

    get icon() {
        return ICONS[this.state];
    }

    /** [what is to be done, the moment it is about] */
    get next() {
        const data = this.props.record.data;
        if (this.state === "done") {
            return [_t("Closed"), data.resolved_on];
        }
        if (this.state === "waiting") {
            return [_t("Waiting"), data.waiting_since];
        }
        const open = [
            [_t("Answer"), !data.first_answered_on && data.first_answer_deadline],
            [_t("Contain the lot"), !data.contained_on && data.contain_deadline],
            [_t("Resolve"), data.resolution_deadline],
        ].filter(([, moment]) => moment);
        open.sort(([, one], [, other]) => one - other);
        return open[0] || ["", false];
    }

    get label() {
        return this.next[0];
    }

    get when() {
        const moment = this.next[1];
        return moment ? moment.toRelative({ locale: DateTime.now().locale }) : "";
    }

    get tooltip() {
        const moment = this.next[1];
        return moment ? moment.toFormat(localization.dateTimeFormat) : "";
    }
}

registry.category("fields").add("leather_complaint_deadline", {
    component: ComplaintDeadline,
    displayName: _t("Deadline in words"),
    supportedTypes: ["selection"],
    fieldDependencies: [
        { name: "first_answer_deadline", type: "datetime", readonly: true },
        { name: "first_answered_on", type: "datetime", readonly: true },
        { name: "contain_deadline", type: "datetime", readonly: true },
        { name: "contained_on", type: "datetime", readonly: true },
        { name: "resolution_deadline", type: "datetime", readonly: true },
        { name: "resolved_on", type: "datetime", readonly: true },
        { name: "waiting_since", type: "datetime", readonly: true },
    ],
});
