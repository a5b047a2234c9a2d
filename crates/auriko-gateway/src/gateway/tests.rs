use super::*;

/// It is moved into a box for every request.
#[test]
fn the_future_of_a_request_is_small() {
    let gateway = Gateway::new(Config::zero(&|_| None)).expect("a configuration");
    let future = gateway.handle(Call::post("/v1/chat/completions", "{}"));
    let bytes = size_of_val(&future);
    assert!(bytes < 16 * 1024, "{bytes} bytes");
}

async fn status(gateway: &Gateway, path: &str) -> u16 {
    gateway.handle(Call::get(path)).await.status
}

#[tokio::test]
async fn who_drains_or_has_lost_its_store_is_alive_but_not_ready() {
    let zero = || Config::zero(&|_variable| None);
    let gateway = Gateway::new(zero()).expect("it needs nothing");
    assert_eq!((status(&gateway, "/healthz").await, status(&gateway, "/readyz").await), (200, 200));
    gateway.drain();
    assert_eq!((status(&gateway, "/healthz").await, status(&gateway, "/readyz").await), (200, 503));

    let stored = zero().with_data_dir(std::path::Path::new(crate::config::IN_MEMORY));
    let gateway = Gateway::new(stored).expect("it needs nothing");
    assert_eq!(status(&gateway, "/readyz").await, 200);
    gateway.close().await;
    assert_eq!((status(&gateway, "/healthz").await, status(&gateway, "/readyz").await), (200, 503));
}
