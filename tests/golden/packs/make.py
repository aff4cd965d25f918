"""Writes the golden pack: ``python -m tests.golden.packs.make``. What was committed once is read for ever."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pack.packing import WITNESS, checkpoint_of, log_of, packed, restored
from workflow.pack import Choice

PACK = Path(__file__).parent / "aurora-fix.pack"
LEDGER, RELEASE = "incidents", "aurora-fix"
CHOICE = Choice(withhold=("9:rationale",), since=(5,))


def made(directory: Path) -> bytes:
    """The pack as today's code writes it."""
    with restored(LEDGER, directory) as engine:
        checkpoint = checkpoint_of(engine)
        note = WITNESS.cosign(log_of(checkpoint.origin).sign(checkpoint))
        return packed(engine, RELEASE, CHOICE, note.to_bytes())


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        PACK.write_bytes(made(Path(directory)))
