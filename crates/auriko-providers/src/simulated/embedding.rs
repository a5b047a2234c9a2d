//! Vectors for texts: the same text has the same vector, and nothing else is meant by it.

use serde_json::{Value, json};

use super::random::{Random, hash};

/// Length of a vector when none is asked for.
const DIMENSIONS: usize = 64;

/// The vector of an input, of length 1.
pub fn embedding(input: &Value, dimensions: Option<usize>, seed: u64) -> Vec<f32> {
    let mut random = Random::new(hash(input.to_string().as_bytes()) ^ seed);
    let raw: Vec<_> = (0..dimensions.unwrap_or(DIMENSIONS)).map(|_| random.unit() * 2.0 - 1.0).collect();
    let length = raw.iter().map(|value| value * value).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "vectors are single precision")]
    raw.into_iter().map(|value| (value / length) as f32).collect()
}

/// A vector as it is written: numbers, or the little-endian bytes of single-precision numbers in base64.
pub fn encoded(vector: &[f32], is_base64: bool) -> Value {
    use base64::Engine as _;
    if !is_base64 {
        return json!(vector);
    }
    let bytes: Vec<_> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    Value::String(base64::engine::general_purpose::STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_vector_of_length_one() {
        let vector = embedding(&json!("a"), Some(7), 0);
        assert_eq!(vector, embedding(&json!("a"), Some(7), 0));
        assert_ne!(vector, embedding(&json!("b"), Some(7), 0));
        assert_ne!(vector, embedding(&json!("a"), Some(7), 1));
        assert!((vector.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(encoded(&[1.0, -2.0], true), json!("AACAPwAAAMA="));
    }
}
