//! Which web pages may call. A page of some website, open in a browser on this machine, must not be able to spend the
//! keys configured here; those that the configuration names may, and then their browsers are told so (CORS).

use std::net::IpAddr;
use std::time::Duration;

use auriko_wire::error_code::ErrorCode;
use http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::call::Call;
use crate::error::ApiError;

/// How long browsers may remember the answer. An hour: what changes it is a new configuration.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// Origins of web pages besides those of this machine. Empty: none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// From the configuration.
    ///
    /// # Errors
    /// The first entry that is neither `*` nor scheme, host and port.
    pub(crate) fn try_new(origins: Vec<String>) -> Result<Self, String> {
        match origins.iter().find(|origin| *origin != "*" && !is_origin(origin)) {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(Self(origins)),
        }
    }

    /// Refuses calls from pages that are not of this machine and not named.
    ///
    /// # Errors
    /// 403, naming the setting.
    pub(crate) fn check(&self, call: &Call) -> Result<(), ApiError> {
        let Some(origin) = call.header("origin") else { return Ok(()) };
        if is_local(origin) || self.0.iter().any(|allowed| allowed == "*" || allowed == origin) {
            return Ok(());
        }
        let message = "Requests from web pages of this origin are not accepted.";
        let suggestion = "Name the origin in `cors_origins` of the gateway's configuration.";
        Err(ApiError::new(ErrorCode::InsufficientPermissions, message).with_suggestion(suggestion.to_owned()))
    }

    /// Whether a page that was loaded from `host`, as in the header of that name, may be trusted without a key. A name that
    /// somebody else gives out may resolve to this machine from one moment to the next (DNS rebinding), and then its page
    /// is of the same origin as the gateway; a number, and a name that nobody can register, can't.
    pub(crate) fn trust_host(&self, host: &str) -> bool {
        let name = host_of(host).trim_end_matches('.').to_ascii_lowercase();
        let is_ours = name.parse::<IpAddr>().is_ok()
            || !name.contains('.')
            || [".localhost", ".docker.internal"].iter().any(|end| name.ends_with(end));
        let is_named = |origin: &String| {
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| host_of(authority).eq_ignore_ascii_case(&name))
        };
        is_ours || self.0.iter().any(is_named)
    }

    /// What tells browsers; `None` when no page is allowed.
    pub(crate) fn layer(&self) -> Option<CorsLayer> {
        if self.0.is_empty() {
            return None;
        }
        let named = self.0.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let is_open = self.0.iter().any(|origin| origin == "*");
        let origins = if is_open { AllowOrigin::any() } else { AllowOrigin::list(named) };
        Some(
            CorsLayer::new()
                .allow_origin(origins)
                .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
                .allow_headers(AllowHeaders::mirror_request())
                .expose_headers(ExposeHeaders::any())
                .max_age(MAX_AGE),
        )
    }
}

fn is_origin(text: &str) -> bool {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    authority.is_some_and(|authority| {
        !authority.is_empty() && !authority.contains(['/', '?', '#', '@', '*', ' ', ','])
    })
}

fn is_local(origin: &str) -> bool {
    let host = host_of(origin.split_once("://").map_or("", |(_, authority)| authority));
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Without port and brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(origins: &[&str], origin: &str) -> bool {
        let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let origins = Origins::try_new(origins).expect("valid origins");
        let mut call = Call::get("/");
        call.add_header("Origin", origin);
        origins.check(&call).is_ok()
    }

    #[test]
    fn pages_of_this_machine_and_named_ones_may_call() {
        for origin in ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"] {
            assert!(accepts(&[], origin), "{origin}");
        }
        for origin in
            ["https://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "null"]
        {
            assert!(!accepts(&[], origin), "{origin}");
        }
        assert!(accepts(&["https://app.test"], "https://app.test"));
        assert!(!accepts(&["https://app.test"], "https://app.test.evil"));
        assert!(!accepts(&["https://app.test"], "http://app.test"));
        assert!(accepts(&["*"], "https://any.test"));
    }

    #[test]
    fn names_that_others_give_out_are_no_hosts_of_ours() {
        let origins = Origins::try_new(vec!["https://app.test:8443".to_owned()]).expect("valid origins");
        for host in [
            "localhost",
            "LOCALHOST:8787",
            "127.0.0.1:1",
            "[::1]:8787",
            "10.0.0.7",
            "a.localhost:1",
            "gateway:8787",
            "host.docker.internal:8787",
            "app.test",
            "App.test:1",
            "localhost.",
            "",
        ] {
            assert!(origins.trust_host(host), "{host}");
        }
        for host in ["evil.test", "localhost.evil.test:8787", "127.0.0.1.nip.test", "1.2.3", "app.test.evil"]
        {
            assert!(!origins.trust_host(host), "{host}");
        }
    }

    #[test]
    fn entries_that_are_no_origins_are_named() {
        for wrong in ["app.test", "https://", "https://app.test/", "ftp://app.test", "https://*.app.test"] {
            assert_eq!(Origins::try_new(vec![wrong.to_owned()]), Err(wrong.to_owned()));
        }
    }
}
