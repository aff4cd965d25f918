"""A process in words and as a picture."""

from __future__ import annotations

import re

import pytest
from process_texts import SIMPLE, edited

from workflow.definition import as_mermaid, as_text, load_process, shipped
from workflow.process import Process
from workflow.registry import Registry

REGISTRY = Registry()
SMALL = """
process: small
version: 1
means: Something to look at, with a text that is long enough to be broken into more than a single line.
started_by: [lead]
roles:
  lead: {means: runs it, authority: advice}
  safety: {}
stages:
  testing: {exposure: internal, means: It is built.}
  delay: {exposure: internal, hold: {role: safety, count: 2, review_within: 14d}}
  public: {exposure: weights}
  withdrawn: {exposure: internal}
transitions:
  delay: {from: testing, to: delay, gate: [actor: {roles: [lead]}]}
  resume: {from: delay, to: testing, gate: [holds]}
  release:
    from: [testing, delay]
    to: public
    means: Out it goes.
    gate:
      - candidate_unchanged
      - sign_offs: {role: safety, count: 2}
  withdraw: {from: public, to: withdrawn, gate: [actor: {roles: [lead]}]}
"""
SMALL_IN_WORDS = """\
small@1
  Something to look at, with a text that is long enough to be broken into more
  than a single line.

Roles
  lead: runs it (advice: its no can be answered)
  safety: a role (veto: its no ends only by its maker)
  A release is started by lead.

Stages, in order
  1. testing (exposure: internal)
     It is built.
  2. delay (exposure: internal)
     Entering it opens a hold, to be looked at again within 14d. It ends when 2
     people as safety lift it; time never does.
  3. public (exposure: weights)
  4. withdrawn (exposure: internal)
"""


def small(*changes: tuple[str, str]) -> Process:
    return load_process(edited(*changes, text=SMALL), REGISTRY)


def test_roles_and_stages_are_said_in_words() -> None:
    assert as_text(small(), REGISTRY).startswith(SMALL_IN_WORDS)


def test_every_transition_says_what_it_means_and_every_demand_of_its_gate() -> None:
    process = small()

    text = " ".join(as_text(process, REGISTRY).split())

    assert "release: testing or delay -> public IRREVERSIBLE: weights that are out cannot be pulled back." in text
    assert "Out it goes. Demands, all of it:" in text
    for transition in process.transitions:
        for policy in REGISTRY.gate(process, transition):
            assert f"- {policy.describe()}" in text


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_process_is_readable_in_80_columns(name: str) -> None:
    text = as_text(load_process(shipped()[name], REGISTRY), REGISTRY)

    assert max(len(line) for line in text.splitlines()) <= 80
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.isascii()


def test_only_what_puts_weights_out_is_called_irreversible() -> None:
    text = as_text(load_process(SIMPLE, REGISTRY), REGISTRY)

    assert text.count("IRREVERSIBLE") == 1
    assert "publish: hosted -> public\n  IRREVERSIBLE" in text
    assert "host: review -> hosted\n  Raises the exposure." in text


def test_solo_use_is_said_in_words_and_in_the_picture() -> None:
    solo = small(("version: 1", "version: 1\nsolo: true"))

    assert "SOLO: one person may" in as_text(solo, REGISTRY)
    assert "SOLO" in as_mermaid(solo, REGISTRY).splitlines()[1]
    assert "SOLO" not in as_text(small(), REGISTRY) + as_mermaid(small(), REGISTRY)


PEOPLE_RULES = {
    "signed": ("version: 1", "version: 1\nsigned: true"),
    "pin": ("safety: {}", "safety: {pin: true}"),
    "sealed": ("safety: {}", "safety: {sealed: true}"),
    "not_with": ("safety: {}", "safety: {not_with: [lead]}"),
    "depends_on": ("safety: {}", "safety: {depends_on: [weights, tokenizer]}"),
}
IN_WORDS = {
    "signed": "SIGNED: every act that can open a gate is signed with a key of its maker.",
    "pin": "Its acts are signed by a security key that checked a PIN or a fingerprint.",
    "sealed": "Who decided what in it is hidden until its quorum is in; a refusal acts and shows at once.",
    "not_with": "Whoever is lead may do nothing in it that opens a gate.",
    "depends_on": "Its sign-offs depend on these components alone: weights, tokenizer.",
}


@pytest.mark.parametrize("key", IN_WORDS)
def test_what_holds_of_signatures_and_of_people_is_said_in_words_where_it_holds(key: str) -> None:
    changed = small(*{PEOPLE_RULES["signed"], PEOPLE_RULES[key]})

    assert IN_WORDS[key] in " ".join(as_text(changed, REGISTRY).split())
    assert IN_WORDS[key] not in " ".join(as_text(small(), REGISTRY).split())
    assert as_mermaid(changed, REGISTRY) == as_mermaid(small(), REGISTRY)


