//! Reports scores of skill wallets: observe -> plan -> collect signatures -> intents.
//!
//! An epoch is a multiple of the configured length. It is computed once a finalized block is younger than it: then its
//! events are what they will always be, and every signer that has the finalized chain computes the same scores. The
//! decision ([`plan()`]) is pure. What was reported, or is on its way, is not planned again; the oracle takes each
//! epoch of a wallet once, whoever sends it.

mod config;
mod contracts;
mod events;
mod intent;
mod job;
mod judge;
mod observe;
mod plan;
mod report;
mod show;
mod snapshot;
mod verify;

pub use config::UpdateReputationConfig;
pub use events::{BADGES, REPUTATION, WALLETS};
pub use intent::{intent, pending};
pub use job::ReputationJob;
pub use judge::ScoreJudge;
pub use observe::observe;
pub use plan::{Decision, Hold, epoch_of, plan};
pub use report::{ScoreBatch, ScoresRequest};
pub use snapshot::{Limits, Policy, Snapshot};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use figment::Figment;
use serde_json::{Value, json};

use super::{Contract, JobError, Kind, Look, Process, Record, Runner, Running, Shown, Site, Worker, replay, shown};
use crate::attest::{Admission, Attestor, Door, Guarded, Service};
use crate::config::{AttestationConfig, ChainConfig, Config, Found, Section, parses};
use crate::model::{Diagnostic, Exit, Failure};
use crate::oracle::signer_set;
use crate::store::{SkillContracts, Store};

/// The job's name in intents, logs and pauses.
pub const JOB: &str = "update_reputation";

/// The subject of the job's line on the status page, and where a feed's name would stand in a metric.
pub const SUBJECT: &str = "reputation";

/// Most subjects of one batch, whatever its gas.
pub const MAX_BATCH: usize = 200;

/// The job in the list.
pub static KIND: UpdateReputation = UpdateReputation;

/// The job in the list.
pub struct UpdateReputation;

impl Section for UpdateReputation {
    fn name(&self) -> &'static str {
        JOB
    }

    fn parses(&self, file: &Figment) -> Result<(), Box<figment::Error>> {
        parses::<UpdateReputationConfig>(file, JOB)
    }

    fn check(&self, config: &Config, found: &mut Found) {
        if let Some(job) = section(config) {
            config::check(config, &job, found);
        }
    }
}

/// The job's section; absent where scores are somebody else's work.
fn section(config: &Config) -> Option<UpdateReputationConfig> {
    config.job.section(JOB)
}

#[async_trait]
impl Kind for UpdateReputation {
    fn about(&self) -> &'static str {
        "Report scores of skill wallets"
    }

    fn is_configured(&self, config: &Config) -> bool {
        section(config).is_some()
    }

    fn contracts(&self, config: &Config, chain: &ChainConfig) -> Vec<Contract> {
        let job = section(config).filter(|job| job.chains.contains(&chain.name));
        job.map(|_| contracts::contracts()).unwrap_or_default()
    }

    fn signer_indexes(&self, record: &Record) -> bool {
        contracts::found(record).is_some()
    }

    fn start(&self, process: &Process) -> Option<Arc<dyn Running>> {
        let job = section(&process.config)?;
        let site = |site: &Site| Some((site.clone(), contracts::found(&site.record)?));
        Some(Arc::new(Scores {
            sites: process.sites.iter().filter_map(site).collect(),
            attestors: process.attestors.clone(),
            asking: process.config.attestation.clone(),
            policy: Policy::new(&job),
            interval: Duration::from_millis(job.interval_ms),
        }))
    }

    /// It sees what the keeper has indexed.
    async fn preview(&self, looks: &[Look<'_>]) -> Result<Vec<Shown>, Failure> {
        let mut list = Vec::new();
        for look in looks {
            let failed = |error: JobError| Failure::message(Exit::Failed, format!("chain {}: {error}", look.chain.name()));
            let (Some(job), Some(contracts)) = (section(look.config), contracts::found(look.record)) else {
                continue;
            };
            let missing = || Failure::message(Exit::NotFound, "there is no database yet; it is made by the first `run`");
            let store = look.store.as_deref().ok_or_else(missing)?;
            let chain = look.chain.as_ref();
            let set = signer_set(chain, look.record.verifier).await;
            let threshold = set.map_err(|error| failed(error.into()))?.threshold;
            let seen = observe(chain, store, &contracts, Policy::new(&job), look.head, threshold).await;
            list.push(match seen.map_err(failed)? {
                Some(snapshot) => shown::<ReputationJob>(&snapshot, show::decision),
                None => Shown {
                    json: json!({"chain_name": chain.name(), "decision": null}),
                    lines: vec![format!("{}: nothing, no block of it is final here yet", chain.name())],
                    wrong: Vec::new(),
                },
            });
        }
        Ok(list)
    }

    fn replay(&self, recorded: Vec<Value>) -> Result<Vec<Shown>, (usize, String)> {
        replay::<ReputationJob>(recorded, show::decision)
    }

    async fn verify(&self, look: &Look<'_>, rebuilt: &dyn Store, epoch: Option<u64>) -> Result<Shown, Failure> {
        let contracts = contracts::found(look.record).ok_or_else(|| {
            let place = format!("chain {}", look.chain.name());
            let help = "name the chain in job.update_reputation.chains";
            Failure::from(Diagnostic::config(place, "no scores are configured", help))
        })?;
        verify::verify(look.chain.as_ref(), &contracts, rebuilt, look.head, epoch).await
    }

    fn lines(&self, status: &Value) -> Vec<String> {
        show::lines(status)
    }
}

/// The job at work, on every chain whose scores are configured.
struct Scores {
    sites: Vec<(Site, SkillContracts)>,
    attestors: Vec<Attestor>,
    asking: AttestationConfig,
    policy: Policy,
    interval: Duration,
}

#[async_trait]
impl Running for Scores {
    fn workers(&self) -> Vec<Arc<dyn Worker>> {
        let worker = |(site, contracts): &(Site, SkillContracts)| {
            let job = ReputationJob::new(&site.bench, *contracts, self.policy, self.interval);
            Arc::new(Runner::new(job, site.bench.clone())) as Arc<dyn Worker>
        };
        self.sites.iter().map(worker).collect()
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        let (first, _) = self.sites.first()?;
        let (store, clock) = (Arc::clone(&first.bench.store), Arc::clone(&first.bench.clock));
        if self.attestors.is_empty() {
            return None;
        }
        let chain = |(site, contracts): &(Site, SkillContracts)| {
            let oracle = &site.bench.oracle;
            (oracle.chain().id(), (Arc::clone(oracle), *contracts))
        };
        let chains: BTreeMap<_, _> = self.sites.iter().map(chain).collect();
        let oracles = chains.values().map(|(oracle, _)| Arc::clone(oracle)).collect();
        let service = Service::new(self.attestors.clone(), ScoreJudge::new(store, chains));
        let admission = Admission::new(&self.asking.callers, self.asking.requests_per_s, clock);
        Some(Arc::new(Guarded::new(service, admission, oracles)))
    }

    fn chain_status(&self, chain: &str) -> Option<(&'static str, Value)> {
        let (site, _) = self.sites.iter().find(|(site, _)| site.bench.chain() == chain)?;
        Some((SUBJECT, json!(site.bench.status.line(chain, SUBJECT))))
    }
}
