"""A password that stands in an address is told nowhere, however the address is written."""

from __future__ import annotations

import string
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from workflow.errors import InvalidInput
from workflow.storage.address import Address, shown

SHOWN = {
    "sqlite:////var/lib/holdfast.db": "sqlite:////var/lib/holdfast.db",
    "postgresql://mara@db.example/ledger": "postgresql://mara@db.example/ledger",
    "postgresql://mara:hunter2@db.example:5433/ledger": "postgresql://mara:***@db.example:5433/ledger",
    "postgresql://mara:@db.example/ledger": "postgresql://mara:***@db.example/ledger",
    "postgresql://:hunter2@/ledger": "postgresql://:***@/ledger",
    "postgresql://mara:p%40ss%2Fw@db/x": "postgresql://mara:***@db/x",
    "postgresql://mara:a:b:c@db/x": "postgresql://mara:***@db/x",
    "postgresql://mara:hunter2@[::1]:5432,db2:5433/x": "postgresql://mara:***@[::1]:5432,db2:5433/x",
    "postgresql:///ledger?host=/run/pg&user=mara&password=hunter2": (
        "postgresql:///ledger?host=/run/pg&user=mara&password=***"
    ),
    "postgresql:///ledger?password=hunter2@x": "postgresql:///ledger?password=***",
    "postgresql:///ledger?sslpassword=hunter2&sslmode=require": "postgresql:///ledger?sslpassword=***&sslmode=require",
    "postgresql:///ledger?passfile=/etc/pgpass": "postgresql:///ledger?passfile=/etc/pgpass",
    "postgresql:///ledger?oauth_client_secret=hunter2": "postgresql:///ledger?oauth_client_secret=***",
    "postgresql:///ledger?options=-c%20geqo%3Doff": "postgresql:///ledger?options=-c%20geqo%3Doff",
}
HIDDEN = {
    "an @ in the password": "postgresql://mara:hunter2@hunter2@db/x",
    "a / in the password": "postgresql://mara:hunter2/hunter2@db/x",
    "a ? in the password": "postgresql://mara:hunter2?hunter2@db/x",
    "no host": "postgresql://mara:hunter2",
    "no host, and a database": "postgresql://mara:hunter2/x",
    "an option behind the host, with an @": "postgresql://db?password=hunter2@hunter2",
    "an option behind the port, with an @": "postgresql://db:5432?password=hunter2@hunter2",
    "a & in the option": "postgresql:///x?password=a&hunter2",
    "a = in the option": "postgresql:///x?password=hunter2=hunter2",
    "a null in the password": "postgresql://mara:hunter2\0hunter2@db/x",
    "keywords": "host=db user=mara password=hunter2",
    "no scheme": "mara:hunter2@db/x",
    "another scheme": "mysql://mara:hunter2@db/x",
    "a driver's scheme": "postgresql+psycopg://mara:hunter2@db/x",
}


@pytest.mark.parametrize(("url", "expected"), SHOWN.items())
def test_an_address_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown(url) == expected


@pytest.mark.parametrize("url", HIDDEN.values(), ids=HIDDEN)
def test_where_the_password_may_be_anywhere_nothing_is_shown_and_nothing_is_tried(url: str) -> None:
    assert "hunter2" not in shown(url)
    with pytest.raises(InvalidInput) as error:
        Address.of(url)
    assert "hunter2" not in str(error.value) + str(error.value.remedy)


SECRET = "Zq9"  # noqa: S105
"""Stands in every password below, and in nothing else."""

passwords = st.text(min_size=0, max_size=20).map(lambda text: SECRET.join(["", *text, ""]))
places = st.sampled_from(["db", "db:5432", "", "[::1]", "a,b:1", "db/ledger", "/ledger", "db/ledger?sslmode=require"])


@given(passwords, places, st.sampled_from(["raw", "coded", "some"]))
def test_no_piece_of_any_password_is_shown(password: str, place: str, how: str) -> None:
    written = {"raw": password, "coded": quote(password, safe=""), "some": quote(password, safe="@:/?&=")}[how]
    joint = "&" if "?" in place else "?"
    for url in (
        f"postgresql://mara:{written}@{place}",
        f"postgresql://:{written}@{place}",
        f"postgresql://{place}{joint}password={written}",
        f"postgresql://{place}{joint}user=mara&password={written}&sslmode=disable",
    ):
        assert SECRET not in shown(url)


@given(passwords, places)
def test_no_piece_of_any_password_is_taken_for_something_else(password: str, place: str) -> None:
    for url in (f"postgresql://mara:{password}@{place}", f"postgresql://{place}?password={password}"):
        try:
            Address.of(url)
            named = conninfo_to_dict(url)
        except (InvalidInput, psycopg.Error):
            continue
        assert SECRET not in str({name: value for name, value in named.items() if name != "password"})


@given(st.text(alphabet=string.printable, max_size=60))
def test_an_address_is_taken_apart_or_refused(text: str) -> None:
    for url in (text, f"postgresql://{text}"):
        try:
            Address.of(url)
        except InvalidInput as error:
            assert text.strip() == "" or len(text) < 4 or text not in str(error)
        assert shown(url)
