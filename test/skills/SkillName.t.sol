// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "solady/utils/Base64.sol";
import {LibString} from "solady/utils/LibString.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-13: a name of a skill is UTF-8 that JSON and XML can carry, or there is no such skill. What is allowed
/// is said here by code points, encoded anew; the contract reads bytes.
contract SkillNameTest is SkillFixture {
    uint256 private _wallet;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
    }

    function _accepts(bytes memory name) private returns (bool accepted) {
        uint256 before = skillWallet.skillCount();
        bytes memory reason;
        (accepted, reason) =
            address(skillWallet).call(abi.encodeCall(ISkillLedger.defineSkill, (string(name), decayingPolicy())));
        if (!accepted) assertEq(bytes4(reason), ISkillLedger.SkillNameInvalid.selector, "SKILL-13: by its name");
        assertEq(skillWallet.skillCount(), before + (accepted ? 1 : 0), "SKILL-13: a skill exactly if accepted");
    }

    /// @dev XML 1.0, production Char, without C0, DEL and C1.
    function _isAllowed(uint256 code) private pure returns (bool) {
        return (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd)
            || (code >= 0x10000 && code <= 0x10ffff);
    }

    function _encode(uint256 code) private pure returns (bytes memory) {
        if (code < 0x80) return abi.encodePacked(uint8(code));
        if (code < 0x800) return abi.encodePacked(uint8(0xc0 + code / 64), uint8(0x80 + code % 64));
        if (code < 0x10000) {
            return abi.encodePacked(uint8(0xe0 + code / 4096), uint8(0x80 + code / 64 % 64), uint8(0x80 + code % 64));
        }
        return abi.encodePacked(
            uint8(0xf0 + code / 262_144),
            uint8(0x80 + code / 4096 % 64),
            uint8(0x80 + code / 64 % 64),
            uint8(0x80 + code % 64)
        );
    }

    /// @dev Whether bytes are the encodings of allowed code points, by looking for each of them from the shortest on.
    function _isName(bytes memory text) private pure returns (bool) {
        if (text.length == 0 || text.length > 32) return false;
        uint256 place;
        while (place < text.length) {
            bool found;
            for (uint256 length = 1; length <= 4 && place + length <= text.length && !found; ++length) {
                uint256 code = uint8(text[place]) % (length == 1 ? 128 : 128 >> length);
                for (uint256 i = 1; i < length; ++i) {
                    code = code * 64 + uint8(text[place + i]) % 64;
                }
                if (!_isAllowed(code)) continue;
                bytes memory encoded = _encode(code);
                found = encoded.length == length;
                for (uint256 i = 0; i < length && found; ++i) {
                    found = encoded[i] == text[place + i];
                }
                if (found) place += length;
            }
            if (!found) return false;
        }
        return true;
    }

    function test_RevertWhen_ANameCannotBeShown() external {
        bytes[23] memory names = [
            bytes(""),
            "thirty-three bytes, one too many.",
            hex"42656c6c07", // a bell
            hex"610062", // nothing
            hex"6109",
            hex"610a62",
            hex"1f",
            hex"617f", // DEL
            hex"61c280", // C1
            hex"c29f",
            hex"6162e282", // cut off
            hex"e4bda0e5a5bde4",
            hex"f09f98",
            hex"c3",
            hex"fffe41", // no UTF-8
            hex"80",
            hex"c080", // overlong
            hex"c1bf",
            hex"e08080",
            hex"f0808080",
            hex"eda080", // a surrogate
            hex"41efbfbf42", // U+FFFF
            hex"f4908080" // beyond U+10FFFF
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            assertFalse(_isName(names[i]), "the model agrees");
            assertFalse(_accepts(names[i]), string.concat("SKILL-13: accepted ", vm.toString(names[i])));
        }
        assertFalse(_accepts(hex"efbfbe"), "SKILL-13: U+FFFE");
        assertFalse(_accepts(hex"61f88080808061"), "SKILL-13: five bytes");
    }

    function test_WhenANameCanBeShown() external {
        bytes[10] memory names = [
            bytes("a"),
            "thirty-two bytes, as many as fit",
            unicode"技术",
            unicode"Ünïcødé",
            unicode"🛠 Solidity",
            hex"c2a0", // the first behind C1
            hex"ed9fbf", // the last before the surrogates
            hex"ee8080",
            hex"efbfbd",
            hex"f48fbfbf" // the last of all
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            assertTrue(_isName(names[i]), "the model agrees");
            assertTrue(_accepts(names[i]), string.concat("SKILL-13: refused ", vm.toString(names[i])));
        }
    }

    /// @dev SKILL-13: every code point alone, at the limits of what is allowed and around them.
    function testFuzz_EveryCodePoint(uint256 seed) external {
        uint256[12] memory limits =
            [uint256(0x20), 0x7f, 0x80, 0xa0, 0x800, 0xd800, 0xe000, 0xfffe, 0x10000, 0x1fffe, 0x110000, 0x1fffff];
        uint256 code = seed % 3 == 0 ? (seed >> 8) % 0x110000 : limits[(seed >> 8) % 12] + (seed >> 16) % 5;
        code = code < 2 ? 0 : code - 2;
        bytes memory encoded = _encode(code);
        assertEq(_accepts(abi.encodePacked("x", encoded)), _isAllowed(code), "SKILL-13: exactly the allowed");
    }

    /// @dev SKILL-13: bytes at random, mostly such as UTF-8 is made of.
    function testFuzz_AnyBytes(uint256 seed, uint256 length) external {
        bytes memory name = new bytes(length % 7);
        bytes memory heads = hex"c0c2c3dfe0e1edeeeff0f1f4f57f80bf9f";
        for (uint256 i = 0; i < name.length; ++i) {
            uint256 bits = uint256(keccak256(abi.encode(seed, i)));
            uint256 what = bits % 4;
            name[i] = what == 0 ? heads[(bits >> 8) % heads.length] : bytes1(uint8(0x80 + (bits >> 16) % 64));
            if (what == 1) name[i] = bytes1(uint8(bits >> 24));
        }
        assertEq(_accepts(name), _isName(name), string.concat("SKILL-13: ", vm.toString(name)));
    }

    /// @dev SKILL-13: what is accepted is shown: JSON parses, and has the very name.
    /// forge-config: default.fuzz.runs = 16
    function testFuzz_WhatIsAcceptedIsShown(uint256 seed) external {
        bytes memory name;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 bits = uint256(keccak256(abi.encode(seed, i)));
            uint256 code = bits % 2 == 0 ? 0x20 + (bits >> 8) % 0x5f : (bits >> 8) % 0x110000;
            if (_isAllowed(code)) name = bytes.concat(name, _encode(code));
        }
        vm.assume(name.length > 0);
        uint16 skill = skillWallet.defineSkill(string(name), decayingPolicy());
        skillWallet.setValidator(validator, skill, true);
        attest(_wallet, skill, 450);
        string memory json = string(Base64.decode(LibString.slice(skillWallet.tokenURI(_wallet), 29)));
        assertEq(bytes(vm.parseJsonString(json, ".attributes[1].trait_type")), name, "SKILL-13: the very name");
        string memory svg = string(Base64.decode(LibString.slice(vm.parseJsonString(json, ".image"), 26)));
        _isText(bytes(svg));
    }

    /// @dev Every byte of the image is of a character that XML allows.
    function _isText(bytes memory svg) private pure {
        uint256 place;
        while (place < svg.length) {
            uint256 head = uint8(svg[place]);
            uint256 length = head < 0x80 ? 1 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : 4;
            bytes memory part = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                part[i] = svg[place + i];
            }
            assertTrue(_isName(part), "SKILL-13: the image is XML");
            place += length;
        }
    }
}
