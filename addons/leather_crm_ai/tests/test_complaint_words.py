import re
from pathlib import Path

from odoo.tests import tagged

from .complaint_common import ComplaintCase

SEVERITY = Path(__file__).parents[1] / "engine" / "text" / "severity.py"


@tagged("post_install", "-at_install")
class TestComplaintWords(ComplaintCase):
    def test_every_reason_has_words(self):
        """Each reason that the engine knows is a sentence, not a key."""
        keys = set(re.findall(r"^``(\w+)``", SEVERITY.read_text(), re.MULTILINE))
        self.assertGreater(len(keys), 10)
        self.assertLessEqual(keys, set(self.env["leather.complaint"]._get_reason_templates()))

    def test_words(self):
        complaint = self._complain(severity_reasons=[["injury", ""], ["lot_share", "2.5"], ["ppe_failed", "P1"]])
        self.assertIn("Somebody was hurt", complaint.severity_words)
        self.assertIn("2.5 % of the lot", complaint.severity_words)
        self.assertIn("Toe cap", complaint.severity_words)
        self.assertFalse(self._complain().severity_words)

    def test_unknown_reason(self):
        """A reason of a later version is shown as it is."""
        self.assertEqual(self.env["leather.complaint"]._get_severity_sentences([["new", "7"]]), ["new: 7"])
