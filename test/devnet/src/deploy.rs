//! Deployments of the local networks: by the project's own deploy script, and kept for the next start.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::primitives::{B256, Keccak256, hex};
use eyre::{WrapErr, bail};

use crate::{
    accounts,
    anvil::{Anvil, AnvilOptions, Mining},
    pools,
    process::Command,
    project,
};

const LIMIT: Duration = Duration::from_secs(180);

/// A local network: the name of its file in `script/networks` and its chain id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Name of the network file.
    pub name: &'static str,
    /// Chain id.
    pub chain_id: u64,
}

/// The two local networks.
pub const NETWORKS: [Network; 2] = [
    Network {
        name: "local-a",
        chain_id: 31337,
    },
    Network {
        name: "local-b",
        chain_id: 31338,
    },
];

/// Runs the deploy script against a chain and leaves the deployment record at `record`.
///
/// # Errors
/// When the script fails or takes longer than three minutes; the end of its output is in the error.
pub async fn deploy(network: Network, url: &str, record: &Path, logs: &Path) -> eyre::Result<()> {
    let root = project::root()?;
    let script = root.join("script/deploy.mjs");
    let name = format!("deploy-{}", network.name);
    let command = Command::new(&name, "node", logs)
        .args([script.as_path()])
        .args(["--network", network.name, "--rpc-url", url, "--record"])
        .args([record])
        .env(
            "DEPLOYER_KEY",
            hex::encode_prefixed(accounts::secret(accounts::DEPLOYER)?),
        )
        .dir(&root);
    command
        .run(LIMIT)
        .await
        .wrap_err_with(|| format!("the deployment to {} failed", network.name))?;
    if !record.is_file() {
        bail!(
            "the deployment to {} left no record at {}",
            network.name,
            record.display()
        );
    }
    Ok(())
}

/// A chain with everything deployed, as files.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Dump for [`AnvilOptions::load_state`].
    pub state: PathBuf,
    /// Deployment record.
    pub record: PathBuf,
    /// What the set-up of the pools left.
    pub pools: PathBuf,
}

/// The prepared chain of a network, deployed now or by an earlier run from the same sources. Processes that ask at the
/// same time wait for each other.
///
/// # Errors
/// When the deployment fails.
pub async fn prepared(network: Network) -> eyre::Result<Prepared> {
    let cache = project::target()?.join("devnet");
    fs::create_dir_all(&cache)?;
    let key = hex::encode(&sources_hash()?[..8]);
    let folder = cache.join(format!("{}-{key}", network.name));
    let lock = File::create(cache.join(format!("{}.lock", network.name)))?;
    let _held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    let prepared = Prepared {
        state: folder.join("state.json"),
        record: folder.join("record.json"),
        pools: folder.join("pools.json"),
    };
    if folder.is_dir() {
        return Ok(prepared);
    }
    // Built beside and renamed, so that an interrupted run leaves nothing that looks complete.
    let building = tempfile::tempdir_in(&cache)?;
    let options = AnvilOptions {
        mining: Mining::Auto,
        dump_state: Some(building.path().join("state.json")),
        ..AnvilOptions::new(network.chain_id)
    };
    let anvil = Anvil::start(&options, building.path()).await?;
    let record = building.path().join("record.json");
    deploy(network, anvil.url(), &record, building.path()).await?;
    let pools = pools::set_up(&anvil, &record).await?;
    pools.store(&building.path().join("pools.json"))?;
    // A reader needs the deployment final: two blocks more.
    anvil.mine(3).await?;
    anvil.stop().await?;
    fs::rename(building.keep(), &folder)?;
    Ok(prepared)
}

/// Hash of everything that decides what a deployment looks like.
fn sources_hash() -> eyre::Result<B256> {
    let root = project::root()?;
    let mut hasher = Keccak256::new();
    for file in ["foundry.toml", "package-lock.json"] {
        hash_file(&root.join(file), &mut hasher)?;
    }
    for folder in ["contracts", "script"] {
        hash_folder(&root.join(folder), &mut hasher)?;
    }
    for source in pools::SOURCES {
        hasher.update(source.len().to_be_bytes());
        hasher.update(source);
    }
    Ok(hasher.finalize())
}

fn hash_folder(folder: &Path, hasher: &mut Keccak256) -> eyre::Result<()> {
    let entries = fs::read_dir(folder).wrap_err_with(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_folder(&path, hasher)?
        } else {
            hash_file(&path, hasher)?
        }
    }
    Ok(())
}

fn hash_file(path: &Path, hasher: &mut Keccak256) -> eyre::Result<()> {
    let content = fs::read(path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
    hasher.update(path.as_os_str().as_encoded_bytes());
    hasher.update(content.len().to_be_bytes());
    hasher.update(&content);
    Ok(())
}
