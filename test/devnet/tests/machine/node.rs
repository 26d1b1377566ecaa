//! A node in memory that follows geth's rules for one account: 10 % more on both fees replace, what lies below the base
//! fee waits, what a reorg took out returns unless the script says otherwise. Its one contract makes an effect as often
//! as it is told, so that nothing but the keeper prevents a second time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use alloy::primitives::{Address, B256, Bytes, address, keccak256};
use fluxion_devnet::{
    audit::Mined as Found,
    scenario::{Fate, Trouble},
};
use fluxion_keeper::{
    chain::{ChainError, SendOutcome},
    model::{BlockRef, ChainId, Height},
};
use tokio::sync::watch;

use crate::{mortal::Mortal, process::GWEI};

pub const CHAIN: ChainId = ChainId(31_337);
pub const CONTRACT: Address = address!("00000000000000000000000000000000000000c0");
/// Blocks below the head whose states a node that is no archive still has, as geth keeps them.
const STATES: u64 = 128;
/// Blocks that a lagging node is behind.
const LAG: u64 = 3;

#[derive(Debug, Clone)]
pub struct Tx {
    pub hash: B256,
    pub nonce: u64,
    pub to: Address,
    pub data: Bytes,
    pub max_fee: u128,
    pub tip: u128,
}

#[derive(Debug, Clone)]
pub struct Block {
    pub at: BlockRef,
    pub txs: Vec<Tx>,
}

#[derive(Default)]
pub struct State {
    pub blocks: Vec<Block>,
    /// Blocks below the head that are not final.
    pub finality: u64,
    /// Old states are gone: the nonce at a block that is deep enough has no answer.
    pub pruned: bool,
    /// Receipts are null until the head has this height, as where an index of transactions lags.
    pub no_receipts_before: u64,
    /// The count that the one endpoint gives that is asked for it alone; a quorum knows better.
    pub wrong_count: Option<u64>,
    /// Every send is answered with these words, and taken by nobody.
    pub words: Option<&'static str>,
    /// Sends so far.
    pub sends: u32,
    /// Calls whose simulation fails by words that nobody knows.
    pub unclear: BTreeSet<Bytes>,
    /// Calls that revert.
    pub reverts: BTreeSet<Bytes>,
    pool: BTreeMap<u64, Tx>,
    /// Everything that was ever accepted, by nonce.
    seen: BTreeMap<u64, Vec<Tx>>,
    foreign: BTreeSet<B256>,
    foreign_waits: bool,
    pub base_fee: u128,
    pub trouble: Option<Trouble>,
    /// Head when the present trouble began.
    stale_at: u64,
    forks: u64,
    /// What the keeper must never do, and did.
    pub broken: Vec<String>,
    /// Until when each effect may be sent.
    pub terms: BTreeMap<Bytes, Option<u64>>,
}

impl State {
    pub fn head(&self) -> BlockRef {
        self.blocks[self.blocks.len() - 1].at
    }

    /// Height that callers see.
    pub fn seen_height(&self) -> u64 {
        let head = self.head().height.0;
        match self.trouble {
            Some(Trouble::Lag) => head - LAG,
            Some(Trouble::StaleHead) => head.min(self.stale_at),
            _ => head,
        }
    }

    pub fn answers(&self) -> bool {
        !matches!(
            self.trouble,
            Some(
                Trouble::AnswerLost
                    | Trouble::AnsweredByError
                    | Trouble::Limit
                    | Trouble::Broken
                    | Trouble::WrongChain
                    | Trouble::Gone
            )
        )
    }

    pub fn used(&self, height: u64) -> u64 {
        let upto = &self.blocks[..=usize::try_from(height).unwrap()];
        upto.iter().map(|block| block.txs.len() as u64).sum()
    }

    fn push(&mut self, txs: Vec<Tx>) {
        let before = self.head();
        let salt = [before.hash.to_vec(), self.forks.to_be_bytes().to_vec()].concat();
        let at = BlockRef {
            height: before.height.next(),
            hash: keccak256(salt),
            parent: before.hash,
            time: before.time + 1,
        };
        self.blocks.push(Block { at, txs });
    }

    pub fn mine(&mut self) {
        let mut next = self.used(self.head().height.0);
        let mut txs = Vec::new();
        if std::mem::take(&mut self.foreign_waits) {
            let hash = keccak256([b"foreign".to_vec(), self.head().hash.to_vec()].concat());
            self.foreign.insert(hash);
            self.pool.remove(&next);
            txs.push(Tx {
                hash,
                nonce: next,
                to: Address::ZERO,
                data: Bytes::new(),
                max_fee: 10_000 * GWEI,
                tip: 1,
            });
            next += 1;
        }
        while let Some(tx) = self.pool.remove(&next) {
            if tx.max_fee < self.base_fee || txs.len() == 3 {
                self.pool.insert(next, tx);
                break;
            }
            txs.push(tx);
            next += 1;
        }
        self.pool.retain(|nonce, _| *nonce >= next);
        self.push(txs);
    }

