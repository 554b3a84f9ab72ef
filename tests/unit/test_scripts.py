"""A script under `retrograd run` does what it does under `python`: same output, same traceback, same status.

Each script is run both ways. Nothing is recorded here unless the script imports torch.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retrograd import scripts

SOURCE = Path(__file__).parents[2] / "src"

WORDS = "retrograd: "


def run(command: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, input=given, capture_output=True, text=True
    )


def both(folder: Path, text: str, *arguments: str, given: str = "", name: str = "script.py") -> tuple[str, str, int]:
    """Run a script both ways, compare, and return what it wrote and how it ended."""
    folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
    folder.joinpath(name).write_text(text, encoding="utf-8")
    return same(folder, [name, *arguments], given)


def same(folder: Path, command: list[str], given: str = "") -> tuple[str, str, int]:
    plain = run(command, folder, given)
    recorded = run(["-m", "retrograd", "run", "--force", *command], folder, given)
    errors = "".join(line for line in recorded.stderr.splitlines(keepends=True) if not line.startswith(WORDS))
    assert (recorded.stdout, errors, recorded.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    return plain.stdout, plain.stderr, plain.returncode


def test_a_script_that_ends_normally(tmp_path):
    assert both(tmp_path, "print('done')") == ("done\n", "", 0)


def test_an_exception_shows_the_traceback_that_python_shows(tmp_path):
    text = "def inner(x):\n    return 1 / x\n\ndef outer():\n    inner(0)\n\nprint('before')\nouter()\n"
    output, errors, status = both(tmp_path, text)
    assert (output, status) == ("before\n", 1)
    assert errors.endswith("ZeroDivisionError: division by zero\n")


def test_the_cause_of_an_exception_and_a_group_are_shown_as_python_shows_them(tmp_path):
    text = (
        "def fail(n):\n    raise ValueError(n)\n\n"
        "def collect():\n    found = []\n    for n in range(2):\n        try:\n            fail(n)\n"
        "        except ValueError as error:\n            found.append(error)\n"
        "    raise ExceptionGroup('both', found)\n\n"
        "try:\n    collect()\nexcept ExceptionGroup as group:\n    raise RuntimeError('after') from group\n"
    )
    _, errors, _ = both(tmp_path, text)
    assert "direct cause" in errors
    assert "ExceptionGroup: both (2 sub-exceptions)" in errors


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("3", 3, ""),
        ("'a message'", 1, "a message\n"),
        ("", 0, ""),
        ("None", 0, ""),
        ("True", 1, ""),
        ("256", 0, ""),
    ],
)
def test_sys_exit_gives_its_status_and_its_message(tmp_path, code, status, message):
    assert both(tmp_path, f"import sys\nprint('x')\nsys.exit({code})") == ("x\n", message, status)


def test_a_syntax_error_is_shown_as_python_shows_it(tmp_path):
    _, errors, status = both(tmp_path, "x = 1\nif x = 1:\n    pass\n")
    assert status == 1
    assert "line 2\n    if x = 1:\n" in errors
    assert "Traceback" not in errors


def test_a_syntax_error_in_an_imported_file_is_shown_as_python_shows_it(tmp_path):
    tmp_path.joinpath("broken.py").write_text("def f(:\n    pass\n")
    _, errors, _ = both(tmp_path, "import broken\n")
    assert "broken.py" in errors


def test_arguments_arrive(tmp_path):
    text = "import sys\nprint(sys.argv)"
    output, *_ = both(tmp_path, text, "--lr", "0.1", "-o", "x", "--", "--help", "-m", "")
    assert output == "['script.py', '--lr', '0.1', '-o', 'x', '--', '--help', '-m', '']\n"


def test_the_scripts_folder_is_where_imports_look_first(tmp_path):
    tmp_path.joinpath("inside").mkdir()
    tmp_path.joinpath("inside", "helper.py").write_text("value = 42\n")
    text = "import sys\nimport helper\nprint(helper.value, sys.path)"
    output, *_ = both(tmp_path, text, name="inside/script.py")
    assert output.startswith("42 ")


def test_main_is_the_script(tmp_path):
    text = (
        "import dataclasses, inspect, pickle, sys\n\n"
        "@dataclasses.dataclass\nclass Point:\n    x: int\n\n"
        "def double(x):\n    return 2 * x\n\n"
        "if __name__ == '__main__':\n"
        "    main = sys.modules['__main__']\n"
        "    print(main.Point is Point, pickle.loads(pickle.dumps(Point(3))), inspect.getsource(double))\n"
        "    print(sorted(vars(main)), main.__spec__, main.__file__, main.__builtins__)\n"
        "    print(main.__package__, main.__doc__)\n"
        "    print(type(main.__loader__), main.__loader__.name, main.__loader__.path, main.__cached__)\n"
    )
    output, *_ = both(tmp_path, text)
    assert output.startswith("True Point(x=3) def double(x):")


def test_a_path_with_dots_and_links_is_seen_as_python_sees_it(tmp_path):
    tmp_path.joinpath("a").mkdir()
    tmp_path.joinpath("b").mkdir()
    tmp_path.joinpath("a", "real.py").write_text("import sys\nprint(__file__, sys.argv, sys.path[0])\n1/0\n")
    tmp_path.joinpath("b", "link.py").symlink_to("../a/real.py")
    for path in ("./a/real.py", "b/link.py", "b/../a/real.py", str(tmp_path / "a" / "real.py")):
        same(tmp_path, [path])


def test_a_module_is_run_as_python_runs_it(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    package.joinpath("__init__.py").write_text("")
    package.joinpath("__main__.py").write_text("from . import part\nprint(part.x, __package__)\n")
    text = (
        "import sys\nx = 1\nif __name__ == '__main__':\n    print(sys.argv[1:], sys.path[0], __spec__.name)\n    1/0\n"
    )
    package.joinpath("part.py").write_text(text)
    assert same(tmp_path, ["-m", "package"])[0] == "1 package\n"
    output, errors, status = same(tmp_path, ["-m", "package.part", "-o", "x"])
    assert output.startswith("['-o', 'x'] ")
    assert status == 1
    assert "ZeroDivisionError" in errors
    assert same(tmp_path, ["-m", "no_such_module"])[2] == 1


def test_os_exit_ends_at_once(tmp_path):
    text = "import os, sys\nprint('x')\nsys.stdout.flush()\nos._exit(5)\n"
    assert both(tmp_path, text) == ("x\n", "", 5)


def test_standard_input_is_the_scripts(tmp_path):
    text = "import sys\nprint(input())\nprint(sys.stdin.read())"
    assert both(tmp_path, text, given="one\ntwo\n")[0] == "one\ntwo\n\n"


def test_what_is_registered_for_the_exit_runs_after_the_traceback(tmp_path):
    text = (
        "import atexit, sys, threading, time\n"
        "atexit.register(lambda: print('bye', file=sys.stderr))\n"
        "def late():\n    time.sleep(0.2)\n    print('thread', file=sys.stderr)\n"
        "threading.Thread(target=late).start()\n"
        "raise KeyError('gone')\n"
    )
    _, errors, _ = both(tmp_path, text)
    assert errors.endswith("KeyError: 'gone'\nthread\nbye\n")


def test_the_scripts_own_excepthook_is_asked(tmp_path):
    text = (
        "import sys, traceback\n"
        "sys.excepthook = lambda kind, error, trace: print(kind, error, len(traceback.extract_tb(trace)))\n"
        "raise OSError('x')\n"
    )
    assert both(tmp_path, text) == ("<class 'OSError'> x 1\n", "", 1)


def test_an_interrupted_script_dies_of_the_signal(tmp_path):
    text = (
        "import atexit, os, signal, time\n"
        "atexit.register(print, 'tidied up')\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(5)\n"
    )
    output, errors, status = both(tmp_path, text)
    assert (output, status) == ("tidied up\n", -signal.SIGINT)
    assert errors.endswith("KeyboardInterrupt\n")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_finds_the_scripts_functions(tmp_path, method):
    text = (
        "import multiprocessing\n\n"
        "def square(x):\n    return x * x\n\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context('{method}').Pool(2) as pool:\n"
        "        print(pool.map(square, range(5)))\n"
    )
    assert both(tmp_path, text) == ("[0, 1, 4, 9, 16]\n", "", 0)


def test_a_forked_child_ends_like_a_child_and_says_nothing_of_ours(tmp_path):
    text = (
        "import os, sys\n"
        "child = os.fork()\n"
        "if child:\n    print('parent', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "else:\n    print('child', flush=True)\n    sys.exit(7)\n"
    )
    assert both(tmp_path, text) == ("child\nparent 7\n", "", 0)


def test_what_a_script_sets_before_it_imports_torch_has_its_effect(tmp_path):
    pytest.importorskip("torch")
    text = "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport torch\nprint(torch.get_num_threads())\n"
    assert both(tmp_path, text)[0] == "1\n"


def test_torch_is_not_imported_for_a_script_that_does_not(tmp_path):
    assert both(tmp_path, "import sys\nprint('torch' in sys.modules, 'numpy' in sys.modules)\n")[0] == "False False\n"


@pytest.mark.parametrize(
    "failure",
    [
        "loss.backward(); loss.backward()",
        "torch.ones(2) @ torch.ones(3)",
        "torch.nn.functional.linear(torch.ones(2), torch.ones(3, 3))",
        "torch.nn.Linear(2, 3)(torch.ones(5))",
        "w -= 1",
        "torch.autograd.grad(torch.ones(1), w)",
        "w.backward()",
        "torch.ones(2).requires_grad_().sum().backward(torch.ones(3))",
        "torch.no_such_name",
        "torch.nn.functional.cross_entropy(torch.ones(2, 3), torch.tensor([7, 8]))",
    ],
)
def test_an_exception_from_torch_shows_no_frame_of_the_recorder(tmp_path, failure):
    pytest.importorskip("torch")
    text = (
        "import torch\nw = torch.ones(3, requires_grad=True)\nloss = (w * w).sum()\n\n"
        f"def fail():\n    global w\n    {failure}\n\nfail()\n"
    )
    assert both(tmp_path, text)[2] == 1


def test_a_script_that_does_not_exist_is_refused_with_a_guess(tmp_path):
    tmp_path.joinpath("train.py").write_text("")
    ended = run(["-m", "retrograd", "run", "trian.py"], tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "retrograd: there is no script trian.py. Did you mean train.py?\n"


def test_a_folder_is_refused_with_a_guess(tmp_path):
    tmp_path.joinpath("folder").mkdir()
    tmp_path.joinpath("folder", "train.py").write_text("")
    assert "Did you mean" in (scripts.problem_with(str(tmp_path / "folder")) or "")
    assert "There is no folder" in (scripts.problem_with(str(tmp_path / "nowhere" / "train.py")) or "")
    assert scripts.problem_with(str(tmp_path / "folder" / "train.py")) is None
