//! What `/metrics` says after a run is what the chain and the database say.

use fluxion_devnet::{
    audit,
    keeper::{Keeper, Metrics},
    sources::{Exchange, Fault, Feed},
    trial::{PATIENCE, eventually, hurry, progress},
};

const FEEDS: [Feed; 2] = [Feed::EurUsd, Feed::SpxUsd];

/// A count in the database.
async fn count(keeper: &Keeper, sql: &'static str) -> f64 {
    let rows = audit::rows(&keeper.location(), sql).await.unwrap();
    rows[0].parse().unwrap()
}

/// OPS-5
#[tokio::test(flavor = "multi_thread")]
async fn metrics_say_what_the_chain_and_the_database_say() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 6).await.unwrap();
    for exchange in Exchange::ALL {
        world.sources.set_fault(exchange, None, Fault::Error);
    }
    let chain = world.chains[0].name;
    audit::come_to_rest(&world.keeper.location(), PATIENCE).await.unwrap();
    eventually("the failing sources are counted", async || {
        let metrics = world.keeper.metrics().await?;
        let failures =
            |exchange: Exchange| metrics.sum("fluxion_source_failures_total", &[("source", exchange.name())]);
        Ok(Exchange::ALL.into_iter().all(|exchange| failures(exchange) > Some(0.0)))
    })
    .await
    .unwrap();
    let metrics: Metrics = world.keeper.metrics().await.unwrap();
    let of = |metric: &str, labels: &[(&str, &str)]| metrics.sum(metric, labels);

    // The chain.
    let mut rounds = 0.0;
    for feed in FEEDS {
        let latest = world.chains[0]
            .feed(feed)
            .unwrap()
            .latestRoundData()
            .call()
            .await
            .unwrap();
        let round = latest.roundId.to::<u64>() as f64;
        rounds += round;
        let labels = [("chain", chain), ("feed", feed.id())];
        assert_eq!(of("fluxion_feed_round", &labels), Some(round), "{}", feed.id());
        assert_eq!(of("fluxion_feed_disputed", &labels), Some(0.0));
        let age = of("fluxion_feed_age_seconds", &labels).unwrap();
        let updated = latest.updatedAt.to::<u64>() as f64;
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs_f64();
        assert!(
            (now - updated - age).abs() < 5.0,
            "age {age}, now {now}, updated {updated}"
        );
    }
    let head = of("fluxion_chain_head", &[("chain", chain)]).unwrap();
    let (indexed, finalized) = (
        of("fluxion_chain_indexed", &[("chain", chain)]).unwrap(),
        of("fluxion_chain_finalized", &[("chain", chain)]).unwrap(),
    );
    assert!(
        0.0 < finalized && finalized < head && indexed <= head && head - indexed <= 3.0,
        "{metrics:?}"
    );
    assert_eq!(of("fluxion_chain_halted", &[("chain", chain)]), Some(0.0));

    // The transactions: every round is one of ours, and nothing else was sent.
    let intents = count(&world.keeper, "SELECT CAST(count(*) AS TEXT) FROM intents").await;
    assert_eq!(of("fluxion_reports_planned_total", &[]), Some(intents));
    assert_eq!(of("fluxion_intents", &[("state", "final_ok")]), Some(rounds));
    assert_eq!(of("fluxion_intents", &[]), Some(intents));
    let slots = count(&world.keeper, "SELECT CAST(count(*) AS TEXT) FROM slots").await;
    assert_eq!(of("fluxion_slots", &[]), Some(slots));
    assert_eq!(of("fluxion_slots_ended_total", &[("chain", chain)]), Some(slots));
    assert_eq!(of("fluxion_slots_ended_total", &[("end", "ok")]), Some(rounds));
    let offered = count(
        &world.keeper,
        "SELECT CAST(count(*) AS TEXT) FROM attempts WHERE offered_at_ms IS NOT NULL",
    )
    .await;
    assert_eq!(of("fluxion_sends_total", &[("outcome", "accepted")]), Some(offered));
    assert_eq!(of("fluxion_oldest_open_intent_seconds", &[]), Some(0.0));
    assert!(of("fluxion_lane_balance_ether", &[("lane", "prices")]).unwrap() > 1.0);

    // The signers, and what failed: only what was made to.
    for signer in &world.signers {
        let digests = count(signer, "SELECT CAST(count(*) AS TEXT) FROM signed_digests").await;
        let signed = signer
            .metrics()
            .await
            .unwrap()
            .sum("fluxion_attestations_total", &[("outcome", "signed")]);
        assert_eq!(signed, Some(digests), "{}", signer.name());
    }
    for none in [
        "fluxion_pages_total",
        "fluxion_job_errors_total",
        "fluxion_quorum_failures_total",
    ] {
        assert_eq!(of(none, &[]).unwrap_or_default(), 0.0, "{none}");
    }
    let resident = of("fluxion_memory_resident_bytes", &[]).unwrap();
    assert!((1e6..80e6).contains(&resident), "{resident} bytes");
}
