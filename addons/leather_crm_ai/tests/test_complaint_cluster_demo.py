from odoo.tests import TransactionCase, tagged

from ..demo import complaint_story, story


class TestClusterStory(TransactionCase):
    """What the shoes of the story are made of."""

    def test_every_model_has_materials(self):
        rows = story.read_csv("materials.csv")
        models = {row["code"] for row in story.read_csv("models.csv")}
        self.assertEqual({code for row in rows for code in row["models"].split()}, models)
        self.assertEqual(len({row["code"] for row in rows}), len(rows))


@tagged("post_install", "-at_install")
class TestClusterDemo(TransactionCase):
    """The bad lot of the demonstration data is there to be looked at."""

    def setUp(self):
        super().setUp()
        if not self.env.ref("leather_crm_ai.demo_material_mat_cuir", raise_if_not_found=False):
            self.skipTest("optional: this database has no materials of the demo data")

    def test_the_bad_lot(self):
        clusters = self.env["leather.complaint.cluster"].search(
            [("grade", "=", "alarm"), ("leading_id", "=", False), ("kind", "=", "lot")]
        )
        [cluster] = clusters.filtered(lambda one: one.category_id.code == "Q1")
        self.assertEqual(cluster.lot_id.product_id.default_code, complaint_story.CLUSTER_MODEL)
        self.assertGreaterEqual(cluster.complaint_count, complaint_story.CLUSTER_SIZE)
        self.assertTrue(cluster._get_recipients())
        self.assertTrue(cluster._get_suppliers())

    def test_nobody_invented_gets_a_mail(self):
        self.assertFalse(self.env["mail.mail"].search_count([("model", "=", "leather.complaint.cluster")]))
