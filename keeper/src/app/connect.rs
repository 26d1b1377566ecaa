//! Connections to the outside, as the configuration has them.

use std::time::Duration;

use crate::chain::{ConnectError, Finality, L1Fee, ReceiptCheck, RpcChain, RpcSettings};
use crate::config::{self, ChainConfig};
use crate::model::{Diagnostic, DiagnosticKind};

/// The HTTP client for sources and peers: connections are kept, and a redirect never leaves the host that was
/// configured.
///
/// # Errors
/// TLS cannot be set up.
pub fn http_client() -> Result<reqwest::Client, Diagnostic> {
    let same_host = reqwest::redirect::Policy::custom(|attempt| {
        let first = attempt.previous().first().and_then(|url| url.host_str());
        if attempt.previous().len() > 3 || attempt.url().host_str() != first {
            attempt.stop()
        } else {
            attempt.follow()
        }
    });
    reqwest::Client::builder()
        .redirect(same_host)
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(90))
        .pool_max_idle_per_host(4)
        .tcp_nodelay(true)
        .user_agent(concat!("fluxion-keeper/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| {
            Diagnostic::config(
                "http",
                format!("the client cannot be set up ({error})"),
                "install the system's CA certificates",
            )
        })
}

/// The settings of a chain.
pub(super) fn settings(config: &ChainConfig) -> RpcSettings {
    RpcSettings {
        read_quorum: config.read_quorum,
        finality: match config.finality {
            config::Finality::Tag => Finality::Tag,
            config::Finality::Depth { blocks } => Finality::Depth(blocks),
        },
        receipts: if config.verify_receipts {
            ReceiptCheck::Always
        } else {
            ReceiptCheck::Bloom
        },
        l1_fee: match config.l1_fee {
            config::L1Fee::None => L1Fee::None,
            config::L1Fee::OpStack => L1Fee::OpStack,
        },
        ..RpcSettings::new(config.chain_id(), &config.name, config.endpoints.clone())
    }
}

/// Connects to a chain of which at least one endpoint answers.
///
/// # Errors
/// [`DiagnosticKind::Mismatch`] for another chain id, [`DiagnosticKind::Unavailable`] when no endpoint answers.
pub async fn connect(config: &ChainConfig) -> Result<std::sync::Arc<RpcChain>, Diagnostic> {
    RpcChain::connect(settings(config))
        .await
        .map(std::sync::Arc::new)
        .map_err(|error| problem(config, &error))
}

/// A chain of which no endpoint answers yet: its endpoints are checked when they come back, before they are used.
///
/// # Errors
/// [`DiagnosticKind::Config`] for settings that make no sense.
pub(super) fn offline(config: &ChainConfig) -> Result<std::sync::Arc<RpcChain>, Diagnostic> {
    RpcChain::offline(settings(config))
        .map(std::sync::Arc::new)
        .map_err(|error| problem(config, &error))
}

fn problem(config: &ChainConfig, error: &ConnectError) -> Diagnostic {
    let place = |endpoint: &str| format!("chain {}, endpoint {endpoint}", config.name);
    match error {
        ConnectError::WrongChain {
            endpoint,
            expected,
            found,
            ..
        } => Diagnostic::new(
            DiagnosticKind::Mismatch,
            place(endpoint),
            format!("it serves chain id {found}, the configuration says {expected}"),
            "correct chain.id or the endpoint's URL",
        ),
        ConnectError::Unreachable { causes, .. } => Diagnostic::new(
            DiagnosticKind::Unavailable,
            format!("chain {}", config.name),
            format!("no endpoint answers ({causes})"),
            "start a node, or correct chain.endpoints",
        ),
        ConnectError::Settings { what, .. } => {
            Diagnostic::config(format!("chain {}", config.name), what, "correct its [[chain]] section")
        }
    }
}
