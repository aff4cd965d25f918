"""Looks for bytes that break a parser, led by what its code does with them: ``python -m tests.fuzz.atheris_parsers``.

It needs atheris. Each parser gets its share of the seconds in a process of its own, starting from good input. What
breaks one is printed, to be made into a test; so is what keeps one busy for longer than any input should.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_BYTES = 8192
SLOW_SECONDS = 5
MEMORY_MB = 2048


def main() -> int:
    """Runs every parser, or the one that is named; 0 when none broke."""
    arguments = argparse.ArgumentParser(prog="tests.fuzz.atheris_parsers", description="Fuzzes the parsers.")
    arguments.add_argument("--seconds", type=int, default=60, help="for all of them together")
    arguments.add_argument("--parser", help="only this one")
    asked = arguments.parse_args()
    from tests.fuzz.parsers import PARSERS

    parsers = [parser for parser in PARSERS if asked.parser in (None, parser.name)]
    if not parsers:
        arguments.error(f"there is no parser {asked.parser!r}; there are {', '.join(map(str, PARSERS))}")
    share = max(1, asked.seconds // len(parsers))
    return max([report(parser.name, parser.seeds, share) for parser in parsers])


def report(name: str, seeds: tuple[bytes, ...], seconds: int) -> int:
    """Runs one parser in a process of its own, prints how it went, and says whether it broke."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, found = Path(folder) / "corpus", Path(folder) / "found"
        for each in (corpus, found):
            each.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-timeout={SLOW_SECONDS}", f"-rss_limit_mb={MEMORY_MB}"]
        options = [*limits, f"-max_len={MAX_BYTES}", f"-artifact_prefix={found}/", str(corpus)]
        command = [sys.executable, "-c", f"from {__spec__.name} import fuzz; fuzz()", name, *options]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        runs = re.search(r"Done (\d+) runs", result.stderr)
        broken = result.returncode != 0 or runs is None
        print(f"{name:28} {runs[1] if runs and not broken else 'BROKEN':>10}", flush=True)
        if broken:
            print(result.stdout, result.stderr[-4000:], *(path.read_bytes() for path in found.iterdir()), sep="\n")
    return int(broken)


def fuzz() -> None:
    """Fuzzes the parser that the first argument names, by what the other arguments tell libFuzzer."""
    import atheris

    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["workflow.artifact", "workflow.ledger", "workflow.signing"]):
        from tests.fuzz.parsers import PARSERS

    name = sys.argv.pop(1)
    (parser,) = [parser for parser in PARSERS if parser.name == name]
    atheris.Setup(sys.argv, lambda data: parser.try_on(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
