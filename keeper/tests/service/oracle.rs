//! What is signed and sent is, bit for bit, what the contracts read: the golden vectors that the Solidity tests read
//! too.

use alloy::primitives::{Address, B256, Bytes, I256, LogData, U256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall as _, SolEvent as _};
use fluxion_abi::IPriceFeed;
use fluxion_keeper::attest::{Attestable as _, encode};
use fluxion_keeper::jobs::update_prices::{Report, effect, feed_id, intent};
use fluxion_keeper::jobs::update_reputation::ScoreBatch;
use fluxion_keeper::jobs::{Signed, Wanted};
use fluxion_keeper::model::{ChainId, TraceId};
use fluxion_keeper::sources::Price;
use serde_json::Value;

fn vectors(of: &str) -> Value {
    let path = format!("{}/../test/vectors/{of}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is missing"))
}

fn signers(vectors: &Value) -> Vec<PrivateKeySigner> {
    let signer = |signer: &Value| {
        let key: PrivateKeySigner = text(signer, "key").parse().unwrap();
        assert_eq!(key.address(), text(signer, "address").parse::<Address>().unwrap());
        key
    };
    list(vectors, "signers").iter().map(signer).collect()
}

/// That the case's signers sign this digest as it says, and the signatures are encoded as it says.
fn assert_signed(case: &Value, keys: &[PrivateKeySigner], digest: B256) {
    let name = text(case, "name");
    assert_eq!(digest, text(case, "digest").parse::<B256>().unwrap(), "{name}: digest");
    let signatures: Vec<_> = list(case, "signerIndexes")
        .iter()
        .map(|i| i.to_string().trim_matches('"').parse::<usize>().unwrap())
        .map(|i| keys[i].sign_hash_sync(&digest).unwrap())
        .collect();
    let golden = list(case, "signatures");
    assert_eq!(signatures.len(), golden.len(), "{name}");
    for (signature, golden) in signatures.iter().zip(golden) {
        assert_eq!(
            Bytes::from(signature.as_erc2098().to_vec()).to_string(),
            golden.as_str().unwrap(),
            "{name}"
        );
    }
    assert_eq!(
        encode(signatures.iter()).to_string(),
        text(case, "encoded"),
        "{name}: encoding"
    );
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing"))
}

fn number<T: std::str::FromStr>(value: &Value, key: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    // Numbers are decimal strings; small ones may stand as JSON numbers.
    match &value[key] {
        Value::String(text) => text.parse().unwrap(),
        other => other.to_string().parse().unwrap(),
    }
}

/// ATTEST-4: the vectors that the contracts read.
#[test]
fn digests_signatures_and_encoding_match_the_contracts() {
    let vectors = vectors("price_report");
    let keys = signers(&vectors);
    let cases = list(&vectors, "cases");
    assert!(cases.len() >= 3, "the vectors are there");
    for case in cases {
        let name = text(case, "name");
        let id = text(case, "feedId").parse::<B256>().unwrap();
        let feed = String::from_utf8(id.iter().copied().take_while(|byte| *byte != 0).collect()).unwrap();
        assert_eq!(feed_id(&feed), id, "{name}");
        let Some(price) = Price::new(number(case, "price")) else {
            panic!("{name}: no price")
        };
        let report = Report {
            chain: ChainId(number(case, "chainId")),
            contract: text(case, "feed").parse().unwrap(),
            feed,
            price,
            observed_at: number(case, "observedAt"),
            set_id: number(case, "setId"),
        };
        assert_signed(case, &keys, report.digest());
    }
}

/// ATTEST-4: the same of batches of scores.
#[test]
fn batches_of_scores_match_the_contracts() {
    let vectors = vectors("reputation_report");
    let keys = signers(&vectors);
    let cases = list(&vectors, "cases");
    assert!(cases.len() >= 6, "the vectors are there");
    for case in cases {
        let update = |update: &Value| update.as_str().unwrap().parse::<U256>().unwrap();
        let batch = ScoreBatch {
            chain: ChainId(number(case, "chainId")),
            contract: text(case, "oracle").parse().unwrap(),
            updates: list(case, "updates").iter().map(update).collect(),
            observed_at: number(case, "observedAt"),
            set_id: number(case, "setId"),
        };
        assert_signed(case, &keys, batch.digest());
    }
}

#[test]
fn an_intent_carries_the_report_and_waits_for_its_event() {
    let report = Report {
        chain: ChainId(31_337),
        feed: "EUR/USD".into(),
        contract: Address::repeat_byte(7),
        price: Price::new(108_340_000).unwrap(),
        observed_at: 1_763_700_000,
        set_id: 3,
    };
    let wanted = intent(&Signed {
        wanted: Wanted {
            report: report.clone(),
            strict: false,
            valid_until: 1_763_700_020,
            cause: "heartbeat",
            reason: "heartbeat".into(),
            evidence_at_ms: 5,
        },
        signatures: Bytes::from_static(&[1, 2, 3]),
        trace: TraceId("00ff".into()),
    });
    assert_eq!(wanted.effect, "price/31337/EUR-USD/1763700000");
    assert_eq!(wanted.topic, "price/31337/EUR-USD");
    assert_eq!(wanted.effect, effect(report.chain, &report.feed, report.observed_at));
    let call = IPriceFeed::reportCall::abi_decode(&wanted.data).unwrap();
    assert_eq!((call.observedAt, call.setId), (U256::from(1_763_700_000u64), 3));
    assert_eq!(call.price.to_string(), "108340000");
    // A feed emits one of the two for the epoch, whatever the price, and neither for another epoch.
    let price = I256::try_from(5).unwrap();
    let logs = |epoch: u64| {
        let round = IPriceFeed::AnswerUpdated {
            current: price,
            roundId: U256::from(9),
            updatedAt: U256::from(epoch),
        };
        let disputed = IPriceFeed::PriceDisputed {
            lastPrice: price,
            disputedPrice: price,
            observedAt: U256::from(epoch),
            since: U256::from(1_763_700_000u64),
        };
        [round.encode_log_data(), disputed.encode_log_data()]
    };
    let shows = |log: &LogData| {
        wanted.expected.forms.iter().any(|form| {
            form.topics
                .iter()
                .zip(log.topics())
                .all(|(form, topic)| form.is_none_or(|t| t == *topic))
                && form.data.as_ref().is_none_or(|data| *data == log.data)
        })
    };
    assert_eq!(wanted.expected.address, report.contract);
    assert_eq!(logs(1_763_700_000).each_ref().map(shows), [true, true]);
    assert_eq!(logs(1_763_700_001).each_ref().map(shows), [false, false]);
    assert_eq!(wanted.valid_until, Some(1_763_700_020));
}
