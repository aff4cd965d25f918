"""What every storage must give back: texts, blobs, the lists that are made from the entries, and the tree."""

from __future__ import annotations

import pytest
from storage_making import AT, LARGE, add, blobs, frontier_of, grown, line

from workflow.errors import LedgerError
from workflow.ledger import WIDTH, SaltedText, Subtrees, sha256
from workflow.ledger.proofs import check_consistency, check_inclusion, consistency, inclusion
from workflow.roots import Tree, root_at
from workflow.storage import Head, Listed, Storage

SMALL = b"a small report"


class ContentsContract:
    """A part of the contract; the fixtures are those of the whole."""

    many = 40_000
    """More values than one query takes."""

    # Texts and blobs

    @pytest.mark.parametrize("words", ["", "because", "Ünïcode — ☃ 𝄞", "two\nlines"])
    def test_a_text_is_kept_with_its_salt_until_it_is_erased(self, storage: Storage, words: str) -> None:
        text, other = SaltedText.of(words), SaltedText.of("stays")
        add(storage, texts=(text, other))

        assert storage.text(text.commitment) == text
        assert list(storage.commitments()) == sorted([text.commitment, other.commitment])

        add(storage, erase=text.commitment)

        assert storage.text(text.commitment) is None
        assert list(storage.commitments()) == [other.commitment]

    @pytest.mark.parametrize("data", [b"", SMALL, b"x" * 65_536, b"x" * 65_537, LARGE], ids=len)
    def test_a_blob_of_any_size_comes_back_as_it_went(self, storage: Storage, data: bytes) -> None:
        digest = storage.keep(data)
        add(storage, blobs=blobs(data))

        assert digest == sha256(data)
        assert storage.blob(digest) == data
        assert list(storage.blobs()) == [digest]

    @pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
    def test_the_same_blob_may_come_with_many_entries(self, storage: Storage, data: bytes) -> None:
        add(storage, blobs=blobs(data))
        add(storage, blobs=blobs(data))

        assert list(storage.blobs()) == [sha256(data)]

    @pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
    def test_a_blob_that_no_entry_came_with_is_not_part_of_the_ledger(self, storage: Storage, data: bytes) -> None:
        digest = storage.keep(data)

        assert storage.blob(digest) is None
        assert list(storage.blobs()) == []

    # Projections

    def test_the_list_of_releases_shows_each_as_it_is_now(self, storage: Storage) -> None:
        for slug in ("cirrus", "aurora", "boreal"):
            add(storage, f"release/{slug}", release=line(slug))
        moved = line("boreal", stage="released", exposure="weights", planned="2025-08-01", closed=True, version=2)
        add(storage, "release/boreal", release=moved)

        assert storage.releases() == [line("aurora"), moved, line("cirrus")]
        assert storage.releases(open_only=True) == [line("aurora"), line("cirrus")]
        assert storage.releases(after="aurora", limit=1) == [moved]
        assert storage.releases(after="aurora", open_only=True) == [line("cirrus")]
        assert storage.releases(after="cirrus") == []
        assert storage.release("boreal") == moved
        assert storage.release("nobody") is None

    def test_a_release_is_found_by_every_digest_that_it_ever_had(self, storage: Storage) -> None:
        old, new, shared = "11" * 32, "22" * 32, "33" * 32
        add(storage, release=line(), kin=frozenset({old, shared}))
        add(storage, release=line(version=2), kin=frozenset({new, shared}))
        add(storage, "release/boreal", release=line("boreal"), kin=frozenset({shared}))

        assert storage.kin_of("aurora") == {old, new, shared}
        assert storage.kin([old]) == storage.kin(iter([new, old])) == {"aurora"}
        assert storage.kin([shared, "44" * 32]) == {"aurora", "boreal"}
        assert storage.kin([]) == storage.kin(["44" * 32]) == set()
        assert [storage.digests(begins) for begins in ("", "3", "2" * 12, "4")] == [
            [old, new, shared],
            [shared],
            [new],
            [],
        ]

    def test_kin_are_found_by_more_digests_than_one_query_takes(self, storage: Storage) -> None:
        digests = [sha256(b"%d" % number) for number in range(self.many)]
        add(storage, release=line(), kin=frozenset(digests[:1]))
        add(storage, "release/boreal", release=line("boreal"), kin=frozenset(digests[-1:]))

        assert storage.kin(digests) == {"aurora", "boreal"}

    def test_where_somebody_objected_is_found_by_who_it_was_a_page_at_a_time(self, storage: Storage) -> None:
        for slug in ("cirrus", "aurora", "boreal"):
            add(storage, f"release/{slug}", release=line(slug), objectors=frozenset({"mara"}))
        add(storage, "release/boreal", release=line("boreal", version=2), objectors=frozenset({"mara", "jun"}))

        assert storage.objected("mara") == ["aurora", "boreal", "cirrus"]
        assert storage.objected("mara", "aurora", 1) == storage.objected("jun") == ["boreal"]
        assert storage.objected("mara", "cirrus") == storage.objected("nobody") == []
        assert (storage.objectors("boreal"), storage.objectors("delta")) == ({"jun", "mara"}, set())
        assert list(storage.related()) == ["aurora", "boreal", "cirrus"]

    def test_a_rebuild_replaces_every_projection(self, storage: Storage) -> None:
        entry = add(storage, release=line(), kin=frozenset({"11" * 32}), objectors=frozenset({"jun"}))
        head = Head(frontier_of([entry]), None, AT)
        with storage.lock() as unit:
            made = Listed(line("boreal"), frozenset({"22" * 32}), frozenset({"mara"}))
            unit.rebuild(head, iter([made, Listed(line("cirrus"))]))
            unit.commit()

        assert storage.head() == head
        assert storage.releases() == [line("boreal"), line("cirrus")]
        assert (storage.kin_of("aurora"), storage.kin_of("boreal")) == (set(), {"22" * 32})
        assert (storage.objectors("aurora"), storage.objectors("boreal")) == (set(), {"mara"})
        assert add(storage).seq == 2

    # The tree

    def test_the_tree_is_known_at_every_earlier_size(self, storage: Storage) -> None:
        frontiers = grown(storage, 2 * WIDTH + 3)

        for size in (1, 2, WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH - 1, 2 * WIDTH, 2 * WIDTH + 2):
            assert root_at(storage, size) == frontiers[size].root().hex()
        assert [(span.level, span.place) for span in storage.spans()] == [(1, 0), (1, 1)]
        assert storage.nodes(1, 0, 2) == [span.hash for span in storage.spans()]
        assert storage.nodes(0, 2 * WIDTH, 2 * WIDTH + 1) == [frontiers[2 * WIDTH + 1].subtrees[-1]]

    def test_proofs_are_those_of_the_tree_in_memory(self, storage: Storage) -> None:
        frontiers = grown(storage, 2 * WIDTH + 3)
        leaves = [bytes.fromhex(stored.hash) for stored in storage.entries()]
        in_memory = Subtrees(len(leaves), lambda level, first, last: leaves[first:last] if level == 0 else [])

        for second in (1, 2, 100, WIDTH - 1, WIDTH):
            for first in (1, second // 2 or 1, second):
                assert Tree(storage).inclusion(first, second) == inclusion(first - 1, second, in_memory)
                assert Tree(storage).consistency(first, second) == consistency(first, second, in_memory)
        for second in (WIDTH + 1, 2 * WIDTH, 2 * WIDTH + 3):
            root = frontiers[second].root()
            for first in (1, 77, WIDTH - 1, WIDTH, WIDTH + 1):
                check_inclusion(leaves[first - 1], first - 1, second, Tree(storage).inclusion(first, second), root)
                shown = Tree(storage).consistency(first, second)
                check_consistency(first, frontiers[first].root(), second, root, shown)

    def test_a_rebuild_makes_what_is_kept_of_the_tree_anew(self, storage: Storage) -> None:
        frontiers = grown(storage, WIDTH + 1)
        before = list(storage.spans())
        with storage.lock() as unit:
            unit.rebuild(unit.head(), ())
            unit.commit()

        assert list(storage.spans()) == before
        assert root_at(storage, WIDTH) == frontiers[WIDTH].root().hex()

    def test_nodes_that_the_tree_has_not_are_damage(self, storage: Storage) -> None:
        grown(storage, 3)

        for level, last in ((0, WIDTH), (1, 1)):
            with pytest.raises(LedgerError, match="missing"):
                storage.nodes(level, 0, last)
