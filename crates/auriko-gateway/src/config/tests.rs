use super::*;

fn error(text: &str) -> String {
    Config::from_toml(text).expect_err(text).to_string()
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    let check = |text: &str, key: &str, line: &str| {
        let error = error(text);
        assert!(error.contains(key) && error.contains(line), "{error}");
    };
    check("prividers = []", "prividers", "line 1");
    check("[[providers]]\nid = \"a\"\nkind = \"simulated\"\nlatency = 3", "latency", "line 4");
    check(
        "[[providers]]\nid = \"a\"\nkind = \"simulated\"\nmodels = [{ id = \"m\", price = 1 }]",
        "price",
        "line 4",
    );
    check("[limits]\nidle = 1", "idle", "line 2");
    let json = Config::from_json("{\"providers\":[{\"id\":\"a\",\"kind\":\"simulated\",\"x\":1}]}")
        .expect_err("unknown");
    assert!(json.to_string().contains("`x`"), "{json}");
}

#[test]
fn contradictions_are_refused() {
    let check = |fields: &str, expected: &str| {
        let error = error(&format!("[[providers]]\nid = \"a\"\n{fields}"));
        assert!(error.contains(expected), "{error}");
    };
    check("kind = \"simulated\"\nbase_url = \"http://x\"", "base_url");
    check("kind = \"simulated\"\nfailure_rate = 2.0", "failure_rate");
    check("kind = \"simulated\"\ninput_price = 1.0", "output_price");
    check("kind = \"simulated\"\ninput_price = -1.0\noutput_price = 1.0", "input_price");
    check("kind = \"openai-compatible\"", "base_url");
    check("kind = \"openai-compatible\"\nbase_url = \"ftp://x\"", "base_url");
    check("kind = \"openai-compatible\"\nbase_url = \"http://x\"\noutput_tokens = 3", "simulated");
    check(
        "kind = \"openai-compatible\"\nbase_url = \"http://x\"\napi_key = \"k\"\napi_key_env = \"E\"",
        "api_key_env",
    );
    check("kind = \"simulated\"\n[[providers]]\nid = \"a\"\nkind = \"simulated\"", "two providers");
    assert!(error("[[providers]]\nid = \"a/b\"\nkind = \"simulated\"").contains("a/b"));
    assert!(error("").contains("providers"));
}

#[test]
fn a_store_is_checked() {
    let check = |fields: &str, expected: &str| {
        let providers = "[[providers]]\nid = \"a\"\nkind = \"simulated\"";
        let error = error(&format!("{providers}\n[store]\n{fields}"));
        assert!(error.contains(expected), "{error}");
    };
    let directory = "data_dir = \":memory:\"\n";
    check("ledger_days = 90", "needs `data_dir`");
    check(&format!("{directory}ledger_days = 30"), "`ledger_days` must be 31–36500");
    check(&format!("{directory}lease_seconds = 5"), "`lease_seconds` is for");
    check(&format!("{directory}when_unreachable = \"ignore\""), "`refuse` or `allow`");
    let cluster = "database_url_env = \"D\"\nredis_url_env = \"R\"\n";
    check(cluster, "`master_key_env` is required");
    check(&format!("{cluster}master_key_env = \"M\"\nlease_seconds = 0"), "`lease_seconds` must be 1–3600");
}

#[test]
fn without_keys_there_is_the_simulated_provider_alone() {
    let config = Config::zero(&|_| None);
    assert!(matches!(config.providers.as_slice(), [ProviderConfig { kind: KindConfig::Simulated(_), .. }]));
    let config = Config::zero(&|name| (name == "GROQ_API_KEY").then(|| " key\n".to_owned()));
    let [provider] = config.providers.as_slice() else { panic!("one provider") };
    let KindConfig::Http { key, .. } = &provider.kind else { panic!("a real one") };
    assert_eq!(key.value.as_ref().map(Secret::reveal), Some("key"));
    assert!(!format!("{config:?}").contains("\"key\""));
}

