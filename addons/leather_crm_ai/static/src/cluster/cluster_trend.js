import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { localization } from "@web/core/l10n/localization";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const BAR = 18;
const GAP = 4;
const HEIGHT = 120;

/** Complaints week by week as bars, and what is usual as a line; time runs in the direction of the language. */
export class ClusterTrend extends Component {
    static template = "leather_crm_ai.ClusterTrend";
    static props = { ...standardFieldProps };

    get weeks() {
        return this.props.record.data[this.props.name] || [];
    }

    get width() {
        return Math.max(1, this.weeks.length) * (BAR + GAP);
    }

    get height() {
        return HEIGHT;
    }

    get highest() {
        return Math.max(1, ...this.weeks.map(([, count, usual]) => Math.max(count, usual)));
    }

    /** Where the n-th week stands. */
    x(place) {
        const along = place * (BAR + GAP) + GAP / 2;
        return localization.direction === "rtl" ? this.width - along - BAR : along;
    }

    y(value) {
        return HEIGHT - (value / this.highest) * (HEIGHT - 8);
    }

    get bars() {
        return this.weeks.map(([day, count, usual], place) => ({
            key: day,
            x: this.x(place),
            y: this.y(count),
            width: BAR,
            height: HEIGHT - this.y(count),
            above: count > usual,
            title: _t("Week of %(day)s: %(count)s complaints, %(usual)s usual", {
                day: this.toText(day),
                count,
                usual: formatFloat(usual, { digits: [16, 2] }),
            }),
        }));
    }

    get line() {
        return this.weeks.map(([, , usual], place) => `${this.x(place) + BAR / 2},${this.y(usual)}`).join(" ");
    }

    get first() {
        return this.weeks.length ? this.toText(this.weeks[0][0]) : "";
    }

    get last() {
        return this.weeks.length ? this.toText(this.weeks[this.weeks.length - 1][0]) : "";
    }

    get label() {
        const total = this.weeks.reduce((sum, [, count]) => sum + count, 0);
        return _t("%(total)s complaints in %(weeks)s weeks", { total, weeks: this.weeks.length });
    }

    toText(day) {
        return deserializeDate(day).toFormat(localization.dateFormat);
    }
}

registry.category("fields").add("leather_cluster_trend", {
    component: ClusterTrend,
    displayName: _t("Complaints week by week"),
    supportedTypes: ["jsonb", "json"],
});
