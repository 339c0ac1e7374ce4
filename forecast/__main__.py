"""``python -m forecast`` is the command line."""

from __future__ import annotations

from forecast.cli import main

main()
