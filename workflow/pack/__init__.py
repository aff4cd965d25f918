"""Packs: one release's history in one file, verified by anyone, offline, without the ledger's database.

The door to the room: :func:`write_pack`, :class:`PackReader`. The format is docs/pack-format.md's.
"""

from workflow.pack.choosing import Choice
from workflow.pack.form import Contents
from workflow.pack.reading import PackReader
from workflow.pack.writing import write_pack

__all__ = ["Choice", "Contents", "PackReader", "write_pack"]