#[test]
fn a_vendors_own_api_needs_neither_address_nor_variable() {
    let check = |kind: &str, id: &str, host: &str, variable: &str| {
        let config =
            Config::from_toml(&format!("[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"")).expect("valid");
        let KindConfig::Http { base_url, key, .. } = &config.providers[0].kind else { panic!("a real one") };
        assert!(base_url.starts_with(&format!("https://{host}/")), "{base_url}");
        assert_eq!(key.variable.as_deref(), Some(variable));
    };
    check("anthropic", "anthropic", "api.anthropic.com", "ANTHROPIC_API_KEY");
    check("anthropic", "second-account", "api.anthropic.com", "ANTHROPIC_API_KEY");
    check("gemini", "google_ai_studio", "generativelanguage.googleapis.com", "GEMINI_API_KEY");
    check("openai-compatible", "groq", "api.groq.com", "GROQ_API_KEY");
    // The other API of a known provider is elsewhere.
    assert!(error("[[providers]]\nid = \"anthropic\"\nkind = \"openai-compatible\"").contains("base_url"));
}

#[test]
fn a_server_of_ones_own_is_known_by_its_id() {
    let read = |id: &str, rest: &str| {
        let text = format!("[[providers]]\nid = \"{id}\"\nkind = \"openai-compatible\"\n{rest}");
        let config = Config::from_toml(&text).expect("valid");
        let KindConfig::Http { base_url, key, adapter } = &config.providers[0].kind else {
            panic!("a real one")
        };
        let Adapter::OpenAiCompatible(quirks) = *adapter else { panic!("{id} speaks another API") };
        assert_eq!(key.variable, None, "{id} asks for no key");
        (base_url.clone(), quirks)
    };
    for server in &table::LOCAL_SERVERS {
        let (base_url, quirks) = read(server.id, "");
        assert_eq!(base_url, server.base_url);
        assert_eq!(format!("{quirks:?}"), format!("{:?}", server.quirks), "{}", server.id);
    }
    let (base_url, quirks) = read("ollama", "base_url = \"http://10.0.0.7:11434/v1\"");
    assert_eq!(base_url, "http://10.0.0.7:11434/v1");
    assert!(!quirks.takes_links, "wherever it runs");
    // Another server is nobody's.
    let (_, quirks) = read("cellar", "base_url = \"http://10.0.0.7:1/v1\"");
    assert_eq!(format!("{quirks:?}"), format!("{:?}", table::GENERIC));
}

#[test]
fn limits_of_size_and_waiting_are_checked() {
    let provider = "[[providers]]\nid = \"a\"\nkind = \"simulated\"\n";
    assert!(
        error(&format!("[limits]\nreply_bytes = 0\n{provider}")).contains("`limits.reply_bytes` must be")
    );
    let wait = error(&format!("[access]\nbudget_wait_ms = 60001\n{provider}"));
    assert!(wait.contains("`access.budget_wait_ms` must be 0–60000"), "{wait}");
    let config = Config::from_toml(&format!("[limits]\nreply_bytes = 9\n{provider}")).expect("valid");
    assert_eq!((config.limits.reply_bytes, config.access.budget_wait), (9, Duration::from_secs(2)));
    assert_eq!(Config::from_toml(provider).expect("valid").limits.reply_bytes, 64 * 1024 * 1024);
}

#[test]
fn a_missing_key_variable_is_named() {
    let config = Config::from_toml(
        "[[providers]]\nid = \"mine\"\nkind = \"openai-compatible\"\nbase_url = \"http://x\"\napi_key_env = \"MY_KEY\"",
    );
    let error = config.expect("valid").with_keys(&|_| None).expect_err("unset");
    assert!(error.to_string().contains("MY_KEY") && error.to_string().contains("mine"));
}

#[test]
fn routing_defaults_and_selection_are_checked() {
    const PROVIDER: &str = "[[providers]]\nid = \"a\"\nkind = \"simulated\"\n";
    let check = |text: &str, expected: &str| {
        let error = error(&format!("{text}\n{PROVIDER}"));
        assert!(error.contains(expected), "{error}");
    };
    check("routing = { optimize = \"best\" }", "routing.optimize");
    check("routing = { optimise = \"cost\" }", "routing.optimise");
    check("selection = \"first\"", "selection");
    check("selection_exponent = 2.0", "weighted");
    check("selection = \"weighted\"\nselection_exponent = -1.0", "0 to 100");
    let config = Config::from_toml(&format!(
        "selection = \"weighted\"\nrouting = {{ optimize = \"tps\" }}\n{PROVIDER}"
    ));
    assert_eq!(config.expect("valid").selection, Selection::Weighted { exponent: 2.0 });
}

#[test]
fn hedges_are_numbers_or_one_word() {
    let read = |value: &str| {
        Config::from_toml(&format!(
            "hedge_after_ms = {value}\n[[providers]]\nid = \"p\"\nkind = \"simulated\"\n"
        ))
    };
    let hedge = |value: &str| read(value).expect("a valid configuration").hedge_after;
    assert_eq!(hedge("250"), Some(HedgeAfter::Time(Duration::from_millis(250))));
    assert_eq!(hedge("\"p95\""), Some(HedgeAfter::P95));
    for wrong in ["0", "\"p50\""] {
        let error = read(wrong).expect_err("not understood").to_string();
        assert!(error.contains("hedge_after_ms") && error.contains("p95"), "{error}");
    }
}
