//! `agent explain`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::team::Said;
use orc_core::weigh::Standing;

use super::status::age;
use super::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(agent: String, json: bool) -> Result<ExitCode, CliError> {
    let Response::Explanation(why) = ask(&Request::Explain { agent })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&why)?;
        return Ok(ExitCode::SUCCESS);
    }
    let agent = &why.agent;
    let say = |text: String| output::line(&output::plain(&text));
    say(format!("{} {} ({}, {})", agent.target, agent.title, agent.name, agent.profile))?;
    say(format!("state: {} since {} ago", agent.state.describe(), age(agent.since.0)))?;
    if let Some(process) = agent.process {
        say(format!("process: {} (launch {})", process.pid, agent.generation))?;
    }
    if let Some(hold) = &agent.hold {
        say(format!("{} messages wait: {hold}", agent.queued))?;
    }
    say("evidence (* counts, = says the same, ! contradicts, - is older):".to_owned())?;
    for heard in &why.sources {
        let Said { state, evidence } = &heard.said;
        let source = format!("{:?}", evidence.source).to_lowercase();
        let sign = match heard.standing {
            Standing::Counts => '*',
            Standing::Agrees => '=',
            Standing::Contradicts => '!',
            Standing::Older => '-',
        };
        let (state, age) = (state.describe(), age(evidence.at.0));
        say(format!("  {sign} {source}: {state} ({}, {age} ago): {}", evidence.detail, heard.why))?;
    }
    if !why.title.is_empty() {
        say(format!("title: {}", why.title))?;
    }
    match &why.composer {
        Some(text) if text.is_empty() => say("composer: empty".to_owned())?,
        Some(text) => say(format!("composer: {}", text.lines().next().unwrap_or_default()))?,
        None => say("composer: none is shown".to_owned())?,
    }
    say("screen rules, in the order tried (+ matches, - does not):".to_owned())?;
    for (rule, matched) in &why.rules {
        match matched {
            Some(row) if row.is_empty() => say(format!("  + {rule}: an empty row"))?,
            Some(row) => say(format!("  + {rule}: {row}"))?,
            None => say(format!("  - {rule}"))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
