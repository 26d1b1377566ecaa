// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Asks many views in one call: what a suite compares after an action costs one call of the machine.
contract Lens {
    struct Question {
        address target;
        bytes data;
    }

    struct Answer {
        bool returned;
        bytes data;
    }

    /// @param questions Calls, none of which may change anything.
    /// @return answers What each returned, or reverted with, in their order.
    function look(Question[] calldata questions) external view returns (Answer[] memory answers) {
        answers = new Answer[](questions.length);
        for (uint256 i = 0; i < questions.length; ++i) {
            (answers[i].returned, answers[i].data) = questions[i].target.staticcall(questions[i].data);
        }
    }
}
