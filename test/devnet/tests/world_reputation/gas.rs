//! What the keeper reckons with when it cuts batches, against receipts.

use alloy::primitives::U256;
use fluxion_devnet::accounts;
use fluxion_keeper::jobs::update_reputation::Policy;

use super::{head_time, report_as_the_quorum};

/// REP-10: a batch never takes more gas than was reckoned, and not much less: with few subjects or many, two signatures
/// or three, scores that count at once or wait.
#[tokio::test(flavor = "multi_thread")]
async fn batches_take_the_gas_that_is_reckoned() {
    let world = fluxion_devnet::trial::world()
        .feeds(&[])
        .signers(0)
        .prepare()
        .await
        .unwrap();
    let two = [accounts::FIRST_SIGNER, accounts::FIRST_SIGNER + 1];
    let three = [two[0], two[1], accounts::FIRST_SIGNER + 2];
    // The kept chain's last block is old.
    world.chains[0].anvil.mine(1).await.unwrap();
    let mut wallet = 1_000_u64;
    for (subjects, signers, score) in [
        (1, &two[..], 9_999_u64),
        (1, &three[..], 10),
        (20, &two[..], 9_999),
        (60, &three[..], 9_999),
        (60, &two[..], 10),
    ] {
        let updates = (0..subjects).map(|_| {
            wallet += 1;
            U256::from(wallet << 16 | score)
        });
        let observed_at = head_time(&world).await;
        let receipt = report_as_the_quorum(&world, updates.collect(), observed_at, signers).await;
        let reckoned = Policy::gas(subjects, signers.len());
        let used = receipt.gas_used;
        println!(
            "{subjects} scores of {score}, {} signatures: {used} of {reckoned}",
            signers.len()
        );
        assert!(used <= reckoned, "{subjects} scores of {score}: {used} of {reckoned}");
        assert!(
            reckoned < 2 * used,
            "{subjects} scores of {score}: {used} of {reckoned}"
        );
    }
}
