//! `team broadcast`, `agent send`, `agent send-all`

use std::process::ExitCode;

use orc_api::request::{Recipients, Send};
use orc_api::{Request, Response};
use orc_core::delivery::{Delivery, Outcome};
use orc_core::ids::MessageId;
use orc_core::view::RecipientView;

use super::unexpected;
use crate::cli::{AgentText, TeamText, Text};
use crate::connect::ask;
use crate::error::CliError;
use crate::{output, text_argument};

pub(super) fn broadcast(args: TeamText, json: bool) -> Result<ExitCode, CliError> {
    send(Recipients::Broadcast(args.team), args.text, json)
}

pub(super) fn to_each(args: TeamText, json: bool) -> Result<ExitCode, CliError> {
    send(Recipients::Each(args.team), args.text, json)
}

pub(super) fn to_agent(args: AgentText, json: bool) -> Result<ExitCode, CliError> {
    send(Recipients::Agent(args.agent), args.text, json)
}

fn send(to: Recipients, text: Text, json: bool) -> Result<ExitCode, CliError> {
    let given = text_argument::read(text.words, text.file.as_deref())?;
    // An agent that calls us says who it is by the environment that it was started with.
    let sender = std::env::var("TMUX_ORC_AGENT_ID").ok();
    let request = Send { to, text: given.text, repaired: given.repaired, sender, key: text.key };
    let Response::Message { message, recipients, notes } = ask(&Request::Send(request))? else {
        return Err(unexpected());
    };
    let Some(wait) = text.wait else {
        show(message, &recipients, &notes, json)?;
        return Ok(ExitCode::SUCCESS);
    };
    let request = Request::AwaitMessage { message: message.to_string(), timeout_ms: wait.millis() };
    let Response::Message { recipients, .. } = ask(&request)? else {
        return Err(unexpected());
    };
    show(message, &recipients, &notes, json)?;
    Ok(ExitCode::from(status(&recipients)))
}

/// 0 when everybody provably has it, 6 when somebody's turn has not come, 8 when somebody will not get it by itself.
fn status(recipients: &[RecipientView]) -> u8 {
    if recipients.iter().all(|r| r.delivery.is_delivered()) {
        return 0;
    }
    let none = recipients.iter().all(|r| !r.delivery.is_settled());
    if none { 6 } else { 8 }
}

fn show(
    message: MessageId,
    recipients: &[RecipientView],
    notes: &[String],
    json: bool,
) -> Result<(), CliError> {
    if json {
        return output::json(&serde_json::json!({
            "message": message, "recipients": recipients, "notes": notes,
        }));
    }
    for note in notes {
        output::talk(&format!("note: {note}"));
    }
    output::line(&message.to_string())?;
    let row = |r: &RecipientView| vec![format!("  {}", r.target), r.delivery.word().to_owned(), why(r)];
    output::table(&["  TO", "STATE", "WHY"], recipients.iter().map(row).collect())
}

fn why(recipient: &RecipientView) -> String {
    match &recipient.delivery {
        Delivery::Waiting { why, .. } => recipient.hold.clone().unwrap_or_else(|| why.clone()),
        Delivery::Attempting { door, .. } => format!("by {door}"),
        Delivery::Settled { outcome: Outcome::Dead { reason }, .. } => reason.clone(),
        Delivery::Settled { door, evidence, .. } => format!("by {door}: {}", evidence.detail),
    }
}
