"""What an error of the file system means to the core."""

import errno

from maas_core.errors import StoreError
from maas_core.ports.workflow import Unavailable

_FOR_THE_OPERATOR = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG}
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOENT: "the directory is gone; is its disk mounted?",
    errno.EIO: "the disk reports an error",
}


def as_answer(place: str, error: OSError) -> Unavailable:
    """The answer to a call that failed. Raises `StoreError` for what asking again cannot change."""
    code = error.errno or 0
    reason = f"{place}: {_REASONS.get(code, error.strerror or str(error))}"
    if code in _FOR_THE_OPERATOR:
        raise StoreError(f"{reason}; the directory must be writable for the node") from error
    return Unavailable(reason)
