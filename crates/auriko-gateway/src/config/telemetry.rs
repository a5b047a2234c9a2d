//! What operators are told: the table `[telemetry]`, and the standard variables of OpenTelemetry.

use std::collections::HashMap;
use std::fmt;

use auriko_store::SecretString;
use serde::Deserialize;

use super::{ConfigError, Secret};

/// Where the metrics and traces go. The gateway sends nothing to anybody that is not named here.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Telemetry"))]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTelemetry {
    /// Who may read `GET /metrics`. Default `guarded`.
    metrics: MetricsAccess,
    /// Variable with a token that may read the metrics and do nothing else, of at least 16 characters. Default: none.
    metrics_token_env: Option<String>,
    /// Base URL of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; traces are sent
    /// to `/v1/traces` under it. Default: none; `auriko gateway` also takes the standard variables, such as
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    otlp_endpoint: Option<String>,
    /// Variable with headers for the collector, as `name=value,name=value`. Default: none.
    otlp_headers_env: Option<String>,
    /// Share of the requests that are traced, 0 to 1, of those whose caller has not decided. Default 1.
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    sample_ratio: Option<f64>,
    /// Whether providers are sent `traceparent`. Default `true`, where there are traces.
    propagate: Option<bool>,
}

/// Who may read the metrics.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MetricsAccess {
    /// Processes on this machine, and whoever has the metrics token or the admin token.
    #[default]
    Guarded,
    /// Everybody who reaches the gateway.
    Open,
    /// Nobody.
    Off,
}

/// A checked `[telemetry]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telemetry {
    pub(crate) metrics: MetricsAccess,
    metrics_token_env: Option<String>,
    /// Once it is known.
    pub(crate) metrics_token: Option<SecretString>,
    /// `None`: there are no traces.
    pub(crate) traces: Option<TraceSettings>,
}

/// Where traces go, and which.
#[derive(Clone, PartialEq)]
pub(crate) struct TraceSettings {
    /// Complete.
    pub(crate) url: String,
    headers_env: Option<String>,
    /// Once they are known.
    pub(crate) headers: Vec<(String, Secret)>,
    /// `None`: what the standard variables say, else all.
    pub(crate) sample_ratio: Option<f64>,
    pub(crate) propagates: bool,
}

impl fmt::Debug for TraceSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password.
        formatter.debug_struct("TraceSettings").finish_non_exhaustive()
    }
}

impl RawTelemetry {
    pub(super) fn check(self) -> Result<Telemetry, ConfigError> {
        if self.sample_ratio.is_some_and(|ratio| !(0.0..=1.0).contains(&ratio)) {
            return Err(ConfigError::new("`telemetry.sample_ratio` must be from 0 to 1"));
        }
        let pointless = [
            ("otlp_headers_env", self.otlp_headers_env.is_some()),
            ("sample_ratio", self.sample_ratio.is_some()),
            ("propagate", self.propagate.is_some()),
        ];
        let traces = if let Some(base) = self.otlp_endpoint {
            let url = format!("{}/v1/traces", base.trim_end_matches('/'));
            check_url("`telemetry.otlp_endpoint`", &url)?;
            Some(TraceSettings {
                url,
                headers_env: self.otlp_headers_env,
                headers: Vec::new(),
                sample_ratio: self.sample_ratio,
                propagates: self.propagate.unwrap_or(true),
            })
        } else if let Some((field, _)) = pointless.into_iter().find(|(_, is_set)| *is_set) {
            let message = format!("`telemetry.{field}` has a meaning only with `otlp_endpoint`");
            return Err(ConfigError::new(message));
        } else {
            None
        };
        let Self { metrics, metrics_token_env, .. } = self;
        Ok(Telemetry { metrics, metrics_token_env, metrics_token: None, traces })
    }
}

