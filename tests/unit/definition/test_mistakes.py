"""Each mistake in a process is refused at its line, and named in words for whoever wrote it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from process_texts import HERE, SIMPLE, edited, marked_line

from workflow.definition import load_process, read_process
from workflow.errors import DefinitionError
from workflow.registry import Registry


def problems_of(text: str, registry: Registry | None = None) -> list[tuple[int, str, str]]:
    with pytest.raises(DefinitionError) as caught:
        load_process(text, registry or Registry(), file="p.yaml")
    return [(problem.line, problem.field, problem.message) for problem in caught.value.problems]


@dataclass(frozen=True)
class Mistake:
    """A change to the text, which also marks the line; the field and the words that the message must have."""

    old: str
    new: str
    field: str
    words: str


FORM = {
    "a key that does not exist": Mistake(
        "means: Something small.", f"meens: x {HERE}", "meens", "did you mean `means`?"
    ),
    "a key of a role that does not exist": Mistake(
        "{means: looks for harm}", f"{{mean: x}} {HERE}", "roles.safety.mean", "did you mean `means`?"
    ),
    "a key of a stage that does not exist": Mistake(
        "  hosted: {exposure: hosted}",
        f"  hosted: {{exposure: hosted, holds: x}} {HERE}",
        "stages.hosted.holds",
        "did you mean `hold`?",
    ),
    "a key of a hold that does not exist": Mistake(
        "count: 2, review_within: 14d}}",
        f"count: 2, release_by: 14d}}}} {HERE}",
        "stages.delay.hold.release_by",
        "unknown key; known are: role, count, review_within",
    ),
    "a key of a transition that does not exist": Mistake(
        "    means: Nothing undoes this.", f"    mean: x {HERE}", "transitions.publish.mean", "did you mean `means`?"
    ),
    "a key that is missing": Mistake(
        "process: simple\nversion: 3", f"process: simple {HERE}", "version", "this key is missing"
    ),
    "a key of a transition that is missing": Mistake(
        "  publish:\n    from: hosted\n", f"  publish: {HERE}\n", "transitions.publish.from", "this key is missing"
    ),
    "a stage without exposure": Mistake(
        "review: {exposure: internal}", f"review: {{means: x}} {HERE}", "stages.review.exposure", "this key is missing"
    ),
    "an exposure that does not exist": Mistake(
        "{exposure: hosted}", f"{{exposure: public}} {HERE}", "stages.hosted.exposure", "'internal', 'vetted', 'hosted'"
    ),
    "an authority that does not exist": Mistake(
        "authority: advice}", f"authority: veta}} {HERE}", "roles.lead.authority", "'veto' or 'advice' is wanted"
    ),
    "a version that is no number": Mistake("version: 3", f"version: v3 {HERE}", "version", "a whole number is wanted"),
    "a version of nothing": Mistake("version: 3", f"version: 0 {HERE}", "version", "too small: at least 1"),
    "a version beyond counting": Mistake("version: 3", f"version: 1{'0' * 20} {HERE}", "version", "too large"),
    "a solo that is neither": Mistake("version: 3", f"version: 3\nsolo: perhaps {HERE}", "solo", "true or false"),
    "a name with a capital": Mistake(
        "process: simple", f"process: Simple {HERE}", "process", "is not a name: small letters"
    ),
    "a stage whose name is no name": Mistake(
        "  hosted: {exposure: hosted}", f"  api 2: {{exposure: hosted}} {HERE}", "stages.api 2", "is not a name"
    ),
    "a text where a list belongs": Mistake(
        "started_by: [lead]", f"started_by: lead {HERE}", "started_by", "a list is wanted here, such as [lead]"
    ),
    "nobody who may start": Mistake("started_by: [lead]", f"started_by: [] {HERE}", "started_by", "at least one"),
    "a list where keys belong": Mistake(
        "{means: looks for harm}", f"[harm] {HERE}", "roles.safety", "keys with values are wanted here, not a list"
    ),
    "a mapping where a text belongs": Mistake(
        "means: Something small.", f"means: {{a: b}} {HERE}", "means", "a text is wanted here, not a mapping"
    ),
    "a time to review that is no length of time": Mistake(
        "review_within: 14d",
        f"review_within: soon}}}} {HERE} #",
        "stages.delay.hold.review_within",
        "write it like 14d",
    ),
}

RULES = {
    "a policy that does not exist": Mistake(
        "      - candidate_unchanged", f"      - candidate_same {HERE}", "transitions.publish.gate[1]", "no policy"
    ),
    "a policy of somebody's own that was not allowed": Mistake(
        "      - candidate_unchanged", f"      - mine:Rule {HERE}", "transitions.publish.gate[1]", "is not allowed here"
    ),
    "a parameter that does not exist": Mistake(
        "          expires_after: 30d",
        f"          expires: 30d {HERE}",
        "transitions.host.gate[2].sign_offs.expires",
        "did you mean `expires_after`?",
    ),
    "a parameter that is missing": Mistake(
        "      - sign_offs: {role: safety, count: 1}",
        f"      - sign_offs: {{role: safety}} {HERE}",
        "transitions.submit.gate[2].sign_offs.count",
        "this key is missing",
    ),
    "parameters for a policy that takes none": Mistake(
        "gate: [holds]}",
        f"gate: [{{holds: {{a: b}}}}]}} {HERE}",
        "transitions.resume.gate[1].holds.a",
        "unknown key",
    ),
    "a parameter that a policy refuses": Mistake(
        "          count: 1", f"          count: 0 {HERE}", "transitions.host.gate[2].sign_offs.count", "at least 1"
    ),
    "a length of time that is none": Mistake(
        "          expires_after: 30d",
        f"          expires_after: 30 days {HERE}",
        "transitions.host.gate[2].sign_offs.expires_after",
        "write it like 14d, 72h or 1d12h",
    ),
    "a text where a policy wants a list": Mistake(
        "          roles: [lead]", f"          roles: lead {HERE}", "transitions.host.gate[1].actor.roles", "a list"
    ),
    "a parameter without a name": Mistake(
        "      - sign_offs: {role: safety, count: 1}",
        f"      - sign_offs: safety {HERE}",
        "transitions.submit.gate[2]",
        "the parameters of sign_offs have names",
    ),
    "a bound in two directions": Mistake(
        "      - candidate_unchanged",
        "      - candidate_unchanged\n"
        f"      - evidence: {{name: bio, metric: accuracy, at_most: 0.1, at_least: 0.2}} {HERE}",
        "transitions.publish.gate[2].evidence",
        "exactly one of at_most and at_least",
    ),
    "a number that is none": Mistake(
        "      - candidate_unchanged",
        f"      - candidate_unchanged\n      - evidence: {{name: bio, metric: accuracy, at_most: low}} {HERE}",
        "transitions.publish.gate[2].evidence.at_most",
        "is not a decimal number",
    ),
}

NAMES = {
    "a role that starts but is not defined": Mistake(
        "started_by: [lead]", f"started_by: [lead, leed] {HERE}", "started_by[2]", "did you mean `lead`?"
    ),
    "a role of a hold that is not defined": Mistake(
        "hold: {role: safety", f"hold: {{role: safely, count: 2}}}} {HERE} #", "stages.delay.hold.role", "`safety`?"
    ),
    "a role of a policy that is not defined": Mistake(
        "          roles: [lead]",
        f"          roles:\n            - lead\n            - legal {HERE}",
        "transitions.host.gate[1].actor.roles[2]",
        "nobody defined the role `legal`",
    ),
    "a role of a sign-off that is not defined": Mistake(
        "          role: safety",
        f"          role: security {HERE}",
        "transitions.host.gate[2].sign_offs.role",
        "nobody defined the role `security`",
    ),
    "a source that is not defined": Mistake(
        "from: [testing, review]\n",
        f"from: [testing, revue] {HERE}\n",
        "transitions.delay.from[2]",
        "there is no stage `revue`; did you mean `review`?",
    ),
    "a destination that is not defined": Mistake(
        "    to: public", f"    to: publik {HERE}", "transitions.publish.to", "did you mean `public`?"
    ),
    "a source that stands twice": Mistake(
        "from: [testing, review]\n", f"from: [review, review] {HERE}\n", "transitions.delay.from[2]", "stands twice"
    ),
    "a trigger that the machine keeps for itself": Mistake(
        "  publish:", f"  state: {HERE}", "transitions.state", "cannot be used as a trigger"
    ),
}

ROLES = {
    "a role that excludes one that is not defined": Mistake(
        "{means: looks for harm}",
        f"{{not_with: [lead, leed]}} {HERE}",
        "roles.safety.not_with[2]",
        "nobody defined the role `leed`; did you mean `lead`?",
    ),
    "a role that excludes itself": Mistake(
        "{means: looks for harm}", f"{{not_with: [safety]}} {HERE}", "roles.safety.not_with[1]", "names the role itself"
    ),
    "a role that excludes another twice": Mistake(
        "{means: looks for harm}",
        f"{{not_with: [lead, lead]}} {HERE}",
        "roles.safety.not_with[2]",
        "`lead` stands twice",
    ),
    "an exclusion that is no list": Mistake(
        "{means: looks for harm}", f"{{not_with: lead}} {HERE}", "roles.safety.not_with", "a list is wanted here"
    ),
    "a component without a name": Mistake(
        "{means: looks for harm}",
        f"{{depends_on: [weights, '']}} {HERE}",
        "roles.safety.depends_on[2]",
        "'' is not the name of a component; use up to 64 lower-case letters",
    ),
    "a component that stands twice": Mistake(
        "{means: looks for harm}",
        f"{{depends_on: [weights, tokenizer, weights]}} {HERE}",
        "roles.safety.depends_on[3]",
        "`weights` stands twice",
    ),
    "a pin that is neither": Mistake(
        "{means: looks for harm}", f"{{pin: perhaps}} {HERE}", "roles.safety.pin", "true or false is wanted"
    ),
    "a signed that is neither": Mistake("signed: true", f"signed: perhaps {HERE}", "signed", "true or false is wanted"),
}

STAGES = {
    "a first stage that is exposed": Mistake(
        "testing: {exposure: internal,",
        f"testing: {{exposure: vetted, means: x}} {HERE} #",
        "stages.testing.exposure",
        "before any gate",
    ),
    "a withdrawn that is exposed": Mistake(
        "withdrawn: {exposure: internal}",
        f"withdrawn: {{exposure: vetted}} {HERE}",
        "stages.withdrawn.exposure",
        "must be internal",
    ),
    "a withdrawn that waits": Mistake(
        "withdrawn: {exposure: internal}",
        f"withdrawn: {{exposure: internal, hold: {{role: safety, count: 1}}}} {HERE}",
        "stages.withdrawn.hold",
        "waits for nothing",
    ),
    "a delay without a hold": Mistake(
        "delay: {exposure: internal, hold:",
        f"delay: {{exposure: internal}} {HERE} #",
        "stages.delay",
        "a delay needs a `hold`",
    ),
    "a held release that is out": Mistake(
        "  hosted: {exposure: hosted}",
        f"  hosted: {{exposure: hosted, hold: {{role: safety, count: 1}}}} {HERE}",
        "stages.hosted.exposure",
        "nobody outside has it",
    ),
    "a way out of withdrawn": Mistake(
        "  resume: {from: delay,",
        f"  resume: {{from: [delay, withdrawn], {HERE}\n    ",
        "transitions.resume.from",
        "nothing leads out",
    ),
    "a way back from public weights": Mistake(
        "  resume: {from: delay,",
        f"  resume: {{from: [delay, public], {HERE}\n    ",
        "transitions.resume.from",
        "weights that are out do not come back",
    ),
}

GATES = {
    "an empty gate": Mistake("gate: [holds]}", f"gate: []}} {HERE}", "transitions.resume.gate", "an empty gate"),
    "a gate that is empty but for what is added": Mistake(
        "    from: review\n    to: hosted\n    gate:\n      - actor:\n          roles: [lead]\n"
        "      - sign_offs:\n          role: safety\n          count: 1\n          expires_after: 30d\n",
        f"    from: review\n    to: hosted\n    gate: {HERE}\n      - charter\n      - objections\n",
        "transitions.host.gate",
        "empty but for what every raise has (charter, holds, objections, requirements)",
    ),
    "the same rule twice": Mistake(
        "      - candidate_unchanged",
        f"      - candidate_unchanged\n      - candidate_unchanged: {{}} {HERE}",
        "transitions.publish.gate[2].candidate_unchanged",
        "the same rule stands twice",
    ),
    "the same sign-offs twice": Mistake(
        "      - sign_offs: {role: safety, count: 1}",
        f"      - sign_offs: {{role: safety, count: 1}}\n      - sign_offs: {{role: safety, count: 1}} {HERE}",
        "transitions.submit.gate[3].sign_offs",
        "the same rule stands twice",
    ),
    "two quorums of one role": Mistake(
        "      - sign_offs: {role: safety, count: 1}",
        f"      - sign_offs: {{role: safety, count: 1}}\n      - sign_offs: {{role: safety, count: 2}} {HERE}",
        "transitions.submit.gate[3].sign_offs",
        "write one sign_offs with the whole count",
    ),
    "weights that one person lets out": Mistake(
        "    gate:\n      - candidate_unchanged\n      - sign_offs: {role: safety, count: 2}",
        f"    gate: {HERE}\n      - candidate_unchanged\n      - sign_offs: {{role: safety, count: 1}}",
        "transitions.publish.gate",
        "with 1 signer: demand 2 or more",
    ),
    "weights that leave without being compared": Mistake(
        "    gate:\n      - candidate_unchanged\n",
        f"    gate: {HERE}\n",
        "transitions.publish.gate",
        "without `candidate_unchanged`",
    ),
}
MISTAKES = {**FORM, **RULES, **NAMES, **ROLES, **STAGES, **GATES}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_refused_at_its_line_and_alone(mistake: Mistake) -> None:
    text = edited((mistake.old, mistake.new))

    ((line, field, message),) = problems_of(text)

    assert line == marked_line(text)
    assert field == mistake.field
    assert mistake.words in message


@pytest.mark.parametrize("key", ["pin", "sealed"])
def test_what_only_a_signature_proves_is_refused_where_nothing_is_signed(key: str) -> None:
    changed = ("{means: looks for harm}", f"{{{key}: true}} {HERE}")

    ((line, field, message),) = problems_of(text := edited(changed, ("signed: true\n", "")))

    assert (line, field) == (marked_line(text), f"roles.safety.{key}")
    assert message.startswith("nothing is signed here, and a claim proves nothing")
    assert load_process(edited(changed), Registry()).signed


def test_two_roles_of_one_gate_may_exclude_each_other_because_different_people_fill_them() -> None:
    text = edited(
        ("{means: looks for harm}", "{not_with: [legal]}\n  legal: {not_with: [safety]}"),
        (
            "sign_offs: {role: safety, count: 2}",
            "sign_offs: {role: safety, count: 2}\n      - sign_offs: {role: legal, count: 1}",
        ),
    )

    assert read_process(text, Registry()).warnings == ()


def test_a_stage_that_nothing_leads_to_and_that_leads_nowhere_is_both() -> None:
    text = edited(("  hosted: {exposure: hosted}", "  hosted: {exposure: hosted}\n  lost: {exposure: internal}"))

    assert problems_of(text) == [
        (13, "stages.lost", "cannot be reached from testing: no transition leads here"),
        (13, "stages.lost", "nothing leads on from here, and only withdrawn ends a release"),
    ]


def test_a_way_back_to_itself_is_no_way_on() -> None:
    text = edited(
        ("from: [testing, review, delay, hosted, public]", "from: [testing, review, delay, public]"),
        ("    from: hosted\n    to: public", "    from: review\n    to: public"),
        ("  withdraw:\n", "  again: {from: hosted, to: hosted, gate: [holds]}\n  withdraw:\n"),
    )

    assert problems_of(text) == [(12, "stages.hosted", "nothing leads on from here, and only withdrawn ends a release")]


def test_weights_that_are_out_must_have_the_way_to_withdrawn_and_no_other() -> None:
    assert problems_of(edited(("delay, hosted, public]", "delay, hosted]"))) == [
        (13, "stages.public", "a stage of exposure weights needs a transition to withdrawn")
    ]
    assert problems_of(edited(("from: [testing, review]", "from: [testing, review, public]"))) == [
        (23, "transitions.delay.from", "weights that are out do not come back: from public only withdrawn is left")
    ]


def test_parameters_that_are_not_indented_below_their_policy_are_told_so() -> None:
    passage = "          role: safety\n          count: 1\n          expires_after: 30d\n"
    text = edited((passage, passage.replace("          ", "        ")))

    ((line, field, message),) = problems_of(text)

    assert (line, field) == (34, "transitions.host.gate[2]")
    assert message.startswith("one policy an item, and here stand sign_offs, role, count, expires_after")


def test_mistakes_of_every_kind_are_named_together_in_the_order_of_the_file() -> None:
    text = edited(
        ("version: 3", "version: three"),
        ("authority: advice}", "authority: advice, colour: red}"),
        ("gate: [holds]", "gate: [hold]"),
        ("          expires_after: 30d", "          expires_after: never"),
        ("    to: public", "    two: public"),
    )

    assert [(line, field) for line, field, _ in problems_of(text)] == [
        (2, "version"),
        (6, "roles.lead.colour"),
        (27, "transitions.resume.gate[1]"),
        (37, "transitions.host.gate[2].sign_offs.expires_after"),
        (38, "transitions.publish.to"),
        (40, "transitions.publish.two"),
    ]


def test_an_unknown_key_hides_no_mistake_of_the_stages_and_gates() -> None:
    text = edited(
        ("means: Something small.", "meaning: small"),
        ("started_by: [lead]", "started_by: [leed]"),
        ("  hosted: {exposure: hosted}", "  hosted: {exposure: hosted}\n  lost: {exposure: internal}"),
        ("gate: [holds]", "gate: [hold]"),
    )

    fields = [field for _, field, _ in problems_of(text)]

    assert fields == ["meaning", "started_by[1]", "stages.lost", "stages.lost", "transitions.resume.gate[1]"]


@pytest.mark.parametrize("text", ["process\n", "- a\n- b\n", "'a: b'\n"])
def test_what_is_no_mapping_is_no_process(text: str) -> None:
    ((line, field, message),) = problems_of(text)

    assert (line, field) == (1, "")
    assert message.startswith("keys with values are wanted here")


def test_weights_that_one_person_lets_out_are_possible_where_the_process_admits_it() -> None:
    text = edited(
        ("version: 3", "version: 3\nsolo: true"),
        ("- sign_offs: {role: safety, count: 2}", "- sign_offs: {role: safety, count: 1}"),
    )

    assert load_process(text, Registry()).solo


WARNINGS = {
    "a role that nothing uses": (
        ("  safety: {means: looks for harm}", f"  safety: {{means: x}}\n  legal: {{means: x}} {HERE}"),
        ("roles.legal", "no gate, hold, override or start names this role"),
    ),
    "a seal on a role that signs nothing": (
        ("authority: advice}", f"authority: advice, sealed: true}} {HERE}"),
        ("roles.lead.sealed", "no gate asks for sign-offs of this role, so there is nothing to hide"),
    ),
    "a second door, whose gate may be the easier one": (
        (
            "  withdraw:",
            f"  slip_out: {HERE}\n    {{from: review, to: hosted, gate: [actor: {{roles: [lead]}}]}}\n  withdraw:",
        ),
        ("transitions.slip_out", "leads from review to hosted as `host` does: the easier gate counts"),
    ),
}


@pytest.mark.parametrize(("change", "said"), WARNINGS.values(), ids=WARNINGS)
def test_a_doubt_is_said_at_its_line_and_refuses_nothing(change: tuple[str, str], said: tuple[str, str]) -> None:
    text = edited(change)

    (warning,) = read_process(text, Registry(), file="p.yaml").warnings

    assert (warning.severity, warning.line) == ("warning", marked_line(text))
    assert (warning.field, warning.message) == said
    assert str(warning) == f"p.yaml:{warning.line}: warning: {said[0]}: {said[1]}"


def test_weights_that_leave_on_claims_alone_are_a_doubt() -> None:
    text = edited(("signed: true\n", ""), ("  publish:", f"  publish: {HERE}"))

    (warning,) = read_process(text, Registry()).warnings

    assert (warning.line, warning.field) == (marked_line(text), "transitions.publish")
    assert warning.message == "signatures are not required; anybody who can write the database can sign as anybody"


def test_a_role_that_only_keeps_people_out_of_another_is_used() -> None:
    text = edited(("{means: looks for harm}", "{not_with: [product]}\n  product: {means: wants the date}"))

    assert read_process(text, Registry()).warnings == ()


def test_a_process_that_releases_nothing_is_a_doubt() -> None:
    text = """
