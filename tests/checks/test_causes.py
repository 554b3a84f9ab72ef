"""Which findings are shown together: a symptom goes with its cause, and two mistakes are two findings."""

from pathlib import Path

import pytest

from retrograd.checks import CHECKS, Tier, causes
from retrograd.checks.causes import without_symptoms
from retrograd.checks.finding import Finding

torch = pytest.importorskip("torch")

TIERS = {check.name: check.tier for check in CHECKS}


def found(name: str, step: int, line: int = 1) -> Finding:
    severity = "warning" if TIERS[name] is Tier.THRESHOLD else "error"
    return Finding(name, severity, "train.py", line, "fact", "why", "fix", 0.9, (), ((step, 3),))


def shown(*findings: Finding) -> list[str]:
    return [finding.name for finding in without_symptoms(findings, TIERS)]


@pytest.mark.parametrize(
    "group", [causes.DATA, causes.LOSS, causes.UPDATES, causes.COURSE, causes.MOMENT, causes.GRAPH]
)
def test_relation_speaks_of_checks_that_exist(group: frozenset[str]) -> None:
    assert group <= {check.name for check in CHECKS}


def test_every_check_that_judges_numbers_says_what_it_assumes() -> None:
    judged = {check.name for check in CHECKS if check.tier >= Tier.NUMBERS}
    assert judged == causes.COURSE | causes.START | causes.MOMENT


def test_learning_rate_is_not_judged_by_updates_of_another_gradient() -> None:
    assert shown(found("grad-not-cleared", 1), found("lr-too-large", 4)) == ["grad-not-cleared"]


@pytest.mark.parametrize("other", ["graph-held", "graph-grows", "train-mode-at-eval"])
def test_what_changes_no_update_explains_no_loss(other: str) -> None:
    assert shown(found(other, 1), found("lr-too-large", 4)) == [other, "lr-too-large"]


@pytest.mark.parametrize(("step", "names"), [(0, ["grad-not-cleared", "log-zero"]), (9, ["grad-not-cleared"])])
def test_cause_comes_before_its_symptom(step: int, names: list[str]) -> None:
    assert shown(found("grad-not-cleared", 1), found("log-zero", step)) == names


def test_what_is_there_before_any_update_is_not_explained_by_one() -> None:
    assert shown(found("step-missing", 0), found("exploding-grad", 0)) == ["step-missing", "exploding-grad"]
    assert shown(found("double-sigmoid", 0), found("exploding-grad", 0)) == ["double-sigmoid"]


def test_parameter_that_is_no_leaf_explains_the_graph_that_grows_with_it() -> None:
    assert shown(found("param-not-leaf", 1), found("graph-grows", 1)) == ["param-not-leaf"]
    assert shown(found("grad-not-cleared", 1), found("graph-grows", 1)) == ["grad-not-cleared", "graph-grows"]


def test_one_number_that_is_not_finite_is_one_finding() -> None:
    assert shown(found("half-precision", 2), found("log-zero", 2)) == ["half-precision"]


def test_question_explains_nothing() -> None:
    question = Finding("update-wrong-sign", "info", "train.py", 1, "", "", "", 0.5, (), ((0, 1),))
    assert shown(question, found("lr-too-large", 0)) == ["update-wrong-sign", "lr-too-large"]


def test_two_mistakes_that_have_nothing_to_do_with_each_other_are_both_found(tmp_path: Path) -> None:
    # Of ½ · 4 · w² the largest rate is 2 / 4. Losses that are kept with their graphs do not change how w moves.
    from retrograd import diagnose, record

    code = """import torch
w = torch.tensor([1.0], requires_grad=True)
x, y = torch.tensor([[2.0]]), torch.tensor([0.0])
history = []
for step in range(12):
    loss = ((x @ w - y) ** 2).mean() / 2
    loss.backward()
    with torch.no_grad():
        w -= 0.6 * w.grad
    w.grad = None
    history.append(loss)
"""
    file = tmp_path / "train.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    assert {(finding.name, finding.line) for finding in diagnose(recording)} == {
        ("graph-held", 11),
        ("lr-too-large", 9),
    }
