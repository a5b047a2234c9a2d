//! The table of routes. What is not in it is not answered, so that a route can't be added past those who go through the
//! table: the tests of who may call what.

use auriko_wire::error_code::ErrorCode;

use crate::dispatch::nothing_at;
use crate::error::ApiError;

/// A method and a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// In capitals. Where there is `GET`, `HEAD` is answered too.
    pub method: &'static str,
    /// `{name}` stands for one segment, `{*name}` for one or more at the end.
    pub path: &'static str,
}

macro_rules! routes {
    ($($method:ident $path:literal)*) => {
        &[$(Route { method: stringify!($method), path: $path }),*]
    };
}

/// Every route, the busiest first.
pub const ROUTES: &[Route] = routes! {
    POST "/v1/chat/completions"
    POST "/v1/messages"
    POST "/v1/responses"
    POST "/v1/embeddings"
    POST "/v1/messages/count_tokens"
    GET "/v1/models"
    GET "/v1/models/{*id}"
    GET "/v1/directory/models"
    GET "/v1/registry/models"
    GET "/v1/registry/providers"
    GET "/healthz"
    GET "/readyz"
    GET "/metrics"
    GET "/v1/me"
    GET "/v1/workspaces"
    POST "/v1/workspaces"
    GET "/v1/workspaces/{workspace}"
    PATCH "/v1/workspaces/{workspace}"
    GET "/v1/workspaces/{workspace}/api-keys"
    POST "/v1/workspaces/{workspace}/api-keys"
    GET "/v1/workspaces/{workspace}/api-keys/{id}"
    DELETE "/v1/workspaces/{workspace}/api-keys/{id}"
    GET "/v1/workspaces/{workspace}/api-keys/{id}/usage"
    GET "/v1/workspaces/{workspace}/budgets"
    POST "/v1/workspaces/{workspace}/budgets"
    GET "/v1/workspaces/{workspace}/budgets/{id}"
    PATCH "/v1/workspaces/{workspace}/budgets/{id}"
    DELETE "/v1/workspaces/{workspace}/budgets/{id}"
    GET "/v1/workspaces/{workspace}/usage"
    GET "/v1/workspaces/{workspace}/billing/balance"
    GET "/v1/workspaces/{workspace}/billing/credits"
    POST "/v1/workspaces/{workspace}/billing/credits"
    GET "/v1/workspaces/{workspace}/byok-keys"
    POST "/v1/workspaces/{workspace}/byok-keys"
    GET "/v1/workspaces/{workspace}/byok-keys/{id}"
    PATCH "/v1/workspaces/{workspace}/byok-keys/{id}"
    DELETE "/v1/workspaces/{workspace}/byok-keys/{id}"
    GET "/v1/byok/providers"
    GET "/v1/byok/providers/{provider}/tiers"
    POST "/v1/backups"
};

/// Refuses what is not in the table.
///
/// # Errors
/// `resource_not_found`, and `method_not_allowed` with the methods that there are.
pub(crate) fn check(method: &str, path: &str) -> Result<(), ApiError> {
    let method = if method == "HEAD" { "GET" } else { method };
    if ROUTES.iter().any(|route| route.method == method && is_at(route.path, path)) {
        return Ok(());
    }
    let offered: Vec<_> = ROUTES.iter().filter(|route| is_at(route.path, path)).collect();
    if offered.is_empty() {
        return Err(nothing_at(path));
    }
    let offered: Vec<_> = offered.iter().map(|route| format!("`{}`", route.method)).collect();
    let message = format!("`{method}` is not offered here; use {}.", offered.join(" or "));
    Err(ApiError::new(ErrorCode::MethodNotAllowed, message))
}

fn is_at(pattern: &str, path: &str) -> bool {
    if pattern == path {
        return true;
    }
    if !pattern.contains('{') {
        return false;
    }
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    for wanted in pattern.split('/').filter(|segment| !segment.is_empty()) {
        let Some(segment) = segments.next() else { return false };
        if wanted.starts_with("{*") {
            return true;
        }
        if !wanted.starts_with('{') && wanted != segment {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_is_answered() {
        let code = |method, path| check(method, path).err().map(|error| error.code);
        for (method, path) in [
            ("POST", "/v1/chat/completions"),
            ("HEAD", "/healthz"),
            ("GET", "/v1/models/openai/gpt-4o"),
            ("PATCH", "/v1/workspaces/default/budgets/b1"),
            ("GET", "/v1/workspaces/default/usage/"),
        ] {
            assert_eq!(code(method, path), None, "{method} {path}");
        }
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/v1/models/"),
            ("GET", "/v1/workspaces/default/cats"),
            ("GET", "/v1/workspaces/default/usage/x"),
            ("GET", "/v1/chat/completions/x"),
            ("GET", "//healthz"),
        ] {
            assert_eq!(code(method, path), Some(ErrorCode::ResourceNotFound), "{method} {path}");
        }
        assert_eq!(code("TRACE", "/v1/messages"), Some(ErrorCode::MethodNotAllowed));
        let error = check("PUT", "/v1/workspaces/default/budgets/b1").expect_err("not offered");
        assert!(error.message.contains("`GET` or `PATCH` or `DELETE`"), "{}", error.message);
    }
}
