//! Scores, from attestations on a real chain to the oracle: computed by three processes from their own indexes, signed by two of them, sent
//! once, and computed again from the chain alone.

use std::{collections::BTreeMap, path::Path, time::Duration};

use alloy::{
    network::EthereumWallet,
    primitives::U256,
    providers::{Provider as _, ProviderBuilder},
    rpc::types::Filter,
    sol_types::SolEvent as _,
};
use fluxion_abi::IReputationOracle;
use fluxion_devnet::{
    World, accounts,
    pools::PoolTraffic,
    skills::{SkillPlaces, audit, earned},
    trial::{PATIENCE, eventually},
};
use fluxion_keeper::attest::{Attestable as _, encode};
use fluxion_keeper::jobs::update_reputation::ScoreBatch;
use fluxion_keeper::types::ChainId;
use serde_json::{Value, json};

const VERIFY: [&str; 3] = ["reputation", "verify", "--json"];

/// Every (wallet, epoch) that was reported with its score, and how often.
async fn reports(world: &World) -> BTreeMap<(u64, u64), Vec<u64>> {
    let chain = &world.chains[0];
    let places = SkillPlaces::of(&chain.deployment).unwrap();
    let filter = Filter::new()
        .address(places.reputation)
        .event_signature(IReputationOracle::ScoresReported::SIGNATURE_HASH)
        .from_block(0);
    let mut reports = BTreeMap::<_, Vec<u64>>::new();
    for log in chain.anvil.provider().get_logs(&filter).await.unwrap() {
        let event = IReputationOracle::ScoresReported::decode_log(&log.inner).unwrap();
        for update in &event.updates {
            let (wallet, score) = (*update >> 16_usize, *update & U256::from(0xffff));
            let key = (wallet.to::<u64>(), event.observedAt.to::<u64>());
            reports.entry(key).or_default().push(score.to());
        }
    }
    reports
}

async fn traders_learn(world: &World) {
    let mut traffic = PoolTraffic::start(world, Duration::from_millis(50)).unwrap();
    eventually("badges of both traders", async || {
        let mut all = true;
        for (account, badge) in accounts::TRADERS.into_iter().zip([1, 2]) {
            let account = accounts::key(account)?.address();
            all &= earned(&world.chains[0], account).await?.badges[badge];
        }
        Ok(all)
    })
    .await
    .unwrap();
    let counts = traffic.finish().await;
    assert_eq!(counts.failures, 0, "{:?}", counts.first_failures);
}

async fn both_reported(world: &World) {
    eventually("scores of both wallets", async || {
        let reports = reports(world).await;
        Ok([1, 2].iter().all(|wallet| reports.keys().any(|(one, _)| one == wallet)))
    })
    .await
    .unwrap();
}

/// REP-6, REP-7, REP-8, REP-9: what traders earn is reported by a quorum of three processes with indexes of their own; a kill at any moment of a
/// report makes no second one; a signer refuses another score and names the wallet; a false report that a quorum signed all the
/// same is found by computing everything again.
#[tokio::test(flavor = "multi_thread")]
async fn scores_are_reported_once_and_can_be_computed_again() {
    let builder = fluxion_devnet::trial::world().feeds(&[]).reputation();
    let mut world = builder.prepare().await.unwrap();
    traders_learn(&world).await;
    for stop in ["intents-commit/after", "send/after", "inclusion-commit/before"] {
        world.keeper.set_env("FLUXION_STOP_AT", Some(stop));
        world.keeper.spawn().unwrap();
        world.keeper.process().unwrap().wait_stop(PATIENCE).await.unwrap();
        world.keeper.kill();
    }
    world.keeper.set_env("FLUXION_STOP_AT", None);
    world.keeper.start().await.unwrap();
    both_reported(&world).await;
    let epochs = reports(&world).await;
    assert!(epochs.values().all(|scores| scores.len() == 1), "{epochs:?}");
    let found = audit(&world.chains[0]).await.unwrap();
    assert_eq!(found.differences, Vec::<String>::new());

    let output = world.keeper.command(&VERIFY, PATIENCE).await.unwrap();
    let verified: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&verified["wrong"], &verified["unknown"]),
        (&json!([]), &json!([])),
        "{output}"
    );
    assert!(verified["scores"].as_u64().unwrap() >= 2, "{output}");

    a_signer_names_the_wallet(&world).await;
    world.keeper.terminate(Duration::from_secs(10)).await.unwrap();
    let before = sent(&world).await;
    report_falsely(&world).await;
    let failure = world.keeper.command(&VERIFY, PATIENCE).await.unwrap_err().to_string();
    assert!(failure.contains("wallet 2: 9999 was reported at"), "{failure}");
    assert!(!failure.contains("wallet 1: "), "{failure}");
    assert_eq!(sent(&world).await, before, "verifying sends nothing");
    resync_finds_nothing(&world).await;
}

