"""A PostgreSQL server that answers what it likes: no answer is run, none is a surprise, and none passes a gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from attacked import WHY, Lab

import workflow
from tests.attacks.lying_server import Lie, LyingServer, Message, honest, row, typed, values
from workflow import Engine, WorkflowError

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def liar(lab: Lab) -> Iterator[LyingServer]:
    lab.start()
    lab.close()
    with LyingServer(lab.url) as server:
        yield server


def about(part: str, change: Callable[[bytes, bytes], Iterable[Message]]) -> Lie:
    """A lie about the statements in which something stands."""
    return lambda asked, kind, content: change(kind, content) if part in asked else honest(asked, kind, content)


def rows(
    change: Callable[[list[bytes | None]], Iterable[list[bytes | None]]],
) -> Callable[[bytes, bytes], Iterable[Message]]:
    """Other rows in the place of each."""

    def lie(kind: bytes, content: bytes) -> Iterable[Message]:
        if kind != b"D":
            yield kind, content
            return
        for changed in change(values(content)):
            yield b"D", row(changed)

    return lie


def kinds(number: int) -> Callable[[bytes, bytes], Iterable[Message]]:
    """Other types of the columns."""
    return lambda kind, content: [(kind, typed(content, number) if kind == b"T" else content)]


def done(words: bytes) -> Callable[[bytes, bytes], Iterable[Message]]:
    """Another word for what was done."""
    return lambda kind, content: [(kind, words + b"\0" if kind == b"C" else content)]


def instead(*messages: Message) -> Callable[[bytes, bytes], Iterable[Message]]:
    """Something else in the place of a row, or of the word that it is done."""
    return lambda kind, content: messages if kind in b"DC" else [(kind, content)]


def beside(*messages: Message) -> Callable[[bytes, bytes], Iterable[Message]]:
    """Something else before whatever is said."""
    return lambda kind, content: (*messages, (kind, content)) if kind in b"DC" else [(kind, content)]


NONE, TWICE = rows(lambda found: []), rows(lambda found: [found, found])
NULLS = rows(lambda found: [[None] * len(found)])
EMPTY = rows(lambda found: [[b""] * len(found)])
WORDS = rows(lambda found: [[b"\xff\xfe words"] * len(found)])
FEWER, MORE = rows(lambda found: [found[:-1]]), rows(lambda found: [[*found, b"1"]])
LONG = rows(lambda found: [[(value or b"") * 100 for value in found]])
ERROR = b"SERROR\0C%s\0M%s\0\0"

ANSWERS = {
    "no rows": NONE,
    "every row twice": TWICE,
    "nothing but nulls": NULLS,
    "nothing in any value": EMPTY,
    "what is no text": WORDS,
    "a value too few": FEWER,
    "a value too many": MORE,
    "values of no end": LONG,
    "everything a text": kinds(25),
    "everything bytes": kinds(17),
    "everything a whole number": kinds(20),
    "everything a number of floating point": kinds(701),
    "everything a time": kinds(1184),
    "everything a document": kinds(3802),
    "everything a list": kinds(1009),
    "everything of a type that nobody knows": kinds(4_000_000),
    "another encoding": beside((b"S", b"client_encoding\0LATIN1\0")),
    "an encoding that nobody knows": beside((b"S", b"client_encoding\0NONSENSE\0")),
    "a flood of notices": beside(*[(b"N", b"SNOTICE\0C00000\0Mlook here\0\0")] * 50),
    "a flood of notifications": beside(*[(b"A", b"\0\0\0\1holdfast\0look here\0")] * 50),
    "an error of no kind": instead((b"E", ERROR % (b"ZZZZZ", b"no"))),
    "an error in no language": instead((b"E", ERROR % (b"23505", b"\xff\xfe"))),
    "an error without a word": instead((b"E", b"\0")),
    "a message of no kind": instead((b"?", b"what")),
    "a request for the password": instead((b"R", b"\0\0\0\3")),
    "a request to send a file": instead((b"G", b"\0\0\0")),
    "a file": instead((b"H", b"\0\0\0"), (b"d", b"rows"), (b"c", b"")),
}

ABOUT = ("FROM head", "FROM entry", "FROM text", "FROM blob", "FROM release")


def asked(engine: Engine, lab: Lab) -> tuple[Callable[[], object], ...]:
    return (
        lambda: engine.status("aurora"),
        engine.list,
        lambda: engine.history("aurora", limit=3),
        lambda: engine.statement("aurora", "it is out", role="lead", actor="lee"),
        lambda: engine.attach(
            "aurora", lab.directory / "notes.md", name="notes", declare_as="lead", actor="lee", rationale=WHY
        ),
        lambda: engine.audit(release="aurora"),
    )


@pytest.mark.parametrize("answer", ANSWERS)
def test_row_55_no_answer_of_a_server_is_a_surprise(lab: Lab, liar: LyingServer, answer: str) -> None:
    (lab.directory / "notes.md").write_text("notes", encoding="utf-8")
    sound: list[tuple[int, str]] = []
    for what in ABOUT:
        with workflow.open_engine(liar.url, clock=lab.clock) as engine:
            liar.lie = about(what, ANSWERS[answer])
            for ask in asked(engine, lab):
                try:
                    found = ask()
                except WorkflowError:
                    continue
                if isinstance(found, workflow.AuditReport) and found.outcome != "failed":
                    sound.append((found.size, found.root))
        liar.lie = honest
    # Where nothing was found, nobody heard the lie, or it was of no weight.
    for remembered in {None, *sound}:
        assert lab.open().audit(remembered=remembered).outcome == "ok"


@pytest.mark.parametrize("words", [b"ROLLBACK", b"COMMIT PREPARED", b"", b"SELECT 1"])
def test_row_55_a_commit_that_the_server_answers_otherwise_is_no_success(
    lab: Lab, liar: LyingServer, words: bytes
) -> None:
    engine = workflow.open_engine(liar.url, clock=lab.clock)

    def lie(asked: str, kind: bytes, content: bytes) -> Iterable[Message]:
        yield kind, words + b"\0" if (kind, content) == (b"C", b"COMMIT\0") else content

    liar.lie = lie
    with pytest.raises(WorkflowError):
        engine.statement("aurora", "it is out", role="lead", actor="lee")
    engine.close()


CLOCKS: dict[str, Callable[[bytes, bytes], Iterable[Message]]] = {
    "the end of all time": rows(lambda found: [[b"infinity", *found[1:]]]),
    "the beginning of all time": rows(lambda found: [[b"-infinity", *found[1:]]]),
    "a year of five digits": rows(lambda found: [[b"317286190800000000", *found[1:]]]),
    "a year before the first": rows(lambda found: [[b"-63500000000000000", *found[1:]]]),
    "more than there is": rows(lambda found: [[b"9" * 40, *found[1:]]]),
    "the last moment": rows(lambda found: [[b"253402300799999999", *found[1:]]]),
    "words": rows(lambda found: [[b"yesterday", *found[1:]]]),
    "no time": rows(lambda found: [[None, *found[1:]]]),
    "no row": NONE,
    "nothing at all": instead((b"C", b"SELECT 0\0")),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_row_55_a_clock_that_says_no_time_is_one_clear_error(lab: Lab, liar: LyingServer, clock: str) -> None:
    """What begins a transaction asks for the time first, and for how things are in the same go."""
    engine = workflow.open_engine(liar.url)
    turn = {"rows": 0}

    def first(asked: str, kind: bytes, content: bytes) -> Iterable[Message]:
        if "clock_timestamp" not in asked and "holdfast_seen" not in asked:
            return honest(asked, kind, content)
        if kind == b"Z":
            turn["rows"] = 0
        if kind == b"T":
            turn["rows"] += 1
        return CLOCKS[clock](kind, content) if turn["rows"] == 1 else honest(asked, kind, content)

    liar.lie = first
    with pytest.raises(WorkflowError):
        engine.statement("aurora", "it is out", role="lead", actor="lee")
    engine.close()
    assert lab.open().audit().outcome == "ok"


@pytest.mark.parametrize("version", [b"14.9", b"9.6", b"words", b""])
def test_row_55_a_server_that_says_it_is_another_version_is_one_clear_error(
    lab: Lab, liar: LyingServer, version: bytes
) -> None:
    def lie(asked: str, kind: bytes, content: bytes) -> Iterable[Message]:
        said = content.startswith(b"server_version\0")
        return [(kind, b"server_version\0" + version + b"\0" if kind == b"S" and said else content)]

    liar.lie = lie
    with pytest.raises(WorkflowError):
        workflow.open_engine(liar.url)
