//! What happens to a keeper: scripts of work, faults, reorgs and kills, each made from a seed.
//!
//! One and the same script drives the transaction machine against a simulated node (`tests/machine`) and real processes
//! against a real node ([`crate::chaos`]), so that what one of them finds can be looked at in the other.

use std::fmt;

use proptest::{
    prelude::*,
    strategy::{BoxedStrategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::ReferenceStateMachine;

/// Deepest reorg of a script, in blocks, where finality is deeper.
pub const DEEPEST: u8 = 6;
/// Blocks below the head that are not final: from a chain that is final at once to a rollup whose batches take a
/// quarter of an hour.
pub const FINALITY: [u16; 5] = [2, 8, 32, 128, 500];

/// What endpoints do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A call is done and its answer lost with the connection.
    AnswerLost,
    /// A call is done and answered with status 500.
    AnsweredByError,
    /// Status 429 to everything.
    Limit,
    /// Status 500 to everything.
    Broken,
    /// The head is some blocks old, and follows.
    Lag,
    /// The head stands still.
    StaleHead,
    /// No logs under correct hashes.
    OmitLogs,
    /// Half the logs under correct hashes.
    TruncateLogs,
    /// Another chain's id.
    WrongChain,
    /// No connection.
    Gone,
    /// States but the head's are gone.
    Pruned,
}

impl Trouble {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::AnswerLost,
        Self::AnsweredByError,
        Self::Limit,
        Self::Broken,
        Self::Lag,
        Self::StaleHead,
        Self::OmitLogs,
        Self::TruncateLogs,
        Self::WrongChain,
        Self::Gone,
        Self::Pruned,
    ];
}

/// What becomes of the transactions of blocks that leave the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Every node forgets them.
    Vanish,
    /// They wait in the pools again, as geth has it.
    Return,
    /// They are in another block of the new fork.
    Move,
    /// Where a nonce has another signed transaction (a cancel, an older fee), that one is in the new fork.
    AnotherWins,
}

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An effect is wanted; a lasting one until it is made, the others until a fresher one of their topic is.
    Want {
        /// Which of three topics.
        topic: u8,
        /// Whether it stays wanted.
        lasting: bool,
    },
    /// So many blocks come.
    Blocks(u8),
    /// Nothing happens for so many tenths of a second.
    Wait(u8),
    /// Endpoints begin to fail.
    Trouble {
        /// All of them, or one.
        everywhere: bool,
        /// Which one.
        endpoint: u8,
        /// How.
        what: Trouble,
    },
    /// All endpoints work again.
    Heal,
    /// The last blocks are replaced by others.
    Reorg {
        /// How many, from 1 to [`DEEPEST`].
        depth: u8,
        /// What becomes of their transactions.
        fate: Fate,
    },
    /// Every node loses its pool.
    Evict,
    /// The process is killed at a commit or send, and started again.
    Kill {
        /// Which commit or send, counted from now.
        place: u8,
        /// After it instead of before.
        after: bool,
    },
    /// The process stands still while so many blocks come.
    Freeze(u8),
    /// The database is restarted.
    Database,
    /// Somebody else sends a transaction with the account's key.
    Foreign,
    /// The base fee of the next blocks, in gwei.
    BaseFee(u16),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Want { topic, lasting } => write!(f, "want {topic}{}", if *lasting { " for good" } else { "" }),
            Self::Blocks(blocks) => write!(f, "{blocks} blocks"),
            Self::Wait(tenths) => write!(f, "wait {}00 ms", tenths),
            Self::Trouble {
                everywhere: true, what, ..
            } => write!(f, "{what:?} everywhere"),
            Self::Trouble { endpoint, what, .. } => write!(f, "{what:?} at {endpoint}"),
            Self::Heal => write!(f, "heal"),
            Self::Reorg { depth, fate } => write!(f, "reorg of {depth}, {fate:?}"),
            Self::Evict => write!(f, "evict"),
            Self::Kill { place, after } => write!(f, "kill {} {place}", if *after { "after" } else { "before" }),
            Self::Freeze(blocks) => write!(f, "freeze for {blocks} blocks"),
            Self::Database => write!(f, "database restarts"),
            Self::Foreign => write!(f, "foreign transaction"),
            Self::BaseFee(gwei) => write!(f, "base fee {gwei} gwei"),
        }
    }
}

