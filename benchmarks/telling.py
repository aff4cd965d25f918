"""How a benchmark is asked, and how it tells its figures: as lines, as JSON, or as the table of the README."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]
"""Numbers by their names; None where something is not installed. What belongs together stands in one of its own."""


def tell(name: str, description: str, measure: Callable[[], Figures], table: Callable[[Figures], str]) -> None:
    """Measures, and prints the figures as they were asked for.

    With ``--markdown FILE`` nothing is measured: the table is of the figures in the file, which ``--json`` printed.
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks.{name}", description=description)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="only one JSON object")
    form.add_argument(
        "--markdown", nargs="?", const="", metavar="FILE", help="a table, of the figures that --json wrote to FILE"
    )
    asked = parser.parse_args()
    figures = json.loads(Path(asked.markdown).read_text("utf-8")) if asked.markdown else measure()
    if asked.json:
        print(json.dumps(figures))
    elif asked.markdown is not None:
        print(table(figures))
    else:
        for title, value in flat(figures):
            print(f"{title:22} {told(value):>14}")


def flat(figures: Figures) -> Iterator[tuple[str, float | None]]:
    """All of them, each with its whole name."""
    for title, value in figures.items():
        if isinstance(value, Mapping):
            yield from ((f"{title} {name}", inner) for name, inner in flat(value))
        else:
            yield title, value


def told(value: float | None) -> str:
    """A figure for people."""
    return "not installed" if value is None else f"{value:,}"


def lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all but its first column are numbers."""
    ruler = ["---", *("---:" for _ in titles[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ruler, *rows))
