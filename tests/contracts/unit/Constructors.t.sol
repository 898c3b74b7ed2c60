// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ChainFaaSToken } from "../../../contracts/ChainFaaSToken.sol";
import { FunctionRegistry } from "../../../contracts/FunctionRegistry.sol";
import { MonitoringLedger } from "../../../contracts/MonitoringLedger.sol";
import { ProviderRegistry } from "../../../contracts/ProviderRegistry.sol";
import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IParameters } from "../../../contracts/interfaces/IParameters.sol";
import { Windows } from "../../../contracts/libraries/Windows.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice What the contracts refuse to be deployed with.
contract ConstructorsTest is Steps {
    function test_constructor_AtTheBounds() public {
        _deployWith(120, 15, 15);
        _deployWith(120, 10, 120);
        _deployWith(7 days, 1 hours, 1 hours);
        _deployWith(7 days, 1 hours, 7 days);
    }

    function test_RevertWhen_TheJobLifeIsOutOfBounds() public {
        _refuses(119, 10, 20, "L", 119);
        _refuses(7 days + 1, 10, 20, "L", 7 days + 1);
        _refuses(0, 0, 0, "L", 0);
    }

    function test_RevertWhen_TheGraceIsOutOfBounds() public {
        _refuses(120, 9, 20, "G", 9);
        _refuses(7 days, 1 hours + 1, 7 days, "G", 1 hours + 1);
    }

    function test_RevertWhen_EightGracesAreLongerThanAJobLife() public {
        _refuses(120, 16, 20, "G", 16);
        _refuses(127, 16, 20, "G", 16);
        _deployWith(128, 16, 20);
        _refuses(120, type(uint32).max, 20, "G", type(uint32).max);
    }

    function test_RevertWhen_TheClaimWindowIsOutOfBounds() public {
        _refuses(120, 10, 9, "W", 9);
        _refuses(120, 10, 121, "W", 121);
    }

    function test_RevertWhen_TheRegistriesAreGivenOtherWindows() public {
        vm.expectRevert(abi.encodeWithSelector(Windows.Windows_OutOfBounds.selector, bytes32("G"), 16));
        new ProviderRegistry(token, 120, 16);
        vm.expectRevert(abi.encodeWithSelector(Windows.Windows_OutOfBounds.selector, bytes32("L"), 119));
        new FunctionRegistry(119, 10);
    }

    function test_RevertWhen_TheCommissionIsTooHigh() public {
        new MonitoringLedger(token, peers, providers, functions, L, G, W, 1000);
        vm.expectRevert(abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_CommissionTooHigh.selector, 1001));
        new MonitoringLedger(token, peers, providers, functions, L, G, W, 1001);
    }

    function test_constructor_TellsItsParameters() public {
        bytes32[4] memory names = [bytes32("bps"), "L", "G", "W"];
        uint256[4] memory values = [uint256(300), 128, 16, 17];
        for (uint256 i = 0; i < 4; ++i) {
            // The contract's address is not known before; the emitter is compared with nothing.
            vm.expectEmit();
            emit IParameters.ParameterChanged(names[i], values[i], START);
        }
        MonitoringLedger deployed = new MonitoringLedger(token, peers, providers, functions, 128, 16, 17, 300);
        assertEq(deployed.jobLife(), 128, "L");
        assertEq(deployed.grace(), 16, "G");
        assertEq(deployed.claimWindow(), 17, "W");
        assertEq(deployed.commission(), 300, "bps");
    }

    function test_constructor_TheLongestTimeOut() public {
        assertEq(new FunctionRegistry(120, 10).maxTimeoutMs(), 100_000, "L - 2G");
        assertEq(new FunctionRegistry(920, 10).maxTimeoutMs(), 900_000, "exactly 900 s");
        assertEq(new FunctionRegistry(919, 10).maxTimeoutMs(), 899_000, "just below");
        assertEq(new FunctionRegistry(7 days, 1 hours).maxTimeoutMs(), 900_000, "never above");
    }

    function test_constructor_TheUnbondingTime() public {
        assertEq(new ProviderRegistry(token, 7 days, 1 hours).unbondingTime(), 14 days, "two job lives");
    }

    function test_constructor_TheSupplyFitsIntoNinetySixBits() public {
        ChainFaaSToken most = new ChainFaaSToken(stranger, type(uint96).max);
        assertEq(most.balanceOf(stranger), type(uint96).max, "the holder's");
        assertEq(most.totalSupply(), type(uint96).max, "the whole supply");
        assertEq(most.decimals(), 18, "decimals");
        vm.expectRevert(
            abi.encodeWithSelector(ChainFaaSToken.ChainFaaSToken_SupplyTooLarge.selector, uint256(type(uint96).max) + 1)
        );
        new ChainFaaSToken(stranger, uint256(type(uint96).max) + 1);
    }

    function _deployWith(uint32 jobLife, uint32 grace, uint32 claimWindow) private {
        new MonitoringLedger(token, peers, providers, functions, jobLife, grace, claimWindow, BPS);
    }

    function _refuses(uint32 jobLife, uint32 grace, uint32 claimWindow, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(Windows.Windows_OutOfBounds.selector, name, value));
        _deployWith(jobLife, grace, claimWindow);
    }
}
