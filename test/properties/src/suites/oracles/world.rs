//! What is deployed before the first action, who signs, and how a report with its flaw is put together.

use alloy_primitives::{Address, B256, Bytes, I256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolCall, SolStruct, SolValue, eip712_domain};
use k256::ecdsa::SigningKey;

use super::{
    abi::{FeedLimits, IContractSigner, IFeed, IScores, IVerifier, PriceReport, ReputationReport, ScoreLimits},
    action::{Action, Flaw},
    model::Model,
};
use crate::world::{Artifacts, Lens, Machine, address_of, key, other_half, sign};

/// Signers with a key.
const KEYS: usize = 9;
/// Signers that are contracts.
const CONTRACTS: usize = 2;
/// All who may be members of a set. The number itself is nobody's: address zero.
pub(crate) const SIGNERS: usize = KEYS + CONTRACTS;
/// Members of the first set: the first of them, three an ordinary quorum, four a strict one.
pub(crate) const FIRST_SET: usize = 5;
pub(crate) const FEEDS: usize = 2;
/// Wallets that are compared, from 1.
pub(crate) const WALLETS: u64 = 5;
pub(crate) const START: u64 = 1_800_000_000;
/// First limits: maximum delay, breaker, confirmation time of each feed.
pub(crate) const FEED_LIMITS: [(u16, u16, u16); FEEDS] = [(120, 500, 600), (3_600, 100, 30)];
/// First limits of the scores: maximum delay, interval, window, move.
pub(crate) const SCORE_LIMITS: (u32, u32, u32, u16) = (7_200, 3_600, 86_400, 500);
const NAMES: [&str; FEEDS] = ["EUR/USD", "XAU/USD"];
const DECIMALS: [u8; FEEDS] = [8, 18];

/// Limits as the contract takes them.
pub(crate) fn feed_limits((max_delay, breaker, confirmation): (u16, u16, u16)) -> FeedLimits {
    FeedLimits {
        maxDelay: max_delay,
        breakerBps: breaker,
        confirmationTime: confirmation,
    }
}

/// Limits as the contract takes them.
pub(crate) fn score_limits((max_delay, interval, window, most): (u32, u32, u32, u16)) -> ScoreLimits {
    ScoreLimits {
        maxDelay: max_delay,
        minInterval: interval,
        vetoWindow: window,
        maxMove: most,
    }
}

/// Who signs.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) address: Address,
    /// None: a contract, which approves of bytes.
    key: Option<SigningKey>,
}

/// A call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) data: Vec<u8>,
}

/// Addresses, by number.
#[derive(Clone, Debug)]
pub struct Fixture {
    pub(crate) admin: Address,
    /// Who transmits, and has no right at all.
    pub(crate) anybody: Address,
    pub(crate) verifier: Address,
    pub(crate) feeds: [Address; FEEDS],
    pub(crate) scores: Address,
    /// By rising address.
    pub(crate) signers: Vec<Signer>,
    pub(crate) lens: Lens,
}

impl Fixture {
    /// Deploys it all, and makes the first set current.
    ///
    /// # Errors
    /// When an artifact is missing or a call of the set-up fails.
    pub fn deploy(artifacts: &Artifacts) -> eyre::Result<(Machine, Self)> {
        let mut machine = Machine::new(START);
        let admin = Address::from_word(B256::with_last_byte(0xad));
        let code = |name: &str, arguments: Vec<u8>| -> eyre::Result<Bytes> {
            let code = artifacts.creation_code(&format!("{name}.sol"), name)?;
            Ok([code.to_vec(), arguments].concat().into())
        };
        let access = machine.deploy(admin, code("AccessManager", admin.abi_encode())?)?;
        let verifier = machine.deploy(admin, code("QuorumVerifier", access.abi_encode())?)?;
        let mut feeds = [Address::ZERO; FEEDS];
        for (number, feed) in feeds.iter_mut().enumerate() {
            let arguments = (
                access,
                verifier,
                feed_id(number),
                U256::from(DECIMALS[number]),
                NAMES[number],
                feed_limits(FEED_LIMITS[number]),
            );
            *feed = machine.deploy(admin, code("PriceFeed", arguments.abi_encode_params())?)?;
        }
        let arguments = (access, verifier, score_limits(SCORE_LIMITS)).abi_encode_params();
        let scores = machine.deploy(admin, code("ReputationOracle", arguments)?)?;
        let mut signers: Vec<Signer> = (0..KEYS)
            .map(|number| key("signer", number))
            .map(|key| Signer {
                address: address_of(&key),
                key: Some(key),
            })
            .collect();
        for _ in 0..CONTRACTS {
            signers.push(Signer {
                address: machine.deploy(admin, code("ContractSigner", Vec::new())?)?,
                key: None,
            });
        }
        signers.sort_by_key(|signer| signer.address);
        let lens = Lens::deploy(&mut machine, artifacts, admin)?;
        let fixture = Self {
            admin,
            anybody: Address::from_word(B256::with_last_byte(0x77)),
            verifier,
            feeds,
            scores,
            signers,
            lens,
        };
        let first: Vec<usize> = (0..FIRST_SET).collect();
        let call = fixture.rotation(&first, 3, 4);
        machine.set_up(admin, verifier, call)?;
        Ok((machine, fixture))
    }

