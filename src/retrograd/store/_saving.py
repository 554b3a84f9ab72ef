"""Any recording -> a file."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace

from retrograd.errors import FileError, NotKeptError
from retrograd.recording import Recording
from retrograd.store._output import check_name, remove_leftovers
from retrograd.store._writer import Writer


def save(recording: Recording, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a whole recording to a file. The file gets its name when it is complete.

    Raises:
        FileError: The file cannot be written, or is there already.
        DamagedFileError: The recording comes from a file that is damaged.
    """
    path = os.path.abspath(path)
    check_name(path, overwrite)
    # Not beside the point: the recording may come from the very file that is replaced.
    part = f"{path}.{os.getpid()}.part"
    try:
        writer = Writer(part, recording.facts, overwrite=True)
        try:
            _copy(recording, writer)
        finally:
            writer.close()
        if writer.failure:
            raise writer.failure
        check_name(path, overwrite)
        remove_leftovers(path)
        os.replace(part, path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)


def _copy(recording: Recording, writer: Writer) -> None:
    source = recording.source
    for file, content in source.texts.items():
        writer.text(file, content)
    for line in source.lines:
        writer.new_line(line)
    for note in source.notes:
        writer.note(note)
    # Each with its original, so that no other program gets the original's place in memory, and its id.
    programs = {id(program): (writer.program(program), program) for program in source.programs()}
    count = len(source.numbers)
    for number in (-1, *source.numbers, count):
        try:
            step = source.step(number)
        except NotKeptError:
            continue
        if step.program is not None and id(step.program) in programs:
            step = replace(step, program=programs[id(step.program)][0])
        writer.step(step, turn=0 <= number < count)
        if writer.failure:
            return
