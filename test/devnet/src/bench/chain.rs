//! A chain full of a feed's events.

use std::path::Path;

use alloy::{
    primitives::{Address, Bytes, U256, address, hex},
    providers::Provider as _,
    sol_types::SolEvent as _,
};
use fluxion_abi::IPriceFeed;
use serde_json::{Value, json};

use super::progress::Progress;
use crate::anvil::{Anvil, AnvilOptions, Mining};

/// Where the emitting code lies.
pub const FEED: Address = address!("00000000000000000000000000000000000feed1");
/// An account of the development mnemonic, whose key the chain holds.
const SENDER: Address = address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720");
/// Events of one transaction, which has a block of its own: ponder 1.0.0 never gets beyond a block that holds 5,000,
/// the rows that it reads at a time.
const PER_BLOCK: u64 = 200;
/// Empty blocks at the end: whoever waits for finality has all events behind it.
const QUIET: u64 = 100;

/// A chain whose feed made so many rounds.
pub struct EventChain {
    /// The node.
    pub anvil: Anvil,
    /// Rounds, and events.
    pub events: u64,
    /// Its last block.
    pub head: u64,
}

/// Code that emits `AnswerUpdated` for every round from the first word of the call data up to, without, the second; the
/// third is the time of round 0, the fourth its price.
fn code() -> Vec<u8> {
    let mut code = hex!("6020355f355b").to_vec(); // push end, round; loop:
    code.extend_from_slice(&hex!("80604035015f52")); // memory[0] = time + round
    code.extend_from_slice(&hex!("806060358101")); // push round, price + round
    code.push(0x7f);
    code.extend_from_slice(IPriceFeed::AnswerUpdated::SIGNATURE_HASH.as_slice());
    code.extend_from_slice(&hex!("60205fa3")); // log3 of the word
    code.extend_from_slice(&hex!("600101818110600557")); // round += 1; if round < end goto loop
    code.push(0x00);
    code
}

impl EventChain {
    /// Starts a chain and fills it.
    ///
    /// # Errors
    /// When the chain does not start, or refuses a transaction.
    pub async fn make(events: u64, logs: &Path) -> eyre::Result<Self> {
        let options = AnvilOptions {
            mining: Mining::Manual,
            ..AnvilOptions::new(31_337)
        };
        let anvil = Anvil::start(&options, logs).await?;
        ask(&anvil, "anvil_setCode", json!([FEED, Bytes::from(code())])).await?;
        let mut progress = Progress::new("events on the chain", events);
        let mut next = 1;
        while next <= events {
            let end = (next + PER_BLOCK).min(events + 1);
            let words = [next, end, 1_700_000_000, 100_000_000].map(|n| U256::from(n).to_be_bytes::<32>());
            let request = json!({
                "from": SENDER,
                "to": FEED,
                "data": Bytes::from(words.concat()),
                "gas": format!("{:#x}", 100_000 + (end - next) * 3_000),
            });
            ask(&anvil, "eth_sendTransaction", json!([request])).await?;
            anvil.mine(1).await?;
            next = end;
            progress.at(next - 1);
        }
        anvil.mine(QUIET).await?;
        let head = anvil.provider().get_block_number().await?;
        let block = json!([{"fromBlock": "0x1", "toBlock": "0x1", "address": FEED}]);
        let first = ask(&anvil, "eth_getLogs", block).await?;
        let given = first.as_array().map_or(0, Vec::len);
        eyre::ensure!(
            given as u64 == PER_BLOCK.min(events),
            "the first block has {given} events"
        );
        progress.end();
        Ok(Self { anvil, events, head })
    }
}

async fn ask(anvil: &Anvil, method: &'static str, parameters: Value) -> eyre::Result<Value> {
    Ok(anvil.provider().raw_request(method.into(), parameters).await?)
}
