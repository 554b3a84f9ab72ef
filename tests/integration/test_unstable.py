"""Operations that are not reproducible on several threads: their results are kept, and executing takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from retrograd import load, record
from retrograd.program import prove, reconstruct
from retrograd.program.course import Course
from retrograd.recording import Recording, unstable_buffers

EXAMPLE = Path(__file__).parents[2] / "examples" / "gpt.py"


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def look_up(turns: int, set_to_none: bool) -> torch.Tensor:
    torch.manual_seed(0)
    table = torch.randn(65, 64, requires_grad=True)
    head = (torch.randn(64, 65) * 0.05).requires_grad_()
    tokens = torch.randint(0, 65, (4, 512))
    for _ in range(turns):
        logits = table[tokens] @ head
        torch.nn.functional.cross_entropy(logits.view(-1, 65), tokens.view(-1)).backward()
        with torch.no_grad():
            for leaf in (table, head):
                leaf -= 0.1 * leaf.grad
                if set_to_none:
                    leaf.grad = None
                else:
                    leaf.grad.zero_()
    return table


def unstable_lines(recording: Recording) -> list[str]:
    notes = [note for note in recording.notes if note.kind == "unstable"]
    assert all("use_deterministic_algorithms(True)" in note.text for note in notes)
    lines = [recording.lines[note.line] for note in notes if note.line is not None]
    return [recording.texts[line.file].splitlines()[line.number - 1].strip() for line in lines]


@pytest.mark.parametrize("set_to_none", [True, False])
@pytest.mark.parametrize("mode", ["every", "sparse"])
def test_a_loop_that_is_not_reproducible_is_proved_all_the_same(tmp_path, mode, set_to_none):
    path = tmp_path / "train.retro"
    with record(path, mode=mode, every=4) as written:
        kept = look_up(12, set_to_none)
    assert kept.shape == (65, 64)
    assert len(written.steps) == 12
    recording = load(path)
    assert unstable_lines(recording) == ["logits = table[tokens] @ head"]
    proof = prove(recording)
    assert (proof.differences, proof.skipped, proof.steps) == ((), (), 12)
    # Known turns are not watched closely any more, although they hold such an operation.
    assert recording.steps[-1].layout == "kept"
    step = reconstruct(recording, 11)
    assert step.layout == "all"


def test_executing_takes_what_was_recorded_and_not_what_it_computes():
    with record() as recording:
        kept = look_up(1, True)
    assert kept.shape == (65, 64)
    step = recording.steps[0]
    (buffer,) = unstable_buffers(step.program)
    # As if the additions had come out as 1 everywhere: the table must then have moved by 0.1 everywhere.
    ones = torch.ones(65, 64).numpy().tobytes()
    other = replace(step, wholes={**step.wholes, buffer: ones})
    course = Course(recording, [other])
    course.run(other, None)
    (slot,) = (slot.number for slot in step.program.slots if slot.name == "table")
    torch.manual_seed(0)
    table = torch.randn(65, 64)
    assert torch.equal(course.left(0, slot), table - 0.1 * torch.ones(65, 64))


@pytest.mark.parametrize("remedy", ["one thread", "deterministic"])
def test_the_remedies_that_the_note_names_are_some(remedy):
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        if remedy == "deterministic":
            torch.use_deterministic_algorithms(True)
        else:
            torch.set_num_threads(1)
        tables = [look_up(6, True) for _ in range(5)]
        with record() as recording:
            tables.append(look_up(6, True))
        assert all(torch.equal(table, tables[0]) for table in tables)
        assert not any(program.unstable for program in recording.programs)
        assert [note.kind for note in recording.notes] == []
        assert prove(recording).holds
    finally:
        torch.use_deterministic_algorithms(deterministic)


@pytest.mark.slow
def test_a_gpt_that_looks_its_tokens_up_by_index_is_proved_on_two_threads(tmp_path, monkeypatch):
    text = EXAMPLE.read_text(encoding="utf-8").replace("self.token(i)", "self.token.weight[i]")
    script = tmp_path / "gpt.py"
    script.write_text(text, encoding="utf-8")
    (tmp_path / "text.txt").write_bytes(EXAMPLE.with_name("text.txt").read_bytes())
    monkeypatch.setattr("sys.argv", ["gpt.py", "4"])
    with record(tmp_path / "gpt.retro") as recording:
        exec(compile(text, str(script), "exec"), {"__name__": "__main__", "__file__": str(script)})
    assert torch.get_num_threads() == 2
    assert any("self.token.weight[i]" in line for line in unstable_lines(recording))
    proof = prove(recording)
    assert (proof.differences, proof.skipped, proof.steps) == ((), (), 4)
