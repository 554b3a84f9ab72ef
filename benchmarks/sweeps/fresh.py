"""Sweeps in processes of their own: the first result, compiling, and a million runs.

python fresh.py first|compiled RECORDING            prints seconds after `import retrograd`
python fresh.py million RECORDING COUNT             prints seconds and bytes of memory
"""

from __future__ import annotations

import resource
import sys
import time

RATES = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]


def first(path: str) -> None:
    """Make the notebook's six runs; say how long it took, and with PyTorch imported how long."""
    import retrograd

    began = time.perf_counter()
    import torch  # noqa: F401

    imported = time.perf_counter()
    retrograd.sweep(path, learning_rate=RATES, until=0.01, max_steps=1000)
    print(time.perf_counter() - began, time.perf_counter() - imported)


def compiled(path: str) -> None:
    """Make the same six runs compiled, so that nearly all of it is compiling; then again."""
    import torch  # noqa: F401

    import retrograd

    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        retrograd.sweep(path, learning_rate=RATES, until=0.01, max_steps=1000, engine="compiled")
        seconds.append(time.perf_counter() - began)
    print(*seconds)


def million(path: str, count: int) -> None:
    """Make many runs after a few; say how long it took, the size of the result, and how far memory grew at most."""
    import retrograd

    def made(rates: int) -> int:
        result = retrograd.sweep(
            path, learning_rate=f"1e-3:1e2:{rates}", seeds=100, until=0.01, max_steps=1000, engine="compiled"
        )
        return int(result.nbytes)

    made(100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    size = made(count // 100)
    seconds = time.perf_counter() - began
    print(seconds, size, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))


if __name__ == "__main__":
    question, *rest = sys.argv[1:]
    if question == "million":
        million(rest[0], int(rest[1]))
    else:
        {"first": first, "compiled": compiled}[question](*rest)
