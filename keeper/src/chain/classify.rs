//! What a node's error means. Nodes agree on few codes, so the words decide; the table in the tests holds the texts of geth,
//! Erigon, Nethermind and anvil.

use super::SendOutcome;

/// Makes the outcome from the node's words.
type Means = fn(&str) -> SendOutcome;

/// Texts in lower case, the first that matches decides: the precise ones stand before those that they contain.
const SEND: &[(&str, Means)] = &[
    ("replacement transaction underpriced", |_| {
        SendOutcome::ReplacementUnderpriced
    }),
    ("replacementnotallowed", |_| SendOutcome::ReplacementUnderpriced),
    ("could not replace existing tx", |_| SendOutcome::ReplacementUnderpriced),
    ("replace underpriced", |_| SendOutcome::ReplacementUnderpriced),
    ("future transaction tries to replace pending", |_| {
        SendOutcome::ReplacementUnderpriced
    }),
    ("already known", |_| SendOutcome::AlreadyKnown),
    ("alreadyknown", |_| SendOutcome::AlreadyKnown),
    ("already imported", |_| SendOutcome::AlreadyKnown),
    ("already exists", |_| SendOutcome::AlreadyKnown),
    ("existing tx with same hash", |_| SendOutcome::AlreadyKnown),
    ("duplicate hash", |_| SendOutcome::AlreadyKnown),
    ("known transaction", |_| SendOutcome::AlreadyKnown),
    ("nonce too low", |_| SendOutcome::NonceTooLow),
    ("oldnonce", |_| SendOutcome::NonceTooLow),
    ("nonce has already been used", |_| SendOutcome::NonceTooLow),
    ("insufficient funds", |_| SendOutcome::InsufficientFunds),
    ("insufficientfunds", |_| SendOutcome::InsufficientFunds),
    ("insufficient balance", |_| SendOutcome::InsufficientFunds),
    ("max priority fee per gas higher than max fee", |m| {
        SendOutcome::Refused(m.to_owned())
    }),
    ("exceeds the configured cap", |m| SendOutcome::Refused(m.to_owned())),
    ("max fee per gas less than block base fee", |_| SendOutcome::FeeTooLow),
    ("feetoolow", |_| SendOutcome::FeeTooLow),
    ("fee too low", |_| SendOutcome::FeeTooLow),
    ("gas price too low", |_| SendOutcome::FeeTooLow),
    ("below the minimum", |_| SendOutcome::FeeTooLow),
    ("gas tip cap", |_| SendOutcome::FeeTooLow),
    ("underpriced", |_| SendOutcome::FeeTooLow),
    // A full pool keeps those that pay most.
    ("pool is full", |_| SendOutcome::FeeTooLow),
    ("pool overflow", |_| SendOutcome::FeeTooLow),
    ("intrinsic gas", |m| SendOutcome::Refused(m.to_owned())),
    ("exceeds block gas limit", |m| SendOutcome::Refused(m.to_owned())),
    ("gaslimitexceeded", |m| SendOutcome::Refused(m.to_owned())),
    ("gas limit too high", |m| SendOutcome::Refused(m.to_owned())),
    ("invalid sender", |m| SendOutcome::Refused(m.to_owned())),
    ("invalid signature", |m| SendOutcome::Refused(m.to_owned())),
    ("chain id", |m| SendOutcome::Refused(m.to_owned())),
    ("chainid", |m| SendOutcome::Refused(m.to_owned())),
    ("rlp:", |m| SendOutcome::Refused(m.to_owned())),
    ("failed to decode", |m| SendOutcome::Refused(m.to_owned())),
    ("oversized data", |m| SendOutcome::Refused(m.to_owned())),
    ("initcode", |m| SendOutcome::Refused(m.to_owned())),
    ("init code", |m| SendOutcome::Refused(m.to_owned())),
    ("negative value", |m| SendOutcome::Refused(m.to_owned())),
    ("transaction type not supported", |m| SendOutcome::Refused(m.to_owned())),
    ("invalid transaction", |m| SendOutcome::Refused(m.to_owned())),
];

/// What an error answer to `eth_sendRawTransaction` means. Words that nobody knows decide nothing: the bytes may be sent again.
pub(super) fn send_error(code: i64, message: &str) -> SendOutcome {
    let lower = message.to_lowercase();
    for (text, outcome) in SEND {
        if lower.contains(text) {
            return outcome(message);
        }
    }
    if code == -32602 {
        return SendOutcome::Refused(message.to_owned());
    }
    SendOutcome::Unknown(message.to_owned())
}

