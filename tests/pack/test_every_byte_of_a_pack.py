"""Whichever byte of a pack is another one, it is found, and named by its entry or by its member."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pack.opened import archive, put_together, taken_apart
from tests.pack.small import small
from workflow import InvalidInput, LedgerError
from workflow.pack import PackReader
from workflow.views import AuditProblem

MEMBERS = (
    "pack.json",
    "README.txt",
    "checkpoint",
    "entries.jsonl",
    "proofs.jsonl",
    "roots.jsonl",
    "texts.jsonl",
    "blobs/",
    "SHA256SUMS",
)


@dataclass(frozen=True)
class Small:
    data: bytes

    def content(self, name: str) -> range:
        """Where a member's bytes stand, by the beginning of its name."""
        found = [member for member in archive(self.data).members.values() if member.name.startswith(name)]
        return range(found[0].start, found[-1].start + found[-1].size)

    @property
    def entry_of(self) -> list[int]:
        """The entry that each byte of the entries belongs to."""
        lines = taken_apart(self.data)["entries.jsonl"].splitlines(keepends=True)
        return [number for number, line in enumerate(lines, 1) for _ in line]


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return Small(small(tmp_path_factory.mktemp("small")))


def found_in(data: bytes) -> list[AuditProblem]:
    """What is found by whoever only reads a pack, without deciding anything again."""
    found: list[AuditProblem] = []
    try:
        PackReader(io.BytesIO(data), found.append).check_blobs()
    except (LedgerError, InvalidInput) as error:
        found.append(AuditProblem(kind="unreadable", message=error.message))
    return found


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]


def test_nothing_is_found_in_it_as_it_was_written(pack: Small) -> None:
    assert found_in(pack.data) == []


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "entries.jsonl"])
def test_a_flipped_byte_is_named_by_its_member(name: str, pack: Small) -> None:
    for place in pack.content(name):
        found = found_in(flipped(pack.data, place))

        assert any(name in problem.message for problem in found), (place, found)


def test_a_flipped_byte_of_an_entry_is_named_by_the_entry(pack: Small) -> None:
    for place, entry in zip(pack.content("entries.jsonl"), pack.entry_of, strict=True):
        found = found_in(flipped(pack.data, place))

        assert entry in {problem.entry for problem in found}, (place, found)


def test_a_flipped_byte_around_the_members_is_found(pack: Small) -> None:
    inside = {place for name in MEMBERS for place in pack.content(name)}
    # The headers between two blobs count as inside here; they are like those between the others.
    outside = [place for place in range(len(pack.data)) if place not in inside]

    assert len(outside) > 1000
    for place in outside:
        assert found_in(flipped(pack.data, place)), place


@pytest.mark.parametrize("name", [name for name in MEMBERS if name not in ("entries.jsonl", "blobs/")])
def test_a_checksum_that_was_made_to_fit_hides_nothing(name: str, pack: Small) -> None:
    members = taken_apart(pack.data)
    for place in range(len(members[name])):
        data = put_together({**members, name: flipped(members[name], place)}, sums=False)

        assert any(name in problem.message for problem in found_in(data)), place


def test_all_sums_that_were_made_to_fit_hide_no_entry(pack: Small) -> None:
    members = taken_apart(pack.data)
    for place, entry in enumerate(pack.entry_of):
        data = put_together({**members, "entries.jsonl": flipped(members["entries.jsonl"], place)})

        assert entry in {problem.entry for problem in found_in(data)}, place


@pytest.mark.parametrize("name", ["proofs.jsonl", "roots.jsonl", "texts.jsonl", "blobs/"])
def test_all_sums_that_were_made_to_fit_hide_no_proof_text_or_file(name: str, pack: Small) -> None:
    members = taken_apart(pack.data)
    for whole in [member for member in members if member.startswith(name)]:
        for place in range(0, len(members[whole]), 3):
            data = put_together({**members, whole: flipped(members[whole], place)})

            assert found_in(data), (whole, place)


def test_half_a_pack_is_found_wherever_it_was_cut(pack: Small, tmp_path: Path) -> None:
    for length in range(0, len(pack.data), 50):
        assert found_in(pack.data[:length]), length