/// What a script has led to so far: what of the next steps makes sense, and what has to be true in the end.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Endpoints fail.
    pub troubled: bool,
    /// Base fee in gwei.
    pub base_fee: u16,
    /// Blocks below the head that are not final. Reorgs are always shallower.
    pub finality: u16,
    /// Effects that are wanted for good, by their number among all wanted ones. Each has to be made once.
    pub lasting: Vec<u32>,
    /// Effects wanted.
    pub wanted: u32,
    /// Kills.
    pub kills: u32,
}

impl Course {
    /// The beginning of a script on a chain whose blocks are final below so many others.
    #[must_use]
    pub fn start(finality: u16) -> Self {
        Self {
            base_fee: 1,
            finality,
            ..Self::default()
        }
    }

    /// Deepest reorg that leaves what is final.
    fn deepest(&self) -> u8 {
        u8::try_from(self.finality.saturating_sub(1)).map_or(DEEPEST, |below| below.clamp(1, DEEPEST))
    }
}

impl ReferenceStateMachine for Course {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        prop::sample::select(FINALITY.to_vec()).prop_map(Self::start).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let fate = prop::sample::select(vec![Fate::Vanish, Fate::Return, Fate::Move, Fate::AnotherWins]);
        let trouble = (any::<bool>(), 0..3_u8, prop::sample::select(Trouble::ALL.to_vec()));
        let weather = if state.troubled {
            Just(Step::Heal).boxed()
        } else {
            trouble
                .prop_map(|(everywhere, endpoint, what)| Step::Trouble {
                    everywhere,
                    endpoint,
                    what,
                })
                .boxed()
        };
        let fee = if state.base_fee > 1 {
            Just(1).boxed()
        } else {
            // Above what the caps allow, and below.
            prop::sample::select(vec![30_u16, 200, 700]).boxed()
        };
        prop_oneof![
            6 => (0..3_u8, any::<bool>()).prop_map(|(topic, lasting)| Step::Want { topic, lasting }),
            7 => (1..4_u8).prop_map(Step::Blocks),
            3 => (1..12_u8).prop_map(Step::Wait),
            4 => weather,
            4 => (1..=state.deepest(), fate).prop_map(|(depth, fate)| Step::Reorg { depth, fate }),
            1 => Just(Step::Evict),
            9 => (0..28_u8, any::<bool>()).prop_map(|(place, after)| Step::Kill { place, after }),
            1 => (1..5_u8).prop_map(Step::Freeze),
            1 => Just(Step::Database),
            1 => Just(Step::Foreign),
            1 => fee.prop_map(Step::BaseFee),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match step {
            Step::Trouble { .. } => !state.troubled,
            Step::Heal => state.troubled,
            _ => true,
        }
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Want { lasting, .. } => {
                if *lasting {
                    state.lasting.push(state.wanted);
                }
                state.wanted += 1;
            }
            Step::Trouble { .. } => state.troubled = true,
            Step::Heal => state.troubled = false,
            Step::BaseFee(gwei) => state.base_fee = *gwei,
            Step::Kill { .. } => state.kills += 1,
            _ => {}
        }
        state
    }
}

/// The script of a seed: its beginning and this many steps.
///
/// # Errors
/// Never with the strategies that there are.
pub fn of_seed(seed: u64, steps: usize) -> eyre::Result<(Course, Vec<Step>)> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let tree = Course::sequential_strategy(steps..=steps).new_tree(&mut runner);
    let (course, script, _) = tree.map_err(|why| eyre::eyre!("no script: {why}"))?.current();
    Ok((course, script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_script_and_another_seed_another() {
        let script = |seed| of_seed(seed, 40).unwrap().1;
        assert_eq!(script(7), script(7));
        assert_ne!(script(7), script(8));
        assert_eq!(script(7).len(), 40);
    }

    #[test]
    fn three_hundred_seeds_hold_every_kind_of_step_and_trouble() {
        let steps: Vec<Step> = (0..300).flat_map(|seed| of_seed(seed, 12).unwrap().1).collect();
        for what in Trouble::ALL {
            for all in [false, true] {
                let holds = |step: &Step| matches!(step, Step::Trouble { everywhere, what: w, .. } if *everywhere == all && *w == what);
                assert!(steps.iter().any(holds), "{what:?} {all}");
            }
        }
        for depth in 1..=DEEPEST {
            assert!(
                steps
                    .iter()
                    .any(|s| matches!(s, Step::Reorg { depth: d, .. } if *d == depth))
            );
        }
        for one in [Step::Evict, Step::Database, Step::Foreign, Step::Heal] {
            assert!(steps.contains(&one), "{one:?}");
        }
    }
}
