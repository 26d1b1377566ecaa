//! The proxy's HTTP side.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, RwLock},
};

use async_trait::async_trait;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use eyre::WrapErr;
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{Answer, Call, Fault, Faults, Hold, Next, Node, Point, Rule, hold::Holds};

/// A running proxy; it ends on drop.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Mutex<Option<Server>>,
}

struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

struct Shared {
    node: Node,
    faults: Arc<Faults>,
    holds: Arc<Holds>,
    counts: Mutex<BTreeMap<String, u64>>,
    rules: RwLock<Vec<Arc<dyn Rule>>>,
}

/// Shares one rule between the chain and whoever switches it.
struct Switched(Arc<Faults>);

#[async_trait]
impl Rule for Switched {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        self.0.apply(call, next).await
    }
}

impl Proxy {
    /// Starts a proxy on a free port in front of the node at `url`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(url: &str) -> eyre::Result<Self> {
        let (faults, holds) = (Arc::<Faults>::default(), Arc::<Holds>::default());
        let rules: Vec<Arc<dyn Rule>> = vec![Arc::new(Arc::clone(&holds)), Arc::new(Switched(Arc::clone(&faults)))];
        let node = Node {
            url: url.to_owned(),
            client: reqwest::Client::builder().no_proxy().build()?,
        };
        let shared = Arc::new(Shared {
            node,
            faults,
            holds,
            counts: Mutex::default(),
            rules: RwLock::new(rules),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Mutex::new(Some(serve(listener, Arc::clone(&shared))));
        Ok(Self {
            address,
            shared,
            server,
        })
    }

    /// Address for the keeper.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a rule closest to the node, behind holds and faults.
    pub fn add_rule(&self, rule: Arc<dyn Rule>) {
        self.shared
            .rules
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(rule);
    }

    /// Misbehaves for every method, or for one, until [`Self::heal`].
    pub fn set_fault(&self, method: Option<&str>, fault: Fault) {
        self.shared.faults.map().insert(method.map(str::to_owned), fault);
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.shared.faults.map().clear();
    }

    /// Holds the next call of a method at a point, after `skip` calls that pass.
    pub fn hold(&self, method: &str, point: Point, skip: u32) -> Hold {
        self.shared.holds.add(method, point, skip)
    }

    /// How often a method was called so far.
    pub fn calls(&self, method: &str) -> u64 {
        let counts = self
            .shared
            .counts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        counts.get(method).copied().unwrap_or_default()
    }

    /// How often each method was called so far.
    pub fn all_calls(&self) -> BTreeMap<String, u64> {
        let counts = self.shared.counts.lock();
        counts.unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Refuses connections, and closes those that are open and idle, until [`Self::accept`].
    pub async fn refuse(&self) {
        let server = self
            .server
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(server) = server {
            let _ = server.stop.send(());
            // Requests that are held keep their connections; the port itself is closed at once.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(200), server.task).await;
        }
    }

    /// Accepts connections again, on the same address.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn accept(&self) -> eyre::Result<()> {
        let listener = TcpListener::bind(self.address).await.wrap_err("cannot listen again")?;
        let server = serve(listener, Arc::clone(&self.shared));
        *self.server.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(server);
        Ok(())
    }
}

impl Proxy {
    /// [`Self::accept`], where it refuses.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub async fn accept_again(&self) -> eyre::Result<()> {
        let refuses = {
            let server = self.server.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            server.is_none()
        };
        if refuses { self.accept().await } else { Ok(()) }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let server = self.server.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(server) = server.take() {
            server.task.abort();
        }
    }
}

fn serve(listener: TcpListener, shared: Arc<Shared>) -> Server {
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().route("/", post(answer)).with_state(shared);
    let task = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    });
    Server { stop, task }
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let batch = body.is_array();
    let calls = match body {
        Value::Array(calls) => calls,
        single => vec![single],
    };
    let mut answers = Vec::with_capacity(calls.len());
    for body in calls {
        match shared.call(body).await {
            Answer::Json(answer) => answers.push(answer),
            Answer::Status(status) => {
                return StatusCode::from_u16(status)
                    .unwrap_or(StatusCode::BAD_GATEWAY)
                    .into_response();
            }
            Answer::Dropped => return broken(),
        }
    }
    match answers.pop() {
        Some(answer) if !batch => Json(answer).into_response(),
        last => Json(answers.into_iter().chain(last).collect::<Vec<_>>()).into_response(),
    }
}

/// A response whose body breaks off, which makes the server cut the connection.
fn broken() -> Response {
    let cut = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut on purpose")) });
    Response::new(Body::from_stream(cut))
}

impl Shared {
    async fn call(&self, body: Value) -> Answer {
        let method = body["method"].as_str().unwrap_or_default().to_owned();
        {
            let mut counts = self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *counts.entry(method.clone()).or_default() += 1;
        }
        let rules = self
            .rules
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        Next {
            rules: &rules,
            node: &self.node,
        }
        .run(Call { method, body })
        .await
    }
}
