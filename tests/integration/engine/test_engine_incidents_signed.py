"""Incidents where what opens a gate is signed: who says that one is dealt with, and how that travels."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, refused
from workflow.commands import CloseIncident
from workflow.exchange import read_request
from workflow.ledger import decode

WHAT = "It gives a working synthesis route when asked in verse."


def opened(lab: Keyed) -> None:
    """Anybody's claim is enough to stop something."""
    known = lab.clock.now() - timedelta(hours=1)
    lab.tick()
    lab.claimed.open_incident("aurora", WHAT, known_since=known, role="security", owner="safety", actor="sam")


def test_it_is_opened_by_a_claim_and_closed_by_a_signature_over_these_words(keyed: Keyed) -> None:
    keyed.in_review()
    opened(keyed)

    outcome = keyed.tick().close_incident("aurora", "R1", role="safety", actor="mara", rationale=WHY)

    said = decode(keyed.claimed.signed_entry(outcome.entry).statement.encode())["predicate"]
    assert said["meaning"] == (
        f"I, mara, as safety, say that the incident R1 of aurora in the ledger {keyed.origin} is dealt with, for the "
        f"candidates {keyed.candidate()}."
    )
    assert "incident-open" not in keyed.blocking()
    keyed.audited()


def test_it_is_closed_from_elsewhere_with_what_became_known_before_one_s_eyes(keyed: Keyed) -> None:
    keyed.in_review()
    opened(keyed)
    request = keyed.tick().draft(
        lambda engine: engine.close_incident("aurora", "R1", role="safety", actor="mara", rationale=WHY)
    )
    assert ("said", WHAT) in [(note.label, note.text) for note in request.about]
    assert ("affected", keyed.candidate()) in [(note.label, note.text) for note in request.about]

    keyed.claimed.collect(read_request(request.to_bytes()).reply(keyed.hands["mara"]))

    assert "incident-open" not in keyed.blocking()
    keyed.audited()


def test_an_update_is_signed_and_can_travel(keyed: Keyed) -> None:
    keyed.in_review()
    opened(keyed)
    with refused("unsigned"):
        keyed.claimed.update_incident("aurora", "R1", "nothing to see", role="safety", actor="mara")
    request = keyed.tick().draft(
        lambda engine: engine.update_incident("aurora", "R1", "Confirmed.", role="safety", actor="jun", public=True)
    )

    outcome = keyed.claimed.collect(read_request(request.to_bytes()).reply(keyed.hands["jun"]))

    said = decode(keyed.claimed.signed_entry(outcome.entry).statement.encode())["predicate"]
    assert "state in public what the text rationale says on the incident R1 of aurora" in said["meaning"]
    (view,) = keyed.claimed.incidents("aurora")
    assert [update.text for update in view.updates] == ["Confirmed."]
    keyed.audited()


def test_the_end_of_one_that_a_bad_key_signed_is_none(keyed: Keyed) -> None:
    keyed.in_review()
    opened(keyed)
    keyed.tick().close_incident("aurora", "R1", role="safety", actor="mara", rationale=WHY)
    since = keyed.clock.now() - timedelta(days=1)
    key = keyed.hands["mara"].fingerprint

    keyed.agreed(keyed.tick().revoke_key(key, compromised_since=since, actor="ana", rationale=WHY))

    assert "incident-open" in keyed.blocking()
    keyed.audited()


def test_a_word_that_was_kept_back_closes_it_once_and_only_while_it_stands(keyed: Keyed) -> None:
    keyed.in_review()
    opened(keyed)
    command = CloseIncident(actor="mara", release="aurora", subject="R1", role="safety")
    held = keyed.held_back(command.model_copy(update={"candidates": (keyed.candidate(),)}), keyed.hands["mara"])

    first, again = keyed.hand_in(held), keyed.hand_in(held)

    assert (again.entry, again.replayed) == (first.entry, True)
    keyed.audited()
