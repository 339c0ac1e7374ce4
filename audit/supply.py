"""What comes with this project from others: known vulnerabilities, licences, and the list of parts (SBOM).

`make audit` says what is wrong, `make sbom` writes dist/sbom.cdx.json, with the programs of requirements/audit.lock.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = tuple(sorted(path.stem for path in (ROOT / "requirements").glob("*.lock")))

# What may be used in a project under the Apache License 2.0 without obligations beyond naming it; MPL for whole files.
ALLOWED = re.compile(
    r"(mit|mit-cmu|bsd|[0-3]-?bsd|0bsd|bsd-[0-3]-clause|apache|isc|zlib|cc0|cc0-1\.0|hpnd|psf|python software"
    r"|mpl|mozilla public license 2|unlicense|python-2\.0|blueoak"
    # Debian's word about a licence that stands beside it.
    r"|dfsg approved)[^;]*",
    re.IGNORECASE,
)

# Packages whose metadata name no licence that may be used unseen, with what the LICENSE in them says.
SAYS = {
    # Comes with PyTensor, is imported and not changed, so that LGPL 3 asks for nothing more.
    "cons": "LGPL-3.0",
    "minikanren": "BSD-3-Clause",
    # Its file LICENSE says so. Only tests in a browser load it, with axe-core, which it brings along (MPL 2.0).
    "axe-playwright-python": "MIT",
}

# What says that nobody was asked; an audit that is itself broken says other things, and fails.
UNREACHABLE = re.compile(
    r"connection(error| refused| reset| aborted| timed out)|(cannot|failed to|could not|tried to) connect"
    r"|max retries exceeded|timed out|timeouterror|name resolution|getaddrinfo|network is unreachable|no route to host"
    r"|proxyerror|sslerror|certificate verify failed|\b50[234] (server error|bad gateway|service|gateway)",
    re.IGNORECASE,
)


def vulnerabilities() -> bool:
    """Asks the vulnerability service of the package index about every locked package."""
    clean = True
    for name in LOCKS:
        lock = ROOT / "requirements" / f"{name}.lock"
        options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
        done = run("pip-audit", *options, "--requirement", str(lock))
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError):
            reason = (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]
            if UNREACHABLE.search(done.stderr):
                print(f"SKIPPED {name}.lock: the vulnerability service cannot be reached ({reason})")
                continue
            print(f"FAILED  {name}.lock: {reason}")
            clean = False
            continue
        found = [(each, one) for each in packages for one in each.get("vulns", [])]
        unasked = [each["name"] for each in packages if "skip_reason" in each]
        for each, one in found:
            fixed = ", ".join(one["fix_versions"]) or "no version yet"
            print(f"FAILED  {each['name']} {each['version']}: {one['id']}, mended in {fixed}")
        # A mirror may know no vulnerabilities at all; a service that knows the others should know each.
        silent = len(unasked) == len(packages)
        if unasked:
            names = f"{', '.join(unasked[:5])}{' and others' if len(unasked) > 5 else ''}"
            verdict = "SKIPPED" if silent else "FAILED "
            print(f"{verdict} {name}.lock: the service says nothing about {len(unasked)} packages ({names})")
        print(f"{len(packages) - len(unasked)} of {len(packages)} packages of {name}.lock were asked about")
        clean &= not found and (silent or not unasked)
    return clean


def licences(python: str) -> bool:
    """Compares the licence of every installed package with those that may be used."""
    done = run("pip-licenses", f"--python={python}", "--format=json", "--from=mixed")
    packages = json.loads(done.stdout)
    wrong = {each["Name"]: each["License"] for each in packages if not allowed(each["License"])}
    for name, licence in wrong.items():
        if name.lower() not in SAYS:
            print(
                f"FAILED  {name}: its licence is {licence!r}; see ALLOWED and SAYS in {Path(__file__).name}"
            )
    print(f"{len(packages)} packages have a licence that was looked at")
    return all(name.lower() in SAYS for name in wrong)


def allowed(licence: str) -> bool:
    """Whether one of several alternatives may be used, or all of several parts."""
    parts = [part.strip("() ") for part in re.split(r";| AND ", licence)]
    return all(
        any(ALLOWED.fullmatch(choice.strip("() ")) for choice in re.split(r" OR ", part)) for part in parts
    )


def sbom(place: Path) -> bool:
    """Writes the list of what a forecast is made of, in CycloneDX, the same bytes each time."""
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = ROOT / "requirements" / "run.lock"
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--of", "JSON"]
    done = run("cyclonedx-py", "requirements", *options, "--output-file", str(place), str(lock))
    if done.returncode:
        print(f"FAILED  {done.stderr.strip()}")
        return False
    parts = json.loads(place.read_text(encoding="utf-8"))["components"]
    locked = re.findall(r"^([a-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    missing = set(locked) - {part["name"] for part in parts}
    print(f"{place} lists {len(parts)} packages")
    if missing:
        print(f"FAILED  not listed: {', '.join(sorted(missing))}")
    return not missing


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program that stands beside this Python."""
    place = Path(sys.executable).parent / program
    return subprocess.run([place, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)


def main(arguments: list[str]) -> int:
    """`audit PYTHON` or `sbom FILE`; 1 when something is wrong."""
    if arguments[0] == "sbom":
        return 0 if sbom(Path(arguments[1])) else 1
    results = [vulnerabilities(), licences(arguments[1])]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
