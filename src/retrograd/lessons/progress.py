"""Where a learner is: `progress.json` in the folder of the notebooks. It is written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any

from retrograd.errors import LessonError

FILE = "progress.json"
FORMAT = 1

Plain = dict[str, Any]  # what json.dumps takes


@dataclass(frozen=True)
class Progress:
    """What is known of a learner."""

    seed: int
    answered: dict[str, dict[str, Plain]] = field(default_factory=dict)
    """Name of a chapter -> name of a question -> {"right": true, "tries": 2}."""
    written: dict[str, str] = field(default_factory=dict)
    """Name of a chapter -> checksum of its notebook as it was made. A notebook with another one is the learner's."""


def read(folder: str) -> Progress | None:
    """Return what is known in a folder; None if it is no folder of the lesson."""
    path = os.path.join(folder, FILE)
    try:
        with open(path, encoding="utf-8") as file:
            plain = json.load(file)
        answered = {topic: _entries(known) for topic, known in plain["answered"].items()}
        return Progress(int(plain["seed"]), answered, {**plain["written"]})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LessonError(
            f"{path} is damaged: {error}. Rename it, and start `retrograd lesson` again: the notebooks stay, "
            "and running their checks again counts them."
        ) from error
    except OSError as error:
        raise LessonError(f"{path} cannot be read: {error.strerror}.") from error


def write(folder: str, progress: Progress) -> None:
    """Write it into a file beside the old one, then give it the old one's name."""
    plain = {
        "format": FORMAT,
        "seed": progress.seed,
        "answered": progress.answered,
        "written": progress.written,
    }
    write_whole(os.path.join(folder, FILE), json.dumps(plain, indent=1, ensure_ascii=False) + "\n")


def write_whole(path: str, text: str) -> None:
    """Write a file so that at any moment there is the old one or the new one."""
    folder = os.path.dirname(path) or "."
    try:
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise LessonError(
            f"{path} cannot be written: {error.strerror}. Start `retrograd lesson` in a folder that you may write to."
        ) from error


def note(folder: str, topic: str, question: str, right: bool) -> None:
    """Note an answer. Once right stays right. In a folder without progress nothing is kept."""
    progress = read(folder)
    if progress is None:
        return
    known = progress.answered.setdefault(topic, {}).setdefault(question, {"right": False, "tries": 0})
    if not known["right"]:
        known["tries"] += 1
        known["right"] = right
        write(folder, progress)


def is_done(progress: Progress, topic: str, questions: list[str]) -> bool:
    """Return whether every question of a chapter has been answered rightly."""
    answered = progress.answered.get(topic, {})
    return all(answered.get(question, {}).get("right") for question in questions)


def _entries(known: Plain) -> dict[str, Plain]:
    """Return what was answered in a chapter, in the types that it should have."""
    return {name: {"right": bool(each["right"]), "tries": int(each["tries"])} for name, each in known.items()}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
