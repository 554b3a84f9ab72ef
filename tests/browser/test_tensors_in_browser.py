"""The tensors' cards in Chromium: a move writes to those in sight, the others follow, and none of them moves."""

import handmade
import pytest
from test_page_in_browser import until

from retrograd.views.page import page

MOVED = """() => {
  const {retrograd: viewer, shadowRoot} = document.querySelector('#retrograd');
  const pane = shadowRoot.querySelector('.tensors .scroll').getBoundingClientRect();
  const cards = [...shadowRoot.querySelectorAll(".card")].slice(0, 50);  // of parameters
  const boxes = cards.map((card) => card.getBoundingClientRect());
  const seen = boxes.map((box) => box.top < pane.bottom && box.bottom > pane.top);
  const words = () => cards.map((card) => card.textContent);
  const before = words();
  viewer.go(1, 999);
  return [seen, words().map((text, at) => text !== before[at])];
}"""
"""Move the cursor to the end; return which cards are in sight, and which had got other words when the move was over."""

CARDS = """[...document.querySelector('#retrograd').shadowRoot.querySelectorAll('.card')].map((card) =>
  [card.innerText, card.className, ...[...card.querySelectorAll('.tile')].map((tile) => tile.ariaLabel)].join(' '))"""
"""What is said of each tensor."""


@pytest.fixture(scope="module")
def many() -> str:
    """A page with more tensors than can be seen at once."""
    return page(handmade.deep([f"layer{number}.weight" for number in range(50)]))


def test_a_tensor_stays_in_sight_when_the_cursor_moves(opened, many):
    tab = opened(many).page
    card, pane = tab.locator(".card").last, tab.locator(".tensors .scroll").bounding_box()
    card.scroll_into_view_if_needed()
    place = card.bounding_box()
    tab.keyboard.press("End")
    until(tab, f"{CARDS}.at(-1).includes('by event')")
    tab.wait_for_timeout(300)  # until all have followed
    assert card.bounding_box() == place
    assert pane["y"] - 1 <= place["y"]
    assert place["y"] + place["height"] <= pane["y"] + pane["height"] + 1


@pytest.mark.parametrize(("height", "whole"), [(900, False), (9000, True)])
def test_a_move_writes_to_the_tensors_in_sight_and_the_others_follow(opened, many, height, whole):
    there = opened(many, fragment="#step=1&event=999").page.evaluate(CARDS)
    tab = opened(many, viewport={"width": 1440, "height": height}).page
    tab.wait_for_timeout(300)  # the browser says in its next picture what is in sight
    seen, written = tab.evaluate(MOVED)
    assert written == seen
    assert all(seen) == whole
    tab.wait_for_timeout(300)
    assert tab.evaluate(CARDS) == there


PLACES = """[...document.querySelector('#retrograd').shadowRoot.querySelectorAll('.card')].map((card) =>
  [card.offsetLeft, card.offsetTop, card.offsetWidth, card.offsetHeight])"""


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_tensors_stand_still_while_the_cursor_moves(opened, width):
    recording = handmade.recorded(3)
    tab = opened(page(recording), viewport={"width": width, "height": 900}).page
    places = []
    for step in range(3):
        for event in range(len(recording.steps[step].program.events)):
            tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep({step}, {event})")
            places.append(tab.evaluate(PLACES))
    assert len(places[0]) > 3
    assert all(each == places[0] for each in places)
