//! What happens to a lane's account and to the market while the keeper works.

use std::time::Duration;

use alloy::{
    network::{EthereumWallet, TransactionBuilder},
    primitives::U256,
    providers::{Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
};
use fluxion_devnet::trial::{PATIENCE, eventually, hurry, judge, lane, on_its_way, progress, rounds};
use fluxion_devnet::{accounts, audit, keeper::Keeper};

/// Intents of the keeper that match a condition.
async fn intents(keeper: &Keeper, sql: &'static str) -> eyre::Result<Vec<String>> {
    audit::rows(&keeper.location(), sql).await
}

const GWEI: u128 = 1_000_000_000;

/// TX-7: without money the work parks and says so; when the account is refunded it goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_account_parks_and_goes_on_when_it_is_refunded() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let chain = &world.chains[0].anvil;
    chain.set_balance(lane().unwrap(), U256::ZERO).await.unwrap();
    eventually("parked for funds", async || {
        Ok(
            !intents(&world.keeper, "SELECT effect FROM intents WHERE parked = 'funds'")
                .await?
                .is_empty(),
        )
    })
    .await
    .unwrap();
    // Whatever was on its way is through by now: without money nothing more is sent.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = rounds(&world).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(rounds(&world).await.unwrap(), before, "rounds were made without money");
    chain
        .set_balance(lane().unwrap(), U256::from(10).pow(U256::from(18)))
        .await
        .unwrap();
    progress(&world, 2).await.unwrap();
    judge(&mut world, 0).await.unwrap();
}

/// TX-8: above the fee cap the work parks, with a slot and without one; when the market calms down it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_fee_cap_parks_and_goes_on_when_the_market_calms_down() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.config.chain[0].fees.max_fee_per_gas = (20 * GWEI).to_string();
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let chain = &world.chains[0].anvil;
    chain.set_interval_mining(0).await.unwrap();
    on_its_way(chain).await.unwrap();
    let storm = async || {
        chain.set_next_base_fee(200 * GWEI).await.unwrap();
        chain.mine(1).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    eventually("parked at the cap", async || {
        storm().await;
        Ok(
            !intents(&world.keeper, "SELECT effect FROM intents WHERE parked = 'fee_cap'")
                .await?
                .is_empty(),
        )
    })
    .await
    .unwrap();
    let before = rounds(&world).await.unwrap();
    for _ in 0..4 {
        storm().await;
    }
    assert_eq!(rounds(&world).await.unwrap(), before, "paid more than the cap");
    let calm = async || {
        chain.set_next_base_fee(GWEI).await.unwrap();
        chain.set_interval_mining(1).await.unwrap();
    };
    calm().await;
    progress(&world, 2).await.unwrap();

    // Without a nonce: everything that it had sent is mined, and whatever it wants when it starts again is too dear.
    world.keeper.terminate(PATIENCE).await.unwrap();
    chain.mine(2).await.unwrap();
    chain.set_interval_mining(0).await.unwrap();
    storm().await;
    world.keeper.start().await.unwrap();
    eventually("parked at the cap without a nonce", async || {
        storm().await;
        let waiting = "SELECT effect FROM intents WHERE parked = 'fee_cap' AND state IN ('planned', 'simulated')";
        Ok(!intents(&world.keeper, waiting).await?.is_empty())
    })
    .await
    .unwrap();
    calm().await;
    progress(&world, 2).await.unwrap();
    judge(&mut world, 0).await.unwrap();
}

/// TX-9: a transaction of somebody else with the same key costs a nonce, never an effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_from_outside_costs_a_nonce_and_no_effect() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let chain = &world.chains[0].anvil;
    let wallet = EthereumWallet::from(accounts::key(accounts::PRICES_LANE).unwrap());
    let outside = ProviderBuilder::new()
        .wallet(wallet)
        .connect_http(chain.url().parse().unwrap());
    for _ in 0..3 {
        // While no block comes, the stranger outbids whatever the keeper has on its next nonce.
        chain.set_interval_mining(0).await.unwrap();
        on_its_way(chain).await.unwrap();
        let nonce = chain.provider().get_transaction_count(lane().unwrap()).await.unwrap();
        let steal = TransactionRequest::default()
            .with_from(lane().unwrap())
            .with_to(lane().unwrap())
            .with_nonce(nonce)
            .with_gas_limit(21_000)
            .with_max_fee_per_gas(400 * GWEI)
            .with_max_priority_fee_per_gas(300 * GWEI);
        let sent = outside.send_transaction(steal).await.unwrap();
        chain.mine(1).await.unwrap();
        assert!(
            chain
                .provider()
                .get_transaction_receipt(*sent.tx_hash())
                .await
                .unwrap()
                .is_some(),
            "it was outbid"
        );
        chain.set_interval_mining(1).await.unwrap();
        progress(&world, 2).await.unwrap();
    }
    eventually("every stolen nonce known as such", async || {
        Ok(intents(
            &world.keeper,
            "SELECT CAST(nonce AS TEXT) FROM slots WHERE ended = 'foreign'",
        )
        .await?
        .len()
            == 3)
    })
    .await
    .unwrap();
    judge(&mut world, 3).await.unwrap();
}

/// TX-4: a price that expired on its nonce is replaced there by a fresher one, never sent late.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_price_is_superseded_on_its_slot() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    hurry(&mut world);
    // No raise before the expiry: the nonce must be taken over for being late.
    world.keeper.config.chain[0].fees.bump_after_s = 120;
    world.keeper.config.chain[0].fees.max_fee_per_gas = (20 * GWEI).to_string();
    world.keeper.start().await.unwrap();
    progress(&world, 2).await.unwrap();
    let chain = &world.chains[0].anvil;
    chain.set_interval_mining(0).await.unwrap();
    on_its_way(chain).await.unwrap();
    // Blocks come, too dear for what was offered, until it has expired.
    for _ in 0..12 {
        chain.set_next_base_fee(200 * GWEI).await.unwrap();
        chain.mine(1).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    chain.set_next_base_fee(GWEI).await.unwrap();
    chain.set_interval_mining(1).await.unwrap();
    progress(&world, 2).await.unwrap();
    judge(&mut world, 0).await.unwrap();
    let superseded = intents(
        &world.keeper,
        "SELECT s.nonce || ': ' || count(DISTINCT a.intent_id) FROM slots s JOIN attempts a USING (chain_id, signer, nonce)
         WHERE a.kind = 'payload' AND s.ended = 'ok' GROUP BY s.nonce HAVING count(DISTINCT a.intent_id) > 1",
    )
    .await;
    assert!(
        !superseded.unwrap().is_empty(),
        "no nonce went from an expired price to a fresher one"
    );
}