    /// The address of a signer's number.
    pub(crate) fn address(&self, signer: usize) -> Address {
        self.signers.get(signer).map_or(Address::ZERO, |signer| signer.address)
    }

    fn rotation(&self, signers: &[usize], threshold: u8, strict: u8) -> Vec<u8> {
        let call = IVerifier::rotateCall {
            signers: signers.iter().map(|signer| self.address(*signer)).collect(),
            threshold,
            strictThreshold: strict,
        };
        call.abi_encode()
    }

    /// The calls of an action, those that prepare it first; none of one that cannot be.
    pub(crate) fn calls(&self, model: &Model, action: &Action, now: u64) -> Option<Vec<Call>> {
        let by = |by_admin: &bool| if *by_admin { self.admin } else { self.anybody };
        let one = |from, to, data| Some(vec![Call { from, to, data }]);
        match action {
            Action::Report {
                feed,
                price,
                ago,
                signers,
                flaw,
            } => {
                let (observed, price) = (observed(now, *ago)?, I256::try_from(*price).ok()?);
                let (signed_set, sent_set) = sets(model, *flaw)?;
                let message = PriceReport {
                    feedId: feed_id(*feed),
                    price: if *flaw == Flaw::OtherValue { price.wrapping_add(I256::ONE) } else { price },
                    observedAt: U256::from(observed + u64::from(*flaw == Flaw::OtherTime)),
                    setId: signed_set,
                };
                let target = self.feeds[*feed];
                let other = self.feeds[(*feed + 1) % FEEDS];
                let domain = domain("Fluxion PriceFeed", if *flaw == Flaw::OtherContract { other } else { target }, *flaw);
                let (mut calls, signatures) = self.signed(message.eip712_signing_hash(&domain), signers, *flaw)?;
                let call = IFeed::reportCall {
                    price,
                    observedAt: U256::from(observed),
                    setId: sent_set,
                    signatures,
                };
                calls.extend(one(self.anybody, target, call.abi_encode())?);
                Some(calls)
            }
            Action::ReportScores {
                updates,
                ago,
                signers,
                flaw,
            } => {
                let observed = observed(now, *ago)?;
                let (signed_set, sent_set) = sets(model, *flaw)?;
                let words = |extra: u16| -> Vec<U256> {
                    let word = |(wallet, score): &(u64, u16)| (U256::from(*wallet) << 16) | U256::from(score ^ extra);
                    updates.iter().map(word).collect()
                };
                if updates.is_empty() && *flaw == Flaw::OtherValue {
                    return None;
                }
                let message = ReputationReport {
                    updates: words(u16::from(*flaw == Flaw::OtherValue)),
                    observedAt: U256::from(observed + u64::from(*flaw == Flaw::OtherTime)),
                    setId: signed_set,
                };
                let contract = if *flaw == Flaw::OtherContract { self.feeds[0] } else { self.scores };
                let domain = domain("Fluxion ReputationOracle", contract, *flaw);
                let (mut calls, signatures) = self.signed(message.eip712_signing_hash(&domain), signers, *flaw)?;
                let call = IScores::reportCall {
                    updates: words(0),
                    observedAt: U256::from(observed),
                    setId: sent_set,
                    signatures,
                };
                calls.extend(one(self.anybody, self.scores, call.abi_encode())?);
                Some(calls)
            }
            Action::Replay { which } => {
                let sent = model.sent.get(*which)?;
                one(self.anybody, sent.to, sent.data.to_vec())
            }
            Action::Rotate {
                signers,
                threshold,
                strict,
                by_admin,
            } => one(by(by_admin), self.verifier, self.rotation(signers, *threshold, *strict)),
            Action::SetFeed {
                feed,
                max_delay,
                breaker,
                confirmation,
                by_admin,
            } => {
                let parameters = feed_limits((*max_delay, *breaker, *confirmation));
                let call = IFeed::setParametersCall { parameters };
                one(by(by_admin), self.feeds[*feed], call.abi_encode())
            }
            Action::Veto { wallets, by_admin } => {
                let wallets = wallets.iter().map(|wallet| U256::from(*wallet)).collect();
                one(by(by_admin), self.scores, IScores::vetoCall { wallets }.abi_encode())
            }
            Action::SetScores {
                max_delay,
                min_interval,
                veto_window,
                max_move,
                by_admin,
            } => {
                let parameters = score_limits((*max_delay, *min_interval, *veto_window, *max_move));
                let call = IScores::setParametersCall { parameters };
                one(by(by_admin), self.scores, call.abi_encode())
            }
            Action::Wait { .. } | Action::Settle { .. } | Action::Fill { .. } => None,
        }
    }

