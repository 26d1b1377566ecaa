//! Scores computed again in one pass are those of every history gone through by itself.

use alloy::primitives::Address;
use proptest::prelude::*;

use super::*;
use crate::reputation::update;

const START: u64 = 1_800_000_000;
const HOUR: u64 = 3_600;
const WALLETS: u64 = 4;

/// What happens next: so many seconds later a wallet learns, or a report about some wallets, of an epoch so long ago.
#[derive(Clone, Debug)]
enum Step {
    Learns { after: u64, wallet: u64, added: u64 },
    Report { after: u64, ago: u64, subjects: Vec<(u64, bool)> },
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![Just(0), 1..4 * HOUR];
    let learns = (after.clone(), 1..=WALLETS, 1..500_u64);
    let learns = learns.prop_map(|(after, wallet, added)| Step::Learns { after, wallet, added });
    let subjects = prop::collection::vec((1..=WALLETS, any::<bool>()), 1..4);
    let report = (after, 0..40 * HOUR, subjects);
    let report = report.prop_map(|(after, ago, subjects)| Step::Report { after, ago, subjects });
    prop_oneof![2 => learns, 3 => report]
}

/// The rows of a history. Whoever is said to be reported rightly has the score of all events up to the epoch.
fn rows(steps: &[Step]) -> Vec<SkillRow> {
    let mut rows = Vec::new();
    let say = |rows: &mut Vec<SkillRow>, time, event| {
        let height = Height(u64::try_from(rows.len()).unwrap());
        rows.push(SkillRow {
            height,
            log_index: 0,
            time,
            event,
        });
    };
    let defined = SkillEvent::SkillDefined {
        skill: 1,
        first_level_xp: 100,
        level_step_xp: 10,
        max_level: 20,
        grace_seconds: 0,
        decay_xp_per_day: 0,
    };
    say(&mut rows, START, defined);
    for wallet in 1..=WALLETS {
        let to = Address::repeat_byte(u8::try_from(wallet).unwrap());
        let (wallet, from) = (U256::from(wallet), Address::ZERO);
        say(&mut rows, START, SkillEvent::WalletMoved { wallet, from, to });
    }
    let mut time = START;
    let mut xp = BTreeMap::<u64, u64>::new();
    for step in steps {
        match step {
            Step::Learns { after, wallet, added } => {
                time += after;
                let all = xp.entry(*wallet).or_default();
                *all += added;
                let event = SkillEvent::SkillChanged {
                    wallet: U256::from(*wallet),
                    skill: 1,
                    validator: Address::repeat_byte(9),
                    added: *added,
                    taken: 0,
                    xp: *all,
                };
                say(&mut rows, time, event);
            }
            Step::Report { after, ago, subjects } => {
                time += after;
                let observed_at = time - ago;
                let ledger = Ledger::at(&rows, observed_at).unwrap();
                let updates = subjects.iter().map(|(wallet, right)| {
                    let own = score(&ledger, U256::from(*wallet)).total;
                    update(U256::from(*wallet), if *right { own } else { own + 1 }).unwrap()
                });
                let updates = updates.collect();
                say(&mut rows, time, SkillEvent::ScoresReported { observed_at, updates });
            }
        }
    }
    rows
}

fn empty() -> Verified {
    Verified {
        chain: "there".to_owned(),
        formula: VERSION,
        finalized: Height(0),
        scores: 0,
        subjects: BTreeMap::new(),
        wrong: Vec::new(),
        unknown: Vec::new(),
    }
}

proptest! {
    /// REP-8: in one pass every reported score is judged by the history up to its epoch, as if that alone had been
    /// gone through, in whatever order epochs were reported; what is wrong comes in the order of the reports, and the
    /// last report about a wallet is shown.
    #[test]
    fn one_pass_judges_every_report_by_its_own_history(
        steps in prop::collection::vec(step(), 0..40),
        picked in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let rows = rows(&steps);
        let epochs: Vec<u64> = claims(&rows, None).iter().map(|claim| claim.epoch).collect();
        let only = picked.filter(|_| !epochs.is_empty()).map(|picked| *picked.get(&epochs));
        let (mut scores, mut subjects, mut wrong) = (0, BTreeMap::new(), Vec::new());
        for row in &rows {
            let SkillEvent::ScoresReported { observed_at, updates } = &row.event else { continue };
            let epoch = *observed_at;
            if only.is_some_and(|only| only != epoch) {
                continue;
            }
            let ledger = Ledger::at(&rows, epoch).unwrap();
            for (wallet, reported) in updates.iter().copied().map(split) {
                let computed = score(&ledger, wallet);
                scores += 1;
                subjects.insert(wallet, (epoch, computed));
                if computed.total != reported {
                    wrong.push(Wrong { wallet, epoch, reported, computed });
                }
            }
        }
        let mut verified = empty();
        let end = rows.last().unwrap().time;
        let ledger = judge(&rows, only, end, &mut verified).unwrap();
        prop_assert_eq!(verified.scores, scores);
        prop_assert_eq!(verified.subjects, subjects);
        prop_assert_eq!(verified.wrong, wrong);
        prop_assert_eq!(ledger, Ledger::at(&rows, end).unwrap());
    }

    /// REP-9: a ledger that goes on from moment to moment, and gets its rows in pieces, is the one that goes through
    /// all of them at once.
    #[test]
    fn a_ledger_that_goes_on_is_one_made_at_once(
        steps in prop::collection::vec(step(), 0..40),
        stops in prop::collection::vec((any::<prop::sample::Index>(), 0..200 * HOUR), 0..8),
    ) {
        let rows = rows(&steps);
        let mut stops: Vec<(usize, u64)> = stops.iter().map(|(at, time)| (at.index(rows.len()), START + time)).collect();
        stops.sort_unstable();
        let (mut ledger, mut taken, mut now) = (Ledger::default(), 0, 0);
        for (known, time) in stops {
            now = now.max(time);
            // Rows up to `known` have been read so far; those behind the moment stay for the next one.
            let known = known.max(taken);
            let rest = ledger.advance(&rows[taken..known], time).unwrap();
            taken = known - rest.len();
            prop_assert_eq!(&ledger, &Ledger::at(&rows[..known], now).unwrap());
        }
        ledger.advance(&rows[taken..], now).unwrap();
        prop_assert_eq!(ledger, Ledger::at(&rows, now).unwrap());
    }
}
