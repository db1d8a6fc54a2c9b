"""A draft as a file that administrators hand round."""

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maas_core.errors import MembershipError
from maas_core.ports.membership import ChangeKind, Draft, Member, MemberChange


def write_draft(file: Path, draft: Draft) -> None:
    """Write it. Raises `MembershipError`."""
    change = {
        "kind": draft.change.kind.value,
        "member": asdict(draft.change.member),
        "material": draft.change.material.decode("utf-8", "replace"),
    }
    signatures = [{"member": member, "signature": _text(content)} for member, content in draft.signatures]
    content = {"change": change, "payload": _text(draft.payload), "signatures": signatures}
    try:
        file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise MembershipError(f"{file}: cannot be written: {error.strerror}") from None


def read_draft(file: Path) -> Draft:
    """The inverse. Raises `MembershipError`."""
    try:
        content: dict[str, Any] = json.loads(file.read_text("utf-8"))
        change = content["change"]
        wanted = MemberChange(ChangeKind(change["kind"]), Member(**change["member"]), str(change["material"]).encode())
        signatures = tuple((str(one["member"]), _bytes(one["signature"])) for one in content["signatures"])
        return Draft(wanted, _bytes(content["payload"]), signatures)
    except OSError as error:
        raise MembershipError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise MembershipError(f"{file}: is no draft of a change of members: {type(error).__name__} {error}") from None


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
