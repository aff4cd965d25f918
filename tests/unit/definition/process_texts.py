"""A small process that is right, and how to make it wrong in one place."""

from __future__ import annotations

from workflow.people import Grant, Person
from workflow.roster import Roster

HERE = "# <- here"

SIMPLE = """\
process: simple
version: 3
means: Something small.
started_by: [lead]
roles:
  lead: {means: runs the release, authority: advice}
  safety: {means: looks for harm}
stages:
  testing: {exposure: internal, means: built and measured}
  review: {exposure: internal}
  delay: {exposure: internal, hold: {role: safety, count: 2, review_within: 14d}}
  hosted: {exposure: hosted}
  public: {exposure: weights}
  withdrawn: {exposure: internal}
transitions:
  submit:
    from: testing
    to: review
    gate:
      - actor: {roles: [lead]}
      - sign_offs: {role: safety, count: 1}
  delay:
    from: [testing, review]
    to: delay
    gate:
      - actor: {roles: [lead, safety]}
  resume: {from: delay, to: review, gate: [holds]}
  host:
    from: review
    to: hosted
    gate:
      - actor:
          roles: [lead]
      - sign_offs:
          role: safety
          count: 1
          expires_after: 30d
  publish:
    from: hosted
    to: public
    means: Nothing undoes this.
    gate:
      - candidate_unchanged
      - sign_offs: {role: safety, count: 2}
  withdraw:
    from: [testing, review, delay, hosted, public]
    to: withdrawn
    gate:
      - actor: {roles: [lead, safety]}
signed: true
"""


def edited(*changes: tuple[str, str], text: str = SIMPLE) -> str:
    """The text with some passages changed, each of which stands in it exactly once."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def marked_line(text: str) -> int:
    """The line that the scenario marks."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if HERE in line]
    assert len(lines) == 1, lines
    return lines[0]


def roster(**people: str) -> Roster:
    """People with the roles they hold, separated by blanks."""
    return Roster(
        people={name: Person(name, tuple(Grant(role, 0) for role in has.split())) for name, has in people.items()}
    )
