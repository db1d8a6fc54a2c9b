"""A value that must never be shown: a passphrase, a password, a token."""

import re
from typing import NoReturn

MASK = "********"
LONGEST_SHOWN = 200

SECRET_IN_URL = re.compile(r"(://)[^/@\s]*@|((?:password|passwd|token|secret|key)=)[^&\s]*", re.IGNORECASE)


class Secret:
    """Text that appears as asterisks wherever it is printed, logged or put into a message.

    A settings dataclass declares a field of this type; the config then takes it from a file or from the environment.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: hand it to what needs it, keep it nowhere."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def safe_text(text: str) -> str:
    """Text from elsewhere as a message may show it: no password in a URL, no private key, at most a line or two."""
    if "PRIVATE KEY" in text:
        return MASK
    masked = SECRET_IN_URL.sub(lambda match: f"{match[1]}{MASK}@" if match[1] else f"{match[2]}{MASK}", text)
    return masked if len(masked) <= LONGEST_SHOWN else f"{masked[:LONGEST_SHOWN]}..."