def test_a_rule_that_cannot_be_run_here_is_said_to_be_missing() -> None:
    process = small()
    resume = process.transition("resume")
    gone = resume.model_copy(update={"gate": (resume.gate[0].model_copy(update={"revision": 99}),)})
    process = process.model_copy(update={"transitions": (gone, *process.transitions[2:])})

    assert "the policy holds, which cannot be run here" in as_text(process, Registry())


SMALL_AS_MERMAID = """\
---
title: "small@1"
---
stateDiagram-v2
  state "testing<br/>exposure internal" as stage_testing
  state "delay<br/>exposure internal<br/>opens a hold of 2 safety" as stage_delay
  state "public<br/>exposure weights" as stage_public
  state "withdrawn<br/>exposure internal" as stage_withdrawn
  [*] --> stage_testing
  stage_testing --> stage_delay : delay<br/>actor#58; lead
  stage_delay --> stage_testing : resume<br/>holds
  stage_testing --> stage_public : release<br/>IRREVERSIBLE<br/>candidate_unchanged<br/>sign_offs#58; 2 safety<br/>\
charter, holds, objections, requirements
  stage_delay --> stage_public : release<br/>IRREVERSIBLE<br/>candidate_unchanged<br/>sign_offs#58; 2 safety<br/>\
charter, holds, objections, requirements
  stage_public --> stage_withdrawn : withdraw<br/>actor#58; lead
  stage_withdrawn --> [*]
"""


def test_the_picture_has_a_state_for_each_stage_and_an_arrow_for_each_move_with_its_gate_in_short() -> None:
    assert as_mermaid(small(), REGISTRY) == SMALL_AS_MERMAID


# What was drawn by Mermaid 11 itself, and nothing beside it. Its own parser takes no part in the tests.
TEXT = r"(?:[^#;:<>\"&{}\[\]()%`*~\\$|=\n]|#\d+;|<br/>)+"
GRAMMAR = re.compile(
    rf'---\ntitle: "{TEXT}"\n---\nstateDiagram-v2\n'
    rf'(?:  state "{TEXT}" as stage_[a-z0-9_]+\n)+'
    r"  \[\*\] --> stage_[a-z0-9_]+\n"
    rf"(?:  stage_[a-z0-9_]+ --> stage_[a-z0-9_]+ : {TEXT}\n)+"
    r"(?:  stage_withdrawn --> \[\*\]\n)?"
)


@pytest.mark.parametrize("name", shipped())
def test_the_picture_of_a_shipped_process_has_nothing_but_what_mermaid_draws(name: str) -> None:
    process = load_process(shipped()[name], REGISTRY)

    picture = as_mermaid(process, REGISTRY)

    assert GRAMMAR.fullmatch(picture)
    moves = [(source, item.dest) for item in process.transitions for source in item.sources]
    assert re.findall(r"stage_(\w+) --> stage_(\w+) :", picture) == moves
    assert picture.count("IRREVERSIBLE") == sum(process.is_irreversible(*move) for move in moves)
    assert picture.count("raises the exposure") + picture.count("IRREVERSIBLE") == sum(
        process.is_raise(*move) for move in moves
    )


def test_words_that_mean_something_to_mermaid_are_shown_and_not_obeyed() -> None:
    name = 'a "b"; c: <script>#35; --> [*] {x} %%{init}%% `**y**` $$z$$ <br/>'
    process = small(
        ("- candidate_unchanged", f"- candidate_unchanged\n      - evidence: {{name: '{name}', metric: m, at_most: 1}}")
    )

    picture = as_mermaid(process, REGISTRY)

    assert GRAMMAR.fullmatch(picture)
    (line, _) = [line for line in picture.splitlines() if "script" in line]
    said = next(part for part in line.split("<br/>") if "script" in part)
    assert re.sub(r"#(\d+);", lambda reference: chr(int(reference[1])), said) == f"evidence: inspect {name}"


def test_stages_that_are_called_like_words_of_mermaid_are_states_like_others() -> None:
    process = load_process(SMALL.replace("testing", "state").replace(" public", " end"), REGISTRY)

    picture = as_mermaid(process, REGISTRY)

    assert "  [*] --> stage_state\n" in picture
    assert "  stage_state --> stage_end : release<br/>IRREVERSIBLE<br/>" in picture


def test_a_gate_whose_roles_give_different_times_says_that_the_shortest_counts_for_all() -> None:
    said = "counts no longer than the shortest time that any of these says"

    def told(*times: str) -> bool:
        roles = "".join(
            f"      - sign_offs: {{role: {role}, count: 1{end}}}\n"
            for role, end in zip(("lead", "safety"), times, strict=True)
        )
        text = SMALL.replace("      - sign_offs: {role: safety, count: 2}\n", roles)
        return said in " ".join(as_text(load_process(text, REGISTRY), REGISTRY).split())

    assert told(", expires_after: 30d", "") and told(", expires_after: 30d", ", expires_after: 14d")
    assert not told("", "") and not told(", expires_after: 30d", ", expires_after: 30d")
