"""Every test that uses PyTorch starts from the same random state and computes on one thread."""

import sys

import pytest

# A failing comparison there is shown in full, as in a test.
pytest.register_assert_rewrite("both_ways")


@pytest.fixture(autouse=True)
def _same_start() -> None:
    # A test that did not import torch does not wait for it.
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
        # Sums are split among threads, and so rounded in another order.
        torch.set_num_threads(1)


pytest_plugins = ["pytester"]
