//! Keys that attest, whom to ask for more signatures, and who may ask here.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use alloy::primitives::Address;
use serde::Deserialize;

/// `[attestation]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttestationConfig {
    /// Keystore files of the attestation keys; one in production.
    pub keystores: Vec<PathBuf>,
    /// Environment variable with their passphrase.
    pub passphrase_env: String,
    /// Base URLs of the other signer processes' `listen`; only a keeper asks them.
    pub peers: Vec<String>,
    /// Address to listen on for requests for signatures, apart from `api.listen`; without it nobody can ask. Port 0
    /// takes any free one and writes it to `<data_dir>/attestation.addr`.
    pub listen: Option<SocketAddr>,
    /// Addresses of the keys that may ask; empty: the members of the signer sets in force.
    pub callers: Vec<Address>,
    /// Requests that each of them may make in a second, per kind of report.
    pub requests_per_s: NonZeroU32,
    /// How long one round of collection may take, in milliseconds.
    pub timeout_ms: u64,
    /// Oldest observation that a signer still signs, in seconds.
    pub max_age_s: u64,
}

impl Default for AttestationConfig {
    fn default() -> Self {
        Self {
            keystores: Vec::new(),
            passphrase_env: String::new(),
            peers: Vec::new(),
            listen: None,
            callers: Vec::new(),
            requests_per_s: NonZeroU32::MIN.saturating_add(49),
            timeout_ms: 1_500,
            max_age_s: 10,
        }
    }
}
