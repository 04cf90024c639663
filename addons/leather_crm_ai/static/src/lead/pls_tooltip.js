import { patch } from "@web/core/utils/patch";
import { CrmPlsTooltip, CrmPlsTooltipButton } from "@crm/views/crm_form/crm_pls_tooltip_button";

Object.assign(CrmPlsTooltip.props, {
    aiReasons: { optional: true, type: Array },
    aiVersion: { optional: true, type: String },
    aiNote: { optional: true, type: String },
});

patch(CrmPlsTooltip.prototype, {
    get aiFor() {
        return (this.props.aiReasons || []).filter((reason) => reason.for_win);
    },
    get aiAgainst() {
        return (this.props.aiReasons || []).filter((reason) => !reason.for_win);
    },
});

/** Core passes a fixed set of values to its tooltip: ours travel along when it is opened. */
patch(CrmPlsTooltipButton.prototype, {
    setup() {
        super.setup();
        const { popover, orm } = this;
        const call = orm.call.bind(orm);
        let data = {};
        this.orm = Object.assign(Object.create(orm), {
            call: async (...args) => (data = await call(...args)),
        });
        this.popover = {
            get isOpen() {
                return popover.isOpen;
            },
            close: () => popover.close(),
            open: (target, props) =>
                popover.open(target, {
                    ...props,
                    ...(data.ai_reasons ? { aiReasons: data.ai_reasons } : {}),
                    ...(data.ai_version ? { aiVersion: data.ai_version } : {}),
                    ...(data.ai_note ? { aiNote: data.ai_note } : {}),
                }),
        };
    },
});
