"""Firefox and WebKit, which Playwright drives in builds of its own only, driven as the system has them.

Both speak the words of W3C's WebDriver: Firefox over its own socket (Marionette), WebKit over HTTP (WebKitWebDriver).
Nothing but Python is needed for either. Without a screen, WebKit runs inside of `xvfb-run`.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

KEYS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "PageUp": "\ue00e"}
KEYS |= {"PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011", "Escape": "\ue00c", "Enter": "\ue007"}
KEYS |= {"Shift": "\ue008", "Space": " "}

HEARS = 6
"""Seconds for which WebKit's console is listened to."""

MINIBROWSERS = "*/webkit2gtk-4*/MiniBrowser", "*/webkitgtk-6*/MiniBrowser"
"""Where Debian has WebKit's own small browser, below /usr/lib."""


class Missing(Exception):
    """An engine that is not installed; the message says what would install it."""


class Tab(NamedTuple):
    """An open browser."""

    version: str
    ask: Callable[[str, str, dict[str, Any]], Any]
    """From Marionette's command, the last part of WebDriver's address and the parameters to the answer."""
    complaints: Callable[[], list[str]]
    """What the console has of errors and warnings: Firefox's of all pages so far, WebKit's of the last page."""

    def open(self, address: str, ready: str = "return document.documentElement.dataset.ready !== undefined") -> None:
        self.ask("WebDriver:Navigate", "url", {"url": "about:blank"})
        self.ask("WebDriver:Navigate", "url", {"url": address})
        self.until(ready)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page, as the body of a function, and return what it returns."""
        return self.ask("WebDriver:ExecuteScript", "execute/sync", {"script": script, "args": list(arguments)})

    def until(self, script: str, *arguments: Any, seconds: float = 60) -> Any:
        """Return what a script gives as soon as that is true."""
        deadline = time.monotonic() + seconds
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < deadline, f"{script} did not come to hold"
            time.sleep(0.05)
        return found

    def press(self, *names: str) -> None:
        """Press keys, one after another, as a keyboard does: `ArrowLeft`, `p`, `Shift+ArrowRight`."""
        actions = []
        for name in names:
            held = [KEYS.get(key, key) for key in name.split("+")] if len(name) > 1 else [name]
            actions += [{"type": "keyDown", "value": key} for key in held]
            actions += [{"type": "keyUp", "value": key} for key in reversed(held)]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self.ask("WebDriver:PerformActions", "actions", {"actions": [keyboard]})

    def type(self, text: str) -> None:
        self.press(*text)

    def enter(self, frame: int | None) -> None:
        """Let what follows happen in a frame of the page, by its place; with None in the page again."""
        self.ask("WebDriver:SwitchToFrame", "frame", {"id": frame})

    def resize(self, width: int, height: int) -> None:
        """Make the page as large as this, or as near to it as the window can be."""
        for _ in range(2):
            inner = self.run("return [outerWidth - innerWidth, outerHeight - innerHeight]")
            size = {"width": width + inner[0], "height": height + inner[1]}
            self.ask("WebDriver:SetWindowRect", "window/rect", size)
            time.sleep(0.3)

    def picture(self, path: Path) -> None:
        """Save what is seen as a PNG."""
        shot = self.ask("WebDriver:TakeScreenshot", "screenshot", {"full": False})
        path.write_bytes(base64.b64decode(shot))


@contextmanager
def firefox(folder: Path, *, dark: bool = False) -> Iterator[Tab]:
    """Start Firefox without a window."""
    program = next(filter(None, map(shutil.which, ("firefox", "firefox-esr"))), None)
    if program is None:
        raise Missing("there is no Firefox on this machine; on Debian `apt-get install firefox-esr`")
    profile = folder / "profile"
    profile.mkdir()
    # Quiet: it asks nobody for updates, and the page is light or dark as this says.
    settings = {
        "marionette.port": 0, "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
        "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
        "app.update.enabled": False, "network.captive-portal-service.enabled": False, "browser.startup.page": 0,
        "network.connectivity-service.enabled": False, "browser.aboutwelcome.enabled": False,
    }  # fmt: skip
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [
        program,
        "--headless",
        "--no-remote",
        "--marionette",
        "--remote-allow-system-access",
        "--profile",
        str(profile),
    ]
    with _running(command, folder / "firefox.log", HOME=str(folder)):
        port = int(_once(lambda: (profile / "MarionetteActivePort").read_text(encoding="utf-8")))
        with _once(lambda: socket.create_connection(("127.0.0.1", port))) as wire:
            wire.settimeout(90)
            ask = _marionette(wire)
            about = ask("WebDriver:NewSession", "", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})

            def complaints() -> list[str]:
                ask("Marionette:SetContext", "", {"value": "chrome"})
                found = ask("WebDriver:ExecuteScript", "", {"script": FIREFOX_CONSOLE, "args": []})
                ask("Marionette:SetContext", "", {"value": "content"})
                return found

            yield Tab(f"Firefox {about['capabilities']['browserVersion']}", ask, complaints)
            ask("Marionette:Quit", "", {"flags": ["eForceQuit"]})


FIREFOX_CONSOLE = """
const scripts = Services.console.getMessageArray().filter((each) => each instanceof Ci.nsIScriptError);
const ours = scripts.filter((each) => /^(file|blob|http):/.test(each.sourceName));
const storage = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage);
const said = storage.getEvents().filter((each) => /^(file|blob|http):/.test(each.filename));
return [...ours.map((each) => `${each.errorMessage} (line ${each.lineNumber} of ${each.sourceName})`),
  ...said.map((each) => `${each.level}: ${each.arguments.map(String).join(" ")}`)];
