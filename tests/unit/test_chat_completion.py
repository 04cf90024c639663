"""The client of hosted language models, against a real server on this machine that behaves well or badly."""

import datetime
import importlib.util
import ipaddress
import json
import os
import socket
import ssl
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

ADDON = Path(__file__).resolve().parents[2] / "addons" / "leather_crm_ai"


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, ADDON / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


chat = _load("leather_chat_completion", "tools/chat_completion.py")
server_module = _load("leather_model_server", "tests/model_server.py")
completion = server_module.completion
MESSAGES = [{"role": "user", "content": "Hello"}]
QUICK = chat.Limits(seconds=0.6, max_tokens=50, max_bytes=20_000)


@pytest.fixture
def server():
    with server_module.ModelServer() as one:
        yield one


def ask(server, **more):
    url = more.pop("url", server.url)
    more.setdefault("allowed", chat.parse_hosts(server.url))
    return chat.ask(url, "small", MESSAGES, limits=QUICK, **more)


def refused(server, **more):
    with pytest.raises(chat.ChatError) as found:
        ask(server, **more)
    return found.value.code


def test_good_answer(server):
    server.reply = "  <think>hm</think> Fine. "
    assert ask(server, api_key="secret") == "Fine."
    path, headers, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Host"].startswith("127.0.0.1:")
    assert json.loads(body) == {
        "model": "small",
        "messages": MESSAGES,
        "temperature": chat.TEMPERATURE,
        "max_tokens": 50,
        "stream": False,
    }  # and so neither tools nor anything else


def test_no_key_no_header(server):
    ask(server)
    assert "Authorization" not in server.requests[0][1]


def test_environment_is_ignored(server, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password netrcsecret\n")
    environ = {"http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    with patch.dict(os.environ, environ):
        os.environ.pop("no_proxy", None)
        os.environ.pop("NO_PROXY", None)
        assert ask(server) == "Good."
    assert "Authorization" not in server.requests[0][1]


@pytest.mark.parametrize("behaviour", ["silent", "dripping", "slow_head", "late"])
def test_slow(server, behaviour):
    server.reply = getattr(server, behaviour)
    started = time.monotonic()
    assert refused(server) == "timeout"
    assert time.monotonic() - started < 2


def test_late_is_not_too_late(server):
    server.reply = server.late
    text = chat.ask(server.url, "m", MESSAGES, allowed=chat.parse_hosts(server.url), limits=chat.Limits(seconds=5))
    assert text == "Late."


@pytest.mark.parametrize("behaviour, code", [("endless", "too_large"), ("cut", "unreachable")])
def test_stream(server, behaviour, code):
    server.reply = getattr(server, behaviour)
    assert refused(server) == code


def test_huge(server):
    server.reply = "x" * 30_000
    assert refused(server) == "too_large"


@pytest.mark.parametrize(
    "status, code",
    [(301, "redirect"), (307, "redirect"), (401, "key"), (403, "key"), (404, "unknown"), (429, "busy")]
    + [(500, "server"), (503, "server"), (204, "server"), (400, "server")],
)
def test_status(server, status, code):
    server.status, server.headers = status, {"Location": server.url + "/elsewhere"}
    assert refused(server, api_key="secret") == code
    assert len(server.requests) == 1


def test_endless_redirect_is_not_read(server):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not server.stopped.is_set():
            handler.wfile.write(b"1000\r\n" + b" " * 4096 + b"\r\n")

    server.reply = redirect
    started = time.monotonic()
    assert refused(server) == "redirect"
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", ""])
def test_kind_of_answer(server, kind):
    server.kind = kind
    assert refused(server) == "not_json"


def test_packed_answer(server):
    server.headers = {"Content-Encoding": "gzip"}
    assert refused(server) == "not_json"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 15_000, b"9" * 15_000 + b"x"])
def test_not_json(server, body):
    server.reply = body
    assert refused(server) == "not_json"


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"choices": []},
        {"choices": {}},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"message": []}]},
        {"choices": [{"message": {"content": None}}]},
        {"choices": [{"message": {"content": ["a"]}}]},
        {"choices": [{"text": "old protocol"}]},
        {"error": {"message": "no"}},
    ],
)
def test_wrong_shape(server, answer):
    server.reply = answer
    assert refused(server) == "wrong_shape"


@pytest.mark.parametrize(
    "answer, code",
    [
        (completion("Done.", message={"tool_calls": [{"function": {"name": "send_mail"}}]}), "tool"),
        (completion("Done.", message={"function_call": {"name": "send_mail"}}), "tool"),
        (completion("Done.", finish_reason="tool_calls"), "tool"),
        (completion("Half of", finish_reason="length"), "cut_off"),
        (completion("  \n "), "empty"),
        (completion("<think>only thoughts</think>"), "empty"),
    ],
)
def test_unusable(server, answer, code):
    server.reply = answer
    assert refused(server) == code


def test_nobody_there():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{one.getsockname()[1]}/v1"
    with pytest.raises(chat.ChatError) as found:
        chat.ask(url, "m", MESSAGES, allowed=chat.parse_hosts(url), limits=QUICK)
    assert found.value.code == "unreachable"


def test_not_encrypted_where_it_should_be(server):
    url = server.url.replace("http:", "https:")
    assert refused(server, url=url, allowed=chat.parse_hosts(url)) == "certificate"


def test_bad_key(server):
    assert refused(server, api_key="a\r\nX-Evil: 1") == "address"
    assert not server.requests


# ------------------------------------------------------------
# Where it may go
# ------------------------------------------------------------


