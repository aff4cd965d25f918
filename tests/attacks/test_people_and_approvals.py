"""Attacks by a dishonest lead, signer, author or administrator, through the library as it is meant to be used."""

from __future__ import annotations

import shutil

import pytest
from attacked import PROCESS, WHY, Lab, refused, why

from tests.attacks.owned import tampering
from workflow import (
    DefinitionError,
    Engine,
    Exposure,
    GateDenied,
    InvalidInput,
    PolicyErrored,
    Refused,
    SignOffRejected,
    WorkflowError,
    commands,
    open_engine,
)
from workflow.drafting import Draft, draft_entry
from workflow.events import LedgerCreated, TransitionMade
from workflow.ledger import SaltedText, release_stream
from workflow.pipeline import Pipeline
from workflow.storage import Append, open_storage

SIGN_OFFS = ("sign_offs", "sign-offs-missing")


@pytest.fixture
def ready(lab: Lab) -> Engine:
    """A release that would be published if nobody attacked it."""
    return lab.ready()


def test_the_release_that_is_attacked_would_be_published(ready: Engine) -> None:
    ready.advance("aurora", "publish", actor="lee", rationale=WHY)

    assert ready.status("aurora").stage == "public"
    assert ready.audit().outcome == "ok"


def test_row_1_an_approval_of_the_same_name_and_version_does_not_count_for_other_weights(
    lab: Lab, ready: Engine
) -> None:
    ready.replace_candidate(
        "aurora", lab.model("model", weights="worse weights"), authors=["kim"], actor="lee", rationale=WHY
    )
    lab.judge()
    lab.clock.forward("2h")

    assert why(refused(ready)) == {SIGN_OFFS}
    assert ready.audit().outcome == "ok"


def test_row_2_files_that_were_overwritten_after_the_approvals_are_not_published(lab: Lab, ready: Engine) -> None:
    (lab.directory / "model" / "model.safetensors").write_text("worse weights", encoding="utf-8")

    assert why(refused(ready)) == {("candidate_unchanged", "candidate-changed")}

    (lab.directory / "model" / "model.safetensors").write_text("weights", encoding="utf-8")
    (lab.directory / "model" / "backdoor.safetensors").write_text("more", encoding="utf-8")
    assert why(refused(ready)) == {("candidate_unchanged", "candidate-changed")}


def test_row_3_a_refusal_stands_whatever_else_is_brought(lab: Lab, ready: Engine) -> None:
    ready.sign_off("aurora", "publish", role="safety", actor="priya", decision="reject", rationale=WHY)
    lab.sign("mara", "safety")
    lab.sign("jun", "safety")

    assert why(refused(ready)) == {("objections", "rejected")}


def test_row_4_one_missing_signature_is_missing_whatever_stands_beside_it(lab: Lab, ready: Engine) -> None:
    ready.withdraw_sign_off("aurora", "S3", actor="sam", rationale=WHY)
    with pytest.raises(SignOffRejected, match="does not ask legal"):
        lab.sign("ivy", "legal")
    with pytest.raises(Refused, match="does not hold the role security"):
        lab.sign("mara", "security")

    assert why(refused(ready)) == {SIGN_OFFS}


