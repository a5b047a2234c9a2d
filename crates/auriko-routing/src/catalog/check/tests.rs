use super::super::file::CatalogFile;
use super::*;

const OFFERING: &str = r#"{"provider":"one","upstream_id":"m"}"#;

/// A catalogue with one provider and these models.
fn catalog(models: &str) -> CatalogFile {
    let text = format!(
        r#"{{"version":"","generated_at":"","sources":[],
            "providers":[{{"id":"one","display_name":"One"}}],"models":[{models}]}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn model(id: &str, more: &str, offerings: &str) -> String {
    format!(r#"{{"id":"{id}","family":"f","display_name":"d"{more},"offerings":[{offerings}]}}"#)
}

fn with_tiers(tiers: &str) -> CatalogFile {
    let offering = format!(r#"{{"provider":"one","upstream_id":"m","tiers":[{tiers}]}}"#);
    catalog(&model("m", "", &offering))
}

/// The only problem, which must be at `place` and say `words`.
fn expect_problem(file: &CatalogFile, place: &str, words: &str) {
    let found = problems(file);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].place, place);
    assert!(found[0].message.contains(words), "{}", found[0]);
}

#[test]
fn a_plain_catalogue_has_no_problems() {
    let prices = r#"{"name":"standard","input_price":0,"output_price":2,
        "steps":[{"above_prompt_tokens":1,"input_price":1,"output_price":1},
                 {"above_prompt_tokens":2,"input_price":1,"output_price":1}]}"#;
    assert_eq!(problems(&with_tiers(prices)), []);
    assert_eq!(problems(&catalog(&model("m", r#","aliases":["n"]"#, OFFERING))), []);
}

#[test]
fn ids_and_aliases_mean_one_model() {
    let twice = [model("m", "", OFFERING), model("m", "", OFFERING)].join(",");
    expect_problem(&catalog(&twice), "models[m]", "id occurs twice");
    let alias = [model("m", "", OFFERING), model("n", r#","aliases":["m"]"#, OFFERING)].join(",");
    expect_problem(&catalog(&alias), "models[n].aliases", "`m` is the id of a model");
    let aliases = [model("m", r#","aliases":["x"]"#, OFFERING), model("n", r#","aliases":["x"]"#, OFFERING)];
    expect_problem(&catalog(&aliases.join(",")), "models[n].aliases", "alias of `m` already");
    expect_problem(&catalog(&model("", "", OFFERING)), "models[]", "`id` is empty");
}

#[test]
fn providers_are_told_apart_and_known() {
    let mut file = catalog(&model("m", "", OFFERING));
    file.providers.push(file.providers[0].clone());
    expect_problem(&file, "providers[one]", "id occurs twice");
    let unknown = catalog(&model("m", "", r#"{"provider":"two","upstream_id":"m"}"#));
    expect_problem(&unknown, "models[m].offerings[two/m]", "provider `two` is unknown");
}

#[test]
fn a_model_has_offerings_each_once() {
    expect_problem(&catalog(&model("m", "", "")), "models[m]", "`offerings` is empty");
    let twice = format!("{OFFERING},{OFFERING}");
    expect_problem(&catalog(&model("m", "", &twice)), "models[m].offerings[one/m]", "offering occurs twice");
    let nameless = r#"{"provider":"one","upstream_id":""}"#;
    expect_problem(
        &catalog(&model("m", "", nameless)),
        "models[m].offerings[one/]",
        "`upstream_id` is empty",
    );
}

#[test]
fn words_and_limits_of_an_offering_are_possible() {
    for (field, words) in [
        (r#""input_modalities":["smell"]"#, "`smell` in `input_modalities`"),
        (r#""input_modalities":["embedding"]"#, "`embedding` in `input_modalities`"),
        (r#""output_modalities":["pictures"]"#, "`pictures` in `output_modalities`"),
        (r#""endpoints":["chat"]"#, "`chat` in `endpoints`"),
        (r#""endpoints":[]"#, "`endpoints` is empty"),
        (r#""context_window":0"#, "`context_window` is 0"),
        (r#""max_output_tokens":0"#, "`max_output_tokens` is 0"),
        (r#""prompt_cache":{"min_tokens":1,"ttl_seconds":0}"#, "`prompt_cache.ttl_seconds` is 0"),
        (
            r#""prompt_cache":{"min_tokens":1,"ttl_seconds":1,"block_tokens":0}"#,
            "`prompt_cache.block_tokens`",
        ),
        (r#""shutdown_at":"2027-13-01""#, "`shutdown_at` is `2027-13-01`"),
        (r#""shutdown_at":"soon""#, "`shutdown_at` is `soon`"),
        (r#""shutdown_at":"2027-1-1""#, "`shutdown_at` is `2027-1-1`"),
    ] {
        let offering = format!(r#"{{"provider":"one","upstream_id":"m",{field}}}"#);
        expect_problem(&catalog(&model("m", "", &offering)), "models[m].offerings[one/m]", words);
    }
}

#[test]
fn steps_ascend_from_above_zero() {
    for steps in ["200,200", "200,100", "0"] {
        let list: Vec<String> = steps
            .split(',')
            .map(|above| format!(r#"{{"above_prompt_tokens":{above},"input_price":1,"output_price":1}}"#))
            .collect();
        let list = list.join(",");
        let file =
            with_tiers(&format!(r#"{{"name":"t","input_price":1,"output_price":1,"steps":[{list}]}}"#));
        let wrong = steps.rsplit(',').next().unwrap();
        expect_problem(&file, &format!("models[m].offerings[one/m].tiers[t].steps[{wrong}]"), "must ascend");
    }
}

#[test]
fn tiers_have_different_names() {
    let tier = r#"{"name":"standard","input_price":1,"output_price":1}"#;
    let file = with_tiers(&format!("{tier},{tier}"));
    expect_problem(&file, "models[m].offerings[one/m].tiers[standard]", "tier occurs twice");
    let file = with_tiers(r#"{"name":"","input_price":1,"output_price":1}"#);
    expect_problem(&file, "models[m].offerings[one/m].tiers[]", "`name` is empty");
}

#[test]
fn prices_are_finite_and_not_negative() {
    let place = "models[m].offerings[one/m].tiers[standard]";
    for price in [-1.0, f64::NAN, f64::INFINITY] {
        for field in ["input_price", "output_price", "cache_read_price", "cache_write_price"] {
            let mut file = with_tiers(
                r#"{"name":"standard","input_price":1,"output_price":1,"cache_read_price":1,"cache_write_price":1}"#,
            );
            let prices = &mut file.models[0].offerings[0].tiers[0].prices;
            match field {
                "input_price" => prices.input_price = price,
                "output_price" => prices.output_price = price,
                "cache_read_price" => prices.cache_read_price = Some(price),
                _ => prices.cache_write_price = Some(price),
            }
            expect_problem(&file, place, &format!("`{field}` is {price}"));
        }
    }
}

#[test]
fn every_problem_is_found_and_says_where() {
    let file = catalog(&[model("m", "", ""), model("m", "", "")].join(","));
    let found: Vec<String> = problems(&file).iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("models[m]: the id occurs twice"));
}
