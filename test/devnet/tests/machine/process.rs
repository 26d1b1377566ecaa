//! One life of the process: its store, its transaction manager, and the index that both go by.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy::primitives::{B256, Bytes, U256, keccak256};
use fluxion_devnet::accounts;
use fluxion_keeper::{
    chain::Chain as _,
    clock::Clock,
    model::{EventRef, FeePolicy, Height, Lane},
    store::{BlockBatch, IndexStore as _, IndexedEvent, StoreError, sql::SqlStore},
    tx::{LaneSigner, TxManager},
};

use crate::{
    mortal::{Life, Mortal},
    node::{CHAIN, CONTRACT, Node},
};

pub const GWEI: u128 = 1_000_000_000;

/// Time that only the script moves, in milliseconds.
#[derive(Debug)]
pub struct ScriptClock(pub AtomicU64);

impl Clock for ScriptClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One life of the process.
pub struct Process {
    pub store: Arc<Mortal>,
    pub manager: TxManager,
    pub life: Arc<Life>,
}

pub fn signature() -> B256 {
    keccak256("Made(bytes32)")
}

pub fn effect(number: u32) -> Bytes {
    B256::from(U256::from(number)).to_vec().into()
}

pub async fn begin(folder: &Path, node: &Arc<Node>, clock: &Arc<ScriptClock>) -> Process {
    let life = Arc::<Life>::default();
    let store = SqlStore::open_file(folder, "machine").await.unwrap();
    let store = Arc::new(Mortal {
        store,
        life: life.clone(),
    });
    *node.sender.lock().unwrap() = Some(store.clone());
    let lane = LaneSigner {
        lane: Lane::Prices,
        signer: Arc::new(accounts::key(accounts::PRICES_LANE).unwrap()),
    };
    let ether = |thousandths: u64| U256::from(thousandths) * U256::from(10_u64.pow(15));
    let policy = FeePolicy {
        max_fee_per_gas: 500 * GWEI,
        max_tx_cost: ether(100),
        max_daily_cost: ether(1_000_000),
        unblock_max_tx_cost: ether(20),
        unblock_max_daily_cost: ether(1_000_000),
        min_bump_percent: 10,
        bump_after_s: 2,
        min_tip: 0,
        max_gas: None,
    };
    let manager = TxManager::new(
        node.clone(),
        store.clone(),
        clock.clone(),
        vec![lane],
        policy,
        Arc::default(),
    );
    Process { store, manager, life }
}

/// Brings the index to what the node shows, as the indexer does.
pub async fn index(store: &Mortal, node: &Node) -> Result<(), StoreError> {
    let Some(head) = *node.heads().borrow() else {
        return Ok(());
    };
    loop {
        let cursor = store.cursor(CHAIN).await?;
        let next = {
            let state = node.state();
            let known = cursor.map_or(0, |c| c.height.0);
            let same = state
                .blocks
                .get(usize::try_from(known).unwrap())
                .is_some_and(|b| Some(b.at) == cursor);
            if cursor.is_none() || same {
                Ok(known + 1)
            } else {
                Err(known)
            }
        };
        let next = match next {
            Ok(next) => next,
            Err(mut height) => {
                loop {
                    height -= 1;
                    let ours = store.canonical(CHAIN, Height(height)).await?;
                    let theirs = node.state().blocks.get(usize::try_from(height).unwrap()).map(|b| b.at);
                    if ours.is_some() && ours == theirs {
                        break;
                    }
                }
                store.unwind(CHAIN, Height(height)).await?;
                continue;
            }
        };
        if next > head.height.0 {
            break;
        }
        let block = node.state().blocks.get(usize::try_from(next).unwrap()).cloned();
        let Some(block) = block else { break };
        let of_contract = block.txs.iter().enumerate().filter(|(_, tx)| tx.to == CONTRACT);
        let events = of_contract.map(|(n, tx)| IndexedEvent {
            at: EventRef {
                height: block.at.height,
                block: block.at.hash,
                transaction: tx.hash,
                log_index: n as u64,
            },
            address: CONTRACT,
            topics: vec![signature(), B256::from_slice(&tx.data)],
            data: Bytes::new(),
            decoded: None,
        });
        let batch = BlockBatch {
            after: cursor,
            blocks: vec![block.at],
            events: events.collect(),
        };
        store.commit_batch(CHAIN, &batch).await?;
    }
    let below = {
        let state = node.state();
        state.blocks[usize::try_from(head.height.0 - state.finality).unwrap()].at
    };
    if store
        .finalized(CHAIN)
        .await?
        .is_none_or(|stored| stored.height < below.height)
    {
        store.raise_finalized(CHAIN, below).await?;
    }
    Ok(())
}
