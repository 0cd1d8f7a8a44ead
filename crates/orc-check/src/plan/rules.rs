//! What the configuration says that changed files lead to.

use super::{Part, Planner};
use crate::glob;
use crate::suite::Runner;

/// Applies the first rule that knows the file; whether there is one.
pub(super) fn apply(planner: &mut Planner<'_>, file: &str) -> bool {
    let rules = &planner.config.map;
    let Some(rule) = rules.iter().find(|rule| rule.files.iter().any(|pattern| glob::matches(pattern, file)))
    else {
        return false;
    };
    for run in rule.run.clone() {
        match run.as_str() {
            // The critical tests run anyway in this tier: what is left to say is that they must be there.
            "critical" => {
                planner.unmapped_everywhere(file, "leads to the critical tests, by the configuration");
            }
            "full" => {
                planner.widened.push(format!("{file} needs everything, by the configuration"));
                for (job, _) in &mut planner.jobs {
                    (job.parts, job.required) = (vec![Part::All], true);
                }
            }
            other => {
                let (name, part) = other.split_once(':').unwrap_or((other, ""));
                for (job, _) in planner.jobs.iter_mut().filter(|(job, _)| job.suite.name == name) {
                    let part = match job.suite.runner {
                        _ if part.is_empty() => Part::All,
                        Runner::Cargo | Runner::Nextest => Part::Packages(vec![part.to_owned()]),
                        Runner::Go => Part::Dirs(vec![part.to_owned()]),
                        Runner::Pytest | Runner::Jest | Runner::Vitest => Part::Paths(vec![part.to_owned()]),
                        Runner::Make | Runner::Just | Runner::Command => Part::All,
                    };
                    if !job.parts.contains(&part) {
                        job.parts.push(part);
                    }
                    job.files.push(file.to_owned());
                    job.required = true;
                }
            }
        }
    }
    true
}
