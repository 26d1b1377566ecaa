//! An operator's folder and the binary that runs in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::config::good;
use super::node::{FEED, Node, VERIFIER};

pub(crate) const PASSPHRASE: &str = "correct horse";

/// The folder of an operator: configuration, keystores, deployment record.
pub(crate) struct Home(tempfile::TempDir);

pub(crate) fn key(byte: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap()
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, byte) in [("signer.json", 1), ("prices.json", 4)] {
            let secret = key(byte).to_bytes();
            let mut random = rand::thread_rng();
            PrivateKeySigner::encrypt_keystore(folder.path(), &mut random, secret, PASSPHRASE, Some(name)).unwrap();
        }
        let home = Self(folder);
        home.configure(&good(home.path()));
        let contract = |address: Address| json!({"address": address, "transaction": null, "constructorArgs": "0x", "codeHash": Node::code_hash()});
        let record = json!({
            "chainId": 31337, "network": "local-a", "commit": "abc", "block": 1,
            "deployer": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "contracts": {"QuorumVerifier": contract(VERIFIER), "PriceFeed:EUR/USD": contract(FEED)}
        });
        std::fs::write(home.path().join("31337.json"), record.to_string()).unwrap();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.path().join("fluxion.toml"), text).unwrap();
    }

    /// The good configuration with these endpoints of chain and sources.
    pub(crate) fn against(&self, node: &str, sources: &str) {
        let text = good(self.path())
            .replace("http://127.0.0.1:8545", node)
            .replace("http://127.0.0.1:7001", sources)
            .replace("[attestation]", "[api]\nlisten = \"127.0.0.1:0\"\n[attestation]");
        self.configure(&text);
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fluxion-keeper"));
        command
            .args(args)
            .arg("--config")
            .arg(self.path().join("fluxion.toml"))
            .env("FLUXION_TEST_PASSPHRASE", PASSPHRASE)
            .current_dir(self.path());
        command
    }

    /// Runs a command that ends by itself; gives its exit code and both its outputs.
    pub(crate) async fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = self.command(args);
        let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Names of the files that lie here.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(crate) async fn market() -> MockServer {
    let server = MockServer::start().await;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let body = format!(r#"{{"lastPrice": "1.0834", "price": 1.0835, "closeTime": {now}}}"#);
    let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

pub(crate) fn truthful() -> Node {
    Node::truthful(key(1).address())
}

/// The complaints of a failed command.
pub(crate) fn complaints(stderr: &str) -> Vec<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect()
}
