//! A signer of scores: what it signs, what it refuses, and that it never signs two scores of a wallet for one epoch.

use std::path::Path;
use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use fluxion_keeper::attest::{Attestable as _, Attestor, Refusal, Service};
use fluxion_keeper::jobs::update_reputation::{MAX_BATCH, ScoreBatch, ScoreJudge, ScoresRequest};
use fluxion_keeper::model::{BlockRef, EventRef, Height, TraceId};
use fluxion_keeper::oracle::SignerSet;
use fluxion_keeper::reputation::{VERSION, update};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{
    BlockBatch, DecodedEvent, IndexStore as _, IndexedEvent, SignatureStore as _, SkillContracts, SkillEvent,
};
use serde_json::json;

use super::scripted::{CHAIN, Scripted};
use super::signer_node::{attestor, key, set};

const CONTRACTS: SkillContracts = SkillContracts {
    wallets: Address::repeat_byte(31),
    badges: Address::repeat_byte(32),
    reputation: Address::repeat_byte(33),
};
/// Blocks come ten seconds apart from here.
const START: u64 = 1_000;
const EPOCH: u64 = 1_045;

fn block(height: u64) -> BlockRef {
    let hash = |height: u64| B256::from(U256::from(height));
    BlockRef {
        height: Height(height),
        hash: hash(height),
        parent: hash(height - 1),
        time: START + 10 * height,
    }
}

/// Wallets 1 and 2, and one level of ten for the first of them by attested experience: skill 1 has a level every 100.
fn events(xp: u64) -> Vec<SkillEvent> {
    let minted = |wallet: u64| SkillEvent::WalletMoved {
        wallet: U256::from(wallet),
        from: Address::ZERO,
        to: Address::repeat_byte(u8::try_from(wallet).unwrap()),
    };
    let attested = |wallet: u64, added: u64| SkillEvent::SkillChanged {
        wallet: U256::from(wallet),
        skill: 1,
        validator: Address::repeat_byte(9),
        added,
        taken: 0,
        xp: added,
    };
    let defined = SkillEvent::SkillDefined {
        skill: 1,
        first_level_xp: 100,
        level_step_xp: 0,
        max_level: 10,
        grace_seconds: 0,
        decay_xp_per_day: 0,
    };
    vec![defined, minted(1), minted(2), attested(1, xp), attested(2, 1_000)]
}

/// Indexes an event a block, six blocks in all.
async fn index(store: &SqlStore, events: &[SkillEvent]) {
    for height in 1..=6 {
        let at = block(height);
        let event = usize::try_from(height - 1).ok().and_then(|n| events.get(n)).cloned();
        let events = event.map(|event| IndexedEvent {
            at: EventRef {
                height: at.height,
                block: at.hash,
                transaction: at.hash,
                log_index: 0,
            },
            address: CONTRACTS.wallets,
            topics: vec![at.hash],
            data: Bytes::new(),
            decoded: Some(DecodedEvent::Skill { time: at.time, event }),
        });
        let batch = BlockBatch {
            after: store.cursor(CHAIN).await.unwrap(),
            blocks: vec![at],
            events: events.into_iter().collect(),
        };
        store.commit_batch(CHAIN, &batch).await.unwrap();
    }
}

struct Signer {
    service: Service<ScoreJudge>,
    store: SqlStore,
}

impl Signer {
    async fn open(folder: &Path, in_force: SignerSet) -> Self {
        let (attestor, store): (Attestor, SqlStore) = attestor(folder, 1).await;
        let oracle = Scripted::new(in_force).oracle().await;
        let chains = [(CHAIN, (oracle, CONTRACTS))].into();
        let service = Service::new(vec![attestor], ScoreJudge::new(Arc::new(store.clone()), chains));
        Self { service, store }
    }

    /// With the events of [`events`] in blocks 1 to 5, and block 6 final.
    async fn with_events(folder: &Path, xp: u64) -> Self {
        let signer = Self::open(folder, set(1)).await;
        index(&signer.store, &events(xp)).await;
        signer.store.raise_finalized(CHAIN, block(6)).await.unwrap();
        signer
    }

    async fn ask(&self, scores: &[(u64, u16)], epoch: u64) -> Result<Bytes, Refusal> {
        self.answer(&request(scores, epoch)).await
    }

    async fn answer(&self, request: &ScoresRequest) -> Result<Bytes, Refusal> {
        let reply = self.service.sign(request).await?;
        assert_eq!(reply.signer, key(1).address());
        let batch = ScoreBatch {
            chain: CHAIN,
            contract: CONTRACTS.reputation,
            updates: request.updates.clone(),
            observed_at: request.observed_at,
            set_id: 1,
        };
        let signature = Signature::from_erc2098(&reply.signature);
        assert_eq!(
            signature.recover_address_from_prehash(&batch.digest()).unwrap(),
            reply.signer
        );
        Ok(reply.signature)
    }
}

fn request(scores: &[(u64, u16)], epoch: u64) -> ScoresRequest {
    let packed = |(wallet, score): &(u64, u16)| update(U256::from(*wallet), *score).unwrap();
    ScoresRequest {
        chain_id: CHAIN.0,
        formula: VERSION,
        updates: scores.iter().map(packed).collect(),
        observed_at: epoch,
        set_id: 1,
        trace_id: TraceId::random(),
    }
}

/// (6 x 5,000 x level / 10 + 2,000) / 10 at one level in one skill.
const fn score(level: u16) -> u16 {
    (6 * 500 * level + 2_000) / 10
}

