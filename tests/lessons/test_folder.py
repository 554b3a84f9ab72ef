"""The learner's folder: what is made once, what is gone on with, what is never overwritten."""

import json
import os

import pytest

from retrograd.errors import LessonError
from retrograd.lessons import folder, progress
from retrograd.lessons.topics import questions_of, topics


def answered(where: str, *names: str) -> None:
    for name in names:
        for question in questions_of(name):
            progress.note(where, name, question, True)


def test_it_is_made_with_every_notebook_and_a_seed_of_its_own(tmp_path):
    seeds = set()
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        where, known = folder.opened(str(tmp_path / name))
        assert where == str(tmp_path / name / "retrograd-lesson")
        assert {*os.listdir(where)} == {"progress.json", *(f"{topic.name}.ipynb" for topic in topics())}
        seeds.add(known.seed)
        assert f"torch.manual_seed({known.seed})" in (tmp_path / name / "retrograd-lesson/00_objects.ipynb").read_text()
    assert len(seeds) > 1


def test_it_goes_on_where_it_was_from_outside_and_from_within(tmp_path):
    where, known = folder.opened(str(tmp_path), seed=7)
    answered(where, "00_objects")
    for again in (tmp_path, tmp_path / "retrograd-lesson"):
        there, later = folder.opened(str(again))
        assert (there, later.seed) == (where, 7)
        assert folder.next_open(later).name == "01_forward"
    assert known.seed == 7
    assert not (tmp_path / "retrograd-lesson/retrograd-lesson").exists()


def test_a_changed_notebook_is_kept_and_a_deleted_one_is_made_again(tmp_path):
    where, _ = folder.opened(str(tmp_path), seed=7)
    mine, gone = (tmp_path / "retrograd-lesson" / f"{name}.ipynb" for name in ("00_objects", "01_forward"))
    mine.write_text("changed")
    gone.unlink()
    folder.opened(str(tmp_path))
    assert mine.read_text() == "changed"
    assert json.loads(gone.read_text())["cells"]
    assert where


def test_an_untouched_notebook_gets_the_newer_text_of_its_chapter(tmp_path, monkeypatch):
    folder.opened(str(tmp_path), seed=7)
    mine, theirs = (tmp_path / "retrograd-lesson" / f"{name}.ipynb" for name in ("00_objects", "01_forward"))
    mine.write_text("changed")
    newer = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    monkeypatch.setattr(folder, "notebook_of", lambda topic, seed: newer)
    folder.opened(str(tmp_path))
    assert mine.read_text() == "changed"
    assert json.loads(theirs.read_text()) == newer


def test_another_seed_is_refused_with_what_to_do(tmp_path):
    folder.opened(str(tmp_path), seed=7)
    with pytest.raises(LessonError, match=r"begun with the seed 7.*another folder"):
        folder.opened(str(tmp_path), seed=8)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "retrograd-lesson").mkdir()
    (tmp_path / "retrograd-lesson/thesis.tex").write_text("mine")
    with pytest.raises(LessonError, match=r"not the lesson's.*Rename it"):
        folder.opened(str(tmp_path))
    assert os.listdir(tmp_path / "retrograd-lesson") == ["thesis.tex"]


def test_a_lesson_whose_progress_was_renamed_goes_on_with_its_notebooks_and_their_seed(tmp_path):
    where, _ = folder.opened(str(tmp_path), seed=41)
    mine = tmp_path / "retrograd-lesson/01_forward.ipynb"
    mine.write_text(mine.read_text().replace("first_z = ...", "first_z = 3"))
    (tmp_path / "retrograd-lesson/00_objects.ipynb").write_text("no notebook any more")
    (tmp_path / "retrograd-lesson/progress.json").rename(tmp_path / "retrograd-lesson/progress.json.old")
    again, known = folder.opened(str(tmp_path))
    assert (again, known.seed, known.answered) == (where, 41, {})
    assert "first_z = 3" in mine.read_text()


def test_a_file_of_that_name_is_said(tmp_path):
    (tmp_path / "retrograd-lesson").write_text("")
    with pytest.raises(LessonError, match="is a file"):
        folder.opened(str(tmp_path))


def test_a_folder_that_may_not_be_written_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(
        os, "makedirs", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    with pytest.raises(LessonError, match=r"Permission denied.*may write to"):
        folder.opened(str(tmp_path))


def test_the_table_fits_eighty_columns_and_says_what_is_next(tmp_path):
    where, _ = folder.opened(str(tmp_path), seed=7)
    answered(where, "00_objects")
    progress.note(where, "01_forward", "depends", True)
    text = folder.table("retrograd-lesson", progress.read(where))
    assert max(map(len, text.splitlines())) <= 80
    done, partly, *_ = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
    assert done[-1] == "done"
    assert partly[-5:] == ["1", "of", "3", "←", "next"]
    assert f"1 of {len(topics())} chapters are done" in text


def test_when_all_is_done_it_says_so(tmp_path):
    where, _ = folder.opened(str(tmp_path), seed=7)
    answered(where, *(topic.name for topic in topics()))
    known = progress.read(where)
    assert folder.next_open(known) is None
    assert "All chapters are done" in folder.table(where, known)


def test_a_changed_notebook_whose_chapter_has_a_newer_text_is_named(tmp_path, monkeypatch):
    where, known = folder.opened(str(tmp_path), seed=7)
    assert folder.older(known) == []
    (tmp_path / where / "00_objects.ipynb").write_text("changed")
    newer = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    monkeypatch.setattr(folder, "notebook_of", lambda topic, seed: newer)
    _, known = folder.opened(str(tmp_path))
    assert [topic.name for topic in folder.older(known)] == ["00_objects"]
    (tmp_path / where / "00_objects.ipynb").rename(tmp_path / where / "mine.ipynb")
    _, known = folder.opened(str(tmp_path))
    assert folder.older(known) == []
    assert (tmp_path / where / "mine.ipynb").read_text() == "changed"
