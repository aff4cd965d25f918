"""Requests as small as they can be, made without a ledger."""

from __future__ import annotations

from typing import Any

from tests.support.hands import Hand
from workflow.events import StatementMade, dump
from workflow.exchange import ActRequest, AskedRole, Note, Request, Said, Seen, Signatory
from workflow.exchange.request import basis_parts
from workflow.facts import Binding
from workflow.ledger import digest
from workflow.process import Exposure

ORIGIN, AT = "holdfast.example/asked", "2025-07-01T09:00:00.000000Z"
A, B, C = (letter * 64 for letter in "abc")
TREE = Seen(size=7, root=C)


def decision(**changes: Any) -> Request:
    """A request for decisions on publishing, which mara and jun may approve as safety."""
    people = tuple(
        Signatory(
            person=person,
            roles=("safety",),
            excluded={},
            keys=(Hand(person).fingerprint,),
            last=None,
            approved=(),
        )
        for person in ("mara", "jun")
    )
    says = Said(
        label="2.1",
        process_label="lab@1",
        here=True,
        raises=True,
        solo=False,
        signed=True,
        administrators=("ana",),
        components=(),
        files=None,
        roles=(AskedRole(name="safety", means="looks for harm", authority="veto", pin=False, count=2, depends_on=()),),
        people=people,
        verdicts=(),
        holds=(),
        requirements=(),
        rejects=(),
    )
    fields: dict[str, Any] = {
        "origin": ORIGIN,
        "at": AT,
        "tree": TREE,
        "release": "aurora",
        "transition": "publish",
        "source": "review",
        "dest": "public",
        "exposure": Exposure.WEIGHTS,
        "round": 2,
        "candidate": A,
        "process": B,
        "roster_version": 5,
        "rests_on": ("risk biosecurity jun safety acceptable",),
        "lifetime": 3600,
        "says": says,
        **changes,
    }
    return Request(basis=digest(basis_parts(Request.model_construct(**fields))), **fields)


def act() -> ActRequest:
    """A request for something that mara is to say in public."""
    bound = Binding(
        origin=ORIGIN,
        release="aurora",
        act="statement",
        candidate=A,
        process=B,
        roster_version=5,
        role="safety",
        nonce="f" * 32,
        texts={"rationale": C},
    )
    return ActRequest(
        origin=ORIGIN,
        at=AT,
        tree=TREE,
        person="mara",
        keys=(Hand("mara").fingerprint,),
        command={
            "command": "statement",
            "actor": "mara",
            "release": "aurora",
            "role": "safety",
            "public": True,
            "text": "rationale",
        },
        events=(dump(StatementMade(id="P1", public=True, text="rationale", binding=bound)),),
        change=None,
        version=6,
        texts={"rationale": "We looked at it for a week."},
        blobs={},
        about=(Note(label="release", text="aurora 2.1, in review"),),
    )
