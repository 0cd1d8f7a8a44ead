//! A report on paper: Markdown, one self-contained HTML file, JSON; the timeline is a drawing in it.
//!
//! Everything here is a function of a report and of templates. A person's own templates take the place of the built-in ones
//! file by file. The texts in a report were written by people, agents and programs: in HTML they are escaped, in Markdown
//! they are words and never marks, links lead only where a link may lead, and no control character gets through.

mod axis;
mod drawing;
mod filters;
mod markdown;
mod plain;
mod references;
mod templates;

use minijinja::value::{Serde, Value};
use orc_core::report::Report;

pub use orc_core::report::Format;
pub use templates::{BUILT_IN, Template, TemplateError, Templates};

/// Writes a report.
pub fn render(report: &Report, format: Format, templates: &Templates) -> Result<String, TemplateError> {
    let ending = match format {
        Format::Json => return Ok(serde_json::to_string_pretty(report).unwrap_or_default()),
        Format::Md => "md",
        Format::Html => "html",
    };
    let name = format!("{}.{ending}", report.kind.name());
    let context = minijinja::context! {
        drawing => Value::from(Serde(drawing::draw(&report.timeline))),
        anchors => Value::from(Serde(references::anchors(&report.timeline))),
        report => Value::from(Serde(report)),
    };
    let text = templates.render(&name, report, context)?;
    Ok(if format == Format::Md { plain::tidy(&text) } else { text })
}