/// Which of two outcomes says more: the lower.
pub(super) const fn hope(outcome: &SendOutcome) -> u8 {
    match outcome {
        SendOutcome::Accepted => 0,
        SendOutcome::AlreadyKnown => 1,
        SendOutcome::NonceTooLow => 2,
        SendOutcome::ReplacementUnderpriced => 3,
        SendOutcome::FeeTooLow => 4,
        SendOutcome::InsufficientFunds => 5,
        SendOutcome::Refused(_) => 6,
        SendOutcome::Unknown(_) => 7,
    }
}

/// The endpoint limits how often it is asked: the same as no answer.
pub(super) fn is_busy(code: i64, message: &str) -> bool {
    let lower = message.to_lowercase();
    code == 429
        || code == -32029
        || [
            "rate limit",
            "too many requests",
            "request limit",
            "capacity exceeded",
            "compute units",
        ]
        .iter()
        .any(|t| lower.contains(t))
}

/// The log query covers too many blocks or finds too many logs.
pub(super) fn is_range(message: &str) -> bool {
    let lower = message.to_lowercase();
    [
        "block range",
        "range too",
        "range is too",
        "range exceed",
        "range limit",
        "max range",
        "ranges over",
        "maximum range",
        "too many blocks",
        "blocks distance",
        "more than",
        "too many results",
        "too many logs",
        "max results",
        "logs matched by query",
        "result window",
        "size exceeded",
        "size is larger",
        "response is too big",
        "response too large",
        "limited to",
        "query timeout",
        "timed out",
        "specify less",
    ]
    .iter()
    .any(|t| lower.contains(t))
}

