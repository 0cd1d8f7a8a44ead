//! GitHub's REST interface (docs.github.com/rest), which the `gh` of Debian 12 speaks.

use serde_json::{Value, json};

use super::Repository;
use super::shape::{Draft, LabelCall, Pull, Shape, colour, escaped};

#[derive(Debug)]
pub(super) struct Github;

impl Shape for Github {
    fn headers(&self) -> &'static [&'static str] {
        &["Accept: application/vnd.github+json"]
    }

    fn repository(&self, repository: &str) -> String {
        format!("repos/{repository}")
    }

    fn repository_of(&self, value: &Value) -> Repository {
        Repository {
            default_branch: value["default_branch"].as_str().map(str::to_owned),
            // A server that does not say so lets the push decide.
            may_push: value["permissions"]["push"].as_bool().unwrap_or(true),
            archived: value["archived"] == true,
        }
    }

    fn branch(&self, repository: &str, branch: &str) -> String {
        format!("repos/{repository}/branches/{}", escaped(branch))
    }

    fn list(&self, repository: &str, branch: &str, base: &str) -> String {
        let owner = repository.split('/').next().unwrap_or_default();
        let head = escaped(&format!("{owner}:{branch}"));
        format!("repos/{repository}/pulls?head={head}&base={}&state=open", escaped(base))
    }

    fn pull_of(&self, value: &Value) -> Option<Pull> {
        let label = |value: &Value| value["name"].as_str().map(str::to_owned);
        Some(Pull {
            number: value["number"].as_u64()?,
            url: value["html_url"].as_str().unwrap_or_default().to_owned(),
            body: value["body"].as_str().unwrap_or_default().to_owned(),
            draft: value["draft"] == true,
            labels: value["labels"].as_array().into_iter().flatten().filter_map(label).collect(),
        })
    }

    fn pulls(&self, repository: &str) -> String {
        format!("repos/{repository}/pulls")
    }

    fn new_pull(&self, it: Draft<'_>) -> Value {
        json!({
            "title": it.title, "body": it.body, "head": it.branch, "base": it.base, "draft": it.unready,
            "maintainer_can_modify": true,
        })
    }

    fn pull(&self, repository: &str, number: u64) -> (&'static str, String) {
        ("PATCH", format!("repos/{repository}/pulls/{number}"))
    }

    fn change(&self, body: Option<&str>, title: Option<&str>) -> Value {
        let mut change = json!({});
        if let Some(body) = body {
            change["body"] = body.into();
        }
        if let Some(title) = title {
            change["title"] = title.into();
        }
        change
    }

    fn is_there_already(&self, status: u16, said: &str) -> bool {
        status == 422 && said.contains("already exists")
    }

    fn labels(&self, repository: &str, number: u64, on: &[String], off: &[String]) -> Vec<LabelCall> {
        let make = |label: &String| LabelCall {
            method: "POST",
            endpoint: format!("repos/{repository}/labels"),
            body: Some(
                json!({ "name": label, "color": colour(label), "description": "set by tmux-orc; it informs and switches nothing" }),
            ),
            // It is there already.
            fine: &[422],
        };
        let remove = |label: &String| LabelCall {
            method: "DELETE",
            endpoint: format!("repos/{repository}/issues/{number}/labels/{}", escaped(label)),
            body: None,
            fine: &[404],
        };
        let mut calls: Vec<LabelCall> = on.iter().map(make).collect();
        if !on.is_empty() {
            calls.push(LabelCall {
                method: "POST",
                endpoint: format!("repos/{repository}/issues/{number}/labels"),
                body: Some(json!({ "labels": on })),
                fine: &[],
            });
        }
        calls.extend(off.iter().map(remove));
        calls
    }
}
