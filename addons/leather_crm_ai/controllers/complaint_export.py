from odoo.addons.web.controllers.export import ExcelExport

from ..wizards.column_types import neutralise

MODEL = "leather.complaint"


class ComplaintExport(ExcelExport):
    """The spreadsheet of a grouped list has the names of the groups as headings, and strangers wrote some of them.

    The cells below them are harmless already: see ``leather.complaint._export_rows``.
    """

    def from_group_data(self, fields, columns_headers, groups):
        if groups._model._name == MODEL:
            _neutralise_groups(groups)
        return super().from_group_data(fields, columns_headers, groups)


def _neutralise_groups(node):
    """Rename the groups below a node of the tree; records as groups are pairs of id and name."""
    node.children = {_neutralise_key(key): child for key, child in node.children.items()}
    for child in node.children.values():
        _neutralise_groups(child)


def _neutralise_key(key):
    return tuple(map(neutralise, key)) if isinstance(key, tuple) else neutralise(key)
