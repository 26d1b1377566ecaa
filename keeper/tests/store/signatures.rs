//! What was signed, and the epochs that nothing is signed for any more.

use alloy::primitives::{Address, B256};
use fluxion_keeper::model::ChainId;
use fluxion_keeper::store::{DigestRecord, Recorded, SignatureStore as _};

use crate::engine::{Engine, on_both_engines};
use crate::transactions::CHAIN;

fn record(epoch: u64, digest: u8) -> DigestRecord {
    DigestRecord {
        chain: CHAIN,
        feed: Address::repeat_byte(1),
        epoch,
        signer: Address::repeat_byte(2),
        digest: B256::repeat_byte(digest),
    }
}

/// ATTEST-1: the first digest of a signer, chain, feed and epoch is the only one.
async fn the_first_digest_of_an_epoch_stays(engine: Engine) {
    let store = engine.open().await;
    let first = Recorded::Digest(B256::repeat_byte(1));
    assert_eq!(store.record_digest(&record(5, 1)).await.unwrap(), first);
    assert_eq!(store.record_digest(&record(5, 2)).await.unwrap(), first);
    let elsewhere = DigestRecord {
        chain: ChainId(1),
        ..record(5, 2)
    };
    let second = Recorded::Digest(B256::repeat_byte(2));
    assert_eq!(store.record_digest(&elsewhere).await.unwrap(), second);
    assert_eq!(store.record_digest(&record(6, 2)).await.unwrap(), second);
}

/// ATTEST-5: what is forgotten stays closed, for every signer of the chain, also after an older close.
async fn a_closed_epoch_is_forgotten_and_stays_closed(engine: Engine) {
    let location = engine.location().await;
    let store = fluxion_keeper::store::sql::SqlStore::open(&location, "test")
        .await
        .unwrap();
    let elsewhere = DigestRecord {
        chain: ChainId(1),
        ..record(4, 9)
    };
    for record in [record(4, 1), record(5, 1), record(6, 1), elsewhere.clone()] {
        store.record_digest(&record).await.unwrap();
    }
    assert_eq!(store.close_epochs(CHAIN, 5).await.unwrap(), 2, "forgotten");
    assert_eq!(store.close_epochs(CHAIN, 5).await.unwrap(), 0, "again");
    assert_eq!(store.close_epochs(CHAIN, 3).await.unwrap(), 0, "an earlier one");
    store.close().await;
    drop(store);

    let store = fluxion_keeper::store::sql::SqlStore::open(&location, "test")
        .await
        .unwrap();
    let stranger = DigestRecord {
        signer: Address::repeat_byte(3),
        ..record(5, 1)
    };
    for closed in [record(4, 1), record(5, 2), record(1, 1), stranger] {
        assert_eq!(
            store.record_digest(&closed).await.unwrap(),
            Recorded::Closed { up_to: 5 }
        );
    }
    let stays = Recorded::Digest(B256::repeat_byte(1));
    assert_eq!(
        store.record_digest(&record(6, 2)).await.unwrap(),
        stays,
        "what is open is known"
    );
    let other = Recorded::Digest(elsewhere.digest);
    assert_eq!(
        store.record_digest(&elsewhere).await.unwrap(),
        other,
        "each chain by itself"
    );
    assert_eq!(
        store.close_epochs(CHAIN, 6).await.unwrap(),
        1,
        "nothing was stored for closed ones"
    );
}

on_both_engines!(
    the_first_digest_of_an_epoch_stays,
    a_closed_epoch_is_forgotten_and_stays_closed,
);
