//! Who may ask for signatures, how often, and for what. A signature holds its epoch for ever (see [`super::Attestor`]),
//! so whoever could ask for any number of epochs could keep all other reports from a quorum.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use alloy::primitives::{Address, B256};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Call, Refusal};
use crate::clock::Clock;
use crate::oracle::SignerSet;

/// How far the time of a request may lie from this process's own, in milliseconds.
pub const WINDOW_MS: u64 = 10_000;

/// Requests of one path that are judged at once.
const PLACES: usize = 16;

/// A caller opens one epoch of a subject a second, and a second one right after where two lie a moment apart.
const OPENED: (NonZeroU32, NonZeroU32) = (NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1));

/// What only one epoch at a time is open of: a caller, the chain's id and the subject.
type Opened = (Address, u64, String);

/// Decides who gets past one path.
pub struct Admission {
    callers: BTreeSet<Address>,
    clock: Arc<dyn Clock>,
    budget: DefaultKeyedRateLimiter<Address>,
    openings: DefaultKeyedRateLimiter<Opened>,
    newest: Mutex<HashMap<Opened, u64>>,
    seen: Mutex<HashMap<(Address, B256), u64>>,
    places: Semaphore,
}

impl Admission {
    /// Admits these callers; where none is named, the members of the signer sets in force. Each may ask `per_second`
    /// times.
    #[must_use]
    pub fn new(callers: &[Address], per_second: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let (each_s, at_once) = OPENED;
        Self {
            callers: callers.iter().copied().collect(),
            clock,
            budget: RateLimiter::keyed(Quota::per_second(per_second)),
            openings: RateLimiter::keyed(Quota::per_second(each_s).allow_burst(at_once)),
            newest: Mutex::default(),
            seen: Mutex::default(),
            places: Semaphore::new(PLACES),
        }
    }

    /// Admits a request, before anything of its body is read. Strangers cost one recovery and no memory.
    ///
    /// # Errors
    /// [`Refusal`]: it is not judged.
    pub fn admit(
        &self,
        call: &Call,
        path: &str,
        body: &[u8],
        sets: &[SignerSet],
    ) -> Result<(Address, SemaphorePermit<'_>), Refusal> {
        let now = self.clock.now_ms();
        if now.abs_diff(call.at_ms) > WINDOW_MS {
            let message = format!("the request is of {} ms, it is {now} ms here", call.at_ms);
            return Err(Refusal::new(401, "request_not_of_now", message).details(json!({"now_ms": now})));
        }
        let caller = call.caller(path, body)?;
        self.is_known(caller, sets)?;
        if self.budget.check_key(&caller).is_err() {
            let message = format!("{caller} asks too often");
            return Err(Refusal::new(429, "caller_over_budget", message));
        }
        self.first(caller, call, now)?;
        let place = self.places.try_acquire().map_err(|_| {
            let message = format!("{PLACES} requests are being judged already");
            Refusal::new(503, "signer_busy", message)
        })?;
        Ok((caller, place))
    }

    fn is_known(&self, caller: Address, sets: &[SignerSet]) -> Result<(), Refusal> {
        let known = if self.callers.is_empty() {
            if sets.is_empty() {
                let message = "no signer set is known yet, so no caller is";
                return Err(Refusal::new(503, "signer_set_unknown", message));
            }
            sets.iter().any(|set| set.signers.contains(&caller))
        } else {
            self.callers.contains(&caller)
        };
        if known {
            return Ok(());
        }
        let message = format!("{caller} is not among those that may ask");
        Err(Refusal::new(403, "caller_unknown", message))
    }

    /// Refuses what was asked before. What is out of the window is refused by its time and needs no memory.
    fn first(&self, caller: Address, call: &Call, now: u64) -> Result<(), Refusal> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at_ms| now.abs_diff(*at_ms) <= WINDOW_MS);
        if seen.insert((caller, call.nonce), call.at_ms).is_some() {
            return Err(Refusal::new(409, "request_replayed", "this request was made before"));
        }
        Ok(())
    }

    /// Opens an epoch for a caller: each is later than the one before, and at most one a second. The open one may be
    /// asked for again.
    ///
    /// # Errors
    /// [`Refusal`]: nothing is signed.
    pub fn open(&self, caller: Address, chain: u64, subject: &str, epoch: u64) -> Result<(), Refusal> {
        let opened = (caller, chain, subject.to_owned());
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match newest.get(&opened) {
            Some(open) if *open == epoch => return Ok(()),
            Some(open) if epoch < *open => {
                let message = format!("{caller} had {subject} signed for epoch {open}, which is later than {epoch}");
                return Err(Refusal::new(409, "epoch_overtaken", message).details(json!({"open_epoch": open})));
            }
            _ => {}
        }
        if self.openings.check_key(&opened).is_err() {
            let message = format!("{caller} opens epochs of {subject} faster than they pass");
            return Err(Refusal::new(429, "epochs_over_budget", message));
        }
        newest.insert(opened, epoch);
        Ok(())
    }
}
