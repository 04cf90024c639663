"""A few lines over Chromium's DevTools protocol: log in to Odoo, open pages, click, take screenshots."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


class Browser:
    """One headless Chromium with one page.

    :param size: (width, height) of the window in pixels.
    :raises RuntimeError: no Chromium on this machine.
    """

    def __init__(self, size=(1440, 900)):
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not chromium:
            raise RuntimeError("Chromium is missing: run script/setup, which installs it")
        self.profile = tempfile.mkdtemp(prefix="browser-")
        self.process = subprocess.Popen(
            [chromium, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.number = 0
        self.errors = []
        self.socket = websocket.create_connection(self._find_page(), suppress_origin=True, timeout=60)
        self.send("Page.enable")
        self.send("Runtime.enable")
        self.resize(size)

    def _find_page(self):
        port_file = Path(self.profile) / "DevToolsActivePort"
        for _attempt in range(200):
            if port_file.exists() and port_file.read_text().strip():
                port = port_file.read_text().split()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                    pages = [page for page in json.load(answer) if page["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.1)
        raise RuntimeError("Chromium did not start")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def send(self, method, **params):
        """Send one command and wait for its answer; uncaught errors of the page are collected on the way."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"].get("exception", {}).get("description", ""))
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message.get("result", {})

    def resize(self, size):
        width, height = size
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def run(self, expression):
        """Value of a JavaScript expression in the page (promises are awaited)."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait(self, selector, seconds=40):
        """Wait until an element is there and no request of the web client is under way.

        :raises TimeoutError: it does not come.
        """
        wanted = f"!!document.querySelector({json.dumps(selector)}) && !document.querySelector('.o_loading_indicator')"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.run(wanted):
                    time.sleep(0.4)  # transitions
                    return
            except RuntimeError:
                pass  # the page is being replaced
            time.sleep(0.1)
        raise TimeoutError(f"{selector} did not appear")

    def open(self, url, selector):
        """Go to an address and wait for an element of the page."""
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=url)
        self.wait(selector)

    def click(self, selector):
        """Click the first element that matches."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def login(self, url, login, password):
        """Log in through the login page."""
        self.open(f"{url}/web/login", "input[name=login]")
        self.run(
            f"document.querySelector('input[name=login]').value = {json.dumps(login)};"
            f"document.querySelector('input[name=password]').value = {json.dumps(password)};"
            "document.querySelector('form.oe_login_form').submit()"
        )
        self.wait(".o_web_client, .o_portal", 90)

    def shoot(self, path, full=False):
        """Write a PNG of the window, or of the whole page."""
        options = {"captureBeyondViewport": True} if full else {}
        picture = self.send("Page.captureScreenshot", format="png", **options)
        Path(path).write_bytes(base64.b64decode(picture["data"]))