/// The call itself failed in the EVM, at whatever node it is tried.
pub(super) fn is_execution(code: i64, message: &str) -> bool {
    let lower = message.to_lowercase();
    code == 3
        || [
            "revert",
            "invalid opcode",
            "out of gas",
            "gas required exceeds",
            "stack underflow",
            "stack overflow",
            "invalid jump",
            "vm execution error",
            "evm error",
            "insufficient funds for transfer",
            "insufficient balance for transfer",
        ]
        .iter()
        .any(|t| lower.contains(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (node, code, text, outcome); `Refused` and `Unknown` carry the text.
    const TABLE: &[(&str, i64, &str, &str)] = &[
        ("geth", -32000, "already known", "AlreadyKnown"),
        ("geth", -32000, "nonce too low: next nonce 7, tx nonce 6", "NonceTooLow"),
        (
            "geth",
            -32000,
            "replacement transaction underpriced: new tx gas fee cap 1 <= 2 queued",
            "ReplacementUnderpriced",
        ),
        (
            "geth",
            -32000,
            "future transaction tries to replace pending",
            "ReplacementUnderpriced",
        ),
        (
            "geth",
            -32000,
            "transaction underpriced: tip needed 1000000000, tip permitted 1",
            "FeeTooLow",
        ),
        (
            "geth",
            -32000,
            "transaction gas price below minimum: gas tip cap 0, minimum needed 1",
            "FeeTooLow",
        ),
        (
            "geth",
            -32000,
            "max fee per gas less than block base fee: address 0x70, maxFeePerGas: 1, baseFee: 7",
            "FeeTooLow",
        ),
        ("geth", -32000, "txpool is full", "FeeTooLow"),
        (
            "geth",
            -32000,
            "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000",
            "InsufficientFunds",
        ),
        (
            "geth",
            -32000,
            "intrinsic gas too low: gas 20000, minimum needed 21000",
            "Refused",
        ),
        ("geth", -32000, "exceeds block gas limit", "Refused"),
        ("geth", -32000, "invalid sender", "Refused"),
        ("geth", -32000, "invalid chain id for signer: have 5 want 1", "Refused"),
        (
            "geth",
            -32000,
            "rlp: value size exceeds available input length",
            "Refused",
        ),
        (
            "geth",
            -32000,
            "tx fee (2.10 ether) exceeds the configured cap (1.00 ether)",
            "Refused",
        ),
        (
            "geth",
            -32000,
            "max priority fee per gas higher than max fee per gas: address 0x70, maxPriorityFeePerGas: 2, maxFeePerGas: 1",
            "Refused",
        ),
        ("geth", -32000, "transaction type not supported", "Refused"),
        ("erigon", -32000, "ALREADY_EXISTS: already known", "AlreadyKnown"),
        ("erigon", -32000, "existing tx with same hash", "AlreadyKnown"),
        ("erigon", -32000, "INTERNAL_ERROR: nonce too low", "NonceTooLow"),
        (
            "erigon",
            -32000,
            "could not replace existing tx",
            "ReplacementUnderpriced",
        ),
        ("erigon", -32000, "INTERNAL_ERROR: fee too low", "FeeTooLow"),
        ("erigon", -32000, "underpriced", "FeeTooLow"),
        ("erigon", -32000, "pending sub-pool is full", "FeeTooLow"),
        ("erigon", -32000, "insufficient funds", "InsufficientFunds"),
        ("nethermind", -32010, "AlreadyKnown", "AlreadyKnown"),
        (
            "nethermind",
            -32010,
            "OldNonce, Current nonce: 7, nonce of rejected tx: 6",
            "NonceTooLow",
        ),
        ("nethermind", -32010, "ReplacementNotAllowed", "ReplacementUnderpriced"),
        (
            "nethermind",
            -32010,
            "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
            "FeeTooLow",
        ),
        ("nethermind", -32010, "FeeTooLowToCompete", "FeeTooLow"),
        (
            "nethermind",
            -32010,
            "InsufficientFunds, Account balance: 0, cumulative cost: 1",
            "InsufficientFunds",
        ),
        (
            "nethermind",
            -32010,
            "GasLimitExceeded, Gas limit: 1, gas limit of rejected tx: 2",
            "Refused",
        ),
        ("anvil", -32003, "transaction already imported", "AlreadyKnown"),
        ("anvil", -32003, "nonce too low", "NonceTooLow"),
        (
            "anvil",
            -32003,
            "replacement transaction underpriced",
            "ReplacementUnderpriced",
        ),
        ("anvil", -32003, "max fee per gas less than block base fee", "FeeTooLow"),
        (
            "anvil",
            -32003,
            "Insufficient funds for gas * price + value",
            "InsufficientFunds",
        ),
        ("anvil", -32602, "Failed to decode transaction", "Refused"),
        ("any", -32602, "odd number of digits", "Refused"),
        ("any", -32603, "internal error", "Unknown"),
        ("any", -32000, "the node is syncing", "Unknown"),
        ("geth", -32000, "nonce too high", "Unknown"),
    ];

    #[test]
    fn every_text_of_the_table_is_understood() {
        for (node, code, text, expected) in TABLE {
            let outcome = send_error(*code, text);
            let name = format!("{outcome:?}");
            assert_eq!(name.split('(').next().unwrap(), *expected, "{node}: {text}");
        }
    }

    #[test]
    fn range_errors_are_told_from_rate_limits() {
        for text in [
            // Infura, geth's fork on zkSync
            "query returned more than 10000 results",
            "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
            "logs matched by query exceeds limit of 10000",
            // geth
            "exceed maximum block range: 5000",
            "response too large",
            "query timeout exceeded",
            // Alchemy
            "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x0, 0x1]",
            "Query timeout exceeded. Consider reducing your block range.",
            "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
            // QuickNode
            "eth_getLogs is limited to a 10,000 range",
            "eth_getLogs is limited to 0 - 10000 blocks range",
            // Nethermind, Reth, Besu
            "Too many logs requested. Max logs per response is 20000.",
            "query exceeds max results 20000, retry with the range 0-100",
            "query exceeds max block range 100000",
            "Requested range exceeds maximum RPC range limit",
            // Ankr, dRPC, Avalanche, Chainstack
            "block range is too wide",
            "ranges over 10000 blocks are not supported on freetier",
            "requested too many blocks from 0 to 16777216, maximum is set to 2048",
            "Block range limit exceeded.",
        ] {
            assert!(is_range(text), "{text}");
            assert!(!is_busy(-32000, text), "{text}");
        }
        for text in [
            "daily request count exceeded, request rate limited",
            "Too Many Requests",
        ] {
            assert!(is_busy(-32005, text), "{text}");
            assert!(!is_range(text), "{text}");
        }
    }

    #[test]
    fn only_what_the_evm_refuses_is_an_execution_error() {
        assert!(is_execution(3, "execution reverted: no"));
        assert!(is_execution(-32000, "gas required exceeds allowance (30000000)"));
        assert!(is_execution(-32015, "VM execution error."));
        assert!(!is_execution(-32000, "header not found"));
        assert!(!is_execution(-32603, "internal error"));
    }
}
