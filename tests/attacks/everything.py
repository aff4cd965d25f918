"""A history with every kind of event in it, for the audit to find what somebody does to it."""

from __future__ import annotations

from datetime import timedelta

from attacked import WHY, Lab

from workflow import Refused

FILES = 24


def live(lab: Lab) -> None:
    """Lets a lab live through everything that a ledger can record."""
    engine = lab.create()
    lab.agreed(engine.add_person("tom", roles=["legal"], name="Tom Doe", actor="ana", rationale=WHY))
    lab.agreed(engine.grant("tom", ["security"], actor="ana", rationale=WHY))
    lab.agreed(engine.revoke("tom", ["security"], actor="ana", rationale=WHY))
    lab.agreed(engine.remove_person("tom", actor="ana", rationale=WHY))
    other = engine.load_process(lab.process().with_name("guarded.yaml"))
    hosted = next(line for line in engine.roster().charter if line.process != other.digest)
    lab.agreed(engine.disallow_process(hosted.process, actor="ana", rationale=WHY))
    lab.agreed(engine.correct_clock(actor="ana", rationale=WHY))

    folder = lab.model(files=FILES)
    _refused(lambda: engine.start("sly", folder, process="guarded", authors=["kim"], actor="mara", rationale=WHY))
    lab.start(folder=folder)
    _move_files(lab, "", "x")
    _refused(lambda: engine.advance("aurora", "submit", actor="lee", rationale=WHY))
    _move_files(lab, "x", "")
    engine.schedule("aurora", lab.clock.now() + timedelta(days=30), actor="lee", rationale=WHY)
    engine.schedule("aurora", None, actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    _refused(lambda: engine.advance("aurora", "submit", actor="lee", rationale=WHY))

    engine.attach("aurora", lab.report("bio_uplift-0.31"), actor="lee", rationale=WHY)
    engine.set_aside("aurora", "E1", role="safety", actor="mara", rationale=WHY)
    document = lab.directory / "card.md"
    document.write_text("what the model is for\n" * 5000, encoding="utf-8")
    engine.attach("aurora", document, name="card", declare_as="lead", actor="lee", rationale=WHY)
    engine.require("aurora", "say it in the card", role="legal", actor="ivy", rationale=WHY, discharged_by="safety")
    engine.discharge("aurora", "R1", role="safety", actor="mara", evidence=["E2"], rationale=WHY)
    engine.hold("aurora", role="security", actor="sam", rationale=WHY, conditions=[("lock the vault", "security")])
    engine.discharge("aurora", "R2", role="security", actor="priya", rationale=WHY)
    engine.lift("aurora", "H1", role="security", actor="sam", rationale=WHY)
    engine.advance("aurora", "wait", actor="mara", rationale=WHY)
    engine.lift("aurora", "H2", role="safety", actor="mara", rationale=WHY)
    engine.lift("aurora", "H2", role="safety", actor="jun", rationale=WHY)
    engine.advance("aurora", "resume", actor="lee", rationale=WHY)

    engine.sign_off("aurora", "publish", role="legal", actor="ivy", decision="reject", rationale=WHY)
    engine.answer("aurora", "S1", actor="omar", rationale=WHY)
    engine.sign_off("aurora", "publish", role="safety", actor="mara", decision="reject", rationale=WHY)
    engine.withdraw_sign_off("aurora", "S2", actor="mara", rationale=WHY)
    engine.statement("aurora", "we will publish it", role="lead", actor="lee", rationale=WHY)
    engine.sign_off("aurora", "publish", role="safety", actor="kim", decision="recuse", rationale=WHY)
    lab.judge()
    lab.sign("mara", "safety")
    _refused(lambda: engine.advance("aurora", "publish", actor="lee", rationale=WHY))
    lab.sign("jun", "safety")
    lab.sign("sam", "security")
    engine.erase(engine.history("aurora")[0].entry, "rationale", actor="ana", rationale=WHY)

    lab.start("beta", folder=lab.model("next", weights="other weights"), parents=["aurora"])
    engine.replace_candidate(
        "beta", lab.model("later", weights="better weights"), authors=["kim"], actor="lee", rationale=WHY
    )
    engine.advance("beta", "withdraw", actor="lee", rationale=WHY)

    lab.close()
    with lab.database.connect() as connection:
        connection.drop_trigger("blob_no_delete")
    lab.open().restore_protection(actor="ana", rationale=WHY)
    lab.clock.forward("2h")
    engine = lab.open()
    engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    since = lab.clock.now() - timedelta(hours=1)
    engine.open_incident("aurora", "it tells", known_since=since, role="security", owner="safety", actor="sam")
    engine.update_incident("aurora", "R3", "it is looked into", role="safety", actor="jun", public=True)
    engine.close_incident("aurora", "R3", role="safety", actor="mara", evidence=["E3"], rationale=WHY)
    lab.start("gamma", folder=lab.model("third", weights="third weights"))
    engine.withdraw("gamma", "it will not come", role="lead", actor="lee", rationale=WHY)
    lab.close()


def _move_files(lab: Lab, old: str, new: str) -> None:
    """Renames every file but the weights."""
    for number in range(1, FILES):
        rest = f"{number:03}-{'long-' * 44}.json"
        (lab.directory / "model" / (old + rest)).rename(lab.directory / "model" / (new + rest))


def _refused(attempt: object) -> None:
    try:
        attempt()  # type: ignore[operator]
    except Refused:
        return
    raise AssertionError("this was not to be allowed")
