"""Files as programs and people write them are read, and what cannot be read is told with its place."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from conformance.forecast.model import Account, Kind
from conformance.forecast.problems import InputError
from conformance.forecast.rosters import read_roster

HEADER = "User Name,Role,Email Address,Active User"
ROWS = 'ana,Manager,ana@example.com,Yes\r\nbo,"Reads, writes",bo@example.com,no\r\n'


def accounts(path: Path, content: bytes, prefix: str = "") -> list[Account]:
    """Write a roster and read it."""
    path.write_bytes(content)
    return read_roster(f"{prefix}{path}")[1]


def seen(found: list[Account]) -> list[tuple[str, str, bool]]:
    return [(account.login, account.email, account.active) for account in found]


EXPECTED = [("ana", "ana@example.com", True), ("bo", "bo@example.com", False)]
TEXT = f"{HEADER}\r\n{ROWS}"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\r\n", "\n").encode(),
        ("\r\n\r\n" + TEXT).encode(),
        TEXT.replace("Reads, writes", "x").replace(",", ";").encode(),
        TEXT.replace("Reads, writes", "x").replace(",", "\t").encode(),
        ("sep=;\r\n" + TEXT.replace("Reads, writes", "x").replace(",", ";")).encode(),
        TEXT.replace("Reads, writes", "Reads\r\nand\r\nwrites").encode(),
        TEXT.replace("\r\nbo", "\r\n,,,\r\n\r\nbo").encode(),
        TEXT.replace("User Name", '"User Name"').encode(),
        TEXT.replace("User Name,Role", "user_name,ROLE").encode(),
        TEXT.rstrip().encode(),
    ],
    ids=[
        "utf-8", "utf-8 mark", "utf-16", "utf-16 be mark", "utf-16 le", "utf-16 be", "lf", "blank lines",
        "semicolons", "tabs", "sep line", "line breaks", "empty rows", "quoted title", "other case", "no end",
    ],
)  # fmt: skip
def test_every_usual_form_reads_the_same(tmp_path: Path, content: bytes) -> None:
    assert seen(accounts(tmp_path / "r.csv", content)) == EXPECTED


def test_windows_text_is_read_when_it_is_no_utf8(tmp_path: Path) -> None:
    found = accounts(tmp_path / "r.csv", TEXT.replace("ana,", "añá,").encode("cp1252"))
    assert found[0].login == "añá"


def test_the_e_mail_is_kept_byte_for_byte_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = f'{HEADER}\r\nana,"two\r\nlines", ana@example.com ,Yes\r\nbo,x,bo@example.com,no\r\n'
    found = accounts(tmp_path / "r.csv", text.encode())
    assert [(account.email, account.line) for account in found] == [
        (" ana@example.com ", 2),
        ("bo@example.com", 4),
    ]


def test_a_short_row_has_blank_cells(tmp_path: Path) -> None:
    assert accounts(tmp_path / "r.csv", f"{HEADER}\nana,Manager\n".encode())[0].email == ""


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "empty file"),
        (b"\xef\xbb\xbf\r\n", 1, "empty file"),
        (b"\xff\xfe", 1, "empty file"),
        (b"Name,Phone\nana,5\n", 1, "“Name”, “Phone”"),
        (b"User Name,Role\nana,x\n", 1, "“Email Address”"),
        (b"User Name,Email,E-mail,Role\na,b,c,d\n", 1, "2 columns with this name"),
        (f"{HEADER}\nana,x,a@example.com,Yes\nbo,x,b@example.com,maybe\n".encode(), 3, "“maybe”"),
        (f"{HEADER}\nana,x,y,a@example.com,Yes\n".encode(), 2, "5 cells"),
        (f'{HEADER}\nana,x,"a@example.com,Yes\nbo,x,b,no\n'.encode(), 2, "never closed"),
        (b"PK\x03\x04" + bytes(40), 0, "Excel workbook"),
        (f"{HEADER}\nana,x,\x81@example.com,Yes\n".encode("latin-1"), 2, "bytes that are none"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, content: bytes, line: int, says: str
) -> None:
    path = tmp_path / "users.csv"

    with pytest.raises(InputError) as caught:
        accounts(path, content)

    assert caught.value.line == line
    assert says in str(caught.value)
    assert caught.value.expected
    assert caught.value.do


def test_a_folder_or_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match="an ordinary file"):
            read_roster(str(place))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_roster(str(tmp_path / "nothing.csv"))


@pytest.mark.parametrize(
    ("name", "header", "prefix", "kind"),
    [
        ("a.csv", "Logon ID,Email / SIP Address,Active Agent", "", Kind.AGENT),
        ("a.csv", "User Name,Email Address,Role", "", Kind.USER),
        ("my-agents.csv", "login,email,active", "", Kind.AGENT),
        ("Users 2026.csv", "login,email,active", "", Kind.USER),
        ("list.csv", "login,email,active", "agents=", Kind.AGENT),
        ("agents.csv", "login,email,active", "users=", Kind.USER),
    ],
)
def test_whose_roster_it_is(tmp_path: Path, name: str, header: str, prefix: str, kind: Kind) -> None:
    row = "x,x@example.com,yes" if "Role" not in header else "x,x@example.com,Manager"
    assert accounts(tmp_path / name, f"{header}\n{row}\n".encode(), prefix)[0].kind is kind


def test_a_roster_that_does_not_tell_asks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--roster users="):
        accounts(tmp_path / "list.csv", b"login,email\nx,x@example.com\n")


def test_one_roster_may_hold_both_kinds(tmp_path: Path) -> None:
    found = accounts(tmp_path / "all.csv", b"login,email,kind\na,a@x.test,user\nb,b@x.test,Agent\n")
    assert [account.kind for account in found] == [Kind.USER, Kind.AGENT]


def test_a_locked_account_cannot_sign_in_today(tmp_path: Path) -> None:
    text = b"Logon ID,Email / SIP Address,Locked\na,a@x.test,no\nb,b@x.test,Locked\nc,c@x.test,\n"
    assert [account.active for account in accounts(tmp_path / "r.csv", text)] == [True, False, True]
