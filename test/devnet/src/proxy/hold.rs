//! Calls that wait at a point until a test lets them go.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use eyre::{WrapErr, eyre};
use tokio::sync::{mpsc, watch};

use super::{Answer, Call, Next, Rule};

/// Where a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The node has not seen it.
    BeforeForward,
    /// The node has answered, the caller has not heard.
    BeforeAnswer,
}

/// A hold of one call. Dropping it lets the call go.
#[derive(Debug)]
pub struct Hold {
    reached: mpsc::Receiver<Call>,
    release: watch::Sender<bool>,
}

impl Hold {
    /// Waits until a call is held, and returns it.
    ///
    /// # Errors
    /// When none came within `limit`.
    pub async fn reached(&mut self, limit: Duration) -> eyre::Result<Call> {
        let call = tokio::time::timeout(limit, self.reached.recv()).await;
        call.wrap_err_with(|| format!("no call was held within {limit:?}"))?
            .ok_or_else(|| eyre!("the hold is over"))
    }

    /// Lets the held call go on.
    pub fn release(self) {
        self.release.send_replace(true);
    }
}

/// The holds that wait for their call.
#[derive(Debug, Default)]
pub(super) struct Holds {
    waiting: Mutex<Vec<Trap>>,
    /// Methods that were ever held, so that the others take no lock for long.
    methods: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
struct Trap {
    method: String,
    point: Point,
    /// Calls of the method to let pass first.
    skip: u32,
    reached: mpsc::Sender<Call>,
    release: watch::Receiver<bool>,
}

impl Holds {
    pub(super) fn add(&self, method: &str, point: Point, skip: u32) -> Hold {
        let (reached_sender, reached) = mpsc::channel(1);
        let (release, release_receiver) = watch::channel(false);
        let trap = Trap {
            method: method.to_owned(),
            point,
            skip,
            reached: reached_sender,
            release: release_receiver,
        };
        self.methods
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(method.to_owned());
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(trap);
        Hold { reached, release }
    }

    fn take(&self, call: &Call, point: Point) -> Option<Trap> {
        if !self
            .methods
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .contains(&call.method)
        {
            return None;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A hold that was dropped before its call came takes nothing.
        waiting.retain(|trap| !trap.reached.is_closed());
        let index = waiting
            .iter()
            .position(|trap| trap.method == call.method && trap.point == point)?;
        if let Some(left) = waiting[index].skip.checked_sub(1) {
            waiting[index].skip = left;
            return None;
        }
        Some(waiting.remove(index))
    }

    async fn stop_at(&self, call: &Call, point: Point) {
        if let Some(mut trap) = self.take(call, point)
            && trap.reached.send(call.clone()).await.is_ok()
        {
            // An error means that the hold was dropped, which releases too.
            let _ = trap.release.wait_for(|released| *released).await;
        }
    }
}

#[async_trait]
impl Rule for Arc<Holds> {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        self.stop_at(&call, Point::BeforeForward).await;
        let answer = next.run(call.clone()).await;
        self.stop_at(&call, Point::BeforeAnswer).await;
        answer
    }
}
