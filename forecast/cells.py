"""Cells of tables for others: text in them is text, also to a spreadsheet that takes some of it for a formula."""

from __future__ import annotations

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """Text that a spreadsheet shows and does not compute: with an apostrophe in front where it looks like a formula.

    Args:
        text: What a scenario or data file calls something; what is a number stays as it is.
    """
    if not text.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
