"""The mail benchmark without Odoo: what it sends, how it counts, and its SMTP server."""

import pytest

from bench import complaints_odoo as bench
from bench.complaints_odoo_gateway import Gateway, Sink, WorkerDied


class FakeWorker:
    """Keeps the mails it gets; dies when it is told to, as a process would."""

    kept = []

    def process(self, mail, kill=None):
        if kill != "working":
            self.kept.append(mail)
        if kill:
            raise WorkerDied
        return True

    def stop(self):
        pass


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setattr(FakeWorker, "kept", [])
    return Gateway(FakeWorker, 2, kill_points=[1, 2])


def test_mails_differ_and_no_sender_looks_like_a_loop():
    mails = [bench.make_mail(number) for number in range(200)]
    assert len({mail["Message-ID"] for mail in mails}) == 200
    senders = [mail["From"] for mail in mails]
    assert max(senders.count(sender) for sender in senders) < 20
    assert len({mail.get_content() for mail in mails}) == 200


def test_kill_points_lie_inside():
    assert bench.get_kill_points(2000, 2) == [666, 1333]
    assert bench.get_kill_points(10, 0) == []


@pytest.mark.parametrize(
    ("complaints", "lost", "doubled", "unclassified"),
    [
        ([("a", True), ("b", True)], 0, 0, 0),
        ([("a", True), ("a", True)], 1, 1, 0),
        ([("a", False), ("b", True), (None, True)], 0, 1, 1),
        ([], 2, 0, 0),
    ],
)
def test_count(complaints, lost, doubled, unclassified):
    figures = bench.count(["a", "b"], complaints)
    assert (figures["lost"], figures["doubled"], figures["unclassified"]) == (lost, doubled, unclassified)
    assert bench.is_sound(figures) == (not lost + doubled + unclassified)


def test_speed():
    figures = bench.get_speed([(0.1, 1)] * 19 + [(9.0, 3)], seconds=4)
    assert figures == {"seconds": 4, "mails_per_s": 5.0, "p50_ms": 100, "p95_ms": 545, "resent": 2}
    assert bench.get_speed([(0.2, 1)], seconds=1)["p95_ms"] == 200


def test_a_mail_is_sent_again_until_a_process_has_committed_it(gateway, monkeypatch):
    monkeypatch.setattr(bench, "PAUSE", 0.01)
    with Sink(gateway.deliver) as sink:
        tries = [bench.send(sink.port, number)[1] for number in range(4)]
        sink.shutdown()
    assert tries == [1, 2, 2, 1]  # killed after the first and after the second accepted mail
    assert gateway.deaths == 2
    # the third was committed before the process died, so it came twice: Odoo has to notice
    assert [mail.count(b"Message-ID: <bench.2@") for mail in FakeWorker.kept] == [0, 0, 1, 1, 0]


def test_the_mail_arrives_as_it_was_sent(monkeypatch):
    arrived = []
    monkeypatch.setattr(bench, "TEXTS", (("Dots", ".hidden\n..\n.\nشكوى"),))
    with Sink(lambda mail: arrived.append(mail) or True) as sink:
        assert bench.send(sink.port, 0)[1] == 1
        sink.shutdown()
    assert arrived == [bench.make_mail(0).as_bytes()]
