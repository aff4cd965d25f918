"""What can be done by hand to the tables of a ledger on any database, and the read or the append that tells of it."""

from __future__ import annotations

from collections.abc import Callable

from storage_making import following

from workflow.storage import Storage, open_storage


def unchecked_append(storage: Storage) -> None:
    """Appends entry 2, whatever the row of the head says."""
    with open_storage("sqlite:///:memory:", create=True).lock() as unit:
        unit.append(following(unit))
        second = following(unit)
    with storage.lock() as unit:
        unit.append(second)
        unit.commit()


DAMAGE: list[tuple[str, Callable[[Storage], object]]] = [
    ("UPDATE text SET salt = x'00'", lambda storage: storage.text(next(storage.commitments()))),
    ("UPDATE text SET body = 'another reason'", lambda storage: storage.text(next(storage.commitments()))),
    ("UPDATE head SET size = -1", lambda storage: storage.head()),
    ("UPDATE head SET size = 2, frontier = x'00'", lambda storage: storage.head()),
    ("UPDATE head SET id = 2", lambda storage: storage.head()),
    ("DELETE FROM head", lambda storage: storage.head()),
    ("DELETE FROM head", unchecked_append),
    ("DELETE FROM entry", lambda storage: storage.nodes(0, 0, 1)),
    ("DROP TABLE kin", lambda storage: storage.kin_of("aurora")),
    ("DROP TABLE text", lambda storage: list(storage.commitments())),
    ("UPDATE head SET size = 3, frontier = x'" + "00" * 64 + "'", unchecked_append),
]
"""A statement, once nothing protects the tables any more; and who must notice."""
