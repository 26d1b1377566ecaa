//! The keys of this process, opened once.

use std::sync::Arc;

use alloy::signers::Signer;

use crate::config::{Config, open_keystore};
use crate::model::Diagnostic;
use crate::preflight::KeyAddresses;
use crate::tx::LaneSigner;

/// A key, wherever it lives.
type Key = Arc<dyn Signer + Send + Sync>;

/// The keys of this process.
pub struct Keys {
    /// Attestation keys.
    pub attestation: Vec<Arc<dyn Signer + Send + Sync>>,
    /// Transaction keys.
    pub lanes: Vec<LaneSigner>,
}

impl Keys {
    /// Opens every keystore.
    ///
    /// # Errors
    /// Every keystore that does not open.
    pub fn open(config: &Config) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let file = config.file.display();
        let mut open = |key: String, path: &std::path::Path, variable: &str| -> Option<Key> {
            match open_keystore(&key, &config.path(path), variable) {
                Ok(signer) => Some(Arc::new(signer)),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            }
        };
        let attestation = &config.attestation;
        let attestation = attestation
            .keystores
            .iter()
            .enumerate()
            .filter_map(|(i, path)| {
                open(
                    format!("{file}: attestation.keystores[{i}]"),
                    path,
                    &attestation.passphrase_env,
                )
            })
            .collect();
        let lanes = config
            .lane
            .iter()
            .enumerate()
            .filter_map(|(i, lane)| {
                let signer = open(
                    format!("{file}: lane[{i}].keystore"),
                    &lane.keystore,
                    &lane.passphrase_env,
                )?;
                Some(LaneSigner {
                    lane: lane.name,
                    signer,
                })
            })
            .collect();
        if problems.is_empty() {
            Ok(Self { attestation, lanes })
        } else {
            Err(problems)
        }
    }

    /// Their addresses.
    #[must_use]
    pub fn addresses(&self) -> KeyAddresses {
        KeyAddresses {
            attestation: self.attestation.iter().map(|key| key.address()).collect(),
            lanes: self.lanes.iter().map(|lane| (lane.lane, lane.address())).collect(),
        }
    }
}
