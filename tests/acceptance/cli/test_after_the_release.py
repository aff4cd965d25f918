"""Once something is out: an incident is opened, told on and closed, a fix goes on, and the release ends."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by
from keyed_desk import KeyedDesk

KNOWN = "2025-06-30T09:00:00Z"
WHAT = "It gives a working synthesis route when asked in verse."


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def out(desk: Desk) -> Desk:
    """``aurora`` is public."""
    desk.ready()
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
    return desk


def opened(desk: Desk, *more: str) -> str:
    result = desk.does("incident", "open", "aurora", WHAT, "--known-since", KNOWN, "--as", "mara", *more, "--json")
    return str(result.json["incident"]["id"])


def test_opening_says_since_when_it_was_known_and_whom_it_reaches(out: Desk) -> None:
    shown = words(out.does("incident", "open", "aurora", WHAT, "--known-since", KNOWN, "--as", "mara").out)

    assert "opened incident R1 as safety, known since 30 Jun 2025 09:00 UTC" in shown
    assert "It stands against every raise of aurora, and of whatever comes of what is affected." in shown
    assert f'on record 2 days later: "{WHAT}"' in words(out("status", "aurora").out)


def test_a_fix_is_told_which_command_lets_it_go_on(out: Desk) -> None:
    opened(out)
    (out.directory / "fixed").mkdir()
    (out.directory / "fixed" / "model.safetensors").write_text("mended")
    start = ("start", "aurora-fix", "fixed", "--process", "small", "--author", "ada", "--derived-from", "aurora")
    out.does(*start, "--variant", "fix", *by("lee"))
    out.does("advance", "aurora-fix", "submit", *by("lee"))

    shown = words(out("status", "aurora-fix", "--as", "jun").out)
    fixed = out("status", "aurora-fix", "--json").json["candidate"]
    next_step = f"holdfast incident close aurora R1 --candidate {fixed} --role safety"
    assert next_step in shown
    assert "incident R1 in aurora is open, known since 30 Jun 2025 09:00 UTC" in shown
    assert next_step in words(out("inbox", "--as", "jun").out)

    for digits, problem in (("deadbeef", "64 hexadecimal digits"), ("deadbeefdead", "no release's candidate begins")):
        wrong = out("incident", "close", "aurora", "R1", "--candidate", digits, *by("jun"))
        assert wrong.code == 2 and problem in words(wrong.err) and "pattern" not in wrong.err
    told = words(out.does(*next_step.replace(fixed, fixed[:12]).split()[1:], *by("jun")).out)
    (closed,) = out("incident", "show", "aurora", "--json").json
    assert (closed["closed_for"], closed["reaches"]) == ([fixed], ["aurora"])
    assert "incident" not in words(out("status", "aurora-fix", "--as", "jun").out)
    for screen in (told, words(out("incident", "show", "aurora").out)):
        assert f"It is closed for {fixed[:4]}..{fixed[-4:]}. It still stands against every raise of aurora" in screen


def test_an_incident_of_what_is_out_marks_the_stage_and_a_withdrawn_release_says_how_far_it_was_out(out: Desk) -> None:
    opened(out)

    assert "[!] public weights here, less than a minute; R1 is open against it" in words(out("status", "aurora").out)
    out.does("withdraw", "aurora", "--notice", "Stop using it.", *by("lee"))
    assert "R1 is open against it" in words(out("status", "aurora").out)
    assert "was out: weights" in words(out("list").out)
    (line,) = out("list", "--json").json["items"]
    assert (line["exposure"], line["exposed"]) == ("internal", "weights")


def test_what_was_said_on_it_is_shown_and_whom_it_reaches(out: Desk) -> None:
    opened(out, "--owner", "legal")
    out.does("incident", "update", "aurora", "R1", "We look into it.", "--public", "--as", "jun")

    shown = words(out.does("incident", "show", "aurora").out)
    assert 'jun as safety, in public: "We look into it."' in shown and "legal closes it" in shown
    (view,) = out.does("incident", "show", "aurora", "--json").json
    assert [update["text"] for update in view["updates"]] == ["We look into it."]
    out.does("start", "beta", "model", "--process", "small", "--author", "ada", *by("lee"))
    assert "R1 in aurora, open" in words(out.does("incident", "show", "beta").out)


def test_where_nothing_became_known_that_is_said(desk: Desk) -> None:
    desk.to_review()

    assert "Nothing became known of aurora" in desk.does("incident", "show", "aurora").out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("open", "aurora", WHAT, "--as", "mara"), "Missing option '--known-since'"),
        (("open", "aurora", WHAT, "--known-since", "monday", "--as", "mara"), "is not a time"),
        (("open", "aurora", WHAT, "--known-since", "2025-07-09T09:00:00Z", "--as", "mara"), "is still to come"),
        (("open", "aurora", WHAT, "--known-since", KNOWN, "--affected", "nova", "--as", "mara"), "no release 'nova'"),
        (("close", "aurora", "R7", *by("mara")), "no incident R7"),
        (("update", "aurora", "R7", WHAT, "--as", "mara"), "no incident R7"),
    ],
)
def test_what_cannot_be_is_a_mistake_and_on_no_record(out: Desk, args: tuple[str, ...], said: str) -> None:
    before = len(out.does("history", "--json").json)

    result = out("incident", *args)

    assert result.code == 2 and said in words(result.err) and "next: " in result.err
    assert len(out.does("history", "--json").json) == before


def test_withdrawing_says_that_copies_persist_and_what_the_public_is_told(out: Desk) -> None:
    shown = out.does("withdraw", "aurora", "--notice", "Stop using it: it leaks.", *by("lee"))

    told = words(shown.out)
    assert "said in public as lead (P1)" in told and "moved it from public to withdrawn by `withdraw`" in told
    assert "aurora has ended. It was out, up to weights: copies persist, and nothing pulls them back." in told
    assert 'The public is told: "Stop using it: it leaks."' in told


def test_withdrawing_what_was_out_wants_a_notice_and_what_never_was_says_so(out: Desk) -> None:
    silent = out("withdraw", "aurora", *by("lee"))
    assert (silent.code, "--notice TEXT" in silent.err) == (2, True)

    out.does("start", "beta", "model", "--process", "small", "--author", "ada", *by("lee"))
    ended = out.does("withdraw", "beta", *by("lee"), "--json").json
    assert (ended["exposed"], [event["type"] for event in ended["events"]]) == ("internal", ["transition_made"])
    out.does("start", "gamma", "model", "--process", "small", "--author", "ada", *by("lee"))
    assert "It was never out" in out.does("withdraw", "gamma", "--notice", "It never came.", *by("lee")).out


def test_withdrawing_is_refused_like_an_advance_and_is_on_record(out: Desk) -> None:
    refused = out("withdraw", "aurora", "--notice", "It is gone.", *by("mara"))

    assert refused.code == 1 and "it is on record, entry" in words(refused.err)
    assert out("status", "aurora", "--json").json["statements"] == []


def test_closing_and_withdrawing_are_signed_at_the_desk_and_elsewhere(keyed: KeyedDesk) -> None:
    desk = keyed
    desk.to_review()
    desk.does("incident", "open", "aurora", WHAT, "--known-since", KNOWN, "--as", "mara")
    close = ("incident", "close", "aurora", "R1")
    unsigned = desk(*close, *by("jun"))
    assert unsigned.code == 2 and "jun must sign this" in unsigned.err
    desk.does(*close, *by("jun"), "--request", "close.request")
    shown = desk("sign", "close.request", "--key", str(desk.key("jun")), typed="sign\n")
    assert shown.code == 0 and "I, jun, as safety, say that the incident R1 of aurora" in words(shown.out)
    assert "closed incident R1 as safety" in words(desk.does("collect", "close.request.jun.reply").out)

    desk.does("withdraw", "aurora", "--notice", "It will not come.", *desk.signed("lee"))
    assert desk("status", "aurora", "--json").json["stage"] == "withdrawn"
