"""What every storage must do, whatever database it is on: a storage's tests subclass this and say how to make one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from contents_contract import ContentsContract
from lock_contract import LockContract
from storage_making import AT, LARGE, STREAM, add, blobs, following, frontier_of, line

from workflow.errors import ConcurrentUpdate, InvalidInput, LedgerError, StorageError, WorkflowError
from workflow.ledger import Frontier, SaltedText, sha256
from workflow.storage import Ahead, Append, Head, Reader, Storage, StoredEntry, StreamHead, Unit, open_storage

SMALL = b"a small report"
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


class StorageContract(LockContract, ContentsContract):
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
        attached = blobs(SMALL, b"", b"\0'\\\xff")
        second = add(storage, release=again, kin=kin, objectors=objectors, blobs=attached)
        alone = add(storage, "roster", body=b"\0\xff' \\ %s", blobs=blobs(SMALL))

        assert list(storage.entries()) == [first, second, alone]
        assert storage.head() == Head(frontier_of([first, second, alone]), AT, AT)
        assert (storage.text(why.commitment), storage.text(more.commitment)) == (why, more)
        assert storage.releases() == [again]
        assert {digest: storage.blob(digest) for digest in storage.blobs()} == attached
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

    @pytest.mark.parametrize("put", WAYS.values(), ids=WAYS)
    def test_a_text_that_is_no_unicode_leaves_nothing(
        self, storage: Storage, put: Callable[[Unit, Append], object]
    ) -> None:
        with storage.lock() as unit, pytest.raises(WorkflowError):
            put(unit, replace(following(unit), release=line(label="\udcff")))

        assert storage.head() == Head()

    def test_a_new_ledger_has_all_its_protection(self, storage: Storage) -> None:
        assert storage.missing_protection() == ()