"""
"""What pages have on the console: what the browser says of them, and what they say themselves."""


def _marionette(wire: socket.socket) -> Callable[[str, str, dict[str, Any]], Any]:
    """Return how to ask Firefox: each message is `length:JSON`.

    The JSON is `[0, number, command, parameters]`, and what comes back `[1, number, error, result]`.
    """
    reading = wire.makefile("rb")

    def answer() -> Any:
        digits = b""
        while (digit := reading.read(1)) != b":":
            assert digit, "Firefox has ended"
            digits += digit
        return json.loads(reading.read(int(digits)))

    answer()  # its greeting
    numbers = itertools.count()

    def ask(command: str, _: str, parameters: dict[str, Any]) -> Any:
        request = json.dumps([0, next(numbers), command, parameters]).encode()
        wire.sendall(b"%d:%s" % (len(request), request))
        _, _, error, result = answer()
        assert error is None, error
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    return ask


@contextmanager
def webkit(folder: Path) -> Iterator[Tab]:
    """Start WebKit's own small browser; its engine is Safari's."""
    driver = shutil.which("WebKitWebDriver")
    browser = next((path for where in MINIBROWSERS for path in sorted(Path("/usr/lib").glob(where))), None)
    if driver is None or browser is None:
        raise Missing("there is no WebKitWebDriver on this machine; on Debian `apt-get install webkit2gtk-driver`")
    screen: list[str] = []
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        if shutil.which("xvfb-run") is None:
            raise Missing("WebKit needs a screen, and there is none; on Debian `apt-get install xvfb` brings one")
        screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 2600x1600x24"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with _running([*screen, driver, f"--port={port}"], folder / "webkit.log", HOME=str(folder)):
        _once(lambda: _http(f"{base}/status"))
        options = {"binary": str(browser), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = _http(f"{base}/session", {"capabilities": wanted})
        address = f"{base}/session/{session['sessionId']}"

        seen: list[str] = []

        def ask(_: str, last: str, parameters: dict[str, Any]) -> Any:
            if last == "url":
                seen.append(parameters["url"])
            # One question has no parameters; WebKit tells it by that.
            return _http(f"{address}/{last}", None if last == "screenshot" else parameters)

        def complaints() -> list[str]:
            # A browser that is driven keeps its console to itself, so the page is opened once more, by hand.
            said = folder / "console.log"
            alone = [*screen, str(browser), "--enable-write-console-messages-to-stdout=true", seen[-1]]
            with _running(alone, said, HOME=str(folder)):
                time.sleep(HEARS)
            lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
            return [line for line in lines if "CONSOLE " in line]

        yield Tab(f"WebKitGTK {session['capabilities']['browserVersion']}", ask, complaints)
        urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=60).close()


ENGINES: dict[str, Callable[[Path], Any]] = {"firefox": firefox, "webkit": webkit}


def _http(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from None


@contextmanager
def _running(command: list[str], log: Path, **environment: str) -> Iterator[None]:
    """Run a program until the block ends; then it and all that it started are ended."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, **environment}, start_new_session=True
        )
        try:
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _once(attempt: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what an attempt gives when it first succeeds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (OSError, ValueError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
