//! An intent is an effect wanted on chain, and what became of it.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use super::{ChainId, ExpectedEvent, Height, Lane, TraceId};

/// Row id of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub i64);

impl std::fmt::Display for IntentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The key of an effect that happens again, e.g. `renew/31337/5@3`: without its turn the last time would stand for
/// every later one.
#[must_use]
pub fn turn(effect: &str, turn: u64) -> String {
    format!("{effect}@{turn}")
}

/// An effect that a job wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIntent {
    /// The effect, e.g. `price/31337/EUR-USD/1763700000`. The same effect is never open twice, and never done twice:
    /// one that happens again carries its [`turn`].
    pub effect: String,
    /// Effects that replace one another, e.g. `price/31337/EUR-USD`: a fresher one may take over the slot of an older.
    pub topic: String,
    /// The job that wants it.
    pub job: String,
    /// Chain.
    pub chain: ChainId,
    /// Lane whose key sends it.
    pub lane: Lane,
    /// Called contract.
    pub to: Address,
    /// Call data.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
    /// The event that shows the effect, whoever caused it.
    pub expected: ExpectedEvent,
    /// Chain time in seconds after which it must not be sent any more; `None` never expires.
    pub valid_until: Option<u64>,
    /// How many incarnations an effect may have before the keeper pages instead.
    pub max_incarnations: u32,
    /// Correlation id.
    pub trace: TraceId,
    /// Why the job wants it, for people.
    pub reason: String,
    /// Wall time in milliseconds of the last outside answer that the decision needed.
    pub evidence_at_ms: u64,
}

/// Where an intent stands. The diagram is in docs/architecture.md.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IntentState {
    /// Wanted; nothing done yet.
    Planned,
    /// Succeeded in simulation; waits for a slot.
    Simulated,
    /// Holds a nonce slot; its first attempt is signed and stored, nothing was sent.
    Reserved,
    /// Signed bytes went to at least one endpoint.
    Offered,
    /// Mined in a block that is not final.
    Included,
    /// A cancel or a fresher payload was put on its slot; the original may still win.
    Cancelling,
    /// End: the effect's event is final, or its own transaction is (see the result).
    Final,
    /// End: its slot was used by a cancel or a fresher payload.
    Cancelled,
    /// End without a slot: expired, or a fresher intent of its topic came.
    Superseded,
    /// End without a slot: simulation says that it cannot succeed.
    Rejected,
}

impl IntentState {
    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Final | Self::Cancelled | Self::Superseded | Self::Rejected)
    }
}

/// How a final intent ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FinalResult {
    /// The expected event is final, from our transaction.
    Ok,
    /// Our transaction is final and reverted (or did not emit the expected event).
    Reverted,
    /// The expected event is final, caused by somebody else.
    Foreign,
}

/// Why an open intent does not move on.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Parked {
    /// The lane's account cannot pay.
    Funds,
    /// The market asks more than a cap allows.
    FeeCap,
    /// An operator paused the chain, the job or the signer.
    Paused,
    /// No endpoint takes transactions.
    Breaker,
    /// Its lane has as many unmined transactions as it may have.
    Queue,
    /// An older one of its topic is on a nonce, which it takes over or which is mined first.
    Topic,
    /// Its effect is in a block that is not final yet.
    Seen,
    /// The chain does not answer what has to be known first; it is asked again.
    Unanswered,
    /// Its lane has no key here.
    NoKey,
    /// Its nonce is so far above the account's that nothing gets there.
    Unreachable,
}

/// An intent with its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// Row id.
    pub id: IntentId,
    /// Which try at the effect this is, from 1.
    pub incarnation: u32,
    /// What is wanted.
    #[serde(flatten)]
    pub wanted: NewIntent,
    /// Where it stands.
    pub state: IntentState,
    /// Why it stands still, if it does.
    pub parked: Option<Parked>,
    /// How it ended, for `Final`.
    pub result: Option<FinalResult>,
    /// More about the state: revert data, the refusal's words.
    pub detail: Option<String>,
    /// Gas limit found by simulation.
    pub gas: Option<u64>,
    /// Nonce of the slot that it holds or held.
    pub nonce: Option<u64>,
    /// Wall time of planning, milliseconds.
    pub planned_at_ms: u64,
    /// Wall time of the first write to an endpoint.
    pub first_write_at_ms: Option<u64>,
    /// Wall time at which inclusion was first seen.
    pub included_at_ms: Option<u64>,
    /// Wall time of the end.
    pub ended_at_ms: Option<u64>,
    /// Block that includes it, while included or final.
    pub included: Option<(Height, B256)>,
}

impl Intent {
    /// Whether it must not be sent any more at this chain time, in seconds.
    #[must_use]
    pub fn expired(&self, chain_time: u64) -> bool {
        self.wanted.valid_until.is_some_and(|until| until <= chain_time)
    }
}
