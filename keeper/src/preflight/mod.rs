//! Is everything what the configuration says? `check` asks all of it, `run` the part without which it must not start.
//! Nothing is written anywhere.

mod clock;
mod contracts;
mod endpoints;
mod keys;

use alloy::primitives::Address;
use fluxion_abi::Deployment;

use crate::config::{ChainConfig, Config};
use crate::model::{Diagnostic, Lane};

pub use clock::skew;
pub use contracts::{contracts, record};
pub use endpoints::endpoints;
pub use keys::{balances, key_quorum};

/// Addresses of this process's keys.
#[derive(Clone, Debug, Default)]
pub struct KeyAddresses {
    /// Attestation keys.
    pub attestation: Vec<Address>,
    /// Transaction keys.
    pub lanes: Vec<(Lane, Address)>,
}

/// Names a chain in a complaint.
fn place(config: &Config, chain: &ChainConfig) -> String {
    format!("{}: chain {}", config.file.display(), chain.name)
}

/// Reads the deployment record of a chain.
///
/// # Errors
/// A [`Diagnostic`] that names the record.
pub fn deployment(config: &Config, chain: &ChainConfig) -> Result<Deployment, Diagnostic> {
    let path = config.path(&chain.deployment);
    let key = format!("{}, deployment", place(config, chain));
    let deployment = Deployment::load(&path).map_err(|error| {
        let text = error.to_string();
        let (fact, mend) = text.split_once("; ").unwrap_or((&text, "write it by `make deploy`"));
        Diagnostic::config(&key, fact, mend)
    })?;
    if deployment.chain_id != chain.id {
        return Err(Diagnostic::config(
            key,
            format!(
                "{} is of chain id {}, the configuration says {}",
                path.display(),
                deployment.chain_id,
                chain.id
            ),
            "name the record of this chain",
        ));
    }
    Ok(deployment)
}
