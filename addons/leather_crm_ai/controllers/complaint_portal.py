import uuid

from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.addons.sale.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import format_date

from . import complaint_form as forms
from .complaint_photos import MAX_BYTES, MAX_PHOTOS

FORM = "leather_crm_ai.portal_complaint_new"
HISTORY = "my_complaints_history"
MAX_ORDERS = 30
RATES = (1, 3, 5)


class ComplaintPortal(CustomerPortal):
    """A customer's complaints: what came of them, and how to report a new one."""

    # ------------------------------------------------------------
    # List
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            Complaint = request.env["leather.complaint"]
            readable = Complaint.has_access("read")
            values["complaint_count"] = Complaint.search_count(self._get_complaint_domain()) if readable else 0
        return values

    def _get_complaint_domain(self):
        """Complaints of the user's company; staff who look at the portal see their own company's, not everybody's."""
        return Domain("partner_id", "child_of", request.env.user.partner_id.commercial_partner_id.id)

    def _get_complaint_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "received_on desc, id desc"},
            "stage": {"label": request.env._("Stage"), "order": "stage_id, received_on desc, id desc"},
            "name": {"label": request.env._("Reference"), "order": "name desc, id desc"},
        }

    def _get_complaint_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("Open"), "domain": Domain("stage_id.is_closed", "=", False)},
            "closed": {"label": request.env._("Settled"), "domain": Domain("stage_id.is_closed", "=", True)},
        }

    def _get_complaint_inputs(self):
        return {
            "all": {
                "input": "all",
                "label": request.env._("Search everywhere"),
                "fields": ("name", "subject", "text", "order"),
            },
            "name": {"input": "name", "label": request.env._("Search in references"), "fields": ("name",)},
            "text": {"input": "text", "label": request.env._("Search in what I wrote"), "fields": ("subject", "text")},
            "order": {"input": "order", "label": request.env._("Search in orders"), "fields": ("order",)},
        }

    def _get_complaint_search(self, search, search_in):
        inputs = self._get_complaint_inputs()
        fields = inputs.get(search_in, inputs["all"])["fields"]
        return Domain.OR(self._get_complaint_match(field, search) for field in fields)

    def _get_complaint_match(self, field, search):
        if field != "order":
            return Domain(field, "ilike", search)
        orders = request.env["sale.order"].search(
            Domain("name", "ilike", search) & Domain(self._prepare_orders_domain(request.env.user.partner_id))
        )
        return Domain("sale_order_id", "in", orders.ids)

    @route(["/my/complaints", "/my/complaints/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_complaints(self, page=1, sortby=None, filterby=None, search=None, search_in=None, **_kwargs):
        sortings, filters, inputs = (
            self._get_complaint_sortings(),
            self._get_complaint_filters(),
            self._get_complaint_inputs(),
        )
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        search_in = search_in if search_in in inputs else "all"
        domain = self._get_complaint_domain() & filters[filterby]["domain"]
        if search:
            domain &= self._get_complaint_search(forms.clean_line(search), search_in)
        complaints, pager = self._get_complaint_page(
            domain,
            sortings[sortby]["order"],
            page,
            {"sortby": sortby, "filterby": filterby, "search": search, "search_in": search_in},
        )
        request.session[HISTORY] = complaints.ids[:100]
        return request.render(
            "leather_crm_ai.portal_my_complaints",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "complaint",
                "complaints": complaints,
                "pager": pager,
                "default_url": "/my/complaints",
                "searchbar_sortings": sortings,
                "searchbar_filters": filters,
                "searchbar_inputs": inputs,
                "sortby": sortby,
                "filterby": filterby,
                "search": search,
                "search_in": search_in,
            },
        )

    def _get_complaint_page(self, domain, order, page, url_args):
        Complaint = request.env["leather.complaint"]
        if not Complaint.has_access("read"):
            return Complaint, portal_pager("/my/complaints", 0, page, self._items_per_page, url_args=url_args)
        total = Complaint.search_count(domain)
        pager = portal_pager("/my/complaints", total, page, self._items_per_page, url_args=url_args)
        found = Complaint.search(domain, order=order, limit=self._items_per_page, offset=pager["offset"])
        # sudo: found with the customer's own rights; the page shows the names of the order and the stage
        return found.sudo(), pager

    # ------------------------------------------------------------
    # One complaint
    # ------------------------------------------------------------

    @route("/my/complaints/<int:complaint_id>", type="http", auth="public", website=True)
    def portal_complaint_page(self, complaint_id, access_token=None, **kwargs):
        try:
            complaint = self._document_check_access("leather.complaint", complaint_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        target = complaint._portal_merged_into()
        if target:
            return request.redirect(target.get_portal_url())
        values = {
            "page_name": "complaint",
            "complaint": complaint,
            "res_company": complaint.company_id or request.env.company,
        }
        values = self._get_page_view_values(complaint, access_token, values, HISTORY, False, **kwargs)
        return request.render("leather_crm_ai.portal_my_complaint", values)

    @route("/my/complaints/<int:complaint_id>/rate/<int:rate>", type="http", auth="public", website=True)
    def portal_complaint_rate(self, complaint_id, rate, access_token=None, **_kwargs):
        """On to the page of Odoo's ratings; nothing counts before it is confirmed there."""
        try:
            complaint = self._document_check_access("leather.complaint", complaint_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if rate not in RATES or not complaint._portal_can_rate():
            return request.redirect(complaint.get_portal_url())
        return request.redirect(f"/rate/{complaint._rating_get_access_token()}/{rate}")

    # ------------------------------------------------------------
    # A new one
    # ------------------------------------------------------------

    @route("/my/complaints/new", type="http", auth="user", website=True, methods=["GET", "POST"])
    def portal_complaint_new(self, **form):
        form = forms.only_text(form)
        order_id = forms.clean_line(form.pop("order_id", ""))
        orders = self._get_orders_to_report(order_id)
        if order_id and not orders:
            return request.redirect("/my")
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "complaint_new",
            "orders": orders,
            "order_id": order_id,
            "say_date": lambda moment: format_date(request.env, moment),
            "form": {"concerns": f"order-{orders.id}" if order_id else "", **form},
            "form_key": form.get("form_key") or str(uuid.uuid4()),
            "max_photos": MAX_PHOTOS,
            "max_bytes": MAX_BYTES,
            "errors": {},
        }
        if request.httprequest.method == "POST":
            return self._report_complaint(form, values)
        return request.render(FORM, values)

    def _get_orders_to_report(self, order_id=None):
        """The customer's own orders, latest first; or that one of them."""
        Order = request.env["sale.order"]
        domain = Domain(self._prepare_orders_domain(request.env.user.partner_id))
        if order_id:
            if not order_id.isdecimal():
                return Order
            domain &= Domain("id", "=", int(order_id))
        if not Order.has_access("read"):
            return Order
        # sudo: found with the customer's own rights; the form shows the names of the products
        return Order.search(domain, order="date_order desc, id desc", limit=MAX_ORDERS).sudo()

    def _report_complaint(self, form, values):
        sent = forms.find_sent(form)
        if sent:
            return forms.accept(f"/my/complaints/{sent}")
        report, errors = self._read_report(form)
        photos, errors["photos"] = forms.read_uploads()
        errors = {name: text for name, text in errors.items() if text}
        if errors:
            return forms.refuse(FORM, values, errors)
        # sudo: customers have no right to create; every link in it was found with their own rights
        complaint = request.env["leather.complaint"].sudo()._create_from_portal(report, photos, request.env.user)
        forms.remember_sent(form, complaint)
        return forms.accept(f"{complaint.access_url}?reported=1")

    def _read_report(self, form):
        """What is reported, and what is wrong with it by field."""
        errors = {}
        report = forms.read_lines(form, ("subject", "size", "lot"))
        report["message"], errors["message"] = forms.read_message(form)
        report["pairs"], errors["pairs"] = forms.read_pairs(form)
        try:
            report["order"], report["line"] = self._find_concern(forms.clean_line(form.get("concerns")))
        except LookupError:
            errors["concerns"] = request.env._("Choose one of your orders or products.")
        return report, errors

    def _find_concern(self, concern):
        """The order and its line that were chosen (``line-7``, ``order-3`` or nothing), among the customer's own.

        :raises LookupError: there is no such order or line of this customer.
        """
        Line = request.env["sale.order.line"]
        if not concern:
            return request.env["sale.order"], Line
        kind, _dash, number = concern.partition("-")
        if not number.isdecimal() or kind not in ("order", "line"):
            raise LookupError(concern)
        # sudo: only to learn the line's order, which is then searched with the customer's own rights
        line = Line.sudo().browse(int(number)).exists() if kind == "line" else Line
        order = self._get_orders_to_report(str(line.order_id.id) if kind == "line" else number)
        if not order or (kind == "line" and not line):
            raise LookupError(concern)
        return order, line
