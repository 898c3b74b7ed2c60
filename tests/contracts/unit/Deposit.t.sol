// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract DepositTest is Steps {
    uint256 private constant KEY = 0xDE7;

    address private _holder;

    function setUp() public override {
        super.setUp();
        _holder = vm.addr(KEY);
        require(token.transfer(_holder, 1000e18));
    }

    function test_deposit_MovesTokensIntoTheCallersBalance() public {
        vm.expectEmit(address(money));
        emit IMonetaryLedger.Deposited(developers[0], developers[0], 5e18);
        vm.prank(developers[0]);
        money.deposit(5e18);
        assertEq(money.balanceOf(developers[0]), 5e18, "balance");
        assertEq(token.balanceOf(address(money)), 5e18, "tokens");
    }

    function test_RevertGiven_TheTokensAreNotApprovedOrNotThere() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(money), 0, 1));
        vm.prank(_holder);
        money.deposit(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, developers[0], 1_000_000e18, 1_000_000e18 + 1
            )
        );
        vm.prank(developers[0]);
        money.deposit(1_000_000e18 + 1);
    }

    function test_depositFor_AnotherAccount() public {
        vm.expectEmit(address(money));
        emit IMonetaryLedger.Deposited(stranger, developers[0], 7);
        vm.prank(developers[0]);
        money.depositFor(stranger, 7);
        assertEq(money.balanceOf(stranger), 7, "the other's balance");
        assertEq(money.balanceOf(developers[0]), 0, "the caller's balance");
    }

    function test_RevertWhen_DepositingForNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BadReceiver.selector, address(0)));
        vm.prank(developers[0]);
        money.depositFor(address(0), 7);
    }

    function test_deposit_TokensSentWithoutADepositCountForNothing() public {
        vm.prank(developers[0]);
        require(token.transfer(address(money), 9e18));
        assertEq(money.balanceOf(address(money)), 0, "not the pool's");
        assertEq(money.balanceOf(developers[0]), 0, "not the sender's");
        vm.prank(developers[0]);
        money.deposit(1);
        assertEq(money.balanceOf(developers[0]), 1, "nor at the next deposit");
    }

    function test_depositAndFund_InOneTransaction() public {
        vm.prank(developers[0]);
        money.depositAndFund(5e18, funding(2, 3e18, 8, 60));
        assertEq(money.balanceOf(developers[0]), 2e18, "what is not set aside");
        assertEscrow(0, 2, 3e18, 0);
    }

    function test_RevertWhen_FundingMoreThanThereIs() public {
        vm.expectRevert(
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BalanceTooSmall.selector, developers[0], 5, 6)
        );
        vm.prank(developers[0]);
        money.depositAndFund(5, funding(2, 6, 8, 60));
        assertEq(token.balanceOf(address(money)), 0, "the deposit is undone");
    }

    function test_depositWithPermit_NeedsNoApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(KEY, 4e18, START);
        vm.prank(_holder);
        money.depositWithPermit(4e18, START, v, r, s, funding(0, 0, 0, 0));
        assertEq(money.balanceOf(_holder), 4e18, "balance");
        assertEq(token.allowance(_holder, address(money)), 0, "no allowance is left over");
    }

    function test_depositWithPermit_AndFund() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(KEY, 4e18, START);
        vm.prank(_holder);
        money.depositWithPermit(4e18, START, v, r, s, funding(1, 3e18, 8, 60));
        assertEq(money.escrowOf(_holder, 1).free, 3e18, "free");
        assertEq(money.balanceOf(_holder), 1e18, "balance");
    }

    function test_depositWithPermit_SurvivesAFrontRunner() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(KEY, 4e18, START);
        vm.prank(stranger);
        token.permit(_holder, address(money), 4e18, START, v, r, s);
        vm.prank(_holder);
        money.depositWithPermit(4e18, START, v, r, s, funding(1, 4e18, 8, 60));
        assertEq(money.escrowOf(_holder, 1).free, 4e18, "funded all the same");
    }

    function test_RevertWhen_SomebodyElseUsesThePermit() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(KEY, 4e18, START);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(money), 0, 4e18)
        );
        vm.prank(stranger);
        money.depositWithPermit(4e18, START, v, r, s, funding(0, 0, 0, 0));
    }

    function test_RevertGiven_ThePermitIsWrongExpiredOrForLess() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(KEY + 1, 4e18, START);
        _permitFails(4e18, START, v, r, s);
        (v, r, s) = _permit(KEY, 4e18, START - 1);
        _permitFails(4e18, START - 1, v, r, s);
        (v, r, s) = _permit(KEY, 4e18, START);
        _permitFails(4e18 + 1, START, v, r, s);
    }

    function testFuzz_deposit_ThenWithdrawEverything(uint96 amount) public {
        amount = uint96(bound(amount, 0, 1_000_000e18));
        vm.startPrank(developers[1]);
        money.deposit(amount);
        assertEq(money.balanceOf(developers[1]), amount, "balance");
        money.withdraw(developers[1], amount);
        vm.stopPrank();
        assertEq(token.balanceOf(developers[1]), 1_000_000e18, "as before");
        assertEq(token.balanceOf(address(money)), 0, "nothing stays");
    }

    function _permitFails(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) private {
        IMonetaryLedger.Funding memory none = funding(0, 0, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(money), 0, amount)
        );
        vm.prank(_holder);
        money.depositWithPermit(amount, deadline, v, r, s, none);
    }

    function _permit(uint256 key, uint256 amount, uint256 deadline) private view returns (uint8, bytes32, bytes32) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash =
            keccak256(abi.encode(typeHash, _holder, address(money), amount, token.nonces(_holder), deadline));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }
}
