//! From an intent to a nonce slot: end or park what must not go on, simulate, hand the rest to `reserve`. Each intent
//! by itself: what is wrong with one is nothing to the others.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tracing::info;

use super::lane::{LaneWorker, Stepped, Unanswered};
use super::look::Open;
use super::manager::TxError;
use super::{FinalResult, Intent, IntentId, IntentState, Parked};
use crate::chain::{ChainError, Simulation};
use crate::store::IntentChange;

/// First and longest wait before a simulation that was not answered is asked for again.
const ASK_AGAIN_MS: u64 = 1_000;
const ASK_AGAIN_MOST_MS: u64 = 60_000;
/// After so many tries and so long somebody has to look at a simulation that nobody answers.
const PAGE_TRIES: u32 = 5;
const PAGE_AFTER_MS: u64 = 60_000;

/// Gas limit for an estimate: a fifth on top, rounded up, and a little for state that moves meanwhile; no more than a
/// transaction may have, unless the estimate itself is more, which then is the node's to refuse.
fn gas_limit(estimate: u64, most: Option<u64>) -> u64 {
    let roomy = estimate.saturating_mul(6).div_ceil(5).saturating_add(5_000);
    most.map_or(roomy, |most| roomy.min(most.max(estimate)))
}

/// What may become of an intent now.
enum Screened {
    /// It ended, or it waits and says why.
    Rests,
    /// It is simulated to be ready, but waits for the slot of its topic.
    Readies,
    /// It goes on to a slot.
    Goes,
}

impl LaneWorker {
    /// Moves every intent without a slot as far as it can go.
    pub(super) async fn admit(&mut self, open: &mut Open, stepped: &mut Stepped) -> Result<(), TxError> {
        let waits = |i: &&Intent| matches!(i.state, IntentState::Planned | IntentState::Simulated);
        let waiting: Vec<IntentId> = open.intents.iter().filter(waits).map(|i| i.id).collect();
        let mut asked = FuturesUnordered::new();
        for id in waiting {
            let screened = self.screen(open, id).await;
            let goes = match stepped.book(screened)? {
                Some(Screened::Goes) => true,
                Some(Screened::Readies) => false,
                Some(Screened::Rests) => continue,
                None => {
                    self.hold(open, stepped, id).await?;
                    continue;
                }
            };
            let Some(intent) = open.intent(id).cloned() else {
                continue;
            };
            if self.memory.simulated_at.get(&id) == Some(&open.look.head.hash) {
                if goes {
                    self.take_slot(open, stepped, id).await?;
                }
                continue;
            }
            if self
                .memory
                .unanswered
                .get(&id)
                .is_some_and(|u| self.now_ms() < u.next_ms)
            {
                continue;
            }
            let (chain, from) = (self.tools.chain.clone(), self.address());
            asked.push(async move {
                let Some(from) = from else { return (id, goes, None) };
                let wanted = &intent.wanted;
                let answer = chain.simulate(from, wanted.to, &wanted.data, wanted.value).await;
                (id, goes, Some(answer))
            });
        }
        // In the order of the answers: a slow one keeps nothing else waiting.
        while let Some((id, goes, answer)) = asked.next().await {
            let Some(answer) = answer else { continue };
            let settled = self.settle_simulation(open, id, answer).await;
            match stepped.book(settled)? {
                Some(true) if goes => self.take_slot(open, stepped, id).await?,
                Some(_) => {}
                None => self.hold(open, stepped, id).await?,
            }
        }
        Ok(())
    }

    /// Opens a slot for an intent, and books what stood in the way.
    async fn take_slot(&mut self, open: &mut Open, stepped: &mut Stepped, id: IntentId) -> Result<(), TxError> {
        let reserved = self.reserve(open, id).await;
        if stepped.book(reserved)?.is_none() {
            self.hold(open, stepped, id).await?;
        }
        Ok(())
    }

    /// Parks an intent whose question was not answered.
    async fn hold(&mut self, open: &mut Open, stepped: &mut Stepped, id: IntentId) -> Result<(), TxError> {
        // With a slot it does not wait: `drive` goes on with it.
        let fresh = self.tools.store.intent(id).await.map_err(TxError::from);
        if let Some(intent) = stepped.book(fresh)? {
            open.put(intent);
        }
        let waits = |i: &Intent| matches!(i.state, IntentState::Planned | IntentState::Simulated);
        if open.intent(id).is_some_and(waits) {
            let parked = self.set_parked(open, id, Some(Parked::Unanswered)).await;
            stepped.book(parked)?;
        }
        Ok(())
    }

