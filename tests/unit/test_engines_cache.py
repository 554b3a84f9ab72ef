"""What sweeps keep on disk: how much, and what goes first."""

import os

import pytest

from retrograd.engines import cache


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "kernels"
    made.mkdir()
    for number, name in enumerate(("old.so", "used.so", "late.flow")):
        path = made / name
        path.write_bytes(bytes(100))
        os.utime(path, (number + 1, number + 1))
    return made


def taken(folder, size, most):
    new = folder.parent / "new"
    new.write_bytes(bytes(size))
    cache.take(new, folder / "new.so", most)
    return sorted(path.name for path in folder.iterdir())


def test_what_was_not_used_for_the_longest_time_goes_first(folder):
    assert cache.used(folder / "old.so") == folder / "old.so"
    assert taken(folder, 100, 250) == ["new.so", "old.so"]


def test_nothing_goes_while_there_is_room(folder):
    assert taken(folder, 100, 400) == ["late.flow", "new.so", "old.so", "used.so"]


def test_what_is_larger_than_all_the_room_stays_for_the_one_who_built_it(folder):
    assert taken(folder, 1000, 400) == ["new.so"]


def test_what_another_process_builds_at_the_same_time_is_left_alone(folder):
    (folder / ".build-abc").mkdir()
    (folder / ".build-abc" / "kernel.so").write_bytes(bytes(1000))
    assert ".build-abc" in taken(folder, 100, 150)


def test_what_was_never_kept_is_not_there(folder):
    assert cache.used(folder / "none.so") is None
