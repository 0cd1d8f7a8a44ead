//! Errors in the shape of the provider whose API was called.

use std::io;

use serde_json::json;

use super::Api;
use super::http::Wire;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    Status { status: u16, retry_after_s: u64 },
    TooLong,
}

impl Failure {
    pub(crate) fn send(self, api: Api, seq: u64, wire: &mut Wire) -> io::Result<()> {
        let (status, retry_after_s) = match self {
            Self::Status { status, retry_after_s } => (status, retry_after_s),
            Self::TooLong => (400, 0),
        };
        let body = match api {
            Api::Anthropic => {
                let (kind, message) = self.anthropic();
                let error = json!({"type": kind, "message": message});
                json!({"type": "error", "error": error, "request_id": format!("req_stub{seq:06}")})
            }
            Api::Chat | Api::Responses => {
                let (kind, code, message) = self.openai();
                json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
            }
        };
        let retry = ("retry-after", retry_after_s.to_string());
        let headers = if matches!(status, 429 | 503 | 529) { vec![retry] } else { Vec::new() };
        wire.json(status, &body, &headers)
    }

    fn anthropic(self) -> (&'static str, String) {
        let Self::Status { status, .. } = self else {
            return ("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum".into());
        };
        let limit = "This request would exceed your account's rate limit. Please try again later.";
        match status {
            400 => ("invalid_request_error", "stub bad request".into()),
            401 => ("authentication_error", "invalid x-api-key".into()),
            403 => ("permission_error", "stub says no".into()),
            404 => ("not_found_error", "stub not found".into()),
            413 => ("request_too_large", "stub too large".into()),
            429 => ("rate_limit_error", limit.into()),
            500 => ("api_error", "Internal server error".into()),
            529 => ("overloaded_error", "Overloaded".into()),
            _ => ("api_error", format!("stub error {status}")),
        }
    }

    fn openai(self) -> (&'static str, Option<&'static str>, String) {
        let Self::Status { status, retry_after_s } = self else {
            let message = "This model's maximum context length is 128000 tokens. However, your messages resulted in 250000 tokens.";
            return ("invalid_request_error", Some("context_length_exceeded"), message.into());
        };
        let limit = format!(
            "Rate limit reached for stub-model in organization org-stub on requests per min (RPM): \
             Limit 3, Used 3, Requested 1. Please try again in {retry_after_s}s."
        );
        let server = "The server had an error while processing your request. Sorry about that!";
        match status {
            400 => ("invalid_request_error", None, "stub bad request".into()),
            401 => (
                "invalid_request_error",
                Some("invalid_api_key"),
                "Incorrect API key provided: dummy.".into(),
            ),
            429 => ("requests", Some("rate_limit_exceeded"), limit),
            500 => ("server_error", None, server.into()),
            503 => {
                ("server_error", None, "The engine is currently overloaded, please try again later".into())
            }
            529 => ("server_error", Some("overloaded"), "Overloaded".into()),
            _ => ("server_error", None, format!("stub error {status}")),
        }
    }
}
