//! Rows about wallets, skills, badges and scores: what goes in comes out, a reorg takes it back, and a resync takes it
//! along.

use alloy::primitives::{Address, U256};
use fluxion_keeper::model::{ChainId, Height};
use fluxion_keeper::store::sql::SqlStore;
use fluxion_keeper::store::{DecodedEvent, IndexStore as _, SkillContracts, SkillEvent, SkillStore as _};

use crate::engine::{Engine, on_both_engines};
use crate::index::{CHAIN, block, commit, event};

const CONTRACTS: SkillContracts = SkillContracts {
    wallets: Address::repeat_byte(31),
    badges: Address::repeat_byte(32),
    reputation: Address::repeat_byte(33),
};

/// One of every kind, with the largest values that there are.
fn events() -> Vec<(Address, SkillEvent)> {
    let account = Address::repeat_byte;
    let most = U256::MAX;
    let (wallets, badges, reputation) = (CONTRACTS.wallets, CONTRACTS.badges, CONTRACTS.reputation);
    let held = |since| SkillEvent::ScoreHeld {
        wallet: most,
        score: 10_000,
        since,
    };
    vec![
        (
            wallets,
            SkillEvent::SkillDefined {
                skill: u16::MAX,
                first_level_xp: u32::MAX,
                level_step_xp: 1,
                max_level: 100,
                grace_seconds: 2,
                decay_xp_per_day: 3,
            },
        ),
        (
            wallets,
            SkillEvent::WalletMoved {
                wallet: most,
                from: Address::ZERO,
                to: account(5),
            },
        ),
        (
            wallets,
            SkillEvent::SkillChanged {
                wallet: most,
                skill: 7,
                validator: account(6),
                added: u64::from(u32::MAX),
                taken: 0,
                xp: i64::MAX.unsigned_abs(),
            },
        ),
        (
            badges,
            SkillEvent::BadgeCreated {
                badge: most,
                soulbound: true,
                expires_at: 9,
                skill: 8,
                level: 255,
            },
        ),
        (
            badges,
            SkillEvent::BadgesMoved {
                from: account(5),
                to: account(6),
                badges: vec![U256::ONE, most],
                amounts: vec![most, U256::ZERO],
                batch: true,
            },
        ),
        (
            badges,
            SkillEvent::BadgeFrozen {
                wallet: most,
                badge: U256::ONE,
                frozen: true,
            },
        ),
        (
            reputation,
            SkillEvent::ScoresReported {
                observed_at: 77,
                updates: vec![most, U256::ONE],
            },
        ),
        (reputation, held(Some(4))),
        (reputation, held(None)),
    ]
}

async fn index(store: &SqlStore) {
    for (height, (contract, skill)) in (1_u8..).zip(events()) {
        let decoded = DecodedEvent::Skill {
            time: block(height).time,
            event: skill,
        };
        commit(store, height, vec![event(height, 3, contract, decoded)]).await;
    }
}

/// REP-9: rows come out as they went in, in order, with the time of their block, for the contracts that are asked for.
async fn what_goes_in_comes_out(engine: Engine) {
    let store = engine.open().await;
    index(&store).await;
    let rows = store.skill_rows(CHAIN, &CONTRACTS).await.unwrap();
    let seen: Vec<SkillEvent> = rows.iter().map(|row| row.event.clone()).collect();
    let expected: Vec<SkillEvent> = events().into_iter().map(|(_, event)| event).collect();
    assert_eq!(seen, expected);
    let places: Vec<_> = rows.iter().map(|row| (row.height.0, row.log_index, row.time)).collect();
    let expected: Vec<_> = (1..=9).map(|height| (height, 3, 1_000 + height)).collect();
    assert_eq!(places, expected);
    assert!(store.skill_rows(ChainId(1), &CONTRACTS).await.unwrap().is_empty());
    let others = SkillContracts {
        badges: Address::ZERO,
        ..CONTRACTS
    };
    assert_eq!(
        store.skill_rows(CHAIN, &others).await.unwrap().len(),
        6,
        "not of other badges"
    );
}

/// REP-9: every table follows a reorg and a resync.
async fn a_reorg_and_a_resync_take_every_table(engine: Engine) {
    let store = engine.open().await;
    index(&store).await;
    for height in (0..9).rev() {
        store.unwind(CHAIN, Height(height)).await.unwrap();
        let left = store.skill_rows(CHAIN, &CONTRACTS).await.unwrap();
        assert_eq!(left.len() as u64, height, "unwound to {height}");
    }
    let truth = Engine::sqlite();
    let truth = truth.open().await;
    index(&truth).await;
    let all = Height(100);
    let difference = store.difference(&truth, CHAIN, all).await.unwrap();
    assert_eq!(difference.missing, 18, "a log and a row for each event: {difference:?}");
    store.take_index(&truth, CHAIN).await.unwrap();
    assert!(store.difference(&truth, CHAIN, all).await.unwrap().is_none());
    let rows = store.skill_rows(CHAIN, &CONTRACTS).await.unwrap();
    assert_eq!(rows, truth.skill_rows(CHAIN, &CONTRACTS).await.unwrap());
}

on_both_engines!(what_goes_in_comes_out, a_reorg_and_a_resync_take_every_table);
