"""Running a chapter for its page: what its cells print, show and draw; what stops it."""

import base64

import pytest

from retrograd.errors import LessonError
from retrograd.lessons.execution import execute
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import Topic


def run(*cells: str):
    source = "# %% [markdown]\n# # 0. Title\n" + "".join(f"\n# %%{cell}\n" for cell in cells)
    return execute(notebook_of(Topic("00_title", "Title", source)))[1:]


def test_prints_results_and_pictures_are_kept():
    plot = "\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    printed, shown, quiet, drawn = run("\nprint('said')", "\n6 * 7", "\n6 * 7;", plot)
    assert printed.printed == "said\n"
    assert shown.results == [{"text/plain": "42"}]
    assert not quiet.results
    assert base64.b64decode(drawn.results[0]["image/png"]).startswith(b"\x89PNG")


def test_an_error_is_kept_where_it_is_expected_and_stops_the_chapter_elsewhere():
    (expected,) = run(' tags=["raises-exception"]\n1 / 0')
    assert expected.error == "ZeroDivisionError: division by zero"
    with pytest.raises(LessonError, match="ZeroDivisionError"):
        run("\n1 / 0")


@pytest.mark.parametrize(("mine", "told"), [(None, "passive"), ("active", "active")])
def test_threads_of_a_chapter_sleep_while_they_wait_unless_somebody_says_otherwise(monkeypatch, mine, told):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if mine:
        monkeypatch.setenv("OMP_WAIT_POLICY", mine)
    (printed,) = run("\nimport os; print(os.environ['OMP_WAIT_POLICY'])")
    assert printed.printed == f"{told}\n"
