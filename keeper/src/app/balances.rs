//! Balances of the lanes, read again and again for the status page and the runway metric.

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::api::LaneBalance;
use crate::chain::Chain;
use crate::clock::Clock;
use crate::model::Lane;
use crate::store::Store;

/// How often balances are read.
const EVERY: Duration = Duration::from_secs(15);

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Reads balances until shutdown. A read that fails leaves the last ones.
pub(super) async fn follow(
    chain: Arc<dyn Chain>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lanes: Vec<(Lane, Address)>,
    tell: watch::Sender<Vec<LaneBalance>>,
    shutdown: CancellationToken,
) {
    loop {
        let since = clock.now_ms().saturating_sub(DAY_MS);
        let mut balances = Vec::new();
        for (lane, account) in &lanes {
            let read = (
                chain.balance(*account).await,
                store.spent_since(chain.id(), *lane, since).await,
            );
            if let (Ok(balance), Ok(spent_day)) = read {
                balances.push(LaneBalance {
                    lane: *lane,
                    balance,
                    spent_day,
                });
            }
        }
        if balances.len() == lanes.len() {
            tell.send_replace(balances);
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
