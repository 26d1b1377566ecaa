//! A kind of report behind its path: admission first, judgement after it.

use std::sync::Arc;

use alloy::primitives::Address;
use async_trait::async_trait;

use super::service::{Request, Service};
use super::{Admission, Asked as _, Attestable, AttestationReply, Call, Judge, Refusal};
use crate::model::TraceId;
use crate::oracle::ChainOracle;
use crate::telemetry::metric;

/// One kind of report behind its path.
#[async_trait]
pub trait Door: Send + Sync {
    /// Where it is asked for.
    fn path(&self) -> &'static str;
    /// Bytes of a request that are read at most.
    fn body_limit(&self) -> usize;
    /// Admits, judges and signs a request, as it came in.
    ///
    /// # Errors
    /// [`Refusal`], with the caller's correlation id where it could be read: nothing was signed.
    async fn answer(
        &self,
        call: Result<Call, Refusal>,
        body: &[u8],
    ) -> Result<AttestationReply, (Refusal, Option<TraceId>)>;
}

/// A service that answers those who are admitted.
pub struct Guarded<J> {
    service: Service<J>,
    admission: Admission,
    oracles: Vec<Arc<ChainOracle>>,
}

impl<J: Judge> Guarded<J> {
    /// Guards a service. The signer sets in force at `oracles` say who may ask, where nobody is named.
    #[must_use]
    pub const fn new(service: Service<J>, admission: Admission, oracles: Vec<Arc<ChainOracle>>) -> Self {
        Self {
            service,
            admission,
            oracles,
        }
    }

    async fn answer_to(&self, caller: Address, request: &Request<J>) -> Result<AttestationReply, Refusal> {
        let rivals = self.service.judge().rivals(request);
        let open = || match &rivals {
            Some(subject) => self.admission.open(caller, request.chain(), subject, request.epoch()),
            None => Ok(()),
        };
        self.service.sign_if(request, open).await
    }
}

#[async_trait]
impl<J: Judge> Door for Guarded<J> {
    fn path(&self) -> &'static str {
        J::Report::PATH
    }

    fn body_limit(&self) -> usize {
        J::Report::BODY_LIMIT
    }

    async fn answer(
        &self,
        call: Result<Call, Refusal>,
        body: &[u8],
    ) -> Result<AttestationReply, (Refusal, Option<TraceId>)> {
        let sets: Vec<_> = self.oracles.iter().filter_map(|oracle| oracle.set()).collect();
        let admitted = call.and_then(|call| self.admission.admit(&call, self.path(), body, &sets));
        // Strangers write no lines and no labels of their own.
        let (caller, _place) = admitted.map_err(|refusal| {
            metric::attestation("unknown", "unknown", refusal.code);
            (refusal, None)
        })?;
        let request: Request<J> = serde_json::from_slice(body)
            .map_err(|error| (Refusal::new(400, "request_malformed", error.to_string()), None))?;
        let (trace, judge) = (request.trace().clone(), self.service.judge());
        let subject = judge.subject(&request);
        let subject = subject.as_deref().unwrap_or("unknown");
        let chain = judge.oracle(&request).ok();
        let chain = chain.as_ref().map_or("unknown", |oracle| oracle.chain().name());
        match self.answer_to(caller, &request).await {
            Ok(reply) => {
                metric::attestation(chain, subject, "signed");
                tracing::info!(
                    trace_id = %trace, chain, subject, epoch = request.epoch(), %caller, signer = %reply.signer,
                    "report signed"
                );
                Ok(reply)
            }
            Err(refusal) => {
                metric::attestation(chain, subject, refusal.code);
                tracing::warn!(
                    trace_id = %trace, chain, subject, code = refusal.code, epoch = request.epoch(), %caller,
                    "report not signed: {refusal}"
                );
                Err((refusal, Some(trace)))
            }
        }
    }
}
