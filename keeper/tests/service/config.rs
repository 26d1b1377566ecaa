//! Bad configurations: each gives one complaint that names the file, the key and the mend.

use std::path::Path;

use fluxion_keeper::jobs;

/// A whole keeper configuration that is right.
pub(crate) fn good(folder: &Path) -> String {
    format!(
        r#"
[keeper]
name = "keeper"
data_dir = "{folder}/data"
[attestation]
keystores = ["signer.json"]
passphrase_env = "FLUXION_TEST_PASSPHRASE"
peers = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
[[lane]]
name = "prices"
keystore = "prices.json"
passphrase_env = "FLUXION_TEST_PASSPHRASE"
[[chain]]
name = "local-a"
id = 31337
endpoints = ["http://127.0.0.1:8545"]
deployment = "31337.json"
finality = {{ kind = "tag" }}
[chain.fees]
max_fee_per_gas = "500000000000"
max_tx_cost = 100000000000000000
max_daily_cost = "5000000000000000000"
unblock_max_tx_cost = "20000000000000000"
[[feed]]
id = "EUR/USD"
chains = ["local-a"]
decimals = 8
min_sources = 2
deviation_bps = 10
heartbeat_s = 20
outlier_bps = 200
tolerance_bps = 50
max_age_s = 30
valid_for_s = 20
[[feed.source]]
name = "a"
url = "http://127.0.0.1:7001/a"
price = "/lastPrice"
time = "/closeTime"
time_unit = "ms"
[[feed.source]]
name = "b"
url = "http://127.0.0.1:7001/b"
price = "/price"
"#,
        folder = folder.display()
    )
}

fn complaints(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fluxion.toml");
    std::fs::write(&file, text).unwrap();
    match jobs::load_config(&file) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            let name = file.display().to_string();
            problems
                .iter()
                .map(|problem| {
                    assert!(problem.location.starts_with(&name), "names the file: {problem}");
                    assert!(!problem.help.is_empty(), "names a mend: {problem}");
                    problem.to_string().replacen(&name, "FILE", 1)
                })
                .collect()
        }
    }
}

/// A job of scores that is right, with the lane that it needs.
fn scores(job: &str) -> String {
    let lane =
        "[[lane]]\nname = \"irreversible\"\nkeystore = \"prices.json\"\npassphrase_env = \"FLUXION_TEST_PASSPHRASE\"\n";
    format!("{}{lane}[job.update_reputation]\n{job}\n", good(Path::new("/x")))
}

#[test]
fn a_job_of_scores_names_what_is_wrong() {
    assert_eq!(complaints(&scores("chains = [\"local-a\"]")), Vec::<String>::new());
    for (job, key) in [
        ("chains = []", "job.update_reputation.chains"),
        ("chains = [\"local-a\"]\nmin_mov = 3", "job.update_reputation.min_mov"),
        (
            "chains = [\"local-a\"]\nmin_move = \"3\"",
            "job.update_reputation.min_move",
        ),
        ("chains = [\"local-a\"]\n[job.update_price]", "job.update_price"),
        ("chains = [\"local-z\"]", "job.update_reputation.chains"),
        ("chains = [\"local-a\"]\nepoch_s = 0", "job.update_reputation.epoch_s"),
        (
            "chains = [\"local-a\"]\nepoch_s = 43201\nrefresh_s = 50000",
            "job.update_reputation.epoch_s",
        ),
        (
            "chains = [\"local-a\"]\ninterval_ms = 1",
            "job.update_reputation.interval_ms",
        ),
        (
            "chains = [\"local-a\"]\nmin_move = 10001",
            "job.update_reputation.min_move",
        ),
        (
            "chains = [\"local-a\"]\nrefresh_s = 3599",
            "job.update_reputation.refresh_s",
        ),
        (
            "chains = [\"local-a\"]\nbatch_gas = 149999",
            "job.update_reputation.batch_gas",
        ),
    ] {
        let found = complaints(&scores(job));
        assert_eq!(found.len(), 1, "{job}: {found:?}");
        assert!(found[0].contains(key), "{job}: {found:?}");
    }
    let without_lane = scores("chains = [\"local-a\"]").replacen("irreversible", "liquidations", 1);
    let found = complaints(&without_lane);
    assert!(
        found.len() == 1 && found[0].contains("no lane `irreversible`"),
        "{found:?}"
    );
}

#[test]
fn a_good_configuration_loads_with_amounts_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fluxion.toml");
    std::fs::write(&file, good(folder.path())).unwrap();
    let config = jobs::load_config(&file).unwrap();
    let policy = config.chain[0].fees.policy(config.chain[0].chain_id());
    assert_eq!(policy.max_fee_per_gas, 500_000_000_000);
    assert_eq!(policy.max_tx_cost.to_string(), "100000000000000000");
    assert_eq!(
        config.path(Path::new("31337.json")),
        folder.path().join("31337.json"),
        "relative to the file"
    );
}

