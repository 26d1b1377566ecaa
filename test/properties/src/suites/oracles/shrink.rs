//! Simpler actions to try in the place of one.

use super::action::{Action, Flaw};

/// Simplest first.
pub(super) fn simpler(action: &Action) -> Vec<Action> {
    match action {
        Action::Wait { seconds } => [1, seconds / 2, seconds - 1]
            .into_iter()
            .filter(|less| less < seconds && *less > 0)
            .map(|seconds| Action::Wait { seconds })
            .collect(),
        Action::Report {
            feed,
            price,
            ago,
            signers,
            flaw,
        } => {
            let with = |price, ago, signers: &[usize], flaw| Action::Report {
                feed: *feed,
                price,
                ago,
                signers: signers.to_vec(),
                flaw,
            };
            let mut all = Vec::new();
            if *flaw != Flaw::None {
                all.push(with(*price, *ago, signers, Flaw::None));
            }
            if *ago != 0 {
                all.push(with(*price, 0, signers, *flaw));
                all.push(with(*price, ago / 2, signers, *flaw));
            }
            all.extend(fewer(signers).map(|signers| with(*price, *ago, &signers, *flaw)));
            if *price > 100 {
                all.push(with(price / 100 * 100, *ago, signers, *flaw));
            }
            all.retain(|one| one != action);
            all
        }
        Action::ReportScores {
            updates,
            ago,
            signers,
            flaw,
        } => {
            let with = |updates: &[(u64, u16)], ago, signers: &[usize], flaw| Action::ReportScores {
                updates: updates.to_vec(),
                ago,
                signers: signers.to_vec(),
                flaw,
            };
            let mut all = Vec::new();
            if *flaw != Flaw::None {
                all.push(with(updates, *ago, signers, Flaw::None));
            }
            if *ago != 0 {
                all.push(with(updates, 0, signers, *flaw));
            }
            all.extend(fewer(updates).map(|updates| with(&updates, *ago, signers, *flaw)));
            all.extend(fewer(signers).map(|signers| with(updates, *ago, &signers, *flaw)));
            all
        }
        Action::Rotate {
            signers,
            threshold,
            strict,
            by_admin,
        } => fewer(signers)
            .map(|signers| Action::Rotate {
                signers,
                threshold: *threshold,
                strict: *strict,
                by_admin: *by_admin,
            })
            .collect(),
        Action::Veto { wallets, by_admin } => fewer(wallets)
            .map(|wallets| Action::Veto {
                wallets,
                by_admin: *by_admin,
            })
            .collect(),
        Action::Fill { feed, price, rounds } => [1, rounds / 2, rounds.saturating_sub(1)]
            .into_iter()
            .filter(|less| less < rounds && *less > 0)
            .map(|rounds| Action::Fill {
                feed: *feed,
                price: *price,
                rounds,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The list without one of its parts, which has one at least.
fn fewer<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    let most = if list.len() > 1 { list.len() } else { 0 };
    (0..most).map(|left_out| [&list[..left_out], &list[left_out + 1..]].concat())
}
