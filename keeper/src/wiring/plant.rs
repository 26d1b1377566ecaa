//! Everything that runs, per process and per chain.

use std::sync::Arc;
use std::time::Duration;

use fluxion_abi::Deployment;
use tokio::sync::{Notify, watch};

use super::{Keys, Stop, balances, connect, gate::GateKeeper, oracle_problem, resync::index_config, verify};
use crate::api::{ChainPart, LaneBalance, Parts};
use crate::attest::{Attestor, Collector};
use crate::chain::{Chain, RpcChain};
use crate::cli::{Exit, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::{ChainConfig, Config, Mode};
use crate::indexer::Indexer;
use crate::jobs::update_prices::{FeedJob, Shared};
use crate::jobs::{Closed, ClosedBy, Gate, JobStatus};
use crate::oracle::{ChainOracle, signer_set};
use crate::preflight::{self, KeyAddresses, Record};
use crate::problem::{Problem, ProblemKind};
use crate::sources::{Boards, Fetcher};
use crate::store::sql::SqlStore;
use crate::store::{IndexStore, SignatureStore, SkillContracts, Store};
use crate::tx::{LaneSigner, TxManager};

/// A chain of the configuration with its record, compared with each other where a node answered.
pub struct OpenedChain {
    pub(super) config: ChainConfig,
    pub(super) deployment: Deployment,
    pub(super) record: Record,
    pub(super) chain: Arc<RpcChain>,
    /// Why it could not be compared yet.
    pub(super) unverified: Option<String>,
}

impl OpenedChain {
    /// The chain's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }
}

/// Opens every chain and compares it with its record.
///
/// # Errors
/// Whatever must not be wrong at the start. Nodes that do not answer are no error: they are tried again.
pub async fn open_chains(config: &Config, keys: &KeyAddresses) -> Result<Vec<OpenedChain>, Failure> {
    let mut opened = Vec::new();
    let mut problems = Vec::new();
    for chain_config in &config.chain {
        let found = preflight::deployment(config, chain_config)
            .map_err(|problem| vec![problem])
            .and_then(|deployment| Ok((preflight::record(config, chain_config, &deployment)?, deployment)));
        let (record, deployment) = match found {
            Ok(found) => found,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        let (chain, mut unverified) = match connect::connect(chain_config).await {
            Ok(chain) => (chain, None),
            Err(problem) if problem.kind == ProblemKind::Unavailable => {
                let chain = connect::offline(chain_config)?;
                (chain, Some(problem.fact))
            }
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if unverified.is_none() {
            match verify(config, chain_config, &deployment, &record, keys, chain.as_ref()).await {
                Ok(waiting) => unverified = waiting,
                Err(fatal) => problems.extend(fatal),
            }
        }
        if let Some(why) = &unverified {
            tracing::warn!(
                chain = chain_config.name,
                "the chain is tried again until it answers: {why}"
            );
        }
        opened.push(OpenedChain {
            config: chain_config.clone(),
            deployment,
            record,
            chain,
            unverified,
        });
    }
    if problems.is_empty() {
        Ok(opened)
    } else {
        Err(Failure::problems(problems))
    }
}

/// Compares a chain with its record and the keys. `Ok(Some(..))` says why that could not be done yet.
pub(super) async fn verify(
    config: &Config,
    chain_config: &ChainConfig,
    deployment: &Deployment,
    record: &Record,
    keys: &KeyAddresses,
    chain: &dyn Chain,
) -> Result<Option<String>, Vec<Problem>> {
    let mut problems = preflight::contracts(config, chain_config, deployment, chain).await;
    if problems.is_empty() {
        match signer_set(chain, record.verifier).await {
            Ok(set) => problems.extend(preflight::key_quorum(config, chain_config, keys, &set)),
            Err(error) => problems.push(oracle_problem(config, chain_config, &error)),
        }
    }
    let (fatal, passing): (Vec<Problem>, Vec<Problem>) = problems.into_iter().partition(|p| p.kind.is_fatal());
    if !fatal.is_empty() {
        return Err(fatal);
    }
    let mut waiting = None;
    for problem in passing {
        if problem.kind == ProblemKind::Unavailable {
            waiting = Some(problem.fact.clone());
        } else {
            tracing::warn!(chain = chain_config.name, "{problem}");
        }
    }
    Ok(waiting)
}

/// One running chain.
pub struct PlantChain {
    /// Its contracts, and the chain itself.
    pub oracle: Arc<ChainOracle>,
    /// Why nothing may be planned on it now, if so.
    pub gate: Gate,
    /// Wallets, badges and scores, where they are this process's work.
    pub skills: Option<SkillContracts>,
    balances: watch::Receiver<Vec<LaneBalance>>,
    /// Tells its transaction manager that there is work.
    pub(super) wake: Arc<Notify>,
}

/// Everything that runs.
pub struct Plant {
    /// The store that this process holds.
    pub store: SqlStore,
    /// Chains.
    pub chains: Vec<PlantChain>,
    /// Sources.
    pub boards: Boards,
    /// Asks sources.
    pub fetcher: Fetcher,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Attestation keys with their memory.
    pub attestors: Vec<Attestor>,
    pub(super) shared: Shared,
}

impl Plant {
    /// Starts what runs per chain, on a store that this process holds.
    #[must_use]
    pub fn start(
        config: &Config,
        keys: Keys,
        client: reqwest::Client,
        chains: Vec<OpenedChain>,
        store: SqlStore,
        stop: &Stop,
    ) -> Self {
        let shared_store: Arc<dyn Store> = Arc::new(store.clone());
        let memory: Arc<dyn SignatureStore> = Arc::new(store.clone());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let addresses = keys.addresses();
        let attestors: Vec<Attestor> = keys
            .attestation
            .iter()
            .map(|key| Attestor::new(Arc::clone(key), Arc::clone(&memory)))
            .collect();
        let collector = Collector::new(
            attestors.clone(),
            config.attestation.peers.clone(),
            client.clone(),
            Duration::from_millis(config.attestation.timeout_ms),
        );
        let mut plant = Self {
            chains: Vec::new(),
            boards: Boards::new(&config.feed),
            fetcher: Fetcher::new(client),
            attestors,
            shared: Shared {
                store: shared_store,
                collector: Arc::new(collector),
                clock: Arc::clone(&clock),
                interval_ms: config.job.update_prices.interval_ms,
                status: Arc::new(JobStatus::default()),
            },
            clock,
            store,
        };
        for opened in chains {
            let chain = plant.start_chain(config, opened, &keys.lanes, &addresses, stop);
            plant.chains.push(chain);
        }
        plant
    }

    fn start_chain(
        &self,
        config: &Config,
        opened: OpenedChain,
        lanes: &[LaneSigner],
        addresses: &KeyAddresses,
        stop: &Stop,
    ) -> PlantChain {
        let rpc = Arc::clone(&opened.chain);
        let chain: Arc<dyn Chain> = opened.chain.clone();
        let oracle = Arc::new(ChainOracle::new(
            Arc::clone(&chain),
            opened.record.verifier,
            opened.record.feeds.clone(),
        ));
        let poll = Duration::from_millis(opened.config.poll_ms);
        let token = stop.token.clone();
        stop.tasks.spawn({
            let token = token.clone();
            async move { rpc.follow(poll, token).await }
        });
        stop.tasks.spawn({
            let (oracle, token) = (Arc::clone(&oracle), token.clone());
            async move { oracle.run(token).await }
        });
        let verified = verify::again(config, &opened, addresses, stop);

        let wake = Arc::new(Notify::new());
        let (tell_balances, balances) = watch::channel(Vec::new());
        let mut backfilling = None;
        // A signer judges scores by an index of its own; prices it judges by its sources alone.
        if config.keeper.mode == Mode::Keeper || opened.record.skills.is_some() {
            backfilling = Some(self.start_indexer(&chain, &opened, stop));
        }
        if config.keeper.mode == Mode::Keeper {
            let manager = TxManager::new(
                Arc::clone(&chain),
                Arc::clone(&self.shared.store),
                Arc::clone(&self.clock),
                lanes.to_vec(),
                opened.config.fees.policy(chain.id()),
                Arc::clone(&wake),
            );
            stop.tasks.spawn({
                let (stop, token) = (stop.clone(), token.clone());
                async move {
                    if let Err(error) = manager.run(token).await {
                        stop.fail(Failure::message(Exit::Held, error.to_string()));
                    }
                }
            });
            stop.tasks.spawn(balances::follow(
                Arc::clone(&chain),
                Arc::clone(&self.shared.store),
                Arc::clone(&self.clock),
                addresses.lanes.clone(),
                tell_balances,
                token.clone(),
            ));
        }
        let (tell, gate) = watch::channel(Some(Closed {
            by: ClosedBy::Unverified,
            why: "starting".into(),
        }));
        let keeper = GateKeeper {
            chain: chain.id(),
            name: opened.config.name.clone(),
            store: Arc::clone(&self.shared.store),
            verified,
            backfilling,
            tell,
        };
        stop.tasks.spawn(keeper.run(token));
        PlantChain {
            oracle,
            gate,
            skills: opened.record.skills,
            balances,
            wake,
        }
    }

    /// Starts the indexer; the channel says whether it is in backfill.
    fn start_indexer(&self, chain: &Arc<dyn Chain>, opened: &OpenedChain, stop: &Stop) -> watch::Receiver<bool> {
        let index: Arc<dyn IndexStore> = Arc::new(self.store.clone());
        let indexer = Indexer::new(index_config(opened), Arc::clone(chain), index);
        let mut progress = indexer.progress();
        let (tell, backfilling) = watch::channel(true);
        let token = stop.token.clone();
        stop.tasks.spawn({
            let (stop, token) = (stop.clone(), token.clone());
            async move {
                if let Err(error) = indexer.run(token).await {
                    stop.fail(error.into());
                }
            }
        });
        stop.tasks.spawn(async move {
            loop {
                tell.send_replace(progress.borrow_and_update().backfilling);
                tokio::select! {
                    () = token.cancelled() => return,
                    changed = progress.changed() => if changed.is_err() { return },
                }
            }
        });
        backfilling
    }

    /// The job of every feed on every chain that carries it.
    #[must_use]
    pub fn feed_jobs(&self) -> Vec<FeedJob> {
        let mut jobs = Vec::new();
        for chain in &self.chains {
            for board in self.boards.iter() {
                let (oracle, board, wake) = (Arc::clone(&chain.oracle), Arc::clone(board), Arc::clone(&chain.wake));
                jobs.extend(FeedJob::new(
                    self.shared.clone(),
                    oracle,
                    board,
                    wake,
                    chain.gate.clone(),
                ));
            }
        }
        jobs
    }

    /// What the HTTP interface reads.
    #[must_use]
    pub fn parts(&self, config: &Config) -> Parts {
        Parts {
            name: config.keeper.name.clone(),
            mode: config.keeper.mode,
            store: Arc::clone(&self.shared.store),
            chains: self
                .chains
                .iter()
                .map(|chain| ChainPart {
                    oracle: Arc::clone(&chain.oracle),
                    gate: chain.gate.clone(),
                    balances: chain.balances.clone(),
                })
                .collect(),
            boards: self.boards.clone(),
            jobs: Arc::clone(&self.shared.status),
            clock: Arc::clone(&self.clock),
        }
    }
}
