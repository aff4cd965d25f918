"""`override`: who lets one rule pass, until when and why stands on every screen, and its review after the fact too."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by

HOST = """  host:
    from: review
    to: hosted
    gate:
      - actor: {roles: [lead]}
      - sign_offs: {role: legal, count: 1}
      - soak: {at_least: 72h}
    override:
      policy: soak
      sign_offs: {role: safety, count: 2}
      lasts: 24h
      review: {role: legal, within: 48h}
  publish:
"""


@pytest.fixture
def hosted(desk: Desk) -> Desk:
    """``aurora`` in review and signed by legal, before a gate that it would have to soak for."""
    text = (desk.directory / "small.yaml").read_text()
    text = text.replace("process: small", "process: hosting").replace("  publish:\n", HOST, 1)
    text = text.replace("  public: {", "  hosted: {exposure: hosted}\n  public: {").replace(
        ", public]", ", hosted, public]"
    )
    (desk.directory / "hosting.yaml").write_text(text)
    desk.does("charter", "allow", "hosting.yaml", "--up-to", "weights", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "hosting", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    desk.does("sign", "aurora", "host", "--approve", "--seen", desk.basis("host"), *by("ivy"))
    return desk


def words(text: str) -> str:
    return " ".join(text.split())


def override(desk: Desk, person: str, why: str) -> str:
    return words(desk.does("override", "aurora", "host", "soak", "--seen", desk.basis("host"), *by(person, why)).out)


def test_every_screen_says_who_overrides_what_until_when_and_why(hosted: Desk) -> None:
    asked = words(hosted("inbox", "--as", "jun").out)
    assert "nothing but `soak` is in the way, and 2 as safety can override it" in asked
    assert "to do holdfast override aurora host soak --role safety" in asked
    shown = words(hosted("explain", "aurora", "host").out)
    assert "Override of `soak`: 0 of 2 as safety, each for 24h" in shown
    assert "who can jun, kit, mara or priya: holdfast override aurora host soak" in shown

    assert "gave an OVERRIDE of `soak` at `host` as safety (O1), until 2 Jul 2025" in override(
        hosted, "mara", "the fix cannot wait"
    )
    assert "to do holdfast override aurora host soak --role safety" in words(hosted("inbox", "--as", "jun").out)
    assert "Override of `soak`: 1 of 2 as safety" in words(hosted("status", "aurora").out)
    override(hosted, "jun", "I looked at the diff")

    answer = hosted("explain", "aurora", "host", "--as", "lee")
    assert answer.code == 0
    shown = words(answer.out)
    assert "PASSED BY OVERRIDE of `soak`" in shown
    assert "the fix cannot wait" in shown and "I looked at the diff" in shown
    assert "review by legal, within 48h of the move" in shown
    assert "PASSED BY OVERRIDE of `soak`" in words(hosted("status", "aurora").out)


def test_the_move_says_it_and_status_names_the_review_until_it_is_done(hosted: Desk) -> None:
    override(hosted, "mara", "the fix cannot wait")
    override(hosted, "jun", "I looked at the diff")
    done = words(hosted.does("advance", "aurora", "host", *by("lee")).out)
    assert "PASSED BY OVERRIDE of `soak`, by jun and mara until 2 Jul 2025 09:00 UTC" in done
    assert "its review R1 by legal is due 3 Jul 2025 09:00 UTC" in done
    assert "PASSED BY OVERRIDE of `soak`" in words(hosted("history", "aurora").out)

    shown = words(hosted("status", "aurora").out)
    assert "`host` passed by override of `soak` by jun and mara" in shown
    assert "review R1 by legal due 3 Jul 2025 09:00 UTC" in shown
    hosted.clock.forward("48h")
    blocked = words(hosted("explain", "aurora", "publish", "--all").out)
    assert "R1 in aurora, the review of the override of `soak` at `host`, given by jun, mara, is open" in blocked
    assert "raised lee in aurora" in blocked and "lee as legal" not in blocked
    assert "said lee, who moved it:" in blocked and "holdfast discharge aurora R1 --role legal" in blocked
    assert "OVERDUE since 3 Jul 2025" in words(hosted("status", "aurora").out)

    hosted.does("discharge", "aurora", "R1", *by("ivy", "it was right"))
    shown = words(hosted("status", "aurora").out)
    assert "`host` passed by override of `soak`" in shown and "review R1 by legal done" in shown
    (used,) = hosted("status", "aurora", "--json").json["overrides"]
    assert (used["policy"], used["by"], used["reviewed"]) == ("soak", ["jun", "mara"], True)
    assert hosted("audit", "verify").code == 0


def test_a_word_is_taken_back_and_a_terminal_asks_for_the_basis(hosted: Desk) -> None:
    basis = hosted.basis("host")
    result = hosted("override", "aurora", "host", "soak", *by("mara"), typed=f"{basis[:8]}\n")
    assert result.code == 0, result
    assert "Override of `soak`: 0 of 2" in words(result.out)

    done = hosted.does("override", "aurora", "host", "soak", "--withdraw", *by("mara"))

    assert "took the override back of `soak` at `host`" in words(done.out)
    assert "0 of 2 as safety" in words(hosted("explain", "aurora", "host").out)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("override", "aurora", "host", "soak", *by("mara")), 2, ("names the basis", "--seen BASIS")),
        (("override", "aurora", "host", "holds", "--seen", "{basis}", *by("mara")), 1, ("only `soak`",)),
        (("override", "aurora", "host", "soak", "--seen", "0" * 16, *by("mara")), 1, ("has changed",)),
        (("override", "aurora", "host", "soak", "--withdraw", *by("mara")), 2, ("given no override",)),
        (("override", "aurora", "host", "soak", "--withdraw", "--seen", "0" * 16, *by("mara")), 2, ("no basis",)),
        (
            ("override", "aurora", "publish", "soak", "--seen", "{other}", "--role", "safety", *by("mara")),
            1,
            ("undoes",),
        ),
    ],
)
def test_what_cannot_be_overridden_is_named(
    hosted: Desk, args: tuple[str, ...], code: int, said: tuple[str, ...]
) -> None:
    seen = {"basis": hosted.basis("host"), "other": hosted.basis("publish")}
    result = hosted(*(word.format(**seen) if word.startswith("{") else word for word in args))

    assert result.code == code, result
    assert all(word in words(result.err) for word in said), result.err


def test_a_process_that_declares_one_is_read_aloud_with_it(hosted: Desk) -> None:
    told = words(hosted("process", "show", "hosting").out)
    assert "Override: 2 people as safety can let it pass without what `soak` asks, each word for 24h" in told
    assert "2 of safety can override soak" in hosted("process", "show", "hosting", "--format", "mermaid").out
    assert words(hosted("process", "check", "hosting.yaml", "--roster").out)
