use auriko_client::Method;
use serde_json::{Value, json};

use crate::http::{QUICK, Seen, Served, send, serve};
use crate::upstream::{Answer, upstream};

async fn embed(served: &Served, body: Value) -> Seen {
    let url = format!("{}/v1/embeddings", served.url);
    send(Method::Post, &url, &[], Some(body.to_string())).await
}

#[tokio::test]
async fn a_simulated_model_embeds_every_input() {
    let served = serve(QUICK).await;
    let seen = embed(&served, json!({ "model": "simulated", "input": ["a", "b", "a"] })).await;
    let reply = seen.json();
    assert_eq!((seen.status, &reply["object"]), (200, &json!("list")), "{reply}");
    let data = reply["data"].as_array().expect("a list");
    assert_eq!(data.len(), 3);
    assert_eq!(data[0]["embedding"], data[2]["embedding"]);
    assert_ne!(data[0]["embedding"], data[1]["embedding"]);
    assert_eq!(data[1]["index"], 1);
    assert_eq!(reply["routing_metadata"]["provider"], "simulated");
    assert_eq!(reply["usage"]["prompt_tokens"], reply["usage"]["total_tokens"]);
    assert!(reply["routing_metadata"]["cost"]["usd"].is_number(), "{reply}");
}

#[tokio::test]
async fn a_provider_is_asked_and_another_one_after_it() {
    let good = json!({ "object": "list", "model": "dated", "data": [{ "index": 0, "embedding": [1, 0] }],
        "usage": { "prompt_tokens": 4, "total_tokens": 4 } });
    let first = upstream(vec![Answer::Status(500, vec![], String::new())]).await;
    let second = upstream(vec![Answer::Status(200, vec![], good.to_string())]).await;
    let entry = |id: &str, url: &str| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\nbase_url = \"{url}\"\napi_key = \"k\"\n"
        )
    };
    let config = format!("{}{}", entry("first", &first.url), entry("second", &second.url));
    let served = serve(&config).await;
    let seen = embed(&served, json!({ "model": "second/up", "input": "a", "dimensions": 2 })).await;
    let reply = seen.json();
    assert_eq!((seen.status, &reply["data"][0]["embedding"]), (200, &json!([1, 0])), "{reply}");
    assert_eq!((&reply["model"], &reply["usage"]["prompt_tokens"]), (&json!("dated"), &json!(4)));
    assert_eq!(second.bodies()[0], json!({ "model": "up", "input": "a", "dimensions": 2 }));
    let seen = embed(&served, json!({ "model": "first/up", "input": "a" })).await;
    assert_eq!((seen.status, &seen.json()["error"]["code"]), (502, &json!("upstream_error")));
}

#[tokio::test]
async fn vectors_that_are_too_large_are_refused() {
    let vector = vec![0.5; 2000];
    let long = json!({ "object": "list", "data": [{ "index": 0, "embedding": vector }] });
    let provider = upstream(vec![Answer::Status(200, vec![], long.to_string())]).await;
    let config = format!(
        "[limits]\nreply_bytes = 4000\n[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"{}\"\n",
        provider.url
    );
    let seen = embed(&serve(&config).await, json!({ "model": "p/up", "input": "a" })).await;
    assert_eq!((seen.status, &seen.json()["error"]["code"]), (502, &json!("upstream_error")));
    assert!(seen.text.contains("`limits.reply_bytes`"), "{}", seen.text);
}

#[tokio::test]
async fn models_that_talk_do_not_embed_and_the_error_says_so() {
    let served = serve(
        "[[providers]]\nid = \"p\"\nkind = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:9/v1\"\n\
         models = [{ id = \"talker\" }]\n",
    )
    .await;
    let seen = embed(&served, json!({ "model": "talker", "input": "a" })).await;
    let error = &seen.json()["error"];
    assert_eq!(
        (seen.status, &error["code"], &error["param"]),
        (400, &json!("no_compatible_endpoint"), &json!("model"))
    );
    assert!(error["suggestion"].as_str().is_some_and(|it| it.contains("chat_completions")), "{error}");
    for (body, param) in [(json!({ "model": "talker" }), "input"), (json!({ "input": "a" }), "model")] {
        let seen = embed(&served, body).await;
        assert_eq!((seen.status, &seen.json()["error"]["param"]), (400, &json!(param)));
    }
}
