//! What the suite calls: the committed ABI of the manager, by itself, since the crate of bindings brings the transports
//! of a node along.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy_sol_types::sol;

sol!(
    #[sol(extra_derives(Debug))]
    IPoolManager,
    "../../abi/json/PoolManager.json"
);

sol! {
    /// Errors of the libraries, which no interface declares.
    #[derive(Debug)]
    interface IPoolMath {
        error StableInputOutOfRange();
        error StableAmountTooLarge();
        error StableNotConverged();
        error WeightedInputOutOfRange();
        error WeightedTradeTooLarge();
        error ResultOutOfRange();
        error KeyLengthOutOfRange(uint256 length);
        error KeyWordInvalid(uint256 index, uint256 word);
        error WeightSumInvalid(uint256 sum);
        error PauseDurationInvalid(uint256 duration);
        error ERC6909InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 id);
    }

    interface ISettableRate {
        function setRate(uint256 rate) external;
    }

    interface IPolicy {
        function set(uint8 mode, uint256 value) external;
        function favour(address trader) external;
    }

    interface IBorrower {
        function setMagic(bytes32 magic) external;
        function setCalls(bytes[] calls, bool mustSucceed) external;
        function borrow(address[] tokens, uint256[] amounts) external;
        function successes() external view returns (uint256);
    }

    interface IShareTokens {
        function create(uint256[] key) external returns (address token);
    }

    interface IShareToken {
        function deposit(uint256 amount, address recipient) external;
        function withdraw(uint256 amount, address recipient) external;
    }

    interface IToken {
        function mint(address to, uint256 amount) external;
        function approve(address spender, uint256 amount) external returns (bool);
        function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
        function nonces(address owner) external view returns (uint256);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
        function setCalls(address target, bytes[] calls) external;
        function attempts() external view returns (uint256);
        function successes() external view returns (uint256);
    }
}
