"""What is kept of a learner between sittings."""

import os

import pytest

from retrograd.errors import LessonError
from retrograd.lessons import begin
from retrograd.lessons.progress import Progress, note, read, write


def test_it_is_read_as_it_was_written(tmp_path):
    known = Progress(7, {"00_objects": {"leaves": {"right": True, "tries": 2}}}, {"00_objects": "abc"})
    write(str(tmp_path), known)
    assert read(str(tmp_path)) == known
    assert os.listdir(tmp_path) == ["progress.json"]


def test_what_was_once_right_stays_right_and_tries_are_counted(tmp_path):
    write(str(tmp_path), Progress(7))
    for right in (False, False, True, False):
        note(str(tmp_path), "00_objects", "leaves", right)
    assert read(str(tmp_path)).answered == {"00_objects": {"leaves": {"right": True, "tries": 3}}}


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    write(str(tmp_path), Progress(7))
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(LessonError, match="No space left"):
        write(str(tmp_path), Progress(8))
    assert read(str(tmp_path)) == Progress(7)
    assert os.listdir(tmp_path) == ["progress.json"]


def test_elsewhere_nothing_is_kept(tmp_path):
    note(str(tmp_path), "00_objects", "leaves", True)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '{"seed": 7}',
        '{"seed": "x", "answered": {}, "written": {}}',
        '{"seed": 7, "answered": [], "written": {}}',
        '{"seed": 7, "answered": {}, "written": []}',
        '{"seed": 7, "answered": {"00_objects": 1}, "written": {}}',
        '{"seed": 7, "answered": {"00_objects": {"leaves": true}}, "written": {}}',
        '{"seed": 7, "answered": {"00_objects": {"leaves": {"right": true}}}, "written": {}}',
    ],
)
def test_a_damaged_file_is_said_and_left_alone(tmp_path, text):
    (tmp_path / "progress.json").write_text(text)
    with pytest.raises(LessonError, match=r"damaged.*Rename it"):
        read(str(tmp_path))
    assert (tmp_path / "progress.json").read_text() == text


def test_a_chapter_notes_what_it_checks_and_goes_on_where_it_cannot(tmp_path, monkeypatch, capsys):
    import retrograd

    with retrograd.record() as recording:
        pass
    monkeypatch.chdir(tmp_path)
    write(".", Progress(7))
    chapter = begin("00_objects", seed=7)
    assert not chapter.check("leaves", recording, ...)
    assert read(".").answered == {}  # three dots are no answer
    assert 'letters "a", "b", "c"' in chapter.check("leaves", recording, "z").message
    assert read(".").answered == {"00_objects": {"leaves": {"right": False, "tries": 1}}}
    (tmp_path / "progress.json").write_text("{")
    chapter.check("leaves", recording, "z")
    assert "not kept" in capsys.readouterr().err


def test_questions_and_chapters_that_are_not_there_are_said():
    with pytest.raises(LessonError, match="it has leaves"):
        begin("00_objects").question("leafs")
    with pytest.raises(LessonError, match="no chapter '99_nowhere'"):
        begin("99_nowhere")
