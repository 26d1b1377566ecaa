// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "solady/utils/Base64.sol";
import {LibString} from "solady/utils/LibString.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice Metadata is JSON that parses, with an SVG in it; names of skills break out of neither.
contract WalletRendererTest is SkillFixture {
    string private constant JSON_PREFIX = "data:application/json;base64,";
    string private constant SVG_PREFIX = "data:image/svg+xml;base64,";

    uint256 private _wallet;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
    }

    function _decode(string memory uri, string memory prefix) private pure returns (string memory) {
        assertTrue(LibString.startsWith(uri, prefix), string.concat("begins with ", prefix));
        return string(Base64.decode(LibString.slice(uri, bytes(prefix).length)));
    }

    function _render() private view returns (string memory json, string memory svg) {
        json = _decode(skillWallet.tokenURI(_wallet), JSON_PREFIX);
        svg = _decode(vm.parseJsonString(json, ".image"), SVG_PREFIX);
    }

    function _assertContains(string memory text, string memory part) private {
        assertTrue(vm.contains(text, part), string.concat("expected ", part, " in ", text));
    }

    function test_AWalletWithoutSkills() external {
        (string memory json, string memory svg) = _render();
        assertEq(vm.parseJsonString(json, ".name"), "Skill Wallet #1", "name");
        assertEq(vm.parseJsonUint(json, ".attributes[0].value"), 0, "total level");
        _assertContains(svg, "No attested skills yet");
    }

    function test_TheBestFiveSkillsInOrder() external {
        string[5] memory names = ["Research", "Design", "Auditing", "Teaching", "Writing"];
        for (uint16 i = 0; i < 5; ++i) {
            uint16 skill = skillWallet.defineSkill(names[i], decayingPolicy());
            skillWallet.setValidator(validator, skill, true);
            attest(_wallet, skill, 400 + uint32(i) * 700);
        }
        attest(_wallet, DECAYING, 5_000);
        (string memory json, string memory svg) = _render();
        string[5] memory order = ["Solidity", "Writing", "Teaching", "Auditing", "Design"];
        for (uint256 i = 0; i < 5; ++i) {
            string memory path = string.concat(".attributes[", vm.toString(i + 1), "]");
            assertEq(vm.parseJsonString(json, string.concat(path, ".trait_type")), order[i], "order");
            _assertContains(svg, order[i]);
        }
        assertEq(vm.parseJsonUint(json, ".attributes[1].value"), 12, "level 12 begins at 4,500");
        assertEq(vm.parseJsonUint(json, ".attributes[1].max_value"), 20, "of 20");
        assertEq(vm.parseJsonUint(json, ".attributes[0].value"), 12 + 9 + 8 + 7 + 5 + 2, "all levels, shown or not");
        assertFalse(vm.contains(svg, "Research"), "the sixth is not shown");
        _assertContains(svg, "5000 XP");
        // At level 12 of 20.
        _assertContains(svg, 'stroke-dasharray="60 100"');
    }

    function test_NamesBreakOutOfNothing() external {
        uint16 skill = skillWallet.defineSkill('</text><script>"\\', decayingPolicy());
        skillWallet.setValidator(validator, skill, true);
        attest(_wallet, skill, 150);
        (string memory json, string memory svg) = _render();
        assertEq(vm.parseJsonString(json, ".attributes[1].trait_type"), '</text><script>"\\', "as it is");
        assertFalse(vm.contains(svg, "<script>"), "escaped");
        _assertContains(svg, "&lt;script&gt;");
    }

    /// @dev At the highest level the bar is full, whatever more was earned; what decayed to nothing is not shown.
    function test_TheHighestLevelAndNone() external {
        attest(_wallet, STEADY, 100_000);
        attest(_wallet, DECAYING, 10);
        vm.warp(START + 400 days);
        (, string memory svg) = _render();
        _assertContains(svg, 'stroke-dasharray="100 100"');
        assertFalse(vm.contains(svg, "Solidity"), "nothing left");
    }
}
