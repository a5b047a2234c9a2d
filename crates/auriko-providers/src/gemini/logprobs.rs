//! Log probabilities in the form of chat completions.

use serde_json::{Value, json};

/// `None`: there are none.
pub(super) fn convert(result: &Value) -> Option<Value> {
    let chosen = result.get("chosenCandidates")?.as_array()?;
    let tops = result.get("topCandidates").and_then(Value::as_array);
    let content = chosen.iter().enumerate().filter_map(|(position, candidate)| {
        let mut entry = entry(candidate)?;
        let top = tops.and_then(|tops| tops.get(position)?.get("candidates")?.as_array());
        entry["top_logprobs"] = top.into_iter().flatten().filter_map(self::entry).collect();
        Some(entry)
    });
    Some(json!({ "content": content.collect::<Vec<_>>(), "refusal": null }))
}

fn entry(candidate: &Value) -> Option<Value> {
    let token = candidate.get("token")?.as_str()?;
    let logprob = candidate.get("logProbability")?.as_f64()?;
    Some(json!({ "token": token, "logprob": logprob, "bytes": token.as_bytes() }))
}
