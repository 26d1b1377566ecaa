//! Several endpoints as one: which to ask, when to ask again, and when they agree.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::B256;
use backon::BackoffBuilder as _;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, timeout};

use super::ChainError;
use super::call::CallError;
use super::endpoint::Endpoint;
use super::rpc::RpcChain;
use super::settings::Finality;
use super::wire::Header;
use crate::model::{BlockRef, Height};

/// How long the others are waited for once enough endpoints have answered.
pub(super) const GRACE: Duration = Duration::from_millis(100);
/// How long a read waits for one endpoint before it asks the next one as well. The first answer counts.
const HEDGE: Duration = Duration::from_millis(700);
/// The same for logs, whose answers take long where they are many.
const HEDGE_LOGS: Duration = Duration::from_millis(2_500);

impl RpcChain {
    /// Endpoints that may be read from, best first: healthy, not behind, without a failure since the last answer, on
    /// the published head where possible.
    fn candidates(&self) -> Vec<Arc<Endpoint>> {
        let published = *self.heads.borrow();
        let least = published.map_or(0, |h| h.height.0.saturating_sub(self.settings.max_lag));
        let mut found: Vec<((bool, bool), Arc<Endpoint>)> = Vec::new();
        for endpoint in &self.endpoints {
            let (usable, failing, head) = {
                let health = endpoint.health();
                (health.usable(), health.is_failing(), health.head())
            };
            if usable && head.is_some_and(|h| h.height.0 >= least) {
                let elsewhere = head.map(|h| h.hash) != published.map(|h| h.hash);
                found.push(((failing || endpoint.probing.hangs(), elsewhere), endpoint.clone()));
            }
        }
        found.sort_by_key(|(doubt, _)| *doubt);
        found.into_iter().map(|(_, endpoint)| endpoint).collect()
    }

    /// Endpoints that may vote: healthy and of our chain, however far they are.
    pub(super) fn voters(&self) -> Vec<Arc<Endpoint>> {
        self.endpoints.iter().filter(|e| e.health().usable()).cloned().collect()
    }

    pub(super) fn quorum(&self) -> usize {
        self.settings.read_quorum.max(1)
    }

    pub(super) fn unavailable(&self, what: &'static str, cause: String) -> ChainError {
        metrics::counter!("keeper_chain_unavailable_total", "chain" => self.settings.name.clone(), "what" => what)
            .increment(1);
        ChainError::Unavailable {
            chain: self.settings.id,
            what,
            cause,
        }
    }

