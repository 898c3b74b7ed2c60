"""A network with the contracts on it, and actors whose keys hold coin and tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionIndexingInProgress, TransactionNotFound
from web3.types import LogReceipt, TxReceipt

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.bindings.simulation import simulate_call
from chainfaas.chain.deployment_keys import controller_key, named_key
from chainfaas.chain.deployment_local import LocalSettings, Preset, deploy_local
from chainfaas.chain.deployments import Deployments
from chainfaas.chain.event_decoder import ChainEvent, EventDecoder, RawLog
from chainfaas.chain.fees import first_fees
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.signer import SignedTransaction, TransactionSigner
from chainfaas.chain.transaction_node import SendOutcome, Web3TransactionNode
from chainfaas.domain.amounts import TOKEN, TokenAmount
from chainfaas.domain.identifiers import Address, ChainId, ControllerId

CONTROLLERS = 2
DEADLINE_SECONDS = 60.0
PATIENCE_SECONDS = 2.0
TRANSFER_GAS = 21_000
GAS_MARGIN = 60_000
COIN_WEI = 100 * 10**18
TOKENS = TokenAmount(100_000 * TOKEN)
ACTORS = ("developer-1", "developer-2", "developer-3", "provider-1", "provider-2", "stranger")


@dataclass(frozen=True)
class DeployedNetwork:
    """Shared by the tests of a session: use keys of your own (`new_actor`) where a balance is compared.

    Keys of the named actors are keystores in the network's own folder, so that programs can open them too.
    """

    network: LocalNetwork
    deployments: Deployments
    web3: Web3
    nodes: tuple[Web3, ...]
    contracts: ContractSet

    @classmethod
    def on(cls, network: LocalNetwork) -> Self:
        """Deploy with the windows of development and two controllers, and fund the named actors."""
        deployments = deploy_local(network, LocalSettings(CONTROLLERS, Preset.DEV), lambda _: None)
        nodes = tuple(network.connect(node.number) for node in network.nodes)
        deployed = cls(network, deployments, nodes[0], nodes, bind_contracts(nodes[0], deployments))
        deployed._fund([deployed.key(name) for name in ACTORS])
        return deployed

    def key(self, actor: str) -> UnlockedKey:
        """The key of a named actor, see `ACTORS`."""
        return named_key(self.network.folder, actor)

    def controller(self, cid: int = 1) -> UnlockedKey:
        """The key of a controller, which holds coin."""
        return controller_key(self.network.folder, ControllerId(cid))

    def new_actor(self) -> UnlockedKey:
        """A fresh key with coin and tokens that no other test knows."""
        key = UnlockedKey.generate()
        self._fund([key])
        return key

    def send(self, key: UnlockedKey, call: ContractCall) -> TxReceipt:
        """Send a call and wait for its block; raises `ContractRefusedError` if the contract refuses it."""
        return self.send_all(key, [call])[0]

    def send_all(self, key: UnlockedKey, calls: list[ContractCall]) -> list[TxReceipt]:
        """Send calls one after another without waiting between; each must be possible without the others."""
        return self._receipts([self._submit_call(key, call) for call in calls])

    def events(self, receipt: TxReceipt) -> list[ChainEvent]:
        """What our contracts said in a transaction."""
        decoder = EventDecoder(known_contracts(self.deployments))
        events = [decoder.decode(raw_log(log)) for log in receipt["logs"]]
        return [event for event in events if event is not None]

    def nonce(self, key: UnlockedKey) -> int:
        """How many transactions of a key are mined."""
        return self.web3.eth.get_transaction_count(self.web3.to_checksum_address(key.address))

    def coin_wei(self, key: UnlockedKey) -> int:
        """How much coin a key holds."""
        return int(self.web3.eth.get_balance(self.web3.to_checksum_address(key.address)))

    def give_coin(self, keys: list[UnlockedKey]) -> None:
        """Give keys coin and wait until they have it."""
        self._receipts([self._submit_gift(key) for key in keys])

    def _fund(self, keys: list[UnlockedKey]) -> None:
        deployer = self.network.deployer_key()
        gifts = [self._submit_gift(key) for key in keys]
        transfers = [self.contracts.token.transfer(address_of(key), TOKENS) for key in keys]
        self._receipts([*gifts, *(self._submit_call(deployer, transfer) for transfer in transfers)])

    def _submit_gift(self, key: UnlockedKey) -> SignedTransaction:
        deployer = self.network.deployer_key()
        gift = NewEntry("", address_of(deployer), address_of(key), value_wei=COIN_WEI)
        return self._submit(deployer, gift, TRANSFER_GAS)

    def _submit_call(self, key: UnlockedKey, call: ContractCall) -> SignedTransaction:
        sender = address_of(key)
        gas = simulate_call(self.web3, call, sender)
        return self._submit(key, call.entry("", sender), gas + GAS_MARGIN)

    def _submit(self, key: UnlockedKey, wanted: NewEntry, gas_limit: int) -> SignedTransaction:
        signer = TransactionSigner(key.account(), ChainId(self.network.chain_id))
        node = Web3TransactionNode(self.web3)
        signed = signer.sign(wanted, node.pending_nonce(signer.address), gas_limit, first_fees(0))
        answer = node.send_raw(signed.raw)
        assert answer.outcome is SendOutcome.TAKEN, answer
        return signed

    def _receipts(self, sent: list[SignedTransaction]) -> list[TxReceipt]:
        receipts: list[TxReceipt] = []
        deadline_seconds = time.monotonic() + DEADLINE_SECONDS

        def are_agreed() -> bool:
            receipts[:] = [receipt for each in sent if (receipt := self._agreed_receipt(each)) is not None]
            return len(receipts) == len(sent)

        while not wait_until(are_agreed, time.monotonic() + PATIENCE_SECONDS):
            assert time.monotonic() < deadline_seconds, "transactions are not mined"
            # A pool can lose a transaction whose block was replaced, and a tie lasts until the next block.
            for each in sent:
                Web3TransactionNode(self.web3).send_raw(each.raw)
            self._submit_gift(self.network.deployer_key())
        assert [receipt["status"] for receipt in receipts] == [1] * len(sent)
        return receipts

    def _agreed_receipt(self, sent: SignedTransaction) -> TxReceipt | None:
        # Signers that seal at the same moment replace a block now and then: one node's word is not enough.
        receipts = [_receipt(node, HexBytes(sent.tx_hash)) for node in self.nodes]
        blocks = {None if receipt is None else receipt["blockHash"] for receipt in receipts}
        return receipts[0] if len(blocks) == 1 else None


def _receipt(node: Web3, tx_hash: HexBytes) -> TxReceipt | None:
    try:
        return node.eth.get_transaction_receipt(tx_hash)
    except (TransactionNotFound, TransactionIndexingInProgress):
        return None


def raw_log(log: LogReceipt) -> RawLog:
    """A log of web3's as our decoder takes it."""
    return RawLog(
        address=Address.parse(log["address"]),
        topics=tuple(bytes(topic) for topic in log["topics"]),
        data=bytes(log["data"]),
        block_number=log["blockNumber"],
        block_hash=bytes(log["blockHash"]),
        tx_hash=bytes(log["transactionHash"]),
        tx_index=log["transactionIndex"],
        log_index=log["logIndex"],
    )


def address_of(key: UnlockedKey) -> Address:
    """The account of a key."""
    return Address.parse(key.address)
