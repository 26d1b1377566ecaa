//! A batch that begins with a permit: one that its owner signed, used by somebody else before or not.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use k256::ecdsa::SigningKey;

use super::{
    abi::{IPoolManager, IToken},
    action::Hop,
    fixture::OWNER,
    perform::Pools,
    swap::NEVER,
};
use crate::engine::Violation;

const PERMIT: &str = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";

/// The key of the owner in every world.
pub(crate) const KEY: [u8; 32] = [0x11; 32];

/// The account of a key.
pub(crate) fn account_of(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

impl Pools {
    /// POOL-18: an owner that approved nothing swaps what its permit allows, whoever used the permit first.
    pub(crate) fn swap_by_permit(&mut self, (pool, i, j): Hop, amount: U256, used: bool) -> Result<bool, Violation> {
        let number = self.model.pools[pool].spec.tokens[i];
        if number != self.fixture.permits {
            return Ok(false);
        }
        let (token, owner) = (self.fixture.tokens[number], self.fixture.account(OWNER));
        let (snapshot, before) = (self.machine.snapshot(), self.model.clone());
        let approve = IToken::approveCall {
            spender: self.fixture.manager,
            amount: U256::MAX,
        };
        self.machine.call(owner, token, approve.abi_encode());
        let alone = self.swap_in(pool, i, j, amount, OWNER, false)?;
        // The model stays: storage after the batch is compared with it.
        self.machine.restore(&snapshot);
        let (v, r, s) = self.sign(token, amount)?;
        if used {
            let call = IToken::permitCall {
                owner,
                spender: self.fixture.manager,
                value: amount,
                deadline: NEVER,
                v,
                r,
                s,
            };
            let outcome = self.machine.call(self.fixture.actors[0], token, call.abi_encode());
            if outcome.returned().is_none() {
                return Err(Violation::new("POOL-18", format!("a permit was refused: {outcome:?}")));
            }
        }
        let permit = IPoolManager::permitTokenCall {
            token,
            amount,
            deadline: NEVER,
            v,
            r,
            s,
        };
        let swap = IPoolManager::swapExactInCall {
            key: self.model.pools[pool].key.clone(),
            tokenIn: U256::from(i),
            tokenOut: U256::from(j),
            amountIn: amount,
            minAmountOut: U256::ZERO,
            recipient: owner,
            deadline: NEVER,
        };
        let call = IPoolManager::multicallCall {
            calls: vec![Bytes::from(permit.abi_encode()), Bytes::from(swap.abi_encode())],
            unwrap: false,
        };
        let outcome = self.call(OWNER, &call);
        let results = outcome
            .returned()
            .and_then(|data| IPoolManager::multicallCall::abi_decode_returns(data).ok());
        let out = results.and_then(|results| Some(U256::from_be_slice(results.get(1)?)));
        if out != alone {
            let detail = format!("a permit and a swap of {amount} gave {outcome:?}, the swap alone {alone:?}");
            return Err(Violation::new("POOL-18", detail));
        }
        if out.is_none() {
            self.model = before;
        }
        Ok(out.is_some())
    }

    /// The owner's signature that the manager may take `amount`.
    fn sign(&mut self, token: Address, amount: U256) -> Result<(u8, B256, B256), Violation> {
        let (owner, manager) = (self.fixture.account(OWNER), self.fixture.manager);
        let mut read = |data: Vec<u8>| {
            let outcome = self.machine.call(owner, token, data);
            outcome.returned().map(|data| B256::from_slice(data))
        };
        let nonce = read(IToken::noncesCall { owner }.abi_encode());
        let domain = read(IToken::DOMAIN_SEPARATORCall {}.abi_encode());
        let broken = |what: &str| Violation::new("POOL-18", format!("the token of permits {what}"));
        let (Some(nonce), Some(domain)) = (nonce, domain) else {
            return Err(broken("does not answer"));
        };
        let statement = (keccak256(PERMIT), owner, manager, amount, nonce, NEVER).abi_encode();
        let digest = keccak256([&[0x19, 0x01][..], domain.as_slice(), keccak256(statement).as_slice()].concat());
        let signed =
            SigningKey::from_bytes(&KEY.into()).and_then(|key| key.sign_prehash_recoverable(digest.as_slice()));
        let (signature, recovery) = signed.map_err(|error| broken(&format!("got no signature: {error}")))?;
        let (r, s) = signature.split_bytes();
        Ok((27 + recovery.to_byte(), B256::from_slice(&r), B256::from_slice(&s)))
    }
}
