//! `once`, to its end, against a live world.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy::{eips::BlockNumberOrTag, providers::Provider as _};
use fluxion_devnet::{
    sources::{Exchange, Fault, Feed},
    trial::{PATIENCE, eventually, judge, progress, rounds},
};
use serde_json::Value;

const ONCE: [&str; 3] = ["once", "update_prices", "--json"];

/// OPS-6: one round of every feed, followed until it is mined; nothing to do right afterwards; refused beside `run`;
/// and what it left open is finished by `run`.
#[tokio::test(flavor = "multi_thread")]
async fn one_round_is_made_and_followed_until_it_is_mined() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    world.keeper.write_config().unwrap();
    assert_eq!(rounds(&world).await.unwrap(), 0);
    let lines = |output: &str| -> Vec<Value> {
        let json = output.lines().filter(|line| line.starts_with('{'));
        json.map(|line| serde_json::from_str(line).unwrap()).collect()
    };

    // The kept chain's last block is old, and no report may lie 15 seconds ahead of the head: wait for a block of
    // today.
    let provider = world.chains[0].anvil.provider();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    eventually("a block", async || {
        let head = provider.get_block_by_number(BlockNumberOrTag::Latest).await?;
        Ok(head.is_some_and(|head| now().abs_diff(head.header.timestamp) < 5))
    })
    .await
    .unwrap();
    let first = world.keeper.command(&ONCE, PATIENCE).await.unwrap();
    let made: Vec<Value> = lines(&first)
        .into_iter()
        .filter(|line| line["intent"].is_number() && line["state"].is_string())
        .collect();
    assert_eq!(made.len(), 2, "{first}");
    for line in &made {
        assert!(
            ["included", "final"].contains(&line["state"].as_str().unwrap()),
            "{line}"
        );
    }
    for feed in [Feed::EurUsd, Feed::SpxUsd] {
        let latest = world.chains[0]
            .feed(feed)
            .unwrap()
            .latestRoundData()
            .call()
            .await
            .unwrap();
        assert_eq!(latest.roundId.to::<u64>(), 1, "{}", feed.id());
    }

    // Silent sources make it fail, and say which feeds.
    for exchange in Exchange::ALL {
        world.sources.set_fault(exchange, None, Fault::Error);
    }
    let refused = world.keeper.command(&ONCE, PATIENCE).await.unwrap_err().to_string();
    for feed in [Feed::EurUsd, Feed::SpxUsd] {
        assert!(refused.contains(feed.id()), "{refused}");
    }
    for exchange in Exchange::ALL {
        world.sources.heal(exchange);
    }

    world.keeper.config.log.filter = "info,fluxion_keeper::jobs=debug".into();
    world.keeper.start().await.unwrap();
    world.keeper.wait_ready(PATIENCE).await.unwrap();
    let held = world.keeper.command(&ONCE, PATIENCE).await.unwrap_err().to_string();
    assert!(held.contains("held"), "{held}");
    progress(&world, 1).await.unwrap();

    // PRICE-4: the decisions in the log come out the same when they are replayed.
    let log = world.keeper.process().unwrap().output();
    let decisions: Vec<&str> = log.lines().filter(|line| line.contains("planned from")).collect();
    assert!(!decisions.is_empty(), "{log}");
    let file = world.folder().join("decisions");
    std::fs::write(&file, decisions.join("\n")).unwrap();
    let replay = ["plan", "update_prices", "--snapshot", file.to_str().unwrap()];
    let replayed = world.keeper.command(&replay, PATIENCE).await.unwrap();
    assert_eq!(
        replayed.matches("on local-a: report").count(),
        decisions.len(),
        "{replayed}"
    );
    let report = judge(&mut world, 0).await.unwrap();
    assert!(report.effects_done >= 3, "{report:?}");
}
