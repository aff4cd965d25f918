"""Publishing in two commands: what is shown, what is asked, and what a script gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_desk import WHY, Desk, Result, by

from workflow import PublishingFailed
from workflow.artifact import build_manifest


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A release that everybody signed for, under a process that publishes."""
    text = (desk.directory / "small.yaml").read_text()
    out = desk.directory / "out"
    out.mkdir()
    head, _, tail = text.partition("  publish:\n")
    text = f"{head}  publish:\n    publish: {{publisher: local_directory, below: [{out}]}}\n{tail}"
    (desk.directory / "small.yaml").write_text(text.replace("process: small", "process: publishing"))
    desk.does("charter", "allow", "small.yaml", "--up-to", "weights", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "publishing", "--author", "ada", "--label", "2.1", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    desk.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))
    desk.approve("mara", "jun", "ivy")
    desk.clock.forward("25h")
    return desk


def plan(desk: Desk, *more: str) -> Result:
    return desk("plan", "aurora", "publish", "--to", str(to(desk)), "-o", "aurora.plan", *by("lee"), *more)


def to(desk: Desk) -> Path:
    return desk.directory / "out" / "aurora"


def apply(desk: Desk, *more: str, typed: str | None = None) -> Result:
    return desk("apply", "aurora.plan", *by("lee"), *more, typed=typed)


def test_a_release_is_published_by_a_plan_and_its_name(ready: Desk) -> None:
    planned = plan(ready)
    done = apply(ready, typed="aurora\n")

    assert (planned.code, done.code) == (0, 0), (planned, done)
    assert "IRREVERSIBLE: aurora 2.1 will leave review for public when this is applied." in planned.out
    assert "holdfast apply aurora.plan" in planned.err
    assert "Type the release's name to let it out:" in done.err
    assert "read back from there: exactly" in " ".join(done.out.split())
    with ready.engine() as engine:
        assert build_manifest(to(ready)) == engine.manifest("aurora")
    assert "published: L1 to" in ready("status", "aurora").out


def test_a_plan_shows_exactly_what_will_happen(ready: Desk) -> None:
    shown = " ".join(plan(ready).out.split())

    for fact in ("2 files, 19 bytes", "model.safetensors 17 bytes", str(to(ready)), "signed by", "Not checked:"):
        assert fact in shown, fact
    assert "you are lee (claimed)" in shown


def test_a_plan_that_would_be_refused_is_shown_and_nothing_is_written(ready: Desk) -> None:
    ready.does("hold", "aurora", "--role", "safety", *by("mara"))
    before = ready("history", "--json").out

    result = plan(ready)

    assert result.code == 1
    assert result.out.startswith("NO: aurora 2.1 may not leave review for public")
    assert "Nothing was recorded, and no plan was written." in result.out
    assert not (ready.directory / "aurora.plan").exists()
    assert ready("history", "--json").out == before


def test_what_is_open_waits_like_explain(ready: Desk) -> None:
    ready.does("unsign", "aurora", "S1", *by("mara"))

    assert plan(ready).code == ready("explain", "aurora", "publish", "--as", "lee").code == 8


def test_a_destination_that_will_not_do_has_an_exit_code_of_its_own(ready: Desk) -> None:
    to(ready).mkdir()
    occupied = plan(ready)
    elsewhere = ready("plan", "aurora", "publish", "--to", "/srv/elsewhere", "-o", "aurora.plan", *by("lee"))

    assert (occupied.code, elsewhere.code) == (4, 1)
    assert " ! free: something lies at" in occupied.out
    assert " ! allowed: " in elsewhere.out


@pytest.mark.parametrize("more", [(), ("--yes",), ("--confirm", "Aurora"), ("--confirm", "aurora", "--as", "mara")])
def test_nothing_leaves_without_the_exact_name(ready: Desk, more: tuple[str, ...]) -> None:
    plan(ready)
    before = ready("history", "--json").out

    result = apply(ready, *more)

    assert result.code == 2
    assert list(to(ready).parent.iterdir()) == []
    assert ready("history", "--json").out == before


def test_a_wrong_name_that_was_typed_lets_nothing_out(ready: Desk) -> None:
    plan(ready)

    assert apply(ready, typed="aurora-7b\n").code == 2
    assert not to(ready).exists()


def test_a_script_confirms_by_name_and_gets_one_document(ready: Desk) -> None:
    planned = plan(ready, "--json")
    done = apply(ready, "--confirm", "aurora", "--json")

    assert planned.json["permit"]["permit"] == "L1"
    assert planned.json["file"] == str(ready.directory / "aurora.plan")
    assert (done.json["state"], done.json["already"]) == ("confirmed", False)
    assert apply(ready, "--confirm", "aurora", "--json").json["already"] is True
    assert ready("status", "aurora", "--json").json["publications"][0]["state"] == "confirmed"


def test_a_plan_is_asked_for_again_under_the_same_id(ready: Desk) -> None:
    first = plan(ready, "--command-id", "plan-1", "--json")
    (ready.directory / "aurora.plan").unlink()
    ready.clock.forward("1h")

    again = plan(ready, "--command-id", "plan-1", "--json")

    assert first.json["permit"] == again.json["permit"]


