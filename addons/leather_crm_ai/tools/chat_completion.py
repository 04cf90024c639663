"""Ask a language model over the OpenAI-compatible protocol, and trust nothing that comes back.

One question is one ``POST {base}/chat/completions``. Where it may go is settled by an allow-list, before anything is
sent: https, or http on the machine itself; the addresses that the name stands for are looked up once, checked, and
those very addresses are connected to, so that a name cannot point somewhere else a moment later. Proxies and passwords
of the environment are ignored, redirects are not followed, no cookies are kept. The whole call has a deadline, the
answer a largest size, and it has to look like the protocol says. Tools are never offered, and an answer that calls one
is refused.

Knows nothing of Odoo.
"""

import contextlib
import ipaddress
import json
import re
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

PORTS = {"http": 80, "https": 443}
CONNECT_SECONDS = 10.0
CHUNK = 8_192
MAX_CHARACTERS = 20_000  # of an answer
TEMPERATURE = 0.2
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)  # some models think aloud in front of the answer
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ChatError(Exception):
    """The model was not asked, or its answer is of no use.

    :param code: why, one of ``address``, ``not_listed``, ``private``, ``unreachable``, ``certificate``, ``timeout``,
        ``redirect``, ``key``, ``unknown``, ``busy``, ``server``, ``too_large``, ``not_json``, ``wrong_shape``,
        ``tool``, ``cut_off``, ``empty``
    :param detail: what it is about (an address, a status); nothing secret
    """

    def __init__(self, code, detail=""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, str(detail)


@dataclass(frozen=True)
class Place:
    """Where a model may be asked. ``may_be_private``: its name may stand for an address of the internal network."""

    scheme: str
    host: str
    port: int
    may_be_private: bool = False

    @property
    def origin(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True)
class Limits:
    """Seconds for the whole call, words (tokens) and bytes of an answer."""

    seconds: float = 45.0
    max_tokens: int = 800
    max_bytes: int = 262_144


# ------------------------------------------------------------
# Where it may go
# ------------------------------------------------------------


def locate(url):
    """:class:`Place` of an address.

    :raises ChatError: it is none that a model may be asked at: not http(s), with a password, a query, or http to
        another machine.
    """
    try:
        parts = urlsplit((url or "").strip())
        host = _name_host(parts.hostname or "")
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError as error:  # UnicodeError is one
        raise ChatError("address", url) from error
    if parts.scheme not in PORTS or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise ChatError("address", parts.hostname or url)
    if parts.scheme == "http" and not _is_this_machine(host):
        raise ChatError("address", f"http://{host}")
    return Place(parts.scheme, host, port)


def parse_hosts(text):
    """Places of an allow-list such as ``https://llm.example:8443 private, http://127.0.0.1:8000``.

    Entries that are no address, or http to another machine, are left out: they allow nothing.
    """
    places = []
    for entry in (text or "").split(","):
        url, *words = entry.split()[:2] or [""]
        with contextlib.suppress(ChatError):
            place = locate(url)
            places.append(Place(place.scheme, place.host, place.port, words == ["private"]))
    return places


def find_place(url, allowed):
    """The allowed place that an address belongs to.

    :param allowed: list of :class:`Place`
    :raises ChatError: none of them.
    """
    wanted = locate(url)
    for place in allowed:
        if (place.scheme, place.host, place.port) == (wanted.scheme, wanted.host, wanted.port):
            return place
    raise ChatError("not_listed", wanted.origin)


def resolve(place):
    """Addresses to connect to, as strings.

    :raises ChatError: the name is unknown, or one of its addresses is not allowed.
    """
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChatError("unreachable", place.host) from error
    addresses = list(dict.fromkeys(sockaddr[0].partition("%")[0] for *_, sockaddr in found))
    for address in addresses:
        if not _is_allowed(ipaddress.ip_address(address), place):
            raise ChatError("private", f"{place.host} ({address})")
    return addresses


def _name_host(host):
    """One spelling for a host: ASCII, small letters, no dot at the end."""
    address = _as_ip(host)
    return str(address) if address else host.rstrip(".").encode("idna").decode()


def _as_ip(host):
    try:
        return ipaddress.ip_address(host or "")
    except ValueError:
        return None


def _is_this_machine(host):
    address = _as_ip(host)
    return host == "localhost" if address is None else address.is_loopback


def _is_allowed(address, place):
    """A listed number is allowed as it is; a name may not stand for an inner address, unless the list says so."""
    address = _unwrap(address)
    if address.is_unspecified or address.is_multicast:
        return False
    listed = _as_ip(place.host)
    if listed is not None:
        return address == _unwrap(listed)
    if place.host == "localhost":
        return address.is_loopback
    if address.is_global:
        return True
    return place.may_be_private and not (address.is_loopback or address.is_link_local or address.is_reserved)


def _unwrap(address):
    """The IPv4 address inside an IPv6 one, by whatever way it is wrapped."""
    if address.version == 4:
        return address
    if address in _NAT64:
        return ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


# ------------------------------------------------------------
# The call
# ------------------------------------------------------------


def ask(base_url, model, messages, *, allowed, api_key=None, limits=None, ca_file=None):
    """The model's answer to messages.

    :param base_url: such as ``https://llm.example:8443/v1``
    :param messages: list of ``{"role", "content"}``
    :param allowed: list of :class:`Place`
    :param limits: :class:`Limits`
    :param ca_file: certificates of an authority of one's own
    :return: str, without the spaces around it
    :raises ChatError: see there.
    """
    limits = limits or Limits()
    addresses = resolve(find_place(base_url, allowed))
    question = {
        "model": model,
        "messages": messages,
        "temperature": TEMPERATURE,
        "max_tokens": limits.max_tokens,
        "stream": False,
    }
    with _Call(addresses, limits) as call:
        return read_answer(call.post(f"{base_url.strip().rstrip('/')}/chat/completions", question, api_key, ca_file))


class _Call:
    """One exchange with a deadline: what is connected when it passes is shut down, whatever it waits for."""

    def __init__(self, addresses, limits):
        self.addresses, self.limits = addresses, limits
        self.ends = time.monotonic() + limits.seconds
        self.is_late = False
        self._sockets = []
        self._timer = threading.Timer(limits.seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *exc_info):
        self._timer.cancel()
        for one in self._sockets:
            one.close()

    def _expire(self):
        self.is_late = True
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def dial(self, connection):
        """A socket to the first address that answers; never to one that was not checked."""
        problem = None
        for address in self.addresses:
            seconds = min(CONNECT_SECONDS, max(0.01, self.ends - time.monotonic()))
            try:
                opened = socket.create_connection((address, connection.port), seconds)
            except TimeoutError as error:
                problem = ConnectTimeoutError(connection, str(error))
            except OSError as error:
                problem = NewConnectionError(connection, str(error))
            else:
                self._sockets.append(opened.dup())  # encryption takes the socket itself away
                if self.is_late:
                    self._expire()
                return opened
        raise problem

    def post(self, url, question, api_key, ca_file):
        """Bytes of the answer."""
        try:
            body = self._exchange(url, question, api_key, ca_file)
        except ChatError as error:
            if not self.is_late:
                raise
            raise ChatError("timeout") from error
        if self.is_late:  # a connection that is shut down looks like an answer that has ended
            raise ChatError("timeout")
        return body

    def _exchange(self, url, question, api_key, ca_file):
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        with _Session() as session:
            session.mount("https://", adapter := _Adapter(self))
            session.mount("http://", adapter)
            try:
                request = session.prepare_request(requests.Request("POST", url, json=question, headers=headers))
                response = session.send(request, stream=True, allow_redirects=False, verify=ca_file or True)
                with contextlib.closing(response):
                    _check_head(response, self.limits.max_bytes)
                    return self._read(response.raw)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise self._explain(error) from error

    def _read(self, raw):
        body = bytearray()
        while chunk := raw.read(CHUNK, decode_content=False):
            body += chunk
            if len(body) > self.limits.max_bytes:
                raise ChatError("too_large")
        return bytes(body)

    def _explain(self, error):
        if self.is_late or isinstance(error, (requests.Timeout, TimeoutError)) or "timed out" in str(error):
            return ChatError("timeout")
        if isinstance(error, requests.exceptions.SSLError):
            return ChatError("certificate")
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return ChatError("address")
        if isinstance(error, OSError) and ("CA certificate" in str(error) or "TLS CA" in str(error)):
            return ChatError("certificate")
        return ChatError("unreachable")


class _Session(requests.Session):
    """Without anything from the environment, and without a look at where a redirect leads."""

    def __init__(self):
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Connection": "close",
                "User-Agent": "leather-crm-ai",
            }
        )

    def get_redirect_target(self, resp):
        return None  # requests reads the whole body of a redirect, however long, even when it is not to follow


