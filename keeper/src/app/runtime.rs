//! Everything that runs, per process and per chain.

use std::sync::Arc;
use std::time::Duration;

use fluxion_abi::Deployment;
use tokio::sync::{Notify, watch};

use super::{Keys, Stop, balances, connect, gate::GateKeeper, resync::index_config, verify};
use crate::api::{ChainPart, LaneBalance, Parts};
use crate::attest::{Attestor, Caller, Collector};
use crate::chain::{Chain, RpcChain};
use crate::clock::{Clock, SystemClock};
use crate::config::{ChainConfig, Config, Mode};
use crate::indexer::Indexer;
use crate::jobs::{self, Bench, Closed, ClosedBy, Gates, JobStatus, Process, Record, Running, Site};
use crate::model::{Diagnostic, DiagnosticKind, Exit, Failure};
use crate::oracle::{ChainOracle, signer_set};
use crate::preflight::{self, KeyAddresses};
use crate::store::sql::SqlStore;
use crate::store::{IndexStore, SignatureStore, Store};
use crate::tx::TxManager;

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

    /// Its part of the configuration.
    #[must_use]
    pub const fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// Its contracts.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The chain itself.
    #[must_use]
    pub fn chain(&self) -> Arc<dyn Chain> {
        self.chain.clone()
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
            Err(problem) if problem.kind == DiagnosticKind::Unavailable => {
                let chain = connect::offline(chain_config)?;
                (chain, Some(problem.message))
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
) -> Result<Option<String>, Vec<Diagnostic>> {
    let mut problems = preflight::contracts(config, chain_config, deployment, chain).await;
    if problems.is_empty() {
        match signer_set(chain, record.verifier).await {
            Ok(set) => problems.extend(preflight::key_quorum(config, chain_config, keys, &set)),
            Err(error) => {
                let place = format!("{}: chain {}", config.file.display(), chain_config.name);
                problems.push(error.diagnostic(&place));
            }
        }
    }
    let (fatal, passing): (Vec<Diagnostic>, Vec<Diagnostic>) = problems.into_iter().partition(|p| p.kind.is_fatal());
    if !fatal.is_empty() {
        return Err(fatal);
    }
    let mut waiting = None;
    for problem in passing {
        if problem.kind == DiagnosticKind::Unavailable {
            waiting = Some(problem.message.clone());
        } else {
            tracing::warn!(chain = chain_config.name, "{problem}");
        }
    }
    Ok(waiting)
}

/// One running chain.
pub struct ChainRuntime {
    /// Its contracts, and what its jobs share.
    pub site: Site,
    balances: watch::Receiver<Vec<LaneBalance>>,
}

/// Everything that runs.
pub struct Runtime {
    /// The store that this process holds.
    pub store: SqlStore,
    /// Chains.
    pub chains: Vec<ChainRuntime>,
    /// Jobs that have something to do here.
    pub jobs: Vec<Arc<dyn Running>>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Attestation keys with their memory.
    pub attestors: Vec<Attestor>,
}

/// What every chain is started with.
struct Common {
    store: SqlStore,
    clock: Arc<dyn Clock>,
    collector: Arc<Collector>,
    status: Arc<JobStatus>,
    keys: Keys,
}

impl Runtime {
    /// Starts what runs per chain, on a store that this process holds, and sets the jobs up.
    #[must_use]
    pub fn start(
        config: &Config,
        keys: Keys,
        client: reqwest::Client,
        chains: Vec<OpenedChain>,
        store: SqlStore,
        stop: &Stop,
    ) -> Self {
        let memory: Arc<dyn SignatureStore> = Arc::new(store.clone());
        let attestors: Vec<Attestor> = keys
            .attestation
            .iter()
            .map(|key| Attestor::new(Arc::clone(key), Arc::clone(&memory)))
            .collect();
        // A process without an attestation key asks by the key of a lane, which the signers' `callers` have to name.
        let key = keys
            .attestation
            .first()
            .or_else(|| keys.lanes.first().map(|lane| &lane.signer));
        let caller = key.map(|key| Caller {
            key: Arc::clone(key),
            clock: Arc::new(SystemClock),
        });
        let collector = Collector::new(
            attestors.clone(),
            caller,
            config.attestation.peers.clone(),
            client.clone(),
            Duration::from_millis(config.attestation.timeout_ms),
        );
        let common = Common {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            collector: Arc::new(collector),
            status: Arc::new(JobStatus::default()),
            keys,
        };
        let start = |opened| common.start_chain(config, opened, stop);
        let chains: Vec<ChainRuntime> = chains.into_iter().map(start).collect();
        let process = Process {
            config: config.clone(),
            sites: chains.iter().map(|chain| chain.site.clone()).collect(),
            attestors: attestors.clone(),
            client,
        };
        Self {
            jobs: jobs::ALL.iter().filter_map(|kind| kind.start(&process)).collect(),
            chains,
            attestors,
            clock: common.clock,
            store,
        }
    }
}

impl Common {
    fn start_chain(&self, config: &Config, opened: OpenedChain, stop: &Stop) -> ChainRuntime {
        let addresses = &self.keys.addresses();
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let rpc = Arc::clone(&opened.chain);
        let chain: Arc<dyn Chain> = opened.chain.clone();
        let oracle = Arc::new(ChainOracle::new(Arc::clone(&chain), opened.record.verifier));
        let poll = Duration::from_millis(opened.config.poll_ms);
        let token = stop.token.clone();
        let named = |what: &str| format!("{what} of {}", opened.config.name);
        stop.spawn(named("heads"), {
            let token = token.clone();
            async move { rpc.follow(poll, token).await }
        });
        stop.spawn(named("signer set"), {
            let (oracle, token) = (Arc::clone(&oracle), token.clone());
            async move { oracle.run(token).await }
        });
        let verified = verify::again(config, &opened, addresses, stop);

        let wake = Arc::new(Notify::new());
        let (tell_balances, balances) = watch::channel(Vec::new());
        let mut backfilling = None;
        // A signer indexes only what it judges by.
        let judges_by_index = jobs::ALL.iter().any(|kind| kind.signer_indexes(&opened.record));
        if config.keeper.mode == Mode::Keeper || judges_by_index {
            backfilling = Some(self.start_indexer(&chain, &opened, stop));
        }
        if config.keeper.mode == Mode::Keeper {
            let manager = TxManager::new(
                Arc::clone(&chain),
                Arc::clone(&store),
                Arc::clone(&self.clock),
                self.keys.lanes.clone(),
                opened.config.fees.policy(chain.id()),
                Arc::clone(&wake),
            );
            stop.spawn(named("transactions"), {
                let (stop, token) = (stop.clone(), token.clone());
                async move {
                    if let Err(error) = manager.run(token).await {
                        stop.fail(Failure::message(Exit::Held, error.to_string()));
                    }
                }
            });
            stop.spawn(
                named("balances"),
                balances::follow(
                    Arc::clone(&chain),
                    Arc::clone(&store),
                    Arc::clone(&self.clock),
                    addresses.lanes.clone(),
                    tell_balances,
                    token.clone(),
                ),
            );
        }
        let (tell, gate) = watch::channel(Gates {
            chain: Some(Closed {
                by: ClosedBy::Unverified,
                why: "starting".into(),
            }),
            ..Gates::default()
        });
        let keeper = GateKeeper {
            chain: chain.id(),
            name: opened.config.name.clone(),
            store: Arc::clone(&store),
            verified,
            backfilling,
            tell,
        };
        stop.spawn(named("gate"), keeper.run(token));
        let bench = Bench {
            oracle,
            gate,
            wake,
            store,
            collector: Arc::clone(&self.collector),
            clock: Arc::clone(&self.clock),
            status: Arc::clone(&self.status),
        };
        ChainRuntime {
            site: Site {
                record: opened.record,
                bench,
            },
            balances,
        }
    }

    /// Starts the indexer; the channel says whether it is in backfill.
    fn start_indexer(&self, chain: &Arc<dyn Chain>, opened: &OpenedChain, stop: &Stop) -> watch::Receiver<bool> {
        let index: Arc<dyn IndexStore> = Arc::new(self.store.clone());
        let indexer = Indexer::new(index_config(opened), Arc::clone(chain), index);
        let mut progress = indexer.progress();
        let (tell, backfilling) = watch::channel(true);
        let token = stop.token.clone();
        stop.spawn(format!("indexer of {}", opened.config.name), {
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
}

impl Runtime {
    /// What the HTTP interface reads.
    #[must_use]
    pub fn parts(&self, config: &Config) -> Parts {
        let part = |chain: &ChainRuntime| ChainPart {
            oracle: Arc::clone(&chain.site.bench.oracle),
            gate: chain.site.bench.gate.clone(),
            balances: chain.balances.clone(),
        };
        Parts {
            name: config.keeper.name.clone(),
            mode: config.keeper.mode,
            store: Arc::new(self.store.clone()),
            chains: self.chains.iter().map(part).collect(),
            jobs: self.jobs.clone(),
            clock: Arc::clone(&self.clock),
        }
    }
}
