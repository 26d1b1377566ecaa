//! The whole local world: chains with the contracts on them, price sources, the keeper and its signers.

mod chain;
mod config;
mod folder;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use eyre::{OptionExt, WrapErr};
use fluxion_abi::Deployment;
use futures::future::try_join_all;

pub use chain::Chain;
use folder::Folder;

use crate::{
    accounts,
    anvil::{Anvil, AnvilOptions, Mining},
    deploy::{self, NETWORKS, Network},
    keeper::{Keeper, Lane, PASSPHRASE_ENV, write_keystore},
    pools::{self, LocalPools},
    proxy::Proxy,
    sources::{Feed, Sources},
};

/// What a world is made of. The default is that of the demo, from a kept deployment.
pub struct WorldBuilder {
    chains: usize,
    mining: Mining,
    proxied: bool,
    endpoints: usize,
    fresh: bool,
    signers: usize,
    speed_percent: i64,
    feeds: Vec<Feed>,
    reputation: bool,
    signers_apart: bool,
    kept: Option<PathBuf>,
    fixed_ports: bool,
    progress: Box<dyn Fn(&str) + Send + Sync>,
}

/// Ports of a world that is told to have fixed ones: of the first chain (the next one has the next port) and of the
/// keeper.
const FIXED_PORTS: (u16, u16) = (8545, 8550);

impl Default for WorldBuilder {
    fn default() -> Self {
        Self {
            chains: NETWORKS.len(),
            mining: Mining::Every(1),
            proxied: false,
            endpoints: 1,
            fresh: false,
            signers: 2,
            speed_percent: 100,
            feeds: Feed::ALL.to_vec(),
            reputation: false,
            signers_apart: false,
            kept: None,
            fixed_ports: false,
            progress: Box::new(|_| {}),
        }
    }
}

impl WorldBuilder {
    /// One chain or two.
    pub fn chains(mut self, chains: usize) -> Self {
        self.chains = chains;
        self
    }

    /// When blocks are made.
    pub fn mining(mut self, mining: Mining) -> Self {
        self.mining = mining;
        self
    }

    /// Puts a proxy between the keeper and every chain.
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// Puts this many endpoints before every chain, each with a proxy of its own; reads are by a majority of them.
    pub fn endpoints(mut self, endpoints: usize) -> Self {
        (self.proxied, self.endpoints) = (true, endpoints);
        self
    }

