// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { JobBook } from "./JobBook.sol";
import { Vm, vm } from "../foundation/Vm.sol";

/// @notice Sends the calls of a campaign and keeps a second set of books: everybody's money and every job, told from
/// the events alone. After each call the ledger must hold exactly what the books say.
abstract contract Book is JobBook {
    bytes32 private constant TRANSFER = keccak256("Transfer(address,address,uint256)");

    /// @notice One call to the ledger.
    /// @return done Whether it was not refused
    function send(address account, bytes memory data) internal returns (bool done) {
        caller = account;
        vm.recordLogs();
        vm.prank(account);
        (done,) = address(ledger).call(data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (done) {
            for (uint256 i = 0; i < logs.length; ++i) {
                _read(logs[i]);
            }
        }
        assertEq(gross, 0, "I8: jobs were charged and nobody was paid");
        compare();
        delete signedBy;
    }

    /// @notice Say which batch the next call hands in under a number.
    function hand(Batch memory batch) internal {
        handed[batch.batchId] = hashBatch(batch);
    }

    /// @notice Say which parts the next call hands in, and which controller signed them; zero if none did.
    function hand(Part[] memory parts, uint16 cid) internal {
        signedBy = cid;
        for (uint256 i = 0; i < parts.length; ++i) {
            hand(parts[i].batch);
            uint256 next;
            for (uint256 j = 0; j < 48; ++j) {
                if ((parts[i].mask >> j) & 1 == 0) continue;
                _handRecord(uint64(uint256(parts[i].batch.batchId) * 64 + j), parts[i].records, next++);
            }
        }
    }

    /// @notice I2 and I6: the ledger holds for everybody what the books say, and the tokens to pay it all.
    function compare() internal view {
        uint256 sum;
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertEq(money.balanceOf(accounts[i]), balances[accounts[i]], "I6: a balance");
            sum += balances[accounts[i]];
        }
        for (uint256 i = 0; i < escrows.length; ++i) {
            Line memory line = lines[escrows[i].developer][escrows[i].cid];
            IMonetaryLedger.Escrow memory actual = money.escrowOf(escrows[i].developer, escrows[i].cid);
            assertEq(actual.free, line.free, "I6: what is free");
            assertEq(actual.reserved, line.reserved, "I6: what is reserved");
            assertEq(actual.jobCap, line.jobCap, "I6: a cap");
            assertEq(actual.expiry, line.expiry, "I6: an expiry");
            sum += line.free + line.reserved;
        }
        assertEq(token.balanceOf(address(money)), sum + donated, "I2: tokens");
    }

    function _handRecord(uint64 jobId, bytes memory records, uint256 index) private {
        bytes memory each = new bytes(37);
        for (uint256 i = 0; i < 37 && 37 * index + i < records.length; ++i) {
            each[i] = records[37 * index + i];
        }
        handedRecords[jobId] = keccak256(each);
    }

    function _read(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (log.emitter == address(token)) {
            if (topic == TRANSFER) _readTransfer(_address(log.topics[1]));
            return;
        }
        if (topic == IMonitoringLedger.BatchSkipped.selector) return;
        assertTrue(_readMoney(topic, log) || _readEscrow(topic, log) || _readJob(topic, log), "an unknown event");
    }

    function _readTransfer(address from) private view {
        assertTrue(from == caller || from == address(ledger), "I6: tokens of another");
    }

    function _readMoney(bytes32 topic, Vm.Log memory log) private returns (bool) {
        if (topic == IMonetaryLedger.Paid.selector) {
            _readPaid(log);
            return true;
        }
        if (log.data.length != 32) return false;
        uint256 amount = abi.decode(log.data, (uint256));
        address account = _address(log.topics[1]);
        if (topic == IMonetaryLedger.Deposited.selector) {
            assertEq(_address(log.topics[2]), caller, "I6: a deposit of another's tokens");
            credit(account, amount);
        } else if (topic == IMonetaryLedger.Withdrawn.selector) {
            assertEq(account, caller, "I6: a withdrawal of another's balance");
            balances[account] -= amount;
        } else if (topic == IMonetaryLedger.Distributed.selector) {
            balances[address(money)] -= amount;
            credit(account, amount);
        } else {
            return false;
        }
        return true;
    }

    function _readPaid(Vm.Log memory log) private {
        (uint16 cid, address controllerPayee, uint256 paid, uint256 controllerShare, uint256 sealerShare) =
            abi.decode(log.data, (uint16, address, uint256, uint256, uint256));
        uint32 providerId = uint32(uint256(log.topics[1]));
        address sealerPayee = peers.payoutOf(block.coinbase);
        if (sealerPayee == address(0)) sealerPayee = address(money);
        assertEq(_address(log.topics[2]), providers.payoutOf(providerId), "the provider's payout");
        assertEq(_address(log.topics[3]), sealerPayee, "the sealer's payout");
        assertEq(controllerPayee, controllerPayouts[cid - 1], "the controller's payout");
        assertEq(paid, gross, "I8: the gross is the sum of the costs");
        assertEq(controllerShare + sealerShare, gross * BPS / 10_000, "I8: commission");
        assertEq(controllerShare, (gross * BPS / 10_000) / 2, "I8: the controller's half");
        credit(providers.payoutOf(providerId), gross - controllerShare - sealerShare);
        credit(controllerPayee, controllerShare);
        credit(sealerPayee, sealerShare);
        gross = 0;
    }

    function _readEscrow(bytes32 topic, Vm.Log memory log) private returns (bool) {
        bool funded = topic == IMonetaryLedger.EscrowFunded.selector;
        bool closed = topic == IMonetaryLedger.EscrowClosed.selector;
        if (!funded && !closed && topic != IMonetaryLedger.EscrowRevoked.selector) return false;
        address developer = _address(log.topics[1]);
        assertEq(developer, caller, "I6: the escrow of another");
        Line storage line = openLine(developer, uint16(uint256(log.topics[2])));
        if (funded) {
            uint256 amount;
            (amount, line.jobCap, line.expiry) = abi.decode(log.data, (uint256, uint256, uint256));
            balances[developer] -= amount;
            line.free += amount;
        } else if (closed) {
            assertEq(abi.decode(log.data, (uint256)), line.free, "all that is free");
            assertTrue(block.timestamp > line.expiry, "closed before its expiry");
            credit(developer, line.free);
            line.free = 0;
        } else {
            line.expiry = abi.decode(log.data, (uint256));
        }
        return true;
    }

    function _readJob(bytes32 topic, Vm.Log memory log) private returns (bool) {
        uint64 id = uint64(uint256(log.topics[1]));
        if (topic == IMonitoringLedger.BatchOpened.selector) readBatchOpened(id, log);
        else if (topic == IMonitoringLedger.JobOpened.selector) readOpened(id, log);
        else if (topic == IMonitoringLedger.JobUnfunded.selector) readUnfunded(id);
        else if (topic == IMonitoringLedger.JobSettled.selector) readSettled(id, log);
        else if (topic == IMonitoringLedger.JobRecorded.selector) readRecorded(id, log);
        else if (topic == IMonitoringLedger.JobDeclined.selector) readGivenBack(id, State.DECLINED);
        else if (topic == IMonitoringLedger.JobExpired.selector) readGivenBack(id, State.EXPIRED);
        else return false;
        return true;
    }
}
