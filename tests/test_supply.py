"""The audit fails on what it finds, and says that it was skipped only where nobody could be asked."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "audit" / "supply.py"


@pytest.fixture
def supply():
    spec = importlib.util.spec_from_file_location("supply", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers(supply, monkeypatch, out="", err="", code=0):
    monkeypatch.setattr(supply, "LOCKS", ("run",))
    monkeypatch.setattr(supply, "run", lambda *_: subprocess.CompletedProcess([], code, out, err))


def report(**about):
    package = {"name": "numpy", "version": "1.0", "vulns": [], **about}
    return json.dumps({"dependencies": [package], "fixes": []})


HOLE = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}


def test_what_is_known_to_be_vulnerable_fails(supply, monkeypatch, capsys):
    answers(supply, monkeypatch, report(vulns=[HOLE]), code=1)
    assert not supply.vulnerabilities()
    assert "FAILED  numpy 1.0: PYSEC-1, mended in 1.1" in capsys.readouterr().out


def test_what_is_clean_passes(supply, monkeypatch, capsys):
    answers(supply, monkeypatch, report())
    assert supply.vulnerabilities()
    assert "1 of 1 packages of run.lock were asked about" in capsys.readouterr().out


def test_a_package_that_the_service_does_not_know_fails_where_it_knows_others(supply, monkeypatch, capsys):
    known = {"name": "numpy", "version": "1.0", "vulns": []}
    unknown = {"name": "nunpy", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    answers(supply, monkeypatch, json.dumps({"dependencies": [known, unknown]}))
    assert not supply.vulnerabilities()
    assert "FAILED  run.lock: the service says nothing about 1 packages (nunpy)" in capsys.readouterr().out
    answers(supply, monkeypatch, json.dumps({"dependencies": [unknown]}))
    assert supply.vulnerabilities()
    assert "SKIPPED run.lock" in capsys.readouterr().out


def test_every_lock_is_asked_about(supply):
    assert set(supply.LOCKS) >= {"run", "dev", "docs", "clients", "audit", "workflow"}


@pytest.mark.parametrize(
    "reason",
    [
        "HTTPSConnectionPool(host='index.example', port=443): Max retries exceeded",
        "ERROR:pip_audit._cli:Tried to connect to PyPI: timed out",
        "requests.exceptions.ProxyError: Cannot connect to proxy.",
        "socket.gaierror: Temporary failure in name resolution",
        "requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://index.example/a/1/json",
    ],
)
def test_a_service_that_cannot_be_reached_is_skipped_and_said(supply, monkeypatch, capsys, reason):
    answers(supply, monkeypatch, err=f"Traceback\n{reason}\n", code=1)
    assert supply.vulnerabilities()
    assert "SKIPPED run.lock: the vulnerability service cannot be reached" in capsys.readouterr().out


@pytest.mark.parametrize(
    "reason",
    [
        "ERROR: hashes are required in --require-hashes mode",
        "usage: pip-audit [-h]\npip-audit: error: unrecognized arguments: --frmat",
        "ImportError: cannot import name 'resolver' from 'pip_audit'",
        'File "pip_audit/_cli.py", line 503, in audit\nKeyError: 0',
        "",
    ],
)
def test_an_audit_that_does_not_work_fails(supply, monkeypatch, capsys, reason):
    answers(supply, monkeypatch, err=reason, code=1)
    assert not supply.vulnerabilities()
    assert "FAILED  run.lock" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("GPL-3.0 OR MIT", True),
        ("GPL-3.0 AND MIT", False),
        ("GNU General Public License v3", False),
        ("AGPL-3.0", False),
        ("UNKNOWN", False),
        ("MIT License; Apache Software License", True),
        ("DFSG approved; MIT License", True),
        ("Proprietary", False),
    ],
)
def test_licences_are_told_apart(supply, licence, good):
    assert supply.allowed(licence) is good
