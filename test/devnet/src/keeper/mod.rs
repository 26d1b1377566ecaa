//! Keeper and signer processes: the real binary, with its own folder, configuration and keystores.

mod config;
mod metrics;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use eyre::{WrapErr, bail, eyre};
use fluxion_keeper::store::sql::Location;
use serde_json::Value;

pub use self::config::{
    Api, Attestation, ChainEntry, FeedEntry, Fees, Finality, Identity, Jobs, KeeperConfig, Lane, Log, PASSPHRASE_ENV,
    SourceEntry, StoreEntry, UpdatePrices, UpdateReputation,
};
pub use self::metrics::Metrics;
use crate::{
    accounts,
    process::{Command, Process, State},
    project,
};

/// Variable with the connection string of replicas.
const POSTGRES_ENV: &str = "FLUXION_POSTGRES_URL";

/// Guards nothing of worth: the keys behind it are public.
const PASSPHRASE: &str = "local networks only";

/// One keeper or signer, which can be ended and started again on the same data.
#[derive(Debug)]
pub struct Keeper {
    name: String,
    folder: PathBuf,
    /// Written to the file at every start.
    pub config: KeeperConfig,
    environment: Vec<(String, String)>,
    process: Option<Process>,
    address: Option<String>,
    client: reqwest::Client,
}

