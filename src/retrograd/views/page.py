"""One self-contained HTML page: the viewer and a recording in one file, which needs no network and asks for none."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from retrograd.recording import Recording
from retrograd.views.data import BUDGET, Extra, data_of, packed
from retrograd.views.text import printable

_STYLE = (
    "html,body{margin:0;height:100%;background:#f6f4ef}@media(prefers-color-scheme:dark){html,body{background:#12151a}}"
)
_STYLE += "@media print{html,body{background:#fff;height:auto}}"
_STYLE += "noscript,#wait{font:16px/1.5 system-ui,sans-serif;display:block;padding:2em;color:#5d6472}"

# The viewer stands in the page as text and is imported through a blob: a file has no other file that it could import,
# and a script beside the viewer's own would share its names.
_START = """
const text = (id) => document.getElementById(id).textContent;
const wait = document.getElementById("wait");
const fail = (error) => { wait.textContent = "This page cannot be shown: " + (error.message || error); };
if (!("DecompressionStream" in window)) fail("the browser is older than 2023; a newer one shows it");
else {
  const address = URL.createObjectURL(new Blob([text("viewer")], { type: "text/javascript" }));
  import(address)
    .then((viewer) => viewer.mountPacked(document.getElementById("retrograd"), text("recording"), OPTIONS))
    .then(() => { wait.remove(); document.documentElement.dataset.ready = Math.round(performance.now()); }, fail)
    .finally(() => URL.revokeObjectURL(address));
}
"""


_LIVE = """
const text = (id) => document.getElementById(id).textContent;
const wait = document.getElementById("wait");
const address = URL.createObjectURL(new Blob([text("viewer")], { type: "text/javascript" }));
import(address)
  .then((viewer) => viewer.mountLive(document.getElementById("retrograd"), location.pathname))
  .then(() => { wait.remove(); document.documentElement.dataset.ready = Math.round(performance.now()); },
        (error) => { wait.textContent = "The recording cannot be shown: " + (error.message || error); })
  .finally(() => URL.revokeObjectURL(address));
"""


def page(recording: Recording, extra: Extra | None = None, *, budget: int = BUDGET, links: bool = True) -> str:
    """Return a recording as one HTML page that works offline.

    Args:
        recording: What was recorded.
        extra: What is shown beside it: a title, findings, comparisons, another run's losses.
        budget: If the values have more bytes than this, evenly spaced steps are left out, which the page says.
        links: Keep the cursor in the page's address (not for a page within another one).
    """
    return "".join(_parts(packed(data_of(recording, extra, budget=budget)), extra.title if extra else "", links))


def frame(recording: Recording, extra: Extra | None = None, *, budget: int = BUDGET, height: int = 780) -> str:
    """Return the page in an `<iframe>` that holds it whole, as a notebook or another page can show it."""
    inner = html.escape(page(recording, extra, budget=budget, links=False), quote=True)
    return (
        f'<iframe sandbox="allow-scripts" title="retrograd: a recording" srcdoc="{inner}" '
        f'style="width:100%;height:{int(height)}px;border:0;border-radius:12px" loading="lazy"></iframe>'
    )


@lru_cache(maxsize=1)
def viewer_source() -> str:
    """Return the viewer, an ES module."""
    return files("retrograd.views").joinpath("viewer.js").read_text(encoding="utf-8")


def live_page(title: str) -> str:
    """Return the page that a `ViewServer` serves, which asks it for the recording."""
    return "".join(_document(_LIVE, title, "", "'self'"))


def _parts(data: bytes, title: str, links: bool) -> Iterator[str]:
    start = _START.replace("OPTIONS", '{"links": %s, "whole": true}' % ("true" if links else "false"))
    recording = '<script type="text/plain" id="recording">' + base64.b64encode(data).decode() + "</script>\n"
    return _document(start, title, recording, "'none'")


def _document(start: str, title: str, recording: str, connect: str) -> Iterator[str]:
    name = html.escape(printable(title)[:200])
    yield "<!doctype html>\n"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{name + " · " if name else ""}retrograd</title>\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy(start, _STYLE, connect)}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield '<link rel="icon" href="data:,">\n'
    yield f"<style>{_STYLE}</style></head>\n<body>\n"
    yield '<main id="retrograd"></main><p id="wait" role="status">Opening the recording …</p>\n'
    yield "<noscript>The viewer needs JavaScript. It asks for nothing from a network.</noscript>\n"
    yield '<script type="text/plain" id="viewer">' + inert(viewer_source()) + "</script>\n"
    yield recording
    yield f"<script>{start}</script>\n</body></html>\n"


def policy(script: str, style: str, connect: str = "'none'") -> str:
    """Return what a page may do: run one script and the viewer, use one style, and ask nobody for anything."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}' blob:",
            f"style-src '{_hash(style)}'",
            f"connect-src {connect}",
            "img-src data:",  # pictures in the page itself, and the icon of the tab, so that none is asked for
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def inert(source: str) -> str:
    """Return JavaScript that cannot end the element it stands in; what it means stays the same."""
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
