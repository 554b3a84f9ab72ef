"""The file that is being read: opened without trust, and repaired if its writer was killed in a commit."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
import weakref
from collections.abc import Generator
from typing import Any

from retrograd.errors import DamagedFileError, FileError, ForeignFileError, FutureVersionError
from retrograd.store._format import APPLICATION_ID, BEING_WRITTEN, FORMAT_VERSION, MAX_BYTES, SCHEMA

_PATIENCE = 5.0
"""Seconds to wait for a writer that is just committing."""

_INSTRUCTIONS = 50_000_000
"""A query that takes SQLite more of its instructions (some seconds) goes in circles in a damaged file."""

_SOME_BYTES = 1 << 20

_UNQUOTED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-~")
"""What may stand in the address of a file as it is."""

_MAGIC = b"SQLite format 3\0"

_JOURNAL_END = bytes.fromhex("d9d505f920a163d7")
"""The last bytes of a journal that names yet another file."""

_UNREADABLE = (sqlite3.Error, UnicodeError, OverflowError, MemoryError)
"""What the module sqlite3 raises for a damaged file; UnicodeError when its complaint quotes damaged bytes."""


class Input:
    """Answers queries, from any thread, and in a forked child too."""

    def __init__(self, path: str) -> None:
        """Open the file for reading.

        Raises:
            FileError: It is not there, is no recording, or was written by a newer retrograd.
        """
        self.path = path
        self.lock = threading.RLock()
        self._open()

    def read(self, query: str, *parameters: int) -> list[tuple[Any, ...]]:
        """Return all rows.

        Raises:
            FileError: They cannot be read.
        """
        return list(self._rows(query, parameters))

    def read_some(self, query: str, *parameters: int) -> list[tuple[Any, ...]]:
        """Return the first rows, as many as fit into a moderate amount of memory, but one at least.

        Raises:
            FileError: They cannot be read.
        """
        rows, size = [], 0
        with contextlib.closing(self._rows(query, parameters)) as found:
            for row in found:
                rows.append(row)
                size += sum(len(field) for field in row if isinstance(field, bytes))
                if size > _SOME_BYTES:
                    break
        return rows

    def damaged(self, what: str) -> DamagedFileError:
        """Return an error that names the file."""
        return DamagedFileError(f"{self.path} is damaged: {what}")

    def _rows(self, query: str, parameters: tuple[int, ...]) -> Generator[tuple[Any, ...], None, None]:
        with self.lock:
            if self._process != os.getpid():
                self._open()
            cursor = self._connection.cursor()
            try:
                yield from cursor.execute(query, parameters)
            except _UNREADABLE as error:
                raise self._explained(error) from error
            finally:
                # Not later: a query that is not at its end keeps the file locked.
                cursor.close()

    # ------------------------------------------------------------ opening

    def _open(self) -> None:
        self._check_head()
        try:
            self._connection = self._connected()
        except (OSError, *_UNREADABLE) as error:
            raise self._explained(error) from error
        self._process = os.getpid()
        weakref.finalize(self, self._connection.close)
        self._check_format()

    def _check_head(self) -> None:
        # Before SQLite sees the file: for other people's databases it may leave files beside them.
        try:
            found = os.stat(self.path)
            if not stat.S_ISREG(found.st_mode):
                raise FileError(f"{self.path} is no file; a recording is one, such as train.retro")
            if (found.st_dev, found.st_ino) in BEING_WRITTEN:
                return
            with open(self.path, "rb") as file:
                head = file.read(100)
        except FileNotFoundError:
            raise FileError(f"there is no file {self.path}") from None
        except (OSError, ValueError) as error:
            raise FileError(f"{self.path} cannot be opened: {error}") from error
        if not head:
            raise DamagedFileError(f"{self.path} is empty: what wrote it was stopped before it began")
        if head[68:72] != APPLICATION_ID.to_bytes(4, "big"):
            what = "an SQLite file, but no" if head.startswith(_MAGIC) else "no"
            raise ForeignFileError(f"{self.path} is {what} recording of retrograd")
        if head[18:20] != b"\1\1":
            raise self.damaged("it is in SQLite's WAL mode, as no recording is (PRAGMA journal_mode = DELETE)")

    def _connected(self) -> sqlite3.Connection:
        try:
            return _connect(self.path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY or not os.path.exists(f"{self.path}-journal"):
                raise
        # Its writer was killed in a commit, which SQLite undoes with the help of the journal.
        with contextlib.suppress(FileNotFoundError), open(f"{self.path}-journal", "rb") as journal:
            journal.seek(max(0, journal.seek(0, os.SEEK_END) - len(_JOURNAL_END)))
            if journal.read() == _JOURNAL_END:
                # SQLite would look for that file, and delete it. A recording's journal never names one.
                raise self.damaged("its journal names another file")
        try:
            _connect(self.path, "rw").close()
            return _connect(self.path, "ro")
        except sqlite3.OperationalError:
            # Seldom needed, and slow to import.
            import shutil
            import tempfile

            folder = tempfile.TemporaryDirectory(prefix="retrograd-")
            weakref.finalize(self, folder.cleanup)
            copy = os.path.join(folder.name, "recording")
            for end in ("", "-journal"):
                shutil.copyfile(self.path + end, copy + end)
            return _connect(copy, "rw")

    def _check_format(self) -> None:
        version = self.read("PRAGMA user_version")[0][0]
        if version > FORMAT_VERSION:
            raise FutureVersionError(
                f"{self.path} was written in format {version}; this retrograd reads up to {FORMAT_VERSION}; "
                "upgrade retrograd to open it"
            )
        if version < 1:
            raise self.damaged(f"it says that it is of format {version}")
        # No view, trigger, index or table of someone else's making: SQLite runs what a schema tells it to.
        schema = self.read("SELECT type, name, sql FROM sqlite_master")
        if len(schema) != len(SCHEMA) or {*schema} != {("table", *table) for table in SCHEMA.items()}:
            raise self.damaged(f"its tables are not those of format {version}")

    def _explained(self, error: Exception) -> FileError:
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_BUSY:
            return FileError(f"{self.path} is held by another program; try again when that has finished")
        if isinstance(error, OSError) or code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return FileError(f"{self.path} cannot be opened: {error}")
        return self.damaged(str(error))


def _connect(path: str, mode: str) -> sqlite3.Connection:
    within = os.fsencode(path.replace(os.sep, "/").lstrip("/"))
    quoted = "".join(chr(byte) if chr(byte) in _UNQUOTED else f"%{byte:02X}" for byte in within)
    uri = f"file:/{quoted}?mode={mode}"
    connection = sqlite3.connect(uri, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
        connection.set_progress_handler(lambda: 1, _INSTRUCTIONS)
        for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
