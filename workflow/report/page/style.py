"""How a report looks, which stands in ``report.css`` beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def sheet() -> str:
    """The style sheet, as it goes into the page."""
    return Path(__file__).with_name("report.css").read_text("utf-8")
