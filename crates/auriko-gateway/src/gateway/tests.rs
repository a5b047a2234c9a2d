use super::*;

/// It is moved into a box for every request.
#[test]
fn the_future_of_a_request_is_small() {
    let gateway = Gateway::new(Config::zero(&|_| None)).expect("a configuration");
    let future = gateway.handle(Call::post("/v1/chat/completions", "{}"));
    let bytes = size_of_val(&future);
    assert!(bytes < 16 * 1024, "{bytes} bytes");
}