class _Adapter(HTTPAdapter):
    """Connects through :meth:`_Call.dial`; name and certificate stay those of the address that was asked for."""

    def __init__(self, call):
        self._call = call
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        made = super().init_poolmanager(*args, **kwargs)
        dial = {"_new_conn": lambda connection: self._call.dial(connection)}
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": type(connection.__name__, (connection,), dial)})
            for scheme, pool, connection in (
                ("http", HTTPConnectionPool, HTTPConnection),
                ("https", HTTPSConnectionPool, HTTPSConnection),
            )
        }
        return made

    def send(self, request, **kwargs):
        seconds = max(0.01, self._call.ends - time.monotonic())
        return super().send(request, **{**kwargs, "timeout": (min(CONNECT_SECONDS, seconds), seconds), "proxies": {}})


def _check_head(response, max_bytes):
    """Does the answer say that it is one? Nothing of its body is read here."""
    status = response.status_code
    if 300 <= status < 400:
        raise ChatError("redirect", status)
    if status != 200:
        code = {401: "key", 403: "key", 404: "unknown", 429: "busy"}.get(status, "server")
        raise ChatError(code, status)
    if not response.headers.get("Content-Type", "").lower().startswith("application/json"):
        raise ChatError("not_json")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ChatError("not_json")  # a small packed answer can be huge when unpacked
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise ChatError("too_large")


# ------------------------------------------------------------
# What came back
# ------------------------------------------------------------


def read_answer(body):
    """Text of the answer.

    :param body: bytes
    :raises ChatError: it is not what the protocol says, calls a tool, or was cut off.
    """
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ChatError("not_json") from error
    choices = _take(data, "choices", list)
    choice = _take({"first": choices[0] if choices else None}, "first", dict)
    message = _take(choice, "message", dict)
    if message.get("tool_calls") or message.get("function_call") or choice.get("finish_reason") == "tool_calls":
        raise ChatError("tool")
    text = _take(message, "content", str)
    if choice.get("finish_reason") == "length":
        raise ChatError("cut_off")
    text = _THOUGHTS.sub("", text).replace("\x00", "").strip()
    if not text:
        raise ChatError("empty")
    if len(text) > MAX_CHARACTERS:
        raise ChatError("too_large")
    return text


def _take(data, key, kind):
    """``data[key]`` if it is of that kind."""
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, kind):
        raise ChatError("wrong_shape")
    return value
