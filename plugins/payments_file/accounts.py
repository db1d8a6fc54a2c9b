"""Accounts as banks name them, checked before a file is written."""

import re
import unicodedata

from maas_core.errors import UsageError
from maas_core.ports.payments import Account

IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
"""ISO 13616: country, two check digits, the country's own account number; 15 characters at least, 34 at most."""

BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
"""ISO 9362, as `BICFIDec2014Identifier` of the message's schema has it."""

SEPA_LENGTHS = {
    "AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}  # fmt: skip
"""Countries of the Single Euro Payments Area, and how long an IBAN of each is."""

LETTERS = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
"""What the Implementation Guidelines of the European Payments Council (EPC132-08) do not promise to carry."""

SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def iban(account: Account, side: str) -> str:
    """The account's IBAN without blanks. Raises `UsageError` naming the side and what is wrong."""
    written = dict(account.details).get("iban", "")
    plain = "".join(written.split()).upper()
    if not plain:
        raise UsageError(f"the {side} {account.name!r} names no iban in the account of its profile")
    if not IBAN.fullmatch(plain):
        raise UsageError(f"the {side}'s iban {written!r} is none; accepted: country, check digits, account number")
    length = SEPA_LENGTHS.get(plain[:2], len(plain))
    if len(plain) != length:
        raise UsageError(f"the {side}'s iban {written!r} has {len(plain)} characters; in {plain[:2]} it has {length}")
    if check_digits_remainder(plain) != 1:
        raise UsageError(f"the {side}'s iban {written!r} is misspelt: its check digits do not fit")
    return plain


def check_digits_remainder(plain: str) -> int:
    """ISO 7064, MOD 97-10, over country and check digits put last and letters as 10 to 35; 1 for a right one."""
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97


def bic(account: Account, side: str) -> str:
    """The BIC of the account's bank, empty if there is none. Raises `UsageError` if it is malformed."""
    plain = "".join(dict(account.details).get("bic", "").split()).upper()
    if plain and not BIC.fullmatch(plain):
        raise UsageError(f"the {side}'s bic {plain!r} is none; accepted: 8 or 11 letters and digits (ISO 9362)")
    return plain


def is_sepa(plain: str) -> bool:
    """Whether an IBAN is of the Single Euro Payments Area."""
    return plain[:2] in SEPA_LENGTHS


def text(written: str, most: int) -> str:
    """A text in the letters that every bank takes, at most so long. Raises `UsageError` if nothing is left."""
    latin = unicodedata.normalize("NFKD", written.translate(UMLAUTS).translate(SPELT))
    bare = "".join(letter for letter in latin if not unicodedata.combining(letter))
    plain = " ".join(LETTERS.sub(" ", bare).split())[:most].strip()
    if not plain:
        raise UsageError(f"{written!r} has no letter that banks take; accepted: Latin letters and digits")
    return plain
