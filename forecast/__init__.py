"""What frontier AI models will cost over the next five years, and who can pay for them."""

from __future__ import annotations

__version__ = "0.1.0"