impl Telemetry {
    /// Takes what the standard variables of OpenTelemetry say about where traces go, unless the configuration does.
    ///
    /// # Errors
    /// Names the variable that holds no URL.
    pub(crate) fn take_standard_variables(
        &mut self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        let given = |name: &str| env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let is_off = given("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || given("OTEL_TRACES_EXPORTER").is_some_and(|value| value.eq_ignore_ascii_case("none"));
        if self.traces.is_some() || is_off {
            return Ok(());
        }
        let whole = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        let base = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let (name, url) = match (given(whole), given(base)) {
            (Some(url), _) => (whole, url),
            (None, Some(url)) => (base, format!("{}/v1/traces", url.trim_end_matches('/'))),
            (None, None) => return Ok(()),
        };
        check_url(&format!("the variable {name}"), &url)?;
        self.traces = Some(TraceSettings {
            url,
            headers_env: None,
            headers: Vec::new(),
            sample_ratio: None,
            propagates: true,
        });
        Ok(())
    }

    /// Fetches the token and the headers.
    pub(super) fn fetch_secrets(&mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let fetch = |variable: &String, what: &str| {
            let value = env(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            let missing =
                || ConfigError::new(format!("the variable {variable}, which holds {what}, is not set"));
            value.ok_or_else(missing)
        };
        if let Some(variable) = self.metrics_token_env.as_ref().filter(|_| self.metrics_token.is_none()) {
            let token = fetch(variable, "the metrics token")?;
            super::access::check_length("metrics token", variable, &token)?;
            self.metrics_token = Some(token.into());
        }
        if let Some(traces) = &mut self.traces
            && let Some(variable) = traces.headers_env.as_ref().filter(|_| traces.headers.is_empty())
        {
            let given = fetch(variable, "headers for the collector")?;
            for pair in given.split(',').filter(|pair| !pair.trim().is_empty()) {
                let named = pair.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
                let is_header = |(name, value): &(&str, &str)| {
                    http::HeaderName::try_from(*name).is_ok() && http::HeaderValue::try_from(*value).is_ok()
                };
                let Some((name, value)) = named.filter(is_header) else {
                    let message =
                        format!("the variable {variable} must hold headers as `name=value,name=value`");
                    return Err(ConfigError::new(message));
                };
                traces.headers.push((name.to_owned(), Secret(value.to_owned())));
            }
        }
        Ok(())
    }
}

impl TraceSettings {
    pub(crate) fn headers(&self) -> HashMap<String, String> {
        let pairs = self.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()));
        pairs.collect()
    }
}

fn check_url(what: &str, url: &str) -> Result<(), ConfigError> {
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    if is_web && url.parse::<http::Uri>().is_ok_and(|url| url.host().is_some()) {
        return Ok(());
    }
    // The value is not repeated: it may hold a password.
    Err(ConfigError::new(format!("{what} must be a URL that begins with http:// or https://")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_variables_say_where_traces_go() {
        let check = |given: &[(&str, &str)], expected: Option<&str>| {
            let mut telemetry = Telemetry::default();
            let env = |name: &str| {
                given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            telemetry.take_standard_variables(&env).expect("they are right");
            assert_eq!(telemetry.traces.map(|traces| traces.url).as_deref(), expected, "{given:?}");
        };
        check(&[], None);
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/");
        check(&[base], Some("http://c:4318/v1/traces"));
        check(&[base, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t/x")], Some("http://t/x"));
        check(&[base, ("OTEL_SDK_DISABLED", "true")], None);
        check(&[base, ("OTEL_TRACES_EXPORTER", "none")], None);
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        let mut telemetry = Telemetry::default();
        let wrong = [("OTEL_EXPORTER_OTLP_ENDPOINT", "user:secret@host")];
        let error = telemetry
            .take_standard_variables(&|name| (name == wrong[0].0).then(|| wrong[0].1.to_owned()))
            .expect_err("no URL");
        assert!(error.to_string().contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        let raw = RawTelemetry { sample_ratio: Some(0.5), ..RawTelemetry::default() };
        assert!(raw.check().expect_err("no endpoint").to_string().contains("sample_ratio"));
        let raw = RawTelemetry {
            otlp_endpoint: Some("https://c".to_owned()),
            otlp_headers_env: Some("H".to_owned()),
            ..RawTelemetry::default()
        };
        let mut telemetry = raw.check().expect("right");
        assert!(telemetry.fetch_secrets(&|_| Some("no header".to_owned())).is_err());
        telemetry.fetch_secrets(&|_| Some("authorization=Basic secret, x=y".to_owned())).expect("headers");
        let traces = telemetry.traces.as_ref().expect("traces");
        assert_eq!(traces.headers()["authorization"], "Basic secret");
        assert!(!format!("{telemetry:?}").contains("secret"));
    }
}
