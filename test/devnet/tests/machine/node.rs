//! A node in memory that follows geth's rules for one account: 10 % more on both fees replace, what lies below the base fee waits,
//! what a reorg took out returns unless the script says otherwise. Its one contract makes an effect as often as it is told,
//! so that nothing but the keeper prevents a second time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use alloy::{
    consensus::{Transaction as _, TxEnvelope},
    eips::eip2718::Decodable2718 as _,
    primitives::{Address, B256, Bytes, U256, address, keccak256},
};
use async_trait::async_trait;
use fluxion_devnet::{
    audit::Mined as Found,
    scenario::{Fate, Trouble},
};
use fluxion_keeper::{
    chain::{At, Chain, ChainError, LogRange, MarketFees, Mined, RangeLogs, SendOutcome, Simulation},
    store::TxStore as _,
    types::{BlockRef, ChainId, Height},
};
use tokio::sync::watch;

use crate::mortal::Mortal;

pub const CHAIN: ChainId = ChainId(31_337);
pub const CONTRACT: Address = address!("00000000000000000000000000000000000000c0");
/// Blocks below the head that are final.
pub const FINAL: u64 = 8;
const GWEI: u128 = 1_000_000_000;
/// Blocks that a lagging node is behind.
const LAG: u64 = 3;

#[derive(Debug, Clone)]
pub struct Tx {
    pub hash: B256,
    pub nonce: u64,
    pub to: Address,
    pub data: Bytes,
    max_fee: u128,
    tip: u128,
}

#[derive(Debug, Clone)]
pub struct Block {
    pub at: BlockRef,
    pub txs: Vec<Tx>,
}

#[derive(Default)]
pub struct State {
    pub blocks: Vec<Block>,
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
    fn seen_height(&self) -> u64 {
        let head = self.head().height.0;
        match self.trouble {
            Some(Trouble::Lag) => head - LAG,
            Some(Trouble::StaleHead) => head.min(self.stale_at),
            _ => head,
        }
    }

