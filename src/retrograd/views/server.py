"""The viewer on a local page that follows a running loop. It answers on loopback only, and only who knows its token."""

from __future__ import annotations

import hmac
import json
import secrets
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from retrograd.errors import RefusedError, RetrogradError
from retrograd.recording import Recording
from retrograd.views.data import Extra, data_of, packed
from retrograd.views.page import live_page
from retrograd.views.sweeping import Sweeps
from retrograd.views.text import printable
from retrograd.views.whatif import Replay, answer, form_of, replay
from retrograd.views.wholes import Compute, computed, entries

HOST = "127.0.0.1"
MOST_ASKED = 1_000_000
"""Bytes of a request."""

Load = Callable[[], Recording]
"""Opens the recording as it is now."""

Compare = Callable[[Recording], Sequence[Any]]
"""Returns what `verify` compared."""


class ViewServer:
    """Serves one recording. `url` is where; `serve` answers until `close` is called from another thread."""

    def __init__(
        self,
        load: Load,
        title: str = "",
        *,
        port: int = 0,
        run: Replay = replay,
        compare: Compare | None = None,
        compute: Compute = computed,
        sweeps: Sweeps | None = None,
    ) -> None:
        self._load, self._title, self._run, self._compare, self._compute = load, title, run, compare, compute
        # What PyTorch computes takes its time, and one computation at a time; the recording is given out meanwhile.
        self._packing, self._computing = threading.Lock(), threading.Lock()
        self._sweeps = sweeps or Sweeps()
        self._packed: tuple[str, bytes] = ("", b"")
        self.token = secrets.token_urlsafe(24)
        self._http = _Server((HOST, port), self._handler())
        self.port: int = self._http.server_address[1]
        self.url = f"http://{HOST}:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Answer requests until the server is closed."""
        self._http.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()

    def state(self) -> dict[str, Any]:
        """Return how far the recording is: what the page asks every second."""
        recording = self._load()
        closed = bool(recording.facts.get("closed", True))
        return {"steps": len(recording.steps), "closed": closed, "of": _which(recording)}

    def refuse_other(self, which: str) -> None:
        """Refuse to answer about another recording than the one that the page shows."""
        if which != _which(self._load()):
            raise RefusedError("the file holds another recording now; load this page again to see it")

    def data(self) -> bytes:
        """Return the recording for the viewer, made anew only if it has grown."""
        with self._packing:
            version = json.dumps(self.state())
            if version != self._packed[0]:
                recording = self._load()
                # While the loop runs there would be new steps each time, and all of them would be compared again.
                ended = bool(recording.facts.get("closed", True))
                comparisons = self._compare(recording) if self._compare and ended else ()
                self._packed = version, packed(data_of(recording, Extra(self._title, comparisons=comparisons)))
            return self._packed[1]

    def form(self) -> dict[str, Any]:
        """Return what can be changed."""
        return form_of(self._load())

    def answer(self, request: Any) -> bytes:
        """Run the recording again with changes."""
        with self._computing:
            return answer(self._load(), request, self._run)

    def entries(self, request: Any) -> bytes:
        """Return all entries of a tensor."""
        with self._computing:
            return entries(self._load(), request, self._compute)

    def swept(self, what: str, request: Any = None) -> bytes:
        """Return what the viewer asks about sweeps: what can be swept, how far one is, its end, one, one run of it."""
        if what == "progress":
            return _json(self._sweeps.progress)
        if what == "stop":
            self._sweeps.stop()
            return _json(self._sweeps.progress)
        with self._computing:
            recording = self._load()
            if what == "sweepform":
                return _json(self._sweeps.form(recording))
            return (self._sweeps.sweep if what == "sweep" else self._sweeps.run)(recording, request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(_Handler):
            view = server

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of who goes away before the answer: a tab that was closed. The rest is a mistake here."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; refuses all that does not come from the page itself."""

    view: ViewServer
    server_version = "retrograd"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Give the page, or what it asks for."""
        self._answered("GET")

    def do_POST(self) -> None:
        """Run the recording again, or compute a part of it."""
        self._answered("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is the person's."""

    def _answered(self, method: str) -> None:
        try:
            status, kind, body = self._found(method)
        except RefusedError as error:
            status, kind, body = HTTPStatus.UNPROCESSABLE_ENTITY, "application/json", _json({"error": str(error)})
        except RetrogradError as error:
            status, kind, body = HTTPStatus.CONFLICT, "application/json", _json({"error": str(error)})
        except (ConnectionError, TimeoutError):  # who asked has gone away
            raise
        except Exception as error:  # a mistake here: the page says what, the terminal where
            traceback.print_exc()
            status, kind = HTTPStatus.INTERNAL_SERVER_ERROR, "application/json"
            body = _json({"error": f"{type(error).__name__}: {error}"})
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def _found(self, method: str) -> tuple[HTTPStatus, str, bytes]:
        if not self._may_ask():
            return HTTPStatus.FORBIDDEN, "text/plain", b"This page answers only to itself."
        path, _, query = self.path.partition("?")
        _, token, *rest = [*path.split("/", 2), "", ""][:3]
        if not hmac.compare_digest(token.encode(), self.view.token.encode()):
            return HTTPStatus.FORBIDDEN, "text/plain", b"The address has another token; retrograd view prints it."
        if shown := parse_qs(query, keep_blank_values=True).get("of"):
            self.view.refuse_other(shown[0])
        match method, rest[0]:
            case "GET", "":
                return HTTPStatus.OK, "text/html; charset=utf-8", live_page(self.view._title).encode()
            case "GET", "data":
                return HTTPStatus.OK, "application/octet-stream", self.view.data()
            case "GET", "state":
                return HTTPStatus.OK, "application/json", _json(self.view.state())
            case "GET", "form":
                return HTTPStatus.OK, "application/json", _json(self.view.form())
            case "POST", "whatif":
                return HTTPStatus.OK, "application/octet-stream", self.view.answer(self._request())
            case "POST", "entries":
                return HTTPStatus.OK, "application/octet-stream", self.view.entries(self._request())
            case "GET", "sweepform" | "progress" as what:
                return HTTPStatus.OK, "application/json", self.view.swept(what)
            case "POST", "sweep" | "run" | "stop" as what:
                return HTTPStatus.OK, "application/octet-stream", self.view.swept(what, self._request())
            case _:
                return HTTPStatus.NOT_FOUND, "text/plain", b"There is nothing here."

    def _may_ask(self) -> bool:
        """Return whether the request is meant for this server, and does not come from another site's page."""
        hosts = {f"{name}:{self.view.port}" for name in (HOST, "localhost")}
        origin = self.headers.get("Origin")
        return (
            self.headers.get("Host", "") in hosts
            and (origin is None or origin in {f"http://{host}" for host in hosts})
            and self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        )

    def _request(self) -> Any:  # whatever JSON holds
        if self.headers.get_content_type() != "application/json":
            raise RefusedError("expected JSON")
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= MOST_ASKED:
            raise RefusedError(f"expected at most {MOST_ASKED} bytes")
        try:
            return json.loads(self.rfile.read(length))
        except (ValueError, RecursionError) as error:
            raise RefusedError("expected JSON") from error


def _which(recording: Recording) -> str:
    """Return what tells a recording from another one of the same file name: when it began, and of which script."""
    return f"{recording.facts.get('began', '')} {printable(str(recording.facts.get('script', '')))}"


def _json(plain: Any) -> bytes:
    return json.dumps(plain, allow_nan=False).encode()
