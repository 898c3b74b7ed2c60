// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { MonitoringLedger } from "../../../contracts/MonitoringLedger.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice A settlement counts only with the controller's signature over exactly that settlement, here and now.
contract SignaturesTest is Steps {
    uint256 private constant ORDER_OF_THE_CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    bytes private _signature;

    function setUp() public override {
        super.setUp();
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        _signature = signSettlement(controllerKeys[0], one(whole(batch, SUCCEEDED, 5)));
    }

    function test_settle_TheSignatureAsItIs() public {
        vm.prank(operators[0]);
        assertEq(ledger.settle(one(_part()), _signature, 0), 2 * costOf(5), "paid");
    }

    function test_domainSeparator_IsTheDomainOfTheProtocol() public view {
        bytes32 typeHash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 expected =
            keccak256(abi.encode(typeHash, keccak256("ChainFaaS"), keccak256("1"), block.chainid, address(ledger)));
        assertEq(ledger.domainSeparator(), expected, "domain separator");
    }

    function test_RevertWhen_AnotherKeySigned() public {
        uint256[3] memory keys = [controllerKeys[1], 0xB0B, uint256(1)];
        for (uint256 i = 0; i < keys.length; ++i) {
            _refused(one(_part()), signSettlement(keys[i], one(_part())));
        }
    }

    /// @dev Zero stands for an id of no controller and for a key of none: they must not be taken for each other.
    function testFuzz_settle_RefusesIdsOfNoController(uint64 id) public {
        // Either no controller is named, or there are more bits than an id has.
        if (id >> 57 == 0) id %= 1 << 42;
        // What costs nothing needs no escrow: nothing else would stop it.
        Part[] memory parts = one(whole(makeBatch(id, providerIds[0], ordersOf(2, 1, 1)), PROVIDER_LOST, 0));
        bytes[3] memory signatures =
            [signSettlement(0xB0B, parts), signSettlement(controllerKeys[0], parts), new bytes(65)];
        for (uint256 i = 0; i < signatures.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 0));
            vm.prank(operators[0]);
            ledger.settle(parts, signatures[i], 0);
        }
        assertFalse(ledger.isUsed(id), "not used");
    }

    function test_RevertWhen_AFieldIsAltered() public {
        Part[9] memory altered = [_part(), _part(), _part(), _part(), _part(), _part(), _part(), _part(), _part()];
        altered[0].batch.batchId += 1;
        altered[1].batch.baseFee += 1;
        altered[2].batch.price += 1;
        altered[3].batch.deadline += 1;
        altered[4].batch.orders = ordersOf(2, 1, 5);
        altered[5].mask = 1;
        altered[6].records = recordsOf(2, SUCCEEDED, 6);
        altered[7].records = bytes.concat(altered[7].records, hex"00");
        altered[8].records = recordsOf(1, SUCCEEDED, 5);
        for (uint256 i = 0; i < altered.length; ++i) {
            _refused(one(altered[i]), _signature);
        }
    }

    function test_RevertWhen_ThePartsAreOtherThanSigned() public {
        Part[] memory two = new Part[](2);
        (two[0], two[1]) = (_part(), whole(simpleBatch(2, 1), SUCCEEDED, 5));
        bytes memory forTwo = signSettlement(controllerKeys[0], two);
        _refused(two, _signature);
        _refused(one(_part()), forTwo);
        (two[0], two[1]) = (two[1], two[0]);
        _refused(two, forTwo);
    }

    function test_RevertWhen_TheSignatureIsForAnotherChain() public {
        vm.chainId(block.chainid + 1);
        _refused(one(_part()), _signature);
    }

    function test_RevertWhen_TheSignatureIsForAnotherContract() public {
        IMonitoringLedger here = ledger;
        ledger = new MonitoringLedger(token, peers, providers, functions, L, G, W, BPS);
        bytes memory signature = signSettlement(controllerKeys[0], one(_part()));
        ledger = MonitoringLedger(address(here));
        _refused(one(_part()), signature);
    }

    function test_RevertWhen_SIsHigh() public {
        (bytes32 r, bytes32 s, uint8 v) = _split();
        bytes memory high = abi.encodePacked(r, bytes32(ORDER_OF_THE_CURVE - uint256(s)), v == 27 ? uint8(28) : 27);
        _refused(one(_part()), high);
    }

    function test_RevertWhen_TheSignatureHasSixtyFourBytes() public {
        (bytes32 r, bytes32 s, uint8 v) = _split();
        _refused(one(_part()), abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))));
    }

    function test_RevertWhen_TheSignatureHasAnotherLengthOrV() public {
        (bytes32 r, bytes32 s, uint8 v) = _split();
        bytes[6] memory bad = [
            bytes(""),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, v, uint8(0)),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, s, uint8(29)),
            new bytes(65)
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            _refused(one(_part()), bad[i]);
        }
    }

    function test_RevertWhen_NobodysSignatureMeetsAnUnknownController() public {
        Part[] memory parts = one(_part());
        parts[0].batch.batchId = batchId(3, 1);
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 3));
        vm.prank(operators[0]);
        ledger.settle(parts, new bytes(65), 0);
    }

    function test_RevertWhen_TheIdHasMoreBitsThanAJobIdCanHold() public {
        Part[] memory parts = one(whole(simpleBatch(7, 1), SUCCEEDED, 5));
        parts[0].batch.batchId |= 1 << 58;
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 0));
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 0);
    }

    function testFuzz_settle_RefusesEveryFlippedBit(uint16 bit) public {
        bytes memory flipped = _signature;
        flipped[(bit / 8) % 65] ^= bytes1(uint8(1 << (bit % 8)));
        _refused(one(_part()), flipped);
    }

    function testFuzz_settle_RefusesAForeignRecord(uint8 status, uint32 billedMs, bytes32 receiptHash) public {
        vm.assume(status != SUCCEEDED || billedMs != 5);
        Part memory part = _part();
        part.records = bytes.concat(record(SUCCEEDED, 5), abi.encodePacked(status, billedMs, receiptHash));
        _refused(one(part), _signature);
    }

    function _refused(Part[] memory parts, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 1));
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 0);
        assertEq(ledger.openJobs(batchId(1, 1)), 3, "both jobs are still open");
    }

    function _part() private view returns (Part memory) {
        Batch memory batch = simpleBatch(1, 2);
        return whole(batch, SUCCEEDED, 5);
    }

    function _split() private view returns (bytes32 r, bytes32 s, uint8 v) {
        bytes memory signature = _signature;
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
    }
}
