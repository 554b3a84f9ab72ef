"""The fix for a value that was overwritten: only methods that exist are proposed."""

import pytest

torch = pytest.importorskip("torch")

from retrograd import diagnose, record  # noqa: E402
from retrograd.checks.inplace_saved import OUT_OF_PLACE  # noqa: E402


@pytest.mark.parametrize("name", sorted(OUT_OF_PLACE))
def test_every_method_of_the_table_exists_in_place_and_out_of_place(name: str) -> None:
    assert callable(getattr(torch.Tensor, name))
    assert callable(getattr(torch.Tensor, f"{name}_"))


def fix_of(write: str, tmp_path) -> str:
    file = tmp_path / "train.py"
    file.write_text(
        "import torch\n"
        "w = torch.ones(3, requires_grad=True)\n"
        "for step in range(2):\n"
        "    h = torch.exp(w)\n"
        f"    {write}\n"
        "    h.sum().backward()\n"
    )
    with pytest.raises(RuntimeError, match="inplace"), record() as recording:
        exec(compile(file.read_text(), str(file), "exec"), {"__name__": "__main__"})
    (finding,) = diagnose(recording)
    assert finding.name == "inplace-saved"
    return finding.fix


def test_zero_has_no_form_that_returns_a_new_tensor(tmp_path) -> None:
    assert ".zero()" not in fix_of("h.zero_()", tmp_path)


def test_clamp_is_proposed_out_of_place(tmp_path) -> None:
    assert "+    h = h.clamp(0, 1)" in fix_of("h.clamp_(0, 1)", tmp_path)