    fn answers(&self) -> bool {
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

    fn used(&self, height: u64) -> u64 {
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

    fn take(&mut self, tx: Tx) -> SendOutcome {
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
    heads: watch::Sender<Option<BlockRef>>,
    /// The process that sends: what it sends has to be in its store.
    pub sender: Mutex<Option<Arc<Mortal>>>,
}

impl Node {
    pub fn new() -> Arc<Self> {
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
            ..State::default()
        };
        for _ in 0..20 {
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

    fn asked<T>(&self, what: &'static str, answer: impl FnOnce(&State) -> Option<T>) -> Result<T, ChainError> {
        let state = self.state();
        let answer = if state.answers() { answer(&state) } else { None };
        answer.ok_or(ChainError::Unavailable {
            chain: CHAIN,
            what,
            cause: "the script says so".into(),
        })
    }
}

fn decode(raw: &[u8]) -> Tx {
    let envelope = TxEnvelope::decode_2718(&mut &*raw).unwrap();
    Tx {
        hash: *envelope.tx_hash(),
        nonce: envelope.nonce(),
        to: envelope.to().unwrap(),
        data: envelope.input().clone(),
        max_fee: envelope.max_fee_per_gas(),
        tip: envelope.max_priority_fee_per_gas().unwrap(),
    }
}

#[async_trait]
impl Chain for Node {
    fn id(&self) -> ChainId {
        CHAIN
    }

    fn name(&self) -> &str {
        "simulated"
    }

    fn heads(&self) -> watch::Receiver<Option<BlockRef>> {
        self.heads.subscribe()
    }

    async fn poll(&self) -> Result<BlockRef, ChainError> {
        self.asked("the head", |state| Some(state.head()))
    }

    async fn finalized(&self) -> Result<BlockRef, ChainError> {
        self.asked("finality", |state| {
            let height = usize::try_from(state.seen_height() - FINAL).unwrap();
            Some(state.blocks[height].at)
        })
    }

    async fn block(&self, height: Height) -> Result<Option<BlockRef>, ChainError> {
        self.asked("a block", |state| {
            let block = state.blocks.get(usize::try_from(height.0).unwrap());
            Some(block.filter(|b| b.at.height.0 <= state.seen_height()).map(|b| b.at))
        })
    }

    async fn logs(&self, _: &LogRange) -> Result<RangeLogs, ChainError> {
        unreachable!("the machine reads no logs")
    }

    async fn call(&self, _: Address, _: Bytes, _: At) -> Result<Result<Bytes, Bytes>, ChainError> {
        unreachable!("the machine calls nothing")
    }

    async fn simulate(&self, _: Address, to: Address, _: &Bytes, _: U256) -> Result<Simulation, ChainError> {
        let gas = if to == CONTRACT { 60_000 } else { 21_000 };
        self.asked("a simulation", |_| Some(Simulation::Succeeds { gas }))
    }

    async fn nonce(&self, _: Address, at: At) -> Result<u64, ChainError> {
        self.asked("a nonce", |state| match at {
            At::Latest => Some(state.used(state.seen_height())),
            At::Block(hash) => {
                let block = state.blocks.iter().find(|b| b.at.hash == hash)?;
                (block.at.height.0 <= state.seen_height()).then(|| state.used(block.at.height.0))
            }
        })
    }

    async fn balance(&self, _: Address) -> Result<U256, ChainError> {
        self.asked("a balance", |_| Some(U256::from(10_u128.pow(24))))
    }

    async fn code(&self, _: Address) -> Result<Bytes, ChainError> {
        unreachable!("the machine reads no code")
    }

    async fn fees(&self) -> Result<MarketFees, ChainError> {
        self.asked("fees", |state| {
            Some(MarketFees {
                base_fee: state.base_fee,
                priority_fee: GWEI,
                l1_fee: U256::ZERO,
            })
        })
    }

    async fn mined(&self, transaction: B256) -> Result<Option<Mined>, ChainError> {
        self.asked("a receipt", |state| {
            let seen = usize::try_from(state.seen_height()).unwrap();
            let block = state.blocks[..=seen]
                .iter()
                .find(|b| b.txs.iter().any(|tx| tx.hash == transaction));
            Some(block.map(|block| Mined {
                height: block.at.height,
                block: block.at.hash,
                success: true,
                cost: U256::from(60_000 * GWEI),
            }))
        })
    }

    /// TX-1, TX-4: looks what is sent up in the sender's store, and at its term.
    async fn send(&self, raw: &[u8]) -> SendOutcome {
        let tx = decode(raw);
        let sender = self.sender.lock().unwrap().clone().unwrap();
        let slots = sender.store.open_slots(CHAIN).await.unwrap();
        let stored = slots.iter().flat_map(|(_, attempts)| attempts).any(|a| *a.raw == *raw);
        let published = self.heads.borrow().unwrap().time;
        sender
            .life
            .write(async {
                let mut state = self.state();
                if !stored {
                    state.broken.push(format!(
                        "TX-1: {} on nonce {} was sent and is not stored",
                        tx.hash, tx.nonce
                    ));
                }
                if state
                    .terms
                    .get(&tx.data)
                    .copied()
                    .flatten()
                    .is_some_and(|until| until <= published)
                {
                    state.broken.push(format!("TX-4: {} was sent after its term", tx.data));
                }
                let silent = |words: &str| SendOutcome::Unknown(words.to_owned());
                match state.trouble {
                    Some(Trouble::AnswerLost) => {
                        state.take(tx);
                        silent("connection lost")
                    }
                    Some(Trouble::AnsweredByError) => {
                        state.take(tx);
                        silent("status 500")
                    }
                    _ if !state.answers() => silent("no answer"),
                    _ => state.take(tx),
                }
            })
            .await
    }
}