impl Keeper {
    /// Prepares a process in `<world>/<name>`; its name is that of the configuration. Nothing runs yet.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn prepare(world: &Path, config: KeeperConfig) -> eyre::Result<Self> {
        let name = config.keeper.name.clone();
        let folder = world.join(&name);
        fs::create_dir_all(&folder).wrap_err_with(|| format!("cannot make {}", folder.display()))?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            name,
            folder,
            config,
            environment: Vec::new(),
            process: None,
            address: None,
            client,
        })
    }

    /// Sets an environment variable for the next starts; None takes it away.
    pub fn set_env(&mut self, key: &str, value: Option<&str>) {
        self.environment.retain(|(known, _)| known != key);
        self.environment
            .extend(value.map(|value| (key.to_owned(), value.to_owned())));
    }

    /// Writes the configuration and starts the process, without waiting for it.
    ///
    /// # Errors
    /// When the binary was not built or cannot be started, or it runs already.
    pub fn spawn(&mut self) -> eyre::Result<&Process> {
        if self.process.as_ref().is_some_and(|process| !process.state().ended()) {
            bail!("{} runs already", self.name);
        }
        // An address left by an earlier run would be taken for this one's.
        let _ = fs::remove_file(self.address_file());
        self.write_config()?;
        let mut command = Command::new(&self.name, project::binary("fluxion-keeper")?, &self.folder)
            .args(["run", "--config"])
            .args([self.config_file()])
            .env(PASSPHRASE_ENV, PASSPHRASE)
            .dir(&self.folder);
        for (key, value) in &self.environment {
            command = command.env(key, value);
        }
        self.process = None;
        Ok(self.process.insert(command.spawn()?))
    }

    /// Waits until the process serves HTTP, and keeps its port for later starts.
    ///
    /// # Errors
    /// When it ends instead, or is not up within `limit`.
    pub async fn wait_up(&mut self, limit: Duration) -> eyre::Result<()> {
        let end = Instant::now() + limit;
        loop {
            let process = self.process()?;
            let state = process.state();
            if state.ended() {
                bail!("{} {state}\n{}", self.name, process.log_tail(30));
            }
            if let Some(address) = fs::read_to_string(self.address_file())
                .ok()
                .filter(|a| !a.trim().is_empty())
            {
                let address = address.trim().to_owned();
                if self.client.get(format!("http://{address}/health")).send().await.is_ok() && self.door_is_open() {
                    if let Ok(door) = self.door() {
                        self.config.attestation.listen = door.trim_start_matches("http://").to_owned();
                    }
                    self.config.api.listen = address.clone();
                    self.address = Some(address);
                    return Ok(());
                }
            }
            if Instant::now() > end {
                bail!(
                    "{} does not answer within {limit:?}\n{}",
                    self.name,
                    process.log_tail(30)
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until `/ready` says yes.
    ///
    /// # Errors
    /// When it ends instead, or is not ready within `limit`; what `/ready` said is in the error.
    pub async fn wait_ready(&self, limit: Duration) -> eyre::Result<()> {
        let end = Instant::now() + limit;
        loop {
            let state = self.process()?.state();
            let answer = self.client.get(self.url("/ready")?).send().await;
            let said = match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            if state.ended() || Instant::now() > end {
                bail!(
                    "{} {state} and is not ready: {said}\n{}",
                    self.name,
                    self.process()?.log_tail(30)
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Spawns and waits until HTTP is served.
    ///
    /// # Errors
    /// As [`Self::spawn`] and [`Self::wait_up`].
    pub async fn start(&mut self) -> eyre::Result<()> {
        self.spawn()?;
        self.wait_up(Duration::from_secs(30)).await
    }

    /// Kills the process by SIGKILL and waits for its end; the data stay.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Ends the process by SIGTERM.
    ///
    /// # Errors
    /// When it does not end with code 0 within `grace`.
    pub async fn terminate(&mut self, grace: Duration) -> eyre::Result<()> {
        let Some(process) = self.process.take() else {
            return Ok(());
        };
        match process.terminate(grace).await? {
            State::Exited(0) => Ok(()),
            end => Err(eyre!("{} {end} after SIGTERM\n{}", self.name, process.log_tail(30))),
        }
    }

    /// The running process.
    ///
    /// # Errors
    /// When it was never started, or ended on order.
    pub fn process(&self) -> eyre::Result<&Process> {
        self.process
            .as_ref()
            .ok_or_else(|| eyre!("{} was not started", self.name))
    }

    /// Name of the process.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Folder with configuration, keystores and log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Folder with the database.
    pub fn data_dir(&self) -> &Path {
        &self.config.keeper.data_dir
    }

    /// Where its database is.
    pub fn location(&self) -> Location {
        let Some(store) = &self.config.store else {
            return Location::Sqlite(self.data_dir().to_owned());
        };
        let url = self.environment.iter().find(|(key, _)| key == store.postgres_url_env);
        Location::Postgres {
            url: url.map(|(_, url)| url.clone()).unwrap_or_default(),
            lease: Duration::from_millis(store.lease_ms),
        }
    }

    /// Shares a PostgreSQL database with other replicas from the next start on.
    pub fn share(&mut self, url: &str, lease: Duration) {
        self.config.store = Some(StoreEntry {
            postgres_url_env: POSTGRES_ENV,
            lease_ms: u64::try_from(lease.as_millis()).unwrap_or(u64::MAX),
        });
        self.set_env(POSTGRES_ENV, Some(url));
    }

    /// Writes the configuration file, as every start does: for commands of a keeper that was never started.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_config(&self) -> eyre::Result<()> {
        Ok(fs::write(self.config_file(), toml::to_string(&self.config)?)?)
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.folder.join("keeper.toml")
    }

    /// Runs another command of the keeper's program on this configuration, e.g. `["status"]`, and returns its output.
    ///
    /// # Errors
    /// When it fails or takes longer than `limit`.
    pub async fn command(&self, arguments: &[&str], limit: Duration) -> eyre::Result<String> {
        let mut command = Command::new(
            &format!("{}-command", self.name),
            project::binary("fluxion-keeper")?,
            &self.folder,
        )
        .args(arguments)
        .args(["--config"])
        .args([self.config_file()])
        .env(PASSPHRASE_ENV, PASSPHRASE);
        for (key, value) in &self.environment {
            command = command.env(key, value);
        }
        let process = command.spawn()?;
        match process.wait_end(limit).await? {
            State::Exited(0) => Ok(process.output()),
            end => Err(eyre!("fluxion-keeper {arguments:?} {end}\n{}", process.log_tail(30))),
        }
    }

    /// Address of an HTTP path.
    ///
    /// # Errors
    /// When the process was never up.
    pub fn url(&self, path: &str) -> eyre::Result<String> {
        let address = self
            .address
            .as_ref()
            .ok_or_else(|| eyre!("{} was never up", self.name))?;
        Ok(format!("http://{address}{path}"))
    }

    /// Where signatures are asked for.
    ///
    /// # Errors
    /// When the process was never up.
    pub fn door(&self) -> eyre::Result<String> {
        let address = fs::read_to_string(self.data_dir().join("attestation.addr"));
        let address = address.wrap_err_with(|| format!("{} never listened for requests", self.name))?;
        Ok(format!("http://{}", address.trim()))
    }

    /// The samples of `/metrics`: each with its name and labels as they are written there.
    ///
    /// # Errors
    /// When it does not answer with metrics.
    pub async fn metrics(&self) -> eyre::Result<Metrics> {
        let answer = self.client.get(self.url("/metrics")?).send().await?;
        Metrics::read(&answer.error_for_status()?.text().await?)
    }

    /// A JSON answer of the HTTP interface.
    ///
    /// # Errors
    /// When it does not answer with success and JSON.
    pub async fn get(&self, path: &str) -> eyre::Result<Value> {
        let url = self.url(path)?;
        let answer = async { self.client.get(&url).send().await?.error_for_status()?.json().await };
        answer
            .await
            .wrap_err_with(|| format!("{}: no answer from {url}", self.name))
    }

    /// `/v1/status`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn status(&self) -> eyre::Result<Value> {
        self.get("/v1/status").await
    }

    /// Writes the encrypted keystore of a local account into this process's folder and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keystore(&self, account: usize, name: &str) -> eyre::Result<PathBuf> {
        write_keystore(&self.folder, account, name)
    }

    /// A signer is up when it can be asked; a replica that stands by has no door yet.
    fn door_is_open(&self) -> bool {
        self.config.keeper.mode != "signer" || self.door().is_ok()
    }

    fn address_file(&self) -> PathBuf {
        self.data_dir().join("api.addr")
    }
}

/// Encrypts a local account's key (scrypt, n = 8192: a fraction of a production keystore's cost) into
/// `<folder>/<name>`.
///
/// # Errors
/// When it cannot be written.
pub fn write_keystore(folder: &Path, account: usize, name: &str) -> eyre::Result<PathBuf> {
    let secret = accounts::secret(account)?;
    let mut random = rand::thread_rng();
    alloy::signers::local::PrivateKeySigner::encrypt_keystore(folder, &mut random, secret, PASSPHRASE, Some(name))
        .wrap_err_with(|| format!("cannot write the keystore {name} into {}", folder.display()))?;
    Ok(folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keystore_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = write_keystore(folder.path(), 4, "prices.json").unwrap();
        let open = |passphrase| alloy::signers::local::PrivateKeySigner::decrypt_keystore(&path, passphrase);
        assert_eq!(open(PASSPHRASE).unwrap().address(), accounts::key(4).unwrap().address());
        assert!(open("another").is_err());
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(file["crypto"]["kdfparams"]["n"], 8192);
    }
}