    /// Tries `once` again with growing, jittered waits until it succeeds or the deadline is over.
    pub(super) async fn persist<T, F, Fut>(&self, what: &'static str, once: F) -> Result<T, ChainError>
    where
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, String>> + Send,
    {
        let begun = Instant::now();
        let end = begun.checked_add(self.settings.read_deadline).unwrap_or(begun);
        let mut waits = backon::ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(1))
            .with_jitter()
            .without_max_times()
            .build();
        let mut cause = None;
        loop {
            match tokio::time::timeout_at(end, once()).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(text)) => cause = Some(text),
                Err(_) => {}
            }
            let wait = waits.next().unwrap_or(Duration::from_secs(1));
            if begun.elapsed().saturating_add(wait) >= self.settings.read_deadline {
                let cause = cause.unwrap_or_else(|| format!("no answer within {:?}", self.settings.read_deadline));
                return Err(self.unavailable(what, cause));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks one endpoint after the other until one answers. One that hangs is not waited for: the next is asked beside
    /// it.
    pub(super) async fn read<T, F, Fut>(&self, what: &'static str, ask: F) -> Result<T, ChainError>
    where
        T: Send,
        F: Fn(Arc<Endpoint>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, CallError>> + Send,
    {
        let (ask, hedge) = (&ask, if what == "logs" { HEDGE_LOGS } else { HEDGE });
        let named = |endpoint: Arc<Endpoint>| {
            let label = endpoint.label().to_owned();
            let answer = ask(endpoint);
            async move { (label, answer.await) }
        };
        self.persist(what, || async move {
            let mut causes = Vec::new();
            let mut left = VecDeque::from(self.candidates());
            let mut asked: FuturesUnordered<_> = left.pop_front().map(named).into_iter().collect();
            loop {
                let next = if left.is_empty() {
                    asked.next().await
                } else if let Ok(next) = timeout(hedge, asked.next()).await {
                    next
                } else {
                    asked.extend(left.pop_front().map(named));
                    continue;
                };
                match next {
                    Some((_, Ok(value))) => return Ok(value),
                    Some((label, Err(error))) => {
                        causes.push(format!("{label}: {error}"));
                        if asked.is_empty() {
                            asked.extend(left.pop_front().map(named));
                        }
                    }
                    None => break,
                }
            }
            if causes.is_empty() {
                causes.push(self.none_usable());
            }
            Err(causes.join("; "))
        })
        .await
    }

    pub(super) fn none_usable(&self) -> String {
        let labels: Vec<&str> = self.endpoints.iter().map(|e| e.label()).collect();
        format!("no endpoint is healthy and up to date (of {})", labels.join(", "))
    }

    /// Asks every voter at once. Once `enough` of them have answered, the others are waited for a little longer, not to
    /// their time limit.
    pub(super) async fn ask_all<T, F, Fut, E>(&self, ask: F, enough: E) -> (Vec<(Arc<Endpoint>, T)>, Vec<String>)
    where
        F: Fn(Arc<Endpoint>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, CallError>> + Send,
        E: Fn(&[(Arc<Endpoint>, T)]) -> bool + Send,
    {
        let asked = self.voters().into_iter().map(|endpoint| {
            let answer = ask(endpoint.clone());
            async move { (endpoint, answer.await) }
        });
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut answers = Vec::new();
        let mut causes = Vec::new();
        let mut end = None;
        loop {
            let next = match end {
                None => asked.next().await,
                Some(end) => tokio::time::timeout_at(end, asked.next()).await.unwrap_or(None),
            };
            match next {
                Some((endpoint, Ok(value))) => answers.push((endpoint, value)),
                Some((endpoint, Err(error))) => causes.push(format!("{}: {error}", endpoint.label())),
                None => break,
            }
            if end.is_none() && enough(&answers) {
                let now = Instant::now();
                end = Some(now.checked_add(GRACE).unwrap_or(now));
            }
        }
        if answers.is_empty() && causes.is_empty() {
            causes.push(self.none_usable());
        }
        (answers, causes)
    }

    /// The answer that at least a read quorum of endpoints gives.
    pub(super) async fn agreed<T, F, Fut>(&self, what: &'static str, ask: F) -> Result<T, ChainError>
    where
        T: PartialEq + std::fmt::Debug + Clone + Send + Sync,
        F: Fn(Arc<Endpoint>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, CallError>> + Send,
    {
        let ask = &ask;
        self.persist(what, || async move {
            let agree = |answers: &[(Arc<Endpoint>, T)]| {
                let values: Vec<T> = answers.iter().map(|(_, v)| v.clone()).collect();
                majority(&values, self.quorum())
            };
            let (answers, mut causes) = self.ask_all(ask, |answers| agree(answers).is_some()).await;
            if let Some(value) = agree(&answers) {
                return Ok(value);
            }
            causes.extend(answers.iter().map(|(e, v)| format!("{}: {v:?}", e.label())));
            Err(format!(
                "fewer than {} endpoints agree: {}",
                self.quorum(),
                causes.join("; ")
            ))
        })
        .await
    }

    /// The highest block that a read quorum of endpoints calls final, or `depth` below the one that it has reached,
    /// with a hash on which a read quorum agrees.
    pub(super) async fn agreed_final(&self, finality: Finality) -> Result<BlockRef, ChainError> {
        self.persist("finalized block", || async move {
            let (tops, causes, depth) = match finality {
                Finality::Tag => {
                    let enough = |tops: &[(Arc<Endpoint>, Option<Header>)]| {
                        tops.iter().filter(|(_, top)| top.is_some()).count() >= self.quorum()
                    };
                    let ask = |e: Arc<Endpoint>| async move { e.header("finalized").await };
                    let (tops, causes) = self.ask_all(ask, enough).await;
                    let having = tops
                        .into_iter()
                        .filter_map(|(e, h)| h.map(|h| (e, h.block(), Some(h.bound))));
                    (having.collect::<Vec<_>>(), causes, 0)
                }
                // What the last poll said is lower than what is, if anything, and then so is the block below it.
                Finality::Depth(depth) => {
                    let tops = self.voters().into_iter().filter_map(|e| {
                        let head = e.health().head()?;
                        Some((e, head, None))
                    });
                    (tops.collect(), vec![self.none_usable()], depth)
                }
            };
            let mut heights: Vec<u64> = tops.iter().map(|(_, top, _)| top.height.0).collect();
            heights.sort_unstable_by(|a, b| b.cmp(a));
            let Some(top) = heights.get(self.quorum().saturating_sub(1)) else {
                return Err(format!(
                    "fewer than {} endpoints answered: {}",
                    self.quorum(),
                    causes.join("; ")
                ));
            };
            let height = Height(top.saturating_sub(depth));
            let having = tops.into_iter().filter(|(_, top, _)| top.height >= height);
            let mut asked: FuturesUnordered<_> = having
                .map(|(endpoint, top, bound)| async move {
                    if top.height == height {
                        return Some((top, bound));
                    }
                    let header = endpoint.header_at(height).await.ok().flatten()?;
                    Some((header.block(), Some(header.bound)))
                })
                .collect();
            let mut blocks: Vec<BlockRef> = Vec::new();
            let mut bound = None;
            while let Some(found) = asked.next().await {
                let Some((block, its_bound)) = found else { continue };
                blocks.push(block);
                bound = bound.max(its_bound);
                if majority(&blocks, self.quorum()).is_some() {
                    bound.into_iter().for_each(|bound| self.binding.learn(bound));
                    break;
                }
            }
            majority(&blocks, self.quorum()).ok_or_else(|| {
                let hashes: Vec<B256> = blocks.iter().map(|b| b.hash).collect();
                format!(
                    "fewer than {} endpoints agree on block {height}: {hashes:?}",
                    self.quorum()
                )
            })
        })
        .await
    }
}

/// The most frequent value, where at least `quorum` are equal.
fn majority<T: PartialEq + Clone>(values: &[T], quorum: usize) -> Option<T> {
    let count = |v: &T| values.iter().filter(|other| *other == v).count();
    let mut best: Option<(usize, &T)> = None;
    for value in values {
        let n = count(value);
        if n >= quorum && best.is_none_or(|(most, _)| n > most) {
            best = Some((n, value));
        }
    }
    best.map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::majority;

    #[test]
    fn a_majority_needs_the_quorum() {
        assert_eq!(majority(&[1, 2, 2], 2), Some(2));
        assert_eq!(majority(&[1, 2, 3], 2), None);
        assert_eq!(majority(&[1, 2, 2], 3), None);
        assert_eq!(majority::<u8>(&[], 1), None);
    }
}
