"""The index of a controller without a chain, written by hand."""

# ruff: noqa: ANN401 - columns of any kind are handed on

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, delete, insert, update

from chainfaas.controller.storage.chain_view import ChainView
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.amounts import TOKEN
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import INDEX_BITS, ControllerId, JobId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.signatures import SigningKey

CID = ControllerId(1)
DEVELOPER = SigningKey(b"\x02" * 32)
HASH = "0x" + "ab" * 32
NO_HASH = "0x" + "00" * 32


class HandWrittenIndex:
    """Writes what the indexer would."""

    def __init__(self, engine: Engine, view: ChainView) -> None:
        self._engine = engine
        self._view = view

    def publish(self, version: int = 1, **changed: Any) -> None:
        manifest = Manifest(
            image=Image("registry.example/echo", "sha256:" + "ab" * 32),
            content_type="text/plain",
            mode=Mode.ONESHOT,
            warm=Warm(prestart=True, reuse=False),
            environment=(),
            output_limit_bytes=changed.pop("output_limit_bytes", 2**20),
            name=changed.pop("name", "echo"),
        )
        owner = format_hex(changed.pop("owner", DEVELOPER).address.raw)
        row = {
            "version_id": version,
            "function_id": version,
            "developer": owner,
            "max_cost": 10**9,
            "memory_mib": 128,
            "timeout_ms": 2_000,
            "image_digest": HASH,
            "bundle_hash": NO_HASH,
            "manifest": format_hex(manifest.canonical_bytes),
            "block_number": 1,
            "tx_hash": HASH,
        }
        function = {"function_id": version, "owner": owner, "live_version_id": version, "is_retired": False}
        with self._engine.begin() as connection:
            connection.execute(insert(CHAIN.versions).values({**row, **changed}))
            connection.execute(insert(CHAIN.functions).values(function))
        self._view.forget()

    def change_function(self, function: int, **changed: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(CHAIN.functions).where(CHAIN.functions.c.function_id == function).values(changed)
            )
        self._view.forget()

    def fund(self, free: int = 100 * TOKEN, **changed: Any) -> None:
        row = {
            "developer": format_hex(DEVELOPER.address.raw),
            "controller_id": CID,
            "free": free,
            "reserved": 0,
            "job_cap": 10**6,
            "expiry": int(time.time()) + 10**6,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(CHAIN.escrows))
            connection.execute(insert(CHAIN.escrows).values({**row, **changed}))
        self._view.forget()

    def add_provider(self, number: int, key: SigningKey, base_fee: int, price: int) -> None:
        address = format_hex(key.address.raw)
        row = {
            "provider_id": number,
            "owner": address,
            "operator": address,
            "payout": address,
            "metadata": "{}",
            "base_fee": base_fee,
            "price": price,
            "former_base_fee": base_fee,
            "former_price": price,
            "offer_since": 0,
            "staked": 0,
            "unbonding": 0,
            "unbonding_until": 0,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(CHAIN.providers).values(row))
        self._view.forget()

    def show_batch(self, states: Mapping[JobId, str], timestamp: int = 0) -> None:
        """Show one batch in block 5, by the states of its jobs, and block 9 as the latest."""
        jobs = list(states)
        batch = {
            "batch_id": jobs[0] >> INDEX_BITS,
            "controller_id": CID,
            "provider_id": 1,
            "base_fee": 0,
            "price": 0,
            "deadline": 0,
            "job_count": len(jobs),
            "block_number": 5,
            "tx_hash": HASH,
        }
        rows = [
            {
                "job_id": job,
                "batch_id": job >> INDEX_BITS,
                "controller_id": CID,
                "provider_id": 1,
                "developer": format_hex(DEVELOPER.address.raw),
                "version_id": 1,
                "state": state,
                "details": HASH,
                "ended_block": None if state == "open" else 5,
            }
            for job, state in states.items()
        ]
        blocks = [
            {"number": number, "block_hash": f"{number}", "parent_hash": HASH, "timestamp": timestamp}
            for number in (5, 9)
        ]
        with self._engine.begin() as connection:
            connection.execute(insert(CHAIN.batches).values(batch))
            connection.execute(insert(CHAIN.jobs), rows)
            connection.execute(insert(CHAIN.blocks), blocks)
