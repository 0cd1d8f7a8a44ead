//! GitHub's side of the stub.

use serde_json::{Value, json};

use super::Reply;
use super::shelf::{Shelf, plain, put_on, query, take_off};

/// Answers a request for `path`, without its first slash.
pub(crate) fn answer(shelf: &mut Shelf, method: &str, path: &str, body: &Value) -> Reply {
    let bare = path.split('?').next().unwrap_or_default();
    let words: Vec<&str> = bare.split('/').collect();
    let ["repos", "acme", "auth", rest @ ..] = words.as_slice() else { return missing() };
    match (method, rest) {
        ("GET", []) => (200, shelf.repository.clone()),
        ("GET", ["branches", name]) => {
            let name = plain(name);
            match shelf.commit(&name) {
                Some(commit) => {
                    let protected = shelf.protected.contains(&name);
                    (200, json!({ "name": name, "commit": { "sha": commit }, "protected": protected }))
                }
                None => missing(),
            }
        }
        ("GET", ["pulls"]) => {
            let head = query(path, "head");
            let branch = head.split_once(':').map_or("", |(_, branch)| branch);
            (200, Value::Array(shelf.open_of(branch, &query(path, "base"))))
        }
        ("POST", ["pulls"]) => match shelf.open(body) {
            Ok(pull) => (201, pull),
            Err(why) => (422, json!({ "message": "Validation Failed", "errors": [{ "message": why }] })),
        },
        ("PATCH", ["pulls", number]) => match shelf.pull(number) {
            Some(pull) => {
                for name in ["title", "body"] {
                    if body[name].is_string() {
                        pull[name] = body[name].clone();
                    }
                }
                (200, pull.clone())
            }
            None => missing(),
        },
        ("POST", ["labels"]) => {
            let name = body["name"].as_str().unwrap_or_default().to_owned();
            if shelf.labels.contains(&name) {
                let errors = json!([{ "resource": "Label", "code": "already_exists", "field": "name" }]);
                return (422, json!({ "message": "Validation Failed", "errors": errors }));
            }
            shelf.labels.push(name.clone());
            (201, json!({ "name": name }))
        }
        ("POST", ["issues", number, "labels"]) => {
            let wanted: Vec<String> = body["labels"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect();
            // GitHub would make what is missing; here a label is there only if somebody made it.
            if let Some(unknown) = wanted.iter().find(|label| !shelf.labels.contains(label)) {
                return (422, json!({ "message": format!("there is no label {unknown}") }));
            }
            match shelf.pull(number) {
                Some(pull) => {
                    for label in &wanted {
                        put_on(pull, label);
                    }
                    (200, pull["labels"].clone())
                }
                None => missing(),
            }
        }
        ("DELETE", ["issues", number, "labels", label]) => {
            let label = plain(label);
            let had = |pull: &mut Value| take_off(pull, &label).then(|| pull["labels"].clone());
            shelf.pull(number).and_then(had).map_or_else(missing, |labels| (200, labels))
        }
        _ => missing(),
    }
}

fn missing() -> Reply {
    (404, json!({ "message": "Not Found" }))
}
