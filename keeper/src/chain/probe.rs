//! Heads, asked of every endpoint by itself: one that hangs holds up no other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::call::CallError;
use super::endpoint::Endpoint;
use super::pool::GRACE;
use super::rpc::RpcChain;
use crate::model::{BlockRef, ChainId};

/// A question for the head that takes longer is that of an endpoint that hangs, or nearly so.
const HANGS_AFTER: Duration = Duration::from_millis(500);

/// Since when an endpoint is asked for its head, while it is.
#[derive(Default)]
pub(super) struct Probing(Mutex<Option<Instant>>);

impl Probing {
    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the question takes longer than any healthy node.
    pub(super) fn hangs(&self) -> bool {
        self.since().is_some_and(|since| since.elapsed() > HANGS_AFTER)
    }
}

/// An endpoint that is asked for its head; one at a time.
struct Probe(Arc<Endpoint>);

impl Probe {
    /// `None` while an earlier question is not answered.
    fn begin(endpoint: &Arc<Endpoint>) -> Option<Self> {
        let mut since = endpoint.probing.since();
        if since.is_some() {
            return None;
        }
        *since = Some(Instant::now());
        Some(Self(Arc::clone(endpoint)))
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        *self.0.probing.since() = None;
    }
}

impl RpcChain {
    /// The heads of the endpoints that answer, until a quorum has answered and the others had a little longer; and what
    /// the others said.
    pub(super) async fn probe_all(&self) -> (Vec<BlockRef>, Vec<String>) {
        let (tell, mut told) = mpsc::channel(self.endpoints.len().max(1));
        let mut causes = Vec::new();
        for endpoint in &self.endpoints {
            // Each is followed by itself: one that hangs is asked again when it has answered, or its time is over.
            let Some(probing) = Probe::begin(endpoint) else {
                causes.push(format!("{}: it has not answered yet", endpoint.label()));
                continue;
            };
            let (endpoint, tell) = (Arc::clone(endpoint), tell.clone());
            let (id, name) = (self.settings.id, self.settings.name.clone());
            tokio::spawn(async move {
                let answer = probe(&endpoint, id, &name).await;
                drop(probing);
                let _ = tell.send((endpoint, answer)).await;
            });
        }
        drop(tell);
        let mut heads = Vec::new();
        let mut end = None;
        loop {
            let next = match end {
                None => told.recv().await,
                Some(end) => tokio::time::timeout_at(end, told.recv()).await.unwrap_or(None),
            };
            match next {
                Some((_, Ok(head))) => heads.push(head),
                Some((endpoint, Err(cause))) => causes.push(format!("{}: {cause}", endpoint.label())),
                None => break,
            }
            if end.is_none() && heads.len() >= self.quorum() {
                end = tokio::time::Instant::now().checked_add(GRACE);
            }
        }
        (heads, causes)
    }
}

/// Checks the chain id where that is due, and asks for the head.
async fn probe(endpoint: &Endpoint, expected: ChainId, chain: &str) -> Result<BlockRef, CallError> {
    if !endpoint.health().admits_probe(Instant::now()) {
        return Err(CallError::NoAnswer("left out after failures".to_owned()));
    }
    if endpoint.health().needs_chain_check() {
        let found = endpoint.chain_id().await?;
        endpoint.health().chain_answered(expected.0, found);
        if found != expected.0 {
            tracing::error!(
                chain,
                endpoint = endpoint.label(),
                %expected,
                found,
                "endpoint belongs to another chain and is not used; correct `endpoints`"
            );
            return Err(CallError::NoAnswer(format!("it is chain {found}, expected {expected}")));
        }
    }
    let head = endpoint.latest().await?;
    endpoint.health().polled(head);
    Ok(head)
}
