"""Nodes as an application embeds them."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.errors import CommandRejectedError, IntegrityError, StoreError, UsageError
from maas_core.ledgerio.sql.repair import retry_quarantine
from maas_core.ledgerio.submission import SubmissionState
from maas_core.node import Node
from maas_core.node.advice import ADVICE
from maas_core.node.machines import NewMachine
from maas_core.node.verification import verify
from maas_core.plugins import build_plugin_manager
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import MachineState, Role, StopCause

DIGEST = b"d" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = CliRunner().invoke(root, ["init", "--pair", str(tmp_path / "pair")])
    assert made.exit_code == 0, made.output
    return tmp_path / "pair"


def opened(folder: Path, name: str) -> Node:
    return Node.open(load_config(folder / name / "maas.toml", build_plugin_manager(), {}))


def agreed(oem: Node, customer: Node) -> bytes:
    """Both parties active, and a machine that both agreed on."""
    for submission in (
        oem.parties.found(DIGEST, DIGEST),
        oem.proposals.set_roles(1, Role.BOARD | Role.OEM),
        oem.proposals.invite(2, customer.identity, Role.CUSTOMER),
    ):
        oem.submissions.wait(submission)
    customer.submissions.wait(customer.parties.join(DIGEST))
    machine, registered = oem.machines.register(NewMachine(1, 2, 7, DIGEST, DIGEST, 60, 86_400))
    oem.submissions.wait(registered)
    customer.sync()
    customer.submissions.wait(customer.machines.accept(machine, DIGEST))
    return machine


def test_two_nodes_in_one_process_do_not_interfere(folder: Path) -> None:
    with opened(folder, "oem") as oem, opened(folder, "customer") as customer:
        machine = agreed(oem, customer)
        customer.submissions.wait(customer.machines.start(machine))
        assert oem.machines.get(machine).record.state == MachineState.REGISTERED
        oem.sync()
        assert oem.machines.get(machine) == customer.machines.get(machine)
        assert verify(oem).different == []
        assert verify(customer).different == []


def test_a_rejection_says_what_to_do_next(folder: Path) -> None:
    with opened(folder, "oem") as oem, opened(folder, "customer") as customer:
        machine = agreed(oem, customer)
        stopped = customer.machines.stop(machine, StopCause.OPERATOR)
        with pytest.raises(CommandRejectedError, match=r"WRONG_STATE.*look at it again"):
            customer.submissions.wait(stopped)
        assert customer.submissions.find(stopped.id).state == SubmissionState.REJECTED


@pytest.mark.parametrize("code", list(Code))
def test_every_rejection_code_has_advice(code: Code) -> None:
    assert ADVICE[code].endswith(".")


def test_what_is_not_signed_can_be_taken_back(folder: Path) -> None:
    with opened(folder, "oem") as oem:
        submission = oem.parties.found(DIGEST, DIGEST)
        assert oem.submissions.retract(submission.id).state == SubmissionState.RETRACTED
        oem.sync()
        assert oem.parties.all() == []
        with pytest.raises(UsageError, match="cannot be taken back"):
            oem.submissions.retract(submission.id)


def test_records_have_aliases_and_unique_prefixes(folder: Path) -> None:
    with opened(folder, "oem") as oem, opened(folder, "customer") as customer:
        machine = agreed(oem, customer)
        oem.aliases.set("press", "machine", machine)
        for text in ("press", machine.hex(), machine.hex()[:8]):
            assert oem.aliases.resolve("machine", text) == machine
        with pytest.raises(UsageError, match="no machine 'lathe'"):
            oem.aliases.resolve("machine", "lathe")
        oem.aliases.remove("press")
        assert oem.aliases.name_of("machine", machine) == ""


def test_a_node_without_database_says_how_to_make_one(folder: Path) -> None:
    (folder / "oem" / "node.db").unlink()
    with pytest.raises(StoreError, match=r"maasctl (node migrate|init)"):
        opened(folder, "oem")


def test_a_node_without_key_reads_and_sends_nothing(folder: Path) -> None:
    config = folder / "oem" / "maas.toml"
    text = config.read_text(encoding="utf-8")
    begin, end = text.index("[signer]"), text.index("[ledger]")
    config.write_text(text[:begin] + text[end:], encoding="utf-8")
    with opened(folder, "oem") as oem, pytest.raises(UsageError, match="only reads"):
        oem.parties.join(DIGEST)


def test_a_writer_goes_on_after_a_repair_by_another_process(folder: Path) -> None:
    with opened(folder, "oem") as oem, opened(folder, "customer") as customer:
        machine = agreed(oem, customer)
        assert retry_quarantine(customer.database) == (0, 0)
        with customer.database.writing() as connection:
            connection.execute(text("UPDATE chain SET epoch = epoch + 1"))
        customer.submissions.wait(customer.machines.start(machine))
        assert customer.machines.get(machine).record.state == MachineState.EXECUTED


def test_documents_are_found_by_their_digest(folder: Path) -> None:
    with opened(folder, "oem") as oem:
        deployment = b"x" * 32
        oem.submissions.wait(oem.parties.found(oem.parties.publish_profile(deployment), deployment))
        digest = oem.documents.publish("terms", b"content", [])
        assert oem.documents.read(digest, "terms") == b"content"
        with pytest.raises(IntegrityError, match="is in none of the storages"):
            oem.documents.read(DIGEST, "terms")