/// REP-7: it signs what its own index gives, wallet by wallet, and names the one that differs.
#[tokio::test]
async fn a_batch_is_signed_only_if_every_score_in_it_is_the_own_one() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::with_events(folder.path(), 450).await;
    // The attestation of wallet 2 comes after the epoch.
    signer.ask(&[(1, score(4)), (2, 0)], EPOCH).await.unwrap();
    for (scores, wallet, own) in [
        ([(1, score(4) + 1), (2, 0)], 1, score(4)),
        ([(1, score(4)), (2, 1)], 2, 0),
        ([(1, score(4)), (3, 7)], 3, 0),
    ] {
        let refusal = signer.ask(&scores, EPOCH).await.unwrap_err();
        assert_eq!(refusal.code, "score_differs");
        let asked = scores.iter().find(|(one, _)| *one == wallet).unwrap().1;
        let details = json!({"wallet": wallet.to_string(), "epoch": EPOCH, "asked": asked, "own": own});
        assert_eq!(refusal.details, details);
    }
    // A later epoch sees it, and asks for more than is final only in vain.
    signer.ask(&[(1, score(4)), (2, score(10))], 1_055).await.unwrap();
    let refusal = signer.ask(&[(1, score(4))], 1_060).await.unwrap_err();
    assert_eq!(refusal.code, "epoch_not_final", "another block of that second may come");
    assert_eq!(refusal.details, json!({"epoch": 1_060, "finalized": 1_060}));
}

/// REP-7: no second score of a wallet and epoch is signed, not even when the own index has changed its mind, in another
/// batch, or after a restart; the same one is, as often as it is asked for.
#[tokio::test]
async fn no_second_score_of_a_wallet_and_epoch_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::with_events(folder.path(), 450).await;
    let first = signer.ask(&[(1, score(4))], EPOCH).await.unwrap();
    assert_eq!(signer.ask(&[(1, score(4))], EPOCH).await.unwrap(), first);
    signer.ask(&[(1, score(4)), (2, 0)], EPOCH).await.unwrap();

    // The chain that was final is gone, as after a `resync --past-finality`: now wallet 1 has another score.
    let elsewhere = tempfile::tempdir().unwrap();
    let anew = SqlStore::open_file(elsewhere.path(), "resync").await.unwrap();
    index(&anew, &events(700)).await;
    anew.raise_finalized(CHAIN, block(6)).await.unwrap();
    signer.store.take_index(&anew, CHAIN).await.unwrap();
    anew.close().await;
    for scores in [&[(1, score(7))][..], &[(1, score(7)), (2, 0)]] {
        let refusal = signer.ask(scores, EPOCH).await.unwrap_err();
        assert_eq!(refusal.code, "epoch_already_signed", "{refusal}");
    }
    let refusal = signer.ask(&[(1, score(4))], EPOCH).await.unwrap_err();
    assert_eq!(
        refusal.code, "score_differs",
        "nor the old one, which the index does not give"
    );
    signer.ask(&[(2, 0)], EPOCH).await.unwrap();
    signer.store.close().await;
    drop(signer);

    let restarted = Signer::open(folder.path(), set(1)).await;
    let refusal = restarted.ask(&[(1, score(7))], EPOCH).await.unwrap_err();
    assert_eq!(refusal.code, "epoch_already_signed", "{refusal}");
    restarted.ask(&[(1, score(7))], 1_055).await.unwrap();
    // A closed epoch is signed by nobody again.
    restarted.store.close_epochs(CHAIN, EPOCH).await.unwrap();
    let refusal = restarted.ask(&[(2, 0)], EPOCH).await.unwrap_err();
    assert_eq!(refusal.code, "epoch_closed", "{refusal}");
}

/// REP-7: whatever is no batch, of another chain, formula or signer set, or judged by an index with a gap, is refused
/// with its reason.
#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::with_events(folder.path(), 450).await;
    let good = request(&[(1, score(4))], EPOCH);
    let many: Vec<(u64, u16)> = (1..=MAX_BATCH as u64 + 1).map(|wallet| (wallet, 0)).collect();
    let none = ScoresRequest {
        updates: vec![],
        ..good.clone()
    };
    for (code, asked) in [
        (
            "unknown_chain",
            ScoresRequest {
                chain_id: 1,
                ..good.clone()
            },
        ),
        (
            "formula_differs",
            ScoresRequest {
                formula: VERSION + 1,
                ..good.clone()
            },
        ),
        (
            "signer_set_not_current",
            ScoresRequest {
                set_id: 2,
                ..good.clone()
            },
        ),
        ("batch_malformed", none),
        ("batch_malformed", request(&many, EPOCH)),
        ("batch_malformed", request(&[(2, 0), (1, score(4))], EPOCH)),
        ("batch_malformed", request(&[(1, score(4)), (1, score(4))], EPOCH)),
    ] {
        assert_eq!(signer.answer(&asked).await.unwrap_err().code, code);
    }
    signer.answer(&good).await.unwrap();
    signer.store.close().await;

    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Signer::open(
        elsewhere.path(),
        SignerSet {
            signers: vec![Address::repeat_byte(1); 3],
            ..set(1)
        },
    )
    .await;
    index(&stranger.store, &events(450)).await;
    stranger.store.raise_finalized(CHAIN, block(6)).await.unwrap();
    assert_eq!(stranger.answer(&good).await.unwrap_err().code, "not_a_signer");

    let gap = tempfile::tempdir().unwrap();
    let gap = Signer::open(gap.path(), set(1)).await;
    let mut without_mint = events(450);
    without_mint.remove(1);
    index(&gap.store, &without_mint).await;
    gap.store.raise_finalized(CHAIN, block(6)).await.unwrap();
    let refusal = gap.answer(&good).await.unwrap_err();
    assert_eq!(refusal.code, "index_failed");
    assert!(refusal.to_string().contains("wallet 1"), "{refusal}");
}
