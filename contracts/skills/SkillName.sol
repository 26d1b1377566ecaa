// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Whether a text is a name: 1 to 32 bytes of UTF-8 (RFC 3629: shortest forms, no surrogates, up to U+10FFFF),
/// characters that XML 1.0 allows, and none of C0, DEL and C1. Then JSON and SVG can carry it, escaped.
function isSkillName(bytes calldata text) pure returns (bool) {
    uint256 length = text.length;
    if (length == 0 || length > 32) return false;
    unchecked {
        for (uint256 i = 0; i < length;) {
            uint256 code = uint8(text[i++]);
            // C0 and DEL.
            if (code < 0x80) {
                if (code < 0x20 || code == 0x7f) return false;
                continue;
            }
            // No first byte: one that continues, one of an overlong form of two, one of more than four.
            if (code < 0xc2 || code > 0xf4) return false;
            uint256 more = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
            if (i + more > length) return false;
            code &= 0x3f >> more;
            for (uint256 j = 0; j < more; ++j) {
                uint256 next = uint8(text[i++]);
                if (next & 0xc0 != 0x80) return false;
                code = code << 6 | next & 0x3f;
            }
            // C1; forms of three and four bytes that are too long; surrogates; what XML forbids of the rest.
            if (
                code < 0xa0 || (more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10ffff
                    || (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe || code == 0xffff
            ) return false;
        }
    }
    return true;
}
