//! Policies use chain time, sources wall time: the two must agree.

use std::time::Duration;

use super::place;
use crate::chain::{Chain, ChainError};
use crate::clock::Clock;
use crate::config::{ChainConfig, Config};
use crate::model::{Diagnostic, DiagnosticKind};

/// Largest difference between chain time and wall time, in seconds.
const LIMIT_S: u64 = 30;

/// How long a new block is waited for before a chain counts as idle.
const WAIT: Duration = Duration::from_secs(4);

/// Compares the machine's clock with the chain's. An old head alone says little, since a chain may be idle: only a new
/// block that is old when it appears proves a difference.
pub async fn skew(
    config: &Config,
    chain_config: &ChainConfig,
    chain: &dyn Chain,
    clock: &dyn Clock,
) -> Option<Diagnostic> {
    let judge = |time: u64| -> Option<Diagnostic> {
        let now = clock.now_s();
        let skew = now.abs_diff(time);
        (skew > LIMIT_S).then(|| {
            Diagnostic::new(
                DiagnosticKind::Clock,
                format!("{}, clock", place(config, chain_config)),
                format!(
                    "this machine's clock is {skew} s {} the chain's",
                    if now > time { "ahead of" } else { "behind" }
                ),
                "synchronize the clock (NTP); at most 30 s are allowed",
            )
        })
    };
    match watch(chain, &judge, clock).await {
        Ok(problem) => problem,
        Err(error) => Some(Diagnostic::new(
            DiagnosticKind::Unavailable,
            place(config, chain_config),
            format!("its head cannot be read ({error})"),
            "start a node of this chain, or correct chain.endpoints",
        )),
    }
}

async fn watch(
    chain: &dyn Chain,
    judge: &(dyn Fn(u64) -> Option<Diagnostic> + Sync),
    clock: &dyn Clock,
) -> Result<Option<Diagnostic>, ChainError> {
    let first = chain.poll().await?;
    let Some(problem) = judge(first.time) else {
        return Ok(None);
    };
    if first.time > clock.now_s() {
        // No block comes from the future, however idle the chain.
        return Ok(Some(problem));
    }
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < WAIT {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let head = chain.poll().await?;
        if head.hash != first.hash {
            return Ok(judge(head.time));
        }
    }
    Ok(None)
}
