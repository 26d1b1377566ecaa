//! No signer ever puts its name to two reports of one epoch.

use alloy::primitives::Address;
use fluxion_keeper::attest::{AttestError, Attestable as _};
use fluxion_keeper::store::SignatureStore as _;
use proptest::prelude::*;
use serde_json::json;

use super::scripted::CHAIN;
use super::signer_node::{Market, attestor, now, post, report, request, signer};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_is_signed_again_and_another_never() {
    let market = Market::at("1.0834").await;
    let node = signer(2, &market).await;
    let epoch = now();
    let (_, first) = post(&node.url, request("108340000", epoch).to_string()).await;
    let (_, again) = post(&node.url, request("108340000", epoch).to_string()).await;
    assert_eq!(first["signature"], again["signature"]);
    let (status, other) = post(&node.url, request("108340001", epoch).to_string()).await;
    assert_eq!((status, &other["error"]["code"]), (409, &json!("epoch_already_signed")));
}

/// What the property below does to a signer.
#[derive(Clone, Debug)]
enum Step {
    Ask { epoch: u64, price: u128 },
    Close { up_to: u64 },
    Restart,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// ATTEST-1, ATTEST-5: whatever is asked, in whatever order, however often the process restarts, and whatever is
    /// closed meanwhile: one digest per epoch, and none for a closed one.
    #[test]
    fn a_signer_never_equivocates(
        steps in prop::collection::vec(
            prop_oneof![
                8 => (0u64..4, 1u128..4).prop_map(|(epoch, price)| Step::Ask { epoch, price }),
                1 => (0u64..4).prop_map(|up_to| Step::Close { up_to }),
                1 => Just(Step::Restart),
            ],
            1..32,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mut signer, mut store) = attestor(folder.path(), 1).await;
            let mut signed = std::collections::BTreeMap::new();
            let mut closed = None;
            for step in steps {
                match step {
                    Step::Restart => {
                        store.close().await;
                        drop((signer, store));
                        (signer, store) = attestor(folder.path(), 1).await;
                    }
                    Step::Close { up_to } => {
                        let known = |epochs: &std::collections::BTreeMap<u64, u128>, last: Option<u64>| {
                            epochs.keys().filter(|epoch| last.is_none_or(|last| **epoch > last)).count()
                        };
                        let before = known(&signed, closed);
                        closed = closed.max(Some(up_to));
                        let forgotten = store.close_epochs(CHAIN, up_to).await.unwrap();
                        assert_eq!(forgotten, (before - known(&signed, closed)) as u64, "closed up to {up_to}");
                    }
                    Step::Ask { epoch, price } if closed.is_some_and(|closed| epoch <= closed) => {
                        let refused = signer.attest(&report(price, epoch)).await;
                        assert!(
                            matches!(refused, Err(AttestError::Closed { up_to, .. }) if Some(up_to) == closed),
                            "{refused:?}"
                        );
                    }
                    Step::Ask { epoch, price } => {
                        let first = *signed.entry(epoch).or_insert(price);
                        match signer.attest(&report(price, epoch)).await {
                            Ok(signature) => {
                                assert_eq!(price, first, "two reports signed for epoch {epoch}");
                                let digest = report(price, epoch).digest();
                                assert_eq!(signature.recover_address_from_prehash(&digest).unwrap(), signer.address());
                            }
                            Err(AttestError::Equivocation { .. }) => {
                                assert_ne!(price, first, "the same report is signed again");
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            }
            // What restarts kept is what was signed: another chain or feed is another epoch.
            let mut elsewhere = report(9, 5);
            elsewhere.contract = Address::repeat_byte(0xcc);
            assert!(signer.attest(&elsewhere).await.is_ok());
            store.close().await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_for_one_epoch_give_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let (signer, _store) = attestor(folder.path(), 1).await;
    let asked = (1..=16u128).map(|price| {
        let signer = signer.clone();
        tokio::spawn(async move { signer.attest(&report(price, 5)).await.is_ok() })
    });
    let signed = futures::future::join_all(asked)
        .await
        .into_iter()
        .filter(|done| *done.as_ref().unwrap())
        .count();
    assert_eq!(signed, 1);
}