def test_a_moved_basis_refuses(ready: Desk) -> None:
    plan(ready)
    ready.does("review", "aurora", "biosecurity", "acceptable", *by("jun"))

    result = apply(ready, "--confirm", "aurora")

    assert result.code == 1
    assert "what it rests on has changed" in " ".join(result.err.split())
    assert not to(ready).exists()


def test_a_plain_advance_asks_nothing_and_says_what_to_do(ready: Desk) -> None:
    result = ready("advance", "aurora", "publish", *by("lee"), typed="")

    assert result.code == 1
    assert "holdfast plan aurora publish --to DESTINATION -o FILE" in " ".join(result.err.split())


def test_status_and_explain_name_the_two_steps(ready: Desk) -> None:
    assert "holdfast plan aurora publish --to WHERE -o FILE" in ready("status", "aurora", "--as", "lee").out
    planned = plan(ready)
    assert planned.code == 0
    assert "planned: L1 to" in ready("status", "aurora").out


@pytest.mark.parametrize("edit", ["x", "{}", ""])
def test_a_file_that_is_no_plan_is_one_clear_error(ready: Desk, edit: str) -> None:
    (ready.directory / "aurora.plan").write_text(edit)

    result = apply(ready, "--confirm", "aurora")

    assert result.code == 2
    assert "this is no plan" in result.err
    assert "make a new one: holdfast plan" in " ".join(result.err.split())
    assert "JSON" not in result.err


def test_an_edited_plan_is_not_the_one_on_record(ready: Desk) -> None:
    plan(ready)
    path = ready.directory / "aurora.plan"
    said = json.loads(path.read_text())
    said["destination"] = "/srv/elsewhere"
    path.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")))

    result = apply(ready, "--confirm", "aurora")

    assert result.code == 2
    assert "not the one on record: its destination is" in " ".join(result.err.split())


