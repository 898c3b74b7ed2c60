# ruff: noqa: ANN401 - what JSON-RPC carries has no narrower type
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from eth_abi.abi import encode
from web3 import Web3
from web3.providers.base import BaseProvider

from chainfaas.chain.artefacts import artefact_names, load_artefact
from chainfaas.chain.errors import ChainUnreachableError, WrongChainError
from chainfaas.chain.event_decoder import EventDecoder, KnownContract, RawLog, UndecodableLogError
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.head_follower import HeadFollower
from chainfaas.chain.headers import HeadClock
from chainfaas.chain.json_rpc import JsonRpc, RpcRefusedError
from chainfaas.controller.indexing.project import HANDLERS
from chainfaas.domain.identifiers import Address, ChainId
from chainfaas.domain.keccak import keccak256

OURS = Address(b"\x01" * 20)
STRANGER = Address(b"\x02" * 20)
PAYER = Address(b"\x03" * 20)
ABI = [
    {
        "type": "event",
        "name": "Said",
        "inputs": [
            {"name": "who", "type": "address", "indexed": True},
            {"name": "what", "type": "string", "indexed": False},
            {"name": "hash", "type": "bytes32", "indexed": True},
            {"name": "number", "type": "uint96", "indexed": False},
        ],
    }
]
TOPIC = keccak256(b"Said(address,string,bytes32,uint96)")
DECODER = EventDecoder([KnownContract("Ours", OURS, ABI)])

Answer = Callable[[Any], object]


def raw_log(text: bytes, address: Address = OURS, topics: Sequence[bytes] | None = None) -> RawLog:
    whole = (TOPIC, bytes(12) + PAYER.raw, b"\x07" * 32)
    data = encode(["bytes", "uint96"], [text, 2**95])
    return RawLog(address, whole if topics is None else tuple(topics), data, 5, b"\x05" * 32, bytes(32), 0, 3)


def test_decode__known_event__arguments_by_name() -> None:
    event = DECODER.decode(raw_log("grüß".encode()))
    assert event is not None
    assert (event.name, event.contract, event.log_index) == ("Said", "Ours", 3)
    assert dict(event.args) == {"who": PAYER, "what": "grüß", "hash": b"\x07" * 32, "number": 2**95}


def test_decode__same_event_of_a_stranger__ignored() -> None:
    assert DECODER.decode(raw_log(b"", STRANGER)) is None


@pytest.mark.parametrize("topics", [[], [bytes(32)]])
def test_decode__unknown_or_anonymous_event__ignored(topics: list[bytes]) -> None:
    assert DECODER.decode(raw_log(b"", OURS, topics)) is None


def test_decode__fewer_topics_than_the_abi__refused() -> None:
    with pytest.raises(UndecodableLogError, match="Said"):
        DECODER.decode(raw_log(b"", OURS, [TOPIC]))


def test_decode__text_that_is_no_text__replaced_and_never_a_stop() -> None:
    event = DECODER.decode(raw_log(b"\xff\x00ok"))
    assert event is not None
    assert event.args["what"] == "\ufffd\ufffdok"


def test_handlers__events_of_the_shipped_contracts__each_has_one_or_is_known_to_change_nothing() -> None:
    said = {
        item["name"]
        for name in artefact_names()
        for item in load_artefact(name).abi
        if item["type"] == "event" and name != "ChainFaaSToken"
    }
    assert said - set(HANDLERS) == {"BatchSkipped", "EIP712DomainChanged"} & said
    assert set(HANDLERS) <= said