/// Transactions of the account that reports scores.
async fn sent(world: &World) -> u64 {
    let account = accounts::key(accounts::IRREVERSIBLE_LANE).unwrap().address();
    world.chains[0]
        .anvil
        .provider()
        .get_transaction_count(account)
        .await
        .unwrap()
}

/// The signer computes by itself, and says about whom it disagrees.
async fn a_signer_names_the_wallet(world: &World) {
    let epochs = reports(world).await;
    let ((wallet, epoch), scores) = epochs.first_key_value().unwrap();
    let url = world.signers[0].url("/v1/score-attestations").unwrap();
    let ask = async |score: u64| {
        let body = json!({
            "chain_id": 31_337, "formula": 1, "updates": [format!("{:#x}", wallet << 16 | score)],
            "observed_at": epoch, "set_id": 1, "trace_id": "feedbeef"
        });
        let answer = reqwest::Client::new().post(&url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, answer) = ask(scores[0] + 1).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("score_differs")),
        "{answer}"
    );
    assert_eq!(
        answer["error"]["details"]["wallet"],
        json!(wallet.to_string()),
        "{answer}"
    );
    let (status, answer) = ask(scores[0]).await;
    assert_eq!(status, 200, "{answer}");
}

/// A colluding quorum: two keys of the set sign whatever they like.
async fn report_falsely(world: &World) {
    let chain = &world.chains[0];
    let places = SkillPlaces::of(&chain.deployment).unwrap();
    let wallet = EthereumWallet::from(accounts::key(accounts::FOREIGN).unwrap());
    let provider = ProviderBuilder::new()
        .wallet(wallet)
        .connect_http(chain.anvil.url().parse().unwrap());
    let last = reports(world).await.keys().map(|(_, epoch)| *epoch).max().unwrap();
    eventually("time for another epoch", async || {
        let head = chain
            .anvil
            .provider()
            .get_block_by_number(alloy::eips::BlockNumberOrTag::Latest)
            .await?;
        Ok(head.is_some_and(|head| head.header.timestamp > last + 5))
    })
    .await
    .unwrap();
    let batch = ScoreBatch {
        chain: ChainId(chain.anvil.chain_id()),
        contract: places.reputation,
        updates: vec![U256::from(2_u64 << 16 | 9_999)],
        observed_at: last + 5,
        set_id: 1,
    };
    let mut keys = [accounts::FIRST_SIGNER, accounts::FIRST_SIGNER + 1].map(|n| accounts::key(n).unwrap());
    keys.sort_by_key(alloy::signers::Signer::address);
    let sign = |key: &alloy::signers::local::PrivateKeySigner| {
        alloy::signers::SignerSync::sign_hash_sync(key, &batch.digest()).unwrap()
    };
    let signatures: Vec<_> = keys.iter().map(sign).collect();
    let oracle = IReputationOracle::new(places.reputation, &provider);
    let observed = U256::from(batch.observed_at);
    let call = oracle.report(batch.updates.clone(), observed, 1, encode(signatures.iter()));
    let receipt = call.send().await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status(), "the digest is the contract's");
    let until = receipt.block_number.unwrap();
    eventually("the false report is final", async || {
        let tag = alloy::eips::BlockNumberOrTag::Finalized;
        let finalized = chain.anvil.provider().get_block_by_number(tag).await?;
        Ok(finalized.is_some_and(|block| block.header.number >= until))
    })
    .await
    .unwrap();
}

/// The derived tables are those of a fresh index.
async fn resync_finds_nothing(world: &World) {
    let output = world.keeper.command(&["resync", "--json"], PATIENCE).await.unwrap();
    let resynced: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    let difference = &resynced["difference"];
    let counts = ["missing", "surplus", "changed"].map(|key| difference[key].as_u64());
    assert_eq!(counts, [Some(0); 3], "{output}");
    assert!(difference["rows"].as_u64().unwrap() > 20, "{output}");
    assert!(Path::new(world.folder()).is_dir());
}
