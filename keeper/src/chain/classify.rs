//! What a node's error means. Nodes agree on few codes, so the words decide, by one table (`words.tsv`). Words only
//! speed things up: those that nobody knows have an exit of their own in `tx`, and a read that fails is tried smaller
//! whatever was said.

use super::SendOutcome;
use super::words;

/// What an error answer to `eth_sendRawTransaction` means. Words that nobody knows decide nothing: the bytes may be
/// sent again.
pub(super) fn send_error(code: i64, message: &str) -> SendOutcome {
    let means = words::find("send", message).map_or("", |word| word.means);
    match means {
        "AlreadyKnown" => SendOutcome::AlreadyKnown,
        "NonceTooLow" => SendOutcome::NonceTooLow,
        "ReplacementUnderpriced" => SendOutcome::ReplacementUnderpriced,
        "FeeTooLow" => SendOutcome::FeeTooLow(needed_tip(message)),
        "InsufficientFunds" => SendOutcome::InsufficientFunds,
        "Refused" => SendOutcome::Refused(message.to_owned()),
        "" if code == -32602 => SendOutcome::Refused(message.to_owned()),
        _ => SendOutcome::Unknown(message.to_owned()),
    }
}

/// The tip that a node asks for, in wei per gas, where it says so: the number after "minimum needed" or "tip needed".
fn needed_tip(message: &str) -> Option<u128> {
    let lower = message.to_lowercase();
    ["minimum needed", "tip needed"].iter().find_map(|words| {
        let (_, after) = lower.split_once(words)?;
        let number = after.trim_start_matches([' ', ':', '=']);
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

/// Which of two outcomes says more: the lower.
pub(super) const fn hope(outcome: &SendOutcome) -> u8 {
    match outcome {
        SendOutcome::Accepted => 0,
        SendOutcome::AlreadyKnown => 1,
        SendOutcome::NonceTooLow => 2,
        SendOutcome::ReplacementUnderpriced => 3,
        SendOutcome::FeeTooLow(_) => 4,
        SendOutcome::InsufficientFunds => 5,
        // A refusal is one only where every endpoint refuses.
        SendOutcome::Unknown(_) => 6,
        SendOutcome::Silent(_) => 7,
        SendOutcome::Refused(_) => 8,
    }
}

/// The endpoint limits how often it is asked.
pub(super) fn is_busy(code: i64, message: &str) -> bool {
    code == 429 || code == -32029 || words::find("busy", message).is_some()
}

/// The call itself failed in the EVM, at whatever node it is tried.
pub(super) fn is_execution(code: i64, message: &str) -> bool {
    code == 3 || words::find("execution", message).is_some()
}

/// The node does not understand a block that is named by its hash in an object (EIP-1898).
pub(super) fn is_form(code: i64, message: &str) -> bool {
    let lower = message.to_lowercase();
    let words = [
        "invalid params",
        "invalid argument",
        "cannot unmarshal",
        "invalid type",
        "expected string",
    ];
    code == -32602 || words.iter().any(|w| lower.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CHAIN-6: every text of the table is understood as its row says.
    #[test]
    fn every_text_of_the_table_is_understood() {
        let mut rows = 0;
        for word in words::all("send") {
            let (code, text) = word.sample;
            let name = format!("{:?}", send_error(code, text));
            assert_eq!(name.split('(').next(), Some(word.means), "{text}");
            rows += 1;
        }
        assert!(rows > 60, "CHAIN-6: the table is read: {rows}");
        for (code, text) in [
            (-32602, "odd number of digits"),
            (-32603, "internal error"),
            (-32000, "the node is syncing"),
        ] {
            let refused = matches!(send_error(code, text), SendOutcome::Refused(_));
            assert_eq!(refused, code == -32602, "{text}");
        }
    }

    /// CHAIN-6: only a limit of how often is waited for; one of how much is asked for less.
    #[test]
    fn limits_of_size_are_told_from_limits_of_rate() {
        for word in words::all("busy") {
            assert!(is_busy(word.sample.0, word.sample.1), "{word:?}");
            assert!(
                word.sample.0 == 429 || is_busy(0, word.sample.1),
                "by its words alone: {word:?}"
            );
        }
        for word in words::all("range") {
            assert!(!is_busy(word.sample.0, word.sample.1), "{word:?}");
        }
        assert!(words::all("range").count() > 20 && words::all("busy").count() > 10);
    }

    #[test]
    fn only_what_the_evm_refuses_is_an_execution_error() {
        for word in words::all("execution") {
            assert!(is_execution(word.sample.0, word.sample.1), "{word:?}");
        }
        for text in [
            "header not found",
            "internal error",
            "missing trie node 00 (path ) state 0x00 is not available",
        ] {
            assert!(!is_execution(-32000, text), "{text}");
        }
    }

    #[test]
    fn the_tip_that_a_node_asks_for_is_read() {
        let needed = |text| needed_tip(text);
        assert_eq!(
            needed("transaction underpriced: gas tip cap 1, minimum needed 25000000000"),
            Some(25_000_000_000)
        );
        assert_eq!(
            needed("transaction underpriced: tip needed 1000000000, tip permitted 1"),
            Some(1_000_000_000)
        );
        assert_eq!(needed("txpool is full"), None);
    }
}
