"""`retrograd lesson`: the lesson, for a learner; its pages, its key and new chapters, for a teacher."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from retrograd.cli.common import Refused, size_text, write

if TYPE_CHECKING:
    from retrograd.lessons.pages import Page
    from retrograd.lessons.topics import Topic

TEACHING = ("pages", "key", "new")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    indent = " " * len("usage: ")
    parser.usage = (
        "retrograd lesson [CHAPTER] [--seed N] [--page] [--no-browser]\n"
        f"{indent}retrograd lesson CHAPTER [--seed N] --predicted=ANSWERS\n"
        f"{indent}retrograd lesson pages DIR [--seed N]\n"
        f"{indent}retrograd lesson key [--seed N]\n"
        f"{indent}retrograd lesson new SCRIPT [-o FILE]"
    )
    parser.add_argument(
        "what",
        nargs="?",
        metavar="CHAPTER",
        help="a number or a topic, such as 4 or backward; the next open one if not given. "
        "For teachers: `pages` makes a page of every chapter, `key` the expected answers, `new` a chapter of a script",
    )
    parser.add_argument("target", nargs="?", metavar="DIR or SCRIPT", help="of `pages` and of `new`")
    parser.add_argument("--seed", type=_seed, metavar="N", help="of the random numbers; drawn once if not given")
    parser.add_argument("--page", action="store_true", help="open the chapter as a page, not in JupyterLab")
    parser.add_argument(
        "--predicted", metavar="ANSWERS", help="count what was predicted on a page, whose end says what to type"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only say where it is")
    parser.add_argument("-o", "--output", metavar="FILE", help="the new chapter; SCRIPT_chapter.ipynb if not given")
    parser.add_argument("--force", action="store_true", help="replace the file of `new`")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    if arguments.target is not None and arguments.what not in TEACHING[::2]:
        raise Refused(f"{arguments.target} stands behind {arguments.what}, which takes nothing more.")
    if arguments.what == "new":
        return _new(arguments)
    _need_extra()
    if arguments.what == "pages":
        return _pages(arguments)
    if arguments.what == "key":
        return _key(arguments)
    return _learn(arguments) if arguments.predicted is None else _count(arguments)


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed, such as 7")
    return seed


def _need_extra() -> None:
    missing = [name for name in ("jupytext", "IPython") if find_spec(name) is None]
    if missing:
        raise Refused(
            f"the lesson needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed. "
            "Type: pip install 'retrograd[lesson]'"
        )


# ---------------------------------------------------------------- learning


def _learn(arguments: argparse.Namespace) -> int:
    from retrograd.lessons.folder import next_open, older, opened, path_of, table
    from retrograd.lessons.topics import topic_called, topics

    topic = None if arguments.what is None else topic_called(arguments.what)
    folder, known = opened(os.getcwd(), arguments.seed)
    folder = os.path.relpath(folder)
    topic = topic or next_open(known) or topics()[0]
    write(table(folder, known))
    if not known.answered:
        write("Have you begun before? Then start it in the folder where your notebooks are.\n")
    if outdated := [str(topic.number) for topic in older(known)]:
        write(f"There is a newer text of {', '.join(outdated)}. Rename such a notebook of yours to get it.\n")
    path = path_of(folder, topic)
    lab = find_spec("jupyterlab") is not None and find_spec("ipykernel") is not None
    if not lab or arguments.page:
        if not lab and not arguments.page:
            write("JupyterLab is not installed, so the chapter is made into a page. ")
            write("With pip install 'retrograd[lesson]' you can change the code and run it.\n")
        return _open_page(folder, topic, known.seed, arguments.browser)
    if not arguments.browser:
        return write(f"{path}\nOpen it in JupyterLab: jupyter lab {path}\n")
    write(f"{path} opens in JupyterLab.\nRun a cell with Shift+Enter; Ctrl+C here ends JupyterLab.\n")
    write(f"No browser opens? Open one of the addresses below, and there {os.path.basename(path)}.\n")
    return _jupyterlab(path)


def _count(arguments: argparse.Namespace) -> int:
    """Note in the learner's folder what was predicted on a page. It is graded from running the chapter."""
    from retrograd.lessons.folder import opened, table
    from retrograd.lessons.pages import made
    from retrograd.lessons.progress import note, read
    from retrograd.lessons.topics import questions_of, topic_called

    if arguments.what is None:
        raise Refused("of which chapter? The page's end says what to type.")
    topic, predicted = topic_called(arguments.what), arguments.predicted.split(",")
    asked = questions_of(topic.name)
    if len(predicted) != len(asked):
        raise Refused(
            f"chapter {topic.number} has {len(asked)} questions, and these are {len(predicted)} answers. "
            "Leave the place of a question empty that you did not predict, as in a,,b."
        )
    folder, known = opened(os.getcwd())
    print("Running the chapter once (some seconds) …", flush=True)
    key = made([topic], known.seed if arguments.seed is None else arguments.seed)[0].key
    answered = {name: answer for name, answer in zip(key, predicted, strict=True) if answer}
    for name, answer in answered.items():
        note(folder, topic.name, name, asked[name].takes(key[name], answer))
    write(table(os.path.relpath(folder), read(folder) or known))
    return write(f"Counted: {', '.join(answered) or 'nothing'}.\n")


