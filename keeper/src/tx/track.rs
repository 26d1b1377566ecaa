//! Follows what was sent: inclusion, its loss in a reorg, and the end of a slot by the finalized chain.
//!
//! Whether an own transaction is final is told by its receipt, the canonical block that holds it and the finalized
//! height: every node can answer that. The nonce at the finalized block only matters to a slot that none of ours is
//! known to have used, and where nodes have no such state any more, the count at a head that has become final since
//! takes its place.

use futures::future::join_all;
use tracing::warn;

use super::lane::{LaneWorker, Stepped, Unseen, is_mined};
use super::look::Open;
use super::manager::TxError;
use super::{Attempt, Slot};
use crate::chain::{At, Mined};
use crate::model::BlockRef;

/// A used nonce is somebody else's only after a quorum knew no receipt of ours so often and for so long past finality:
/// indexes of transactions lag behind blocks, and a load balancer answers from many nodes.
const FOREIGN_ASKED: u32 = 5;
const FOREIGN_AFTER_MS: u64 = 30_000;

/// How often the count at the finalized block is asked for: nodes without that state take their time to say so.
const OLD_STATE_AGAIN_MS: u64 = 15_000;

impl LaneWorker {
    /// Looks every slot of the step up, each whatever became of the others.
    pub(super) async fn track(&mut self, open: &mut Open, stepped: &mut Stepped) -> Result<(), TxError> {
        let mut used = Vec::new();
        for (slot, attempts) in open.slots.clone() {
            if is_mined(&attempts) {
                used.push((slot, attempts));
                continue;
            }
            let latest = open.latest_nonce(&*self.tools.chain, slot.signer).await;
            if stepped.book(latest)?.is_some_and(|latest| latest > slot.nonce) {
                used.push((slot, attempts));
            }
        }
        let looks = used.iter().map(|(_, attempts)| self.look_up(attempts));
        let found = join_all(looks).await;
        for ((slot, attempts), found) in used.iter().zip(found) {
            let moved = match found {
                Ok(found) => self.follow(open, slot, attempts, found).await,
                Err(trouble) => Err(trouble),
            };
            stepped.changed |= stepped.book(moved)?.unwrap_or_default();
        }
        let filled = self.fill_gap(open).await;
        stepped.book(filled)?;
        Ok(())
    }

    /// The attempt that is mined, if one is known to be. At most one can be. Where a block that is still canonical was
    /// seen to hold one, that stands, whatever is answered now: a receipt that was there and is null is an endpoint's
    /// fault.
    async fn look_up(&self, attempts: &[Attempt]) -> Result<Found, TxError> {
        for (index, attempt) in attempts.iter().enumerate() {
            if let Some((height, block)) = attempt.included
                && self.is_canonical(height, block).await?
            {
                return Ok(Found::Stands(index));
            }
        }
        // The newest is the likeliest.
        for (index, attempt) in attempts.iter().enumerate().rev() {
            if let Some(mined) = self.chain().mined(attempt.hash).await? {
                return Ok(Found::Mined(index, mined));
            }
        }
        Ok(Found::Nothing)
    }

    async fn is_canonical(
        &self,
        height: crate::model::Height,
        block: alloy::primitives::B256,
    ) -> Result<bool, TxError> {
        let indexed = self.store().canonical(self.chain().id(), height).await?;
        let known = match indexed {
            Some(known) => Some(known),
            None => self.chain().block(height).await?,
        };
        Ok(known.is_some_and(|known| known.hash == block))
    }