def test_only_what_is_listed(server):
    for listed in ("", "http://127.0.0.1:1", "https://127.0.0.1", "http://localhost", None, "nonsense, ://"):
        assert refused(server, allowed=chat.parse_hosts(listed)) == "not_listed"
    assert not server.requests


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://llm.example/v1",
        "http://10.0.0.1/v1",
        "https://user:pw@llm.example/v1",
        "https://llm.example@127.0.0.1/v1",
        "https://llm.example/v1?x=1",
        "https://llm.example/v1#x",
        "https://llm.example:99999/v1",
        "https:///v1",
        "https://a..b/v1",
        "http://127.1:8000/v1",
        "http://2130706433/v1",
    ],
)
def test_no_address(url):
    with pytest.raises(chat.ChatError) as found:
        chat.locate(url)
    assert found.value.code == "address"


def test_spellings_of_one_host():
    listed = chat.parse_hosts("https://LLM.Example. , http://[::1]:8000 private")
    assert chat.find_place("https://llm.example:443/v1", listed).origin == "https://llm.example:443"
    assert chat.find_place("http://[0:0:0:0:0:0:0:1]:8000/v1", listed).origin == "http://[::1]:8000"


@pytest.mark.parametrize(
    "entry, address, is_allowed",
    [
        ("https://llm.example", "93.184.216.34", True),
        ("https://llm.example", "2606:4700::1", True),
        ("https://llm.example", "10.1.2.3", False),
        ("https://llm.example private", "10.1.2.3", True),
        ("https://llm.example private", "fd00::5", True),
        ("https://llm.example private", "100.64.0.9", True),
        ("https://llm.example private", "127.0.0.1", False),
        ("https://llm.example private", "::1", False),
        ("https://llm.example private", "169.254.169.254", False),
        ("https://llm.example private", "fe80::1", False),
        ("https://llm.example private", "0.0.0.0", False),
        ("https://llm.example private", "224.0.0.1", False),
        ("https://llm.example", "::ffff:10.1.2.3", False),
        ("https://llm.example", "64:ff9b::a01:203", False),
        ("https://llm.example", "2002:a01:203::1", False),
        ("https://llm.example", "::ffff:127.0.0.1", False),
        ("https://10.1.2.3:8443", "10.1.2.3", True),
        ("https://169.254.169.254", "169.254.169.254", True),
        ("http://127.0.0.1:8000", "127.0.0.1", True),
        ("http://localhost:8000", "::1", True),
        ("http://localhost:8000", "10.1.2.3", False),
    ],
)
def test_addresses(entry, address, is_allowed):
    (place,) = chat.parse_hosts(entry)
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with patch("socket.getaddrinfo", return_value=[(family, socket.SOCK_STREAM, 6, "", (address, place.port))]):
        if is_allowed:
            assert chat.resolve(place) == [address]
        else:
            with pytest.raises(chat.ChatError, match="private"):
                chat.resolve(place)


def test_one_bad_address_is_enough():
    (place,) = chat.parse_hosts("https://llm.example")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    with patch("socket.getaddrinfo", return_value=found), pytest.raises(chat.ChatError, match="private"):
        chat.resolve(place)


def test_name_is_looked_up_once(server):
    """A name that points somewhere else a moment later: the address that was checked is the one connected to."""
    port = int(server.url.rpartition(":")[2].split("/")[0])
    real, asked = socket.getaddrinfo, []

    def lookup(host, *args, **kwargs):
        if host != "localhost":
            return real(host, *args, **kwargs)
        asked.append(host)
        if len(asked) > 1:
            raise AssertionError("looked up again")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    url = f"http://localhost:{port}/v1"
    with patch("socket.getaddrinfo", lookup):
        assert ask(server, url=url, allowed=chat.parse_hosts(url)) == "Good."
    assert asked == ["localhost"]
    assert server.requests[0][1]["Host"] == f"localhost:{port}"


# ------------------------------------------------------------
# Encrypted
# ------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """File with a certificate of this module's own for ``localhost``, and one with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with server_module.ModelServer(tls=context) as one:
        yield one


def test_certificate_is_that_of_the_name(tls_server, certificate):
    """The name is looked up once, the connection goes to its number, and the certificate has to be the name's."""
    url = tls_server.url.replace("127.0.0.1", "localhost")
    listed = chat.parse_hosts(url)
    assert ask(tls_server, url=url, allowed=listed, ca_file=str(certificate[0])) == "Good."
    assert refused(tls_server, url=url, allowed=listed) == "certificate"  # an authority that nobody knows
    listed = chat.parse_hosts(tls_server.url)
    assert refused(tls_server, allowed=listed, ca_file=str(certificate[0])) == "certificate"  # another name
    assert refused(tls_server, allowed=listed, ca_file="/nowhere.pem") == "certificate"
    assert len(tls_server.requests) == 1


@pytest.mark.parametrize("behaviour, code", [("silent", "timeout"), ("dripping", "timeout"), ("endless", "too_large")])
def test_bad_behaviour_under_encryption(tls_server, certificate, behaviour, code):
    url = tls_server.url.replace("127.0.0.1", "localhost")
    tls_server.reply = getattr(tls_server, behaviour)
    started = time.monotonic()
    assert refused(tls_server, url=url, allowed=chat.parse_hosts(url), ca_file=str(certificate[0])) == code
    assert time.monotonic() - started < 2


def test_environment_cannot_name_authorities(tls_server, certificate):
    url = tls_server.url.replace("127.0.0.1", "localhost")
    with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": str(certificate[0]), "CURL_CA_BUNDLE": str(certificate[0])}):
        assert refused(tls_server, url=url, allowed=chat.parse_hosts(url)) == "certificate"