process: inner
version: 1
started_by: [lead]
roles: {lead: {}}
stages:
  testing: {exposure: internal}
  withdrawn: {exposure: internal}
transitions:
  withdraw: {from: testing, to: withdrawn, gate: [actor: {roles: [lead]}]}
"""

    (warning,) = read_process(text, Registry()).warnings

    assert (warning.field, warning.message) == (
        "stages",
        "no transition raises the exposure: nothing is ever released",
    )


USERS_OWN = """
from __future__ import annotations
from typing import ClassVar
from workflow.policy import Policy, Verdict


class Rule(Policy):
    rule: ClassVar[str] = "rule"
    share: float = 0.5

    def describe(self) -> str:
        return "a share"

    def evaluate(self, context) -> Verdict:
        return self.allow()


class Exact(Rule):
    share: str = "0.5"


class Crashing(Exact):
    def roles_named(self):
        raise RuntimeError("no roles today")


class Forgetful(Exact):
    def model_dump(self, **settings):
        return {"share": "0.6"}


Loose = dict
"""


@pytest.fixture
def users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    (tmp_path / "users_own.py").write_text(USERS_OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "users_own", raising=False)
    return Registry([f"users_own:{name}" for name in ("Rule", "Exact", "Crashing", "Forgetful", "Loose", "Absent")])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Rule", "cannot be kept: float has no place in an entry"),
        ("Crashing", "failed with RuntimeError: no roles today"),
        ("Forgetful", "does not read its own parameters back as it wrote them"),
        ("Loose", "is not a policy"),
        ("Absent", "cannot be imported"),
    ],
)
def test_a_policy_of_somebodys_own_that_cannot_be_relied_on_is_refused(
    users_own: Registry, name: str, words: str
) -> None:
    text = edited(("gate: [holds]", f"gate: ['users_own:{name}']"))

    ((line, _, message),) = problems_of(text, users_own)

    assert line == 27
    assert words in message


def test_a_policy_of_somebodys_own_is_kept_with_the_digest_of_its_source(users_own: Registry) -> None:
    text = edited(("gate: [holds]", "gate: ['users_own:Exact']"))

    (spec,) = load_process(text, users_own).transition("resume").gate

    assert (spec.policy, spec.revision, spec.params) == ("users_own:Exact", 1, {"share": "0.5"})
    assert spec.source == users_own.source("users_own:Exact")
    assert all(rule.source is None for rule in load_process(SIMPLE, users_own).transition("publish").gate)
