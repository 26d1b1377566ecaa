//! Scores, from attestations on a real chain to the oracle: computed by three processes from their own indexes, signed
//! by two of them, sent once, and computed again from the chain alone.

mod crash;
mod gas;
mod index;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use alloy::{
    eips::BlockNumberOrTag,
    network::EthereumWallet,
    primitives::U256,
    providers::{Provider as _, ProviderBuilder},
    rpc::types::{Filter, TransactionReceipt},
    sol_types::SolEvent as _,
};
use fluxion_abi::IReputationOracle;
use fluxion_devnet::{
    World, accounts, audit as books,
    keeper::Keeper,
    pools::{Ledger, PoolTraffic},
    skills::{SkillPlaces, audit, earned},
    trial::{PATIENCE, eventually},
};
use fluxion_keeper::attest::{Attestable as _, Caller, encode};
use fluxion_keeper::clock::SystemClock;
use fluxion_keeper::jobs::update_reputation::ScoreBatch;
use fluxion_keeper::model::ChainId;
use serde_json::{Value, json};

/// Length of an epoch in the local world, and the oracle's least interval, in seconds.
const EPOCH_S: u64 = 5;
const VERIFY: [&str; 3] = ["verify", "update_reputation", "--json"];

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
    learn_until(world, async || Ok(true)).await;
}

