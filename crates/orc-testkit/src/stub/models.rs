//! What is asked besides an answer: lists of models, counts of tokens.

use std::io;

use serde_json::{Value, json};

use super::http::{HttpRequest, Wire};

const MODELS: [&str; 4] = ["stub-model", "claude-sonnet-4-5", "claude-opus-4-1", "gpt-5.1-codex"];

pub(crate) fn answer(request: &HttpRequest, wire: &mut Wire) -> io::Result<()> {
    let path = request.path();
    let get = request.method == "GET";
    if request.method == "HEAD" {
        wire.empty()
    } else if path.ends_with("/count_tokens") {
        wire.json(200, &json!({"input_tokens": (request.body.len() / 4).max(1)}), &[])
    } else if get && path.ends_with("/models") {
        let models: Vec<_> = MODELS.iter().map(|id| model(id)).collect();
        let (first, last) = (MODELS.first(), MODELS.last());
        let body =
            json!({"object": "list", "has_more": false, "first_id": first, "last_id": last, "data": models});
        wire.json(200, &body, &[])
    } else if let Some((_, id)) = path.rsplit_once("/models/").filter(|(_, id)| get && !id.contains('/')) {
        wire.json(200, &model(id), &[])
    } else {
        let error = json!({"type": "not_found_error", "message": "stub: no such path", "code": "not_found"});
        wire.json(404, &json!({"type": "error", "error": error}), &[])
    }
}

fn model(id: &str) -> Value {
    json!({
        "id": id, "object": "model", "type": "model", "display_name": id, "owned_by": "stub",
        "created": 1_700_000_000, "created_at": "2025-01-01T00:00:00Z",
    })
}
