//! Collects a quorum: own keys and peers at once, each signature verified by recovery, the first ones that suffice win.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, Signature};
use tokio::sync::mpsc;

use super::{Attestable, AttestationReply, Attestor, Caller, ErrorBody, encode};
use crate::model::{TraceId, shown_url};
use crate::oracle::SignerSet;

/// Bytes of a peer's answer that are read at most.
const BODY_LIMIT: usize = 16 * 1024;

/// Enough signatures, as the verifier reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Encoded signatures.
    pub signatures: Bytes,
    /// Who signed, ascending.
    pub signers: Vec<Address>,
    /// Whether they make a strict quorum.
    pub strict: bool,
    /// Why others did not sign, as far as they were waited for.
    pub refusals: Vec<String>,
}

/// Too few signatures: nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of {needed} signatures; {}", signers.len(), refusals.join("; "))]
pub struct NoQuorum {
    /// Who signed.
    pub signers: Vec<Address>,
    /// Signatures needed.
    pub needed: usize,
    /// Why the others did not.
    pub refusals: Vec<String>,
    /// A peer or the own key signed another report for this epoch, or another signer set is in force.
    pub outdated: bool,
}

/// One answer: who was asked, and a signature or the reason why not.
type Answer = (String, Result<(Address, Signature), Refused>);

struct Refused {
    code: String,
    message: String,
}

/// Asks own keys and peers.
#[derive(Clone)]
pub struct Collector {
    own: Vec<Attestor>,
    caller: Option<Caller>,
    peers: Vec<String>,
    client: reqwest::Client,
    timeout: Duration,
}

impl Collector {
    /// A collector over own keys and the base URLs of peers, who are asked by the key of `caller`.
    #[must_use]
    pub fn new(
        own: Vec<Attestor>,
        caller: Option<Caller>,
        peers: Vec<String>,
        client: reqwest::Client,
        timeout: Duration,
    ) -> Self {
        let peers = peers.iter().map(|peer| peer.trim_end_matches('/').to_owned()).collect();
        Self {
            own,
            caller,
            peers,
            client,
            timeout,
        }
    }

    /// Collects signatures over a report until they make a quorum: the strict one where wanted and to be had in time,
    /// else the ordinary one.
    ///
    /// # Errors
    /// [`NoQuorum`], after every signer answered or the time is up.
    pub async fn collect<A: Attestable>(
        &self,
        report: &A,
        set: &SignerSet,
        want_strict: bool,
        trace: &TraceId,
    ) -> Result<Quorum, NoQuorum> {
        let enough = if want_strict {
            set.strict_threshold
        } else {
            set.threshold
        };
        let members: BTreeSet<Address> = set.signers.iter().copied().collect();
        let mut signed = BTreeMap::new();
        let mut refusals = Vec::new();
        let mut outdated = false;
        let mut answers = self.ask(report, &members, trace);
        let deadline = tokio::time::Instant::now().checked_add(self.timeout);
        while signed.len() < enough {
            let next = match deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, answers.recv()).await.ok().flatten(),
                None => answers.recv().await,
            };
            match next {
                Some((_, Ok((signer, signature)))) => {
                    signed.insert(signer, signature);
                }
                Some((who, Err(refused))) => {
                    outdated |= matches!(refused.code.as_str(), "epoch_already_signed" | "signer_set_not_current");
                    refusals.push(format!("{who}: {}", refused.message));
                }
                None => break,
            }
        }
        let strict = signed.len() >= set.strict_threshold;
        let needed = if strict && want_strict {
            set.strict_threshold
        } else {
            set.threshold
        };
        if signed.len() < needed || needed == 0 {
            if refusals.is_empty() {
                refusals.push(format!("no further answer within {} ms", self.timeout.as_millis()));
            }
            return Err(NoQuorum {
                signers: signed.into_keys().collect(),
                needed: set.threshold,
                refusals,
                outdated,
            });
        }
        // More than needed costs gas and proves nothing more.
        let chosen: BTreeMap<Address, Signature> = signed.into_iter().take(needed).collect();
        Ok(Quorum {
            signatures: encode(chosen.values()),
            signers: chosen.into_keys().collect(),
            strict: needed >= set.strict_threshold,
            refusals,
        })
    }

    /// Asks everybody at once. Who is slower than the quorum is left to finish, so that its connection stays usable.
    fn ask<A: Attestable>(
        &self,
        report: &A,
        members: &BTreeSet<Address>,
        trace: &TraceId,
    ) -> mpsc::UnboundedReceiver<Answer> {
        let (tell, answers) = mpsc::unbounded_channel();
        let digest = report.digest();
        for key in self.own.iter().filter(|key| members.contains(&key.address())) {
            let (key, tell, report) = (key.clone(), tell.clone(), report.clone());
            tokio::spawn(async move {
                let signer = key.address();
                let answer = key
                    .attest(&report)
                    .await
                    .map(|signature| (signer, signature))
                    .map_err(|error| {
                        let refusal = super::Refusal::from(error);
                        Refused {
                            code: refusal.code.into(),
                            message: refusal.message,
                        }
                    });
                let _ = tell.send((format!("own key {signer}"), answer));
            });
        }
        let body = serde_json::to_vec(&report.request(trace)).unwrap_or_default();
        for peer in &self.peers {
            let post = self
                .client
                .post(format!("{peer}{}", A::PATH))
                .timeout(self.timeout)
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(body.clone());
            let (caller, body) = (self.caller.clone(), body.clone());
            let (tell, peer, members) = (tell.clone(), peer.clone(), members.clone());
            tokio::spawn(async move {
                let answer = async {
                    let post = signed(post, caller.as_ref(), A::PATH, &body).await?;
                    verify(&fetch(post).await?, digest, &members)
                };
                let answer = answer.await;
                let _ = tell.send((shown_url(&peer), answer));
            });
        }
        answers
    }
}

