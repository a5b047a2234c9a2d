//! Workspaces, keys, own keys.

use std::time::Duration;

use auriko_store::clock::Clock;
use auriko_store::key::{Identity, NewApiKey, Profile, Scope};
use auriko_store::own_key::{NewOwnKey, OwnKeyChange, TierSource, Validation};
use auriko_store::{ExposeSecret, SecretString, Store, StoreError};

use crate::servers;
use crate::stage::Stage;

pub(crate) fn new_key(name: &str) -> NewApiKey {
    NewApiKey { name: name.to_owned(), scopes: vec![Scope::Inference], ..NewApiKey::default() }
}

async fn is_active(store: &Store, secret: &SecretString) -> bool {
    matches!(store.keys().identify(secret.expose_secret()).await.expect("answers"), Identity::Active(_))
}

pub(crate) async fn workspaces(stage: &Stage) {
    let store = stage.replica().await;
    let one = store.workspaces().create("One").await.expect("made");
    let two = store.workspaces().ensure("two", "Two").await.expect("made");
    assert_eq!(store.workspaces().ensure("two", "Again").await.expect("there").name, "Two");
    assert_eq!(store.workspaces().rename(&one.id, "First").await.expect("renamed").name, "First");
    let ids: Vec<_> = store.workspaces().list().await.expect("lists").into_iter().map(|one| one.id).collect();
    assert!(ids.len() == 3 && ids.contains(&"default".into()) && ids.contains(&two.id));
    for wrong in ["", "a{b}", "a b", &"x".repeat(65)] {
        let error = store.workspaces().ensure(wrong, "x").await.expect_err("wrong");
        assert!(matches!(error, StoreError::Invalid { field: "workspace_id", .. }), "{error}");
    }
    let (key, _) = store.keys().create(&one.id, new_key("k")).await.expect("made");
    assert!(matches!(store.keys().find(&two.id, &key.id).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.keys().revoke(&two.id, &key.id).await, Err(StoreError::NotFound { .. })));
    assert!(store.keys().list(&two.id, true).await.expect("lists").is_empty());
    assert!(matches!(store.keys().create("none", new_key("k")).await, Err(StoreError::NotFound { .. })));
}

pub(crate) async fn keys(stage: &Stage) {
    let store = stage.replica().await;
    let new = NewApiKey {
        scopes: vec![Scope::KeysRead, Scope::Inference, Scope::KeysRead],
        requests_per_minute: Some(60),
        tokens_per_minute: Some(100_000),
        expires_at: Some(stage.clock.now().after(Duration::from_secs(60))),
        created_by: Some("key_parent".to_owned()),
        ..new_key("Mine\0")
    };
    let (made, secret) = store.keys().create("default", new).await.expect("made");
    let text = secret.expose_secret();
    assert!(text.starts_with("ak_live_") && text.len() == 48 && made.id.starts_with("key_"));
    assert_eq!(made.prefix, text[..16]);
    assert_eq!(made.profile(), Profile::Mixed);
    let Identity::Active(found) = store.keys().identify(text).await.expect("answers") else {
        panic!("not active")
    };
    assert_eq!(found.name, "Mine\u{fffd}", "PostgreSQL can't store the other one");
    assert_eq!((&found.id, &found.scopes, found.requests_per_minute), (&made.id, &made.scopes, Some(60)));
    assert_eq!((found.tokens_per_minute, found.created_by.as_deref()), (Some(100_000), Some("key_parent")));
    for unknown in ["", "ak_live_", &text[..47], &format!("{text}x"), &"x".repeat(10_000)] {
        assert!(matches!(store.keys().identify(unknown).await, Ok(Identity::Unknown)));
    }
    stage.clock.advance(Duration::from_secs(60));
    assert!(matches!(store.keys().identify(text).await, Ok(Identity::Expired(_))));
    store.ledger().flush().await.expect("written");
    let found = store.keys().find("default", &made.id).await.expect("found");
    assert_eq!(found.last_used_at, Some(made.created_at));
    let shown = format!("{store:?} {found:?} {secret:?}");
    assert!(!shown.contains(&text[16..]), "{shown}");

    let chosen = SecretString::from("my-own-gateway-key");
    let own = store.keys().import("default", new_key("Chosen"), &chosen).await.expect("made");
    assert_eq!(own.prefix, "my-own");
    assert!(is_active(&store, &chosen).await);
    let again = store.keys().import("default", new_key("Again"), &chosen).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })));
    let names: Vec<_> =
        store.keys().list("default", false).await.expect("lists").into_iter().map(|key| key.id).collect();
    assert_eq!(names.len(), 2);
}

