use std::{sync::Arc, time::Duration};

use super::*;
use crate::anvil::{Anvil, AnvilOptions, Mining};

const SOON: Duration = Duration::from_secs(5);

struct World {
    _logs: tempfile::TempDir,
    anvil: Anvil,
    proxy: Proxy,
    client: reqwest::Client,
}

async fn world() -> World {
    let logs = tempfile::tempdir().unwrap();
    let options = AnvilOptions {
        mining: Mining::Manual,
        ..AnvilOptions::new(31337)
    };
    let anvil = Anvil::start(&options, logs.path()).await.unwrap();
    let proxy = Proxy::start(anvil.url()).await.unwrap();
    World {
        _logs: logs,
        anvil,
        proxy,
        client: reqwest::Client::new(),
    }
}

fn call(method: &str, parameters: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": parameters})
}

impl World {
    fn post(&self, body: Value) -> impl Future<Output = reqwest::Result<Value>> + Send + 'static {
        let request = self.client.post(self.proxy.url()).json(&body).send();
        async move { request.await?.error_for_status()?.json().await }
    }

    async fn ask(&self, method: &str, parameters: Value) -> Value {
        self.post(call(method, parameters)).await.unwrap()["result"].take()
    }
}

#[tokio::test]
async fn passes_calls_and_batches_through_and_counts_them() {
    let world = world().await;
    assert_eq!(world.ask("eth_chainId", json!([])).await, "0x7a69");
    let batch = json!([call("eth_chainId", json!([])), call("eth_blockNumber", json!([]))]);
    let answers = world.post(batch).await.unwrap();
    assert_eq!(
        (&answers[0]["result"], &answers[1]["result"]),
        (&json!("0x7a69"), &json!("0x0"))
    );
    assert_eq!(
        world
            .post(json!([call("eth_chainId", json!([]))]))
            .await
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.proxy.calls("eth_chainId"), 3);
    let error = world.post(call("eth_nonsense", json!([]))).await.unwrap();
    assert!(
        error["error"]["code"].is_number(),
        "errors of the node pass too: {error}"
    );
}

#[tokio::test]
async fn holds_before_the_node_has_seen_the_call() {
    let world = world().await;
    let account = "0x0000000000000000000000000000000000000abc";
    let mut hold = world.proxy.hold("anvil_setBalance", Point::BeforeForward, 0);
    let pending = tokio::spawn(world.post(call("anvil_setBalance", json!([account, "0x2a"]))));
    let held = hold.reached(SOON).await.unwrap();
    assert_eq!(held.parameters()[0], account);
    assert_eq!(world.ask("eth_getBalance", json!([account, "latest"])).await, "0x0");
    assert!(!pending.is_finished());
    hold.release();
    pending.await.unwrap().unwrap();
    assert_eq!(world.ask("eth_getBalance", json!([account, "latest"])).await, "0x2a");
}

#[tokio::test]
async fn holds_after_the_node_answered_and_after_calls_that_pass() {
    let world = world().await;
    let account = "0x0000000000000000000000000000000000000abc";
    let mut hold = world.proxy.hold("anvil_setBalance", Point::BeforeAnswer, 1);
    world.ask("anvil_setBalance", json!([account, "0x1"])).await;
    let pending = tokio::spawn(world.post(call("anvil_setBalance", json!([account, "0x2a"]))));
    hold.reached(SOON).await.unwrap();
    assert_eq!(world.ask("eth_getBalance", json!([account, "latest"])).await, "0x2a");
    assert!(!pending.is_finished());
    drop(hold);
    pending.await.unwrap().unwrap();
    let mut hold = world.proxy.hold("eth_chainId", Point::BeforeForward, 0);
    assert!(hold.reached(Duration::from_millis(50)).await.is_err());
    drop(hold);
    world.ask("eth_chainId", json!([])).await;
}

#[tokio::test]
async fn a_lost_answer_is_an_error_to_the_caller_and_done_at_the_node() {
    let world = world().await;
    let account = "0x0000000000000000000000000000000000000abc";
    world.proxy.set_fault(Some("anvil_setBalance"), Fault::DropAnswers);
    assert!(
        world
            .post(call("anvil_setBalance", json!([account, "0x2a"])))
            .await
            .is_err()
    );
    assert_eq!(world.ask("eth_getBalance", json!([account, "latest"])).await, "0x2a");
}

#[tokio::test]
async fn endpoint_faults_last_until_healed() {
    let world = world().await;
    for status in [429, 500] {
        world.proxy.set_fault(None, Fault::Status(status));
        let error = world.post(call("eth_chainId", json!([]))).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
    }
    world.proxy.heal();
    world.proxy.set_fault(None, Fault::ChainId(1));
    assert_eq!(world.ask("eth_chainId", json!([])).await, "0x1");
    assert_eq!(world.ask("eth_blockNumber", json!([])).await, "0x0");
    world.proxy.heal();
    assert_eq!(world.ask("eth_chainId", json!([])).await, "0x7a69");
}

#[tokio::test]
async fn a_stale_head_hides_later_blocks() {
    let world = world().await;
    world.anvil.mine(5).await.unwrap();
    world.proxy.set_fault(None, Fault::StaleHead(3));
    assert_eq!(world.ask("eth_blockNumber", json!([])).await, "0x3");
    assert_eq!(
        world.ask("eth_getBlockByNumber", json!(["latest", false])).await["number"],
        "0x3"
    );
    assert_eq!(
        world.ask("eth_getBlockByNumber", json!(["0x4", false])).await,
        Value::Null
    );
    assert_eq!(
        world
            .ask("eth_getLogs", json!([{"fromBlock": "0x0", "toBlock": "0x5"}]))
            .await,
        json!([])
    );
    world.proxy.heal();
    assert_eq!(world.ask("eth_blockNumber", json!([])).await, "0x5");
}

#[tokio::test]
async fn refused_connections_come_back_on_the_same_port() {
    let world = world().await;
    world.ask("eth_chainId", json!([])).await;
    world.proxy.refuse().await;
    let error = world.post(call("eth_chainId", json!([]))).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    world.proxy.accept().await.unwrap();
    assert_eq!(world.ask("eth_chainId", json!([])).await, "0x7a69");
}

struct Censor;

#[async_trait]
impl Rule for Censor {
    async fn apply(&self, call: Call, next: Next<'_>) -> Answer {
        if call.method != "eth_sendRawTransaction" {
            return next.run(call).await;
        }
        let head = next.ask("eth_blockNumber", json!([])).await;
        call.error(-32000, &format!("refused at {head}"))
    }
}

#[tokio::test]
async fn a_rule_of_ones_own_answers_with_what_the_node_told_it() {
    let world = world().await;
    world.proxy.add_rule(Arc::new(Censor));
    let answer = world
        .post(call("eth_sendRawTransaction", json!(["0x00"])))
        .await
        .unwrap();
    assert_eq!(answer["error"]["message"], "refused at \"0x0\"");
}
