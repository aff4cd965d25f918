"""The story, told by running it: a release that was planned, slipped, stopped with no end date, fixed and published.

A lab wants to publish the weights of a model on a date. The people, the lab and the model are invented; the ledger, the
weights, the evaluation logs, the commands and what they print are real.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workflow.errors import InvalidInput, StorageError
from workflow.tour.model import SHARDS, write_model
from workflow.tour.stage import Echo, Stage

NAME = "aurora-7b"
CONFIGURATION = 'database = "sqlite:///holdfast.db"\nhints = false\n'
FORGERY = """\
UPDATE entry SET body = CAST(replace(body, '"0.31"', '"0.21"') AS BLOB)
WHERE seq = 24;"""
PEOPLE = (
    ("lee", "--role lead --role safety", "Runs this release."),
    ("kim", "--role research", "Made the model."),
    ("ida", "--role research", "Leads the research."),
    ("mara", "--role safety", "Looks for harm."),
    ("jun", "--role safety", "Looks for harm."),
    ("priya", "--role safety", "Heads the safety team."),
    ("sam", "--role security", "Looks after the weights."),
    ("noor", "--role legal", "Answers for law and licence."),
    ("wen", "--role executive", "Heads the lab."),
)


def by(person: str) -> str:
    """Who acts, and with which key."""
    return f"--as {person} --key keys/{person}"


def play(echo: Echo, *, directory: Path | None = None) -> int:
    """Tells the story and returns the exit code: 0 where everything happened as it is told.

    Args:
        echo: prints a line.
        directory: where the ledger and all the files are made and stay; by default a temporary one that goes.

    Raises:
        InvalidInput: the directory is not empty, or cannot be made.
        StorageError: there is no place for a temporary one.
        WorkflowError: a command ended otherwise than told.
    """
    if directory is not None:
        _make(directory)
        _tell(Stage(directory, echo))
        return 0
    try:
        temporary = Path(tempfile.mkdtemp(prefix="holdfast-tour-"))
    except OSError as error:
        raise StorageError(
            f"there is no place for the tour's files: {error.strerror}", remedy="holdfast tour --keep DIRECTORY"
        ) from error
    try:
        _tell(Stage(temporary, echo))
    finally:
        shutil.rmtree(temporary)
    return 0


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        taken = any(directory.iterdir())
    except OSError as error:
        raise InvalidInput(
            f"the tour cannot be kept in {directory}: {error.strerror}", remedy="name a new directory"
        ) from error
    if taken:
        raise InvalidInput(f"{directory} is not empty, and the tour begins with nothing", remedy="name a new directory")


def _tell(stage: Stage) -> None:
    write_model(stage.directory / "model")
    (stage.directory / "holdfast.toml").write_text(CONFIGURATION, encoding="utf-8")
    for chapter in (
        a_ledger,
        a_release_and_a_date,
        a_slip,
        the_review,
        no_date,
        time_passes,
        other_bytes,
        the_hold_is_lifted,
        signatures,
        out,
        the_audit,
    ):
        chapter(stage)


def a_ledger(stage: Stage) -> None:
    """Who may do what, from the first entry on."""
    stage.say(
        """A lab wants to publish the weights of a model. Once they are out, nobody can pull them back. This is how it
        goes, with real files and real commands; only the people are invented, and the calendar is turned."""
    )
    stage.on(6, 2, "a ledger, and who may do what")
    stage.say("Everybody signs with an SSH key of their own. These are made for the tour, and gone with it.")
    stage.make_keys("ana", *(person for person, _, _ in PEOPLE))
    stage.run('init --as ana --key keys/ana -m "Our releases are decided here."')
    stage.say("From now on ana's key stands behind every change of the roster.")
    for person, roles, why in PEOPLE:
        stage.run(f'roster add {person} {roles} {by("ana")} -q -m "{why}"')
    for person, _, _ in PEOPLE:
        stage.run(f'roster enroll {person} keys/{person} --how "In person." {by("ana")} -q -m "Theirs."')
    stage.run("roster show")


def a_release_and_a_date(stage: Stage) -> None:
    """A release begins, and nothing goes by itself."""
    stage.on(6, 9, "a release, and a date")
    stage.run(f'start {NAME} model --process open_weights --author kim --label 1.0 --as lee -m "Our first open model."')
    stage.run(f'schedule {NAME} --to 2025-06-26T17:00:00Z --as lee -m "Announced for the end of June."')
    stage.say("Is it ready to be looked at? Nobody says no, but two things are open. That is exit code 8: waiting.")
    stage.run(f'advance {NAME} submit --as lee -m "The model is finished."', ends=8)
    stage.say("A first measurement arrives.")
    stage.report("bio_uplift-0.31", "bio_uplift-june.json", model="model")
    stage.run(f'attach {NAME} reports/bio_uplift-june.json --as lee -m "The first run."')
    stage.say("Kim made the model, and so cannot be the one who vouches for it. Ida can, and signs.")
    stage.approve("kim", NAME, "submit", "I know it well.", ends=1)
    stage.approve("ida", NAME, "submit", "This is the model that we mean.")
    stage.run(f'advance {NAME} submit --as lee -m "Measured, and research stands behind it."')


def a_slip(stage: Stage) -> None:
    """The first change of the date."""
    stage.on(6, 20, "the date slips")
    stage.run(f'schedule {NAME} --to 2025-07-17T17:00:00Z --as lee -m "The review takes longer than we thought."')


def the_review(stage: Stage) -> None:
    """The measurements and the people say no, and a date moves neither."""
    stage.on(7, 8, "the safety review")
    stage.report("cyber_range-errored", "cyber_range-1.json", model="model")
    stage.report("cyber_range-0.12", "cyber_range-2.json", model="model")
    stage.report("refusal_rate-0.97", "refusal_rate.json", model="model")
    for report, why in (
        ("cyber_range-1.json", "The range went down during it."),
        ("cyber_range-2.json", "The run after that."),
        ("refusal_rate.json", "The refusals."),
    ):
        stage.run(f'attach {NAME} reports/{report} --as lee -m "{why}"')
    stage.run(f'review {NAME} cybersecurity acceptable {by("sam")} -m "Far from a whole attack."')
    stage.run(f'review {NAME} biosecurity unacceptable {by("priya")} -m "It explains what it must not."')
    stage.run(f'sign {NAME} release --reject {by("mara")} -m "0.31 is too much help. I cannot agree to that."')
    stage.say("Noor is about to travel, and signs at once, on a laptop that knows no ledger. Lee keeps the reply.")
    stage.run(f"request {NAME} release -o noor.request --as lee")
    stage.sign_elsewhere("noor", "noor.request", "The licence is fine.")
    stage.say("A week before the date. What would it take?")
    stage.run(f"explain {NAME} release --as lee", ends=1)
    stage.say("The date was announced, so the lead tries anyway. The refusal goes on record, with its reasons.")
    stage.run(f'advance {NAME} release --confirm {NAME} --as lee -m "The date was announced."', ends=1)


def no_date(stage: Stage) -> None:
    """The release is stopped, with conditions and with no end date, and that is said in public."""
    stage.on(7, 11, "stopped, with no end date")
    stage.say("Six days before the date, one person of safety stops it. That needs nobody's consent.")
    stage.run(f'advance {NAME} delay --as priya -m "We need more tests, and a review of the high-risk areas."')
    stage.run(f'schedule {NAME} --no-date --as lee -m "We do not know how long this will take."')
    stage.say("What has to happen first becomes two conditions of the hold: a number, and a judgement.")
    stage.run(
        f'require {NAME} "Help with pathogens is at most 0.25, on the files that leave." --hold H1 '
        '--measured bio_uplift --at-most 0.25 --as priya -m "What the review found."'
    )
    stage.run(
        f'require {NAME} "An outside team has reviewed the high-risk areas." --hold H1 '
        '--discharged-by security --as priya -m "We may have missed something."'
    )
    stage.say("The head of the lab and the research lead each say why, in public and by name.")
    stage.run(f'statement {NAME} "We need time for more safety tests, and do not know how much." {by("wen")}')
    stage.run(f'statement {NAME} "Weights cannot be pulled back: the bar is high on every axis." {by("ida")}')


def time_passes(stage: Stage) -> None:
    """Dates go by, and open nothing."""
    stage.on(7, 26, "two dates have passed")
    stage.say(
        """17 July has passed, and the day on which the hold was to be looked at again has passed as well. Time alone
        opens nothing. The way back into the review is closed as long as the hold stands."""
    )
    stage.run(f'advance {NAME} resume --as lee -m "Two weeks are over."', ends=1)
    stage.run(f"status {NAME} --as lee", ends=1)


def other_bytes(stage: Stage) -> None:
    """The model is replaced, and inherits every objection."""
    stage.on(7, 28, "other bytes, the same objections")
    write_model(stage.directory / "model-fixed", fix=True)
    stage.say("The model was trained further. New bytes take the old ones' place; approvals end, objections do not.")
    stage.run(
        f"candidate replace {NAME} model-fixed --author kim --label 1.1 --variant fix --as lee "
        '-m "Trained not to help."'
    )
    stage.say("Is the number better? It takes a run on exactly these files to say so.")
    stage.run(f'discharge {NAME} R1 {by("priya")} -m "It was trained for that."', ends=8)
    stage.report("bio_uplift-0.18", "bio_uplift-july.json", model="model-fixed")
    stage.report("cyber_range-0.12", "cyber_range-july.json", model="model-fixed")
    stage.report("refusal_rate-0.97", "refusal_rate-july.json", model="model-fixed")
    for report in ("bio_uplift-july.json", "cyber_range-july.json", "refusal_rate-july.json"):
        stage.run(f'attach {NAME} reports/{report} --as lee -m "A run on the new files."')


def the_hold_is_lifted(stage: Stage) -> None:
    """Objections end by their makers, for exactly these bytes, and by nobody in a hurry."""
    stage.on(7, 31, "the hold is lifted, by those who may")
    stage.say("The conditions are met, and Mara takes her refusal back: for this candidate and no other.")
    stage.run(f'discharge {NAME} R1 --evidence E5 {by("priya")} -m "0.18 on these files."')
    stage.run(f'discharge {NAME} R2 {by("sam")} -m "The outside team found nothing new."')
    stage.run(f'unsign {NAME} S2 {by("mara")} -m "0.18, and I tried the rest myself."')
    stage.say("Lee is of safety too, but wants the release: not the one to lift it. Two others do.")
    stage.run(f'lift {NAME} H1 --role safety {by("lee")} -m "We are late."', ends=1)
    stage.run(f'lift {NAME} H1 {by("jun")} -m "Both conditions are met on the new files."')
    stage.run(f'lift {NAME} H1 {by("priya")} -m "Both conditions are met on the new files."')
    stage.run(f'statement {NAME} "Trained further, measured again: within our bounds." {by("wen")}')
    stage.run(f'statement {NAME} "What we delayed it for is done." {by("ida")}')


def signatures(stage: Stage) -> None:
    """The review begins anew; the bytes are watched; five people sign exactly these."""
    stage.on(8, 1, "a new review, and five signatures")
    stage.run(f'advance {NAME} resume --as lee -m "The hold is lifted, and the reasons were told."')
    stage.run(f'schedule {NAME} --to 2025-08-05T17:00:00Z --as lee -m "A date again."')
    for person, area in (("priya", "biosecurity"), ("sam", "cybersecurity"), ("jun", "autonomy")):
        stage.run(f'review {NAME} {area} acceptable {by(person)} -m "Looked at on these files."')
    stage.run(f'statement {NAME} "We publish aurora-7b: measured, reviewed, and signed by five people." {by("wen")}')
    stage.say("Noor has signed in July already, says Lee, and hands it in. That was for other files, in another round.")
    stage.run("collect noor.request.noor.reply --as lee", ends=1)
    stage.run("inbox --as noor")
    stage.say("Each signs what explain shows, named by its basis. When anything of that changes, the signature ends.")
    for person in ("jun", "sam", "noor", "wen"):
        stage.approve(person, NAME, "release", "I have read all of it, and I agree.", quietly=person != "jun")
    stage.say("Mara is missing. Lee signs in her name. But the key is Lee's, and a name proves nothing.")
    stage.approve("mara", NAME, "release", "Fine with me.", key="lee", ends=1)
    stage.say("Mara signs where she is, and sends the reply. Then something troubles her, and she takes it back.")
    stage.run(f"request {NAME} release -o mara.request --as lee")
    stage.sign_elsewhere("mara", "mara.request", "I have read all of it, and I agree.")
    stage.run("collect mara.request.mara.reply --as lee")
    stage.run(f'unsign {NAME} {by("mara")} -m "One number troubles me."')
    stage.say("Her reply is still there. Handed in again it does nothing; made over for another name, it is none.")
    stage.run("collect mara.request.mara.reply --as lee")
    stage.forge("mara.request.mara.reply", "mara", "priya", "forged.reply")
    stage.run("collect forged.reply --as lee", ends=2)
    stage.say("The number was a misprint. Mara signs again.")
    stage.approve("mara", NAME, "release", "The number was a misprint.", quietly=True)
    stage.say("Everything is there but time: three days in which nothing changes and everybody can still object.")
    stage.run(f'advance {NAME} release --confirm {NAME} --as lee -m "Everybody has signed."', ends=8)


def out(stage: Stage) -> None:
    """One byte is changed and it is refused; every byte is back and it goes out, for good."""
    stage.on(8, 5, "out")
    weights = stage.directory / "model-fixed" / SHARDS[0]
    signed = weights.read_bytes()
    weights.write_bytes(signed[:-1] + bytes([signed[-1] ^ 1]))
    stage.say("The three days are over. In the night, somebody has changed one byte of the weights.")
    stage.run(f'advance {NAME} release --confirm {NAME} --as lee -m "The three days are over."', ends=1)
    weights.write_bytes(signed)
    stage.say("The byte is put back. What nothing undoes wants the release's name, typed.")
    stage.run(f"explain {NAME} release --as lee")
    stage.run(f'advance {NAME} release --as lee -m "These are the files that were signed."', ends=2)
    stage.run(f'advance {NAME} release --confirm {NAME} --as lee -m "These are the files that were signed."')
    stage.run(f"status {NAME} --as lee")
    stage.say("Everything is on record: who, what, why, and what was refused. The last ten entries:")
    stage.run(f"history {NAME} -n 10")


def the_audit(stage: Stage) -> None:
    """A copy is forged, and the audit names the entry; the original is sound."""
    stage.on(8, 6, "the audit")
    stage.say("Can the past be changed? On a copy, somebody makes the first measurement harmless: 0.31 becomes 0.21.")
    stage.copy_to("forged")
    stage.sql(FORGERY, "DROP TRIGGER entry_no_update;", FORGERY)
    stage.run("audit verify", ends=3)
    stage.back()
    stage.say("The real ledger: every entry checked, every decision taken again by the rules of its time.")
    stage.run("audit verify")
