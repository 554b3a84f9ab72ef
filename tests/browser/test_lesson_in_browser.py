"""A chapter's page in Chromium: it asks first, grades without an answer in clear, shows every view, and asks nobody."""

import hashlib
import html

import pytest

pytest.importorskip("jupytext", reason="the lesson is not installed; `pip install 'retrograd[lesson]'` does it")

from retrograd.lessons.pages import Page, made
from retrograd.lessons.topics import questions_of, topics

pytestmark = pytest.mark.xdist_group("lesson pages")


@pytest.fixture(scope="session")
def pages() -> dict[str, Page]:
    """Run every chapter once, and make the pages as `retrograd lesson pages` does."""
    return {page.topic.name: page for page in made(topics(), seed=7)}


def answer(page, key: dict) -> None:
    """Answer every question in order, as a learner would."""
    for name, right in key.items():
        form = page.locator(f"#{name} form")
        if isinstance(right, str):
            form.locator(f".option[data-letter={right}]").click()
        else:
            form.locator("input[type=text]").fill(f"{right:.4g}")
        form.locator("button").click()


@pytest.mark.slow
@pytest.mark.parametrize("name", [topic.name for topic in topics()])
def test_every_figure_appears_keys_work_and_no_request_leaves_the_page(opened, pages, name):
    watched = opened(pages[name].text)
    page = watched.page
    answer(page, pages[name].key)
    assert page.locator(".check.right").count() == len(pages[name].key)
    assert not [said for said in page.locator(".check p").all_inner_texts() if "`" in said]
    assert page.locator(".dots a.right").count() == len(pages[name].key)
    views = page.locator(".viewer")
    assert views.count()
    for number in range(views.count()):
        view = views.nth(number)
        view.scroll_into_view_if_needed()
        page.wait_for_function("(view) => view.dataset.state === 'ready'", arg=view.element_handle())
        assert view.locator(".code .line code").count() > 0
        assert view.locator(".which").inner_text().startswith("event 0 of")
        # A loss that there is is drawn, and one that there is not is not.
        assert view.locator(".plot").is_visible() == ("before the loop" not in view.locator(".where").inner_text())
    views.last.locator(".brand").click()
    for key, event in (("ArrowRight", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        assert views.last.locator(".which").inner_text().startswith(f"event {event} of")
    drawn = page.locator(".code img").evaluate_all("(all) => all.map((each) => each.complete && each.naturalWidth)")
    assert all(width > 300 for width in drawn)
    assert len(drawn) == {"10_convergence": 2, "11_rates": 2, "12_limit": 1}.get(name, 0)
    file, *rest = watched.requests
    assert file.startswith("file:")
    assert all(request.startswith("blob:") for request in rest), rest
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.locator(".bar .title").evaluate("(title) => title.clientWidth") >= 60  # and not hidden by many dots
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_case_is_looked_at_before_it_is_asked_about_and_diagnosed_behind_the_right_answer(opened, pages):
    page = opened(pages["14_clinic"].text).page
    assert page.locator(".viewer:visible").count() == 2  # the good loop and the first broken one
    assert "grad-not-cleared" not in html.unescape(pages["14_clinic"].text)
    report = page.locator(".check[data-question=one] pre")
    for letter, found in (("b", ""), ("a", "grad-not-cleared")):
        page.locator(f"#one .option[data-letter={letter}]").click()
        page.locator("#one button").click()
        assert report.is_visible() == bool(found)
        assert found in report.text_content()
    # A presenter reveals it without an answer of their own.
    page = opened(pages["14_clinic"].text).page
    page.keyboard.press("p")
    while not page.locator(".check.now").count():
        page.keyboard.press("ArrowRight")
    assert "grad-not-cleared" in page.locator(".check.now pre").inner_text()


def test_what_follows_a_question_is_hidden_until_it_is_answered(opened, pages):
    page = opened(pages["00_objects"].text).page
    recorded = page.locator(".code", has_text="torch.manual_seed").first
    assert recorded.is_hidden()
    assert page.locator("#leaves button").is_disabled()
    page.locator("#leaves .option[data-letter=a]").click()
    page.locator("#leaves button").click()
    assert recorded.is_visible()
    assert page.locator("#learnable").is_visible()
    assert page.locator("#scaled_is_leaf").is_hidden()
    assert page.locator(".next").is_hidden()


def test_a_wrong_answer_gets_its_reason_and_another_try(opened, pages):
    page = opened(pages["00_objects"].text).page
    check = page.locator(".check[data-question=leaves]")
    for letter, verdict in (("a", "Not yet."), ("b", "Right.")):
        page.locator(f"#leaves .option[data-letter={letter}]").click()
        page.locator("#leaves button").click()
        said = check.inner_text()
        assert said.startswith(f"{verdict} You predicted {letter}.")
        assert questions_of("00_objects")["leaves"].reasons[letter] in said
    field = page.locator("#learnable input")
    for typed, verdict in (
        ("15", "Not yet. You predicted 15. Those are the weights."),
        ("14", "Not yet. You predicted 14. Count the entries"),
        ("18,0", "Right."),
        ("18", "Right."),
    ):
        field.fill(typed)
        field.press("Enter")
        assert page.locator(".check[data-question=learnable]").inner_text().startswith(verdict), typed
    field.fill("many")
    assert page.locator("#learnable button").is_disabled()


def test_no_answer_and_no_reason_stands_in_the_page(pages):
    for name, page in pages.items():
        for question in questions_of(name).values():
            reasons = getattr(question, "reasons", {"": getattr(question, "because", "")})
            for reason in reasons.values():
                assert reason not in html.unescape(page.text)
        assert '"right": true' not in page.text
        assert '"correct"' not in page.text


def test_answers_are_kept_when_the_page_is_opened_again(opened, pages):
    page = opened(pages["02_loss"].text).page
    answer(page, pages["02_loss"].key)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".dots a.right").count() == 3
    assert page.locator(".next").is_visible()
    assert page.locator("#naive input[value=c]").is_checked()


def test_the_end_of_a_page_says_how_the_list_counts_it(opened, pages):
    page = opened(pages["00_objects"].text).page
    page.locator("#leaves .option[data-letter=a]").click()
    page.locator("#leaves button").click()
    page.locator("#learnable input").fill("18,0")
    page.locator("#learnable button").click()
    page.locator("#scaled_is_leaf .option[data-letter=b]").click()
    page.locator("#scaled_is_leaf button").click()
    assert page.locator("#count").inner_text() == "retrograd lesson 0 --seed 7 --predicted=a,18,b"


def test_a_presenter_shows_one_section_counts_votes_and_reveals(opened, pages):
    page = opened(pages["00_objects"].text).page
    press = page.keyboard.press

    def shown() -> list[str]:
        return page.locator(".block:visible").evaluate_all("(all) => all.map((each) => each.className)")

    press("p")
    assert shown() == ["block prose now"]
    press("ArrowRight")
    assert shown() == ["block question now"]
    for key in ("a", "a", "2", "2", "2", "c", "Shift+C"):
        press(key)
    assert page.locator("#leaves .votes").all_inner_texts() == ["2", "3", ""]
    press("r")
    assert page.locator("#leaves .option.right").get_attribute("data-letter") == "b"
    reasons = questions_of("00_objects")["leaves"].reasons
    assert page.locator("#leaves .reason").all_inner_texts() == list(reasons.values())
    # The recording fills the screen; the arrow keys still belong to the sections.
    while "view" not in shown()[0]:
        press("ArrowRight")
    page.wait_for_selector(".viewer[data-state=ready]")
    press("ArrowLeft")
    assert "view" not in shown()[0]
    press("End")
    press("ArrowRight")
    assert page.locator("#where").inner_text().split(" of ")[0] == page.locator("#where").inner_text().split(" of ")[1]
    press("Escape")
    assert page.locator(".block.now").count() == 0
    assert page.locator("#scaled_is_leaf").is_hidden()  # a vote is nobody's own prediction


def test_keys_inside_a_viewer_are_the_viewers(opened, pages):
    page = opened(pages["00_objects"].text).page
    answer(page, pages["00_objects"].key)
    view = page.locator(".viewer").first
    view.scroll_into_view_if_needed()
    page.wait_for_selector(".viewer[data-state=ready]")
    view.locator(".brand").click()
    page.keyboard.press("ArrowRight")
    assert view.locator(".which").inner_text().startswith("event 1 of")
    page.keyboard.press("p")  # predicting, in the viewer
    assert page.locator("html.presenting").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["00_objects", "02_loss", "05_leaves"])  # two with code in their prose
def test_on_a_telephone_nothing_sticks_out(opened, pages, scheme, name):
    page = opened(pages[name].text, viewport={"width": 390, "height": 844}, color_scheme=scheme).page
    answer(page, pages[name].key)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(18, 21, 26)") == (scheme == "dark")


def test_the_pages_own_hash_is_sha256(opened, pages):
    page = opened(pages["00_objects"].text).page
    for text in ("", "abc", "ü" * 100, "x" * 55, "x" * 56, "x" * 64, "salt/leaves/b#17"):
        mine = page.evaluate("(text) => [...sha256(new TextEncoder().encode(text))]", text)
        assert bytes(mine) == hashlib.sha256(text.encode()).digest(), text
    # The browser's own says the same, where a page from a file may ask it.
    theirs = page.evaluate(
        "async () => [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')))]"
    )
    assert bytes(theirs) == hashlib.sha256(b"abc").digest()
