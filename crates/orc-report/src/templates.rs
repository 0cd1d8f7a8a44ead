//! The templates: built in, and the person's own over them.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use orc_core::report::Report;

use crate::references::Known;
use crate::{filters, plain};

/// The built-in templates by name.
pub const BUILT_IN: [(&str, &str); 11] = [
    ("incident.md", include_str!("../templates/incident.md")),
    ("daily.md", include_str!("../templates/daily.md")),
    ("status.md", include_str!("../templates/status.md")),
    ("parts.md", include_str!("../templates/parts.md")),
    ("page.html", include_str!("../templates/page.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("incident.html", include_str!("../templates/incident.html")),
    ("daily.html", include_str!("../templates/daily.html")),
    ("status.html", include_str!("../templates/status.html")),
    ("timeline.svg", include_str!("../templates/timeline.svg")),
    ("style.css", include_str!("../templates/style.css")),
];

/// A template of the person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name, for example `incident.md`: it takes the place of the built-in one of this name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where it is from, for messages.
    pub origin: String,
}

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}:{line}: {reason}")]
pub struct TemplateError {
    /// The file, or the name of a built-in one.
    pub origin: String,
    /// The line in it; 0 where it is not known.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The templates in force.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: Vec<Template>,
}

impl Templates {
    /// The built-in ones with the person's own over them.
    pub fn new(own: Vec<Template>) -> Self {
        Self { own }
    }

    pub(crate) fn render(
        &self,
        name: &str,
        report: &Report,
        context: Value,
    ) -> Result<String, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // The lines of blocks leave nothing behind.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| broken(&error, &BTreeMap::new()))?);
        environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
            Some((_, "html" | "svg")) => AutoEscape::Html,
            Some((_, "css")) => AutoEscape::None,
            _ => AutoEscape::Custom("markdown".into()),
        });
        environment.set_formatter(|out, state, value| match state.auto_escape() {
            AutoEscape::Custom(_) if !value.is_safe() => {
                // Nothing is nothing, and numbers hold no marks.
                let text = if value.is_none() { String::new() } else { value.to_string() };
                Ok(out.write_str(&plain::words(&text))?)
            }
            AutoEscape::Custom(_) => Ok(out.write_str(&value.to_string())?),
            AutoEscape::Html if value.is_none() => Ok(()),
            AutoEscape::Html if !value.is_safe() && value.as_str().is_some() => {
                let text = plain::controlled(value.as_str().unwrap_or_default());
                minijinja::escape_formatter(out, state, &Value::from(text))
            }
            _ => minijinja::escape_formatter(out, state, value),
        });
        filters::add(&mut environment, Known::of(report));
        let mut origins = BTreeMap::new();
        for (name, text) in BUILT_IN {
            environment.add_template(name, text).map_err(|error| broken(&error, &origins))?;
        }
        for template in &self.own {
            origins.insert(template.name.clone(), template.origin.clone());
            environment
                .add_template_owned(template.name.clone(), template.text.clone())
                .map_err(|error| broken(&error, &origins))?;
        }
        let template = environment.get_template(name).map_err(|error| broken(&error, &origins))?;
        template.render(context).map_err(|error| broken(&error, &origins))
    }
}

/// The innermost place that is known: a template that includes a broken one is not the one to mend.
fn broken(error: &Error, origins: &BTreeMap<String, String>) -> TemplateError {
    let mut inner = error;
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        if let Some(error) = next.downcast_ref::<Error>().filter(|it| it.name().is_some()) {
            inner = error;
        }
        source = next.source();
    }
    let name = inner.name().unwrap_or_default();
    TemplateError {
        origin: origins.get(name).cloned().unwrap_or_else(|| format!("built-in template {name}")),
        line: inner.line().unwrap_or_default(),
        reason: inner
            .detail()
            .map_or_else(|| inner.kind().to_string(), |detail| format!("{}: {detail}", inner.kind())),
    }
}
