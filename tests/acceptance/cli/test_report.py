"""``holdfast report``: one page that needs nothing but itself, and the same facts for scripts."""

from __future__ import annotations

import sqlite3
from importlib import metadata
from pathlib import Path

from cli_desk import Desk, by

from workflow.report import as_html, report_of_pack


def released(desk: Desk) -> None:
    desk.ready()
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))


def test_the_page_is_written_and_what_it_says_is_said_in_short(desk: Desk) -> None:
    released(desk)

    result = desk.does("report", "aurora", "-o", "report.html")

    page = (desk.directory / "report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert result.out.startswith("aurora 2.1: released\nReleased by lee on ")
    assert "written to report.html" in result.out
    with desk.engine() as engine:
        assert page == as_html(engine.report("aurora"))


def test_the_facts_are_the_library_s_own(desk: Desk) -> None:
    desk.to_review()

    told = desk("report", "aurora", "--json")

    with desk.engine() as engine:
        assert told.json == engine.report("aurora").model_dump(mode="json")
    assert not list(desk.directory.glob("*.html"))


def test_without_a_place_for_the_page_nothing_is_done(desk: Desk) -> None:
    desk.to_review()

    result = desk("report", "aurora")

    assert (result.code, "add -o report.html" in result.err) == (2, True)


def test_a_place_that_takes_nothing_is_one_sentence(desk: Desk) -> None:
    desk.to_review()

    result = desk("report", "aurora", "-o", "no/such/place.html")

    assert result.code == 2
    assert "cannot be written" in result.err


def test_a_file_that_is_there_is_replaced_only_where_that_is_said(desk: Desk) -> None:
    desk.to_review()
    page = desk.directory / "report.html"
    page.write_text("kept")

    result = desk("report", "aurora", "-o", "report.html")

    assert (result.code, page.read_text()) == (2, "kept")
    assert "is there already, and nothing was written" in result.err and "add --replace" in result.err
    desk.does("report", "aurora", "-o", "report.html", "--replace")
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    # An earlier report is a file like any other: somebody may have sent its digest to somebody.
    assert desk("report", "aurora", "-o", "report.html").code == 2


def test_what_stands_against_it_is_said_in_short(desk: Desk) -> None:
    released(desk)
    desk.does("hold", "aurora", *by("jun"))

    result = desk.does("report", "aurora", "-o", "report.html")

    assert result.out.startswith("aurora 2.1: released, contested\n")
    assert "dissent: 1 stands, 0 ended" in result.out


def test_a_pack_needs_neither_a_clock_nor_a_version_to_be_reported_on(desk: Desk) -> None:
    released(desk)
    desk.does("audit", "export", "aurora", "-o", "aurora.pack")

    found = report_of_pack(desk.directory / "aurora.pack")

    assert (found.summary.word, found.made_by) == ("released", metadata.version("holdfast"))
    assert found.made_at >= found.moves[-1].at


def test_there_is_no_report_of_nothing(desk: Desk) -> None:
    assert desk("report", "nothing", "-o", "x.html").code == 2
    assert not (desk.directory / "x.html").exists()


def test_a_ledger_in_which_something_was_altered_is_reported_as_damaged(desk: Desk) -> None:
    released(desk)
    connection = sqlite3.connect(desk.directory / "holdfast.db")
    connection.execute("UPDATE release SET stage = 'review'")
    connection.commit()
    connection.close()

    result = desk("report", "aurora", "-o", "report.html")

    assert result.code == 3
    page = (desk.directory / "report.html").read_text("utf-8")
    assert "DAMAGED" in page
    assert "Not in order" in page
    assert "audit: FAILED" in result.out


def test_a_pack_gives_the_same_page_without_a_ledger(desk: Desk) -> None:
    released(desk)
    desk.does("audit", "export", "aurora", "-o", "aurora.pack")
    with desk.engine() as engine:
        expected = engine.report("aurora")
    (desk.directory / "holdfast.db").unlink()

    result = desk("report", "--pack", "aurora.pack", "--json")

    told = result.json
    own = {"proof", "made_at"}
    assert {key: told[key] for key in told.keys() - own} == {
        key: value for key, value in expected.model_dump(mode="json").items() if key not in own
    }
    assert told["proof"]["source"] == "the pack aurora.pack"
    assert told["proof"]["pack"]["problems"] == []
    assert result.code == 8  # nobody vouches for it


def test_what_was_withheld_from_a_pack_is_not_called_erased(desk: Desk) -> None:
    released(desk)
    desk.does("audit", "export", "aurora", "-o", "aurora.pack", "--no-texts")

    result = desk("report", "aurora", "--pack", "aurora.pack", "-o", "report.html")

    page = (desk.directory / "report.html").read_text("utf-8")
    assert "This text was withheld by whoever made the pack." in page
    assert "This text was erased." not in page
    assert "Withheld" in page
    assert result.code == 8  # nobody vouches for it


def test_a_pack_for_which_nobody_vouches_says_so(desk: Desk, tmp_path: Path) -> None:
    released(desk)
    desk.does("audit", "export", "aurora", "-o", "aurora.pack")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    result = Desk(elsewhere)("report", "--pack", str(desk.directory / "aurora.pack"), "-o", "report.html")

    assert result.code == 8
    assert "nobody vouches" in result.out
    page = (elsewhere / "report.html").read_text("utf-8")
    assert ">Verified<" in page
    assert ">Not vouched for<" in page


def test_a_pack_is_of_one_release_and_a_key_is_for_a_pack(desk: Desk) -> None:
    desk.to_review()
    desk.does("audit", "export", "aurora", "-o", "aurora.pack")

    assert desk("report", "beta", "--pack", "aurora.pack", "-o", "x.html").code == 2
    assert desk("report", "aurora", "--log-key", "vkey", "-o", "x.html").code == 2
    assert desk("report", "--json").code == 2
    assert desk("report", "--pack", "small.yaml", "-o", "x.html").code == 2


def test_an_altered_pack_is_never_called_verified(desk: Desk) -> None:
    released(desk)
    desk.does("audit", "export", "aurora", "-o", "aurora.pack")
    pack = desk.directory / "aurora.pack"
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)

    result = desk("report", "--pack", "aurora.pack", "-o", "report.html")

    assert result.code == 3