@pytest.fixture
def doubtful(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A release of which nobody can prove whether it left."""

    def vanish(*_: object) -> None:
        for path in (ready.directory / "out").iterdir():
            path.rename(ready.directory / "gone")
        raise PublishingFailed("Input/output error")

    plan(ready)
    with monkeypatch.context() as patch:
        patch.setattr("workflow.publishing.local_directory._Copy.publish", vanish)
        result = apply(ready, "--confirm", "aurora")
    assert result.code == 4
    assert "counts as out since entry" in " ".join(result.err.split())
    return ready


def test_what_nobody_can_prove_is_shown_loudly_and_waits_for_everybody(doubtful: Desk) -> None:
    status = doubtful("status", "aurora").out

    assert "OUT, UNPROVEN: L1 to" in status
    assert "holdfast reconcile aurora L1 --found WHAT" in status
    for person in ("lee", "mara", "ivy"):
        assert "holdfast reconcile aurora L1 --found WHAT" in doubtful("inbox", "--as", person).out


def test_a_person_reconciles_it(doubtful: Desk) -> None:
    wrong = doubtful("reconcile", "aurora", "L1", "--found", "maybe", *by("mara"))
    done = doubtful("reconcile", "aurora", "L1", "--found", "not-published", *by("mara"))

    assert (wrong.code, done.code) == (2, 0)
    assert "and found it NOT published" in " ".join(done.out.split())
    assert "it counts as out all the same" in " ".join(doubtful("status", "aurora").out.split())
    assert "reconcile" not in doubtful("inbox", "--as", "ivy").out
    assert WHY in doubtful("history", "aurora", "-n", "1").out


def test_who_interrupts_an_application_is_not_told_that_nothing_happened(
    ready: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(ready)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("workflow.publishing.local_directory._Copy.publish", interrupted)
        result = apply(ready, "--confirm", "aurora")

    assert result.code == 130
    assert "aurora may have begun to leave" in result.err
    assert "did not happen" not in result.err
    assert "OUT, UNPROVEN" in ready("status", "aurora").out
    assert apply(ready, "--confirm", "aurora").code == 0


# What a newcomer is told.


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_says_who_has_signed_and_who_has_not_yet(ready: Desk) -> None:
    ready.does("unsign", "aurora", "S1", *by("mara"))
    some = plan(ready)
    for person, identifier in (("jun", "S2"), ("ivy", "S3")):
        ready.does("unsign", "aurora", identifier, *by(person))
    none = plan(ready)

    assert "signed by jun, entry" in flat(some.out)
    assert "(1 more to approve as safety)" in flat(some.out)
    assert "signed by nobody yet (2 more to approve as safety and 1 more to approve as legal)" in flat(none.out)
    assert "asks for no sign-off" not in some.out + none.out


def test_a_trigger_that_does_not_lead_on_from_here_is_a_plain_no_and_asks_nobody(ready: Desk) -> None:
    plan(ready)
    apply(ready, "--confirm", "aurora")
    (ready.directory / "aurora.plan").unlink()
    out = ready("explain", "aurora", "publish", "--as", "lee")
    again = plan(ready, "--command-id", "again")
    ready.does("advance", "aurora", "withdraw", *by("lee"))
    over = ready("explain", "aurora", "withdraw")

    assert (out.code, again.code, over.code) == (1, 1, 1)
    for shown in (out, again):
        assert "NO: aurora 2.1 may not leave review for public" in flat(shown.out)
        assert "aurora is in public; `publish` leads from review. From public leads `withdraw`." in flat(shown.out)
        for asked in ("who can", "more to approve", "sign-offs", "to look", "holdfast sign", "holdfast explain"):
            assert asked not in shown.out
    assert "leads from testing or review or delay or public. From withdrawn leads nothing on." in flat(over.out)


def test_a_destination_that_the_process_does_not_allow_is_the_first_thing_said(ready: Desk) -> None:
    wrong = ("plan", "aurora", "publish", "--to", "elsewhere", "-o", "aurora.plan", *by("lee"))
    result = ready(*wrong)
    ready.does("unsign", "aurora", "S1", *by("mara"))
    waiting = ready(*wrong)

    assert result.code == waiting.code == 1
    for shown in (result, waiting):
        assert shown.out.startswith("NO: not to elsewhere: ")
        assert "YES" not in shown.out
        assert f"--to {to(ready).parent}/NAME, an absolute path" in flat(shown.out)
    assert "holdfast plan aurora publish --to DESTINATION" in result.err


def test_a_time_that_is_too_long_is_told_also_while_the_gate_is_closed(ready: Desk) -> None:
    ready.does("unsign", "aurora", "S1", *by("mara"))

    result = plan(ready, "--for", "8d")

    assert result.code == 2
    assert "for 7 days at most" in flat(result.err)


def test_an_application_says_what_is_published_and_where(ready: Desk) -> None:
    plan(ready)

    done = flat(apply(ready, "--confirm", "aurora").out)

    assert f"PUBLISHED: aurora is at {to(ready)} (2 files, 19 bytes, of digest" in done


def test_a_plan_says_how_it_ends(ready: Desk) -> None:
    assert "It ends by itself: then, or as soon as what it rests on changes." in flat(plan(ready).out)


def test_status_is_no_success_while_something_is_out_and_unproven(doubtful: Desk) -> None:
    before = doubtful("status", "aurora").code
    doubtful.does("reconcile", "aurora", "L1", "--found", "published", *by("mara"))

    assert (before, doubtful("status", "aurora").code != 4) == (4, True)


def test_who_signs_at_a_gate_that_publishes_is_shown_the_plan(ready: Desk) -> None:
    ready.does("unsign", "aurora", "S1", *by("mara"))

    shown = ready("sign", "aurora", "publish", "--approve", *by("mara"), typed=ready.basis()[:8] + "\n")

    assert "holdfast plan aurora publish --to WHERE -o FILE" in flat(shown.out)
    assert "holdfast advance" not in shown.out


def test_who_may_not_call_is_told_so_and_waits_no_longer_than_for_others(ready: Desk) -> None:
    may = ready("explain", "aurora", "publish", "--as", "lee", "--json")
    settled = ready("explain", "aurora", "publish", "--as", "mara")
    ready.does("unsign", "aurora", "S1", *by("mara"))
    waiting = ready("explain", "aurora", "publish", "--as", "mara", "--json")
    unknown = ready("explain", "aurora", "publish", "--as", "maar")

    assert (may.json["asker"], may.json["may_call"]) == ("lee", True)
    assert settled.code == 1
    assert "mara may not call `publish`: whoever calls it must be lead (lee)." in flat(settled.out)
    assert (waiting.code, waiting.json["asker"], waiting.json["may_call"]) == (8, "mara", False)
    assert unknown.code == 2
    assert "maar is not on the roster" in unknown.err


def test_a_plan_whose_basis_moved_is_stale_and_says_what_changed_and_who_has_to_sign_again(ready: Desk) -> None:
    plan(ready)
    ready.does("review", "aurora", "biosecurity", "acceptable", *by("jun"))
    changed = (
        "new: jun as safety found biosecurity acceptable; so these approvals do not count any more: mara, jun, ivy"
    )

    status = flat(ready("status", "aurora").out)
    seen = ready("status", "aurora", "--json").json["publications"][0]
    refused = apply(ready, "--confirm", "aurora")

    assert "planned: L1" not in status
    assert f"stale: the plan L1 to {to(ready)} by lee is good for nothing any more: {changed}" in status
    assert (seen["usable"], "; ".join(seen["stale"])) == (False, changed)
    assert refused.code == 1
    assert changed in flat(refused.err)


def test_a_plan_of_other_files_says_that_they_were_replaced(ready: Desk) -> None:
    plan(ready)
    (ready.directory / "model" / "config.json").write_text("{}  ")
    ready.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))

    for shown in (ready("status", "aurora").out, apply(ready, "--confirm", "aurora").err):
        assert "was replaced by" in flat(shown)
