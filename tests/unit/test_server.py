"""The local server answers its own page and nobody else."""

import http.client
import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from urllib.parse import quote

import handmade
import numpy as np
import pytest
from test_viewer_data import opened

from retrograd.errors import NameUnknownError
from retrograd.recording import Recording, Reference, value_of
from retrograd.views.server import ViewServer
from retrograd.views.whatif import MOST_ENTRIES


class Growing:
    """A recording that has more steps each time it is told so; and a loop that runs again by hand."""

    def __init__(self) -> None:
        self.turns = 2
        self.asked: list[dict] = []

    def load(self) -> Recording:
        return handmade.recorded(self.turns, facts={"closed": False})

    def run(self, recording: Recording, changes: dict, *, steps: int | None = None) -> Recording:
        if "nonsense" in changes:
            raise NameUnknownError("nothing is called nonsense; there are: learning_rate")
        self.asked.append({"changes": changes, "steps": steps})
        return handmade.recorded(steps or self.turns, learning_rate=changes.get("learning_rate", 0.1))


@pytest.fixture
def growing() -> Growing:
    return Growing()


@pytest.fixture
def server(growing: Growing) -> Iterator[ViewServer]:
    server = ViewServer(growing.load, "train.retro", run=growing.run)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.close()
    thread.join()


def ask(
    server: ViewServer, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    response = connection.getresponse()
    result = response.status, response.read(), dict(response.getheaders())
    connection.close()
    return result


def test_the_page_and_the_recording_are_behind_the_token(server, growing):
    status, body, headers = ask(server, f"/{server.token}/")
    assert status == 200
    assert b"mountLive" in body
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, body, _ = ask(server, f"/{server.token}/data")
    head, sections = opened(zlib.decompress(body))
    assert (status, head["title"]) == (200, "train.retro")
    np.testing.assert_array_equal(np.frombuffer(sections["loss"], "<f8"), growing.load().loss)


@pytest.mark.parametrize("path", ["/", "/data", "/wrong/", "/wrong/data", "//", "/../etc/passwd", ""])
def test_without_the_token_there_is_nothing(server, path):
    status, body, _ = ask(server, path)
    assert status == 403
    assert server.token.encode() not in body


def test_the_token_of_another_server_does_not_open_this_one(server, growing):
    other = ViewServer(growing.load)
    try:
        assert other.token != server.token
        assert ask(server, f"/{other.token}/data")[0] == 403
    finally:
        other._http.server_close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1"},
        {"Host": "evil.127.0.0.1:80"},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_site_gets_nothing_even_with_the_token(server, headers):
    assert ask(server, f"/{server.token}/data", **headers)[0] == 403


def test_it_listens_on_loopback_only(server):
    assert server._http.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["../../../etc/passwd", "%2e%2e/", "data/../../x", "state/../data"])
def test_there_is_nothing_but_the_page_behind_the_token(server, path):
    status, body, _ = ask(server, f"/{server.token}/{path}")
    assert (status, body) == (404, b"There is nothing here.")