    pub fn reorg(&mut self, depth: u8, fate: Fate) {
        let kept = self.blocks.len() - usize::from(depth);
        let lost: Vec<Tx> = self
            .blocks
            .split_off(kept)
            .into_iter()
            .flat_map(|block| block.txs)
            .collect();
        self.forks += 1;
        let mut moved = Vec::new();
        match fate {
            Fate::Vanish => {}
            Fate::Return => self.pool.extend(lost.into_iter().map(|tx| (tx.nonce, tx))),
            Fate::Move => moved = lost,
            Fate::AnotherWins => {
                moved = lost;
                for tx in &mut moved {
                    let others = self.seen.get(&tx.nonce).into_iter().flatten();
                    if let Some(other) = others.rev().find(|other| other.hash != tx.hash) {
                        *tx = other.clone();
                    }
                }
            }
        }
        for tx in &moved {
            self.pool.remove(&tx.nonce);
        }
        for _ in 0..depth {
            self.push(Vec::new());
        }
        self.push(moved);
    }

    pub fn evict(&mut self) {
        self.pool.clear();
    }

    pub fn foreign(&mut self) {
        self.foreign_waits = true;
    }

    pub fn trouble(&mut self, trouble: Option<Trouble>) {
        self.stale_at = self.head().height.0;
        self.trouble = trouble;
    }

    /// The account's nonce at a block; `None` where the node has no such state.
    pub fn nonce_at(&self, hash: B256) -> Option<u64> {
        let block = self.blocks.iter().find(|b| b.at.hash == hash)?;
        let (height, head) = (block.at.height.0, self.seen_height());
        let kept = match self.trouble {
            Some(Trouble::Pruned) => height == head,
            _ => !self.pruned || height + STATES > head,
        };
        (height <= head && kept).then(|| self.used(height))
    }

    /// Whether a step may fail: something does not answer.
    pub fn is_fine(&self) -> bool {
        self.trouble.is_none() && self.unclear.is_empty()
    }

    /// The account's transactions on the chain, as an auditor finds them.
    pub fn found(&self) -> Vec<Found> {
        let txs = self.blocks.iter().flat_map(|block| &block.txs);
        txs.map(|tx| Found {
            nonce: tx.nonce,
            hash: tx.hash,
            success: true,
        })
        .collect()
    }

    /// The next nonce and the pool, for the words of a failure.
    pub fn waiting(&self) -> (u64, &BTreeMap<u64, Tx>) {
        (self.used(self.head().height.0), &self.pool)
    }

    /// Foreign transactions on the chain.
    pub fn foreigners(&self) -> usize {
        let found = self.found();
        found.iter().filter(|tx| self.foreign.contains(&tx.hash)).count()
    }

    /// How often each effect was made on the chain.
    pub fn effects(&self) -> BTreeMap<Bytes, usize> {
        let mut made = BTreeMap::new();
        for tx in self.blocks.iter().flat_map(|block| &block.txs) {
            if tx.to == CONTRACT {
                *made.entry(tx.data.clone()).or_default() += 1;
            }
        }
        made
    }

    pub fn take(&mut self, tx: Tx) -> SendOutcome {
        let next = self.used(self.head().height.0);
        if tx.nonce < next {
            return SendOutcome::NonceTooLow;
        }
        if let Some(held) = self.pool.get(&tx.nonce) {
            if held.hash == tx.hash {
                return SendOutcome::AlreadyKnown;
            }
            let tenth_more = |old: u128| (old * 110).div_ceil(100);
            if tx.max_fee < tenth_more(held.max_fee) || tx.tip < tenth_more(held.tip) {
                return SendOutcome::ReplacementUnderpriced;
            }
        }
        let seen = self.seen.entry(tx.nonce).or_default();
        if seen.iter().all(|known| known.hash != tx.hash) {
            seen.push(tx.clone());
        }
        self.pool.insert(tx.nonce, tx);
        SendOutcome::Accepted
    }
}

pub struct Node {
    state: Mutex<State>,
    pub heads: watch::Sender<Option<BlockRef>>,
    /// The process that sends: what it sends has to be in its store.
    pub sender: Mutex<Option<Arc<Mortal>>>,
}

impl Node {
    pub fn new(finality: u64) -> Arc<Self> {
        let first = BlockRef {
            height: Height(0),
            hash: keccak256("genesis"),
            parent: B256::ZERO,
            time: 1_700_000_000,
        };
        let mut state = State {
            blocks: vec![Block {
                at: first,
                txs: Vec::new(),
            }],
            base_fee: GWEI,
            finality,
            ..State::default()
        };
        for _ in 0..finality + 12 {
            state.push(Vec::new());
        }
        Arc::new(Self {
            state: Mutex::new(state),
            heads: watch::Sender::new(None),
            sender: Mutex::new(None),
        })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Publishes the head that callers see.
    pub fn publish(&self) {
        let state = self.state();
        if state.answers() {
            let height = state.seen_height();
            self.heads
                .send_replace(Some(state.blocks[usize::try_from(height).unwrap()].at));
        }
    }

    pub fn asked<T>(&self, what: &'static str, answer: impl FnOnce(&State) -> Option<T>) -> Result<T, ChainError> {
        let state = self.state();
        let answer = if state.answers() { answer(&state) } else { None };
        answer.ok_or(ChainError::Unavailable {
            chain: CHAIN,
            what,
            cause: "the script says so".into(),
        })
    }
}
