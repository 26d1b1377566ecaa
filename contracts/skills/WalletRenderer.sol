// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {LibString} from "solady/utils/LibString.sol";
import {ISkillLedger} from "./ISkillLedger.sol";
import {ISkillWallet} from "./ISkillWallet.sol";
import {IWalletRenderer} from "./IWalletRenderer.sol";

/// @title WalletRenderer
/// @notice A wallet as a card: a ring for each of its five best skills, as full as its level is of the highest one, and
/// a row with experience and the way to the next level. JSON and SVG are made here, from what the chain says now.
/// @dev Names of skills are text of others: escaped for SVG and JSON. Looks at the first 256 skills.
contract WalletRenderer is IWalletRenderer {
    using Strings for uint256;

    struct Skill {
        string name;
        uint256 level;
        uint256 maxLevel;
        uint256 xp;
        /// @dev Experience at which this level and the next begin; equal at the highest level.
        uint256 start;
        uint256 next;
    }

    uint256 private constant SHOWN = 5;
    uint256 private constant SCANNED = 256;

    /// @inheritdoc IWalletRenderer
    function tokenURI(ISkillWallet skillWallet, uint256 wallet) external view override returns (string memory) {
        (Skill[] memory best, uint256 count, uint256 total) = _bestSkills(skillWallet, wallet);
        string memory image = Base64.encode(bytes(_svg(skillWallet, wallet, best, count, total)));
        string memory json = string.concat(
            '{"name":"Skill Wallet #',
            wallet.toString(),
            '","description":"Verified skills of one person. Soulbound: it moves only when its guardians recover it.",',
            '"image":"data:image/svg+xml;base64,',
            image,
            '","attributes":[{"trait_type":"Total level","value":',
            total.toString(),
            "}",
            _attributes(best, count),
            "]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    /// @dev The best skills, highest level first and then most experience; how many they are; the sum of all levels.
    function _bestSkills(ISkillWallet skillWallet, uint256 wallet)
        private
        view
        returns (Skill[] memory best, uint256 count, uint256 total)
    {
        best = new Skill[](SHOWN + 1);
        uint256 last = skillWallet.skillCount();
        if (last > SCANNED) last = SCANNED;
        for (uint16 id = 1; id <= last; ++id) {
            ISkillLedger.SkillState memory state = skillWallet.skillOf(wallet, id);
            if (state.xp == 0) continue;
            total += state.level;
            // The array has one place more than is shown: the least of them falls out by being overwritten next.
            uint256 place = count < SHOWN ? count++ : SHOWN;
            for (; place > 0 && _isBetter(state, best[place - 1]); --place) {
                best[place] = best[place - 1];
            }
            best[place] = _describe(skillWallet, id, state);
        }
    }

    function _isBetter(ISkillLedger.SkillState memory state, Skill memory other) private pure returns (bool) {
        return state.level > other.level || (state.level == other.level && state.xp > other.xp);
    }

    function _describe(ISkillWallet skillWallet, uint16 id, ISkillLedger.SkillState memory state)
        private
        view
        returns (Skill memory)
    {
        (string memory name, ISkillLedger.SkillPolicy memory policy,) = skillWallet.skillPolicy(id);
        return Skill({
            name: name,
            level: state.level,
            maxLevel: policy.maxLevel,
            xp: state.xp,
            start: skillWallet.levelXp(id, state.level),
            next: skillWallet.levelXp(id, state.level + 1)
        });
    }

    function _attributes(Skill[] memory best, uint256 count) private pure returns (string memory text) {
        for (uint256 i = 0; i < count; ++i) {
            text = string.concat(
                text,
                ',{"trait_type":"',
                LibString.escapeJSON(best[i].name),
                '","value":',
                best[i].level.toString(),
                ',"max_value":',
                best[i].maxLevel.toString(),
                "}"
            );
        }
    }

    function _svg(ISkillWallet skillWallet, uint256 wallet, Skill[] memory best, uint256 count, uint256 total)
        private
        view
        returns (string memory)
    {
        // Every wallet has its own pair of colours; neighbours differ by the golden angle.
        string memory hue = (wallet * 137 % 360).toString();
        string memory hue2 = ((wallet * 137 + 50) % 360).toString();
        string memory rows;
        string memory rings;
        for (uint256 i = 0; i < count; ++i) {
            rings = string.concat(rings, _ring(best[i], i));
            rows = string.concat(rows, _row(best[i], i));
        }
        if (count == 0) {
            rings = '<circle cx="200" cy="200" r="92" class="t" stroke-width="12"/>';
            rows = '<text x="200" y="360" text-anchor="middle" class="m" font-size="14">No attested skills yet</text>';
        }
        return string.concat(
            _frame(hue, hue2), _header(wallet), rings, _center(total), rows, _footer(skillWallet, wallet), "</svg>"
        );
    }

    function _frame(string memory hue, string memory hue2) private pure returns (string memory) {
        return string.concat(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 580" width="400" height="580" ',
            'font-family="Inter,ui-sans-serif,system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">',
            '<defs><linearGradient id="b" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(',
            hue,
            ',45%,17%)"/><stop offset="1" stop-color="hsl(',
            hue2,
            ',55%,8%)"/></linearGradient><radialGradient id="g" cx=".5" cy=".34" r=".5"><stop offset="0" stop-color="hsl(',
            hue,
            ',80%,60%)" stop-opacity=".28"/><stop offset="1" stop-color="hsl(',
            hue,
            ',80%,60%)" stop-opacity="0"/></radialGradient></defs><style>.t{fill:none;stroke:#fff;stroke-opacity:.09}',
            ".r{fill:none;stroke-linecap:round}.w{fill:#fff}.m{fill:#fff;fill-opacity:.58}</style>",
            '<rect width="400" height="580" rx="28" fill="url(#b)"/><rect width="400" height="580" rx="28" fill="url(#g)"/>',
            '<rect x="1" y="1" width="398" height="578" rx="27" fill="none" stroke="#fff" stroke-opacity=".14" stroke-width="2"/>'
        );
    }

    function _header(uint256 wallet) private pure returns (string memory) {
        return string.concat(
            '<text x="28" y="48" class="w" font-size="20" font-weight="700">Skill Wallet</text>',
            '<text x="372" y="48" text-anchor="end" class="m" font-size="16" font-weight="600">#',
            wallet.toString(),
            "</text>"
        );
    }

    /// @dev The track, and over it an arc of level / maxLevel of the circle, from the top, clockwise.
    function _ring(Skill memory skill, uint256 index) private pure returns (string memory) {
        string memory circle = string.concat(
            '<circle cx="200" cy="200" r="', (106 - index * 15).toString(), '" stroke-width="10" class="'
        );
        string memory arc;
        if (skill.level != 0) {
            arc = string.concat(
                circle,
                'r" pathLength="100" stroke="',
                _colour(index),
                '" stroke-dasharray="',
                (skill.level * 100 / skill.maxLevel).toString(),
                ' 100" transform="rotate(-90 200 200)"/>'
            );
        }
        return string.concat(circle, 't"/>', arc);
    }

    function _center(uint256 total) private pure returns (string memory) {
        return string.concat(
            '<text x="200" y="206" text-anchor="middle" class="w" font-size="26" font-weight="700">',
            total.toString(),
            '</text><text x="200" y="222" text-anchor="middle" class="m" font-size="9" letter-spacing="1">LEVELS</text>'
        );
    }

    /// @dev Name and level, experience on the right, and the part of the way to the next level.
    function _row(Skill memory skill, uint256 index) private pure returns (string memory) {
        uint256 y = 352 + index * 38;
        string memory width = skill.next == skill.start
            ? "344"
            : ((skill.xp - skill.start) * 344 / (skill.next - skill.start)).toString();
        string memory line = (y + 9).toString();
        return string.concat(
            string.concat(
                '<circle cx="33" cy="',
                (y - 5).toString(),
                '" r="5" fill="',
                _colour(index),
                '"/><text x="46" y="',
                y.toString(),
                '" class="w" font-size="14" font-weight="600">',
                LibString.escapeHTML(skill.name),
                '<tspan class="m" font-weight="500" dx="8">Lv ',
                skill.level.toString()
            ),
            string.concat(
                '</tspan></text><text x="372" y="', y.toString(), '" text-anchor="end" class="m" font-size="12">'
            ),
            skill.xp.toString(),
            string.concat(
                ' XP</text><rect x="28" y="', line, '" width="344" height="4" rx="2" fill="#fff" fill-opacity=".09"/>'
            ),
            string.concat(
                '<rect x="28" y="', line, '" width="', width, '" height="4" rx="2" fill="', _colour(index), '"/>'
            )
        );
    }

    function _footer(ISkillWallet skillWallet, uint256 wallet) private view returns (string memory) {
        string memory owner = Strings.toChecksumHexString(skillWallet.ownerOf(wallet));
        return string.concat(
            '<text x="28" y="556" class="m" font-size="11">',
            LibString.slice(owner, 0, 8),
            "\xE2\x80\xA6",
            LibString.slice(owner, 36, 42),
            '</text><text x="372" y="556" text-anchor="end" class="m" font-size="11" letter-spacing="3">FLUXION</text>'
        );
    }

    function _colour(uint256 index) private pure returns (string memory) {
        if (index == 0) return "#5eead4";
        if (index == 1) return "#a5b4fc";
        if (index == 2) return "#fbbf24";
        if (index == 3) return "#fb7185";
        return "#7dd3fc";
    }
}
