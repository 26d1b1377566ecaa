//! A real local chain: the anvil binary, started on a free port.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, U256},
    providers::{Provider, ProviderBuilder, RootProvider},
};
use eyre::{WrapErr, bail, eyre};
use serde_json::{Value, json};

use crate::{
    accounts,
    process::{Command, Process},
    project,
};

/// When a chain makes blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mining {
    /// One block every so many seconds.
    Every(u64),
    /// Only when told to by [`Anvil::mine`].
    Manual,
    /// One block for each transaction.
    Auto,
}

/// How a chain starts.
#[derive(Debug, Clone)]
pub struct AnvilOptions {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Where it listens; 0: on a free port.
    pub port: u16,
    /// When blocks are made.
    pub mining: Mining,
    /// A dump that the chain begins with.
    pub load_state: Option<PathBuf>,
    /// Where the chain leaves a dump when it is terminated.
    pub dump_state: Option<PathBuf>,
}

impl AnvilOptions {
    /// A block a second from genesis.
    pub fn new(chain_id: u64) -> Self {
        Self {
            chain_id,
            port: 0,
            mining: Mining::Every(1),
            load_state: None,
            dump_state: None,
        }
    }
}

/// Gas limit of a block where every transaction makes one: many deployments together.
const ROOMY_BLOCK: u64 = 200_000_000;

/// A running chain. Finalized is two blocks behind latest (one slot per epoch). It ends on drop.
#[derive(Debug)]
pub struct Anvil {
    process: Process,
    chain_id: u64,
    url: String,
    provider: RootProvider,
}

impl Anvil {
    /// Starts a chain and waits until it answers with its chain id.
    ///
    /// # Errors
    /// When the binary is missing, ends at once or does not answer within 15 seconds.
    pub async fn start(options: &AnvilOptions, logs: &Path) -> eyre::Result<Self> {
        let chain_id = options.chain_id;
        let mut arguments: Vec<String> = ["--host", "127.0.0.1", "--slots-in-an-epoch", "1"]
            .map(String::from)
            .to_vec();
        arguments.extend(["--port".to_owned(), options.port.to_string()]);
        arguments.extend(["--chain-id".to_owned(), chain_id.to_string()]);
        arguments.extend(["--accounts".to_owned(), accounts::COUNT.to_string()]);
        match options.mining {
            Mining::Every(seconds) => arguments.extend(["--block-time".to_owned(), seconds.to_string()]),
            Mining::Manual => arguments.push("--no-mining".to_owned()),
            // A transaction that no longer fits the block waits for the next one, which only a further transaction
            // makes: a deployment that is sent at once would hang.
            Mining::Auto => arguments.extend(["--gas-limit".to_owned(), ROOMY_BLOCK.to_string()]),
        }
        for (flag, path) in [
            ("--load-state", &options.load_state),
            ("--dump-state", &options.dump_state),
        ] {
            if let Some(path) = path {
                arguments.extend([flag.to_owned(), path.display().to_string()]);
            }
        }
        let name = format!("anvil-{chain_id}");
        let process = Command::new(&name, binary()?, logs).args(arguments).spawn()?;
        let address = listening(&process).await?;
        let url = format!("http://{address}");
        let provider = ProviderBuilder::default().connect_http(url.parse()?);
        let answered = provider
            .get_chain_id()
            .await
            .wrap_err_with(|| format!("{name} does not answer at {url}"))?;
        if answered != chain_id {
            bail!("{name} answers with chain id {answered}");
        }
        Ok(Self {
            process,
            chain_id,
            url,
            provider,
        })
    }

    /// Chain id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// JSON-RPC address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A plain provider: no fillers, no retries.
    pub fn provider(&self) -> &RootProvider {
        &self.provider
    }

