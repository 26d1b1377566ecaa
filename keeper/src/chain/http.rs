//! JSON-RPC over HTTP to one address: no redirects, answers bounded in size, nothing of the URL in any text.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;

/// Longest answer that is read: the receipts of a full block, or a log query of the largest range, several times over.
const LONGEST_ANSWER: usize = 64 << 20;

/// Why no answer came.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// An HTTP status that is an error, with the body and how long the endpoint asks to be left alone.
    Status {
        code: u16,
        body: String,
        retry_after: Option<Duration>,
    },
    /// The connection failed, or its answer is no answer.
    Broken(String),
}

/// One address.
pub(super) struct Http {
    url: reqwest::Url,
    client: reqwest::Client,
}

impl Http {
    pub(super) fn new(url: reqwest::Url) -> Result<Self, String> {
        // A redirect would carry requests, and the key in their path, to whoever the answer names.
        let client = reqwest::Client::builder().redirect(Policy::none()).build();
        Ok(Self {
            url,
            client: client.map_err(|e| e.without_url().to_string())?,
        })
    }

    /// Posts a request and reads the answer.
    pub(super) async fn post(&self, body: Vec<u8>) -> Result<Vec<u8>, Unanswered> {
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let mut response = request.send().await.map_err(broken)?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if answer.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
                return Err(Unanswered::Broken(format!(
                    "its answer is longer than {LONGEST_ANSWER} bytes"
                )));
            }
            answer.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(answer);
        }
        if status.is_redirection() {
            return Err(Unanswered::Broken(format!(
                "it redirects (status {status}), which is not followed"
            )));
        }
        Err(Unanswered::Status {
            code: status.as_u16(),
            body: String::from_utf8_lossy(&answer).into_owned(),
            retry_after: retry_after.map(Duration::from_secs),
        })
    }
}

fn broken(error: reqwest::Error) -> Unanswered {
    // The causes say what failed; the outermost text alone says that something did.
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    Unanswered::Broken(text)
}

impl Unanswered {
    /// Whether the status says that too much was asked in too short a time.
    pub(super) fn is_busy(code: u16) -> bool {
        code == StatusCode::TOO_MANY_REQUESTS.as_u16()
    }
}
