//! Forgets transactions that ended long ago, so that the database does not grow without bound.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::Store;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(3_600);

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Forgets what ended more than `days` ago, every hour until shutdown. What could not be forgotten is tried again.
pub(super) async fn forget(store: Arc<dyn Store>, clock: Arc<dyn Clock>, days: u32, shutdown: CancellationToken) {
    loop {
        let before = clock.now_ms().saturating_sub(u64::from(days).saturating_mul(DAY_MS));
        match store.forget(before).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, days, "old transactions forgotten"),
            Err(error) => tracing::warn!(%error, "old transactions were not forgotten"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
