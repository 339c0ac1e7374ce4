"""Says for each module how many small changes of its code the tests noticed, and fails where it is less than 85%.

`make mutation` runs mutmut first; audit/SURVIVORS.md says of changes that no test notices why.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

LEAST = 0.85
# A change after which the tests no longer end, or end with Python itself, was noticed as much as one that fails a test.
NOTICED = ("killed", "timeout", "segfault", "caught by type check")


def main() -> None:
    """Reads what mutmut keeps about its last run."""
    told = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    counts: dict[str, Counter[bool]] = {}
    for line in told.splitlines():
        name, _, status = line.strip().partition(": ")
        if status and status != "not checked":
            module = name[: name.rindex(".")]
            counts.setdefault(module, Counter())[status in NOTICED] += 1
    if not counts:
        sys.exit("nothing was changed yet; run: make mutation")
    low = []
    for module, count in sorted(counts.items()):
        share = count[True] / count.total()
        print(f"{module}: {count[True]} of {count.total()} changes noticed ({share:.1%})")
        low += [module] if share < LEAST else []
    if low:
        sys.exit(f"less than {LEAST:.0%}: {', '.join(low)}")


if __name__ == "__main__":
    main()
