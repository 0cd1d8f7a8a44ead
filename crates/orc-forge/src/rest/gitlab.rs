//! GitLab's REST interface (docs.gitlab.com/api), through `glab api`.

use serde_json::{Value, json};

use super::Repository;
use super::shape::{Draft, LabelCall, Pull, Shape, escaped};

#[derive(Debug)]
pub(super) struct Gitlab;

/// The access level from which on somebody may push to branches that are not protected.
const DEVELOPER: u64 = 30;

impl Shape for Gitlab {
    fn headers(&self) -> &'static [&'static str] {
        &["Content-Type: application/json"]
    }

    fn repository(&self, repository: &str) -> String {
        format!("projects/{}", escaped(repository))
    }

    fn repository_of(&self, value: &Value) -> Repository {
        let access = &value["permissions"];
        let levels = ["project_access", "group_access"].map(|name| access[name]["access_level"].as_u64());
        let highest = levels.into_iter().flatten().max();
        Repository {
            default_branch: value["default_branch"].as_str().map(str::to_owned),
            may_push: highest.is_none_or(|level| level >= DEVELOPER),
            archived: value["archived"] == true,
        }
    }

    fn branch(&self, repository: &str, branch: &str) -> String {
        format!("projects/{}/repository/branches/{}", escaped(repository), escaped(branch))
    }

    fn list(&self, repository: &str, branch: &str, base: &str) -> String {
        format!(
            "projects/{}/merge_requests?source_branch={}&target_branch={}&state=opened",
            escaped(repository),
            escaped(branch),
            escaped(base)
        )
    }

    fn pull_of(&self, value: &Value) -> Option<Pull> {
        let label = |value: &Value| value.as_str().map(str::to_owned);
        Some(Pull {
            number: value["iid"].as_u64()?,
            url: value["web_url"].as_str().unwrap_or_default().to_owned(),
            body: value["description"].as_str().unwrap_or_default().to_owned(),
            draft: value["draft"] == true,
            labels: value["labels"].as_array().into_iter().flatten().filter_map(label).collect(),
        })
    }

    fn pulls(&self, repository: &str) -> String {
        format!("projects/{}/merge_requests", escaped(repository))
    }

    fn new_pull(&self, it: Draft<'_>) -> Value {
        let title = if it.unready { format!("Draft: {}", it.title) } else { it.title.to_owned() };
        json!({
            "title": title, "description": it.body, "source_branch": it.branch, "target_branch": it.base,
            "allow_collaboration": true,
        })
    }

    fn pull(&self, repository: &str, number: u64) -> (&'static str, String) {
        ("PUT", format!("projects/{}/merge_requests/{number}", escaped(repository)))
    }

    fn change(&self, body: Option<&str>, title: Option<&str>) -> Value {
        let mut change = json!({});
        if let Some(body) = body {
            change["description"] = body.into();
        }
        if let Some(title) = title {
            change["title"] = title.into();
        }
        change
    }

    fn is_there_already(&self, status: u16, said: &str) -> bool {
        status == 409 && said.contains("already exists")
    }

    fn labels(&self, repository: &str, number: u64, on: &[String], off: &[String]) -> Vec<LabelCall> {
        // GitLab makes a label that is missing by itself.
        let (method, endpoint) = self.pull(repository, number);
        let body = json!({ "add_labels": on.join(","), "remove_labels": off.join(",") });
        vec![LabelCall { method, endpoint, body: Some(body), fine: &[] }]
    }
}
