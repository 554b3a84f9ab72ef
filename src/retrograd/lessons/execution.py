"""Running a chapter from top to bottom in a clean interpreter, and keeping what its cells gave. It needs IPython.

A page is made of it, and the key of expected answers. `python -m retrograd.lessons.execution IN OUT` is what runs.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from retrograd.errors import LessonError
from retrograd.lessons.notebooks import INSTALL, Notebook

Plain = dict[str, Any]  # what json.dumps takes


@dataclass
class Given:
    """What a cell gave."""

    printed: str = ""
    results: list[Plain] = field(default_factory=list)
    """Results and pictures: {"text/plain": ..., "image/png": ...}, in order."""
    recording: str = ""
    """If the cell shows a recording: what `views.page` puts into a page, base64."""
    error: str = ""
    """`RuntimeError: what it says`."""
    checked: dict[str, Plain] = field(default_factory=dict)
    """For each question that the cell checks: what `sealing` makes of it, and the right answer in clear."""


def execute(notebook: Notebook, timeout: float = 600) -> list[Given]:
    """Run a chapter's notebook and return what each cell gave, nothing for text.

    Raises:
        LessonError: A cell failed that is not tagged `raises-exception`, or the interpreter did not come to its end.
    """
    with tempfile.TemporaryDirectory(prefix="retrograd-lesson-") as folder:
        source, target = os.path.join(folder, "in.json"), os.path.join(folder, "out.json")
        with open(source, "w", encoding="utf-8") as file:
            json.dump(notebook, file)
        # IPython's settings and history are a learner's own; two chapters would also wait for each other there.
        environment = patient() | {"IPYTHONDIR": folder, "PYTHONUTF8": "1"}
        environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        command = [sys.executable, "-m", "retrograd.lessons.execution", source, target]
        try:
            ended = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LessonError(f"the chapter did not come to its end within {timeout:.0f} seconds.") from error
        if ended.returncode or not os.path.exists(target):
            raise LessonError(f"the chapter could not be run: {ended.stderr.strip()[-2000:] or ended.returncode}")
        with open(target, encoding="utf-8") as file:
            return [Given(**plain) for plain in json.load(file)]


def patient() -> dict[str, str]:
    """Return the environment for running chapters: threads of PyTorch that wait for each other sleep meanwhile.

    Else they spin, and where other programs want the cores, the smallest operation takes milliseconds.
    """
    return {"OMP_WAIT_POLICY": "passive", **os.environ}


def _run(notebook: Notebook) -> Iterator[Given]:
    try:
        from IPython.core.displayhook import DisplayHook
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output
    except ImportError:
        sys.exit(f"IPython is not installed: {INSTALL}")

    class Silent(DisplayHook):
        def write_output_prompt(self) -> None:
            """Show no `Out[3]:`; the result is kept."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:  # as in IPython
            """Show nothing."""

        def finish_displayhook(self) -> None:
            """Show nothing; keep no result under a number, either."""

    class Shell(InteractiveShell):
        displayhook_class = Silent

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:  # as in IPython
            """Show nothing: what a cell raised is kept."""

    shell = Shell.instance()
    formatter: Any = shell.display_formatter  # its declared type is that of the trait
    sys.argv = ["a chapter of the lesson"]
    salt = notebook["metadata"]["retrograd"]["topic"]
    for cell in notebook["cells"]:
        given = Given()
        if cell["cell_type"] == "code":
            checks = [*checks_in(cell["source"])]
            with capture_output() as captured:
                result = shell.run_cell(cell["source"], store_history=True)
            error = result.error_before_exec or result.error_in_exec
            if error is not None:
                given.error = f"{type(error).__name__}: {error}"
                if "raises-exception" not in cell["metadata"].get("tags", ()):
                    sys.exit(f"{given.error}\nin the cell\n{cell['source']}")
            given.printed = _printed(captured.stdout + captured.stderr, cell["source"], shell.user_ns)
            given.recording = _recording(result.result)
            if not given.recording and not checks:
                data = [output.data for output in captured.outputs]
                if result.result is not None and not cell["source"].rstrip().endswith(";"):
                    data.append(formatter.format(result.result)[0])
                given.results = [_presentable(each) for each in data]
            for name, recording in checks:
                is_case = bool(given.recording)
                given.checked[name] = _checked(shell.user_ns, name, recording, salt, is_case=is_case)
        yield given


def checks_in(source: str) -> Iterator[tuple[str, str]]:
    """Go through the questions that a cell checks, and the expressions for the recordings."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("chapter.check", "chapter.case"):
            name, recording, *_ = node.args
            yield ast.literal_eval(name), ast.unparse(recording)


def _checked(space: Plain, name: str, recording: str, salt: str, *, is_case: bool) -> Plain:
    from retrograd.diagnosis import diagnose
    from retrograd.lessons.cases import report
    from retrograd.lessons.sealing import sealed_question

    question = space["chapter"].question(name)
    recorded = eval(recording, space)
    right = question.right(recorded)
    found = report(diagnose(recorded)) if is_case else ""
    return {
        "sealed": sealed_question(question, recorded, f"{salt}/{space['chapter'].seed}", found),
        "right": right if isinstance(right, str) else float(right),
    }


def _printed(text: str, source: str, space: Plain) -> str:
    """Leave out what `%%record` says of the recording: the page shows the recording itself."""
    if not source.startswith("%%record"):
        return text
    from retrograd.views.terminal import overview
    from retrograd.views.text import Screen

    recording = space.get([*source.splitlines()[0].split(), "recording"][1])
    said = "" if recording is None else "\n" + overview(recording, Screen())
    return text.removesuffix(said)


def _recording(result: object) -> str:
    import base64

    from retrograd.lessons.cases import Case
    from retrograd.recording import Recording
    from retrograd.views.data import Extra, data_of, packed
    from retrograd.views.notebook import MOST_IN_OUTPUT

    findings = None
    if isinstance(result, Case):
        result, findings = result.recording, ()
    if not isinstance(result, Recording):
        return ""
    data = data_of(result, Extra(title="your cell", findings=findings), budget=MOST_IN_OUTPUT)
    return base64.b64encode(packed(data)).decode()


def _presentable(data: Plain) -> Plain:
    import base64

    found = {kind: data[kind] for kind in ("text/plain", "image/png") if kind in data}
    # A kernel would have made text of the picture's bytes.
    return {kind: base64.b64encode(it).decode() if isinstance(it, bytes) else it for kind, it in found.items()}


def main() -> None:
    """Run the notebook in one file and write what its cells gave into another."""
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        notebook = json.load(file)
    given = [asdict(each) for each in _run(notebook)]
    with open(target, "w", encoding="utf-8") as file:
        json.dump(given, file)


if __name__ == "__main__":
    main()
