"""The contracts' rules in a few lines: from arbitrary numbers to a possible history of events, with forks."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from chainfaas.chain.event_decoder import ChainEvent, EventValue
from chainfaas.chain.headers import BlockHeader
from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256

LEDGER = Address(b"\xee" * 20)
CONTROLLERS = (1, 2)
DEVELOPERS = tuple(Address(bytes(19) + bytes([number])) for number in (1, 2, 3))
PAYEES = tuple(Address(bytes(19) + bytes([number])) for number in (11, 12))

Said: TypeAlias = tuple[str, dict[str, EventValue]]


@dataclass
class LedgerModel:
    """Says events and keeps what must follow from them."""

    balances: dict[Address, int] = field(default_factory=dict)
    free: dict[tuple[Address, int], int] = field(default_factory=dict)
    reserved: dict[tuple[Address, int], int] = field(default_factory=dict)
    open_jobs: dict[int, tuple[Address, int, int]] = field(default_factory=dict)
    batches: int = 0
    providers: int = 0
    functions: int = 0

    def step(self, dice: random.Random) -> list[Said]:
        """Do something that is possible now."""
        actions: list[Callable[[random.Random], list[Said]]] = [
            self.deposit,
            self.fund,
            self.withdraw,
            self.open_batch,
            self.open_batch,
            self.record_batch,
            self.end_job,
            self.end_job,
            self.end_job,
            self.register,
            self.offer,
            self.publish,
            self.distribute,
        ]
        return dice.choice(actions)(dice)

    def _add(self, account: Address, amount: int) -> None:
        self.balances[account] = self.balances.get(account, 0) + amount

    def deposit(self, dice: random.Random) -> list[Said]:
        account, amount = dice.choice(DEVELOPERS), dice.randrange(2**70)
        self._add(account, amount)
        return [("Deposited", {"account": account, "from": account, "amount": amount})]

    def withdraw(self, dice: random.Random) -> list[Said]:
        account = dice.choice(DEVELOPERS)
        amount = dice.randint(0, self.balances.get(account, 0))
        self._add(account, -amount)
        return [("Withdrawn", {"account": account, "to": account, "amount": amount})]

    def fund(self, dice: random.Random) -> list[Said]:
        developer, cid = dice.choice(DEVELOPERS), dice.choice(CONTROLLERS)
        amount = dice.randint(0, self.balances.get(developer, 0))
        self._add(developer, -amount)
        key = (developer, cid)
        self.free[key] = self.free.get(key, 0) + amount
        limits = {"jobCap": dice.randrange(2**32), "expiry": dice.randrange(2**32)}
        return [("EscrowFunded", {"developer": developer, "cid": cid, "amount": amount, **limits})]

    def _begin_batch(self, dice: random.Random, count: int) -> tuple[int, int, Said]:
        cid = dice.choice(CONTROLLERS)
        self.batches += 1
        batch_id = cid << 42 | self.batches
        said: dict[str, EventValue] = {
            "batchId": batch_id,
            "providerId": 1,
            "baseFee": 2**64 - 1,
            "price": 2**48 - 1,
            "deadline": 9,
            "count": count,
        }
        return cid, batch_id, ("BatchOpened", said)

    def open_batch(self, dice: random.Random) -> list[Said]:
        count = dice.randint(1, 3)
        cid, batch_id, opened = self._begin_batch(dice, count)
        said = [opened]
        for index in range(count):
            developer, unit = dice.choice(DEVELOPERS), dice.randrange(2**40)
            job_id, key = batch_id << 6 | index, (developer, cid)
            job: dict[str, EventValue] = {"jobId": job_id, "developer": developer, "versionId": 5}
            if unit > self.free.get(key, 0):
                said.append(("JobUnfunded", {**job, "needed": unit, "details": bytes(32)}))
                continue
            self.free[key] -= unit
            self.reserved[key] = self.reserved.get(key, 0) + unit
            self.open_jobs[job_id] = (developer, cid, unit)
            said.append(("JobOpened", {**job, "reserved": unit, "details": bytes(32)}))
        return said

    def record_batch(self, dice: random.Random) -> list[Said]:
        cid, batch_id, opened = self._begin_batch(dice, 1)
        developer = dice.choice(DEVELOPERS)
        cost = dice.randint(0, self.free.get((developer, cid), 0))
        if cost:
            self.free[developer, cid] -= cost
        recorded: dict[str, EventValue] = {
            "jobId": batch_id << 6,
            "developer": developer,
            "versionId": 5,
            "details": bytes(32),
            "status": 1,
            "billedMs": 7,
            "cost": cost,
            "receiptHash": b"\x01" * 32,
        }
        return [opened, ("JobRecorded", recorded), *self._pay(dice, cid, cost)]

    def end_job(self, dice: random.Random) -> list[Said]:
        if not self.open_jobs:
            return []
        job_id = dice.choice(sorted(self.open_jobs))
        developer, cid, unit = self.open_jobs.pop(job_id)
        job: dict[str, EventValue] = {"jobId": job_id, "developer": developer}
        self.reserved[developer, cid] -= unit
        how = dice.choice(("JobSettled", "JobSettled", "JobDeclined", "JobExpired"))
        cost = dice.randint(0, unit) if how == "JobSettled" else 0
        self.free[developer, cid] += unit - cost
        if how == "JobDeclined":
            return [(how, {**job, "reason": 9})]
        if how == "JobExpired":
            return [(how, job)]
        outcome: dict[str, EventValue] = {
            "status": 2,
            "billedMs": 3,
            "cost": cost,
            "receiptHash": b"\x02" * 32,
        }
        return [(how, {**job, **outcome}), *self._pay(dice, cid, cost)]

    def _pay(self, dice: random.Random, cid: int, gross: int) -> list[Said]:
        controller_share, sealer_share = gross // 100, gross // 100
        payout, sealer = dice.choice(PAYEES), dice.choice((*PAYEES, LEDGER))
        self._add(payout, gross - controller_share - sealer_share)
        self._add(PAYEES[0], controller_share)
        self._add(sealer, sealer_share)
        said: dict[str, EventValue] = {
            "providerId": 1,
            "payout": payout,
            "sealerPayee": sealer,
            "cid": cid,
            "controllerPayee": PAYEES[0],
            "gross": gross,
            "controllerShare": controller_share,
            "sealerShare": sealer_share,
        }
        return [("Paid", said)]

    def distribute(self, dice: random.Random) -> list[Said]:
        share = self.balances.get(LEDGER, 0) // len(PAYEES)
        said: list[Said] = []
        for payee in PAYEES:
            self._add(LEDGER, -share)
            self._add(payee, share)
            said.append(("Distributed", {"payee": payee, "amount": share}))
        return said

    def register(self, dice: random.Random) -> list[Said]:
        self.providers += 1
        keys: dict[str, EventValue] = {"owner": PAYEES[0], "operator": PAYEES[1], "payout": PAYEES[0]}
        number: dict[str, EventValue] = {"providerId": self.providers}
        return [
            ("ProviderRegistered", {**number, **keys}),
            ("ProviderChanged", {**number, **keys, "metadata": "{}"}),
            ("OfferChanged", {**number, "baseFee": 1, "price": 2, "since": 3}),
        ]

    def offer(self, dice: random.Random) -> list[Said]:
        if not self.providers:
            return []
        number: dict[str, EventValue] = {"providerId": dice.randint(1, self.providers)}
        stake: dict[str, EventValue] = {"staked": 2**90, "unbonding": 1, "until": 2}
        price = dice.randrange(2**48)
        return [
            ("OfferChanged", {**number, "baseFee": 2**63, "price": price, "since": 4}),
            ("StakeChanged", {**number, **stake}),
        ]

    def publish(self, dice: random.Random) -> list[Said]:
        self.functions += 1
        number: dict[str, EventValue] = {"functionId": self.functions}
        version: dict[str, EventValue] = {
            "versionId": self.functions,
            "developer": DEVELOPERS[0],
            "maxCost": 1,
            "memoryMiB": 32,
            "timeoutMs": 1000,
            "imageDigest": bytes(32),
            "bundleHash": bytes(32),
            "manifest": b"{}",
        }
        return [
            ("FunctionCreated", {**number, "owner": DEVELOPERS[0]}),
            ("VersionPublished", {**number, **version}),
            ("LiveVersionSet", {**number, "versionId": self.functions}),
        ]


@dataclass
class SimulatedBlock:
    header: BlockHeader
    events: list[ChainEvent]
    model: LedgerModel


class SimulatedLedger:
    """Implements `ChainReader` over blocks that can be replaced."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.blocks = [SimulatedBlock(BlockHeader(0, bytes(32), bytes(32), 0), [], LedgerModel())]
        self.salt = 0
        self.on_read: Callable[[], None] | None = None
        self.on_headers: Callable[[], None] | None = None
        self.headers_before_interrupt = 0

    def check_chain(self) -> None:
        pass

    def head(self) -> BlockHeader:
        return self.blocks[-1].header

    def headers(self, numbers: Sequence[int]) -> list[BlockHeader | None]:
        if self.headers_before_interrupt:
            self.headers_before_interrupt -= 1
        else:
            interrupt, self.on_headers = self.on_headers, None
            if interrupt is not None:
                interrupt()
        return [self.blocks[number].header if number < len(self.blocks) else None for number in numbers]

    def read_events_of_blocks(self, headers: Sequence[BlockHeader]) -> list[list[ChainEvent]]:
        self._interrupt()
        known = {block.header.block_hash: block.events for block in self.blocks}
        if any(header.block_hash not in known for header in headers):
            raise RpcRefusedError("eth_getLogs", -32000, "unknown block", b"")
        return [known[header.block_hash] for header in headers]

    def read_events_in_range(self, first: int, last: int) -> list[ChainEvent]:
        return [event for block in self.blocks[first : last + 1] for event in block.events]

    def mine(self, steps: int) -> None:
        """Add a block in which some things happen."""
        parent = self.blocks[-1]
        model = copy.deepcopy(parent.model)
        said = [each for _ in range(steps) for each in model.step(self.dice)]
        self.salt += 1
        number = parent.header.number + 1
        block_hash = keccak256(parent.header.block_hash + self.salt.to_bytes(8, "big"))
        header = BlockHeader(number, block_hash, parent.header.block_hash, number)
        events = [
            ChainEvent(
                name=name,
                args=args,
                contract="Ledger",
                address=LEDGER,
                block_number=number,
                block_hash=block_hash,
                tx_hash=keccak256(block_hash + bytes([0])),
                tx_index=0,
                log_index=index,
            )
            for index, (name, args) in enumerate(said)
        ]
        self.blocks.append(SimulatedBlock(header, events, model))

    def reorganise(self, depth: int, new_blocks: int, steps: int) -> None:
        """Replace the latest blocks by others, more or fewer."""
        depth = min(depth, len(self.blocks) - 1)
        del self.blocks[len(self.blocks) - depth :]
        for _ in range(new_blocks):
            self.mine(steps)

    def _interrupt(self) -> None:
        interrupt, self.on_read = self.on_read, None
        if interrupt is not None:
            interrupt()