/// Lets traders trade and learn until both have badges, and something else holds.
async fn learn_until(world: &World, mut holds: impl AsyncFnMut() -> eyre::Result<bool>) {
    let mut traffic = PoolTraffic::start(world, Duration::from_millis(50)).unwrap();
    eventually("badges of both traders", async || {
        let mut all = true;
        for (account, badge) in accounts::TRADERS.into_iter().zip([1, 2]) {
            let account = accounts::key(account)?.address();
            all &= earned(&world.chains[0], account).await?.badges[badge];
        }
        Ok(all && holds().await?)
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

/// REP-6, REP-7, REP-8, REP-9: what traders earn is reported by a quorum of three processes with indexes of their own,
/// each score of an epoch once; a signer refuses another score and names the wallet; a false report that a quorum
/// signed all the same is found by computing everything again.
#[tokio::test(flavor = "multi_thread")]
async fn scores_are_reported_once_and_can_be_computed_again() {
    let builder = fluxion_devnet::trial::world().feeds(&[]).reputation();
    let mut world = builder.prepare().await.unwrap();
    learn_until(&world, async || fees_were_discounted(&world).await).await;
    one_round_by_hand(&world).await;
    world.keeper.config.log.filter = "info,fluxion_keeper::jobs=debug".into();
    world.keeper.config.job.update_reputation.as_mut().unwrap().refresh_s = EPOCH_S;
    world.keeper.start().await.unwrap();
    both_reported(&world).await;
    let epochs = reports(&world).await;
    assert!(epochs.values().all(|scores| scores.len() == 1), "{epochs:?}");
    let found = audit(&world.chains[0]).await.unwrap();
    assert_eq!(found.differences, Vec::<String>::new());

    // Only what is final is computed again.
    let both_final = eventually("final scores of both wallets", async || {
        let output = world.keeper.command(&VERIFY, PATIENCE).await?;
        let verified: Value = serde_json::from_str(output.lines().next().unwrap())?;
        assert_eq!(
            (&verified["wrong"], &verified["unknown"]),
            (&json!([]), &json!([])),
            "{output}"
        );
        Ok(verified["scores"].as_u64() >= Some(2))
    });
    both_final.await.unwrap();

    a_signer_names_the_wallet(&world).await;
    decisions_can_be_replayed(&world).await;
    world.keeper.terminate(Duration::from_secs(10)).await.unwrap();
    report_falsely(&world).await;
    let before = sent(&world).await;
    let mut failure = String::new();
    let found = eventually("the false report is final", async || {
        let verified = world.keeper.command(&VERIFY, PATIENCE).await;
        failure = verified.err().map(|error| error.to_string()).unwrap_or_default();
        Ok(!failure.is_empty())
    });
    found.await.unwrap();
    assert!(failure.contains("wallet 2: 9999 was reported at"), "{failure}");
    assert!(!failure.contains("wallet 1: "), "{failure}");
    assert_eq!(sent(&world).await, before, "verifying sends nothing");
    resync_finds_nothing(&world).await;
}

/// Whether less was left in the weighted pool as fees than its fee takes: somebody had a discount. Never less than its
/// least fee takes.
async fn fees_were_discounted(world: &World) -> eyre::Result<bool> {
    let chain = &world.chains[0];
    let (provider, pool) = (chain.anvil.provider(), &chain.pools.pools[0]);
    let mut ledger = Ledger::default();
    let head = provider.get_block_number().await?;
    ledger.refresh(provider, &chain.pools, head).await?;
    let figures = ledger.figures(pool)?;
    let at = |fee: u64| figures.volume_micro_usd * u128::from(fee) / 1_000_000;
    // Each swap's fee is rounded down.
    let rounded = u128::from(figures.swaps);
    eyre::ensure!(
        figures.fees_micro_usd + rounded >= at(pool.least_fee_millionths()),
        "{figures:?}"
    );
    Ok(figures.fees_micro_usd + rounded < at(pool.fee_millionths()))
}

/// OPS-6: `once` makes one round and follows it until it is mined; `plan` shows what a round would do.
async fn one_round_by_hand(world: &World) {
    world.keeper.write_config().unwrap();
    let learned = head_time(world).await;
    eventually("an epoch in which both have learned", async || {
        Ok(final_time(world).await? > learned + EPOCH_S)
    })
    .await
    .unwrap();
    // Without a running keeper the index is the command's own to build.
    let once = ["once", "update_reputation", "--json"];
    let output = world.keeper.command(&once, PATIENCE).await.unwrap();
    let made = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        ["included", "final"].contains(&line["state"].as_str().unwrap_or_default())
    };
    assert_eq!(output.lines().filter(made).count(), 1, "{output}");
    let reported = reports(world).await;
    assert_eq!(reported.len(), 2, "both wallets in one batch: {reported:?}");
    let plan = ["plan", "update_reputation", "--json"];
    let output = world.keeper.command(&plan, PATIENCE).await.unwrap();
    let planned: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(planned["snapshot"]["scores"].as_object().unwrap().len(), 2, "{output}");
    let decision = &planned["decision"];
    assert!(
        decision["hold"] == "fresh" || decision["decision"] == "report",
        "{output}"
    );
}

/// PRICE-4 for scores: the decisions in the log come out the same when they are replayed.
async fn decisions_can_be_replayed(world: &World) {
    let output = || Ok::<_, eyre::Report>(world.keeper.process()?.output());
    eventually("a decision in the log", async || Ok(output()?.contains("planned from")))
        .await
        .unwrap();
    let log = output().unwrap();
    let decisions: Vec<&str> = log.lines().filter(|line| line.contains("planned from")).collect();
    let file = world.folder().join("decisions");
    std::fs::write(&file, decisions.join("\n")).unwrap();
    let replay = ["plan", "update_reputation", "--snapshot", file.to_str().unwrap()];
    let replayed = world.keeper.command(&replay, PATIENCE).await.unwrap();
    assert_eq!(
        replayed.matches(": report epoch").count(),
        decisions.len(),
        "{replayed}"
    );
}

/// Compares the keeper's derived tables with those of a process that reads the chain from the start and does nothing
/// else.
async fn same_as_a_fresh_index(world: &World) {
    let mut config = world.keeper.config.clone();
    config.keeper.name = "fresh-index".into();
    config.keeper.data_dir = world.folder().join("fresh-index/data");
    config.keeper.mode = "signer";
    config.lane.clear();
    config.attestation.peers.clear();
    config.api.listen = "127.0.0.1:0".into();
    config.attestation.listen = "127.0.0.1:0".into();
    let mut fresh = Keeper::prepare(world.folder(), config).unwrap();
    fresh.start().await.unwrap();
    fresh.wait_ready(PATIENCE).await.unwrap();
    let chain = world.chains[0].anvil.chain_id();
    let mut last = String::new();
    let same = eventually("the same index", async || {
        let same = books::ensure_same_index(chain, &world.keeper.location(), &fresh.location()).await;
        last = same.as_ref().err().map(ToString::to_string).unwrap_or_default();
        Ok(same.is_ok_and(|rows| rows > 20))
    });
    same.await.unwrap_or_else(|error| panic!("{error}: {last}"));
    fresh.terminate(PATIENCE).await.unwrap();
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
    let url = format!("{}{}", world.signers[0].door().unwrap(), ScoreBatch::PATH);
    // As the keeper asks: by its attestation key.
    let caller = Caller {
        key: Arc::new(accounts::key(accounts::FIRST_SIGNER).unwrap()),
        clock: Arc::new(SystemClock),
    };
    let ask = async |score: u64| {
        let body = json!({
            "chain_id": 31_337, "formula": 1, "updates": [format!("{:#x}", wallet << 16 | score)],
            "observed_at": epoch, "set_id": 1, "trace_id": "feedbeef"
        });
        let body = body.to_string();
        let call = caller.call(ScoreBatch::PATH, body.as_bytes()).await.unwrap();
        let mut post = reqwest::Client::new().post(&url).body(body);
        for (name, value) in call.headers() {
            post = post.header(name, value);
        }
        let answer = post.send().await.unwrap();
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

/// Time of the last final block, in seconds.
async fn final_time(world: &World) -> eyre::Result<u64> {
    let provider = world.chains[0].anvil.provider();
    let block = provider.get_block_by_number(BlockNumberOrTag::Finalized).await?;
    Ok(block.map_or(0, |block| block.header.timestamp))
}

/// Time of the last block, in seconds.
async fn head_time(world: &World) -> u64 {
    let provider = world.chains[0].anvil.provider();
    let head = provider.get_block_by_number(BlockNumberOrTag::Latest).await.unwrap();
    head.unwrap().header.timestamp
}

/// Keys of the set sign whatever they like; anybody carries it to the chain.
async fn report_as_the_quorum(
    world: &World,
    updates: Vec<U256>,
    observed_at: u64,
    signers: &[usize],
) -> TransactionReceipt {
    let chain = &world.chains[0];
    let places = SkillPlaces::of(&chain.deployment).unwrap();
    let wallet = EthereumWallet::from(accounts::key(accounts::FOREIGN).unwrap());
    let provider = ProviderBuilder::new()
        .wallet(wallet)
        .connect_http(chain.anvil.url().parse().unwrap());
    let batch = ScoreBatch {
        chain: ChainId(chain.anvil.chain_id()),
        contract: places.reputation,
        updates,
        observed_at,
        set_id: 1,
    };
    let mut keys: Vec<_> = signers.iter().map(|n| accounts::key(*n).unwrap()).collect();
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
    receipt
}

/// A colluding quorum.
async fn report_falsely(world: &World) {
    // What the keeper sent before it ended may still come.
    let ended = head_time(world).await;
    eventually("blocks after the keeper's end", async || {
        Ok(head_time(world).await > ended + 2 * EPOCH_S)
    })
    .await
    .unwrap();
    let observed_at = head_time(world).await;
    let colluding = [accounts::FIRST_SIGNER, accounts::FIRST_SIGNER + 1];
    let false_score = vec![U256::from(2_u64 << 16 | 9_999)];
    let receipt = report_as_the_quorum(world, false_score, observed_at, &colluding).await;
    let until = receipt.block_number.unwrap();
    eventually("the false report is final", async || {
        let tag = BlockNumberOrTag::Finalized;
        let finalized = world.chains[0].anvil.provider().get_block_by_number(tag).await?;
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
