//! One script on a stage.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718 as _,
    hex,
    network::TxSignerSync as _,
    primitives::{B256, TxKind},
    providers::Provider as _,
};
use eyre::WrapErr as _;
use fluxion_keeper::boundary::{Boundary, Side};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{
    figures::Verdict,
    pump::BEAT,
    stage::{Engine, LEASE, PATIENCE, Stage},
};
use crate::{
    accounts, audit,
    process::State,
    proxy::Fault,
    scenario::{Fate, Step, Trouble, of_seed},
    trial::lane,
};

/// How long a boundary may take to come before the process is killed wherever it is.
const WAIT: Duration = Duration::from_secs(3);
/// Steps that a script is made of; fewer may be played of it.
const SCRIPT: usize = 40;
const GWEI: u128 = 1_000_000_000;

impl Stage {
    /// Plays the first `steps` of a seed's script, and judges.
    pub async fn play(&mut self, seed: u64, steps: usize) -> Verdict {
        let mut verdict = Verdict::default();
        let played = async {
            let (course, script) = of_seed(seed, SCRIPT)?;
            self.finality = course.finality;
            let script = &script[..steps.min(script.len())];
            let told = || format!("seed {seed}, final {} blocks down: {script:?}", course.finality);
            self.wake(&mut verdict).await.wrap_err_with(told)?;
            for step in script {
                let done = self.step(step, &mut verdict).await;
                done.and_then(|()| self.supervise(&mut verdict))
                    .wrap_err_with(|| format!("{step:?}"))
                    .wrap_err_with(told)?;
            }
            self.judge(&mut verdict).await.wrap_err_with(told)
        };
        if let Err(fault) = played.await {
            verdict.failures.push(format!("{fault:#}"));
        }
        verdict
    }

    async fn step(&mut self, step: &Step, verdict: &mut Verdict) -> eyre::Result<()> {
        match *step {
            // The job wants a price of each feed every second by itself.
            Step::Want { .. } => {}
            Step::Blocks(blocks) => self.pump.blocks(blocks).await,
            Step::Wait(tenths) => {
                self.pump.run(false);
                tokio::time::sleep(Duration::from_millis(u64::from(tenths) * 100)).await;
                self.pump.run(true);
            }
            Step::Trouble {
                everywhere,
                endpoint,
                what,
            } => {
                verdict.fault(&format!(
                    "{what:?} {}",
                    if everywhere { "everywhere" } else { "at one" }
                ));
                self.trouble(everywhere, endpoint, what).await?;
                self.pump.blocks(3).await;
            }
            Step::Heal => {
                for proxy in self.world.chains[0].proxies() {
                    proxy.heal();
                    proxy.accept_again().await?;
                }
            }
            Step::Reorg { depth, fate } => {
                *verdict.reorgs.entry(format!("{fate:?}")).or_default() += 1;
                self.reorg(depth, fate).await?;
            }
            Step::Evict => {
                verdict.fault("Evict");
                self.forget().await?;
            }
            Step::Kill { place, after } => self.kill(place, after, verdict).await?,
            Step::Freeze(blocks) => self.freeze(blocks, verdict).await?,
            Step::Database => {
                verdict.fault("Database");
                self.database().await?;
            }
            Step::Foreign => {
                verdict.fault("Foreign");
                self.foreign().await?;
            }
            Step::BaseFee(gwei) => {
                verdict.fault("BaseFee");
                self.pump.base_fee(gwei);
            }
        }
        Ok(())
    }

