"""What a text says: language, complaint codes, severity, entities. Plain Python, never Odoo."""
