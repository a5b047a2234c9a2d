//! Encrypted connections: to servers whose certificate is trusted, and to no others.
//!
//! Trust comes from the environment, which a test can't change for itself; so the program runs once more.

use std::process::Command;

use auriko_store::{Backend, Cluster, MasterKey, Store, StoreConfig};

use crate::budgets::{account, hold};
use crate::servers;
use crate::stage::cents;

const DATABASE_URL: &str = "AURIKO_STORE_TLS_DATABASE_URL";
const REDIS_URL: &str = "AURIKO_STORE_TLS_REDIS_URL";

#[test]
fn trusted_servers_are_used_and_others_are_not() {
    let Some(encrypted) = servers::encrypted() else { return };
    let run = |trusted: &std::path::Path, redis_url: &str| {
        let program = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "tls::client", "--ignored", "--nocapture"])
            .env(DATABASE_URL, &encrypted.database_url)
            .env(REDIS_URL, redis_url)
            .env("SSL_CERT_FILE", trusted)
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("it runs");
        (program.status.success(), String::from_utf8_lossy(&program.stderr).into_owned())
    };
    let (is_fine, text) = run(&encrypted.certificate, &encrypted.redis_url);
    assert!(is_fine, "{text}");
    let in_clear = encrypted.redis_url.replace("rediss:", "redis:");
    assert!(!run(&encrypted.certificate, &in_clear).0, "this port does not speak without TLS");
    // Another certificate of the same name.
    let other = servers::encrypted().expect("as before");
    let (is_fine, text) = run(&other.certificate, &encrypted.redis_url);
    assert!(!is_fine && text.contains("InvalidCertificate"), "{text}");
    for server in encrypted.servers.into_iter().chain(other.servers) {
        server.stop();
    }
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn client() {
    let url = |name: &str| std::env::var(name).ok();
    let (Some(database_url), Some(redis_url)) = (url(DATABASE_URL), url(REDIS_URL)) else { return };
    let backend = Backend::Cluster(Cluster::new(database_url, redis_url));
    let store = Store::open(StoreConfig::new(backend, MasterKey::new([7; 32]))).await.expect("opens");
    hold(&store, account(), cents(1)).await.settle(cents(1)).await.expect("ends");
    store.close().await.expect("closes");
}
