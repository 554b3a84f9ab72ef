"""JupyterLab as the lesson starts it. What it makes of the settings is asked of JupyterLab itself."""

import json
import os
import subprocess
import sys

import pytest

from retrograd.lessons import laboratory

pytest.importorskip("jupyterlab", reason="the lesson is not installed; `pip install 'retrograd[lesson]'` does it")

DEFAULTS = """
import json, os, sys
from jupyterlab.commands import get_app_dir
from jupyterlab_server.settings_utils import get_settings
found = {}
for extension in ("@jupyterlab/notebook-extension:tracker", "@jupyterlab/apputils-extension:notification"):
    where = [os.path.join(get_app_dir(), "settings"), os.path.join(get_app_dir(), "schemas"), sys.argv[1]]
    settings, _ = get_settings(*where, schema_name=extension)
    found |= {name: each.get("default") for name, each in settings["schema"]["properties"].items()}
    found |= settings["settings"]
print(json.dumps(found))
"""


def defaults(environment, folder):
    command = [sys.executable, "-c", DEFAULTS, str(folder)]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def test_it_starts_a_kernel_without_asking_and_asks_for_no_news(tmp_path, monkeypatch):
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    usual, ours = defaults({**os.environ}, tmp_path), defaults(laboratory.environment(), tmp_path)
    changed = {"autoStartDefaultKernel": True, "fetchNews": "false", "checkForUpdates": False}
    assert {name: ours[name] for name in usual if ours[name] != usual[name]} == changed


def test_what_a_learner_has_set_stays(tmp_path, monkeypatch):
    theirs = tmp_path / "theirs" / "labconfig"
    theirs.mkdir(parents=True)
    other = {"@jupyterlab/notebook-extension:tracker": {"showInputPlaceholder": False}}
    (theirs / "default_setting_overrides.json").write_text(json.dumps(other))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(theirs.parent))
    own = tmp_path / "settings" / "@jupyterlab" / "apputils-extension"
    own.mkdir(parents=True)
    (own / "notification.jupyterlab-settings").write_text('{"fetchNews": "true"}')
    found = defaults(laboratory.environment(), tmp_path / "settings")
    assert (found["fetchNews"], found["showInputPlaceholder"], found["autoStartDefaultKernel"]) == ("true", False, True)