/// The request with its caller's signature. Each peer gets a number of its own, so that what one peer passes on is not
/// taken for what another one gets.
async fn signed(
    mut post: reqwest::RequestBuilder,
    caller: Option<&Caller>,
    path: &str,
    body: &[u8],
) -> Result<reqwest::RequestBuilder, Refused> {
    let failed = |message: String| Refused {
        code: "caller_key_failed".into(),
        message,
    };
    let caller = caller.ok_or_else(|| failed("this process has no key to ask with".into()))?;
    let call = caller.call(path, body).await;
    for (name, value) in call
        .map_err(|error| failed(format!("the own key did not sign: {error}")))?
        .headers()
    {
        post = post.header(name, value);
    }
    Ok(post)
}

async fn fetch(post: reqwest::RequestBuilder) -> Result<AttestationReply, Refused> {
    let unreachable = |error: reqwest::Error| Refused {
        code: "unreachable".into(),
        message: if error.is_timeout() {
            "no answer in time".into()
        } else {
            format!("not reachable: {}", error.without_url())
        },
    };
    let mut response = post.send().await.map_err(unreachable)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len().saturating_add(chunk.len()) > BODY_LIMIT {
            return Err(garbage("its answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| garbage("its answer is not a signature"));
    }
    Err(match serde_json::from_slice::<ErrorBody>(&body) {
        Ok(ErrorBody { error }) => Refused {
            code: error.code,
            message: error.message.chars().take(300).collect(),
        },
        Err(_) => garbage(&format!("it answered status {}", status.as_u16())),
    })
}

fn garbage(message: &str) -> Refused {
    Refused {
        code: "garbage".into(),
        message: message.to_owned(),
    }
}

/// What a peer says counts only after its signature recovers to the member that it claims to be.
fn verify(
    reply: &AttestationReply,
    digest: B256,
    members: &BTreeSet<Address>,
) -> Result<(Address, Signature), Refused> {
    let bytes: [u8; 64] = reply
        .signature
        .as_ref()
        .try_into()
        .map_err(|_| garbage("its signature is not 64 bytes long"))?;
    let signature = Signature::from_erc2098(&bytes);
    let signer = signature
        .recover_address_from_prehash(&digest)
        .map_err(|_| garbage("its signature does not recover"))?;
    // The contract refuses the malleable twin of a signature.
    if signature.normalize_s().is_some() {
        return Err(garbage("its signature has a high s"));
    }
    if signer != reply.signer || !members.contains(&signer) {
        return Err(garbage(&format!(
            "its signature is {signer}'s, who is not the member that it claims to be"
        )));
    }
    Ok((signer, signature))
}
