//! Which keys this process holds, and what that means on each chain.

use std::collections::BTreeSet;

use alloy::primitives::{Address, U256};

use super::{KeyAddresses, place};
use crate::chain::Chain;
use crate::config::{ChainConfig, Config, Mode};
use crate::model::{Diagnostic, DiagnosticKind};
use crate::oracle::SignerSet;

/// Judges the keys against the signer set in force: whoever holds a quorum of them could report any price alone.
#[must_use]
pub fn key_quorum(config: &Config, chain: &ChainConfig, keys: &KeyAddresses, set: &SignerSet) -> Vec<Diagnostic> {
    let place = place(config, chain);
    let mut problems = Vec::new();
    if set.id == 0 {
        return vec![Diagnostic::new(
            DiagnosticKind::Membership,
            place,
            "the verifier has no signer set yet",
            "run the Configure script of the deployment",
        )];
    }
    let held: BTreeSet<Address> = keys
        .attestation
        .iter()
        .copied()
        .chain(keys.lanes.iter().map(|(_, address)| *address))
        .collect();
    let in_set = held.iter().filter(|address| set.signers.contains(address)).count();
    if !chain.local && in_set >= set.threshold {
        problems.push(Diagnostic::new(
            DiagnosticKind::KeyQuorum,
            &place,
            format!(
                "this process holds {in_set} keys of signer set {}, and {} make a quorum: it could report any price alone",
                set.id, set.threshold
            ),
            "leave one attestation key here and run the others in signer processes of their own (keeper.mode = \"signer\")",
        ));
    }
    for key in keys.attestation.iter().filter(|key| !set.signers.contains(key)) {
        problems.push(Diagnostic::new(
            DiagnosticKind::Membership,
            format!("{place}, attestation key {key}"),
            format!("it is not in signer set {}", set.id),
            "use the key of a member, or have governance rotate the set",
        ));
    }
    let own = keys.attestation.iter().filter(|key| set.signers.contains(key)).count();
    let reachable = own.saturating_add(config.attestation.peers.len());
    if config.keeper.mode == Mode::Keeper && reachable < set.threshold {
        problems.push(Diagnostic::new(
            DiagnosticKind::Membership,
            format!("{}: attestation.peers", config.file.display()),
            format!(
                "with {own} own keys and {} peers the quorum of {} on chain {} can never be reached",
                config.attestation.peers.len(),
                set.threshold,
                chain.name
            ),
            "add the URLs of the other signer processes",
        ));
    }
    problems
}

/// Can every lane pay for at least one transaction at its cap?
pub async fn balances(
    config: &Config,
    chain_config: &ChainConfig,
    keys: &KeyAddresses,
    chain: &dyn Chain,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let least: U256 = chain_config.fees.max_tx_cost.0;
    for (lane, account) in &keys.lanes {
        let at = format!("{}, lane {lane} ({account})", place(config, chain_config));
        match chain.balance(*account).await {
            Ok(balance) if balance < least => problems.push(Diagnostic::new(
                DiagnosticKind::Funds,
                at,
                format!("its balance of {balance} wei does not pay for one transaction at max_tx_cost ({least} wei)"),
                "send it coins, or lower max_tx_cost",
            )),
            Ok(_) => {}
            Err(error) => problems.push(Diagnostic::new(
                DiagnosticKind::Unavailable,
                at,
                format!("its balance cannot be read ({error})"),
                "start a node of this chain, or correct chain.endpoints",
            )),
        }
    }
    problems
}