def _jupyterlab(path: str) -> int:
    import subprocess

    from retrograd.lessons.laboratory import command, environment

    process = subprocess.Popen(command(path), env=environment())
    try:
        status = process.wait()
    except KeyboardInterrupt:  # JupyterLab got it too, and asks whether it is meant
        process.terminate()
        process.wait()
        return write("\nretrograd lesson goes on where you are.\n")
    if status:
        write("JupyterLab did not start. `retrograd lesson --page` opens the chapter as a page, without it.\n")
    return status


def _open_page(folder: str, topic: Topic, seed: int, browser: bool) -> int:
    import webbrowser

    from retrograd.lessons.pages import made
    from retrograd.lessons.progress import write_whole
    from retrograd.lessons.topics import topics

    path = os.path.join(folder, "pages", f"{topic.name}.html")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    print("Running the chapter once (some seconds) …", flush=True)
    write_whole(path, made([topic], seed)[0].text)
    address = Path(path).absolute().as_uri()
    if browser and webbrowser.open(address):
        write(f"{path} is open in the browser. It needs no network.\n")
        write("What you predict there stays in the browser; its end says how the list above counts it.\n")
    else:
        write(f"Open this file in a browser: {path}\n{address}\n")
    if topic.number == topics()[-1].number:
        return 0
    return write(f"The chapter after it: retrograd lesson {topic.number + 1} --page\n")


# ---------------------------------------------------------------- teaching


def _made(seed: int) -> Sequence[Page]:
    from retrograd.lessons.pages import made
    from retrograd.lessons.seeds import problem_with
    from retrograd.lessons.topics import topics

    if problem := problem_with(seed):
        raise Refused(problem)

    def told(page: Page) -> None:
        print(f"  {page.topic.number:>2}  {page.topic.title}", file=sys.stderr, flush=True)

    print(f"Running {len(topics())} chapters with the seed {seed}:", file=sys.stderr, flush=True)
    return made(topics(), seed, told)


def _pages(arguments: argparse.Namespace) -> int:
    from retrograd.lessons.pages import contents
    from retrograd.lessons.progress import write_whole

    folder = arguments.target
    if folder is None:
        raise Refused("into which folder? retrograd lesson pages DIR")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} cannot be made: {error.strerror}. Name another folder.") from error
    pages = _made(arguments.seed or 0)
    for page in pages:
        write_whole(os.path.join(folder, f"{page.topic.name}.html"), page.text)
    write_whole(os.path.join(folder, "index.html"), contents([page.topic for page in pages]))
    size = size_text(sum(len(page.text.encode()) for page in pages))
    return write(f"{len(pages)} pages in {folder} ({size}). They need no network: hand them out.\n")


def _key(arguments: argparse.Namespace) -> int:
    seed = arguments.seed or 0
    pages = _made(seed)
    lines = [f"Expected answers, seed {seed}", ""]
    for page in pages:
        lines.append(f"{page.topic.number:>2}  {page.topic.title}")
        lines += [f"      {name:<32} {_answer(right)}" for name, right in page.key.items()]
    return write("\n".join(lines) + "\n")


def _answer(right: str | float) -> str:
    return right if isinstance(right, str) else f"{right:.6g}"


def _new(arguments: argparse.Namespace) -> int:
    from retrograd import scripts

    script = arguments.target
    if script is None:
        raise Refused("of which script? retrograd lesson new SCRIPT")
    problem = scripts.problem_with(script) or scripts.syntax_problem(script)
    path = arguments.output or os.path.splitext(os.path.basename(script))[0] + "_chapter.ipynb"
    if not path.endswith((".ipynb", ".py")):
        problem = problem or f"{path} is neither a notebook (.ipynb) nor plain Python (.py)."
    if os.path.exists(path) and not arguments.force:
        problem = problem or f"{path} exists already. --force replaces it; -o FILE writes another one."
    if problem:
        raise Refused(problem)
    from retrograd.lessons.progress import write_whole

    text, fails = _skeleton_of(script)
    if path.endswith(".ipynb"):
        _need_extra()
        import json

        from retrograd.lessons.notebooks import notebook_of
        from retrograd.lessons.topics import Topic

        name = os.path.splitext(os.path.basename(path))[0]
        text = json.dumps(notebook_of(Topic(name, name, text)), indent=1, ensure_ascii=False) + "\n"
    write_whole(path, text)
    if fails:
        write(f"{script} ends with an error, and so may its cell in the chapter.\n")
    return write(f"{path}: fill in the prose.\nThe question's answer is computed from the learner's recording.\n")


def _skeleton_of(script: str) -> tuple[str, bool]:
    """Run and record a script; return the skeleton of a chapter, and whether the script ended with an error."""
    import subprocess
    import tempfile

    from retrograd.lessons.skeleton import skeleton
    from retrograd.store import load

    with tempfile.TemporaryDirectory(prefix="retrograd-") as folder:
        recorded = os.path.join(folder, "script.retro")
        command = [sys.executable, "-m", "retrograd", "run", "-o", recorded, script]
        ended = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
        said = "".join(line for line in ended.stderr.splitlines(True) if not line.startswith("retrograd: ")).strip()
        recording = load(recorded) if os.path.exists(recorded) else None
        if ended.returncode and (recording is None or not len(recording.steps)):
            raise Refused(f"{script} did not come to its end; a chapter runs it without arguments.\n{said}")
        if recording is None:
            raise Refused(f"{script} has no loop to make a chapter of: it never called PyTorch.")
        if said:
            print(said, file=sys.stderr)
        fails = bool(ended.returncode)
        return skeleton(recording, script, Path(script).read_text(encoding="utf-8"), fails=fails), fails
