"""What a long ledger costs, and what starting does: ``python -m benchmarks.growth --json``.

Two ledgers are made that differ in their length alone, one of a thousand entries and one of a million. In each the same
is done, in turns, every time by an engine that was just opened and remembers nothing, as a new process would:

- ``advance_ratio``: one transition of a release that has twenty entries, two signatures among them;
- ``history_ratio``: one page of the history of everything;
- ``signed_ratio``: taking in a sign-off that was signed elsewhere, some hundred entries ago, so that the tree that its
  signer saw must be found again.

Each is the median, over the turns, of the time in the long ledger to that in the short one beside it; the ``_ms`` are
medians as well. ``status_ratio`` is ``holdfast status`` to ``python -c "import sqlmodel, typer, transitions"``, both
whole processes whose bytecode is cached, in turns too, on the short ledger, whose entries are signed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.filling import ENTRIES, fill
from benchmarks.telling import Figures, lines, tell, told
from benchmarks.ways import LEAD, SIGNERS, WHY
from benchmarks.ways.ours import Lab
from tests.support.hands import Hand
from workflow import Engine, open_engine
from workflow.exchange import Reply

SHORT = 1_000
LONG = 1_000_000
TURNS = 15
PAGE = 50
STARTS = 15
IMPORTS = "import sqlmodel, typer, transitions"


class Ledger:
    """A ledger of some length, with releases at its end to measure with."""

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir()
        lab = Lab(folder, signed=True)
        fill(lab, size - 2 * TURNS * ENTRIES)
        self.url = lab.url
        self.replies = [self._grown(lab, f"signed-{turn}") for turn in range(TURNS)]
        for turn in range(TURNS):
            self._grown(lab, f"moved-{turn}")
        with lab.engine._pipeline.storage.snapshot() as reader:
            self.entries = reader.head().frontier.size
        lab.engine.close()

    def advance(self, turn: int) -> float:
        """The seconds of one transition."""
        return self._timed(lambda engine: engine.advance(f"moved-{turn}", "submit", actor=LEAD, rationale=WHY))

    def history(self, turn: int) -> float:  # noqa: ARG002
        """The seconds of one page."""
        return self._timed(lambda engine: engine.history(limit=PAGE))

    def signed(self, turn: int) -> float:
        """The seconds of taking in one reply."""
        return self._timed(lambda engine: engine.collect(self.replies[turn]))

    def _timed(self, call: Callable[[Engine], object]) -> float:
        with open_engine(self.url) as engine:
            begun = perf_counter()
            call(engine)
            return perf_counter() - begun

    def _grown(self, lab: Lab, name: str) -> Reply:
        """Starts a release, signs its first gate and lets it have its entries; and has one more signature made."""
        lab.start(name)
        lab.sign(name, "submit")
        for days in range(1, ENTRIES - len(SIGNERS)):
            planned = datetime.now(UTC) + timedelta(days=days)
            lab.engine.schedule(name, planned, actor=LEAD, rationale=WHY)
        request = lab.engine.request(name, "submit", observe=False)
        return request.reply(SIGNERS[0], "approve", "safety", WHY, Hand(SIGNERS[0]))


MEASURED: Mapping[str, Callable[[Ledger, int], float]] = {
    "advance": Ledger.advance,
    "history": Ledger.history,
    "signed": Ledger.signed,
}


def measure() -> dict[str, float]:
    """The ratios, and what they are of."""
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as name:
        folder = Path(name)
        short = Ledger(folder / "short", SHORT)
        begun = perf_counter()
        long = Ledger(folder / "long", LONG)
        figures: dict[str, float] = {"entries": long.entries, "filled_in_s": round(perf_counter() - begun, 1)}
        for title, call in MEASURED.items():
            pairs = []
            for turn in range(TURNS):
                order = (short, long) if turn % 2 else (long, short)
                spent = {ledger: call(ledger, turn) for ledger in order}
                pairs.append((spent[short], spent[long]))
            figures[f"{title}_ratio"] = round(median(slow / quick for quick, slow in pairs), 3)
            figures[f"{title}_short_ms"] = round(median(quick for quick, _ in pairs) * 1000, 2)
            figures[f"{title}_long_ms"] = round(median(slow for _, slow in pairs) * 1000, 2)
        return {**figures, **start_up(short, folder)}


def start_up(ledger: Ledger, folder: Path) -> dict[str, float]:
    """What ``holdfast status`` takes, and what importing the libraries does that it stands on."""
    (folder / "holdfast.toml").write_text(f'database = "{ledger.url}"\n')
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ours = [str(Path(sys.executable).with_name("holdfast")), "status", "moved-0"]
    theirs = [sys.executable, "-c", IMPORTS]

    def spent(command: list[str]) -> float:
        begun = perf_counter()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode in (0, 1, 8), done.stderr
        return perf_counter() - begun

    spent(ours), spent(theirs)
    pairs = [(spent(ours), spent(theirs)) for _ in range(STARTS)]
    return {
        "status_ratio": round(median(status / imports for status, imports in pairs), 3),
        "status_ms": round(median(status for status, _ in pairs) * 1000, 1),
        "imports_ms": round(median(imports for _, imports in pairs) * 1000, 1),
    }


NAMES: Mapping[str, str] = {
    "advance": "one transition of a release with 20 entries",
    "history": "one page of the history, 50 entries",
    "signed": "taking in a signature over the tree of some hundred entries ago",
}


def table(figures: Figures) -> str:
    """The figures as the README has them."""
    sizes = f"{SHORT:,} entries", f"{figures['entries']:,} entries"
    rows = [
        (name, *(f"{figures[f'{key}_{size}_ms']} ms" for size in ("short", "long")), told(figures[f"{key}_ratio"]))
        for key, name in NAMES.items()
    ]
    grown = lines(("", *sizes, "ratio"), rows)
    started = (f"{figures['imports_ms']} ms", f"{figures['status_ms']} ms", told(figures["status_ratio"]))
    return grown + "\n\n" + lines((f"`{IMPORTS}`", "`holdfast status`", "ratio"), [started])


def main() -> None:
    """Prints the figures; with ``--json`` as one object, with ``--markdown`` as tables."""
    tell("growth", "What a long ledger costs.", measure, table)


if __name__ == "__main__":
    main()