pub(crate) async fn revoking(stage: &Stage) {
    let (here, there) = (stage.replica().await, stage.replica().await);
    let (key, secret) = here.keys().create("default", new_key("k")).await.expect("made");
    assert!(is_active(&here, &secret).await && is_active(&there, &secret).await);
    let revoked = here.keys().revoke("default", &key.id).await.expect("revoked");
    let since = servers::now();
    assert!(revoked.revoked_at.is_some());
    assert!(!is_active(&here, &secret).await, "here at once");
    while is_active(&there, &secret).await {
        assert!(servers::now() - since < Duration::from_secs(1), "there within a second");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stage.clock.advance(Duration::from_secs(1));
    let again = there.keys().revoke("default", &key.id).await.expect("again");
    assert_eq!(again.revoked_at, revoked.revoked_at);
    assert!(here.keys().list("default", false).await.expect("lists").is_empty());
    assert_eq!(here.keys().list("default", true).await.expect("lists").len(), 1);
}

pub(crate) async fn bad_keys(stage: &Stage) {
    let store = stage.replica().await;
    let check = async |new: NewApiKey, expected: &str| {
        let error = store.keys().create("default", new).await.expect_err("refused");
        assert!(matches!(error, StoreError::Invalid { field, .. } if field == expected), "{error}");
    };
    check(new_key(""), "name").await;
    check(new_key(&"x".repeat(256)), "name").await;
    check(NewApiKey { scopes: Vec::new(), ..new_key("k") }, "scopes").await;
    check(NewApiKey { requests_per_minute: Some(0), ..new_key("k") }, "rate_limit_rpm").await;
    check(NewApiKey { tokens_per_minute: Some(0), ..new_key("k") }, "rate_limit_tpm").await;
    check(NewApiKey { expires_at: Some(stage.clock.now()), ..new_key("k") }, "expires_at").await;
    let short =
        store.keys().import("default", new_key("k"), &"short-secret".into()).await.expect_err("refused");
    assert!(!short.to_string().contains("short-secret"), "{short}");
}

fn own(provider: &str, secret: &str) -> NewOwnKey {
    NewOwnKey {
        provider: provider.to_owned(),
        secret: secret.into(),
        name: None,
        is_default: None,
        account_tier: None,
        tier_source: None,
        validation: Validation::Pending,
    }
}

pub(crate) async fn own_keys(stage: &Stage) {
    let (store, other) = (stage.replica().await, stage.replica().await);
    let keys = store.own_keys();
    let first = keys.create("default", own("openai", "sk-first-secret-of-openai-1")).await.expect("made");
    let second = keys.create("default", own("openai", "sk-second-secret-of-openai")).await.expect("made");
    keys.create("default", own("groq", "gsk-secret-of-groq-0001")).await.expect("made");
    assert!(first.id.starts_with("byok_") && first.is_default && !second.is_default);
    assert_eq!((first.name.as_str(), first.masked.as_str()), ("openai", "sk-f…ai-1"));
    let usable = async |store: &Store| {
        let usable = store.own_keys().usable(&"default".into()).await.expect("decrypts");
        let openai = usable.iter().filter(|one| one.key.provider == "openai");
        openai.map(|one| one.secret.expose_secret().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(usable(&other).await, ["sk-first-secret-of-openai-1", "sk-second-secret-of-openai"]);

    let change = OwnKeyChange { is_default: Some(true), ..OwnKeyChange::default() };
    keys.update("default", &second.id, change.clone()).await.expect("changed");
    assert_eq!(usable(&store).await, ["sk-second-secret-of-openai", "sk-first-secret-of-openai-1"]);
    let disable = OwnKeyChange {
        disabled: Some(true),
        account_tier: Some(Some("tier-5".to_owned())),
        validation: Some(Validation::Valid),
        ..OwnKeyChange::default()
    };
    let disabled = keys.update("default", &second.id, disable).await.expect("changed");
    assert!(disabled.disabled && !disabled.is_default && disabled.validated_at.is_some());
    assert_eq!(usable(&store).await, ["sk-first-secret-of-openai-1"]);
    let error = keys.update("default", &second.id, change).await.expect_err("disabled");
    assert!(matches!(error, StoreError::Invalid { field: "is_default", .. }), "{error}");
    let both = OwnKeyChange { is_default: Some(true), disabled: Some(false), ..OwnKeyChange::default() };
    let back = keys.update("default", &second.id, both).await.expect("changed");
    assert_eq!((back.is_default, back.account_tier.as_deref()), (true, Some("tier-5")));
    assert_eq!(keys.find("default", &second.id).await.expect("found"), back);

    // Other replicas know within a second, in whatever way it changed.
    let there = async |expected: &[&str]| {
        let since = servers::now();
        while usable(&other).await != expected {
            assert!(servers::now() - since < Duration::from_secs(1), "there within a second");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    there(&["sk-second-secret-of-openai", "sk-first-secret-of-openai-1"]).await;
    let workspace = "default".into();
    keys.note_validation(&workspace, &first.id, Validation::Invalid).await.expect("noted");
    keys.note_tier(&workspace, &first.id, "tier-1").await.expect("noted");
    let noted = keys.find("default", &first.id).await.expect("found");
    assert_eq!((noted.validation, noted.validated_at), (Validation::Invalid, Some(stage.clock.now())));
    let tier = (noted.account_tier.as_deref(), noted.tier_source);
    assert_eq!(tier, (Some("tier-1"), Some(TierSource::AutoDetected)));
    let said = OwnKeyChange {
        account_tier: Some(Some("tier-2".to_owned())),
        tier_source: Some(TierSource::UserSpecified),
        ..OwnKeyChange::default()
    };
    keys.update("default", &first.id, said).await.expect("changed");
    keys.note_tier(&workspace, &first.id, "tier-1").await.expect("noted");
    let kept = keys.find("default", &first.id).await.expect("found");
    assert_eq!(kept.account_tier.as_deref(), Some("tier-2"), "what people say counts");

    keys.delete("default", &first.id).await.expect("deleted");
    there(&["sk-second-secret-of-openai"]).await;
    assert!(matches!(keys.delete("default", &first.id).await, Err(StoreError::NotFound { .. })));
    assert_eq!(keys.list("default").await.expect("lists").len(), 2);
    for bad in ["short", "sk-with\nline-break", "sk-with a space", "sk-not-ascii-ключ", &"x".repeat(16_385)]
    {
        let error = keys.create("default", own("openai", bad)).await.expect_err("refused");
        assert!(matches!(error, StoreError::Invalid { field: "api_key", .. }));
        assert!(!error.to_string().contains(bad));
    }
    let shown = format!("{:?} {store:?}", store.own_keys().usable(&"default".into()).await);
    assert!(!shown.contains("secret-of"), "{shown}");
}
