import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Past complaints like the one on the form: why they are alike, how they ended, and their answer to take. */
export class SimilarComplaints extends Component {
    static template = "leather_crm_ai.SimilarComplaints";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ status: "loading", items: [], open: {} });
        onWillStart(() => {
            this.load(this.props.record.resId);
        });
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.shownId) {
                this.load(next.record.resId);
            }
        });
    }

    get canTake() {
        return !this.props.readonly && this.props.record.isInEdition && !this.props.record.data.resolved_on;
    }

    /** The form does not wait for it; an answer that comes after the form has moved on is dropped. */
    async load(resId) {
        this.shownId = resId;
        Object.assign(this.state, { status: resId ? "loading" : "new", items: [], open: {} });
        if (!resId) {
            return;
        }
        try {
            const items = await this.orm.silent.call("leather.complaint", "action_find_similar", [[resId]]);
            if (this.shownId === resId) {
                Object.assign(this.state, { status: items.length ? "found" : "none", items });
            }
        } catch {
            if (this.shownId === resId) {
                this.state.status = "failed";
            }
        }
    }

    stars(item) {
        return item.rating ? _t("rated %s / 5", item.rating) : "";
    }

    uses(item) {
        return item.uses ? _t("taken again: %s", item.uses) : "";
    }

    toggle(item) {
        this.state.open[item.id] = !this.state.open[item.id];
    }

    open(item) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "leather.complaint",
            res_id: item.id,
            views: [[false, "form"]],
        });
    }

    async take(item) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        await this.orm.call("leather.complaint", "action_take_answer", [[record.resId], item.id]);
        await record.load();
    }
}

registry.category("view_widgets").add("leather_similar", {
    component: SimilarComplaints,
    fieldDependencies: [{ name: "resolved_on", type: "datetime", readonly: true }],
});
