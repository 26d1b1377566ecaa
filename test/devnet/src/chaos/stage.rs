//! Where seeds are played: a node, three endpoints, and the processes on one database.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use eyre::{WrapErr, bail};
use fluxion_postgres::Server;

use super::{figures::Verdict, pump::Pump};
use crate::{
    World,
    anvil::Mining,
    audit,
    keeper::{Finality, Keeper},
    process::State,
    proxy::{Client, Mempool},
    scenario::DEEPEST,
    sources::{Exchange, Fault as SourceFault, Feed},
    trial::{FEEDS, lane},
};

/// How long a lease lasts here.
pub(super) const LEASE: Duration = Duration::from_secs(1);
/// How often the sources may speak again at the end, until the last report of every feed is made.
const ROUNDS: u32 = 5;
/// Longest that anything may take once the weather is fine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What the keeper's database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, and one process.
    Sqlite,
    /// A server, and two replicas.
    Postgres,
}

/// A running stage.
pub struct Stage {
    /// The database.
    pub engine: Engine,
    pub(super) world: World,
    pub(super) other: Option<Keeper>,
    pub(super) server: Option<Server>,
    pub(super) pump: Pump,
    /// Blocks below the head that are not final, in this seed.
    pub(super) finality: u16,
    pub(super) mempools: Vec<Arc<Mempool>>,
    /// Hashes of the transactions that somebody else sent with the lane's key.
    pub(super) foreign: BTreeSet<alloy::primitives::B256>,
    /// Counts of the audit after the seed before.
    before: (usize, usize, usize),
    /// Highest intent that a seed before planned.
    judged: i64,
}

