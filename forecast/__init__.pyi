# What `__getattr__` finds, for type checkers and editors.
from forecast import report as report
from forecast.api import load as load
from forecast.api import simulate as simulate
from forecast.api import summarise as summarise

__version__: str
