// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IProviderRegistry } from "../../../contracts/interfaces/IProviderRegistry.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

contract ProvidersTest is Steps {
    function test_register_TheCallerOwns() public {
        vm.expectEmit(address(providers));
        emit IProviderRegistry.ProviderRegistered(3, stranger, address(1), address(2));
        vm.expectEmit(address(providers));
        emit IProviderRegistry.ProviderChanged(3, stranger, address(1), address(2), "{\"name\":\"n\"}");
        vm.expectEmit(address(providers));
        emit IProviderRegistry.OfferChanged(3, 11, 12, uint32(START));
        vm.prank(stranger);
        uint32 id = providers.register(address(1), address(2), 11, 12, "{\"name\":\"n\"}");
        assertEq(id, 3, "the next id");
        assertEq(providers.providerCount(), 3, "count");
        assertEq(providers.ownerOf(3), stranger, "owner");
        assertEq(providers.operatorOf(3), address(1), "operator");
        assertEq(providers.payoutOf(3), address(2), "payout");
        assertEq(keccak256(bytes(providers.metadataOf(3))), keccak256("{\"name\":\"n\"}"), "metadata");
    }

    function test_RevertWhen_RegisteringWithNobody() public {
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        providers.register(address(0), address(2), 1, 1, "");
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        providers.register(address(1), address(0), 1, 1, "");
    }

    function test_RevertWhen_TheMetadataAreTooLong() public {
        string memory longest = string(new bytes(1024));
        providers.register(address(1), address(2), 1, 1, longest);
        vm.expectRevert(abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_MetadataTooLong.selector, 1025));
        providers.register(address(1), address(2), 1, 1, string(new bytes(1025)));
        vm.expectRevert(abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_MetadataTooLong.selector, 1025));
        vm.prank(owners[0]);
        providers.setMetadata(1, string(new bytes(1025)));
    }

    function test_setOwner_HandsEverythingOver() public {
        vm.expectEmit(address(providers));
        emit IProviderRegistry.ProviderChanged(1, stranger, operators[0], providerPayouts[0], "{}");
        vm.prank(owners[0]);
        providers.setOwner(1, stranger);
        assertEq(providers.ownerOf(1), stranger, "owner");
        _notOwner(owners[0], abi.encodeCall(providers.setOwner, (1, owners[0])));
    }

    function test_setOperator_ChangesTheHotKey() public {
        vm.prank(owners[0]);
        providers.setOperator(1, stranger);
        assertEq(providers.operatorOf(1), stranger, "operator");
        assertEq(providers.payeeFor(1, stranger), providerPayouts[0], "the new one acts");
        assertEq(providers.payeeFor(1, operators[0]), address(0), "the former one does not");
    }

    function test_setPayout_ChangesWhereEarningsGo() public {
        vm.prank(owners[0]);
        providers.setPayout(1, stranger);
        assertEq(providers.payoutOf(1), stranger, "payout");
        assertEq(providers.payeeFor(1, owners[0]), stranger, "for both keys");
        assertEq(providers.payeeFor(1, operators[0]), stranger, "for both keys");
    }

    function test_setMetadata_ByOwnerOrOperator() public {
        vm.prank(operators[0]);
        providers.setMetadata(1, "a");
        vm.prank(owners[0]);
        providers.setMetadata(1, "b");
        assertEq(keccak256(bytes(providers.metadataOf(1))), keccak256("b"), "metadata");
    }

    function test_RevertWhen_CallerIsNotTheOwner() public {
        address[3] memory others = [operators[0], owners[1], providerPayouts[0]];
        for (uint256 i = 0; i < others.length; ++i) {
            _notOwner(others[i], abi.encodeCall(providers.setOwner, (1, others[i])));
            _notOwner(others[i], abi.encodeCall(providers.setOperator, (1, others[i])));
            _notOwner(others[i], abi.encodeCall(providers.setPayout, (1, others[i])));
            _notOwner(others[i], abi.encodeCall(providers.stake, (1, 0)));
            _notOwner(others[i], abi.encodeCall(providers.unbond, (1, 0)));
            _notOwner(others[i], abi.encodeCall(providers.withdrawStake, (1, others[i])));
        }
    }

    function test_RevertWhen_CallerIsNotTheProvider() public {
        address[3] memory others = [owners[1], operators[1], stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory expected =
                abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_NotProvider.selector, 1, others[i]);
            vm.expectRevert(expected);
            vm.prank(others[i]);
            providers.setOffer(1, 1, 1);
            vm.expectRevert(expected);
            vm.prank(others[i]);
            providers.setMetadata(1, "");
        }
    }

    function test_RevertWhen_HandingOverToNobody() public {
        vm.startPrank(owners[0]);
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        providers.setOwner(1, address(0));
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        providers.setOperator(1, address(0));
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        providers.setPayout(1, address(0));
        vm.stopPrank();
    }

    function testFuzz_payeeFor_ExactlyTheTwoKeys(uint256 changes) public {
        address[4] memory accounts = [owners[0], operators[0], stranger, providerPayouts[0]];
        for (uint256 i = 0; i < 16; ++i) {
            _change(changes % 3, accounts[changes / 3 % 4]);
            changes /= 12;
            for (uint256 j = 0; j < 4; ++j) {
                bool acts = accounts[j] == providers.ownerOf(1) || accounts[j] == providers.operatorOf(1);
                address payee = acts ? providers.payoutOf(1) : address(0);
                assertEq(providers.payeeFor(1, accounts[j]), payee, "one of the keys, and no other");
                assertEq(providers.payeeFor(2, accounts[j]), address(0), "not of another provider");
            }
        }
    }

    function test_payeeFor_NobodyActsForAnUnknownProvider() public view {
        assertEq(providers.payeeFor(3, address(0)), address(0), "zero");
        assertEq(providers.payeeFor(3, stranger), address(0), "a stranger");
        assertEq(providers.payeeFor(1, address(0)), address(0), "zero for a known one");
    }

    function test_setOffer_KeepsTheFormerOneForTheGrace() public {
        pass(G + 1);
        vm.expectEmit(address(providers));
        emit IProviderRegistry.OfferChanged(1, 5, 6, uint32(block.timestamp));
        setOffer(0, 5, 6);
        assertTrue(providers.accepts(1, 5, 6), "the new one");
        assertTrue(providers.accepts(1, BASE_FEE, PRICE), "the former one");
        pass(G);
        assertTrue(providers.accepts(1, BASE_FEE, PRICE), "in the last second");
        pass(1);
        assertFalse(providers.accepts(1, BASE_FEE, PRICE), "a second later");
        assertTrue(providers.accepts(1, 5, 6), "the new one goes on");
        IProviderRegistry.Offer memory offer = providers.offerOf(1);
        assertEq(offer.formerBaseFee, BASE_FEE, "former base fee");
        assertEq(offer.formerPrice, PRICE, "former price");
    }

    function test_RevertWhen_TheOfferChangesTwiceInTheGrace() public {
        _tooSoon(START + G + 1);
        pass(G);
        _tooSoon(START + G + 1);
        pass(1);
        setOffer(0, 5, 6);
        _tooSoon(START + 2 * G + 2);
        pass(G);
        _tooSoon(START + 2 * G + 2);
        pass(1);
        vm.prank(owners[0]);
        providers.setOffer(1, 7, 8);
        assertTrue(providers.accepts(1, 5, 6), "and there is always one former offer at most");
        assertFalse(providers.accepts(1, BASE_FEE, PRICE), "not two");
    }

    function testFuzz_accepts_TheTwoOffersAndNoOther(uint64 baseFee, uint48 price, uint64 otherFee, uint48 otherPrice)
        public
    {
        pass(G + 1);
        setOffer(0, baseFee, price);
        bool one_ = otherFee == baseFee && otherPrice == price;
        bool former = otherFee == BASE_FEE && otherPrice == PRICE;
        assertTrue(providers.accepts(1, baseFee, price), "present");
        assertTrue(providers.accepts(1, otherFee, otherPrice) == (one_ || former), "another");
        assertFalse(providers.accepts(1, otherFee, price) && otherFee != baseFee, "another base fee");
        assertFalse(providers.accepts(1, baseFee, otherPrice) && otherPrice != price, "another price");
        assertFalse(providers.accepts(9, baseFee, price), "an unknown provider");
    }

    function _tooSoon(uint256 changeableAt) private {
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_OfferTooSoon.selector, 1, changeableAt)
        );
        vm.prank(operators[0]);
        providers.setOffer(1, 9, 9);
    }

    /// @dev The owner of the first provider changes one of the three addresses; they may well become the same.
    function _change(uint256 which, address account) private {
        vm.prank(providers.ownerOf(1));
        if (which == 0) providers.setOwner(1, account);
        else if (which == 1) providers.setOperator(1, account);
        else providers.setPayout(1, account);
    }

    function _notOwner(address account, bytes memory call) private {
        vm.prank(account);
        (bool done, bytes memory result) = address(providers).call(call);
        assertFalse(done, "refused");
        assertEq(
            keccak256(result),
            keccak256(abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_NotOwner.selector, 1, account)),
            "as not the owner"
        );
    }
}
