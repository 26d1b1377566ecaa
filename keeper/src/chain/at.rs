//! Questions about a state: of the head, or of a block that is named by its hash.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::CallError;
use super::endpoint::{Endpoint, quantity};
use super::wire::Header;
use super::{At, classify};

/// What `to` answers at a state.
fn state(at: At) -> Value {
    match at {
        At::Latest => json!("latest"),
        At::Block(hash) => json!({ "blockHash": hash }),
    }
}

/// Asks a method that takes a block as its second parameter. Where a node does not take a hash in an object (EIP-1898),
/// the block is named by its number, and after the answer that number still has to be the same block.
pub(super) async fn ask_at<R: DeserializeOwned>(
    endpoint: &Endpoint,
    method: &'static str,
    what: Value,
    at: At,
) -> Result<R, CallError> {
    let answer = endpoint.call(method, (&what, state(at))).await;
    let (At::Block(hash), Err(CallError::Node { code, message, .. })) = (at, &answer) else {
        return answer;
    };
    if !classify::is_form(*code, message) {
        return answer;
    }
    let header: Option<Header> = endpoint.call("eth_getBlockByHash", (hash, false)).await?;
    let Some(height) = header.map(|h| h.height()) else {
        return answer;
    };
    let by_number = endpoint.call(method, (&what, quantity(height))).await?;
    let again = endpoint.header_at(height).await?;
    if again.is_none_or(|h| h.hash != hash) {
        return Err(CallError::Contradiction(format!(
            "block {height} is not {hash} any more"
        )));
    }
    Ok(by_number)
}