def test_row_6_one_person_with_two_roles_fills_one_place(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    lab.sign("mara", "safety")
    lab.sign("priya", "safety")
    lab.sign("priya", "security")
    lab.clock.forward("2h")

    assert why(refused(engine)) == {SIGN_OFFS}


def test_row_6_one_person_counts_once_however_often_they_approve(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    for _ in range(3):
        lab.sign("mara", "safety")
    lab.sign("sam", "security")
    lab.clock.forward("2h")

    assert why(refused(engine)) == {SIGN_OFFS}


@pytest.mark.parametrize("actor", ["lee", "kim"])
def test_row_7_the_requester_and_the_author_are_excluded_through_the_library_too(
    lab: Lab, ready: Engine, actor: str
) -> None:
    lab.agreed(ready.grant("lee", ["safety"], actor="ana", rationale=WHY))
    with pytest.raises(SignOffRejected, match=r"requester|author"):
        lab.sign(actor, "safety")
    for act in (
        lambda: ready.review("aurora", "biosecurity", "acceptable", role="safety", actor=actor, rationale=WHY),
        lambda: ready.set_aside("aurora", "E1", role="safety", actor=actor, rationale=WHY),
    ):
        with pytest.raises(Refused):
            act()


def test_row_7_whoever_publishes_is_a_requester_at_that_moment(lab: Lab, ready: Engine) -> None:
    lab.agreed(ready.grant("mara", ["lead"], actor="ana", rationale=WHY))

    assert why(refused(ready, actor="mara")) == {SIGN_OFFS}


def test_row_7_an_administrator_alone_grants_nothing(lab: Lab, ready: Engine) -> None:
    proposed = ready.add_person("eve", roles=["safety"], actor="ana", rationale=WHY)
    with pytest.raises(WorkflowError):
        ready.approve_change(proposed.events[0].id, actor="ana", rationale=WHY)  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        ready.approve_change(proposed.events[0].id, actor="lee", rationale=WHY)  # type: ignore[attr-defined]

    with pytest.raises(Refused, match="not on the roster"):
        lab.sign("eve", "safety")


def test_row_8_an_expired_approval_does_not_come_back_with_the_clock(lab: Lab, ready: Engine) -> None:
    lab.clock.forward("31d")
    assert why(refused(ready)) == {SIGN_OFFS}
    lab.clock.back("31d")

    refusal = refused(ready)

    assert isinstance(refusal, PolicyErrored)
    assert {verdict.policy for verdict in refusal.verdicts if not verdict.allow} >= {"sign_offs", "soak"}


def test_row_8_no_command_takes_a_time_from_its_caller(lab: Lab, ready: Engine) -> None:
    for field in ("at", "now", "time", "evaluated_at"):
        with pytest.raises(TypeError):
            ready.advance("aurora", "publish", actor="lee", rationale=WHY, **{field: lab.clock.now()})  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="Extra inputs"):
            commands.Advance(actor="lee", release="aurora", trigger="publish", **{field: lab.clock.now()})


def test_row_9_an_approval_of_the_same_bytes_in_another_release_does_not_count(lab: Lab, ready: Engine) -> None:
    folder = lab.directory / "model"
    lab.start("second", folder=folder)
    ready.advance("second", "submit", actor="lee", rationale=WHY)
    lab.judge("second", folder=folder)
    lab.clock.forward("2h")

    assert why(refused(ready, "second")) == {SIGN_OFFS}


def test_row_9_an_approval_of_another_transition_or_an_earlier_round_does_not_count(lab: Lab, ready: Engine) -> None:
    basis = lab.basis(trigger="withdraw")
    with pytest.raises(SignOffRejected, match="has changed"):
        ready.sign_off("aurora", "publish", role="safety", actor="priya", rationale=WHY, basis=basis)
    ready.advance("aurora", "back", actor="mara", rationale=WHY)
    ready.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.clock.forward("2h")

    assert why(refused(ready)) == {SIGN_OFFS}


def test_row_9_an_approval_is_not_given_ahead_from_another_stage(lab: Lab) -> None:
    lab.start()
    with pytest.raises(SignOffRejected, match="would not count"):
        lab.sign("mara", "safety")


def test_row_9_the_entries_of_one_ledger_do_not_fit_into_another(lab: Lab, ready: Engine) -> None:
    entry = ready.history("aurora")[0]
    other = Lab(lab.directory / "other", lab.clock)
    other.directory.mkdir()
    other.create()
    other.start(folder=lab.directory / "model")
    other.close()
    source, target = open_storage(lab.url), open_storage(other.url)
    stored = source.entry(entry.entry)
    assert stored is not None
    with pytest.raises(WorkflowError), target.lock() as unit:
        unit.append(Append(stored, source.head()))
    source.close()
    target.close()

    assert other.open().audit().outcome == "ok"
    other.close()


def test_row_10_what_changed_between_looking_and_approving_is_refused(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    seen = lab.basis()
    engine.attach("aurora", lab.report("bio_uplift-0.31"), actor="lee", rationale=WHY)

    with pytest.raises(SignOffRejected, match="has changed"):
        engine.sign_off("aurora", "publish", role="safety", actor="mara", rationale=WHY, basis=seen)


def test_row_10_what_changed_between_approving_and_publishing_ends_the_approvals(lab: Lab, ready: Engine) -> None:
    ready.review("aurora", "biosecurity", "unclear", role="safety", actor="priya", rationale=WHY)

    assert SIGN_OFFS in why(refused(ready))


def test_row_17_a_newer_approval_does_not_carry_one_that_was_taken_back(lab: Lab, ready: Engine) -> None:
    ready.withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY)
    assert why(refused(ready)) == {SIGN_OFFS}
    again = lab.sign("mara", "safety")
    ready.withdraw_sign_off("aurora", again.events[0].id, actor="mara", rationale=WHY)  # type: ignore[attr-defined]

    assert why(refused(ready)) == {SIGN_OFFS}


def test_row_17_a_role_that_was_lost_takes_its_approvals_along_and_does_not_bring_them_back(
    lab: Lab, ready: Engine
) -> None:
    lab.agreed(ready.revoke("sam", ["security"], actor="ana", rationale=WHY))
    assert why(refused(ready)) == {SIGN_OFFS}
    lab.agreed(ready.grant("sam", ["security"], actor="ana", rationale=WHY))

    assert why(refused(ready)) == {SIGN_OFFS}


def test_row_18_files_that_cannot_be_looked_at_do_not_pass(lab: Lab, ready: Engine) -> None:
    shutil.rmtree(lab.directory / "model")

    refusal = refused(ready)

    assert isinstance(refusal, PolicyErrored)
    assert why(refusal) == {("candidate_unchanged", "cannot-tell")}


@pytest.mark.parametrize("log", ["cyber_range-errored", "refusal_rate-cancelled"])
def test_row_18_a_run_that_did_not_end_is_no_evidence(lab: Lab, log: str) -> None:
    process = lab.process(PROCESS.replace("bio_uplift", log.partition("-")[0]))
    engine = lab.open()
    loaded = engine.load_process(process)
    lab.agreed(engine.allow_process(loaded, Exposure.WEIGHTS, actor="ana", rationale=WHY))
    engine.start("aurora", lab.model(), process=loaded, authors=["kim"], actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    engine.attach("aurora", lab.report(log), actor="lee", rationale=WHY)

    assert ("evidence", "inconclusive") in why(refused(engine))


def test_row_18_a_clock_that_fails_lets_nothing_through_and_records_nothing(lab: Lab, ready: Engine) -> None:
    class Broken:
        def now(self) -> None:
            raise OSError("no clock")

    size = ready.audit().entries
    lab.close()
    with open_engine(lab.url, clock=Broken()) as engine, pytest.raises(OSError, match="no clock"):  # type: ignore[arg-type]
        engine.advance("aurora", "publish", actor="lee", rationale=WHY)

    assert lab.open().audit().entries == size


def test_row_19_a_published_release_takes_no_other_bytes(lab: Lab, ready: Engine) -> None:
    ready.advance("aurora", "publish", actor="lee", rationale=WHY)
    worse = lab.model("worse", weights="worse weights")
    for _ in range(2):
        with pytest.raises(Refused, match="does not change any more"):
            ready.replace_candidate("aurora", worse, authors=["kim"], actor="lee", rationale=WHY)
        if ready.status("aurora").stage == "public":
            ready.advance("aurora", "withdraw", actor="lee", rationale=WHY)


def test_row_20_the_inner_way_of_a_command_passes_the_same_gate(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    pipeline: Pipeline = engine._pipeline

    with pytest.raises(GateDenied):
        pipeline.execute(
            commands.Advance(actor="lee", release="aurora", trigger="publish"), {"rationale": WHY}, command_id="inner"
        )
    with pytest.raises(InvalidInput, match="holds a ledger already"):
        genesis = engine.history()[-1].events[0]
        engine.begin(LedgerCreated.model_validate(genesis), actor="lee", origin="lab.example", rationale=WHY, blobs=())
    assert engine.status("aurora").stage == "review"
    assert engine.audit().outcome == "ok"


def test_row_20_an_entry_written_past_the_engine_is_named_by_the_audit(lab: Lab) -> None:
    """Whoever may write to the database can append; what they append is decided again."""
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    moved = TransitionMade(
        trigger="publish",
        source="review",
        dest="public",
        forward=True,
        exposure=Exposure.WEIGHTS,
        irreversible=True,
        basis=lab.basis(),
    )
    command = commands.Advance(actor="lee", release="aurora", trigger="publish")
    draft = Draft("lee", "forged", command.digest(), {"rationale": SaltedText.of(WHY)})
    storage = engine._pipeline.storage
    with storage.lock() as unit:
        stream = release_stream("aurora")
        _, append = draft_entry(
            draft,
            (moved,),
            origin="lab.example",
            stream=stream,
            head=unit.head(),
            last=unit.stream_head(stream),
            now=lab.clock.now(),
        )
        unit.append(append)
        unit.commit()

    problems = engine.audit().problems
    assert ("not-allowed", append.entry.seq) in {(problem.kind, problem.entry) for problem in problems}


def test_row_20_nothing_that_the_engine_offers_sets_a_stage() -> None:
    names = {name for name in dir(Engine) if not name.startswith("_")}

    assert not {name for name in names if "stage" in name or name.startswith(("set_s", "to_", "force", "append"))}


def test_row_21_an_audit_says_what_it_covered_and_which_stream_is_damaged(copy: Lab) -> None:
    whole = copy.open().audit()
    copy.close()
    assert (whole.entries, whole.releases, whole.streams) == (73, 3, 5)
    with tampering(copy.database) as connection:
        connection.execute(
            "UPDATE entry SET body = exchanged(body, '{', ' {') WHERE stream = 'release/beta' AND version = 1"
        )
    engine = copy.open()

    assert "release/aurora" not in {problem.stream for problem in engine.audit().problems}
    assert engine.audit().first_bad == engine.audit().problems[0].entry == 64


def test_row_22_a_refusal_is_not_washed_out_by_going_back_and_forth(lab: Lab, ready: Engine) -> None:
    ready.sign_off("aurora", "publish", role="safety", actor="priya", decision="reject", rationale=WHY)
    ready.advance("aurora", "back", actor="lee", rationale=WHY)
    ready.advance("aurora", "submit", actor="lee", rationale=WHY)

    assert ("objections", "rejected") in why(refused(ready))


@pytest.mark.parametrize(
    "how", ["the same files", "one shared weight file", "a declared child", "other files after it"]
)
def test_row_22_a_refusal_follows_the_bytes_into_another_release(lab: Lab, how: str) -> None:
    folder = lab.model()
    lab.start("first", folder=folder)
    engine = lab.open()
    engine.sign_off("first", "publish", role="safety", actor="priya", decision="reject", rationale=WHY)
    other = lab.model("other", weights="weights" if how == "one shared weight file" else "others")
    (other / "config.json").write_text("{}", encoding="utf-8")
    parents = {"a declared child": ["first"], "other files after it": ["first"]}.get(how, [])
    lab.start("second", folder=folder if how == "the same files" else other, parents=parents)
    if how == "other files after it":
        last = lab.model("last", weights="again others")
        engine.replace_candidate("second", last, authors=["kim"], actor="lee", rationale=WHY)
    engine.advance("second", "submit", actor="lee", rationale=WHY)

    assert ("objections", "rejected") in why(refused(engine, "second"))


def test_row_23_refused_attempts_and_other_people_s_acts_move_no_basis(lab: Lab, ready: Engine) -> None:
    ready.advance("aurora", "back", actor="lee", rationale=WHY)
    ready.advance("aurora", "submit", actor="lee", rationale=WHY)
    basis = lab.basis()
    for _ in range(5):
        refused(ready)
    document = lab.directory / "notes.md"
    document.write_text("notes", encoding="utf-8")
    ready.attach("aurora", document, name="notes", declare_as="lead", actor="lee", rationale=WHY)
    ready.statement("aurora", "we are nearly there", role="lead", actor="lee")
    ready.hold("aurora", role="security", actor="sam", rationale=WHY)
    lab.start("second", folder=lab.directory / "model")
    lab.sign("mara", "safety")

    assert lab.basis() == basis


def test_row_25_a_process_of_one_s_own_starts_nothing_that_can_be_published(lab: Lab) -> None:
    asked = "      - risk_areas: {areas: [biosecurity], roles: [safety], reviewers: 1}\n"
    assert asked in PROCESS
    easy = PROCESS.replace(asked, "")
    engine = lab.open()
    process = engine.load_process(lab.process(easy, "easy.yaml"))

    with pytest.raises(Refused) as refusal:
        engine.start("aurora", lab.model(), process=process, authors=["kim"], actor="lee", rationale=WHY)
    assert refusal.value.reason == "not-chartered"
    assert engine.audit().outcome == "ok"


def test_row_25_a_process_that_left_the_charter_leads_no_further(lab: Lab, ready: Engine) -> None:
    process = next(line.process for line in ready.roster().charter if line.name == "guarded")
    lab.agreed(ready.disallow_process(process, actor="ana", rationale=WHY))

    assert why(refused(ready)) == {("charter", "not-chartered")}


def test_row_25_no_process_can_leave_out_what_stands_at_every_raise(lab: Lab) -> None:
    before, _, after = PROCESS.partition("  publish:\n")
    bare = (
        before
        + """  publish:
    from: review
    to: public
    means: for good
    gate:
      - candidate_unchanged
      - sign_offs: {role: safety, count: 2}
  withdraw:"""
        + after.partition("  withdraw:")[2]
    )
    process = lab.open().load_process(lab.process(bare, "bare.yaml"))

    gate = {spec.policy for spec in process.transition("publish").gate}
    assert gate >= {"charter", "holds", "objections", "requirements"}
    with pytest.raises(DefinitionError, match="nothing undoes"):
        lab.open().load_process(lab.process(bare.replace("count: 2", "count: 1"), "bare.yaml"))


def test_row_28_time_alone_opens_nothing(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    engine.hold("aurora", role="security", actor="sam", rationale=WHY, review_by=lab.clock.now().replace(year=2026))
    engine.require(
        "aurora", "a second opinion", role="legal", actor="ivy", rationale=WHY, due=lab.clock.now().replace(year=2026)
    )
    engine.schedule("aurora", lab.clock.now().replace(year=2027), actor="lee", rationale=WHY)
    lab.clock.forward("3650d")

    assert why(refused(engine)) >= {("holds", "hold"), ("requirements", "requirement-overdue"), SIGN_OFFS}
    assert engine.status("aurora").stage == "review"


def test_row_28_what_time_takes_away_stays_away(lab: Lab, ready: Engine) -> None:
    lab.clock.forward("3650d")

    assert why(refused(ready)) == {SIGN_OFFS}
