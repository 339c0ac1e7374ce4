"""What frontier AI models will cost over the next five years, and who can pay for them.

From Python::

    import forecast

    scenario = forecast.load("scenarios/baseline.yaml")
    paths = forecast.simulate(scenario, draws=10_000)  # a labelled xarray.Dataset
    slower = forecast.simulate(scenario.with_(algorithmic_growth="1.5x/yr"), draws=10_000)

`forecast.api` describes these functions. They are imported when they are first used: ``import forecast`` loads nothing.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_FUNCTIONS = ("load", "simulate", "summarise")
# By name and not by an import statement: the floors below import this package and must not thereby import those above.
_API, _REPORT = "forecast.api", "forecast.report"

__all__ = ["__version__", "load", "simulate", "summarise"]


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return getattr(import_module(_API), name)
    if name == "report":
        return import_module(_REPORT)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS, "report"})
