"""Vectors of identifiers, packed bytes, amounts and prices."""

from __future__ import annotations

from chainfaas.domain.amounts import (
    BaseFee,
    MaxCost,
    Price,
    TokenAmount,
    amount_of_job_cap,
    amount_of_max_cost,
    job_cap,
    max_cost,
    parse_tokens,
)
from chainfaas.domain.batches import batch_word
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import (
    Address,
    ControllerId,
    FunctionId,
    InvocationId,
    compose_batch_id,
    compose_job_id,
    format_function_id,
)
from chainfaas.domain.masks import indices_of_mask, mask_of_indices
from chainfaas.domain.orders import pack_orders
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms, billed_time_ms, job_cost, reserved_cost, split_gross
from chainfaas.domain.records import pack_records
from chainfaas.domain.typed_data import hash_batch
from tools.vectors import samples

Json = dict[str, JsonValue]


def identifier_vectors() -> Json:
    """Return identifiers, composed and as text, and texts to refuse."""
    return {
        "about": "Batch id = controller id << 42 | sequence; job id = batch id << 6 | index. Refused texts "
        "are malformed, out of range, or a second spelling of something.",
        "jobs": [_job(1, 0, 0), _job(1, 7, 2), _job(2**15 - 1, 2**42 - 1, 47)],
        "functions": [
            {"functionId": number, "text": format_function_id(FunctionId(number))}
            for number in (1, 4_294_967_295)
        ],
        "invocations": [
            {"bytes": format_hex(invocation.raw), "text": str(invocation)}
            for invocation in (samples.INVOCATION, InvocationId(bytes(32)), InvocationId(b"\xff" * 32))
        ],
        "addresses": [
            {"bytes": format_hex(address.raw), "text": str(address)}
            for address in (samples.CONTROLLER.address, Address(bytes(20)), samples.DOMAIN.ledger)
        ],
        "refused": {
            "jobIds": ["0", "281474976710655", "281474976710704", "01", "-1", "9223372036854775808"],
            "functionIds": ["fn-0", "fn-4294967296", "fn-01", "FN-1"],
            "invocationIds": [
                "inv_",
                str(samples.INVOCATION).upper(),
                str(InvocationId(bytes(32)))[:-1] + "b",
            ],
            "addresses": [
                "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
            ],
        },
    }


def packing_vectors() -> Json:
    """Return orders, records, masks and batch words as bytes, and bytes to refuse."""
    part = samples.PART
    batch_hash = hash_batch(part.batch)
    return {
        "about": "Orders are versionId u32 | details bytes32, records status u8 | billedMs u32 | receiptHash "
        "bytes32, the batch word is the low 208 bits of the batch's hash, then the open bitmap u48.",
        "orders": {
            "values": [
                {"versionId": order.version, "details": format_hex(order.details)}
                for order in part.batch.orders
            ],
            "packed": format_hex(pack_orders(part.batch.orders)),
            "occupied": str(part.batch.occupied),
        },
        "records": {
            "values": [
                {
                    "status": record.status.value,
                    "billedMs": record.billed_ms,
                    "receiptHash": format_hex(record.receipt_hash),
                }
                for record in part.records
            ],
            "packed": format_hex(pack_records(part.records)),
        },
        "masks": [
            {"mask": str(mask), "indices": list(indices_of_mask(mask))}
            for mask in (mask_of_indices(()), part.mask, mask_of_indices(range(48)))
        ],
        "batchWord": {
            "batchHash": format_hex(batch_hash),
            "open": str(part.mask),
            "word": format_hex(batch_word(batch_hash, part.mask).to_bytes(32, "big")),
        },
        "refused": {
            "orders": ["0x", "0x00", format_hex(bytes(35) + b"\x01"), format_hex(bytes(36 * 49))],
            "records": [
                "0x",
                format_hex(b"\x01" * 36),
                format_hex(bytes(37)),
                format_hex(b"\x0a" + bytes(36)),
            ],
        },
    }


def price_vectors() -> Json:
    """Return amounts, costs and their division."""
    terms = Terms(MaxCost(3_000_000_000), memory_mib=128, timeout_ms=100_000)
    widest = Terms(MaxCost(2**48 - 1), memory_mib=2**16 - 1, timeout_ms=2**32 - 1)
    offer = samples.BATCH.offer
    return {
        "about": "Amounts are base units of a token with 18 decimals. reserved = min(maxCost * 10^9, "
        "baseFee + timeoutMs * memoryMiB * price); cost = min(reserved, baseFee + billedMs * memoryMiB * "
        "price), and 0 for statuses 7 to 9; billedMs = max(1, min(runMs, bracketMs, timeoutMs)).",
        "tokens": [
            {"text": text, "baseUnits": str(parse_tokens(text))}
            for text in ("0", "1", "1.25", "0.000000000000000001", "79228162514.264337593543950335")
        ],
        "refusedTokens": [
            "",
            ".5",
            "1.",
            "01",
            "-1",
            "1e3",
            "1,0",
            "0.0000000000000000001",
            "79228162514.264337593543950336",
        ],
        "caps": {
            "maxCost": {
                "field": str(max_cost(2**48 - 1)),
                "baseUnits": str(amount_of_max_cost(max_cost(2**48 - 1))),
            },
            "jobCap": {"field": job_cap(2**32 - 1), "baseUnits": str(amount_of_job_cap(job_cap(2**32 - 1)))},
        },
        "costs": [
            _cost(terms, offer, Status.SUCCEEDED, 42),
            _cost(terms, offer, Status.TIMED_OUT, 100_000),
            _cost(terms, offer, Status.DECLINED, 42),
            _cost(widest, Offer(BaseFee(2**64 - 1), Price(2**48 - 1)), Status.SUCCEEDED, 2**32 - 1),
            _cost(widest, Offer(BaseFee(0), Price(1)), Status.CANCELLED, 1),
        ],
        "billedTimes": [
            _billed(*times)
            for times in ((42, 45, 1_000), (42, 40, 1_000), (2_000, 2_001, 1_000), (0, 0, 1_000))
        ],
        "splits": [_split(*split) for split in ((150, 200), (1, 1_000), (0, 200), (2**96 - 1, 333))],
    }


def _job(controller: int, sequence: int, index: int) -> Json:
    batch = compose_batch_id(ControllerId(controller), sequence)
    return {
        "controllerId": controller,
        "sequence": str(sequence),
        "index": index,
        "batchId": str(batch),
        "jobId": str(compose_job_id(batch, index)),
    }


def _cost(terms: Terms, offer: Offer, status: Status, billed_ms: int) -> Json:
    return {
        "maxCost": str(terms.max_cost),
        "memoryMiB": terms.memory_mib,
        "timeoutMs": terms.timeout_ms,
        "baseFee": str(offer.base_fee),
        "price": str(offer.price),
        "status": status.value,
        "billedMs": billed_ms,
        "reserved": str(reserved_cost(terms, offer)),
        "cost": str(job_cost(terms, offer, status, billed_ms)),
    }


def _billed(run_ms: int, bracket_ms: int, timeout_ms: int) -> Json:
    return {
        "runMs": run_ms,
        "bracketMs": bracket_ms,
        "timeoutMs": timeout_ms,
        "billedMs": billed_time_ms(run_ms, bracket_ms, timeout_ms),
    }


def _split(gross: int, bps: int) -> Json:
    split = split_gross(TokenAmount(gross), bps)
    return {
        "gross": str(gross),
        "commissionBps": bps,
        "provider": str(split.provider),
        "controller": str(split.controller),
        "sealer": str(split.sealer),
    }
