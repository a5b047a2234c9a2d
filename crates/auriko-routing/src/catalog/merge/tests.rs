use super::*;

fn base() -> CatalogFile {
    CatalogFile::from_json(
        r#"{"version":"0","generated_at":"t","sources":[],
            "providers":[{"id":"a","display_name":"A"},{"id":"c","display_name":"C"}],
            "models":[
              {"id":"big","family":"f","display_name":"Big","aliases":["large"],"created":5,"offerings":[
                {"provider":"a","upstream_id":"big-1","tiers":[{"name":"standard","input_price":1,"output_price":2}]},
                {"provider":"c","upstream_id":"big"}]},
              {"id":"small","family":"f","display_name":"Small","aliases":["tiny"],"offerings":[
                {"provider":"a","upstream_id":"small"}]}]}"#,
    )
    .unwrap()
}

fn merged(overlay: &str) -> Result<CatalogFile, CatalogError> {
    base().merge(serde_json::from_str(overlay).unwrap())
}

#[test]
fn nothing_laid_over_changes_nothing() {
    assert_eq!(merged("{}").unwrap(), base());
}

#[test]
fn an_offering_replaces_the_one_with_its_provider_and_upstream_id() {
    let file = merged(
        r#"{"models":[{"id":"big","offerings":[
            {"provider":"a","upstream_id":"big-1","tiers":[{"name":"standard","input_price":9,"output_price":9}]}]}]}"#,
    )
    .unwrap();
    let model = file.find("big").unwrap();
    assert_eq!(model.offerings.len(), 2);
    assert_eq!(model.offerings[0].tiers[0].prices.input_price.to_string(), "9");
    assert_eq!(
        (model.display_name.as_str(), model.created, &model.aliases[..]),
        ("Big", 5, &["large".to_owned()][..])
    );
    assert_ne!(file.version, base().version);
    assert_eq!(file.version, content_version(&file.providers, &file.models));
}

#[test]
fn an_offering_of_another_upstream_id_is_added_in_order() {
    let file = merged(
        r#"{"providers":[{"id":"b","display_name":"B"}],
            "models":[{"id":"big","offerings":[{"provider":"b","upstream_id":"x"},
                                               {"provider":"a","upstream_id":"big-0"}]}]}"#,
    )
    .unwrap();
    let names: Vec<_> = file.find("big").unwrap().offerings.iter().map(|it| &it.upstream_id[..]).collect();
    assert_eq!(names, ["big-0", "big-1", "x", "big"]);
    let providers: Vec<_> = file.providers.iter().map(|it| &it.id[..]).collect();
    assert_eq!(providers, ["a", "b", "c"]);
}

#[test]
fn a_provider_is_replaced_whole() {
    let file = merged(r#"{"providers":[{"id":"a","display_name":"Ours","data_policy":"zdr"}]}"#).unwrap();
    assert_eq!(file.providers.len(), 2);
    assert_eq!(file.providers[0].display_name, "Ours");
}

#[test]
fn an_alias_names_the_model_it_means() {
    let file = merged(r#"{"models":[{"id":"large","display_name":"Huge","created":7}]}"#).unwrap();
    assert_eq!(file.models.len(), 2);
    let model = file.find("big").unwrap();
    assert_eq!((model.display_name.as_str(), model.created), ("Huge", 7));
}

#[test]
fn an_alias_can_be_taken_from_another_model() {
    let file = merged(r#"{"models":[{"id":"big","aliases":["tiny"],"family":"g","author":"Us"}]}"#).unwrap();
    let model = file.find("tiny").unwrap();
    assert_eq!((model.id.as_str(), model.family.as_str(), model.author.as_deref()), ("big", "g", Some("Us")));
    assert_eq!(model.aliases, ["large", "tiny"]);
    assert!(file.find("small").unwrap().aliases.is_empty());
}

#[test]
fn a_new_model_is_called_by_its_id_until_told_otherwise() {
    let file =
        merged(r#"{"models":[{"id":"mine","offerings":[{"provider":"a","upstream_id":"ft-1"}]}]}"#).unwrap();
    let model = file.find("mine").unwrap();
    assert_eq!((model.family.as_str(), model.display_name.as_str()), ("mine", "mine"));
    assert!(file.models.is_sorted_by_key(|model| &model.id));
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (overlay, words) in [
        (r#"{"models":[{"id":"mine"}]}"#, "`offerings` is empty"),
        (r#"{"models":[{"id":"big","aliases":["small"]}]}"#, "`small` is the id of a model"),
        (r#"{"models":[{"id":"big","offerings":[{"provider":"z","upstream_id":"m"}]}]}"#, "`z` is unknown"),
    ] {
        let error = merged(overlay).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let unknown = serde_json::from_str::<CatalogOverlay>(r#"{"modells":[]}"#).unwrap_err().to_string();
    assert!(unknown.contains("unknown field `modells`"), "{unknown}");
}
