"""How a benchmark is asked, and how it tells its figures: as lines, as JSON, or as the table of the README."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Figures = Mapping[str, float | None]


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
        for title, value in figures.items():
            print(f"{title:22} {told(value):>14}")


def told(value: float | None) -> str:
    """A figure for people."""
    return "not installed" if value is None else f"{value:,}"


def lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all but its first column are numbers."""
    ruler = ["---", *("---:" for _ in titles[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ruler, *rows))
