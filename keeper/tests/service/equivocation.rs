//! No signer ever puts its name to two reports of one epoch.

use alloy::primitives::Address;
use fluxion_keeper::attest::AttestError;
use proptest::prelude::*;
use serde_json::json;

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
    Restart,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is asked, in whatever order, and however often the process restarts: one digest per epoch.
    #[test]
    fn a_signer_never_equivocates(
        steps in prop::collection::vec(
            prop_oneof![
                8 => (0u64..4, 1u128..4).prop_map(|(epoch, price)| Step::Ask { epoch, price }),
                1 => Just(Step::Restart),
            ],
            1..24,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mut signer, mut store) = attestor(folder.path(), 1).await;
            let mut signed = std::collections::BTreeMap::new();
            for step in steps {
                match step {
                    Step::Restart => {
                        store.close().await;
                        drop((signer, store));
                        (signer, store) = attestor(folder.path(), 1).await;
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
            let mut elsewhere = report(9, 0);
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
