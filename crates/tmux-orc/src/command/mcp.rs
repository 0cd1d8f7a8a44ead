//! `tmux-orc mcp`: the tools of the agent that starts this, over standard input and output.

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::error::{Code, Refusal};
use orc_mcp::{Caller, Failure, Supervisor};

use crate::connect;
use crate::error::{CliError, Told};

pub(super) fn run() -> Result<ExitCode, CliError> {
    let caller = Caller::of_environment(|name| std::env::var(name).ok());
    let caller = caller.map_err(|failure| Refusal::new(Code::Denied, failure.message, failure.hint));
    let caller = caller.map_err(CliError::Refused)?;
    let served = connect::runtime()?.block_on(orc_mcp::serve(caller, Reached {}));
    served.map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

/// The supervisor of this environment: started when none answers, found again when it was killed.
struct Reached {}

impl Supervisor for Reached {
    async fn ask(&self, request: Request) -> Result<Response, Failure> {
        connect::ask_in(&request).await.map_err(|error| match error.told() {
            Some(Told { code, message, hint, problems, .. }) => Failure { code, message, hint, problems },
            None => Failure {
                code: "failed".to_owned(),
                message: "the connection was closed".to_owned(),
                hint: String::new(),
                problems: Vec::new(),
            },
        })
    }
}