class ScriptedProvider(BaseProvider):
    """Answers as it is told, in memory."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        super().__init__()
        self.answers = answers

    def make_request(self, method: Any, params: Any) -> Any:
        return {"jsonrpc": "2.0", "id": 1, **self._answer(method, params)}

    def make_batch_request(self, requests: Any) -> Any:
        return [self.make_request(method, params) for method, params in requests]

    def _answer(self, method: str, params: Any) -> dict[str, object]:
        answer = self.answers[method](params)
        return answer if isinstance(answer, dict) and "error" in answer else {"result": answer}


def json_log(number: int, **others: object) -> dict[str, object]:
    log = raw_log(b"hello")
    return {
        "address": str(log.address),
        "topics": ["0x" + topic.hex() for topic in log.topics],
        "data": "0x" + log.data.hex(),
        "blockNumber": hex(number),
        "blockHash": "0x" + bytes([number] * 32).hex(),
        "transactionHash": "0x" + bytes(32).hex(),
        "transactionIndex": "0x0",
        "logIndex": "0x0",
        **others,
    }


def reader_of(answers: dict[str, Answer]) -> EventReader:
    return EventReader(Web3(ScriptedProvider(answers)), ChainId(7), DECODER)


def narrow_node(widest: int, asked: list[int]) -> dict[str, Answer]:
    def get_logs(params: Any) -> object:
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        asked.append(last - first + 1)
        if last - first + 1 > widest:
            return {"error": {"code": -32005, "message": "query returned more than 10000 results"}}
        return [json_log(number) for number in range(first, last + 1)]

    return {"eth_getLogs": get_logs}


def test_read_events_in_range__node_refuses_wide_ranges__halved_until_it_answers() -> None:
    asked: list[int] = []
    events = reader_of(narrow_node(10, asked)).read_events_in_range(1, 100)
    assert [event.block_number for event in events] == list(range(1, 101))
    assert asked[:4] == [100, 50, 25, 12]


def test_read_events_in_range__not_even_one_block__refused() -> None:
    with pytest.raises(RpcRefusedError):
        reader_of(narrow_node(0, [])).read_events_in_range(1, 100)


def test_read_events_in_range__logs_out_of_order_or_removed__sorted_and_left_out() -> None:
    logs = [json_log(9), json_log(8), json_log(7, removed=True), json_log(8, logIndex="0x1")]
    events = reader_of({"eth_getLogs": lambda _: logs}).read_events_in_range(1, 9)
    assert [(event.block_number, event.log_index) for event in events] == [(8, 0), (8, 1), (9, 0)]


def test_check_chain__another__refused_with_both_numbers() -> None:
    with pytest.raises(WrongChainError, match=r"9 instead of 7"):
        reader_of({"eth_chainId": lambda _: "0x9"}).check_chain()


@pytest.mark.parametrize("answer", [None, [], "0x", {"number": "0x1"}, {"number": 1}])
def test_head__malformed_answer__unreachable_rather_than_wrong(answer: object) -> None:
    with pytest.raises(ChainUnreachableError):
        reader_of({"eth_getBlockByNumber": lambda _: answer}).head()


def test_call__transport_fails__unreachable() -> None:
    def fail(_: object) -> object:
        raise OSError("broken pipe")

    with pytest.raises(ChainUnreachableError, match="broken pipe"):
        JsonRpc(Web3(ScriptedProvider({"eth_chainId": fail}))).call("eth_chainId")


def test_call__error_with_data__kept() -> None:
    refused = {"error": {"code": 3, "message": "execution reverted", "data": "0x0102"}}
    with pytest.raises(RpcRefusedError) as caught:
        JsonRpc(Web3(ScriptedProvider({"eth_call": lambda _: refused}))).call("eth_call")
    assert (caught.value.rpc_code, caught.value.data) == (3, b"\x01\x02")


def test_look__new_head__clock_ticks_and_tells_once() -> None:
    block = {
        "number": "0x1",
        "hash": "0x" + "01" * 32,
        "parentHash": "0x" + "00" * 32,
        "timestamp": "0x5",
    }
    clock, told = HeadClock(1.0), []
    connection = Web3(ScriptedProvider({"eth_getBlockByNumber": lambda _: block}))
    follower = HeadFollower(connection, clock, lambda: told.append(1))
    assert follower.look()
    assert not follower.look()
    assert len(told) == 1
    assert clock.head is not None
    assert clock.head.number == 1
