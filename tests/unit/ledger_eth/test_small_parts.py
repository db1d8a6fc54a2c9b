"""Answers to sent transactions, settings, keys, first blocks, spans, and signers that block each other."""

import json
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.broadcasting import meaning
from maas_ledger_eth.contract import annex_of, is_genuine
from maas_ledger_eth.deployment import packed_source, publication, unpacked_source
from maas_ledger_eth.devnet.genesis import clique_genesis
from maas_ledger_eth.devnet.layout import SignerPlace
from maas_ledger_eth.devnet.settings import DevnetSettings
from maas_ledger_eth.devnet.watchdog import Tip, blocked
from maas_ledger_eth.events import Span
from maas_ledger_eth.keystore import LIGHT, Settings, new_secret, open_key, signer_of, write
from maas_ledger_eth.settings import Settings as LedgerSettings
from maas_ledger_eth.transport.rpc import Fault, NoAnswer, results

from maas_core.errors import SignerError, UsageError
from maas_core.ports.secret import Secret
from maas_core.ports.workflow import BroadcastStatus as Status
from tests.support.evm import open_evm

ADDRESS = "0x" + "11" * 20


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("already known", Status.KNOWN),
        ("Known transaction", Status.KNOWN),
        ("nonce too low: next nonce 5, tx nonce 3", Status.DEAD),
        ("replacement transaction underpriced", Status.RESIGN),
        ("transaction underpriced", Status.RESIGN),
        ("exceeds block gas limit", Status.REFUSED),
        ("intrinsic gas too low", Status.REFUSED),
        ("invalid sender", Status.REFUSED),
        ("insufficient funds for gas * price + value", Status.RETRY_SAME),
        ("txpool is full", Status.RETRY_SAME),
        ("something that nobody has ever seen", Status.RETRY_SAME),
    ],
)
def test_what_an_answer_to_a_sent_transaction_means(text: str, status: Status) -> None:
    assert meaning(Fault(-32000, text)) is status


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("endpoints", {"endpoints": ()}),
        ("endpoints", {"endpoints": ("localhost:8545",)}),
        ("contract", {"contract": "0x12"}),
        ("contract", {"contract": ""}),
        ("agree", {"agree": 2}),
    ],
)
def test_settings_that_make_no_sense_name_the_key(key: str, changes: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"endpoints": ("http://localhost:1",), "contract": ADDRESS}
    with pytest.raises(ValueError, match=f"^{key}: .*accepted: "):
        LedgerSettings(**(usual | changes))


def test_a_key_comes_back_from_its_file_with_the_passphrase_alone(tmp_path: Path) -> None:
    secret = new_secret()
    write(tmp_path / "key.json", secret, "open", LIGHT)
    opened = open_key(Settings(Path("key.json"), Secret("open")), tmp_path)
    assert opened.public_key == signer_of(secret).public_key
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0
    with pytest.raises(SignerError, match="wrong passphrase"):
        open_key(Settings(Path("key.json"), Secret("shut")), tmp_path)
    with pytest.raises(SignerError, match="a key is never replaced"):
        write(tmp_path / "key.json", secret, "open", LIGHT)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 3}', '{"crypto": {}, "version": 9}'])
def test_what_is_no_keystore_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_text(content)
    with pytest.raises(SignerError, match="no keystore file"):
        open_key(Settings(Path("key.json"), Secret("open")), tmp_path)


def test_a_first_block_names_its_signers_and_the_rules_of_its_gas() -> None:
    usual: dict[str, Any] = {"chain_id": 7, "period": 1, "gas_limit": 30_000_000, "time": 5, "balances": {}}
    free = clique_genesis([b"\2" * 20, b"\1" * 20], free_gas=True, **usual)
    assert free["extraData"] == "0x" + "00" * 32 + "01" * 20 + "02" * 20 + "00" * 65
    assert "londonBlock" not in free["config"]
    assert "londonBlock" in clique_genesis([b"\1" * 20], free_gas=False, **usual)["config"]
    with pytest.raises(UsageError, match="each named once"):
        clique_genesis([b"\1" * 20] * 2, free_gas=True, **usual)


def test_an_even_number_of_signers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^signers: .*for ever"):
        DevnetSettings(signers=4)


@pytest.mark.parametrize("settings", [{"period": 0}, {"period": -1, "signers": 1}])
def test_a_period_that_is_too_short_for_so_many_signers_is_refused(settings: dict[str, Any]) -> None:
    assert DevnetSettings(signers=1, period=0).period == 0
    with pytest.raises(ValueError, match="period: is too short; accepted: 1 to 60, and 0 with --signers 1"):
        DevnetSettings(**settings)


def test_a_span_halves_down_to_one_block_and_grows_again() -> None:
    span = Span(100)
    span.halve(100)
    span.halve(50)
    assert span.now == 25
    for _ in range(5):
        span.grow()
    assert span.now == 100
    with pytest.raises(NoAnswer):
        span.halve(1)


@pytest.mark.parametrize(
    "answer", [[], {}, "no", [{"id": 1, "result": 1}], [{"id": None, "error": {"code": 1, "message": "too many"}}]]
)
def test_an_answer_that_is_not_one_to_the_batch_is_none(answer: object) -> None:
    with pytest.raises(NoAnswer):
        results(answer, 2)


def test_answers_come_in_the_order_of_the_requests() -> None:
    told = [{"id": 8, "result": "b"}, {"id": 7, "error": {"code": 3, "message": "no", "data": "0x12"}}]
    assert results(told, 2) == [Fault(3, "no", "0x12"), "b"]


def tip(name: str, digest: str, difficulty: int) -> Tip:
    return Tip(SignerPlace(name, "", "", 0, 0, 0, 0), 5, digest, difficulty)


def test_one_of_two_sides_of_the_same_weight_gives_way() -> None:
    sides = [tip("a", "0x1", 9), tip("b", "0x1", 9), tip("c", "0x2", 9), tip("d", "0x2", 9)]
    assert [one.signer.name for one in blocked(sides)] == ["c", "d"]
    assert blocked(sides[:2]) == []
    assert blocked([*sides[:2], tip("late", "0x3", 7)]) == []
    assert blocked([]) == []


def test_the_published_source_is_the_artifacts() -> None:
    told = unpacked_source(packed_source())
    assert told["compiler"] == load_artifact().compiler
    assert "src/MaaS.sol" in told["sources"]


def test_publishing_leaves_an_event_with_all_of_it_and_no_contract() -> None:
    contract, data = bytes.fromhex(ADDRESS[2:]), packed_source()
    with open_evm() as evm:
        outcome = evm.call("0x" + "00" * 20, b"", "0x" + "22" * 20, 1)
        assert outcome.ok
    code = publication(contract, data)
    assert code.endswith(data)
    assert json.dumps(len(code)) == str(len(data) + len(code) - len(data))


def test_only_the_contract_of_this_package_is_genuine() -> None:
    artifact, contract = load_artifact(), bytes.fromhex(ADDRESS[2:])
    with open_evm() as evm:
        where = bytes.fromhex(evm.deploy(artifact.bytecode, b"", "0x" + "22" * 20, 1)[2:])
    assert len(annex_of(where)) == 20
    assert not is_genuine(contract, b"", b"", artifact)
    assert not is_genuine(contract, bytes(artifact.sizes["MaaS"]), bytes(artifact.sizes["Annex"]), artifact)
