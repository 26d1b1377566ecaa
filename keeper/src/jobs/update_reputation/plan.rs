//! The decision. Pure: no clock, no network, no store.

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::reputation::Reported;

/// Why nothing is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "hold")]
pub enum Hold {
    /// Every score was reported, is on its way or has moved too little.
    Fresh {
        /// Wallets that were looked at.
        wallets: usize,
    },
    /// The oracle accepts nothing of this epoch any more: finality lags behind, or the epoch is too long.
    TooLate {
        /// The epoch.
        epoch: u64,
        /// Last time at which it was accepted.
        until: u64,
    },
}

/// What to do about the scores of one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// Report these, a batch each, ascending by wallet.
    Report {
        /// Epoch, in seconds.
        epoch: u64,
        /// Chain time after which the batches must not be sent any more.
        valid_until: u64,
        /// Wallets and scores.
        batches: Vec<Vec<(U256, u16)>>,
        /// Why, in words.
        reason: String,
    },
    /// Do nothing.
    Hold(Hold),
}

/// The last epoch that ended before a finalized block of this time: all its events are final. `None` before the first.
#[must_use]
pub fn epoch_of(finalized_time: u64, epoch_s: u64) -> Option<u64> {
    let before = finalized_time.checked_sub(1)?;
    let epochs = before.checked_div(epoch_s)?;
    epochs.checked_mul(epoch_s).filter(|epoch| *epoch > 0)
}