/// OPS-1: one complaint with place and mend.
#[test]
fn each_fault_gives_one_complaint_with_key_value_and_mend() {
    // What is replaced, by what, and what the one complaint must contain.
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "data_dir =",
            "data_dri =",
            &["FILE: keeper", "unknown key `data_dri`", "did you mean `data_dir`?"],
        ),
        (
            "heartbeat_s = 20",
            "heartbeat_s = 20\nheartbeet = 3",
            &["feed[0]", "unknown key `heartbeet`", "heartbeat_s"],
        ),
        (
            "max_tx_cost =",
            "max_tx_costs =",
            &["chain[0].fees", "max_tx_costs", "did you mean `max_tx_cost`?"],
        ),
        (
            "[attestation]",
            "[attestations]",
            &["unknown key `attestations`", "did you mean `attestation`?"],
        ),
        (
            "decimals = 8\n",
            "",
            &["feed[0].decimals", "is missing", "add `decimals = ..`"],
        ),
        (
            "decimals = 8",
            "decimals = \"8\"",
            &["feed[0].decimals", "string \"8\"", "write"],
        ),
        ("id = 31337", "id = -1", &["chain[0].id", "-1"]),
        (
            "\"500000000000\"",
            "\"5e11\"",
            &["chain[0].fees.max_fee_per_gas", "5e11", "an amount in wei"],
        ),
        (
            "name = \"prices\"",
            "name = \"price\"",
            &["lane[0].name", "`price`", "did you mean `prices`?"],
        ),
        (
            "time_unit = \"ms\"",
            "time_unit = \"min\"",
            &["time_unit", "`min`", "s, ms, rfc3339"],
        ),
        (
            "chains = [\"local-a\"]",
            "chains = [\"local-b\"]",
            &["feed[0].chains", "no chain `local-b`", "local-a"],
        ),
        (
            "min_sources = 2",
            "min_sources = 3",
            &[
                "feed[0].source",
                "2 sources are configured, min_sources is 3",
                "add sources",
            ],
        ),
        (
            "max_tx_cost = 100000000000000000",
            "max_tx_cost = \"9000000000000000000\"",
            &["max_tx_cost", "above max_daily_cost"],
        ),
        (
            "http://127.0.0.1:8545",
            "127.0.0.1:8545",
            &["chain[0].endpoints", "not an http(s) URL"],
        ),
        (
            "price = \"/price\"",
            "price = \"price\"",
            &["feed[0].source[1].price", "JSON pointer"],
        ),
        (
            "finality = { kind = \"tag\" }",
            "finality = { kind = \"depth\", blocks = 0 }",
            &["finality.blocks", "at least 1"],
        ),
        (
            "finality = { kind = \"tag\" }",
            "read_quorum = 2",
            &["read_quorum", "2 of 1 endpoints cannot agree"],
        ),
        (
            "[keeper]",
            "[keeper]\nmode = \"observer\"",
            &["keeper.mode", "`observer`", "keeper, signer"],
        ),
        (
            "[keeper]\nname = \"keeper\"\ndata_dir = \"/nonexistent/data\"\n[attestation]",
            "[keeper]\nname = \"keeper\"\ndata_dir = \"d\"\nmode = \"signer\"\n[attestation]\nlisten = \"127.0.0.1:0\"",
            &["lane", "a signer never transmits", "remove the [[lane]]"],
        ),
        ("name = \"b\"", "name = \"a\"", &["feed[0].source[1].name", "twice"]),
    ];
    let good = good(Path::new("/nonexistent"));
    for (from, to, expected) in cases {
        assert!(good.contains(from), "the case `{from}` replaces something");
        let found = complaints(&good.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "`{to}` gives one complaint: {found:#?}");
        for part in *expected {
            assert!(found[0].contains(part), "`{to}`: `{part}` is missing in: {}", found[0]);
        }
    }
}

/// ATTEST-8: a signer has a listener of its own.
#[test]
fn a_signer_without_an_address_to_listen_on_is_named() {
    let lane =
        "[[lane]]\nname = \"prices\"\nkeystore = \"prices.json\"\npassphrase_env = \"FLUXION_TEST_PASSPHRASE\"\n";
    let good = good(Path::new("/nonexistent"));
    assert!(good.contains(lane));
    let signer = good
        .replace(lane, "")
        .replace("[keeper]", "[keeper]\nmode = \"signer\"");
    let found = complaints(&signer);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("attestation.listen") && found[0].contains("signs for nobody"),
        "{found:#?}"
    );
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_named() {
    let found = complaints("[keeper\nname = 1");
    assert_eq!(found.len(), 1, "{found:?}");
    let problems = jobs::load_config(Path::new("/nonexistent/fluxion.toml")).unwrap_err();
    assert!(
        problems[0]
            .to_string()
            .contains("/nonexistent/fluxion.toml: the configuration cannot be read")
    );
}

/// OPS-2: a complaint about an URL does not show its key.
#[test]
fn a_secret_in_an_url_is_never_shown() {
    for url in [
        "htp://node/v1?key=s3cret",
        "htp://user:s3cret@node/",
        "htp://node/v3/s3cret",
        "s3cret",
    ] {
        let found = complaints(&good(Path::new("/nonexistent")).replace("http://127.0.0.1:8545", url));
        assert!(!found[0].contains("s3cret"), "{}", found[0]);
    }
    // What is no URL in the environment is not shown either.
    let path = std::env::var("PATH").unwrap();
    let found = complaints(&good(Path::new("/nonexistent")).replace("http://127.0.0.1:8545", "env:PATH"));
    assert!(
        found[0].contains("not an http(s) URL") && !found[0].contains(&path),
        "{}",
        found[0]
    );
}

/// OPS-9: an URL that is to come from the environment and does not is named by its key and its variable.
#[test]
fn an_url_that_the_environment_lacks_is_named() {
    let text = good(Path::new("/nonexistent"));
    for (url, key) in [
        ("http://127.0.0.1:8545", "chain[0].endpoints"),
        ("http://127.0.0.1:7001/b", "feed[0].source[1].url"),
    ] {
        let found = complaints(&text.replace(url, "env:FLUXION_TEST_NO_SUCH_URL"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("FLUXION_TEST_NO_SUCH_URL") && found[0].contains(key),
            "{found:?}"
        );
    }
}
