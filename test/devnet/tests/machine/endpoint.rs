//! What the keeper gets from the node, in the weather that the script makes.

use alloy::{
    consensus::{Transaction as _, TxEnvelope},
    eips::eip2718::Decodable2718 as _,
    primitives::{Address, B256, Bytes, U256},
};
use async_trait::async_trait;
use fluxion_devnet::scenario::Trouble;
use fluxion_keeper::{
    chain::{At, Chain, ChainError, LogRange, MarketFees, Mined, RangeLogs, SendOutcome, Simulation},
    model::{BlockRef, ChainId, Height},
    store::TxStore as _,
};
use tokio::sync::watch;

use crate::{
    node::{CHAIN, CONTRACT, Node, Tx},
    process::GWEI,
};

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
            let height = usize::try_from(state.seen_height() - state.finality).unwrap();
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

    async fn simulate(&self, _: Address, to: Address, data: &Bytes, _: U256) -> Result<Simulation, ChainError> {
        let gas = if to == CONTRACT { 60_000 } else { 21_000 };
        self.asked("a simulation", |state| {
            if state.reverts.contains(data) {
                return Some(Simulation::Reverts {
                    data: Bytes::new(),
                    message: "execution reverted".to_owned(),
                });
            }
            (!state.unclear.contains(data)).then_some(Simulation::Succeeds { gas })
        })
    }

    async fn nonce(&self, _: Address, at: At) -> Result<u64, ChainError> {
        self.asked("a nonce", |state| match at {
            At::Latest => Some(state.wrong_count.unwrap_or_else(|| state.used(state.seen_height()))),
            At::Block(hash) => state.nonce_at(hash),
        })
    }

    async fn balance(&self, _: Address) -> Result<U256, ChainError> {
        self.asked("a balance", |_| Some(U256::from(10_u128.pow(24))))
    }

    async fn code(&self, _: Address) -> Result<Bytes, ChainError> {
        unreachable!("the machine reads no code")
    }

    async fn l1_fee(&self, _: &Bytes, _: u64) -> Result<U256, ChainError> {
        Ok(U256::ZERO)
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
            if state.head().height.0 < state.no_receipts_before {
                return Some(None);
            }
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
                let silent = |words: &str| SendOutcome::Silent(words.to_owned());
                state.sends += 1;
                if let Some(words) = state.words {
                    return SendOutcome::Unknown(words.to_owned());
                }
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
