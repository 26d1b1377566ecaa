//! The operator's commands, and a keeper that starts before its chain does.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fluxion_keeper::store::sql::SqlStore;
use serde_json::{Value, json};

use super::config::good;
use super::home::{Home, complaints, truthful};

/// OPS-3: a chain that is down is waited for, and not ready.
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
        assert!(begun.elapsed() < Duration::from_secs(60), "run did not start");
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
    assert!(stopping.elapsed() < Duration::from_secs(20), "SIGTERM ends it soon");
    let (code, out, _) = home.run(&["status"]).await;
    assert_eq!(code, 0);
    assert!(out.starts_with("keeper: not running"), "{out}");
}

/// OPS-3: a chain that comes up is compared with its record first.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_comes_up_as_another_one_ends_the_process() {
    let home = Home::new();
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    home.against(&format!("http://{address}"), "http://127.0.0.1:1");
    let mut run = home.command(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while !home.data().join("api.addr").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "run did not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(run.try_wait().unwrap(), None, "it waits for the chain");
    let mut other = truthful();
    other.decimals = 18;
    let _node = other.serve_at(address).await;
    let output = tokio::task::spawn_blocking(move || run.wait_with_output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(
        complaints(&err)
            .iter()
            .any(|line| line.contains("it has 18 decimals, the configuration says 8")),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_commands_work_beside_the_holder() {
    let home = Home::new();
    let (code, _, err) = home.run(&["txs", "list"]).await;
    assert_eq!(code, 6, "{err}");
    assert!(err.contains("there is no database yet"), "{err}");

    let holder = SqlStore::open_file(&home.data(), "holder").await.unwrap();
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
        answer["error"]["details"][0]["help"]
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
            "deviation_bps": 10, "heartbeat_s": 20, "valid_for_s": 20, "interval_ms": 1000
        },
        "limits": {"max_delay_s": 60, "breaker_bps": 500, "confirmation_s": 30},
        "observations": [
            {"source": "a", "price": "108340000", "at_ms": 1_763_700_100_000_u64, "received_at_ms": 1_763_700_100_000_u64}
        ],
        "view": {"round": 3, "price": "108000000", "observed_at": 1_763_700_090, "disputed": null}
    });
    let line = json!({"message": "planned from", "snapshot": snapshot.to_string()});
    std::fs::write(home.path().join("log"), line.to_string()).unwrap();
    let (code, out, err) = home.run(&["plan", "update_prices", "--snapshot", "log"]).await;
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("EUR/USD on local-a: report 108340000 of epoch 1763700100 by ordinary quorum (deviation"),
        "{out}"
    );
}