/// Decides. The same snapshot gives the same decision.
#[must_use]
pub fn plan(snapshot: &Snapshot) -> Decision {
    let Snapshot {
        epoch, policy, limits, ..
    } = *snapshot;
    let until = epoch.saturating_add(limits.max_delay_s);
    if snapshot.chain_time >= until {
        return Decision::Hold(Hold::TooLate { epoch, until });
    }
    let wanted = |wallet: &U256, score: u16| {
        if snapshot.pending.contains(wallet) || wallet.bit_len() > 240 {
            return false;
        }
        let Some(Reported { score: last, epoch: at }) = snapshot.reported.get(wallet).copied() else {
            // Nobody needs to hear that nothing is there.
            return score > 0;
        };
        if epoch < at.saturating_add(limits.min_interval_s) {
            return false;
        }
        // A score of nothing needs no refreshing; the way down to it is always told.
        let moved = score.abs_diff(last) >= policy.min_move || (score == 0) != (last == 0);
        moved || (score > 0 && epoch >= at.saturating_add(policy.refresh_s))
    };
    let subjects: Vec<(U256, u16)> = snapshot
        .scores
        .iter()
        .filter(|(wallet, score)| wanted(wallet, **score))
        .map(|(wallet, score)| (*wallet, *score))
        .collect();
    if subjects.is_empty() {
        let wallets = snapshot.scores.len();
        return Decision::Hold(Hold::Fresh { wallets });
    }
    let reason = format!(
        "{} of {} scores moved or grew old",
        subjects.len(),
        snapshot.scores.len()
    );
    Decision::Report {
        epoch,
        valid_until: until,
        batches: subjects
            .chunks(policy.batch_size(snapshot.threshold))
            .map(<[_]>::to_vec)
            .collect(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::{Limits, Policy};
    use super::*;
    use crate::model::ChainId;

    const EPOCH: u64 = 1_800_000_000;

    fn snapshot(scores: &[(u64, u16)], reported: &[(u64, u16, u64)]) -> Snapshot {
        Snapshot {
            chain: ChainId(31_337),
            chain_name: "local-a".into(),
            chain_time: EPOCH + 20,
            epoch: EPOCH,
            policy: Policy {
                epoch_s: 3_600,
                min_move: 50,
                refresh_s: 86_400,
                batch_gas: 300_000,
            },
            limits: Limits {
                max_delay_s: 900,
                min_interval_s: 3_600,
            },
            threshold: 2,
            scores: scores.iter().map(|(w, s)| (U256::from(*w), *s)).collect(),
            reported: reported
                .iter()
                .map(|(w, s, e)| (U256::from(*w), Reported { score: *s, epoch: *e }))
                .collect(),
            pending: BTreeSet::new(),
        }
    }

    fn subjects(snapshot: &Snapshot) -> Vec<u64> {
        match plan(snapshot) {
            Decision::Report { batches, .. } => batches.iter().flatten().map(|(w, _)| w.to::<u64>()).collect(),
            Decision::Hold(_) => vec![],
        }
    }

    #[test]
    fn only_what_moved_or_grew_old_is_reported() {
        let long_ago = EPOCH - 86_400;
        let lately = EPOCH - 3_600;
        let scores = [(1, 0), (2, 10), (3, 149), (4, 150), (5, 100), (6, 0), (7, 500), (8, 0)];
        let reported = [
            (3, 100, lately),
            (4, 100, lately),
            (5, 100, long_ago),
            (6, 20, lately),
            (7, 100, lately + 1),
            (8, 0, long_ago),
        ];
        assert_eq!(subjects(&snapshot(&scores, &reported)), [2, 4, 5, 6]);
    }

    #[test]
    fn what_is_on_its_way_is_not_planned_again() {
        let mut twice = snapshot(&[(1, 100), (2, 100)], &[]);
        twice.pending = BTreeSet::from([U256::from(1)]);
        assert_eq!(subjects(&twice), [2]);
    }

    #[test]
    fn an_epoch_that_the_oracle_refuses_is_not_reported() {
        let mut late = snapshot(&[(1, 100)], &[]);
        late.chain_time = EPOCH + 899;
        assert_eq!(subjects(&late), [1]);
        late.chain_time = EPOCH + 900;
        let until = EPOCH + 900;
        assert_eq!(plan(&late), Decision::Hold(Hold::TooLate { epoch: EPOCH, until }));
    }

    #[test]
    fn an_epoch_begins_when_its_events_are_final() {
        assert_eq!(
            epoch_of(7_200, 3_600),
            Some(3_600),
            "another block of that second may come"
        );
        assert_eq!(epoch_of(7_201, 3_600), Some(7_200));
        assert_eq!(epoch_of(3_600, 3_600), None);
        assert_eq!(epoch_of(0, 3_600), None);
        assert_eq!(epoch_of(5, 0), None);
    }

    #[test]
    fn batches_keep_to_their_gas() {
        let policy = snapshot(&[], &[]).policy;
        assert_eq!(policy.batch_size(2), 8, "300,000 - 60,000 - 12,000 over 27,000");
        assert_eq!(
            Policy { batch_gas: 1, ..policy }.batch_size(2),
            1,
            "no batch is too small to try"
        );
        assert_eq!(
            Policy {
                batch_gas: u64::MAX,
                ..policy
            }
            .batch_size(2),
            super::super::MAX_BATCH
        );
    }

    proptest! {
        /// REP-6: planned again once everything it planned has landed, the same epoch plans nothing.
        #[test]
        fn an_epoch_is_planned_once(
            scores in prop::collection::btree_map(1u64..60, 0u16..=10_000, 0..40),
            reported in prop::collection::btree_map(1u64..60, (0u16..=10_000, EPOCH - 200_000..EPOCH), 0..40),
            batch_gas in 0u64..1_000_000,
        ) {
            let scores: Vec<_> = scores.into_iter().collect();
            let reported: Vec<_> = reported.into_iter().map(|(w, (s, e))| (w, s, e)).collect();
            let mut now = snapshot(&scores, &reported);
            now.policy.batch_gas = batch_gas;
            let size = now.policy.batch_size(now.threshold);
            if let Decision::Report { batches, epoch, .. } = plan(&now) {
                let flat: Vec<_> = batches.iter().flatten().copied().collect();
                prop_assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= size));
                prop_assert!(flat.windows(2).all(|pair| pair[0].0 < pair[1].0), "ascending, no wallet twice");
                let all: BTreeMap<_, _> = flat.iter().copied().collect();
                prop_assert!(all.iter().all(|(wallet, score)| now.scores.get(wallet) == Some(score)));
                for (wallet, score) in flat {
                    now.reported.insert(wallet, Reported { score, epoch });
                }
            }
            let fresh = matches!(plan(&now), Decision::Hold(Hold::Fresh { .. }));
            prop_assert!(fresh, "planned again");
        }
    }
}