    async fn trouble(&self, everywhere: bool, endpoint: u8, what: Trouble) -> eyre::Result<()> {
        let chain = &self.world.chains[0];
        let head = chain.anvil.provider().get_block_number().await?;
        let fault = match what {
            Trouble::AnswerLost => Some(Fault::DropAnswers),
            Trouble::AnsweredByError => Some(Fault::AnswerStatus(500)),
            Trouble::Limit => Some(Fault::Status(429)),
            Trouble::Broken => Some(Fault::Status(500)),
            Trouble::Lag => Some(Fault::Lag(5)),
            Trouble::StaleHead => Some(Fault::StaleHead(head)),
            Trouble::OmitLogs => Some(Fault::OmitLogs),
            Trouble::TruncateLogs => Some(Fault::TruncateLogs),
            Trouble::WrongChain => Some(Fault::ChainId(5)),
            Trouble::Pruned => Some(Fault::Pruned),
            Trouble::Gone => None,
        };
        for (n, proxy) in chain.proxies().enumerate() {
            if everywhere || n == usize::from(endpoint) {
                match fault {
                    Some(fault) => proxy.set_fault(None, fault),
                    None => proxy.refuse().await,
                }
            }
        }
        Ok(())
    }

    /// Every node forgets what waits.
    async fn forget(&self) -> eyre::Result<()> {
        for mempool in &self.mempools {
            mempool.forget();
        }
        self.control("anvil_dropAllTransactions", json!([])).await
    }

    async fn control(&self, method: &'static str, parameters: Value) -> eyre::Result<()> {
        let node = self.world.chains[0].anvil.provider();
        let _: Value = node.raw_request(method.into(), parameters).await.wrap_err(method)?;
        Ok(())
    }

    async fn reorg(&self, depth: u8, fate: Fate) -> eyre::Result<()> {
        let _still = self.pump.still().await;
        let chain = &self.world.chains[0].anvil;
        let head = chain.provider().get_block_number().await?;
        let depth = u64::from(depth);
        let lost = audit::mined(chain, lane()?, head + 1 - depth).await?;
        let mut moved = Vec::new();
        match fate {
            // The mempools hand the node what left the chain.
            Fate::Return => {}
            Fate::Vanish => self.forget().await?,
            Fate::Move | Fate::AnotherWins => {
                for tx in &lost {
                    let other = fate == Fate::AnotherWins;
                    moved.extend(self.signed(tx.nonce, tx.hash, other).await?.map(|raw| (raw, depth - 1)));
                }
            }
        }
        chain.reorg_with(depth, &moved).await?;
        // A reorg sets the node's clock back to its first block; left so, prices would outlive their term unseen.
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        self.control("anvil_setTime", json!([now])).await
    }

    /// Signed bytes that the keeper stored for a nonce: those of a hash, or of another one where there is another.
    async fn signed(&self, nonce: u64, hash: B256, other: bool) -> eyre::Result<Option<Vec<u8>>> {
        let location = self.world.keeper.location();
        let Ok(attempts) = audit::attempts(&location, nonce).await else {
            // The database is being restarted: nothing moves then.
            return Ok(None);
        };
        let found = attempts.iter().rev().find(|(known, _)| (*known != hash) == other);
        let found = found.or_else(|| attempts.iter().find(|(known, _)| *known == hash));
        Ok(found.map(|(_, raw)| raw.clone()))
    }

    async fn kill(&mut self, place: u8, after: bool, verdict: &mut Verdict) -> eyre::Result<()> {
        let leader = self.leader(Duration::from_millis(1), verdict).await.unwrap_or_default();
        let boundaries: Vec<_> = Boundary::all()
            .filter(|(boundary, side)| {
                // A signature leaves only signer processes, and these are not killed.
                *boundary != Boundary::AttestationReply && (*side == Side::After) == after
            })
            .collect();
        // Half of them at a boundary, half wherever it is; a chosen boundary takes a start of its own.
        let boundary = boundaries.get(usize::from(place)).filter(|_| place.is_multiple_of(2));
        let Some(keeper) = self.keepers().nth(leader) else {
            return Ok(());
        };
        keeper.kill();
        verdict.kills += 1;
        let died = Instant::now();
        if let Some((boundary, side)) = boundary {
            keeper.set_env("FLUXION_STOP_AT", Some(&boundary.name(*side)));
            keeper.spawn()?;
            let stopped = keeper.process()?.wait_stop(WAIT).await.is_ok();
            keeper.kill();
            keeper.set_env("FLUXION_STOP_AT", None);
            verdict.at_boundary += u64::from(stopped);
            verdict.kills += 1;
        } else {
            tokio::time::sleep(Duration::from_millis(u64::from(place) * 20)).await;
        }
        keeper.spawn()?;
        if self.engine == Engine::Postgres && boundary.is_none() {
            self.taken_over(died, verdict).await?;
        }
        Ok(())
    }

