"""The committed vectors are fresh, and others make the same of them as we do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.crypto import keccak

from chainfaas.domain.amounts import parse_tokens
from chainfaas.domain.canonical_json import encode_canonical_json
from chainfaas.domain.encodings import parse_hex
from chainfaas.domain.errors import InvalidInputError, SignatureError
from chainfaas.domain.identifiers import Address, InvocationId, function_id, job_id
from chainfaas.domain.manifests import manifest_of_json, parse_manifest
from chainfaas.domain.orders import parse_orders
from chainfaas.domain.receipt_documents import parse_receipt_document
from chainfaas.domain.records import parse_records
from chainfaas.domain.signatures import Signature
from chainfaas.domain.verify_receipt import verify_receipt
from tools.make_vectors import FOLDER, VECTORS, vector_text


def vectors(name: str) -> Any:  # noqa: ANN401 - JSON of many shapes
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def numbers(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from numbers(element)
    elif isinstance(value, int | float):
        yield value


@pytest.mark.parametrize("name", VECTORS)
def test_vector_file__committed__is_what_the_code_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == vector_text(name), "python -m tools.make_vectors"


def test_vector_folder__files__no_other_than_those_made() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*VECTORS, "README.md"}


@pytest.mark.parametrize("name", VECTORS)
def test_vector_file__numbers__none_that_a_json_reader_could_round(name: str) -> None:
    assert all(isinstance(number, int) and abs(number) < 2**32 for number in numbers(vectors(name)))


@pytest.mark.parametrize("name", VECTORS)
def test_readme__each_file__is_named(name: str) -> None:
    assert f"`{name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", vectors("typed_data.json")["messages"])
def test_typed_data__each_message__same_hash_digest_and_signer_by_eth_account(vector: dict[str, Any]) -> None:
    encoded = encode_typed_data(full_message=vector["typedData"])
    assert "0x" + encoded.header.hex() == vectors("typed_data.json")["domainSeparator"]
    assert "0x" + encoded.body.hex() == vector["hashStruct"]
    assert "0x" + _hash_eip191_message(encoded).hex() == vector["digest"]
    assert Account.recover_message(encoded, signature=vector["signature"]) == vector["signer"]


def test_typed_data__type_hashes__keccak_of_the_encoded_types() -> None:
    file = vectors("typed_data.json")
    for name, text in file["encodedTypes"].items():
        assert file["typeHashes"][name] == "0x" + keccak(text=text).hex()


def test_signatures__keys__sign_the_same_by_eth_account() -> None:
    file = vectors("signatures.json")
    for key, vector in zip(file["keys"], file["signatures"], strict=True):
        account = Account.from_key(key["privateKey"])
        assert account.address == key["address"] == vector["signer"]
        signed = account.unsafe_sign_hash(bytes.fromhex(file["digest"][2:]))
        assert "0x" + signed.signature.hex() == vector["signature"]


@pytest.mark.parametrize(
    "vector", vectors("signatures.json")["refused"], ids=lambda vector: str(vector["why"])
)
def test_signatures__refused__are(vector: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        Signature.parse(vector["signature"])


@pytest.mark.parametrize(
    ("kind", "parse"),
    [
        ("jobIds", job_id),
        ("functionIds", function_id),
        ("invocationIds", InvocationId.parse),
        ("addresses", Address.parse),
    ],
)
def test_identifiers__refused__are(kind: str, parse: Callable[[str], object]) -> None:
    for text in vectors("identifiers.json")["refused"][kind]:
        with pytest.raises(InvalidInputError):
            parse(text)


def test_identifiers__jobs__are_shifts_of_their_numbers() -> None:
    for vector in vectors("identifiers.json")["jobs"]:
        batch = vector["controllerId"] * 2**42 + int(vector["sequence"])
        assert int(vector["batchId"]) == batch
        assert int(vector["jobId"]) == batch * 64 + vector["index"]


@pytest.mark.parametrize(("kind", "parse"), [("orders", parse_orders), ("records", parse_records)])
def test_packings__refused__are(kind: str, parse: Callable[[bytes], object]) -> None:
    for text in vectors("packings.json")["refused"][kind]:
        with pytest.raises(InvalidInputError):
            parse(parse_hex(text))


def test_packings__batch_word__cut_hash_and_bitmap() -> None:
    vector = vectors("packings.json")["batchWord"]
    assert vector["word"] == "0x" + vector["batchHash"][14:] + f"{int(vector['open']):012x}"


@pytest.mark.parametrize("vector", vectors("prices.json")["costs"])
def test_prices__costs__as_the_rule_says(vector: dict[str, Any]) -> None:
    rate = vector["memoryMiB"] * int(vector["price"])
    reserved = min(int(vector["maxCost"]) * 10**9, int(vector["baseFee"]) + vector["timeoutMs"] * rate)
    cost = min(reserved, int(vector["baseFee"]) + vector["billedMs"] * rate) * (vector["status"] < 7)
    assert (int(vector["reserved"]), int(vector["cost"])) == (reserved, cost)


def test_prices__splits__add_up() -> None:
    for vector in vectors("prices.json")["splits"]:
        shares = [int(vector[share]) for share in ("provider", "controller", "sealer")]
        assert sum(shares) == int(vector["gross"])
        assert shares[1] + shares[2] == int(vector["gross"]) * vector["commissionBps"] // 10_000


def test_prices__refused_tokens__are() -> None:
    for text in vectors("prices.json")["refusedTokens"]:
        with pytest.raises(InvalidInputError):
            parse_tokens(text)


def test_content_hashes__contents__sha256_with_and_without_salt() -> None:
    file = vectors("content_hashes.json")
    salt = bytes.fromhex(file["invocationId"][2:])
    for vector in file["contents"]:
        content = bytes.fromhex(vector["content"][2:])
        assert vector["contentHash"] == "0x" + hashlib.sha256(salt + content).hexdigest()
        assert vector["fileHash"] == "0x" + hashlib.sha256(content).hexdigest()
    for name in ("metrics", "sandbox"):
        text = json.dumps(file[name]["value"], sort_keys=True, separators=(",", ":"))
        assert file[name]["contentHash"] == "0x" + hashlib.sha256(salt + text.encode()).hexdigest()


def test_manifests__canonical__parse_and_come_back() -> None:
    for vector in vectors("manifests.json")["manifests"]:
        raw = vector["canonical"].encode()
        assert parse_manifest(raw).canonical_bytes == raw


@pytest.mark.parametrize("change", vectors("manifests.json")["refused"])
def test_manifests__refused__are(change: dict[str, Any]) -> None:
    members = json.loads(vectors("manifests.json")["manifests"][0]["canonical"]) | change
    with pytest.raises(InvalidInputError):
        manifest_of_json({name: value for name, value in members.items() if value is not None})


def test_receipts__document__verifies() -> None:
    file = vectors("receipts.json")
    assert encode_canonical_json(file["document"]) == file["canonical"].encode()
    verification = verify_receipt(parse_receipt_document(file["canonical"].encode()))
    assert verification.is_valid
    assert "0x" + verification.receipt_hash.hex() == file["receiptHash"]


@pytest.mark.parametrize("change", vectors("receipts.json")["faults"])
def test_receipts__changed__has_the_named_faults(change: dict[str, Any]) -> None:
    canonical: str = vectors("receipts.json")["canonical"]
    assert canonical.count(change["replace"]) == 1
    changed = parse_receipt_document(canonical.replace(change["replace"], change["by"]).encode())
    assert list(verify_receipt(changed).faults) == change["faults"]
