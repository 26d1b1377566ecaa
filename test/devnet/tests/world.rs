//! The world as a whole: it starts, keeps prices, and leaves nothing behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use alloy::providers::Provider;
use fluxion_devnet::{World, anvil::Mining, process::State, sources::Feed, trial::PATIENCE};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Processes that hold a file in `folder` open, as everything does that the world starts: their logs lie there.
fn holders(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let files = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|target| target.starts_with(folder))
    });
    let name = |entry: fs::DirEntry| {
        let command = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        (entry.file_name().to_string_lossy() != std::process::id().to_string()).then(|| command.trim().to_owned())
    };
    processes.filter_map(name).collect()
}

async fn rounds(world: &World, feed: Feed) -> Vec<u64> {
    let mut rounds = Vec::new();
    for chain in &world.chains {
        // A feed without a round refuses to answer.
        let answer = chain.feed(feed).unwrap().latestRoundData().call().await;
        rounds.push(answer.map(|data| data.roundId.to::<u64>()).unwrap_or_default());
    }
    rounds
}

async fn wait_for_rounds(world: &World, feed: Feed, least: u64) {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let rounds = rounds(world, feed).await;
        if rounds.iter().all(|round| *round >= least) {
            return;
        }
        let log = world.keeper.process().unwrap().log_tail(30);
        assert!(Instant::now() < end, "{} stays at rounds {rounds:?}\n{log}", feed.id());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_deployment_starts_with_its_contracts_and_their_history() {
    let world = World::builder()
        .signers(0)
        .mining(Mining::Manual)
        .prepare()
        .await
        .unwrap();
    for chain in &world.chains {
        for feed in Feed::ALL {
            let contract = chain.feed(feed).unwrap();
            assert_eq!(contract.decimals().call().await.unwrap(), 8);
            assert!(contract.description().call().await.unwrap().contains(&feed.id()[..3]));
        }
        let provider = chain.anvil.provider();
        let created = chain.deployment.contracts["QuorumVerifier"].transaction.unwrap();
        let receipt = provider
            .get_transaction_receipt(created)
            .await
            .unwrap()
            .expect("the deployment's receipt");
        assert!(receipt.block_number.unwrap() >= chain.deployment.block);
        assert!(
            provider.get_block_number().await.unwrap() >= receipt.block_number.unwrap() + 2,
            "it is final"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_prices_on_both_chains_through_a_kill_and_ends_on_request() {
    let mut world = World::builder().start().await.unwrap();
    for feed in Feed::ALL {
        wait_for_rounds(&world, feed, 1).await;
    }
    let before = rounds(&world, Feed::EurUsd).await;
    world.keeper.kill();
    world.keeper.start().await.unwrap();
    world.keeper.wait_ready(PATIENCE).await.unwrap();
    wait_for_rounds(&world, Feed::WtiUsd, 2).await;
    assert!(
        rounds(&world, Feed::EurUsd)
            .await
            .iter()
            .zip(before)
            .all(|(now, then)| *now >= then)
    );
    let status = world.keeper.status().await.unwrap();
    assert_eq!(status["feeds"].as_array().map(Vec::len), Some(8), "{status}");
    assert_eq!(world.signers[0].process().unwrap().state(), State::Running);
    world.stop().await.unwrap();
    let folder = world.folder().to_owned();
    drop(world);
    assert_eq!(holders(&folder), Vec::<String>::new());
    assert!(!folder.exists());
}

/// Not a test by itself: the body of the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
async fn victim() {
    if std::env::var_os("FLUXION_DEVNET_VICTIM").is_none() {
        return;
    }
    let world = World::builder().start().await.unwrap();
    println!("victim {}", world.folder().display());
    std::future::pending::<()>().await;
}

#[test]
fn a_killed_world_leaves_no_process() {
    let mut parent = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env("FLUXION_DEVNET_VICTIM", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let line = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("victim /").map(|(_, path)| format!("/{path}")));
    let folder = line.expect("the world came up");
    let mut up = holders(Path::new(&folder));
    up.retain(|name| name == "anvil" || name.starts_with("fluxion-keeper"));
    assert_eq!(up.len(), 5, "two chains, a keeper, two signers: {up:?}");
    kill(Pid::from_raw(parent.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
    parent.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while !holders(Path::new(&folder)).is_empty() {
        assert!(Instant::now() < end, "left behind: {:?}", holders(Path::new(&folder)));
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::remove_dir_all(folder).unwrap();
}