def test_who_goes_away_or_is_slow_stops_nobody(server, growing, capfd):
    slow = socket.create_connection(("127.0.0.1", server.port))
    slow.sendall(f"POST /{server.token}/whatif HTTP/1.1\r\nContent-Len".encode())
    gone = socket.create_connection(("127.0.0.1", server.port))
    # With this option a close is a reset: the answer finds nobody.
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.sendall(f"GET /{server.token}/data HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
    gone.close()
    assert ask(server, f"/{server.token}/state")[0] == 200
    slow.close()
    assert "Traceback" not in capfd.readouterr().err


def test_a_growing_recording_is_seen_to_grow(server, growing):
    before = json.loads(ask(server, f"/{server.token}/state")[1])
    growing.turns = 4
    after = json.loads(ask(server, f"/{server.token}/state")[1])
    assert (before["steps"], after["steps"]) == (2, 4)
    head, _ = opened(zlib.decompress(ask(server, f"/{server.token}/data")[1]))
    assert head["count"] == 4


def test_what_can_be_changed_is_offered_with_its_numbers(server):
    form = json.loads(ask(server, f"/{server.token}/form")[1])
    assert {"name": "learning_rate", "value": 0.1} in form["constants"]
    tensors = {tensor["name"]: tensor["value"] for tensor in form["tensors"]}
    assert tensors["b"] == handmade.B.tolist()
    assert tensors["w"] == handmade.W.tolist()
    assert form["steps"] == 2


def post(server: ViewServer, what: str, request: object) -> tuple[int, bytes]:
    headers = {"Content_Type": "application/json"}
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return ask(server, f"/{server.token}/{what}", method="POST", body=body, **headers)[:2]


def what_if(server: ViewServer, request: object) -> tuple[int, bytes]:
    return post(server, "whatif", request)


def test_all_entries_of_a_tensor_come_as_float64(server, growing):
    program = growing.load().steps[1].program
    reference = next(r for r in program.start if program.slots[r.slot].name == "w")
    status, body = post(server, "entries", {"step": 1, "slot": reference.slot, "buffer": reference.buffer})
    assert status == 200
    expected = value_of(growing.load().steps[1], reference).array
    np.testing.assert_array_equal(np.frombuffer(body, "<f8"), expected.reshape(-1))


def test_entries_that_are_not_there_are_refused_with_a_reason(server):
    status, body = post(server, "entries", {"step": 77, "slot": 0, "buffer": 0})
    assert status == 422
    assert json.loads(body)["error"] == "there is no tensor 0, 0 in step 77"


def test_a_long_computation_holds_up_nobody_else(growing):
    computing, go_on = threading.Event(), threading.Event()

    def compute(recording: Recording, number: int, reference: Reference) -> np.ndarray:
        computing.set()
        assert go_on.wait(60)
        return np.zeros(3)

    server = ViewServer(growing.load, compute=compute)
    wanted = {"step": 1, "slot": 0, "buffer": 0}
    threads = [threading.Thread(target=server.serve), threading.Thread(target=post, args=(server, "entries", wanted))]
    for thread in threads:
        thread.start()
    try:
        assert computing.wait(60)
        for what in ("", "state", "data", "form"):
            assert ask(server, f"/{server.token}/{what}")[0] == 200
        assert threads[1].is_alive()
    finally:
        go_on.set()
        threads[1].join()
        server.close()
        threads[0].join()


def test_who_shows_another_recording_than_the_file_holds_gets_no_numbers(server, growing):
    of = json.loads(ask(server, f"/{server.token}/state")[1])["of"]
    body, kind = b'{"step": 0, "slot": 0, "buffer": 0}', "application/json"
    there = f"/{server.token}/entries?of={quote(of)}"
    assert ask(server, there, method="POST", body=body, Content_Type=kind)[0] == 200
    growing.turns += 1  # the same recording, further on
    assert ask(server, there, method="POST", body=body, Content_Type=kind)[0] == 200
    server._load = lambda: handmade.recorded(3, facts={"began": "2031-01-01T00:00:00+00:00"})
    for what, method in (("entries", "POST"), ("whatif", "POST"), ("sweep", "POST"), ("form", "GET")):
        path = f"/{server.token}/{what}?of={quote(of)}"
        status, answer, _ = ask(server, path, method=method, body=body, Content_Type=kind)
        assert status == 422
        assert "another recording" in json.loads(answer)["error"]


def test_a_mistake_of_its_own_is_answered_and_told_in_the_terminal(server, growing, capfd):
    def broken() -> Recording:
        raise ZeroDivisionError("by 0")

    server._load = broken
    status, answer, _ = ask(server, f"/{server.token}/state")
    assert (status, json.loads(answer)) == (500, {"error": "ZeroDivisionError: by 0"})
    assert "in broken" in capfd.readouterr().err
    server._load = growing.load
    assert ask(server, f"/{server.token}/state")[0] == 200


def test_many_ask_at_once_and_all_get_the_same(server):
    answers: list[tuple[str, int, bytes]] = []
    paths = ("data", "state", "form") * 8
    threads = [
        threading.Thread(target=lambda p=path: answers.append((p, *ask(server, f"/{server.token}/{p}")[:2])))
        for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(paths)
    assert {status for _, status, _ in answers} == {200}
    assert len({(path, body) for path, _, body in answers}) == 3


def test_a_changed_run_comes_back_with_the_recorded_losses(server, growing):
    status, body = what_if(server, {"changes": {"learning_rate": 0.5}, "steps": 3})
    assert status == 200
    head, sections = opened(zlib.decompress(body))
    expected = handmade.recorded(3, learning_rate=0.5).loss
    np.testing.assert_array_equal(np.frombuffer(sections["loss"], "<f8"), expected)
    np.testing.assert_array_equal(np.frombuffer(sections["overlay"], "<f8"), growing.load().loss)
    assert head["title"] == "what if learning_rate = 0.5, 3 steps"


@pytest.mark.parametrize(
    "request_",
    [
        b"\x80\x04]q\x00.",
        b"not json",
        b"[" * 100_000,
        [],
        {"changes": 5},
        {"changes": {"w": "import os"}},
        {"changes": {"w": {"__reduce__": []}}},
        {"changes": {"w": [0.0] * (MOST_ENTRIES + 1)}},
        {"changes": {"w": [[1], [1, 2]]}},
        {"changes": {}, "steps": -1},
        {"changes": {}, "steps": 10**9},
        {"changes": {}, "steps": True},
        {"changes": {"nonsense": 1.0}},
    ],
)
def test_what_is_no_request_is_refused_with_a_reason(server, growing, request_):
    status, body = what_if(server, request_)
    assert status == 422
    assert json.loads(body)["error"]
    assert not growing.asked


def test_a_form_of_another_page_cannot_post(server, growing):
    path = f"/{server.token}/whatif"
    assert ask(server, path, method="POST", body=b"{}", Content_Type="text/plain")[0] == 422
    origin = {"Origin": "http://example.org", "Content_Type": "application/json"}
    assert ask(server, path, method="POST", body=b'{"changes": {}}', **origin)[0] == 403
    assert not growing.asked


def test_a_body_that_is_too_long_is_not_read(server):
    path = f"/{server.token}/whatif"
    status, _, _ = ask(server, path, method="POST", Content_Type="application/json", Content_Length="99999999999")
    assert status == 422
