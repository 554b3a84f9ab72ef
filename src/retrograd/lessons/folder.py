"""The learner's folder: notebooks and `progress.json`. A notebook that its learner has changed is never overwritten."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace

from retrograd.errors import LessonError
from retrograd.lessons import progress
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.progress import Progress, write_whole
from retrograd.lessons.seeds import drawn, problem_with
from retrograd.lessons.topics import Topic, questions_of, topics

NAME = "retrograd-lesson"


def opened(where: str, seed: int | None = None) -> tuple[str, Progress]:
    """Make the learner's folder or go on in it; return it and what is known of the learner.

    Args:
        where: The folder in which the lesson was asked for; it may be the learner's folder itself.
        seed: The learner's own; drawn when the folder is made, if none is given.
    """
    folder = where if os.path.exists(os.path.join(where, progress.FILE)) else os.path.join(where, NAME)
    known = _known(folder, seed)
    if known is None:
        known = Progress(drawn() if seed is None else seed)
    elif seed is not None and seed != known.seed:
        raise LessonError(
            f"the lesson in {folder} was begun with the seed {known.seed}, and its notebooks hold that number. "
            f"Start `retrograd lesson --seed {seed}` in another folder."
        )
    written = {topic.name: _write(folder, topic, known) for topic in topics()}
    known = replace(known, written=known.written | written)
    progress.write(folder, known)
    return folder, known


def path_of(folder: str, topic: Topic) -> str:
    """Return where the notebook of a chapter lies."""
    return os.path.join(folder, f"{topic.name}.ipynb")


def older(known: Progress) -> list[Topic]:
    """Return the chapters whose notebooks the learner has changed, and whose text is newer by now."""
    made = {topic: _checksum(_notebook(topic, known.seed).encode()) for topic in topics()}
    return [topic for topic in topics() if known.written.get(topic.name) != made[topic]]


def next_open(known: Progress) -> Topic | None:
    """Return the first chapter that is not done; None if all are."""
    return next((topic for topic in topics() if not _is_done(known, topic)), None)


def table(folder: str, known: Progress) -> str:
    """Return where the learner is: a line for each chapter."""
    following = next_open(known)
    lines = [f"The lesson in {folder} (seed {known.seed})", ""]
    for topic in topics():
        asked = list(questions_of(topic.name))
        right = sum(bool(known.answered.get(topic.name, {}).get(name, {}).get("right")) for name in asked)
        state = "done" if right == len(asked) else f"{right} of {len(asked)}" if right else "open"
        mark = "  ← next" if topic is following else ""
        lines.append(f"  {topic.number:>2}  {topic.title[:48]:<50}{state:<8}{mark}".rstrip())
    done = sum(_is_done(known, topic) for topic in topics())
    lines += ["", f"  {done} of {len(topics())} chapters are done." if following else "  All chapters are done.", ""]
    return "\n".join(lines) + "\n"


def _is_done(known: Progress, topic: Topic) -> bool:
    return progress.is_done(known, topic.name, list(questions_of(topic.name)))


def _known(folder: str, seed: int | None) -> Progress | None:
    known = progress.read(folder) if os.path.isdir(folder) else None
    if known is not None:
        return known
    if seed is not None and (problem := problem_with(seed)):
        raise LessonError(problem)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise LessonError(
            f"{folder} is a file, and the lesson wants a folder of that name. Rename it, or go elsewhere."
        )
    if (begun := _seed_of_notebooks(folder)) is not None:
        return Progress(begun)
    if os.path.isdir(folder) and os.listdir(folder):
        raise LessonError(
            f"{folder} is there already, and it is not the lesson's: it has no {progress.FILE}. "
            "Rename it, or start `retrograd lesson` in another folder."
        )
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise LessonError(
            f"{folder} cannot be made: {error.strerror}. Start `retrograd lesson` in a folder that you may write to."
        ) from error
    return None


def _seed_of_notebooks(folder: str) -> int | None:
    """Return the seed in the notebooks of a folder whose progress is gone; None if it holds none of the lesson's."""
    for topic in topics():
        try:
            with open(path_of(folder, topic), encoding="utf-8") as file:
                return int(json.load(file)["metadata"]["retrograd"]["seed"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _write(folder: str, topic: Topic, known: Progress) -> str:
    """Write a chapter's notebook, unless the learner has changed the one that is there; return its checksum."""
    path = path_of(folder, topic)
    before = known.written.get(topic.name, "")
    try:
        with open(path, "rb") as file:
            there = _checksum(file.read())
    except FileNotFoundError:
        there = None
    except OSError as error:
        raise LessonError(f"{path} cannot be read: {error.strerror}.") from error
    text = _notebook(topic, known.seed)
    made = _checksum(text.encode())
    if there is not None and there != before:
        return before
    if there != made:
        write_whole(path, text)
    return made


def _notebook(topic: Topic, seed: int) -> str:
    return json.dumps(notebook_of(topic, seed), indent=1, ensure_ascii=False) + "\n"


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
