"""Signed tokens: what makes a teacher the teacher of one class, and a student a student of it.

A teacher's token is `CODE.opened.nonce.signature`, all of it letters, digits and dots, so that it
can stand in a link. It holds everything that a class needs to be opened again under the same code
by a process that knows nothing of it. A student's token is `nonce.signature`, signed for one class
alone. Signatures are HMAC-SHA256 (RFC 2104), of which 128 bits are kept.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models import folding
from playground.core.limits import on_public_host
from playground.features.history import store as history_store
from playground.features.history.folder import data_folder

VARIABLE = "PLAYGROUND_SECRET"
FILE = "class-secret"
SHORTEST_SECRET = 16  # characters that an operator may give
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of codes: no vowels, so that no code is a word; no digits, so that nothing looks like another."""
CODE_LETTERS = 4
MOST_TYPED = 20
"""Of what is typed for a code, spaces, quotes and full stops included."""
LONGEST_SECONDS = 24 * 3600
"""For which a link restores its class."""

_BYTES = 32
_SIGNATURE_DIGITS = 32
_CODE = re.compile(f"[{LETTERS}]{{{CODE_LETTERS}}}")
_TEACHER = re.compile(
    rf"([{LETTERS}]{{{CODE_LETTERS}}})\.([0-9a-f]{{1,12}})\.([0-9a-f]{{32}})\.([0-9a-f]{{32}})"
)
_STUDENT = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})")

NOT_THIS_CLASS = "This link is not that of this class’s teacher. Open the link of your own class."
TOO_OLD = "This link is older than a day, and its class has ended. Open a new class."


class Forbidden(ValueError):
    """A token that opens nothing here; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What tokens are signed with, and whether the next start has the same."""

    key: bytes
    kept: bool


@dataclass(frozen=True, slots=True)
class ClassToken:
    """Who a class is: its code, when it was opened (seconds since 1970), and a number for once."""

    code: str
    opened: int
    nonce: str

    def text(self, secret: Secret) -> str:
        """The token as it stands in the teacher's link."""
        signature = _signature(secret, "teacher", self.code, str(self.opened), self.nonce)
        return f"{self.code}.{self.opened:x}.{self.nonce}.{signature}"


def open_secret(environment: Mapping[str, str] | None = None) -> Secret:
    """The secret of this host: of its variable, or of a file beside the history, made once.

    On a public host without the variable, and where no file can be written, it is made anew by
    every start, and `kept` is false.

    Raises:
        ValueError: in a sentence, when the variable holds something too short.
    """
    given = os.environ if environment is None else environment
    if named := given.get(VARIABLE, ""):
        if len(named) < SHORTEST_SECRET:
            raise ValueError(f"{VARIABLE} must have at least {SHORTEST_SECRET} characters.")
        return Secret(hashlib.sha256(named.encode()).digest(), kept=True)
    if on_public_host(given):
        return passing_secret()
    try:
        return Secret(_key_of(_folder(given) / FILE), kept=True)
    except (OSError, ValueError, RuntimeError):  # no place to write, no key in it, no home
        return passing_secret()


def passing_secret() -> Secret:
    """A secret that ends with the process."""
    return Secret(secrets.token_bytes(_BYTES), kept=False)


def _folder(environment: Mapping[str, str]) -> Path:
    """Where the history lies, whether or not one is kept."""
    named = environment.get(history_store.SETTING, "").strip()
    if named and named.lower() != history_store.OFF:
        return Path(named).expanduser().parent
    return (data_folder(environment) / history_store.FILE).parent


def _key_of(file: Path) -> bytes:
    """The key in a file, which is made first if there is none; two starts at once agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{secrets.token_hex(4)}-{file.name}")
    if not file.exists():
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write(secrets.token_hex(_BYTES))
        try:
            os.link(unfinished, file)  # the first one wins; never half a file
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    if len(key) != _BYTES:
        raise ValueError("this file holds no key")
    return key


def new_class(code: str, now: float | None = None) -> ClassToken:
    """A class that was not there before."""
    return ClassToken(code, int(time.time() if now is None else now), secrets.token_hex(16))


def read_class(secret: Secret, text: str, code: str) -> ClassToken:
    """What a teacher's token says; `Forbidden` unless we have signed it for this code."""
    found = _TEACHER.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[1] != code:
        raise Forbidden(NOT_THIS_CLASS)
    token = ClassToken(found[1], int(found[2], 16), found[3])
    if not hmac.compare_digest(token.text(secret), text):
        raise Forbidden(NOT_THIS_CLASS)
    return token


def new_student(secret: Secret, token: ClassToken) -> str:
    """A token for one more student of a class."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_student_signature(secret, token, nonce)}"


def is_student(secret: Secret, token: ClassToken, text: str) -> bool:
    """Whether a token is that of a student of this class, whoever keeps a list of them."""
    found = _STUDENT.fullmatch(text) if isinstance(text, str) else None
    return found is not None and hmac.compare_digest(
        _student_signature(secret, token, found[1]), found[2]
    )


def random_name() -> str:
    """A name that nobody guesses, of something in a class."""
    return secrets.token_hex(12)


def random_code(letters: int = CODE_LETTERS) -> str:
    """So many letters."""
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def tidy_code(typed: object) -> str:
    """A code as people type and paste it, in capitals, letters alone; "" if it can be none."""
    if not isinstance(typed, str) or len(typed) > MOST_TYPED:
        return ""
    letters = "".join(filter(str.isalnum, folding.plain(typed).upper()))
    return letters if _CODE.fullmatch(letters) else ""


def _student_signature(secret: Secret, token: ClassToken, nonce: str) -> str:
    return _signature(secret, "student", token.code, token.nonce, nonce)


def _signature(secret: Secret, *parts: str) -> str:
    """Of parts in which no bar occurs, so that no two lists of them are signed alike."""
    signed = hmac.new(secret.key, "|".join(parts).encode(), hashlib.sha256)
    return signed.hexdigest()[:_SIGNATURE_DIGITS]
