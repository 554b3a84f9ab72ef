"""Every test starts from the same random state and the same `__main__`, and computes on one thread."""

import os
import sys

import pytest

# Before torch is loaded, here and in what tests start. Threads of PyTorch that wait for each other by spinning take
# milliseconds for microseconds' work where tests run beside each other.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# A failing comparison there is shown in full, as in a test.
pytest.register_assert_rewrite("both_ways")


@pytest.fixture(autouse=True)
def _same_start() -> None:
    # A test that did not import torch does not wait for it.
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
        # Sums are split among threads, and so rounded in another order.
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_main(monkeypatch: pytest.MonkeyPatch) -> None:
    # A script that is run in this process becomes `__main__`, and the workers that a later test spawns would run it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(sys, "argv", sys.argv)


pytest_plugins = ["pytester"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of an `xdist_group` in one process.

    pytest-xdist 3.8 writes the group behind `item._nodeid`, which pytest reads no more since 9.2: a test's id is in
    `item._id`. Without this each process would make what a group shares, such as a chapter that has run.
    """
    for item in items:
        name = getattr(item, "_nodeid", item.nodeid)
        if name != item.nodeid:
            item._id = type(item.id).parse(name)
