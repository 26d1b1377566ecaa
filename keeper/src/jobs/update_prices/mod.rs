//! Keeps price feeds fresh: observe -> plan -> collect signatures -> intent.
//!
//! Every answer of a source leads to a new decision at once, so that a moved price is on its way within milliseconds.
//! The decision ([`plan`]) is pure: the same [`Snapshot`] gives the same [`Decision`], so each one can be replayed from
//! its log line. Below quorum of sources or signers the job sends nothing and logs the reason.

mod config;
mod contracts;
mod events;
mod intent;
mod job;
mod judge;
mod plan;
mod report;
mod show;
mod snapshot;

pub use config::UpdatePricesConfig;
pub use contracts::{FeedLimits, FeedView, Feeds, feed_id, feed_identity, feed_limits, feed_view};
pub use events::FEED;
pub use intent::{PendingReport, effect, intent, pending, topic};
pub use job::FeedJob;
pub use judge::PriceJudge;
pub use plan::{Cause, Decision, Hold, plan};
pub use report::{AttestationRequest, PriceReport, Report};
pub use snapshot::{Policy, Snapshot, rules};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use figment::Figment;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Contract, JobStatus, Kind, Look, Process, Record, Runner, Running, Shown, Site, Worker, replay, shown};
use crate::attest::{Admission, Attestor, Door, Guarded, Refusal, Service};
use crate::chain::Chain;
use crate::clock::{Clock, SystemClock};
use crate::config::{AttestationConfig, ChainConfig, Config, Found, Section, parses};
use crate::model::{Diagnostic, DiagnosticKind, Exit, Failure};
use crate::oracle::{Governed as _, OracleError, keep_fresh};
use crate::sources::{Board, Boards, Fetcher, assess};
use crate::store::{Store, StoreError};

/// The job's name in intents, logs and pauses.
pub const JOB: &str = "update_prices";

/// The job in the list.
pub static KIND: UpdatePrices = UpdatePrices;

/// The job in the list.
pub struct UpdatePrices;

impl Section for UpdatePrices {
    fn name(&self) -> &'static str {
        JOB
    }

    fn parses(&self, file: &Figment) -> Result<(), Box<figment::Error>> {
        parses::<UpdatePricesConfig>(file, JOB)
    }

    fn check(&self, config: &Config, found: &mut Found) {
        config::check(&section(config), found);
    }
}

/// The job's section; every key has a default.
fn section(config: &Config) -> UpdatePricesConfig {
    config.job.section(JOB).unwrap_or_default()
}

#[async_trait]
impl Kind for UpdatePrices {
    fn about(&self) -> &'static str {
        "Keep price feeds fresh"
    }

    fn is_configured(&self, _: &Config) -> bool {
        true
    }

    fn contracts(&self, config: &Config, chain: &ChainConfig) -> Vec<Contract> {
        contracts::contracts(config, chain)
    }

    async fn check_chain(
        &self,
        config: &Config,
        chain_config: &ChainConfig,
        record: &Record,
        chain: &dyn Chain,
    ) -> Vec<Diagnostic> {
        contracts::check(config, chain_config, record, chain).await
    }

    async fn check_outside(&self, config: &Config, client: &reqwest::Client) -> Vec<Diagnostic> {
        let fetcher = Fetcher::new(client.clone());
        let feeds = config.feed.iter().map(async |feed| {
            let board = Board::new(feed.clone());
            board.poll_once(&fetcher, &SystemClock).await;
            unusable(config, &board)
        });
        futures::future::join_all(feeds).await.concat()
    }

    fn start(&self, process: &Process) -> Option<Arc<dyn Running>> {
        let config = &process.config;
        let patience = Duration::from_millis(config.attestation.timeout_ms.saturating_mul(2) / 3);
        let site = process.sites.first()?;
        let (store, status) = (Arc::clone(&site.bench.store), Arc::clone(&site.bench.status));
        let prices = Prices {
            feeds: process
                .sites
                .iter()
                .map(|site| Arc::new(Feeds::of(config, &site.record, Arc::clone(&site.bench.oracle))))
                .collect(),
            sites: process.sites.clone(),
            boards: Boards::new(&config.feed),
            fetcher: Fetcher::new(process.client.clone()),
            clock: Arc::clone(&site.bench.clock),
            interval_ms: section(config).interval_ms,
            attestors: process.attestors.clone(),
            asking: config.attestation.clone(),
            patience,
            store,
            status,
        };
        Some(Arc::new(prices))
    }

    async fn preview(&self, looks: &[Look<'_>]) -> Result<Vec<Shown>, Failure> {
        let Some(look) = looks.first() else { return Ok(Vec::new()) };
        let client = reqwest::Client::new();
        let boards = Boards::new(&look.config.feed);
        let fetcher = Fetcher::new(client);
        futures::future::join_all(boards.iter().map(|board| board.poll_once(&fetcher, &SystemClock))).await;
        let mut list = Vec::new();
        for look in looks {
            let snapshots = seen(look, &boards).await?;
            list.extend(snapshots.iter().map(|snapshot| shown::<FeedJob>(snapshot, show::decision)));
        }
        Ok(list)
    }

    fn replay(&self, recorded: Vec<Value>) -> Result<Vec<Shown>, (usize, String)> {
        replay::<FeedJob>(recorded, show::decision)
    }

    async fn verify(&self, _: &Look<'_>, _: &dyn Store, _: Option<u64>) -> Result<Shown, Failure> {
        let why = "a price is what sources said at its time, so nothing on chain gives it again";
        Err(Failure::message(Exit::Config, why))
    }

    fn lines(&self, status: &Value) -> Vec<String> {
        show::lines(status)
    }
}

