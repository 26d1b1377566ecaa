//! Signs what other processes ask for, once the job's judge finds it right.

use super::{Asked as _, Attestable, AttestationReply, Attestor, Judge, Refusal};
use crate::oracle::{ChainOracle, SignerSet};

/// What is asked for when a kind of report is requested.
pub(super) type Request<J> = <<J as Judge>::Report as Attestable>::Request;

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

    /// What judges.
    pub(super) const fn judge(&self) -> &J {
        &self.judge
    }

    /// Judges a request and signs it.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was signed.
    pub async fn sign(&self, request: &Request<J>) -> Result<AttestationReply, Refusal> {
        self.sign_if(request, || Ok(())).await
    }

    /// Judges a request, and signs what it found right if `admit` lets it.
    ///
    /// # Errors
    /// [`Refusal`]: nothing was signed.
    pub(super) async fn sign_if(
        &self,
        request: &Request<J>,
        admit: impl FnOnce() -> Result<(), Refusal> + Send,
    ) -> Result<AttestationReply, Refusal> {
        let oracle = self.judge.oracle(request)?;
        let set = set_in_force(&oracle, request.set_id()).await?;
        let member = |key: &&Attestor| set.signers.contains(&key.address());
        let stranger = || {
            let message = format!("no key of this process is in signer set {}", set.id);
            Refusal::new(403, "not_a_signer", message)
        };
        let key = self.keys.iter().find(member).ok_or_else(stranger)?;
        let report = self.judge.judge(request).await?;
        admit()?;
        let signature = key.attest(&report).await?;
        Ok(AttestationReply {
            signer: key.address(),
            signature: signature.as_erc2098().to_vec().into(),
        })
    }
}

/// The set in force, asked for again when the request means another one.
async fn set_in_force(oracle: &ChainOracle, asked: u32) -> Result<SignerSet, Refusal> {
    let known = oracle.set().filter(|set| set.id == asked);
    let set = match known {
        Some(set) => set,
        None => oracle.refresh_set_in_turn().await.map_err(|_| {
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