    /// Deploys now instead of starting from a kept state.
    pub fn fresh_deployment(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Number of signer processes besides the keeper (at most 2: the local signer set has 3 members).
    pub fn signers(mut self, signers: usize) -> Self {
        self.signers = signers;
        self
    }

    /// Pace of the recorded prices; 100 is that of the demo.
    pub fn speed_percent(mut self, speed: i64) -> Self {
        self.speed_percent = speed;
        self
    }

    /// The feeds that are kept.
    pub fn feeds(mut self, feeds: &[Feed]) -> Self {
        self.feeds = feeds.to_vec();
        self
    }

    /// Keeper and signers compute scores of skill wallets, and report them.
    pub fn reputation(mut self) -> Self {
        self.reputation = true;
        self
    }

    /// Signers ask the nodes themselves: what passes the proxies is the keeper's alone.
    pub fn signers_apart(mut self) -> Self {
        self.signers_apart = true;
        self
    }

    /// Writes everything into this folder, which is emptied first and stays when the world has ended.
    pub fn kept_in(mut self, folder: PathBuf) -> Self {
        self.kept = Some(folder);
        self
    }

    /// Gives the chains the ports from 8545 on, and the keeper's API port 8550.
    pub fn fixed_ports(mut self) -> Self {
        self.fixed_ports = true;
        self
    }

    /// Called with a line for people whenever something starts.
    pub fn progress(mut self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.progress = Box::new(report);
        self
    }

    /// Starts chains and sources and the signers, and prepares the keeper without starting it.
    ///
    /// # Errors
    /// When any part does not start; what already runs is ended.
    pub async fn prepare(self) -> eyre::Result<World> {
        let folder = Folder::new(self.kept.clone())?;
        let networks = (0_u16..).zip(NETWORKS.iter().take(self.chains));
        let starts = networks.map(|(index, network)| {
            let port = if self.fixed_ports { FIXED_PORTS.0 + index } else { 0 };
            self.start_chain(*network, port, folder.path())
        });
        let chains = try_join_all(starts).await?;
        let sources = Sources::start(self.speed_percent).await?;
        for report in sources.report() {
            (self.progress)(&format!("price source {} answers with recorded prices", report.name));
        }
        let mut signers = Vec::new();
        for index in 1..=self.signers {
            let config = self.config(&format!("signer-{index}"), "signer", folder.path(), &chains, &sources)?;
            let mut signer = Keeper::prepare(folder.path(), config)?;
            let account = accounts::FIRST_SIGNER + index;
            signer.config.attestation.keystores = vec![signer.keystore(account, "attestation.json")?];
            signer.spawn()?;
            signers.push(signer);
        }
        for signer in &mut signers {
            signer.wait_up(Duration::from_secs(30)).await?;
            (self.progress)(&format!(
                "{} holds one attestation key at {}",
                signer.name(),
                signer.door()?
            ));
        }
        let mut config = self.config("keeper", "keeper", folder.path(), &chains, &sources)?;
        if self.fixed_ports {
            config.api.listen = format!("127.0.0.1:{}", FIXED_PORTS.1);
        }
        config.attestation.peers = signers.iter().map(Keeper::door).collect::<Result<_, _>>()?;
        let mut keeper = Keeper::prepare(folder.path(), config)?;
        keeper.config.attestation.keystores = vec![keeper.keystore(accounts::FIRST_SIGNER, "attestation.json")?];
        for (name, account) in [
            ("prices", accounts::PRICES_LANE),
            ("liquidations", accounts::LIQUIDATIONS_LANE),
            ("irreversible", accounts::IRREVERSIBLE_LANE),
        ] {
            let keystore = write_keystore(keeper.folder(), account, &format!("{name}.json"))?;
            keeper.config.lane.push(Lane {
                name,
                keystore,
                passphrase_env: PASSPHRASE_ENV,
            });
        }
        Ok(World {
            keeper,
            signers,
            sources,
            chains,
            folder,
        })
    }

    /// Starts everything and waits until the keeper serves HTTP.
    ///
    /// # Errors
    /// As [`Self::prepare`], and when the keeper does not start.
    pub async fn start(self) -> eyre::Result<World> {
        let report = "keeper (SQLite) indexes, decides, signs and sends";
        let progress = std::sync::Arc::new(self.progress);
        let quiet = std::sync::Arc::clone(&progress);
        let builder = Self {
            progress: Box::new(move |line| quiet(line)),
            ..self
        };
        let mut world = builder.prepare().await?;
        world.keeper.start().await?;
        progress(&format!("{report}, HTTP at {}", world.keeper.url("")?));
        Ok(world)
    }

    async fn start_chain(&self, network: Network, port: u16, folder: &Path) -> eyre::Result<Chain> {
        let options = AnvilOptions {
            port,
            ..AnvilOptions::new(network.chain_id)
        };
        let record = folder.join(format!("{}.json", network.chain_id));
        let pools;
        let anvil = if self.fresh {
            // Deploying is many transactions after each other: a block for each, and the wanted pace afterwards.
            let anvil = Anvil::start(
                &AnvilOptions {
                    mining: Mining::Auto,
                    ..options
                },
                folder,
            )
            .await?;
            (self.progress)(&format!(
                "{} is a local chain (id {}) at {}",
                network.name,
                network.chain_id,
                anvil.url()
            ));
            deploy::deploy(network, anvil.url(), &record, folder).await?;
            (self.progress)(&format!(
                "{} has the contracts, deployed by script/deploy.mjs and verified",
                network.name
            ));
            pools = pools::set_up(&anvil, &record).await?;
            anvil.mine(3).await?;
            if self.mining != Mining::Auto {
                anvil.set_automine(false).await?;
            }
            if let Mining::Every(seconds) = self.mining {
                anvil.set_interval_mining(seconds).await?;
            }
            let names: Vec<&str> = pools.pools.iter().map(|pool| pool.name.as_str()).collect();
            (self.progress)(&format!("{} has the pools {}", network.name, names.join(" and ")));
            anvil
        } else {
            let kept = deploy::prepared(network).await?;
            let options = AnvilOptions {
                mining: self.mining,
                load_state: Some(kept.state),
                ..options
            };
            let anvil = Anvil::start(&options, folder).await?;
            (self.progress)(&format!(
                "{} is a local chain (id {}) at {}",
                network.name,
                network.chain_id,
                anvil.url()
            ));
            // A copy of its own, so that a test may bend it.
            std::fs::copy(&kept.record, &record)?;
            pools = LocalPools::load(&kept.pools)?;
            anvil
        };
        let proxy = if self.proxied {
            Some(Proxy::start(anvil.url()).await?)
        } else {
            None
        };
        let others = try_join_all((1..self.endpoints).map(|_| Proxy::start(anvil.url()))).await?;
        let deployment = Deployment::load(&record).wrap_err("the deployment record cannot be used")?;
        Ok(Chain {
            name: network.name,
            anvil,
            proxy,
            others,
            deployment,
            record,
            pools,
        })
    }
}

/// A running world. Everything in it ends when it is dropped, processes first, their folder last.
pub struct World {
    /// The keeper that transmits.
    pub keeper: Keeper,
    /// The other holders of attestation keys.
    pub signers: Vec<Keeper>,
    /// Where prices come from.
    pub sources: Sources,
    /// The chains.
    pub chains: Vec<Chain>,
    folder: Folder,
}

impl World {
    /// The world of the demo from a kept deployment; methods of the builder change it.
    pub fn builder() -> WorldBuilder {
        WorldBuilder::default()
    }

    /// The folder with everything that the world writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A chain by the name of its network.
    ///
    /// # Errors
    /// When the world has no such chain.
    pub fn chain(&self, name: &str) -> eyre::Result<&Chain> {
        self.chains
            .iter()
            .find(|chain| chain.name == name)
            .ok_or_eyre("the world has no such chain")
    }

    /// Ends keeper and signers by SIGTERM.
    ///
    /// # Errors
    /// When one does not end with code 0 within 10 seconds.
    pub async fn stop(&mut self) -> eyre::Result<()> {
        let grace = Duration::from_secs(10);
        self.keeper.terminate(grace).await?;
        try_join_all(self.signers.iter_mut().map(|signer| signer.terminate(grace)))
            .await
            .map(drop)
    }
}