/// What is wrong with the sources of a feed that were just asked.
fn unusable(config: &Config, board: &Board) -> Vec<Diagnostic> {
    let place = format!("{}: feed {}", config.file.display(), board.feed().id);
    let fault = |(source, fault): (String, String)| {
        let place = format!("{place}, source {source}");
        Diagnostic::new(
            DiagnosticKind::Unavailable,
            place,
            fault,
            "correct its url and pointers, or take it out",
        )
    };
    let mut problems: Vec<Diagnostic> = board.faults().into_iter().map(fault).collect();
    if let Err(shortage) = assess(&board.observations(), &rules(board.feed()), SystemClock.now_ms()) {
        problems.push(Diagnostic::new(
            DiagnosticKind::Unavailable,
            place,
            format!("no price: {shortage}"),
            "add sources, or mend those that fail",
        ));
    }
    problems
}

/// What the job sees of a chain that nobody has to have indexed.
async fn seen(look: &Look<'_>, boards: &Boards) -> Result<Vec<Snapshot>, Failure> {
    let chain = look.chain.as_ref();
    let place = format!("{}: chain {}", look.config.file.display(), chain.name());
    let failed = |error: OracleError| Failure::from(error.diagnostic(&place));
    let intents = match &look.store {
        Some(store) => store.open_intents(chain.id()).await?,
        None => Vec::new(),
    };
    let mut list = Vec::new();
    for board in boards.iter() {
        let feed = board.feed();
        let Some(contract) = look.record.get(&format!("PriceFeed:{}", feed.id)) else {
            continue;
        };
        list.push(Snapshot {
            chain: chain.id(),
            chain_name: chain.name().to_owned(),
            feed: feed.id.clone(),
            now_ms: SystemClock.now_ms(),
            chain_time: look.head.time,
            policy: Policy::new(feed, section(look.config).interval_ms),
            limits: feed_limits(chain, contract).await.map_err(failed)?,
            observations: board.observations(),
            view: feed_view(chain, contract).await.map_err(failed)?,
            pending: pending(&intents, &topic(chain.id(), &feed.id)),
            last_tried: 0,
        });
    }
    Ok(list)
}

/// The job at work: the feeds of every chain, and the sources that they share.
struct Prices {
    sites: Vec<Site>,
    feeds: Vec<Arc<Feeds>>,
    boards: Boards,
    fetcher: Fetcher,
    clock: Arc<dyn Clock>,
    interval_ms: u64,
    attestors: Vec<Attestor>,
    asking: AttestationConfig,
    patience: Duration,
    store: Arc<dyn Store>,
    status: Arc<JobStatus>,
}

#[async_trait]
impl Running for Prices {
    fn workers(&self) -> Vec<Arc<dyn Worker>> {
        let mut workers: Vec<Arc<dyn Worker>> = Vec::new();
        for (site, feeds) in self.sites.iter().zip(&self.feeds) {
            for board in self.boards.iter() {
                let job = FeedJob::new(&site.bench, Arc::clone(feeds), Arc::clone(board), self.interval_ms);
                workers.extend(job.map(|job| Arc::new(Runner::new(job, site.bench.clone())) as Arc<dyn Worker>));
            }
        }
        workers
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        if self.attestors.is_empty() {
            return None;
        }
        let chains = self.feeds.iter().map(|feeds| (feeds.oracle().chain().id(), Arc::clone(feeds)));
        let judge = PriceJudge::new(
            chains.collect(),
            self.boards.clone(),
            Arc::clone(&self.clock),
            self.asking.max_age_s,
            self.patience,
        );
        let service = Service::new(self.attestors.clone(), judge);
        let oracles = self.feeds.iter().map(|feeds| Arc::clone(feeds.oracle())).collect();
        let admission = Admission::new(&self.asking.callers, self.asking.requests_per_s, Arc::clone(&self.clock));
        Some(Arc::new(Guarded::new(service, admission, oracles)))
    }

    fn begin(&self, tasks: &TaskTracker, token: &CancellationToken) {
        let interval = Duration::from_millis(self.interval_ms);
        for board in self.boards.iter() {
            board.poll(&self.fetcher, &self.clock, interval, tasks, token);
        }
        for feeds in &self.feeds {
            let (feeds, token) = (Arc::clone(feeds), token.clone());
            tasks.spawn(async move { keep_fresh(feeds.as_ref(), token).await });
        }
    }

    async fn refresh(&self) {
        let polls = self.boards.iter().map(|board| board.poll_once(&self.fetcher, self.clock.as_ref()));
        futures::future::join_all(polls).await;
        for feeds in &self.feeds {
            // What is not known is read before a decision needs it, and fails there.
            let _ = feeds.refresh().await;
        }
    }

    async fn status(&self) -> Result<Map<String, Value>, StoreError> {
        let (store, now_ms) = (self.store.as_ref(), self.clock.now_ms());
        show::status(&self.feeds, &self.boards, store, &self.status, now_ms).await
    }

    async fn view(&self, name: &str, query: &BTreeMap<String, String>) -> Option<Result<Value, Refusal>> {
        if name != "rounds" {
            return None;
        }
        Some(show::rounds(&self.feeds, self.store.as_ref(), query).await)
    }
}
