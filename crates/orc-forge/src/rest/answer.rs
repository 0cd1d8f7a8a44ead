//! An answer as the tool prints it with `--include`: the status line, headers, an empty line, the body.

use serde_json::Value;

use super::RestError;

/// So much is told of what a forge says, in characters.
const TOLD: usize = 300;

/// An answer of a forge.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// Reads what the tool printed; nothing when it is no answer.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut line = || {
            let (line, more) = rest.split_once('\n')?;
            rest = more;
            Some(line.trim_end_matches('\r'))
        };
        let status = line()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            match line()? {
                "" => break,
                header => {
                    let (name, value) = header.split_once(':')?;
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
        }
        Some(Self { status, headers, body: rest.to_owned() })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How long it wants to be left alone, in seconds, if it wants that.
    fn later(&self) -> Option<u64> {
        let limited = self.status == 429
            || self.status == 403
                && (self.header("retry-after").is_some()
                    || self.header("x-ratelimit-remaining") == Some("0"));
        if !limited {
            return None;
        }
        let after = self.header("retry-after").and_then(|seconds| seconds.parse().ok());
        // An hour, as far as we know: the limits of the large forges are by the hour.
        let unknown = || if self.header("x-ratelimit-reset").is_some() { 3600 } else { 1 };
        Some(after.unwrap_or_else(unknown))
    }

    /// What it comes to. `ended_well` says that the tool has the whole of it.
    pub(crate) fn result(self, ended_well: bool) -> Result<Value, RestError> {
        let value: Option<Value> = serde_json::from_str(self.body.trim()).ok();
        let status = self.status;
        if let Some(seconds) = self.later() {
            return Err(RestError::Later { status, seconds, said: said(value.as_ref(), &self.body) });
        }
        match (status, value) {
            (200..300, Some(value)) if ended_well => Ok(value),
            (200..300, None) if ended_well && self.body.trim().is_empty() => Ok(Value::Null),
            (200..300, _) => Err(RestError::NoAnswer("it broke off in the middle".to_owned())),
            (500.., value) => {
                Err(RestError::NoAnswer(format!("{status} {}", said(value.as_ref(), &self.body))))
            }
            (_, value) => Err(RestError::Refused { status, said: said(value.as_ref(), &self.body) }),
        }
    }
}

/// What a forge says of a refusal, in a line.
fn said(value: Option<&Value>, body: &str) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut parts = Vec::new();
    if let Some(value) = value {
        let message = ["message", "error"].iter().map(|name| &value[*name]).find(|it| !it.is_null());
        parts.extend(message.map(text));
        for error in value["errors"].as_array().into_iter().flatten() {
            let named = ["message", "code"].iter().map(|name| &error[*name]).find(|it| !it.is_null());
            parts.push(named.map_or_else(|| text(error), text));
        }
    }
    if parts.is_empty() {
        parts.push(body.trim().lines().next().unwrap_or_default().to_owned());
    }
    parts.join("; ").chars().map(|c| if c.is_control() { ' ' } else { c }).take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str, ended_well: bool) -> Result<Value, RestError> {
        Answer::read(text).unwrap().result(ended_well)
    }

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let good = result("HTTP/2.0 201 Created\nContent-Type: x\r\n\r\n{\"number\": 7}", true).unwrap();
        assert_eq!(good["number"], 7);
        assert_eq!(result("HTTP/1.1 204 No Content\nA: b\r\n\r\n", true).unwrap(), Value::Null);
        let exists = "HTTP/1.0 422 Unprocessable Entity\nA: b\r\n\r\n\
                      {\"message\": \"Validation Failed\", \"errors\": [{\"message\": \"A pull request already exists\"}]}";
        let Err(RestError::Refused { status: 422, said }) = result(exists, false) else {
            panic!("no refusal")
        };
        assert_eq!(said, "Validation Failed; A pull request already exists");
        assert!(matches!(result("HTTP/1.1 502 Bad\nA: b\r\n\r\n<html>", false), Err(RestError::NoAnswer(_))));
        let cut = "HTTP/1.1 201 Created\nA: b\r\n\r\n{\"number\": ";
        assert!(matches!(result(cut, false), Err(RestError::NoAnswer(_))));
        assert!(Answer::read("gh: connection refused\n").is_none());
    }

    #[test]
    fn a_forge_says_when_it_answers_again() {
        let seconds = |head: &str| match result(&format!("{head}\r\n\r\n{{}}"), false) {
            Err(RestError::Later { seconds, .. }) => Some(seconds),
            _ => None,
        };
        assert_eq!(seconds("HTTP/1.1 429 Too Many Requests\nRetry-After: 2"), Some(2));
        assert_eq!(seconds("HTTP/1.1 403 Forbidden\nRetry-After: 30"), Some(30));
        assert_eq!(
            seconds("HTTP/1.1 403 Forbidden\nX-Ratelimit-Remaining: 0\r\nX-Ratelimit-Reset: 99"),
            Some(3600)
        );
        assert_eq!(seconds("HTTP/1.1 403 Forbidden\nX-Ratelimit-Remaining: 12"), None, "that is a plain no");
    }
}
