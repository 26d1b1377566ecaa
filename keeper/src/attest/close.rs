//! Forgets what was signed for epochs that no feed can accept any more; else the signer's database grows for ever.
//!
//! Forgetting a digest alone would let the key sign another one for its epoch. So the epoch is *closed* in the
//! transaction that forgets: [`SignatureStore::record_digest`] refuses every epoch at or below the last closed one, and
//! that one never goes back. Whatever is closed, by whatever clock, there is one digest for an epoch or none: a mistake
//! here can cost reports, never a second signature.
//!
//! Nor does it cost reports. A feed accepts an observation that is at most `maxDelay` older than the block, and
//! `maxDelay` has 16 bits, whatever governance sets. Blocks only get younger than the finalized one. So an observation
//! more than 65,535 seconds older than the finalized block is refused in every block to come. An oracle of scores may
//! have a longer `maxDelay`; its reports come within an epoch and the time to finality, which configurations keep below
//! that. The own clock is asked as well, and the earlier time counts: one endpoint that dates a block into the future
//! closes nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::chain::Chain;
use crate::clock::Clock;
use crate::store::{SignatureStore, StoreError};

/// How often epochs are closed.
const EVERY: Duration = Duration::from_secs(600);
/// How soon it is tried again after a failure.
const AGAIN: Duration = Duration::from_secs(10);

/// The last epoch that no feed of a chain accepts any more, in seconds: of its finalized block's time and the own
/// clock.
#[must_use]
pub fn closed_epoch(finalized_s: u64, now_s: u64) -> u64 {
    // An observation exactly maxDelay old is still accepted.
    finalized_s
        .min(now_s)
        .saturating_sub(u64::from(u16::MAX))
        .saturating_sub(1)
}

/// Closes a chain's epochs again and again until shutdown, or until the store is another process's.
pub async fn close_epochs(
    chain: Arc<dyn Chain>,
    store: Arc<dyn SignatureStore>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) {
    loop {
        let wait = match chain.finalized().await {
            Ok(finalized) => {
                let up_to = closed_epoch(finalized.time, clock.now_s());
                match store.close_epochs(chain.id(), up_to).await {
                    Ok(forgotten) => {
                        tracing::debug!(chain = chain.name(), up_to, forgotten, "epochs closed");
                        EVERY
                    }
                    Err(StoreError::LeaseLost { .. }) => {
                        // Whoever watches the lease ends the process, with the reason.
                        shutdown.cancelled().await;
                        return;
                    }
                    Err(error) => {
                        tracing::warn!(chain = chain.name(), %error, "epochs were not closed");
                        AGAIN
                    }
                }
            }
            Err(error) => {
                tracing::debug!(chain = chain.name(), %error, "no finalized block to close epochs by");
                AGAIN
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the contract asks: an observation at most `maxDelay` older than the block.
    fn accepted(observed_at: u64, block_time: u64, max_delay: u16) -> bool {
        block_time.saturating_sub(observed_at) <= u64::from(max_delay)
    }

    #[test]
    fn the_oldest_observation_that_any_feed_accepts_stays_open() {
        let oldest = 1_800_000_000 - u64::from(u16::MAX);
        assert!(accepted(oldest, 1_800_000_000, u16::MAX));
        assert_eq!(closed_epoch(1_800_000_000, 1_800_000_000), oldest - 1);
        assert_eq!(
            closed_epoch(u64::MAX, 1_800_000_000),
            oldest - 1,
            "a block dated into the future"
        );
        assert_eq!(
            closed_epoch(1_800_000_000, u64::MAX),
            oldest - 1,
            "a clock that is ahead"
        );
        assert_eq!(closed_epoch(5, 5), 0);
    }

    proptest! {
        /// ATTEST-5: whatever governance sets and however late the block, a closed epoch is not accepted.
        #[test]
        fn no_feed_accepts_a_closed_epoch(
            finalized in 100_000u64..4_000_000_000, clock in 100_000u64..4_000_000_000, before in 0u64..200_000,
            later in 0u64..10_000_000, max_delay: u16,
        ) {
            let closed = closed_epoch(finalized, clock);
            prop_assert!(!accepted(closed.saturating_sub(before), finalized + later, max_delay));
        }
    }
}
