"""What the ledger writer works with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerHook
from chainfaas.observability.crash_points import pass_by

if TYPE_CHECKING:
    from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
    from chainfaas.chain.sql_outbox import SqlOutbox
    from chainfaas.controller.ledger_writer.batch_filler import BatchFiller
    from chainfaas.controller.ledger_writer.promise_book import PromiseBook
    from chainfaas.controller.storage.database import Database
    from chainfaas.controller.storage.group_writer import GroupWriter
    from chainfaas.domain.identifiers import Address
    from chainfaas.domain.windows import Windows


@dataclass(frozen=True, slots=True)
class LedgerParts:
    """What the ledger writer works with.

    Attributes:
        database: Where batches and jobs are read.
        writer: The one thread that writes.
        outbox: Where transactions are ordered.
        ledger: The contract.
        signer: The controller's account.
        windows: The network's, with the controller's own age for openings.
        finality_blocks: Blocks that must lie on a block before it stays.
        filler: The batches that are being filled.
        filler_lock: Guards the filler.
        promises: What is promised and not on the chain.
        wake_sender: Called when the outbox has something new.
        at_point: Called before and after each effect.
        unix_time: Unix seconds.
    """

    database: Database
    writer: GroupWriter
    outbox: SqlOutbox
    ledger: MonitoringLedger
    signer: Address
    windows: Windows
    finality_blocks: int
    filler: BatchFiller
    filler_lock: threading.RLock
    promises: PromiseBook
    wake_sender: Callable[[], None]
    at_point: ControllerHook = pass_by
    unix_time: Callable[[], float] = time.time
