//! A chain that answers the oracle contracts' views from a script, so that signers can be tested without a node.
//! Everything else is unreachable.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use alloy::primitives::{Address, B256, Bytes, U256, address};
use alloy::sol_types::SolCall;
use async_trait::async_trait;
use fluxion_abi::{IPriceFeed, IQuorumVerifier};
use fluxion_keeper::chain::{At, Chain, ChainError, LogRange, MarketFees, Mined, RangeLogs, SendOutcome, Simulation};
use fluxion_keeper::model::{BlockRef, ChainId, Height};
use fluxion_keeper::oracle::{ChainOracle, SignerSet};
use tokio::sync::watch;

pub(crate) const CHAIN: ChainId = ChainId(31_337);
pub(crate) const VERIFIER: Address = address!("00000000000000000000000000000000000000aa");
pub(crate) const FEED: Address = address!("00000000000000000000000000000000000000bb");

pub(crate) struct Scripted {
    set: Mutex<SignerSet>,
    heads: watch::Sender<Option<BlockRef>>,
    set_reads: AtomicU64,
}

impl Scripted {
    pub(crate) fn new(set: SignerSet) -> Arc<Self> {
        Arc::new(Self {
            set: Mutex::new(set),
            heads: watch::Sender::new(None),
            set_reads: AtomicU64::new(0),
        })
    }

    pub(crate) fn rotate(&self, set: SignerSet) {
        *self.set.lock().unwrap() = set;
    }

    /// How often the signer set was asked for.
    pub(crate) fn set_reads(&self) -> u64 {
        self.set_reads.load(Ordering::Relaxed)
    }

    /// The oracle of this chain.
    pub(crate) async fn oracle(self: &Arc<Self>) -> Arc<ChainOracle> {
        let oracle = Arc::new(ChainOracle::new(Arc::clone(self) as Arc<dyn Chain>, VERIFIER));
        oracle.refresh_set().await.unwrap();
        oracle
    }

    fn down<T>() -> Result<T, ChainError> {
        Err(ChainError::Unavailable {
            chain: CHAIN,
            what: "anything",
            cause: "scripted".into(),
        })
    }
}

#[async_trait]
impl Chain for Scripted {
    fn id(&self) -> ChainId {
        CHAIN
    }

    fn name(&self) -> &str {
        "local-a"
    }

    fn heads(&self) -> watch::Receiver<Option<BlockRef>> {
        self.heads.subscribe()
    }

    async fn poll(&self) -> Result<BlockRef, ChainError> {
        Self::down()
    }

    async fn finalized(&self) -> Result<BlockRef, ChainError> {
        Self::down()
    }

    async fn block(&self, _: Height) -> Result<Option<BlockRef>, ChainError> {
        Self::down()
    }

    async fn logs(&self, _: &LogRange) -> Result<RangeLogs, ChainError> {
        Self::down()
    }

    async fn call(&self, to: Address, data: Bytes, _: At) -> Result<Result<Bytes, Bytes>, ChainError> {
        let set = self.set.lock().unwrap().clone();
        let selector: [u8; 4] = data[..4].try_into().unwrap();
        Ok(match (to, selector) {
            (VERIFIER, IQuorumVerifier::currentSetCall::SELECTOR) => {
                self.set_reads.fetch_add(1, Ordering::Relaxed);
                let set = IQuorumVerifier::currentSetReturn {
                    setId: set.id,
                    signers: set.signers,
                    threshold: u8::try_from(set.threshold).unwrap(),
                    strictThreshold: u8::try_from(set.strict_threshold).unwrap(),
                };
                Ok(IQuorumVerifier::currentSetCall::abi_encode_returns(&set).into())
            }
            (FEED, IPriceFeed::parametersCall::SELECTOR) => {
                let limits = IPriceFeed::Parameters {
                    maxDelay: 60,
                    breakerBps: 500,
                    confirmationTime: 30,
                };
                Ok(IPriceFeed::parametersCall::abi_encode_returns(&limits).into())
            }
            _ => Err(Bytes::new()),
        })
    }

    async fn simulate(&self, _: Address, _: Address, _: &Bytes, _: U256) -> Result<Simulation, ChainError> {
        Self::down()
    }

    async fn nonce(&self, _: Address, _: At) -> Result<u64, ChainError> {
        Self::down()
    }

    async fn balance(&self, _: Address) -> Result<U256, ChainError> {
        Self::down()
    }

    async fn code(&self, _: Address) -> Result<Bytes, ChainError> {
        Self::down()
    }

    async fn l1_fee(&self, _: &Bytes, _: u64) -> Result<U256, ChainError> {
        Self::down()
    }

    async fn fees(&self) -> Result<MarketFees, ChainError> {
        Self::down()
    }

    async fn mined(&self, _: B256) -> Result<Option<Mined>, ChainError> {
        Self::down()
    }

    async fn send(&self, _: &[u8]) -> SendOutcome {
        SendOutcome::Silent("scripted".into())
    }
}
