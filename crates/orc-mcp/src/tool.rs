//! What a tool is: its name, what it says of itself, what it takes, and the request that a call of it becomes.

use std::sync::Arc;

use orc_api::request::Effect;
use orc_api::{Request, Response};
use rmcp::model::{JsonObject, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::caller::Caller;
use crate::failure::Failure;

/// One call: the request that it becomes, and what the model is told of the answer.
pub(crate) trait Call {
    /// The request, as if the agent's own command line had asked.
    fn request(&self, caller: &Caller) -> Result<Request, Failure>;

    /// What the model reads; nothing for an answer of another kind.
    fn answer(&self, response: Response) -> Option<Value>;
}

/// A tool: the type is its arguments.
pub(crate) trait Tool: Call + Serialize + DeserializeOwned + JsonSchema + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Its name for people.
    const TITLE: &'static str;
    /// When to call it and what it does, for the model.
    const ABOUT: &'static str;
    /// Whether the same call once more, soon after, adds anything.
    const AGAIN: Again;

    /// How far it reaches.
    const WORLD: World = World::Ours;

    /// A call as a model would make it: shown with the schema, and what the effect of the tool is read from.
    fn example() -> Self;
}

/// What the same call once more does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// Nothing more.
    Same,
    /// It adds another one.
    Another,
}

/// How far a tool reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// The team and the record.
    Ours,
    /// It runs what is in the repository: a client that asks its person for commands asks for this too.
    Open,
}

/// A tool in the list of all.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: fn() -> rmcp::model::Tool,
    pub(crate) read: fn(Value) -> Result<Box<dyn Call + Send + Sync>, serde_json::Error>,
}

/// The row of a tool.
pub(crate) const fn row<T: Tool + Send + Sync>() -> Row {
    Row { name: T::NAME, about: about::<T>, read: |given| Ok(Box::new(serde_json::from_value::<T>(given)?)) }
}

fn about<T: Tool>() -> rmcp::model::Tool {
    let mut tool = rmcp::model::Tool::new(T::NAME, T::ABOUT, Arc::new(schema::<T>()));
    tool.title = Some(T::TITLE.to_owned());
    tool.annotations = Some(annotations::<T>());
    tool
}

/// What clients may assume of a tool: it follows from what its request does.
fn annotations<T: Tool>() -> ToolAnnotations {
    let effect = effect::<T>();
    let idempotent = effect == Effect::Read || T::AGAIN == Again::Same;
    ToolAnnotations::with_title(T::TITLE)
        .read_only(effect == Effect::Read)
        .destructive(effect >= Effect::Destructive)
        .idempotent(idempotent)
        .open_world(T::WORLD == World::Open)
}

/// What the request of a tool does.
pub(crate) fn effect<T: Tool>() -> Effect {
    let anybody = Caller::example();
    // An example that is no request would be a defect of this crate, which a test finds: until then, the worst is assumed.
    T::example().request(&anybody).map_or(Effect::Approve, |request| request.effect())
}

/// Schemas without references: not every client follows them.
fn schema<T: Tool>() -> JsonObject {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = match schema.to_value() {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    for name in ["$schema", "title", "description"] {
        schema.remove(name);
    }
    schema.entry("properties").or_insert_with(|| Value::Object(JsonObject::new()));
    if let Ok(example) = serde_json::to_value(T::example()) {
        schema.insert("examples".to_owned(), Value::Array(vec![example]));
    }
    schema
}