    /// The signatures of a digest as the contracts take them, and what contracts have to be told before.
    fn signed(&self, digest: B256, signers: &[usize], flaw: Flaw) -> Option<(Vec<Call>, Bytes)> {
        let mut sorted = signers.to_vec();
        sorted.sort_unstable();
        let (mut calls, mut entries, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        let mut spoiled = flaw != Flaw::Malleable;
        for number in sorted {
            let mut entry = [0_u8; 64];
            match self.signers.get(number) {
                Some(Signer { key: Some(key), .. }) => {
                    let mut signature = sign(key, digest);
                    if !std::mem::replace(&mut spoiled, true) {
                        signature = other_half(signature);
                    }
                    entry.copy_from_slice(&signature[..64]);
                    entry[32] |= (signature[64] - 27) << 7;
                    tails.push(Vec::new());
                }
                Some(contract) => {
                    let approved = keccak256(digest).to_vec();
                    entry[8..12].copy_from_slice(&(approved.len() as u32).to_be_bytes());
                    entry[12..32].copy_from_slice(contract.address.as_slice());
                    let call = IContractSigner::approveCall {
                        digest,
                        signature: approved.clone().into(),
                    };
                    calls.push(Call {
                        from: self.anybody,
                        to: contract.address,
                        data: call.abi_encode(),
                    });
                    tails.push(approved);
                }
                None => tails.push(Vec::new()),
            }
            entries.push(entry);
        }
        match flaw {
            Flaw::Malleable if !spoiled => return None,
            Flaw::Swapped if entries.len() < 2 || entries[0] == entries[1] => return None,
            Flaw::Swapped => entries.swap(0, 1),
            Flaw::Twice | Flaw::CountedDown | Flaw::Truncated if entries.is_empty() => return None,
            Flaw::Twice => {
                entries.insert(0, entries[0]);
                tails.insert(0, tails[0].clone());
            }
            _ => {}
        }
        let count = match flaw {
            Flaw::CountedUp => entries.len() + 1,
            Flaw::CountedDown => entries.len() - 1,
            _ => entries.len(),
        };
        let mut bytes = vec![u8::try_from(count).ok()?];
        bytes.extend(entries.concat());
        bytes.extend(tails.concat());
        match flaw {
            Flaw::Truncated => drop(bytes.pop()),
            Flaw::Surplus => bytes.push(0),
            _ => {}
        }
        Some((calls, bytes.into()))
    }
}

/// The name of a feed, as its contract has it.
fn feed_id(feed: usize) -> B256 {
    let mut id = [0; 32];
    id[..NAMES[feed].len()].copy_from_slice(NAMES[feed].as_bytes());
    id.into()
}

/// The second that lies so many before the block; none before the first of all.
pub(crate) fn observed(now: u64, ago: i64) -> Option<u64> {
    now.checked_add_signed(ago.checked_neg()?)
}

/// The set that is signed for, and the one that is sent.
fn sets(model: &Model, flaw: Flaw) -> Option<(u32, u32)> {
    let current = model.set.id;
    Some(match flaw {
        Flaw::OtherSet => (current.checked_sub(1)?, current),
        Flaw::OldSet => (current.checked_sub(1)?, current.checked_sub(1)?),
        Flaw::NextSet => (current + 1, current + 1),
        _ => (current, current),
    })
}

fn domain(name: &'static str, contract: Address, flaw: Flaw) -> Eip712Domain {
    eip712_domain! {
        name: name,
        version: "1",
        chain_id: if flaw == Flaw::OtherChain { 10 } else { 1 },
        verifying_contract: contract,
    }
}
