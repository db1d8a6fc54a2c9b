"""Every exception that `maas_core` raises on purpose; each class says who can do what about it.

The command line and the API map this tree to exit codes and status codes once. A message names what was wrong, where,
and what is accepted; it never contains a secret.
"""


class MaasError(Exception):
    """The root: catch it to catch all that the core raises on purpose."""

    exit_code = 1


class UsageError(MaasError):
    """The caller asked for something that does not exist or makes no sense: ask again, corrected."""

    exit_code = 2


class ConfigError(MaasError):
    """A configuration cannot be used: the operator corrects the file, key and value that the message names."""

    exit_code = 10


class PluginError(MaasError):
    """A plugin is missing or broken: the operator installs what the message names, or tells its author."""

    exit_code = 11


class CommandRejectedError(MaasError):
    """The ledger refused a command by the protocol's rules: the caller looks at the record again and decides anew."""

    exit_code = 20


class UnavailableError(MaasError):
    """A ledger, storage or database did not answer in time: the same call may succeed later."""

    exit_code = 21


class NotFinalError(MaasError):
    """The wait for finality ended first: the submission goes on and can be looked up by its id."""

    exit_code = 22


class HaltedError(MaasError):
    """The ledger contradicts something final: nothing is sent until an operator runs `maasctl ledger resolve`."""

    exit_code = 23


class IntegrityError(MaasError):
    """Bytes are not what their digest, signature or proof says: fetch them elsewhere and do not use these."""

    exit_code = 30


class StoreError(MaasError):
    """A database or a storage cannot be used as it is (read-only, no permission, wrong revision): make it usable."""

    exit_code = 31


class SignerError(MaasError):
    """A key cannot be used: the operator checks the key file, its permissions or the key service."""

    exit_code = 32


class MembershipError(MaasError):
    """A change of those who run the ledger cannot be made: the members change the draft."""

    exit_code = 33


class BusyError(MaasError):
    """Another process holds what this one needs, e.g. the lease on a signing key: stop that one or only read."""

    exit_code = 34


class NoAccessError(MaasError):
    """This party is not among the readers of what it wants to read: ask the author or the group's owner."""

    exit_code = 35
