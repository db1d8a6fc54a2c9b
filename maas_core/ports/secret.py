"""A value that must never be shown: a passphrase, a password, a token."""

from typing import NoReturn

MASK = "********"


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
