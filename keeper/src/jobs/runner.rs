//! Runs a job: gate, pauses, memory, quorum, commit, metrics, status. It knows no job by name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Closed, Gate, Held, Job, JobError, JobStatus, Signed, Verdict, Wanted, Weight};
use crate::attest::{Attestable as _, Collector};
use crate::clock::Clock;
use crate::model::{IntentId, TraceId};
use crate::oracle::{ChainOracle, SignerSet};
use crate::store::{Planned, Store, StoreError};
use crate::telemetry::metric;

/// How long what was found to be as it should is taken to be so in a store that did not change.
const SHORTLY: Duration = Duration::from_secs(10);

/// What the jobs of one chain share.
#[derive(Clone)]
pub struct Bench {
    /// The chain and its oracle contracts.
    pub oracle: Arc<ChainOracle>,
    /// Whether anything may be planned on it.
    pub gate: Gate,
    /// Tells its transaction manager that there is work.
    pub wake: Arc<Notify>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// Collects signatures.
    pub collector: Arc<Collector>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// What the status page shows.
    pub status: Arc<JobStatus>,
}

impl Bench {
    /// The chain's name.
    #[must_use]
    pub fn chain(&self) -> &str {
        self.oracle.chain().name()
    }
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of this chain is final yet.
    NotFinal,
    /// Nothing was wanted.
    Held(Held),
    /// Reports were planned.
    Planned {
        /// What the store made of them.
        planned: Vec<Planned>,
        /// What did not work, a line each.
        failed: Vec<String>,
    },
    /// The process stops.
    Stopped,
}

/// A job at work, whichever it is.
#[async_trait]
pub trait Worker: Send + Sync {
    /// The job's name.
    fn job(&self) -> &'static str;
    /// What it looks after.
    fn subject(&self) -> &str;
    /// What it shares with the other jobs of its chain.
    fn bench(&self) -> &Bench;
    /// Why nothing may be planned now, if so.
    fn closed(&self) -> Option<Closed>;
    /// Observes, decides, and does what was decided.
    ///
    /// # Errors
    /// [`JobError`]
    async fn round(&self, shutdown: &CancellationToken) -> Result<Outcome, JobError>;
    /// Decides again and again until shutdown.
    async fn run(&self, shutdown: CancellationToken);
}

/// A job with its memory.
pub struct Runner<J: Job> {
    job: J,
    bench: Bench,
    remembered: Mutex<Option<Remembered<J::Snapshot>>>,
}

/// What was seen when all was as it should be.
struct Remembered<S> {
    at: Instant,
    changes: u64,
    snapshot: S,
}

impl<J: Job> Runner<J> {
    /// A job that begins to remember.
    #[must_use]
    pub fn new(job: J, bench: Bench) -> Self {
        Self {
            job,
            bench,
            remembered: Mutex::new(None),
        }
    }

    async fn set(&self) -> Result<SignerSet, JobError> {
        Ok(match self.bench.oracle.set() {
            Some(set) => set,
            None => self.bench.oracle.refresh_set().await?,
        })
    }

    /// What was remembered a moment ago of a store that was not written to since, renewed.
    async fn renewed(&self) -> Result<Option<J::Snapshot>, JobError> {
        let changes = self.bench.store.changes();
        let remembered = {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let recent = remembered.as_ref();
            let recent = recent.filter(|r| r.changes == changes && r.at.elapsed() < SHORTLY);
            recent.map(|r| r.snapshot.clone())
        };
        match remembered {
            Some(snapshot) => self.job.renew(&snapshot).await,
            None => Ok(None),
        }
    }

    /// Does what was decided.
    async fn act(
        &self,
        snapshot: &J::Snapshot,
        wanted: Vec<Wanted<J::Report>>,
        set: &SignerSet,
        shutdown: &CancellationToken,
    ) -> Result<Outcome, JobError> {
        let (mut planned, mut failed) = (Vec::new(), Vec::new());
        for one in wanted {
            self.job.trying(&one);
            let trace = TraceId::random();
            let collected = tokio::select! {
                // Collecting leaves nothing half-done here; from the commit on it runs to the end.
                () = shutdown.cancelled() => return Ok(Outcome::Stopped),
                collected = self.bench.collector.collect(&one.report, set, one.strict, &trace) => collected,
            };
            let (chain, subject, epoch) = (self.bench.chain(), self.job.subject(), one.report.epoch());
            let quorum = match collected {
                Ok(quorum) => quorum,
                Err(short) => {
                    metric::quorum_failure(chain, subject);
                    self.job.failed("quorum");
                    let why = format!("no report: {short}");
                    self.say("quorum", &why);
                    tracing::warn!(
                        trace_id = %trace, job = J::NAME, chain, subject, epoch, report = ?one.report,
                        "too few signatures, nothing is sent: {short}"
                    );
                    if short.outdated {
                        let _ = self.bench.oracle.refresh_set().await;
                    }
                    failed.push(why);
                    continue;
                }
            };
            if one.strict && !quorum.strict {
                tracing::warn!(
                    trace_id = %trace, job = J::NAME, chain, subject, epoch,
                    "no strict quorum to be had ({}): an ordinary one goes out, the feed stays disputed until it is confirmed",
                    quorum.refusals.join("; ")
                );
            }
            let signed = Signed {
                wanted: one,
                signatures: quorum.signatures,
                trace,
            };
            planned.push(self.commit(&signed, snapshot).await?);
        }
        Ok(Outcome::Planned { planned, failed })
    }

