"""What a learner is told whose cells were not run, or not in order: in a notebook, as it happens."""

import pytest

from retrograd.lessons.hints import advice

BEGIN = 'from retrograd.lessons import begin; chapter = begin("00_objects")'


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Return a function that runs a cell in a shell of IPython and returns what it said."""
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()

    def run(source: str) -> str:
        shell.run_cell(source)
        captured = capfd.readouterr()
        return captured.out + captured.err

    yield run
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_the_advice_is_said_below_the_error(run):
    run(BEGIN)
    said = run('chapter.check("leaves", recording, "b")')
    assert "NameError" in said
    assert "A cell further up makes `recording`" in said
    assert run("1 + 1").count("cell further up") == 0
    assert "cell further up" not in run("1 / 0")


def test_it_is_said_once_however_often_the_first_cell_runs(run):
    for _ in range(3):
        run(BEGIN)
    assert run("recording").count("A cell further up") == 1


def test_a_recorded_cell_gets_it_too(run):
    run("%load_ext retrograd")
    run(BEGIN)
    assert "A cell further up makes `w`" in run("%%record\nz = w * 2")


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("c", 'leaves = c  # "a", "b" or "c"', 'in quotes: "c"'),
        ("c", "leaves = c", 'in quotes: "c"'),
        ("w", "z = w * 2", "further up makes `w`"),
        ("loss", "before = loss", "further up makes `loss`"),
    ],
)
def test_a_letter_without_quotes_is_told_from_a_name_that_is_missing(name, source, said):
    assert said in advice(name, source)


def test_where_nothing_is_kept_the_first_cell_says_so(run, tmp_path):
    assert "no progress.json, so answers are graded here and not kept" in run(BEGIN)
    (tmp_path / "progress.json").write_text('{"seed": 7, "answered": {}, "written": {}}')
    assert "not kept" not in run(BEGIN)
