"""What every storage must do, whatever database it is on: a storage's tests subclass this and say how to make one."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from storage_making import AT, LARGE, STREAM, add, blobs, following, frontier_of, grown, line

from workflow.errors import ConcurrentUpdate, InvalidInput, LedgerError, StorageError, WorkflowError
from workflow.ledger import WIDTH, Frontier, SaltedText, Subtrees, sha256
from workflow.ledger.proofs import check_consistency, check_inclusion, consistency, inclusion
from workflow.roots import Tree, root_at
from workflow.storage import Ahead, Append, Head, Listed, Reader, Storage, StoredEntry, StreamHead, Unit, open_storage

SMALL = b"a small report"
HOLDS_THE_LOCK = """
import sys
sys.path.insert(0, sys.argv[2])
from storage_making import following
from workflow.storage import open_storage
with open_storage(sys.argv[1]).lock() as unit:
    unit.append(following(unit, body=b"from another process"))
    print("locked", flush=True)
    sys.stdin.readline()
    unit.commit()
"""

SOME = Append(StoredEntry(1, STREAM, 1, "ab" * 32, "command", b"{}"), Head())

Change = Callable[[Append], Append]
WAYS: dict[str, Callable[[Unit, Append], object]] = {
    "appended": lambda unit, append: unit.append(append),
    "finished": lambda unit, append: unit.finish(append),
}


def other_entry(**changes: object) -> Change:
    return lambda append: replace(append, entry=replace(append.entry, **changes))


TAKEN_OR_GAP = {
    "its place is taken": other_entry(seq=2),
    "a place is left out": other_entry(seq=4),
    "its place is before the first": other_entry(seq=0),
    "its version is taken": other_entry(version=2),
    "a version is left out": other_entry(version=4),
    "another stream begins later than 1": other_entry(stream="roster", version=2),
    "its command is recorded": other_entry(command_id="command-1"),
}


def other_tree(append: Append) -> Append:
    return replace(append, head=Head(Frontier()))


def kin_alone(append: Append) -> Append:
    return replace(append, kin=frozenset({"ab" * 32}))


def objectors_alone(append: Append) -> Append:
    return replace(append, objectors=frozenset({"mara"}))


def blob_of_other_bytes(append: Append) -> Append:
    return replace(append, blobs={sha256(SMALL): LARGE})


def same_text_twice(append: Append) -> Append:
    text = SaltedText.of("because")
    return replace(append, texts=(text, text))


ILL_FITTING = [other_tree, kin_alone, objectors_alone, blob_of_other_bytes, same_text_twice]


class StorageContract:
    """Subclasses give ``url``, the address of an empty ledger of their own, and say how to wait briefly."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        raise NotImplementedError

    def wait_briefly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes storages that are opened from here on give up at once when the lock is held."""
        raise NotImplementedError

    @pytest.fixture
    def storage(self, url: str) -> Iterator[Storage]:
        storage = open_storage(url)
        yield storage
        storage.close()

    @pytest.fixture
    def impatient(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
        self.wait_briefly(monkeypatch)
        storage = open_storage(url)
        yield storage
        storage.close()

    # Entries

    def test_an_empty_ledger_has_nothing_to_read(self, storage: Storage) -> None:
        assert storage.head() == Head()
        assert list(storage.entries()) == storage.stream(STREAM) == storage.entries_before(None, 10) == []
        assert storage.entry(1) is storage.stream_head(STREAM) is storage.by_command("command-1") is None
        assert list(storage.commitments()) == list(storage.blobs()) == storage.releases() == []
        assert storage.kin(["ab" * 32]) == storage.kin_of("aurora") == set()

    @pytest.mark.parametrize("body", [b"{}", b"\x00\xff\xfe\x00", b"\xc3", b"x" * 65_535], ids=len)
    def test_an_entry_comes_back_byte_for_byte_by_each_of_its_names(self, storage: Storage, body: bytes) -> None:
        entry = add(storage, body=body)

        assert entry.body == body
        assert storage.entry(1) == storage.by_command("command-1") == entry
        assert storage.stream(STREAM) == list(storage.entries()) == storage.entries_before(None, 1) == [entry]
        assert storage.stream_head(STREAM) == StreamHead(1, entry.hash)

    def test_streams_count_for_themselves_and_the_ledger_counts_all(self, storage: Storage) -> None:
        made = [add(storage, stream) for stream in ("ledger", STREAM, "roster", STREAM, "ledger", STREAM)]

        assert [entry.seq for entry in made] == [1, 2, 3, 4, 5, 6]
        assert [entry.version for entry in storage.stream(STREAM)] == [1, 2, 3]
        assert storage.stream(STREAM, after=2) == [made[5]]
        assert storage.stream_head("ledger") == StreamHead(2, made[4].hash)
        assert storage.head() == Head(frontier_of(made), AT, AT)

    def test_a_ledger_is_there_for_whoever_opens_it_next(self, url: str, storage: Storage) -> None:
        entry = add(storage, texts=(SaltedText.of("because"),), release=line())
        head = storage.head()
        storage.close()

        again = open_storage(url)
        assert (again.entry(1), again.head(), again.release("aurora")) == (entry, head, line())
        again.close()

    @pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
    @pytest.mark.parametrize("change", TAKEN_OR_GAP.values(), ids=TAKEN_OR_GAP)
    def test_an_entry_that_does_not_continue_the_ledger_is_refused(
        self, storage: Storage, change: Change, put: Callable[[Unit, Append], object]
    ) -> None:
        add(storage), add(storage)
        before = storage.head(), list(storage.entries())

        with storage.lock() as unit, pytest.raises(ConcurrentUpdate) as refused:
            put(unit, change(following(unit)))

        assert refused.value.remedy
        assert (storage.head(), list(storage.entries())) == before

    @pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
    @pytest.mark.parametrize("came", [blobs(SMALL), blobs()], ids=["with a blob", "without"])
    @pytest.mark.parametrize("change", ILL_FITTING)
    def test_an_append_whose_parts_do_not_fit_leaves_nothing(
        self, storage: Storage, change: Change, came: Mapping[str, bytes], put: Callable[[Unit, Append], object]
    ) -> None:
        with storage.lock() as unit:
            with pytest.raises(LedgerError):
                put(unit, change(following(unit, blobs=came, texts=(SaltedText.of("why"),))))
            with pytest.raises(StorageError, match="over"):
                unit.commit()

        assert (storage.head(), list(storage.blobs()), list(storage.commitments())) == (Head(), [], [])

    def test_every_entry_is_streamed_in_order_over_many_pages(self, storage: Storage) -> None:
        with storage.lock() as unit:
            for _ in range(600):
                unit.append(
                    following(unit, texts=(SaltedText.of("why"),), blobs=blobs(b"%d" % unit.head().frontier.size))
                )
            unit.commit()

        assert [entry.seq for entry in storage.entries()] == list(range(1, 601))
        assert [entry.seq for entry in storage.entries(after=300, limit=299)] == list(range(301, 600))
        assert [entry.seq for entry in storage.entries(after=600)] == []
        assert frontier_of(list(storage.entries())) == storage.head().frontier
        for listed in (list(storage.commitments()), list(storage.blobs())):
            assert len(listed) == 600
            assert listed == sorted(set(listed))

    def test_a_stream_of_entries_left_halfway_holds_nothing_up(self, storage: Storage) -> None:
        for _ in range(3):
            add(storage)

        entries = storage.entries()
        assert [entry.seq for entry in islice(entries, 2)] == [1, 2]
        add(storage)
        assert storage.head().frontier.size == 4

    def test_history_is_paged_from_the_newest(self, storage: Storage) -> None:
        for stream in ("ledger", STREAM, "roster", STREAM, STREAM):
            add(storage, stream)

        def places(before: int | None, limit: int, stream: str | None = None) -> list[int]:
            return [entry.seq for entry in storage.entries_before(before, limit, stream)]

        assert places(None, 2) == [5, 4]
        assert places(4, 2) == [3, 2]
        assert places(1, 2) == []
        assert places(None, 2, STREAM) == [5, 4]
        assert places(4, 2, STREAM) == [2]
        # Whether the place is one of the stream's own or not, or of none yet.
        for before in range(9):
            assert places(before, 2, STREAM) == [seq for seq in (5, 4, 2) if seq < before][:2]
        assert places(None, 9, "nobody") == []

    def test_an_entry_that_is_finished_in_one_go_is_kept_with_all_that_belongs_to_it(self, storage: Storage) -> None:
        why, more = SaltedText.of("because it's \\ '100%' :sure"), SaltedText.of("")
        kin, objectors = frozenset({"ab" * 32, "cd" * 32}), frozenset({"mara"})
        first = add(storage, texts=(why, more), release=line(), kin=kin, objectors=objectors)
        again = line(stage="review", closed=True, planned=AT, version=2)
        second = add(storage, release=again, kin=kin, objectors=objectors)
        alone = add(storage, "roster", body=b"\0\xff' \\ %s")

        assert list(storage.entries()) == [first, second, alone]
        assert storage.head() == Head(frontier_of([first, second, alone]), AT, AT)
        assert (storage.text(why.commitment), storage.text(more.commitment)) == (why, more)
        assert storage.releases() == [again]
        assert (storage.kin_of("aurora"), storage.kin(["ab" * 32])) == (kin, {"aurora"})

    def test_a_text_that_is_there_already_lets_nothing_of_its_entry_in(self, storage: Storage) -> None:
        text = SaltedText.of("because")
        add(storage, texts=(text,))

        with storage.lock() as unit, pytest.raises(LedgerError, match="does not fit what is kept"):
            unit.finish(following(unit, texts=(text,), release=line()))

        assert (storage.head().frontier.size, storage.releases()) == (1, [])

    def test_what_is_brought_along_is_what_there_is(self, storage: Storage) -> None:
        entry = add(storage, release=line(), kin=frozenset({"ab" * 32}))
        ahead = Ahead((STREAM, "ledger"), ("ab" * 32, "cd" * 32))

        def seen(reader: Reader) -> list[object]:
            heads = [reader.stream_head(stream) for stream in (STREAM, "ledger", "roster")]
            kin = [reader.kin(digests) for digests in (["ab" * 32], ["cd" * 32], ["ab" * 32, "ef" * 32])]
            return [*heads, *kin, reader.entry(1), reader.entry(2), reader.head()]

        there = [StreamHead(1, entry.hash), None, None, {"aurora"}, set(), {"aurora"}, entry, None, storage.head()]
        with storage.snapshot(ahead) as reader:
            assert seen(reader) == there
        with storage.lock(ahead) as unit:
            assert seen(unit) == there
            unit.append(second := following(unit, release=line("beryl"), kin=frozenset({"cd" * 32})))
            assert (unit.stream_head(STREAM), unit.kin(["cd" * 32])) == (StreamHead(2, second.entry.hash), {"beryl"})

    # Transactions

    def test_nothing_is_kept_unless_it_is_committed(self, storage: Storage) -> None:
        text = SaltedText.of("because")
        with storage.lock() as unit:
            unit.append(following(unit, texts=(text,), blobs=blobs(SMALL), release=line(), kin=frozenset({"ab" * 32})))
            assert unit.head().frontier.size == 1
            assert storage.head().frontier.size == 0

        assert (storage.head(), list(storage.entries()), storage.text(text.commitment)) == (Head(), [], None)
        assert (list(storage.blobs()), storage.releases(), storage.kin_of("aurora")) == ([], [], set())

    def test_an_error_under_the_lock_rolls_back_and_gives_the_lock_free(self, storage: Storage) -> None:
        with pytest.raises(ZeroDivisionError), storage.lock() as unit:
            unit.append(following(unit))
            raise ZeroDivisionError

        assert add(storage).seq == 1

    def test_one_unit_may_hold_several_entries(self, storage: Storage) -> None:
        with storage.lock() as unit:
            for stream in ("ledger", "roster", "ledger"):
                unit.append(following(unit, stream))
            unit.commit()

        assert [(entry.stream, entry.version) for entry in storage.entries()] == [
            ("ledger", 1),
            ("roster", 1),
            ("ledger", 2),
        ]

    @pytest.mark.parametrize(
        "use",
        [
            lambda unit: unit.head(),
            lambda unit: unit.commit(),
            lambda unit: unit.append(SOME),
            lambda unit: unit.finish(SOME),
            lambda unit: unit.rebuild(Head(), []),
        ],
        ids=["read", "commit", "append", "finish", "rebuild"],
    )
    def test_a_unit_that_was_committed_or_left_is_over(self, storage: Storage, use: Callable[[Unit], object]) -> None:
        with storage.lock() as unit:
            unit.append(following(unit))
            unit.commit()
            with pytest.raises(StorageError, match="over"):
                use(unit)
        with pytest.raises(StorageError, match="over"):
            use(unit)

        assert storage.head().frontier.size == 1

    def test_a_snapshot_keeps_seeing_what_it_saw_first(self, storage: Storage) -> None:
        add(storage, release=line())
        with storage.snapshot() as view:
            assert view.head().frontier.size == 1
            add(storage, release=line(stage="released", version=2))
            assert view.head().frontier.size == len(list(view.entries())) == 1
            assert view.release("aurora") == line()
            assert storage.head().frontier.size == 2

        with pytest.raises(StorageError, match="over"):
            view.head()

    # The lock

    def test_a_second_thread_waits_for_the_lock_and_then_continues(self, storage: Storage) -> None:
        with ThreadPoolExecutor(1) as pool, storage.lock() as unit:
            waiting = pool.submit(add, storage)
            first = following(unit, body=b"first")
            unit.append(first)
            unit.commit()
            second = waiting.result(timeout=60)

        assert list(storage.entries()) == [first.entry, second]

    def test_a_lock_that_stays_held_is_an_error_that_says_so(self, storage: Storage, impatient: Storage) -> None:
        with storage.lock() as unit:
            with pytest.raises(StorageError, match="locked") as refused, impatient.lock():
                pytest.fail("two writers held the lock")
            assert refused.value.remedy
            assert impatient.head().frontier.size == 0
            unit.append(following(unit))
            unit.commit()

        assert add(impatient).seq == 2

    def test_another_process_excludes_this_one_until_it_commits(self, url: str, impatient: Storage) -> None:
        command = [sys.executable, "-c", HOLDS_THE_LOCK, url, str(Path(__file__).parent)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with pytest.raises(StorageError, match="locked"), impatient.lock():
                pytest.fail("two writers held the lock")
            assert impatient.head().frontier.size == 0
            other.communicate("go\n", timeout=60)

        assert other.returncode == 0
        assert add(impatient).seq == 2
        assert [entry.body for entry in impatient.entries()] == [b"from another process", b"entry 2"]

    def test_appends_from_many_threads_leave_one_dense_ledger(self, storage: Storage) -> None:
        together = threading.Barrier(4)

        def work(number: int) -> None:
            together.wait()
            for _ in range(10):
                add(storage, f"release/r{number}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))

        entries = list(storage.entries())
        assert [entry.seq for entry in entries] == list(range(1, 41))
        assert storage.head().frontier == frontier_of(entries)
        for number in range(4):
            assert [entry.version for entry in storage.stream(f"release/r{number}")] == list(range(1, 11))

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
        digests = [sha256(b"%d" % number) for number in range(40_000)]
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

    # Bad input and protection

    @pytest.mark.parametrize(
        "read",
        [
            lambda storage: storage.entry(2**70),
            lambda storage: storage.release("\udcff"),
            lambda storage: storage.stream(STREAM, after=2**70),
            lambda storage: list(storage.entries(after=2**70)),
            lambda storage: storage.entries_before(2**70, 10),
        ],
        ids=["entry", "release", "stream", "entries", "history"],
    )
    def test_a_value_that_no_database_holds_is_invalid_input(
        self, storage: Storage, read: Callable[[Storage], object]
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            read(storage)
        assert refused.value.remedy

    def test_a_text_that_is_no_unicode_leaves_nothing(self, storage: Storage) -> None:
        with storage.lock() as unit, pytest.raises(WorkflowError):
            unit.append(replace(following(unit), release=line(label="\udcff")))

        assert storage.head() == Head()

    def test_a_new_ledger_has_all_its_protection(self, storage: Storage) -> None:
        assert storage.missing_protection() == ()
