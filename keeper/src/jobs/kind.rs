//! An entry of the list of jobs: what command line, configuration, preflight, HTTP interface and the running process
//! need of a job that they do not know by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::Address;
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Bench, Job, Worker};
use crate::attest::{Attestor, Door, Refusal};
use crate::chain::Chain;
use crate::config::{ChainConfig, Config, Section};
use crate::indexer::Watch;
use crate::model::{BlockRef, Diagnostic, Failure};
use crate::store::{Store, StoreError};

/// A contract that a job works with: its name in the deployment record, and what is indexed of it.
pub struct Contract {
    /// Name in the deployment record.
    pub name: String,
    /// What is indexed.
    pub watch: &'static Watch,
}

/// Addresses of a chain's contracts by their names in the deployment record: those that the jobs named, and the
/// verifier.
#[derive(Clone, Debug)]
pub struct Record {
    /// The verifier.
    pub verifier: Address,
    /// The others by name, with what is indexed of each.
    pub contracts: BTreeMap<String, (Address, &'static Watch)>,
    /// First block that holds a part of the deployment.
    pub block: u64,
}

impl Record {
    /// The address of a contract that a job named.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Address> {
        self.contracts.get(name).map(|(address, _)| *address)
    }
}

/// One chain of the running process.
#[derive(Clone)]
pub struct Site {
    /// Its contracts.
    pub record: Record,
    /// What its jobs share.
    pub bench: Bench,
}

/// The running process, as far as jobs need it.
pub struct Process {
    /// The configuration.
    pub config: Config,
    /// Its chains.
    pub sites: Vec<Site>,
    /// Its attestation keys.
    pub attestors: Vec<Attestor>,
    /// For sources.
    pub client: reqwest::Client,
}

/// A chain that is looked at beside the running process.
pub struct Look<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The chain's part of it.
    pub chain_config: &'a ChainConfig,
    /// Its contracts.
    pub record: &'a Record,
    /// The chain, with its head polled.
    pub chain: Arc<dyn Chain>,
    /// Its head.
    pub head: BlockRef,
    /// The database beside whoever holds it; `None` while there is none.
    pub store: Option<Arc<dyn Store>>,
}

/// A result for people and for programs.
#[derive(Clone, Debug)]
pub struct Shown {
    /// For programs.
    pub json: Value,
    /// For people.
    pub lines: Vec<String>,
    /// What is wrong, a line each.
    pub wrong: Vec<String>,
}

/// A job at work in this process.
#[async_trait]
pub trait Running: Send + Sync {
    /// What runs where the process may send.
    fn workers(&self) -> Vec<Arc<dyn Worker>>;

    /// Signs what others ask for; `None` without a key, or without what it takes to judge.
    fn door(&self) -> Option<Arc<dyn Door>>;

    /// Starts what has to run beside: sources that are asked again and again.
    fn begin(&self, _: &TaskTracker, _: &CancellationToken) {}

    /// Asks once what `begin` asks again and again.
    async fn refresh(&self) {}

    /// Its parts of the status page by their keys, with its gauges set.
    ///
    /// # Errors
    /// The store did not answer.
    async fn status(&self) -> Result<Map<String, Value>, StoreError> {
        Ok(Map::new())
    }

    /// Its part of a chain's status, under its own key.
    fn chain_status(&self, _: &str) -> Option<(&'static str, Value)> {
        None
    }

    /// Answers `GET /v1/NAME` for the names that are its own; `None` for every other.
    async fn view(&self, _: &str, _: &BTreeMap<String, String>) -> Option<Result<Value, Refusal>> {
        None
    }
}

/// A job of the list.
#[async_trait]
pub trait Kind: Section {
    /// What it does, in a line.
    fn about(&self) -> &'static str;

    /// Whether this configuration has work for it.
    fn is_configured(&self, config: &Config) -> bool;

    /// Contracts that it needs on a chain.
    fn contracts(&self, config: &Config, chain: &ChainConfig) -> Vec<Contract>;

    /// Whether a signer judges its reports by the index of a chain.
    fn signer_indexes(&self, _: &Record) -> bool {
        false
    }

    /// What is wrong with its contracts on a chain, beyond their code.
    async fn check_chain(&self, _: &Config, _: &ChainConfig, _: &Record, _: &dyn Chain) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// What is wrong outside of the chains.
    async fn check_outside(&self, _: &Config, _: &reqwest::Client) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Sets it up; `None` where it has nothing to do.
    fn start(&self, process: &Process) -> Option<Arc<dyn Running>>;

    /// What it would do now, on each of these chains.
    ///
    /// # Errors
    /// Something that it needs does not answer.
    async fn preview(&self, looks: &[Look<'_>]) -> Result<Vec<Shown>, Failure>;

    /// What it decides from recorded snapshots.
    ///
    /// # Errors
    /// The number of the one that is none, from zero, and why.
    fn replay(&self, recorded: Vec<Value>) -> Result<Vec<Shown>, (usize, String)>;

    /// Computes everything again that was reported up to a final block of a chain, from an index that was read anew.
    ///
    /// # Errors
    /// It does not answer, or there is nothing of this job to verify.
    async fn verify(&self, look: &Look<'_>, rebuilt: &dyn Store, epoch: Option<u64>) -> Result<Shown, Failure>;

    /// Its lines of `status`, from the status page.
    fn lines(&self, status: &Value) -> Vec<String>;
}

/// Decides from recorded snapshots and shows each decision.
///
/// # Errors
/// The number of the one that is none, from zero, and why.
pub fn replay<J: Job>(
    recorded: Vec<Value>,
    show: impl Fn(&J::Snapshot, &J::Decision) -> Vec<String>,
) -> Result<Vec<Shown>, (usize, String)> {
    let decided = |(number, value): (usize, Value)| {
        let snapshot: J::Snapshot = serde_json::from_value(value).map_err(|error| (number, error.to_string()))?;
        Ok(shown::<J>(&snapshot, &show))
    };
    recorded.into_iter().enumerate().map(decided).collect()
}

/// A decision for people and for programs.
pub fn shown<J: Job>(snapshot: &J::Snapshot, show: impl Fn(&J::Snapshot, &J::Decision) -> Vec<String>) -> Shown {
    let decision = J::plan(snapshot);
    Shown {
        json: json!({"snapshot": snapshot, "decision": decision}),
        lines: show(snapshot, &decision),
        wrong: Vec::new(),
    }
}
