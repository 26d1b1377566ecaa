//! Signs what other processes ask for, once the job's judge finds it right.

use async_trait::async_trait;

use super::{Asked as _, Attestable, AttestationReply, Attestor, Judge, Refusal};
use crate::model::TraceId;
use crate::oracle::{ChainOracle, SignerSet};
use crate::telemetry::metric;

/// What is asked for when a kind of report is requested.
type Request<J> = <<J as Judge>::Report as Attestable>::Request;

/// One kind of report behind its path.
#[async_trait]
pub trait Door: Send + Sync {
    /// Where it is asked for.
    fn path(&self) -> &'static str;
    /// Bytes of a request that are read at most.
    fn body_limit(&self) -> usize;
    /// Judges and signs a request, as it came in.
    ///
    /// # Errors
    /// [`Refusal`], with the caller's correlation id where it could be read: nothing was signed.
    async fn answer(&self, body: &[u8]) -> Result<AttestationReply, (Refusal, Option<TraceId>)>;
}

/// Signs one kind of report.
pub struct Service<J> {
    keys: Vec<Attestor>,
    judge: J,
}

impl<J: Judge> Service<J> {
    /// A service over these keys, for what this judge finds right.
    #[must_use]
    pub const fn new(keys: Vec<Attestor>, judge: J) -> Self {
        Self { keys, judge }
    }

    /// Judges a request and signs it.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was signed.
    pub async fn sign(&self, request: &Request<J>) -> Result<AttestationReply, Refusal> {
        let oracle = self.judge.oracle(request)?;
        let set = set_in_force(&oracle, request.set_id()).await?;
        let member = |key: &&Attestor| set.signers.contains(&key.address());
        let stranger = || {
            let message = format!("no key of this process is in signer set {}", set.id);
            Refusal::new(403, "not_a_signer", message)
        };
        let key = self.keys.iter().find(member).ok_or_else(stranger)?;
        let report = self.judge.judge(request).await?;
        let signature = key.attest(&report).await?;
        Ok(AttestationReply {
            signer: key.address(),
            signature: signature.as_erc2098().to_vec().into(),
        })
    }
}

#[async_trait]
impl<J: Judge> Door for Service<J> {
    fn path(&self) -> &'static str {
        J::Report::PATH
    }

    fn body_limit(&self) -> usize {
        J::Report::BODY_LIMIT
    }

    async fn answer(&self, body: &[u8]) -> Result<AttestationReply, (Refusal, Option<TraceId>)> {
        let request: Request<J> = serde_json::from_slice(body)
            .map_err(|error| (Refusal::new(400, "request_malformed", error.to_string()), None))?;
        let trace = request.trace().clone();
        let subject = self.judge.subject(&request);
        let subject = subject.as_deref().unwrap_or("unknown");
        let chain = self.judge.oracle(&request).ok();
        let chain = chain.as_ref().map_or("unknown", |oracle| oracle.chain().name());
        match self.sign(&request).await {
            Ok(reply) => {
                metric::attestation(chain, subject, "signed");
                tracing::info!(
                    trace_id = %trace, chain, subject, epoch = request.epoch(), signer = %reply.signer, "report signed"
                );
                Ok(reply)
            }
            Err(refusal) => {
                metric::attestation(chain, subject, refusal.code);
                tracing::warn!(
                    trace_id = %trace, chain, subject, code = refusal.code, epoch = request.epoch(),
                    "report not signed: {refusal}"
                );
                Err((refusal, Some(trace)))
            }
        }
    }
}

/// The set in force, asked for again when the request means another one.
async fn set_in_force(oracle: &ChainOracle, asked: u32) -> Result<SignerSet, Refusal> {
    let known = oracle.set().filter(|set| set.id == asked);
    let set = match known {
        Some(set) => set,
        None => oracle.refresh_set().await.map_err(|_| {
            let message = format!("the signer set of chain {} is not known yet", oracle.chain().id());
            Refusal::new(503, "signer_set_unknown", message)
        })?,
    };
    if set.id == asked && asked != 0 {
        return Ok(set);
    }
    let message = format!("signer set {asked} is not in force, {} is", set.id);
    Err(Refusal::new(409, "signer_set_not_current", message).details(serde_json::json!({"current_set_id": set.id})))
}
