import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What the AI proposes for the text of a record: one click takes a proposal, and teaches. */
export class TextProposals extends Component {
    static template = "leather_crm_ai.TextProposals";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
    }

    get heads() {
        return this.props.record.data[this.props.name] || [];
    }

    /** The field itself is computed; whether the reader may choose is the form's to say. */
    get canChoose() {
        return this.props.record.isInEdition;
    }

    state(head) {
        if (head.decided) {
            return { label: _t("Confirmed"), css: "text-bg-success" };
        }
        if (head.automatic) {
            return { label: _t("Set by the AI"), css: "text-bg-warning" };
        }
        return { label: _t("Proposed"), css: "text-bg-info" };
    }

    source(head) {
        return head.source === "model" ? _t("learned") : _t("built in");
    }

    percent(item) {
        return _t("%s %", item.percent);
    }

    async choose(head, item) {
        const { record } = this.props;
        if (!this.canChoose || record.isNew || (item.chosen && head.decided) || !(await record.save())) {
            return;
        }
        await this.orm.call(record.resModel, "action_choose_label", [[record.resId], head.head, item.label]);
        await record.load();
    }
}

registry.category("fields").add("leather_proposals", {
    component: TextProposals,
    supportedTypes: ["json"],
});
