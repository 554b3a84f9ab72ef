"""The page stands alone: it names no other place, and nothing that was recorded can end an element of it."""

import base64
import gzip
import re
import zlib
from html import unescape
from html.parser import HTMLParser

import handmade
import pytest
from test_viewer_data import hostile, opened

from retrograd.views.data import Extra
from retrograd.views.page import frame, inert, page, viewer_source


class Elements(HTMLParser):
    """Collects a page's elements and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._inside: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or "start" if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data


def test_the_recording_in_the_page_is_the_recording():
    elements = Elements(page(handmade.recorded(3), Extra("train.retro")))
    head, sections = opened(zlib.decompress(base64.b64decode(elements.scripts["recording"])))
    assert head["count"] == 3
    assert len(sections["loss"]) == 3 * 8


def test_a_page_names_no_other_place():
    elements = Elements(page(handmade.recorded(1)))
    for _, attributes in elements.tags:
        assert not {"src", "action"} & set(attributes)
        assert attributes.get("href", "data:,") == "data:,"
    policy = next(a["content"] for _, a in elements.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"https?://(?!www\.w3\.org/)", viewer_source())


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", '"><img src=x onerror=alert(1)>']
)
def test_no_name_becomes_markup(text):
    whole = page(hostile(text), Extra(text))
    tags = [tag for tag, _ in Elements(whole).tags]
    assert tags.count("script") == 3
    assert "img" not in tags
    outside = re.sub(r"<script.*?</script>", "", whole, flags=re.DOTALL)
    assert text not in outside


def test_the_viewer_cannot_end_its_element():
    assert "</script" not in inert(viewer_source()).lower()
    assert inert("'</script>'") == r"'<\/script>'"


def test_a_frame_holds_the_page_whole():
    text = frame(handmade.recorded(1), height=500)
    inner = unescape(re.search(r'srcdoc="([^"]*)"', text)[1])
    assert inner.startswith("<!doctype html>")
    assert 'sandbox="allow-scripts"' in text
    assert "height:500px" in text


def test_the_viewer_is_small():
    # The promise is made in docs/viewer.md.
    assert len(gzip.compress(viewer_source().encode(), 9)) <= 60_000
