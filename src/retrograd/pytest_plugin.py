"""For pytest: a fixture that records a test's loop, and a marker that fails a test whose loop has findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from retrograd.recording import Recording

MARKER = "no_findings"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(ignore=()): record the training loop of this test, and fail it if retrograd finds a mistake in it",
    )


@pytest.fixture
def recording() -> Iterator[Recording]:
    """Record the training loop of a test; the recording grows while the test runs."""
    from retrograd.recorder import record

    with record() as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a marked test under the recorder."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return (yield)
    given = set(marker.kwargs) - {"ignore"}
    if marker.args or given:
        pytest.fail(
            f"the marker {MARKER} takes ignore=[…] only, as in @pytest.mark.{MARKER}(ignore=['same-batch'])", False
        )
    fixture = getattr(item, "funcargs", {}).get("recording")
    from retrograd.recorder import record

    if fixture is not None:  # it is being recorded already
        result = yield
        running = fixture
    else:
        with record() as running:
            result = yield
    _fail_on_findings(running, marker.kwargs.get("ignore", ()))
    return result


def _fail_on_findings(running: Recording, ignore: tuple[str, ...]) -> None:
    from retrograd.diagnosis import diagnose
    from retrograd.views.findings import findings_text
    from retrograd.views.text import Screen

    found = [finding for finding in diagnose(running, ignore=ignore) if finding.severity != "info"]
    if found:
        text = findings_text(found, Screen(100, False, True), title="this test's loop", steps=len(running.steps))
        pytest.fail(text, pytrace=False)
