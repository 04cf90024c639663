import { Component, onWillDestroy } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const REFRESH_MS = 2000;

/** Progress of a training run; reloads the record while the run is under way. */
export class RunProgress extends Component {
    static template = "leather_crm_ai.RunProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.timer = setInterval(() => this.refresh(), REFRESH_MS);
        onWillDestroy(() => clearInterval(this.timer));
    }

    get underWay() {
        return ["queued", "running"].includes(this.props.record.data.state);
    }

    get percent() {
        return Math.round(this.props.record.data.progress);
    }

    async refresh() {
        if (this.underWay && !document.hidden) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("leather_run_progress", {
    component: RunProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "progress", type: "float" },
        { name: "step_label", type: "char" },
    ],
});
