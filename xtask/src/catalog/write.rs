//! The catalogue as text: an offering per line, so that a new price is one changed line in a review.

use auriko_routing::catalog::file::{CatalogFile, ModelEntry};
use serde::Serialize;
use serde_json::Value;

/// JSON that ends with a newline.
pub(crate) fn to_text(file: &CatalogFile) -> String {
    let models: Vec<String> = file.models.iter().map(model).collect();
    format!(
        "{{\"version\":{},\n\"generated_at\":{},\n\"sources\":[\n{}\n],\n\"providers\":[\n{}\n],\n\"models\":[\n{}\n]}}\n",
        json(&file.version),
        json(&file.generated_at),
        lines(&file.sources),
        lines(&file.providers),
        models.join(",\n"),
    )
}

fn model(model: &ModelEntry) -> String {
    let mut head = serde_json::to_value(model).expect("strings and numbers serialise");
    if let Value::Object(fields) = &mut head {
        fields.remove("offerings");
    }
    let head = json(&head);
    let open = head.strip_suffix('}').unwrap_or(&head);
    format!("{open},\"offerings\":[\n{}]}}", lines(&model.offerings))
}

fn lines<T: Serialize>(items: &[T]) -> String {
    let lines: Vec<String> = items.iter().map(json).collect();
    lines.join(",\n")
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("strings and numbers serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same_with_an_offering_per_line() {
        let shipped = CatalogFile::shipped();
        let text = to_text(&shipped);
        assert_eq!(CatalogFile::from_json(&text).unwrap(), shipped);
        let offerings = text.lines().filter(|line| line.starts_with("{\"provider\":")).count();
        assert_eq!(offerings, shipped.summary().offerings);
    }
}