    /// Measures how long it takes until somebody leads; in foul weather nobody can be ready, so nothing is measured.
    async fn taken_over(&mut self, since: Instant, verdict: &mut Verdict) -> eyre::Result<()> {
        if self.leader(LEASE * 4, verdict).await.is_ok() {
            verdict.takeovers_ms.push(u64::try_from(since.elapsed().as_millis())?);
        }
        Ok(())
    }

    async fn freeze(&mut self, blocks: u8, verdict: &mut Verdict) -> eyre::Result<()> {
        verdict.fault("Freeze");
        let leader = self.leader(Duration::from_millis(1), verdict).await.unwrap_or_default();
        let Some(keeper) = self.keepers().nth(leader) else {
            return Ok(());
        };
        let Ok(process) = keeper.process() else { return Ok(()) };
        process.signal(Signal::SIGSTOP)?;
        let since = Instant::now();
        self.pump.blocks(blocks).await;
        if self.engine == Engine::Postgres {
            let next = 1 - leader;
            let end = Instant::now() + LEASE * 4;
            let Some(other) = self.keepers().nth(next) else {
                return Ok(());
            };
            while Instant::now() < end {
                if other.wait_ready(Duration::ZERO).await.is_ok() {
                    verdict.takeovers_ms.push(u64::try_from(since.elapsed().as_millis())?);
                    break;
                }
                tokio::time::sleep(BEAT / 4).await;
            }
        }
        if let Some(keeper) = self.keepers().nth(leader) {
            keeper.process()?.signal(Signal::SIGCONT)?;
        }
        Ok(())
    }

    async fn database(&mut self) -> eyre::Result<()> {
        match &mut self.server {
            Some(server) => {
                server.crash()?;
                tokio::time::sleep(BEAT * 2).await;
                server.resume()
            }
            // A file has no server: its process ends in order and opens it again.
            None => {
                let keeper = &mut self.world.keeper;
                if keeper.process().is_ok_and(|process| !process.state().ended()) {
                    let end = keeper.process()?.terminate(PATIENCE).await?;
                    // In its first moments it does not listen for signals yet.
                    let ended = matches!(end, State::Exited(0) | State::Killed(Signal::SIGTERM));
                    eyre::ensure!(ended, "after SIGTERM it {end}");
                }
                keeper.spawn().map(drop)
            }
        }
    }

    /// A transfer with the lane's key, dear enough for the next block.
    async fn foreign(&mut self) -> eyre::Result<()> {
        let chain = &self.world.chains[0].anvil;
        let key = accounts::key(accounts::PRICES_LANE)?;
        let mut tx = TxEip1559 {
            chain_id: chain.chain_id(),
            nonce: chain.provider().get_transaction_count(key.address()).await?,
            gas_limit: 21_000,
            max_fee_per_gas: 5_000 * GWEI,
            max_priority_fee_per_gas: 2_000 * GWEI,
            to: TxKind::Call(key.address()),
            ..TxEip1559::default()
        };
        let signature = key.sign_transaction_sync(&mut tx)?;
        let signed = TxEnvelope::from(tx.into_signed(signature));
        self.foreign.insert(*signed.tx_hash());
        // Refused where its nonce was used meanwhile: then there is none.
        let raw = hex::encode_prefixed(signed.encoded_2718());
        let _ = self.control("eth_sendRawTransaction", json!([raw])).await;
        Ok(())
    }
}
