//! The server: lists the tools, and turns a call into a request and its answer into a result.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, ServiceExt};
use serde_json::Value;

use crate::Supervisor;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tools::ALL;

/// What every agent is told of the tools as a whole.
const INSTRUCTIONS: &str = "You are one agent of a team that works on one incident. These tools are how the team and the \
record of the incident learn what you do; what you only write in your answer, nobody may read in time. Report at the \
moment when something becomes known: a suspicion (add_hypothesis), what supports it (add_evidence), a milestone \
(incident_mark), the state of your task (update_task). Ask incident_status before you claim something. Messages reach \
teammates by themselves: send one when somebody must act or know, not to thank or to confirm. Anything that changes \
production is proposed (propose_action), and a person decides.";

/// Why the server ended other than by the end of its client.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The client did not begin as the protocol says.
    #[error("the client did not begin a session: {0}")]
    Begin(String),
    /// The server broke down.
    #[error("the server broke down: {0}")]
    Broken(String),
}

/// Serves over standard input and output until the client ends.
pub async fn serve(caller: Caller, supervisor: impl Supervisor) -> Result<(), ServeError> {
    let server = Server { caller, supervisor };
    let running = match server.serve(rmcp::transport::io::stdio_pipes()).await {
        Ok(running) => running,
        // A client that goes away before it has said anything wanted nothing.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(ServeError::Begin(error.to_string())),
    };
    running.waiting().await.map(drop).map_err(|error| ServeError::Broken(error.to_string()))
}

struct Server<S> {
    caller: Caller,
    supervisor: S,
}

impl<S: Supervisor> Server<S> {
    async fn call(&self, name: &str, arguments: Value) -> Result<CallToolResult, ErrorData> {
        let Some(row) = ALL.iter().find(|row| row.name == name) else {
            let names: Vec<&str> = ALL.iter().map(|row| row.name).collect();
            let message = format!("there is no tool `{name}`; there are: {}", names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        Ok(match self.answer(row.read, arguments).await {
            Ok(value) => CallToolResult::structured(value),
            Err(failure) => failure.into_result(),
        })
    }

    async fn answer(
        &self,
        read: fn(Value) -> Result<Box<dyn crate::tool::Call + Send + Sync>, serde_json::Error>,
        arguments: Value,
    ) -> Result<Value, Failure> {
        let call = read(arguments).map_err(|error| {
            Failure::bad_request(
                format!("the arguments are not those of the tool: {error}"),
                "the tool's schema says what it takes; who you are and your team are known and are never given",
            )
        })?;
        let request = self.caller.asks(call.request(&self.caller)?);
        let response = self.supervisor.ask(request).await?;
        call.answer(response).ok_or_else(Failure::unexpected)
    }
}

impl<S: Supervisor> ServerHandler for Server<S> {
    fn get_info(&self) -> ServerConfig {
        let own = Implementation::new("tmux-orc", env!("CARGO_PKG_VERSION")).with_title("tmux-orc");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(own)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(ALL.iter().map(|row| (row.about)()).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        self.call(&request.name, arguments).await.map(CallToolResponse::from)
    }
}
