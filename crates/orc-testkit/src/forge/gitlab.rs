//! GitLab's side of the stub.

use serde_json::{Value, json};

use super::Reply;
use super::shelf::{Shelf, plain, put_on, query, take_off};

/// Answers a request for `path`, without `/api/v4/`.
pub(crate) fn answer(shelf: &mut Shelf, method: &str, path: &str, body: &Value) -> Reply {
    let bare = path.split('?').next().unwrap_or_default();
    let words: Vec<&str> = bare.split('/').collect();
    let ["projects", "acme%2Fauth", rest @ ..] = words.as_slice() else { return missing() };
    match (method, rest) {
        ("GET", []) => (200, shelf.repository.clone()),
        ("GET", ["repository", "branches", name]) => {
            let name = plain(name);
            let protected = shelf.protected.contains(&name);
            shelf
                .commit(&name)
                .map_or_else(missing, |_| (200, json!({ "name": name, "protected": protected })))
        }
        ("GET", ["merge_requests"]) => {
            let (branch, base) = (query(path, "source_branch"), query(path, "target_branch"));
            (200, shelf.open_of(&branch, &base).iter().map(shown).collect())
        }
        ("POST", ["merge_requests"]) => {
            let new = json!({
                "title": body["title"], "body": body["description"], "head": body["source_branch"],
                "base": body["target_branch"],
            });
            match shelf.open(&new) {
                Ok(pull) => (201, shown(&pull)),
                Err(why) if why.contains("already exists") => (
                    409,
                    json!({ "message": ["Another open merge request already exists for this source branch: !1"] }),
                ),
                Err(why) => (400, json!({ "message": why })),
            }
        }
        ("PUT", ["merge_requests", number]) => match shelf.pull(number) {
            Some(pull) => {
                for (name, theirs) in [("title", "title"), ("body", "description")] {
                    if body[theirs].is_string() {
                        pull[name] = body[theirs].clone();
                    }
                }
                let listed = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                for label in listed("add_labels").split(',').filter(|label| !label.is_empty()) {
                    put_on(pull, label);
                }
                for label in listed("remove_labels").split(',') {
                    take_off(pull, label);
                }
                (200, shown(pull))
            }
            None => missing(),
        },
        _ => missing(),
    }
}

/// As GitLab shows it.
fn shown(pull: &Value) -> Value {
    let labels: Vec<&Value> =
        pull["labels"].as_array().into_iter().flatten().map(|label| &label["name"]).collect();
    let number = &pull["number"];
    json!({
        "iid": number, "web_url": format!("https://gitlab.localhost/acme/auth/-/merge_requests/{number}"),
        "title": pull["title"], "description": pull["body"], "state": "opened", "labels": labels,
        "draft": pull["title"].as_str().is_some_and(|title| title.starts_with("Draft: ")),
    })
}

fn missing() -> Reply {
    (404, json!({ "message": "404 Project Not Found" }))
}
