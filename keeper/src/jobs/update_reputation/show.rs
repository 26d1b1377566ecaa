//! How the job is shown: decisions in words, and its part of the status page.

use serde_json::Value;

use super::{Decision, Hold, Snapshot};

/// Why nothing is reported, in words.
pub(super) fn hold(hold: &Hold) -> String {
    match hold {
        Hold::Fresh { wallets } => format!("the scores of {wallets} wallets are reported"),
        Hold::TooLate { epoch, until } => {
            format!("epoch {epoch} became final after {until}, when the oracle no longer takes it")
        }
    }
}

/// A decision in words.
pub(super) fn decision(snapshot: &Snapshot, decision: &Decision) -> Vec<String> {
    let chain = &snapshot.chain_name;
    match decision {
        Decision::Report {
            epoch, batches, reason, ..
        } => {
            let mut lines = vec![format!(
                "{chain}: report epoch {epoch} in {} batches ({reason})",
                batches.len()
            )];
            for (wallet, score) in batches.iter().flatten() {
                let before = snapshot.reported.get(wallet);
                let before = before.map_or_else(|| "nothing".to_owned(), |last| last.score.to_string());
                lines.push(format!("  wallet {wallet}: {score}, {before} before"));
            }
            lines
        }
        Decision::Hold(held) => vec![format!("{chain}: nothing, {}", hold(held))],
    }
}

/// Its lines of `status`.
pub(super) fn lines(status: &Value) -> Vec<String> {
    let chains = status["chains"].as_array().cloned().unwrap_or_default();
    let line = |chain: &Value| {
        let text = chain["reputation"]["text"].as_str()?;
        Some(format!("scores on {}: {text}", chain["name"].as_str().unwrap_or("-")))
    };
    chains.iter().filter_map(line).collect()
}
