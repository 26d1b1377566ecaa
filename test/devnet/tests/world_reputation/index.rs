//! What scores are computed from: through reorgs, and in an index that began without it.

use alloy::{eips::BlockNumberOrTag, primitives::U256, providers::Provider as _};
use fluxion_abi::ISkillWallet;
use fluxion_devnet::{
    World, accounts,
    keeper::UpdateReputation,
    skills::{SkillPlaces, TRADING, attest},
    trial::{PATIENCE, eventually},
};
use fluxion_keeper::{
    model::ChainId,
    store::{SkillContracts, SkillEvent, SkillRow, SkillStore as _, sql::SqlStore},
};

use super::{both_reported, same_as_a_fresh_index, traders_learn};

/// What the keeper has indexed of wallets, badges and scores.
async fn rows(world: &World) -> Vec<SkillRow> {
    let chain = &world.chains[0];
    let places = SkillPlaces::of(&chain.deployment).unwrap();
    let contracts = SkillContracts {
        wallets: places.wallets,
        badges: places.badges,
        reputation: places.reputation,
    };
    let store = SqlStore::open_beside(&world.keeper.location()).await.unwrap();
    let rows = store
        .skill_rows(ChainId(chain.anvil.chain_id()), &contracts)
        .await
        .unwrap();
    store.close().await;
    rows
}

/// Waits until the keeper has read the head of the chain, by number and hash.
async fn read_to_the_head(world: &World) {
    let chain = &world.chains[0];
    eventually("the index at the head", async || {
        let head = chain
            .anvil
            .provider()
            .get_block_by_number(BlockNumberOrTag::Latest)
            .await?;
        let head = head.map(|head| head.header.number);
        Ok(world.keeper.status().await?["chains"][0]["indexed"].as_u64() == head)
    })
    .await
    .unwrap();
}

/// Experience by what the index has: the last change of the wallet.
fn indexed_xp(rows: &[SkillRow], of: U256) -> Option<u64> {
    rows.iter().rev().find_map(|row| match &row.event {
        SkillEvent::SkillChanged { wallet, skill, xp, .. } if *wallet == of && *skill == TRADING => Some(*xp),
        _ => None,
    })
}

/// REP-9: an attestation that leaves the chain leaves the index, at every depth above the finalized block, and what
/// comes in its place is there instead; in the end the index is that of a fresh one.
#[tokio::test(flavor = "multi_thread")]
async fn attestations_that_leave_the_chain_leave_the_index() {
    let mut world = fluxion_devnet::trial::world()
        .feeds(&[])
        .reputation()
        .prepare()
        .await
        .unwrap();
    traders_learn(&world).await;
    // It only reads: a report would be another event.
    world.keeper.config.keeper.mode = "signer";
    world.keeper.config.lane.clear();
    world.keeper.config.attestation.peers.clear();
    world.keeper.start().await.unwrap();
    let chain = &world.chains[0];
    let trader = accounts::key(accounts::TRADERS[0]).unwrap().address();
    let wallets = ISkillWallet::new(
        SkillPlaces::of(&chain.deployment).unwrap().wallets,
        chain.anvil.provider(),
    );
    let wallet = wallets.walletOf(trader).call().await.unwrap();
    let on_chain = async || {
        let state = wallets.skillOf(wallet, TRADING).call().await.unwrap();
        state.xp.to::<u64>()
    };
    chain.anvil.set_interval_mining(0).await.unwrap();
    // Blocks are final two below the head.
    for (depth, xp) in [(1, 7), (2, 11), (1, 13)] {
        chain.anvil.mine(3).await.unwrap();
        read_to_the_head(&world).await;
        let (before, had) = (rows(&world).await, on_chain().await);
        attest(chain, trader, TRADING, xp).await.unwrap();
        chain.anvil.mine(depth).await.unwrap();
        read_to_the_head(&world).await;
        let with = rows(&world).await;
        assert_eq!(with.len(), before.len() + 1, "depth {depth}");
        assert_eq!(indexed_xp(&with, wallet), Some(had + u64::from(xp)), "depth {depth}");

        chain.anvil.reorg(depth).await.unwrap();
        assert_eq!(on_chain().await, had, "the attestation has left the chain");
        // The validator signs again, for less; the nonce is the same.
        attest(chain, trader, TRADING, xp - 1).await.unwrap();
        chain.anvil.mine(1).await.unwrap();
        eventually("the index without it", async || {
            Ok(indexed_xp(&rows(&world).await, wallet) == Some(had + u64::from(xp) - 1))
        })
        .await
        .unwrap();
        let after = rows(&world).await;
        assert_eq!(
            after[..before.len()],
            before,
            "depth {depth}: what was before it is as it was"
        );
        assert_eq!(after.len(), before.len() + 1, "depth {depth}");
        assert_eq!(on_chain().await, had + u64::from(xp) - 1);
    }
    chain.anvil.set_interval_mining(1).await.unwrap();
    same_as_a_fresh_index(&world).await;
}

/// REP-9: an index that began before scores were configured reports nothing and says what to do; `resync` mends it and
/// keeps the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_began_without_scores_is_mended_by_resync() {
    let mut world = fluxion_devnet::trial::world().prepare().await.unwrap();
    traders_learn(&world).await;
    world.keeper.start().await.unwrap();
    fluxion_devnet::trial::progress(&world, 1).await.unwrap();
    read_past_now(&world).await;
    world.keeper.terminate(PATIENCE).await.unwrap();
    let sent = ["txs", "list", "--json"];
    let before = world.keeper.command(&sent, PATIENCE).await.unwrap();

    let names = [world.chains[0].name.to_owned()];
    for keeper in world.signers.iter_mut().chain([&mut world.keeper]) {
        keeper.config.job.update_reputation = Some(UpdateReputation::new(&names));
        keeper.terminate(PATIENCE).await.unwrap();
        keeper.start().await.unwrap();
    }
    eventually("the complaint", async || {
        let said = world.keeper.status().await?["chains"][0]["reputation"]["text"].to_string();
        Ok(said.contains("0 of 2 skills; stop the keeper and run `fluxion-keeper resync`"))
    })
    .await
    .unwrap();
    assert!(super::reports(&world).await.is_empty());
    world.keeper.terminate(PATIENCE).await.unwrap();
    let resynced = world.keeper.command(&["resync", "--json"], PATIENCE).await.unwrap();
    assert!(resynced.contains("\"missing\":"), "{resynced}");
    assert!(!rows(&world).await.is_empty(), "{resynced}");
    let after = world.keeper.command(&sent, PATIENCE).await.unwrap();
    assert!(after.lines().count() >= before.lines().count(), "intents stay");
    world.keeper.start().await.unwrap();
    both_reported(&world).await;
}

/// Waits until the keeper has read what the traders did.
async fn read_past_now(world: &World) {
    let head = world.chains[0].anvil.provider().get_block_number().await.unwrap();
    eventually("the index past this block", async || {
        Ok(world.keeper.status().await?["chains"][0]["indexed"].as_u64() >= Some(head))
    })
    .await
    .unwrap();
}