    /// The process, to look at its state and log.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Makes `blocks` blocks now.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn mine(&self, blocks: u64) -> eyre::Result<()> {
        self.control("anvil_mine", json!([format!("{blocks:#x}")]))
            .await
            .map(drop)
    }

    /// Replaces the last `depth` blocks by empty ones. Their transactions do not return to the pool.
    ///
    /// # Errors
    /// When the chain does not answer or is shorter.
    pub async fn reorg(&self, depth: u64) -> eyre::Result<()> {
        self.control("anvil_reorg", json!([depth, []])).await.map(drop)
    }

    /// Replaces the last `depth` blocks and puts raw transactions into the new ones: pairs of the transaction and its
    /// block, counted from 0. An invalid transaction is dropped by anvil without a word: check the receipts.
    ///
    /// # Errors
    /// When the chain does not answer or is shorter.
    pub async fn reorg_with(&self, depth: u64, transactions: &[(Vec<u8>, u64)]) -> eyre::Result<()> {
        let pairs: Vec<Value> = transactions
            .iter()
            .map(|(raw, block)| json!([alloy::hex::encode_prefixed(raw), block]))
            .collect();
        self.control("anvil_reorg", json!([depth, pairs])).await.map(drop)
    }

    /// Removes the last `depth` blocks.
    ///
    /// # Errors
    /// When the chain does not answer or is shorter.
    pub async fn rollback(&self, depth: u64) -> eyre::Result<()> {
        self.control("anvil_rollback", json!([depth])).await.map(drop)
    }

    /// Sets a balance in wei.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn set_balance(&self, account: Address, wei: U256) -> eyre::Result<()> {
        self.control("anvil_setBalance", json!([account, wei])).await.map(drop)
    }

    /// Sets the base fee of the next block, in wei per gas.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn set_next_base_fee(&self, wei: u128) -> eyre::Result<()> {
        self.control("anvil_setNextBlockBaseFeePerGas", json!([format!("{wei:#x}")]))
            .await
            .map(drop)
    }

    /// Removes a transaction from the pool. Anvil does not say whether it was there.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn drop_transaction(&self, hash: B256) -> eyre::Result<()> {
        self.control("anvil_dropTransaction", json!([hash])).await.map(drop)
    }

    /// Switches one-block-per-transaction on or off.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn set_automine(&self, on: bool) -> eyre::Result<()> {
        self.control("evm_setAutomine", json!([on])).await.map(drop)
    }

    /// Makes a block every `seconds` from now on; 0 stops it.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn set_interval_mining(&self, seconds: u64) -> eyre::Result<()> {
        self.control("evm_setIntervalMining", json!([seconds])).await.map(drop)
    }

    /// Takes a snapshot of the state and returns its id.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn snapshot(&self) -> eyre::Result<Value> {
        self.control("evm_snapshot", json!([])).await
    }

    /// Goes back to a snapshot, which is used up by it.
    ///
    /// # Errors
    /// When the chain does not answer or does not know the snapshot.
    pub async fn revert(&self, snapshot: &Value) -> eyre::Result<()> {
        match self.control("evm_revert", json!([snapshot])).await? {
            Value::Bool(true) => Ok(()),
            _ => bail!("chain {} has no snapshot {snapshot}", self.chain_id),
        }
    }

    /// Ends the chain in an orderly way, so that it writes its dump.
    ///
    /// # Errors
    /// When it does not end within 20 seconds.
    pub async fn stop(self) -> eyre::Result<()> {
        self.process.terminate(Duration::from_secs(20)).await.map(drop)
    }

    async fn control(&self, method: &'static str, parameters: Value) -> eyre::Result<Value> {
        let answer: Result<Value, _> = self.provider.raw_request(method.into(), parameters).await;
        answer.wrap_err_with(|| format!("{method} failed on chain {}", self.chain_id))
    }
}

/// Path of the anvil binary itself: the script in `node_modules/.bin` leaves its child running when it is killed.
fn binary() -> eyre::Result<PathBuf> {
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    };
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let path = project::root()?.join(format!("node_modules/@foundry-rs/anvil-{os}-{arch}/bin/anvil"));
    if !path.is_file() {
        bail!(
            "the local chain's binary is missing ({}): run `make install`",
            path.display()
        );
    }
    Ok(path)
}

async fn listening(process: &Process) -> eyre::Result<String> {
    for _ in 0..1500 {
        let output = process.output();
        if let Some(line) = output.lines().find_map(|line| line.strip_prefix("Listening on ")) {
            // The line may be half written.
            if output.contains(&format!("{line}\n")) {
                return Ok(line.trim().to_owned());
            }
        }
        let state = process.state();
        if state.ended() {
            return Err(eyre!("{} {state}\n{}", process.name(), process.log_tail(20)));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(eyre!(
        "{} did not start to listen within 15 s\n{}",
        process.name(),
        process.log_tail(20)
    ))
}

#[cfg(test)]
mod tests;