impl Stage {
    /// Starts everything but the keepers.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn set(engine: Engine) -> eyre::Result<Self> {
        let mut world = World::builder()
            .chains(1)
            .feeds(&FEEDS)
            .mining(Mining::Manual)
            .endpoints(Client::ALL.len())
            .prepare()
            .await?;
        let mut mempools = Vec::new();
        for (proxy, client) in world.chains[0].proxies().zip(Client::ALL) {
            let mempool = Mempool::start(world.chains[0].anvil.url(), client)?;
            proxy.add_rule(Arc::new(Arc::clone(&mempool)));
            mempools.push(mempool);
        }
        let pump = Pump::start(world.chains[0].anvil.url())?;
        // A node has no states from before the dump that it began with: a reorg down there would fail.
        pump.blocks(DEEPEST.saturating_add(2)).await;
        let config = &mut world.keeper.config;
        config.job.update_prices.interval_ms = 250;
        for feed in &mut config.feed {
            feed.heartbeat_s = 1;
            feed.valid_for_s = 8;
        }
        for chain in &mut config.chain {
            chain.fees.bump_after_s = 1;
            chain.poll_ms = 100;
        }
        let (mut server, mut other) = (None, None);
        if engine == Engine::Postgres {
            let started = Server::start()?;
            world.keeper.share(&started.url(), LEASE);
            let mut config = world.keeper.config.clone();
            config.keeper.name = "replica".into();
            config.keeper.data_dir = world.folder().join("replica/data");
            let mut replica = Keeper::prepare(world.folder(), config)?;
            replica.share(&started.url(), LEASE);
            (server, other) = (Some(started), Some(replica));
        }
        Ok(Self {
            engine,
            world,
            other,
            server,
            pump,
            finality: 0,
            mempools,
            foreign: BTreeSet::new(),
            before: (0, 0, 0),
            judged: 0,
        })
    }

    /// Copies logs and databases for whoever looks into a failure.
    pub(super) fn keep(self, to: &Path) {
        let _ = fs::remove_dir_all(to);
        let _ = std::process::Command::new("cp")
            .arg("-r")
            .arg(self.world.folder())
            .arg(to)
            .status();
    }

    pub(super) fn keepers(&mut self) -> impl Iterator<Item = &mut Keeper> {
        std::iter::once(&mut self.world.keeper).chain(self.other.as_mut())
    }

    /// Starts again what ended by itself, as a service manager does.
    ///
    /// # Errors
    /// When a process ended for no reason that it may end for.
    pub(super) fn supervise(&mut self, verdict: &mut Verdict) -> eyre::Result<()> {
        for keeper in self.keepers() {
            let Ok(process) = keeper.process() else { continue };
            match process.state() {
                State::Running | State::Stopped => {}
                // Something outside was wrong, or the lease went to the other one; the message says so.
                end @ State::Exited(1 | 3 | 4 | 5) => {
                    *verdict.ended_by_themselves.entry(end.to_string()).or_default() += 1;
                    keeper.spawn()?;
                }
                end => bail!("{} {end}\n{}", keeper.name(), process.log_tail(30)),
            }
        }
        Ok(())
    }

    /// Waits until a keeper serves HTTP: in its first moments it does not listen for signals yet. One that lost its
    /// lease may take seconds to end, and is started again then.
    ///
    /// # Errors
    /// When it does not within [`PATIENCE`], or ends as none may.
    async fn up(&mut self, place: usize, verdict: &mut Verdict) -> eyre::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.supervise(verdict)?;
            let Some(keeper) = self.keepers().nth(place) else {
                return Ok(());
            };
            match keeper.wait_up(PATIENCE).await {
                Err(why) if Instant::now() > end || !keeper.process()?.state().ended() => return Err(why),
                Err(_) => {}
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Waits until one of the keepers leads and says that it is ready; gives its place among [`Self::keepers`].
    ///
    /// # Errors
    /// When none does within `limit`, or one ends as none may.
    pub(super) async fn leader(&mut self, limit: Duration, verdict: &mut Verdict) -> eyre::Result<usize> {
        let end = Instant::now() + limit;
        loop {
            self.supervise(verdict)?;
            let mut said = String::new();
            for (place, keeper) in self.keepers().enumerate() {
                if keeper.url("").is_err() {
                    let _ = keeper.wait_up(Duration::from_millis(200)).await;
                }
                match keeper.wait_ready(Duration::ZERO).await {
                    Ok(()) => return Ok(place),
                    Err(why) => said = why.to_string(),
                }
            }
            if Instant::now() > end {
                bail!("no keeper is ready: {said}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Endpoints, fees and blocks as they should be.
    ///
    /// # Errors
    /// When an endpoint's port was taken meanwhile.
    pub(super) async fn fine_weather(&self) -> eyre::Result<()> {
        for proxy in self.world.chains[0].proxies() {
            proxy.heal();
            proxy.accept_again().await?;
        }
        self.pump.base_fee(1);
        self.pump.run(true);
        Ok(())
    }

    /// Latest round of a feed; none reads as zero.
    async fn round(&self, feed: Feed) -> eyre::Result<u64> {
        let round = self.world.chains[0].feed(feed)?.latestRoundData().call().await;
        Ok(round.map_or(0, |round| round.roundId.to::<u64>()))
    }

    /// Makes the sources speak, and everything run.
    ///
    /// # Errors
    /// When a keeper does not start.
    pub(super) async fn wake(&mut self, verdict: &mut Verdict) -> eyre::Result<()> {
        for exchange in Exchange::ALL {
            self.world.sources.heal(exchange);
        }
        self.fine_weather().await?;
        // What was final in the seed before is below any reorg of this one.
        self.pump.burst(u16::from(DEEPEST).saturating_add(2)).await;
        let blocks = self.finality.into();
        for keeper in self.keepers() {
            for chain in &mut keeper.config.chain {
                chain.finality = Finality::Depth { blocks };
            }
            keeper.set_env("FLUXION_STOP_AT", None);
            keeper.start().await?;
        }
        self.leader(PATIENCE, verdict).await.map(drop)
    }

    /// A further round of every feed.
    ///
    /// # Errors
    /// When one does not come within [`PATIENCE`].
    async fn rounds(&mut self, verdict: &mut Verdict) -> eyre::Result<()> {
        let end = Instant::now() + PATIENCE;
        for feed in FEEDS {
            let before = self.round(feed).await?;
            while self.round(feed).await? <= before {
                self.supervise(verdict)?;
                if Instant::now() > end {
                    let log = self.world.keeper.process()?.log_tail(30);
                    bail!("no round of {} within {PATIENCE:?} of fine weather\n{log}", feed.id());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// In fine weather work goes on; then the sources fall silent, everything comes to its end, and chain, database and
    /// a fresh resync have to say the same.
    ///
    /// # Errors
    /// When they do not, or something hangs.
    pub(super) async fn judge(&mut self, verdict: &mut Verdict) -> eyre::Result<()> {
        self.fine_weather().await?;
        self.leader(PATIENCE, verdict).await?;
        let location = self.world.keeper.location();
        for turn in 1..=ROUNDS {
            self.rounds(verdict).await?;
            for exchange in Exchange::ALL {
                self.world.sources.set_fault(exchange, None, SourceFault::Error);
            }
            tokio::select! {
                rested = audit::come_to_rest(&location, PATIENCE) => rested?,
                () = self.pump.bursts(self.finality) => {}
            }
            self.judged = figures(&location, self.judged, verdict).await?;
            if verdict.lost == 0 || turn == ROUNDS {
                break;
            }
            // The last report before the silence came too early for its feed, which takes one a block: a fresher one
            // has to stand for it.
            for exchange in Exchange::ALL {
                self.world.sources.heal(exchange);
            }
        }
        for place in 0..self.keepers().count() {
            self.up(place, verdict).await?;
            let Some(keeper) = self.keepers().nth(place) else {
                continue;
            };
            let text = keeper.process()?.output();
            if let Some(line) = text.lines().find(|line| line.contains("panicked at")) {
                bail!("{} panicked: {line}", keeper.name());
            }
            keeper.terminate(Duration::from_secs(10)).await?;
        }

        let chain = &self.world.chains[0].anvil;
        let mined = audit::mined(chain, lane()?, 0).await?;
        let report = audit::audit_mined(&location, chain.chain_id(), lane()?, &mined).await?;
        let strangers = mined.iter().filter(|tx| self.foreign.contains(&tx.hash)).count();
        verdict.duplicated += report.duplicated.len() as u64;
        verdict.orphan_slots += report.orphans.len() as u64;
        let (wanted, done, reverted) = self.before;
        verdict.effects_wanted += (report.effects_wanted - wanted) as u64;
        verdict.effects_done += (report.effects_done - done) as u64;
        verdict.reverted += (report.reverted - reverted) as u64;
        self.before = (report.effects_wanted, report.effects_done, report.reverted);
        report.ensure_clean(strangers)?;
        if verdict.lost > 0 {
            bail!("{} effects are lost", verdict.lost);
        }

        let text = self.world.keeper.command(&["resync", "--json"], PATIENCE).await?;
        let found: serde_json::Value = serde_json::from_str(&text).wrap_err_with(|| text.clone())?;
        if !found["swapped"].is_null() || found["difference"]["rows"] == 0 {
            bail!("the index is not that of a fresh resync: {found}");
        }
        Ok(())
    }
}

/// Reads what became of each intent after `from`, and gives the last.
async fn figures(
    location: &fluxion_keeper::store::sql::Location,
    from: i64,
    verdict: &mut Verdict,
) -> eyre::Result<i64> {
    let rows = audit::rows(
        location,
        "SELECT CAST(id AS TEXT) || ' ' || topic || ' ' || effect || ' ' || state || ' ' || coalesce(result, '-') || ' ' ||
         CAST(coalesce(included_at_ms - planned_at_ms, -1) AS TEXT) || ' ' ||
         CAST(coalesce(ended_at_ms - planned_at_ms, -1) AS TEXT) FROM intents ORDER BY id",
    )
    .await?;
    let mut last = from;
    let mut wanted: Vec<(String, u64, bool)> = Vec::new();
    for row in &rows {
        let words: Vec<&str> = row.split(' ').collect();
        let [id, topic, effect, state, result, included, ended] = words[..] else {
            bail!("an intent with a space in its name: {row}");
        };
        let id: i64 = id.parse()?;
        last = last.max(id);
        let made = state == "final" && (result == "ok" || result == "foreign");
        // An effect's last part is the time that it is about: a later one stands for it.
        let about = effect.rsplit('/').next().unwrap_or_default().parse()?;
        wanted.push((topic.to_owned(), about, made));
        if id > from && state == "final" && result == "ok" {
            verdict.to_included_ms.extend(included.parse::<u64>().ok());
            verdict.to_final_ms.extend(ended.parse::<u64>().ok());
        }
    }
    let outlived = |topic: &str, about: u64| wanted.iter().any(|(t, a, made)| *made && t == topic && *a >= about);
    let lost = wanted.iter().filter(|(topic, about, _)| !outlived(topic, *about));
    verdict.lost = lost.count() as u64;
    Ok(last)
}
