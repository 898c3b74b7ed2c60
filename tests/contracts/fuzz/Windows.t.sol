// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Windows } from "../../../contracts/libraries/Windows.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { bound } from "../foundation/Vm.sol";

contract WindowsTest is Asserts {
    function testFuzz_check_TheInequalities(uint32 jobLife, uint32 grace, uint32 claimWindow) public view {
        _compare(jobLife, grace, claimWindow);
    }

    /// @dev Near the bounds, where random numbers never are.
    function testFuzz_check_NearTheBounds(uint32 jobLife, uint32 grace, uint32 claimWindow) public view {
        jobLife = uint32(bound(jobLife, 110, 200));
        grace = uint32(bound(grace, 5, 30));
        claimWindow = uint32(bound(claimWindow, 5, 210));
        _compare(jobLife, grace, claimWindow);
        _compare(jobLife + 604_800 - 150, grace + 3590, claimWindow + 604_800 - 150);
        _compare(jobLife + 604_800 - 150, grace + 3590, claimWindow + 3590);
    }

    function check(uint32 jobLife, uint32 grace, uint32 claimWindow) external pure {
        Windows.check(jobLife, grace, claimWindow);
    }

    function _compare(uint32 jobLife, uint32 grace, uint32 claimWindow) private view {
        bool good = jobLife >= 120 && jobLife <= 604_800 && grace >= 10 && grace <= 3600
            && uint256(grace) * 8 <= jobLife && claimWindow >= grace && claimWindow <= jobLife;
        bool accepted;
        try this.check(jobLife, grace, claimWindow) {
            accepted = true;
        } catch { }
        assertTrue(accepted == good, "accepted");
    }
}
