//! Who asks for a signature. A request is signed by its caller over path, body, time and a number of its own, so that
//! neither a stranger nor somebody who saw one can make another.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Signature, U256, hex, keccak256};
use alloy::signers::Signer;
use alloy::sol_types::{Eip712Domain, SolStruct as _, eip712_domain};

use super::Refusal;
use crate::clock::Clock;

alloy::sol! {
    /// The EIP-712 struct of a request.
    struct SignatureRequest {
        string path;
        bytes32 body;
        uint256 at;
        bytes32 nonce;
    }
}

/// The domain names no contract: no contract reads it.
const DOMAIN: Eip712Domain = eip712_domain! {
    name: "Fluxion signature request",
    version: "1",
};

/// Headers of a request: its time in milliseconds, its number, the caller's signature (EIP-2098).
const HEADERS: [&str; 3] = ["fluxion-at", "fluxion-nonce", "fluxion-signature"];

/// The key with which a process asks, and its clock.
#[derive(Clone)]
pub struct Caller {
    /// The key.
    pub key: Arc<dyn Signer + Send + Sync>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
}

impl Caller {
    /// Signs a request as of now.
    ///
    /// # Errors
    /// The key's own.
    pub async fn call(&self, path: &str, body: &[u8]) -> Result<Call, alloy::signers::Error> {
        let (at_ms, nonce) = (self.clock.now_ms(), B256::random());
        let signature = self.key.sign_hash(&digest(path, body, at_ms, nonce)).await?;
        Ok(Call {
            at_ms,
            nonce,
            signature,
        })
    }
}

/// What a caller says of a request besides its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it was made, in milliseconds.
    pub at_ms: u64,
    /// Its number: no two requests have the same.
    pub nonce: B256,
    /// Over path, body, time and number.
    pub signature: Signature,
}

impl Call {
    /// As headers of the request.
    #[must_use]
    pub fn headers(&self) -> [(&'static str, String); 3] {
        let [at, nonce, signature] = HEADERS;
        [
            (at, self.at_ms.to_string()),
            (nonce, self.nonce.to_string()),
            (signature, hex::encode_prefixed(self.signature.as_erc2098())),
        ]
    }

    /// Reads the headers of a request.
    ///
    /// # Errors
    /// [`Refusal`] where one is missing or is not what it should be.
    pub fn read<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, Refusal> {
        let read = || {
            let [at, nonce, signature] = HEADERS.map(&header);
            let signature: [u8; 64] = hex::decode(signature?).ok()?.try_into().ok()?;
            Some(Self {
                at_ms: at?.parse().ok()?,
                nonce: nonce?.parse().ok()?,
                signature: Signature::from_erc2098(&signature),
            })
        };
        read().ok_or_else(|| {
            let message = format!("a request carries {}, signed by its caller", HEADERS.join(", "));
            Refusal::new(401, "caller_not_signed", message)
        })
    }

    /// Who signed it.
    ///
    /// # Errors
    /// [`Refusal`]: nobody did.
    pub fn caller(&self, path: &str, body: &[u8]) -> Result<Address, Refusal> {
        let digest = digest(path, body, self.at_ms, self.nonce);
        let recovered = self.signature.recover_address_from_prehash(&digest);
        recovered.map_err(|_| Refusal::new(401, "caller_not_signed", "the caller's signature does not recover"))
    }
}

fn digest(path: &str, body: &[u8], at_ms: u64, nonce: B256) -> B256 {
    let request = SignatureRequest {
        path: path.to_owned(),
        body: keccak256(body),
        at: U256::from(at_ms),
        nonce,
    };
    request.eip712_signing_hash(&DOMAIN)
}