    /// Stores what was found, and ends the slot where that is final.
    async fn follow(
        &mut self,
        open: &mut Open,
        slot: &Slot,
        attempts: &[Attempt],
        found: Found,
    ) -> Result<bool, TxError> {
        let settled = open.look.settled;
        let is_final = |height| settled.is_some_and(|f: BlockRef| f.height >= height);
        match found {
            Found::Stands(index) => {
                let Some(attempt) = attempts.get(index) else {
                    return Ok(false);
                };
                let Some((height, block)) = attempt.included else {
                    return Ok(false);
                };
                if !is_final(height) {
                    return Ok(false);
                }
                // Its cost and success are read again where they can be, for the last time.
                let again = self.chain().mined(attempt.hash).await.ok().flatten();
                let kept = self.store().inclusion(attempt.hash).await?;
                let Some(mined) = again.filter(|m| m.block == block).or(kept) else {
                    return Ok(false);
                };
                self.end(open, slot, attempts, Some((attempt, &mined))).await?;
                Ok(true)
            }
            Found::Mined(index, mined) => {
                self.memory.unseen.remove(&(slot.signer, slot.nonce));
                let moved = self.note_inclusion(attempts, Some((index, &mined))).await?;
                let Some(attempt) = attempts.get(index) else {
                    return Ok(moved);
                };
                self.memory.tips.paid = Some((mined.height, attempt.priority_fee));
                if !is_final(mined.height) || !self.is_canonical(mined.height, mined.block).await? {
                    return Ok(moved);
                }
                self.end(open, slot, attempts, Some((attempt, &mined))).await?;
                Ok(true)
            }
            Found::Nothing => {
                let moved = self.note_inclusion(attempts, None).await?;
                if !self.is_foreign(open, slot, attempts).await? {
                    return Ok(moved);
                }
                self.end(open, slot, attempts, None).await?;
                Ok(true)
            }
        }
    }

    async fn note_inclusion(&self, attempts: &[Attempt], mined: Option<(usize, &Mined)>) -> Result<bool, TxError> {
        let mut changed = false;
        for (index, attempt) in attempts.iter().enumerate() {
            let now_in = mined.filter(|(i, _)| *i == index).map(|(_, m)| m);
            if attempt.included == now_in.map(|m| (m.height, m.block)) {
                continue;
            }
            if now_in.is_none() {
                warn!(nonce = attempt.nonce, hash = %attempt.hash, "its block left the chain; it is offered again");
            }
            self.store().mark_included(attempt.hash, now_in, self.now_ms()).await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Whether the finalized chain has the slot's nonce used by a transaction that is not ours. One answer proves
    /// nothing: the count is a quorum's, the absence of receipts is asked for again, and an event of ours in the index
    /// says otherwise.
    async fn is_foreign(&mut self, open: &mut Open, slot: &Slot, attempts: &[Attempt]) -> Result<bool, TxError> {
        let key = (slot.signer, slot.nonce);
        let mut unseen = self.memory.unseen.get(&key).copied().unwrap_or_default();
        let used = self.is_finally_used(open, slot, &mut unseen).await;
        let now = self.now_ms();
        if matches!(used, Ok(true)) {
            unseen.asked = unseen.asked.saturating_add(1);
            unseen.final_since_ms.get_or_insert(now);
        }
        self.memory.unseen.insert(key, unseen);
        if !used? {
            return Ok(false);
        }
        let since = unseen.final_since_ms.unwrap_or(now);
        if unseen.asked < FOREIGN_ASKED || now.saturating_sub(since) < FOREIGN_AFTER_MS {
            return Ok(false);
        }
        for intent in self.on_slot(attempts).await? {
            let event = self
                .store()
                .find_event(self.chain().id(), &intent.wanted.expected)
                .await?;
            if event.is_some_and(|e| attempts.iter().any(|a| a.hash == e.transaction)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn is_finally_used(&self, open: &mut Open, slot: &Slot, unseen: &mut Unseen) -> Result<bool, TxError> {
        let Some(settled) = open.look.settled else {
            return Ok(false);
        };
        if unseen.final_since_ms.is_some() {
            return Ok(true);
        }
        if let Some(block) = unseen.used_at {
            if !self.is_canonical(block.height, block.hash).await? {
                unseen.used_at = None;
            } else if block.height <= settled.height {
                return Ok(true);
            }
        }
        // Every node has the state of the head.
        if unseen.used_at.is_none() && open.agreed_nonce(&*self.tools.chain, slot.signer).await? > slot.nonce {
            unseen.used_at = Some(open.look.head);
        }
        let now = self.now_ms();
        if unseen
            .old_state_ms
            .is_some_and(|at| now.saturating_sub(at) < OLD_STATE_AGAIN_MS)
        {
            return Ok(false);
        }
        unseen.old_state_ms = Some(now);
        // An archive, or a chain whose finality is quick, says it at once; where that state is gone the block above
        // says it later.
        let at = self.chain().nonce(slot.signer, At::Block(settled.hash)).await;
        Ok(at.is_ok_and(|count| count > slot.nonce))
    }
}

/// What is known of a slot's attempts.
enum Found {
    /// This one was seen in a block that is still canonical.
    Stands(usize),
    /// This one has a receipt.
    Mined(usize, Mined),
    /// A quorum knows no receipt of any.
    Nothing,
}
