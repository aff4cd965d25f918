"""Packs: one release's history in one file, verified by anyone, offline, without the ledger's database.

The door to the room: :func:`write_pack`, :class:`PackReader`, :func:`verify_pack`; and :func:`write_lines`, for
people's own tools. The format is docs/pack-format.md's.
"""

from workflow.pack.choosing import Choice
from workflow.pack.form import Contents
from workflow.pack.lines import write_lines
from workflow.pack.reading import PackReader
from workflow.pack.verifying import verify_pack
from workflow.pack.writing import write_pack

__all__ = ["Choice", "Contents", "PackReader", "verify_pack", "write_lines", "write_pack"]
