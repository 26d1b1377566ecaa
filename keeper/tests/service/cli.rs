//! The real binary on bad input: one clear complaint, the documented exit code, nothing left behind.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes};
use alloy::signers::local::PrivateKeySigner;
use fluxion_keeper::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::config::good;
use super::node::{FEED, Node, VERIFIER};

const PASSPHRASE: &str = "correct horse";

/// The folder of an operator: configuration, keystores, deployment record.
struct Home(tempfile::TempDir);

fn key(byte: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap()
}

impl Home {
    fn new() -> Self {
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

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.path().join("fluxion.toml"), text).unwrap();
    }

    /// The good configuration with these endpoints of chain and sources.
    fn against(&self, node: &str, sources: &str) {
        let text = good(self.path())
            .replace("http://127.0.0.1:8545", node)
            .replace("http://127.0.0.1:7001", sources)
            .replace("[attestation]", "[api]\nlisten = \"127.0.0.1:0\"\n[attestation]");
        self.configure(&text);
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn command(&self, args: &[&str]) -> Command {
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
    async fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = self.command(args);
        let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Names of the files that lie here.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

async fn market() -> MockServer {
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

fn truthful() -> Node {
    Node::truthful(key(1).address())
}

/// The complaints of a failed command.
fn complaints(stderr: &str) -> Vec<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_passes_where_everything_is_right_and_writes_nothing() {
    let home = Home::new();
    let (node, market) = (truthful().serve().await, market().await);
    home.against(&node.uri(), &market.uri());
    let before = home.files();
    let (code, out, err) = home.run(&["check"]).await;
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.trim(), "ok: 1 chains, 1 feeds, 2 sources, 2 keys");
    assert_eq!(home.files(), before);
    let (code, out, _) = home.run(&["check", "--json"]).await;
    assert_eq!(
        (code, serde_json::from_str::<Value>(&out).unwrap()["ok"].clone()),
        (0, json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_and_run_complain_once_about_each_fault_and_leave_nothing_behind() {
    let lie = |change: &dyn Fn(&mut Node)| {
        let mut node = truthful();
        change(&mut node);
        node
    };
    // The lie, the exit code, what the one complaint of `check` contains, whether `run` refuses too.
    let cases: Vec<(Node, i32, &[&str], bool)> = vec![
        (
            lie(&|n| n.chain_id = 1),
            3,
            &[
                "local-a",
                "endpoint 127.0.0.1:",
                "serves chain id 1",
                "31337",
                "correct chain.id",
            ],
            true,
        ),
        (
            lie(&|n| n.code = Bytes::new()),
            3,
            &["QuorumVerifier at", "there is no contract", "deploy again"],
            true,
        ),
        (
            lie(&|n| n.code = Bytes::from_static(&[1])),
            3,
            &["its code hash is", "the deployment record says"],
            true,
        ),
        (
            lie(&|n| n.feed = "BTC/USD"),
            3,
            &["PriceFeed:EUR/USD", "its feed id is", "not that of EUR/USD"],
            true,
        ),
        (
            lie(&|n| n.decimals = 18),
            3,
            &["it has 18 decimals, the configuration says 8"],
            true,
        ),
        (
            lie(&|n| n.verifier = Address::ZERO),
            3,
            &["its verifier is 0x0000", "the deployment record says"],
            true,
        ),
        (
            lie(&|n| n.signers = vec![key(1).address(), key(4).address(), Address::repeat_byte(9)]),
            3,
            &[
                "holds 2 keys of signer set 1",
                "2 make a quorum",
                "leave one attestation key here",
            ],
            true,
        ),
        (
            lie(&|n| n.signers[0] = Address::repeat_byte(7)),
            3,
            &["attestation key", "not in signer set 1"],
            false,
        ),
        (
            lie(&|n| n.balance = "0x1"),
            3,
            &["lane prices", "does not pay for one transaction"],
            false,
        ),
        (
            lie(&|n| n.clock_ahead_s = 120),
            3,
            &["clock is", "s behind the chain's", "NTP"],
            false,
        ),
    ];
    let market = market().await;
    for (node, code, parts, run_refuses) in cases {
        let home = Home::new();
        let node = node.serve().await;
        home.against(&node.uri(), &market.uri());
        let before = home.files();
        let (got, out, err) = home.run(&["check"]).await;
        let found = complaints(&err);
        assert_eq!(got, code, "{parts:?}: {err}");
        for part in parts {
            assert!(
                found.iter().any(|line| line.contains(part)),
                "`{part}` is missing in: {err}"
            );
        }
        // A contract that is not there is missing for verifier and feed alike; everything else is said once.
        assert!(
            found.len() == 1 || parts[0] == "QuorumVerifier at" || parts[0].contains("code hash"),
            "{err}"
        );
        assert!(out.is_empty());
        if run_refuses {
            let (got, _, err) = home.run(&["run"]).await;
            assert_eq!(got, code, "{err}");
            assert!(complaints(&err).iter().any(|line| line.contains(parts[0])), "{err}");
        }
        assert_eq!(home.files(), before, "{parts:?}: nothing half-done stays behind");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_network_may_hold_a_quorum_of_keys() {
    let home = Home::new();
    let mut node = truthful();
    node.signers = vec![key(1).address(), key(4).address(), Address::repeat_byte(9)];
    let (node, market) = (node.serve().await, market().await);
    home.against(&node.uri(), &market.uri());
    let text = std::fs::read_to_string(home.path().join("fluxion.toml")).unwrap();
    home.configure(&text.replace("id = 31337", "id = 31337\nlocal = true"));
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 0, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_node_and_sources_fail_the_check_but_not_run() {
    let home = Home::new();
    home.against("http://127.0.0.1:1", "http://127.0.0.1:1");
    let before = home.files();
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 5, "{err}");
    let found = complaints(&err);
    assert!(
        found[0].contains("chain local-a, endpoint 127.0.0.1:1: the node does not answer"),
        "{err}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("feed EUR/USD, source a: not reachable")),
        "{err}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("feed EUR/USD: no price: 0 of 2 sources agree")),
        "{err}"
    );
    assert_eq!(home.files(), before);

    let mut run = home.command(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while !home.data().join("api.addr").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "run did not start");
        assert_eq!(run.try_wait().unwrap(), None, "run ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let address = std::fs::read_to_string(home.data().join("api.addr")).unwrap();
    let ready = reqwest::get(format!("http://{address}/ready")).await.unwrap();
    assert_eq!(ready.status().as_u16(), 503);
    assert!(
        ready.text().await.unwrap().contains("no endpoint answers"),
        "says what it waits for"
    );

    // While it runs, nobody else may hold its database.
    let (code, _, err) = home.run(&["once", "update_prices"]).await;
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("is held by keeper, process"), "{err}");
    let (code, out, err) = home.run(&["status"]).await;
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("keeper: running"), "{out}");

    let stopping = Instant::now();
    Command::new("kill")
        .args(["-TERM", &run.id().to_string()])
        .status()
        .unwrap();
    let status = tokio::task::spawn_blocking(move || run.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(stopping.elapsed() < Duration::from_secs(6), "SIGTERM ends it soon");
    let (code, out, _) = home.run(&["status"]).await;
    assert_eq!(code, 0);
    assert!(out.starts_with("keeper: not running"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_sources_do_not_agree_fails_the_check() {
    let home = Home::new();
    let (node, market) = (truthful().serve().await, MockServer::start().await);
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"price": 1.1}"#);
    Mock::given(wiremock::matchers::path("/b"))
        .respond_with(answer)
        .mount(&market)
        .await;
    home.against(&node.uri(), &market.uri());
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 5, "{err}");
    let found = complaints(&err);
    assert_eq!(found.len(), 2, "{err}");
    assert!(
        found[0].contains("source a: answered status 404; correct its url"),
        "{err}"
    );
    assert!(found[1].contains("no price: 1 of 2 sources agree"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_and_records_name_their_place_and_mend() {
    let market = market().await;
    let node = truthful().serve().await;
    let fresh = || {
        let home = Home::new();
        home.against(&node.uri(), &market.uri());
        home
    };

    let home = fresh();
    let mut command = home.command(&["run"]);
    command.env("FLUXION_TEST_PASSPHRASE", "wrong");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(
        err.contains("attestation.keystores[0]") && err.contains("signer.json"),
        "{err}"
    );
    assert!(
        err.contains("the passphrase in FLUXION_TEST_PASSPHRASE does not open it"),
        "{err}"
    );
    assert!(
        !err.contains("wrong\n") && !err.contains("`wrong`"),
        "the passphrase is never shown: {err}"
    );

    let mut command = home.command(&["run"]);
    command.env_remove("FLUXION_TEST_PASSPHRASE");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("FLUXION_TEST_PASSPHRASE with its passphrase is not set"),
        "{err}"
    );

    let home = fresh();
    std::fs::write(home.path().join("prices.json"), "{}").unwrap();
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("lane[0].keystore") && err.contains("not an encrypted keystore"),
        "{err}"
    );

    let home = fresh();
    std::fs::remove_file(home.path().join("31337.json")).unwrap();
    let (code, _, err) = home.run(&["run"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("chain local-a, deployment") && err.contains("31337.json"),
        "{err}"
    );

    let home = fresh();
    let text = std::fs::read_to_string(home.path().join("fluxion.toml")).unwrap();
    home.configure(&text.replace("id = \"EUR/USD\"", "id = \"XAU/USD\""));
    let (code, _, err) = home.run(&["check"]).await;
    assert_eq!(code, 2);
    assert!(
        err.contains("no contract `PriceFeed:XAU/USD`") && err.contains("PriceFeed:EUR/USD"),
        "{err}"
    );
    assert!(!home.data().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_commands_work_beside_the_holder() {
    let home = Home::new();
    let (code, _, err) = home.run(&["txs", "list"]).await;
    assert_eq!(code, 6, "{err}");
    assert!(err.contains("there is no database yet"), "{err}");

    let holder = SqliteStore::open(&home.data(), "holder").await.unwrap();
    for (args, code, words) in [
        (vec!["txs", "list", "--json"], 0, "[]"),
        (vec!["txs", "show", "77"], 6, "there is no intent 77"),
        (
            vec!["pause", "chain:local-b", "--why", "x"],
            2,
            "there is no `chain:local-b`",
        ),
        (
            vec!["pause", "chain:local-a", "--why", "upgrade", "--who", "ann"],
            0,
            "chain:local-a is paused",
        ),
        (vec!["status"], 0, "paused chain:local-a by ann: upgrade"),
        (
            vec!["resume", "chain:local-a", "--why", "done"],
            0,
            "chain:local-a goes on",
        ),
        (
            vec!["resume", "chain:local-a", "--why", "done"],
            6,
            "neither paused nor halted",
        ),
        (vec!["db", "backup", "copy.sqlite"], 0, "copy.sqlite"),
        (vec!["db", "backup", "copy.sqlite"], 1, "copy.sqlite"),
        (vec!["txs", "show", "x"], 2, "invalid value"),
    ] {
        let (got, out, err) = home.run(&args).await;
        assert_eq!(got, code, "{args:?}: {out}{err}");
        assert!(format!("{out}{err}").contains(words), "{args:?}: {out}{err}");
    }
    holder.close().await;
    drop(holder);
    assert!(home.path().join("copy.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_come_as_json_on_request() {
    let home = Home::new();
    home.configure(&good(home.path()).replace("data_dir =", "data_dri ="));
    let (code, out, _) = home.run(&["check", "--json"]).await;
    assert_eq!(code, 2);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["error"]["code"], "config");
    assert!(
        answer["error"]["details"][0]["mend"]
            .as_str()
            .unwrap()
            .contains("data_dir"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_replayed_from_a_log_line() {
    let home = Home::new();
    let snapshot = json!({
        "chain": 31337, "chain_name": "local-a", "feed": "EUR/USD", "now_ms": 1_763_700_100_010_u64,
        "chain_time": 1_763_700_100, "last_tried": 0, "pending": [],
        "policy": {
            "rules": {"min_sources": 1, "outlier_bps": 200, "max_age_s": 30},
            "deviation_bps": 10, "heartbeat_s": 20, "valid_for_s": 20
        },
        "limits": {"max_delay_s": 60, "breaker_bps": 500, "confirmation_s": 30},
        "observations": [
            {"source": "a", "price": "108340000", "at_ms": 1_763_700_100_000_u64, "received_at_ms": 1_763_700_100_000_u64}
        ],
        "view": {"round": 3, "price": "108000000", "observed_at": 1_763_700_090, "disputed": null}
    });
    let line = json!({"message": "report planned", "snapshot": snapshot.to_string()});
    std::fs::write(home.path().join("log"), line.to_string()).unwrap();
    let (code, out, err) = home.run(&["plan", "update_prices", "--snapshot", "log"]).await;
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("EUR/USD on local-a: report 108340000 of epoch 1763700100 by ordinary quorum (deviation"),
        "{out}"
    );
}
