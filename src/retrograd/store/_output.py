"""The file that is being written: made, then grown by commit after commit. Threads are not its concern."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import chain
from typing import Any

from retrograd.errors import FileError
from retrograd.recording import Note, Step
from retrograd.store._format import (
    APPLICATION_ID,
    BEING_WRITTEN,
    FORMAT_VERSION,
    MAX_BYTES,
    SCHEMA,
    Contents,
    check_size,
    checksum,
    contents_to_json,
    pack,
    to_json,
)
from retrograd.store._steps import Repeated, is_turn, light, repeated, step_to_row
from retrograd.store._stretches import fits, stretches

PATIENCE = 5.0
"""Seconds to wait for another program that holds the file."""

_ROWS_AT_ONCE = 1000
"""Rows in one statement. SQLite lets go of the interpreter's lock around each statement, and getting it back
from a busy loop takes up to 5 ms, so a thousand steps must not be a thousand statements."""


class Output:
    """Knows what the file holds already, so that each thing is written once."""

    def __init__(self, path: str, overwrite: bool) -> None:
        """Make the file.

        Raises:
            FileError: It cannot be made, or something is there already.
        """
        self.path = path
        self.contents = Contents()
        self._fact_names: set[str] = set()
        self._bindings: dict[tuple[Any, ...], int] = {}
        self._blobs: dict[bytes, int] = {}
        self._connection, self._place = _create(path, overwrite)
        BEING_WRITTEN.add((self._place.st_dev, self._place.st_ino))

    def commit(
        self, steps: Sequence[tuple[Step | Repeated, bool | None]], parts: Sequence[tuple[str, int | str, str]]
    ) -> list[Note]:
        """Write steps, and parts of the other tables; all of it or, if that fails, nothing.

        Args:
            steps: Each with whether it is a turn of the loop; None lets the step tell.
            parts: Table, number or key, and content.

        Returns:
            Notes about steps that no file can hold; only their loss and norms were written.

        Raises:
            FileError: The file is not where it was.
            sqlite3.Error: It cannot be written.
        """
        self._check_place()
        contents = replace(self.contents, commits=self.contents.commits + 1)
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in SCHEMA}
        for table, key, content in parts:
            contents.closed = contents.closed or (table, key, content) == ("meta", "closed", "true")
            stored = pack(content) if table in ("texts", "programs") else content
            rows[table].append((key, stored, checksum(table, key, stored)))
            if isinstance(key, int):
                setattr(contents, table, max(getattr(contents, table), key + 1))
        fact_names = self._fact_names | {key for key, _, _ in rows["meta"]}
        contents.facts = len(fact_names)

        notes: list[Note] = []
        new_bindings: dict[tuple[Any, ...], int] = {}
        new_blobs: dict[bytes, int] = {}
        packed: list[Repeated] = []
        for given, turn in steps:
            plain = given if isinstance(given, Repeated) else repeated(given)
            # A step that is written again stands alone, and counts before what a stretch says of it.
            if plain is not None and plain.number == contents.end and fits(plain):
                packed.append(plain)
                contents.count(plain.number, is_turn(plain) if turn is None else turn)
                continue
            step = given.step() if isinstance(given, Repeated) else given
            try:
                bindings = self._number_of(step.bindings, new_bindings, rows)
                wholes = [(buffer, self._number_of_blob(blob, new_blobs, rows)) for buffer, blob in step.wholes.items()]
                rows["steps"].append(step_to_row(step, bindings, wholes))
            except Exception as error:  # one step that cannot be written must not cost the others
                rows["steps"].append(step_to_row(light(step), None, ()))
                notes.append(Note("unseen", step.number, None, f"step {step.number} is not kept whole: {error}"))
            contents.count(step.number, is_turn(step) if turn is None else turn)
        for stretch in stretches(packed):
            bindings = self._number_of(stretch.first.bindings, new_bindings, rows)
            rows["stretches"].append(stretch.row(bindings))
        contents.bindings += len(new_bindings)
        contents.blobs += len(new_blobs)
        content = contents_to_json(contents)
        rows["contents"].append((0, content, checksum("contents", 0, content)))

        _insert(self._connection, rows)
        self.contents, self._fact_names = contents, fact_names
        self._bindings |= new_bindings
        self._blobs |= new_blobs
        return notes

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        BEING_WRITTEN.discard((self._place.st_dev, self._place.st_ino))

    def remove(self) -> None:
        """Let go of the file, and delete it."""
        self.close()
        with contextlib.suppress(OSError):
            os.remove(self.path)

    def _number_of(
        self,
        bindings: tuple[Any, ...],
        new: dict[tuple[Any, ...], int],
        rows: Mapping[str, list[tuple[Any, ...]]],
    ) -> int | None:
        if not bindings:
            return None
        number = self._bindings.get(bindings, new.get(bindings))
        if number is None:
            number = new[bindings] = len(self._bindings) + len(new)
            content = to_json(bindings)
            rows["bindings"].append((number, content, checksum("bindings", number, content)))
        return number

    def _number_of_blob(self, blob: bytes, new: dict[bytes, int], rows: Mapping[str, list[tuple[Any, ...]]]) -> int:
        digest = blake2b(blob, digest_size=16).digest()
        number = self._blobs.get(digest, new.get(digest))
        if number is None:
            check_size(blob)
            number = new[digest] = len(self._blobs) + len(new)
            rows["blobs"].append((number, blob, checksum("blobs", number, blob)))
        return number

    def _check_place(self) -> None:
        # SQLite would go on writing into a deleted file without a word.
        try:
            there = os.path.samestat(os.stat(self.path), self._place)
        except OSError:
            there = False
        if not there:
            raise FileError(f"{self.path} was deleted or moved while it was written; its recording ends there")


def check_name(path: str, overwrite: bool) -> None:
    """Make sure that a recording may have this name.

    Raises:
        FileError: Something is there already: a folder, another recording, or a file that is none.
    """
    head = b""
    try:
        found = os.stat(path)
        regular = stat.S_ISREG(found.st_mode)
        if overwrite and regular:
            with open(path, "rb") as file:
                head = file.read(100)
    except FileNotFoundError:
        folder, name = os.path.split(path)
        if not os.path.isdir(folder):
            raise FileError(f"there is no folder {folder} to write {name} in") from None
        return
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be written: {error}") from error
    if stat.S_ISDIR(found.st_mode):
        raise FileError(f"{path} is a folder; name a file in it, such as {os.path.join(path, 'train.retro')}")
    if not overwrite:
        raise FileError(f"{path} exists already; choose another name (-o FILE) or replace it (--force, overwrite=True)")
    # --force is for recordings: `-o train.py --force` must not cost anyone their script.
    ours = head[:15] == b"SQLite format 3" and head[68:72] == APPLICATION_ID.to_bytes(4, "big")
    if not regular or not (ours or found.st_size == 0):
        raise FileError(f"{path} is no recording, so it is not overwritten; choose another name (-o FILE) or delete it")


def remove_leftovers(path: str) -> None:
    """Remove the journal of an older file: SQLite would take it for that of the new one of the same name."""
    for end in ("-journal", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + end)


def _create(path: str, overwrite: bool) -> tuple[sqlite3.Connection, os.stat_result]:
    check_name(path, overwrite)
    connection, made = None, False
    try:
        if overwrite:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        remove_leftovers(path)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        made = True
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
        # A rollback journal and no write-ahead log: between commits everything is in one file. Nothing is
        # synced, because what the operating system has taken outlives the death of this process.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        for statement in SCHEMA.values():
            connection.execute(statement)
        connection.execute("COMMIT")
        return connection, os.stat(path)
    except (OSError, ValueError, sqlite3.Error) as error:
        if connection is not None:
            connection.close()
        if made:
            with contextlib.suppress(OSError):
                os.remove(path)
        raise FileError(f"{path} cannot be written: {error}") from error


def _insert(connection: sqlite3.Connection, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    parameters_at_once = connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    try:
        for table, many in rows.items():
            size = min(_ROWS_AT_ONCE, parameters_at_once // len(many[0])) if many else 1
            for start in range(0, len(many), size):
                few = many[start : start + size]
                places = ",".join([f"({','.join('?' * len(few[0]))})"] * len(few))
                parameters = [*chain.from_iterable(few)]
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES {places}", parameters)
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, a full disk for one, SQLite has rolled back already.
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
