"""Asking changes nothing, and says who can act next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.engine.lab import WHY, Lab
from workflow import GateDenied, InvalidInput, NotFound


def inbox(lab: Lab, person: str) -> list[tuple[str, str]]:
    return [(item.release, item.reason.code) for item in lab.engine.inbox(person)]


def test_explaining_gives_the_verdicts_of_the_gate_and_changes_no_byte(review: Lab) -> None:
    review.sign("mara", "publish")
    entries, files = review.entries(), bytes_of(review.directory)

    explained = review.explain()

    assert review.entries() == entries
    assert bytes_of(review.directory) == files
    with pytest.raises(GateDenied) as caught:
        review.advance("publish")
    assert [(verdict.policy, verdict.allow) for verdict in explained.verdicts] == [
        (verdict.policy, verdict.allow) for verdict in caught.value.verdicts
    ]


def bytes_of(directory: Path) -> dict[str, bytes]:
    # The index of the write-ahead log is shared memory, which readers note themselves in.
    return {
        path.name: path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_without_a_caller_the_caller_is_what_is_open(review: Lab) -> None:
    review.approve_publish()

    answer = review.engine.explain("aurora", "publish")

    assert [reason.code for verdict in answer.blockers for reason in verdict.reasons] == ["caller-unknown"]
    assert (answer.allowed, answer.outcome, answer.caller) == (False, "open", None)


def test_what_was_not_looked_at_is_told_from_what_was_found_wanting(review: Lab) -> None:
    review.approve_publish()

    answer = review.engine.explain("aurora", "publish", actor="lee", observe=False)

    assert [reason.code for verdict in answer.blockers for reason in verdict.reasons] == ["not-observed"]
    assert answer.outcome == "error"


def test_a_transition_from_elsewhere_is_explained_and_not_allowed(lab: Lab) -> None:
    lab.start()

    answer = lab.explain("return")

    assert (answer.here, answer.allowed, answer.outcome) == (False, False, "no")
    assert answer.source == "review"


def test_the_inbox_has_what_one_person_can_do(review: Lab) -> None:
    assert inbox(review, "mara") == [("aurora", "sign-offs-missing")]
    assert inbox(review, "kim") == []
    assert inbox(review, "ivy") == []

    review.sign("mara", "host")

    assert inbox(review, "mara") == []
    assert inbox(review, "jun") == [("aurora", "sign-offs-missing")]


def test_whoever_pulls_the_trigger_is_asked_when_nobody_else_is_waited_for(review: Lab) -> None:
    assert inbox(review, "lee") == []
    review.sign("mara", "host")
    review.sign("jun", "host")

    assert inbox(review, "lee") == [("aurora", "caller-unknown")]


def test_the_inbox_says_what_changed_since_one_signed(review: Lab) -> None:
    review.sign("mara", "host")
    review.replace(review.model("second"))

    item = review.engine.inbox("mara")[0]

    assert item.last_signed is not None
    assert [line.partition(":")[0] for line in item.changed] == ["the candidate", "the round"]


def test_the_inbox_leaves_out_what_has_ended(review: Lab) -> None:
    review.start("borealis", path=review.model("other"))
    review.advance("withdraw")

    assert {release for release, _ in inbox(review, "lee")} == {"borealis"}


def test_who_never_signed_is_told_nothing_changed_since(review: Lab) -> None:
    assert review.engine.changed("aurora", "publish", "mara") is None


def test_releases_are_listed_by_name_a_page_at_a_time(lab: Lab) -> None:
    for name in ("cygnus", "aurora", "borealis"):
        lab.start(name)
    lab.advance("submit", "borealis")
    lab.advance("withdraw", "borealis")

    assert [line.release for line in lab.engine.list()] == ["aurora", "borealis", "cygnus"]
    assert [line.release for line in lab.engine.list(open_only=True)] == ["aurora", "cygnus"]
    assert [line.release for line in lab.engine.list(limit=1)] == ["aurora"]
    assert [line.release for line in lab.engine.list(after="aurora", limit=1)] == ["borealis"]


def test_a_page_of_the_list_says_where_the_next_one_begins_and_the_last_that_there_is_none(lab: Lab) -> None:
    assert (lab.engine.list(limit=1), lab.engine.list(limit=1).next) == ((), None)
    for name in ("cygnus", "aurora", "borealis"):
        lab.start(name)

    assert [lab.engine.list(limit=limit).next for limit in (1, 2, 3, 4)] == ["aurora", "borealis", None, None]
    assert lab.engine.list(after="aurora", limit=1).next == "borealis"
    assert lab.engine.list(after="aurora", limit=2).next is lab.engine.list().next is None


def test_the_pages_of_an_inbox_are_together_the_whole_of_it(lab: Lab) -> None:
    for name in ("cygnus", "aurora", "delphinus", "borealis"):
        lab.in_review(name, path=lab.model(name))
    for ended in ("borealis", "cygnus"):
        lab.reject("ivy", role="legal", slug=ended)
        lab.advance("withdraw", ended)
        lab.answer("S1", "noor", slug=ended)
    for person in ("mara", "ivy", "lee"):
        whole = lab.engine.inbox(person)
        assert whole.next is None
        for sizes in ({"limit": 1}, {"look": 1}, {"limit": 2, "look": 3}):
            page, pages = lab.engine.inbox(person, **sizes), []
            while page.next is not None:
                pages.append(page)
                page = lab.engine.inbox(person, after=page.next, **sizes)
            assert tuple(item for one in [*pages, page] for item in one) == whole
            assert all(len({item.release for item in one}) <= 2 for one in pages)

    assert {item.release for item in lab.engine.inbox("mara")} == {"aurora", "delphinus"}
    assert {item.release for item in lab.engine.inbox("ivy")} == {"borealis", "cygnus"}


@pytest.mark.parametrize("sizes", [{"limit": 0}, {"look": 0}, {"limit": -1}])
def test_a_page_of_no_release_is_no_page(lab: Lab, sizes: dict[str, int]) -> None:
    with pytest.raises(InvalidInput, match="at least 1"):
        lab.engine.inbox("mara", **sizes)
    if "limit" in sizes:
        with pytest.raises(InvalidInput, match="at least 1"):
            lab.engine.list(**sizes)


def test_history_is_told_newest_first_a_page_at_a_time(review: Lab) -> None:
    every = [item.entry for item in review.engine.history(limit=1000)]
    assert every == sorted(every, reverse=True)

    pages: list[int] = []
    before: int | None = None
    while page := review.engine.history(before=before, limit=5):
        assert len(page) <= 5
        pages += [item.entry for item in page]
        before = page[-1].entry

    assert pages == every


def test_the_history_of_a_release_has_only_its_own_entries(review: Lab) -> None:
    review.start("borealis")

    assert {item.stream for item in review.engine.history("aurora")} == {"release/aurora"}
    assert len(review.engine.history("aurora")) == 2


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_of_an_impossible_size_is_refused(review: Lab, limit: int) -> None:
    with pytest.raises(InvalidInput):
        review.engine.history(limit=limit)


def test_questions_about_what_does_not_exist_say_what_does(review: Lab) -> None:
    with pytest.raises(NotFound, match="no release 'nothing'"):
        review.engine.status("nothing")
    with pytest.raises(NotFound, match="no release 'nothing'"):
        review.engine.history("nothing")
    with pytest.raises(NotFound) as caught:
        review.engine.explain("aurora", "nothing")
    assert caught.value.remedy == "it has: submit, return, wait, resume, host, pull, publish, withdraw"


def test_status_tells_where_it_stands_and_what_the_asker_can_do(review: Lab) -> None:
    status = review.engine.status("aurora", actor="mara")

    assert [(stage.name, stage.state) for stage in status.stages[:3]] == [
        ("testing", "passed"),
        ("review", "current"),
        ("delay", "ahead"),
    ]
    assert status.exits == ("return", "wait", "host", "publish", "withdraw")
    assert status.next is not None
    assert status.next.trigger == "host"
    assert [reason.code for reason in status.actor_can] == ["sign-offs-missing"]
    assert status.actor_roles == ("safety",)


def test_what_another_process_appended_is_seen_at_once(review: Lab) -> None:
    other = review.open()
    other.hold("aurora", role="security", actor="sam", rationale=WHY)

    assert len(review.engine.status("aurora").holds) == 1
    review.lift("H1", "sam", "security")
    assert not other.status("aurora").holds[0].standing
