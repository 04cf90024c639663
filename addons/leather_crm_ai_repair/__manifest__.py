{
    "name": "Leather CRM AI: repairs",
    "summary": "Repair orders for complaints",
    "version": "19.0.3.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Leather CRM AI contributors",
    "website": "https://github.com/leather-crm-ai/leather_crm_ai",
    "depends": ["leather_crm_ai", "repair"],
    "data": ["views/leather_complaint_views.xml", "views/repair_order_views.xml"],
    "auto_install": True,
}