    async fn commit(&self, signed: &Signed<J::Report>, snapshot: &J::Snapshot) -> Result<Planned, JobError> {
        let (bench, wanted) = (&self.bench, self.job.intent(snapshot, signed));
        let now = bench.clock.now_ms();
        let planned = bench.store.plan_intents(std::slice::from_ref(&wanted), now).await?;
        // From here on the transaction manager has it, also after a restart.
        bench.wake.notify_one();
        let (chain, subject, reason) = (bench.chain(), self.job.subject(), &signed.wanted.reason);
        let first = planned.first().copied().unwrap_or(Planned::Exists(IntentId(0)));
        if let Planned::Exhausted(id) = first {
            metric::job_error(J::NAME);
            let why = format!("intent {id} used up its tries, see `txs show {id}`");
            if self.say("exhausted", &why) {
                tracing::error!(trace_id = %signed.trace, job = J::NAME, chain, subject, effect = wanted.effect, "{why}");
            }
            return Ok(first);
        }
        self.job.planned(&signed.wanted);
        self.say("planned", reason);
        tracing::info!(
            trace_id = %signed.trace, job = J::NAME, chain, subject, epoch = signed.wanted.report.epoch(), reason,
            effect = wanted.effect, "report planned"
        );
        // Kilobytes, of which the line above says the gist.
        tracing::debug!(
            trace_id = %signed.trace, effect = wanted.effect,
            snapshot = serde_json::to_string(snapshot).unwrap_or_default(), "planned from"
        );
        Ok(first)
    }

    fn held(&self, held: &Held) {
        if held.weight == Weight::Passing {
            return;
        }
        let is_new = self.say(held.kind, &held.text);
        if is_new && held.weight == Weight::Wrong {
            let (chain, subject) = (self.bench.chain(), self.job.subject());
            tracing::warn!(job = J::NAME, chain, subject, "nothing is sent: {}", held.text);
        }
    }

    /// Puts a line on the status page; says whether its kind is new.
    fn say(&self, kind: &'static str, text: &str) -> bool {
        self.bench
            .status
            .say(self.bench.chain(), self.job.subject(), kind, text)
    }
}

#[async_trait]
impl<J: Job> Worker for Runner<J> {
    fn job(&self) -> &'static str {
        J::NAME
    }

    fn subject(&self) -> &str {
        self.job.subject()
    }

    fn bench(&self) -> &Bench {
        &self.bench
    }

    fn closed(&self) -> Option<Closed> {
        self.bench.gate.borrow().closed(J::NAME).cloned()
    }

    async fn round(&self, shutdown: &CancellationToken) -> Result<Outcome, JobError> {
        let set = self.set().await?;
        if let Some(snapshot) = self.renewed().await? {
            let decision = J::plan(&snapshot);
            if let Verdict::Hold(held) = self.job.verdict(&snapshot, decision, &set)
                && held.weight == Weight::Calm
            {
                self.held(&held);
                return Ok(Outcome::Held(held));
            }
        }
        let changes = self.bench.store.changes();
        let Some(snapshot) = self.job.observe().await? else {
            return Ok(Outcome::NotFinal);
        };
        let verdict = self.job.verdict(&snapshot, J::plan(&snapshot), &set);
        let calm = matches!(&verdict, Verdict::Hold(held) if held.weight == Weight::Calm);
        *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = calm.then(|| Remembered {
            at: Instant::now(),
            changes,
            snapshot: snapshot.clone(),
        });
        match verdict {
            Verdict::Hold(held) => {
                self.held(&held);
                Ok(Outcome::Held(held))
            }
            Verdict::Send(wanted) => self.act(&snapshot, wanted, &set, shutdown).await,
        }
    }

    async fn run(&self, shutdown: CancellationToken) {
        let mut again = None;
        loop {
            let is_due = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                due = self.job.due() => due,
                () = after(again.take()) => true,
            };
            if !is_due {
                return;
            }
            if let Some(closed) = self.closed() {
                self.say("closed", &closed.why);
                continue;
            }
            match self.round(&shutdown).await {
                Ok(Outcome::Held(held)) => again = held.again,
                Ok(Outcome::Stopped) => return,
                Ok(_) => {}
                Err(JobError::Store(error @ StoreError::LeaseLost { .. })) => {
                    tracing::error!(
                        job = J::NAME,
                        chain = self.bench.chain(),
                        subject = self.subject(),
                        "{error}"
                    );
                    // Whoever watches the lease ends the process, with the reason.
                    shutdown.cancelled().await;
                    return;
                }
                Err(error) => {
                    metric::job_error(J::NAME);
                    self.job.failed("error");
                    if self.say("error", &error.to_string()) {
                        let (chain, subject) = (self.bench.chain(), self.subject());
                        tracing::warn!(job = J::NAME, chain, subject, "round failed: {error}");
                    }
                }
            }
        }
    }
}

/// Waits this long, or for ever.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