    /// Ends or parks what must not go on; says what the others may do.
    async fn screen(&mut self, open: &mut Open, id: IntentId) -> Result<Screened, TxError> {
        let Some(intent) = open.intent(id).cloned() else {
            return Ok(Screened::Rests);
        };
        let chain = self.chain().id();
        if let Some(newer) = open.newer(&intent) {
            let change = IntentChange::to(IntentState::Superseded).detail(format!("intent {newer} is fresher"));
            self.change(open, &intent, &change).await?;
            return Ok(Screened::Rests);
        }
        if intent.expired(open.look.head.time) {
            let change = IntentChange::to(IntentState::Superseded).detail("expired");
            self.change(open, &intent, &change).await?;
            return Ok(Screened::Rests);
        }
        if let Some(seen) = self.store().find_event(chain, &intent.wanted.expected).await? {
            let finalized = self.store().finalized(chain).await?;
            if finalized.is_some_and(|f| f.height >= seen.height) {
                let change = IntentChange::to(IntentState::Final).result(FinalResult::Foreign);
                self.change(open, &intent, &change).await?;
            } else {
                // It may leave the chain again.
                self.set_parked(open, id, Some(Parked::Seen)).await?;
            }
            return Ok(Screened::Rests);
        }
        if open.is_paused(self.chain().name(), &intent) {
            self.set_parked(open, id, Some(Parked::Paused)).await?;
            return Ok(Screened::Rests);
        }
        let Some(key) = self.address() else {
            self.set_parked(open, id, Some(Parked::NoKey)).await?;
            return Ok(Screened::Rests);
        };
        // A topic is on one unmined slot at a time: the fresher intent waits to take that slot over. It is simulated
        // all the same, since only a simulated intent may take a slot over.
        if open.topic_waits(&intent) {
            self.set_parked(open, id, Some(Parked::Topic)).await?;
            let ready = intent.state == IntentState::Simulated;
            return Ok(if ready { Screened::Rests } else { Screened::Readies });
        }
        // What a look at the lane tells needs no question to the chain.
        if let Some(why) = self.no_room(open, key, &intent).await? {
            self.set_parked(open, id, Some(why)).await?;
            return Ok(Screened::Rests);
        }
        Ok(Screened::Goes)
    }

    /// Changes an intent, in the store and in what the step goes by.
    pub(super) async fn change(&self, open: &mut Open, intent: &Intent, change: &IntentChange) -> Result<(), TxError> {
        self.store()
            .change_intent(intent.id, intent.state, change, self.now_ms())
            .await?;
        open.put(self.store().intent(intent.id).await?);
        Ok(())
    }

    /// Stores what the simulation came to; says whether the intent may be sent.
    async fn settle_simulation(
        &mut self,
        open: &mut Open,
        id: IntentId,
        answer: Result<Simulation, ChainError>,
    ) -> Result<bool, TxError> {
        let Some(intent) = open.intent(id).cloned() else {
            return Ok(false);
        };
        match answer {
            Err(cause) => {
                self.ask_later(&intent, &cause);
                Err(cause.into())
            }
            Ok(Simulation::Reverts { data, message }) => {
                let detail = format!("simulation reverts: {message} ({data})");
                info!(trace_id = %intent.wanted.trace, intent = %id, detail, "rejected");
                let change = IntentChange::to(IntentState::Rejected).detail(detail);
                self.change(open, &intent, &change).await?;
                Ok(false)
            }
            Ok(Simulation::Succeeds { gas }) => {
                self.memory.unanswered.remove(&id);
                self.memory.simulated_at.insert(id, open.look.head.hash);
                let gas = gas_limit(gas, self.tools.policy.max_gas);
                if intent.state == IntentState::Planned || intent.gas != Some(gas) {
                    let mut change = IntentChange::to(IntentState::Simulated).parked(intent.parked);
                    change.gas = Some(gas);
                    self.change(open, &intent, &change).await?;
                }
                Ok(true)
            }
        }
    }

    /// Asks ever more rarely, and pages once when it was asked often and long enough.
    fn ask_later(&mut self, intent: &Intent, cause: &ChainError) {
        let now = self.now_ms();
        let fresh = Unanswered {
            since_ms: now,
            tries: 0,
            next_ms: now,
            paged: false,
        };
        let mut asked = self.memory.unanswered.get(&intent.id).copied().unwrap_or(fresh);
        let wait = ASK_AGAIN_MS.checked_shl(asked.tries).unwrap_or(ASK_AGAIN_MOST_MS);
        asked.tries = asked.tries.saturating_add(1).min(16);
        asked.next_ms = now.saturating_add(wait.min(ASK_AGAIN_MOST_MS));
        if !asked.paged && asked.tries >= PAGE_TRIES && now.saturating_sub(asked.since_ms) >= PAGE_AFTER_MS {
            asked.paged = true;
            self.page(Some(intent), &format!("its simulation is not answered: {cause}"));
        }
        self.memory.unanswered.insert(intent.id, asked);
    }
}
