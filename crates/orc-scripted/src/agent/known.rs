//! What was found out, put into what is said.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::step::is_name;

/// The text with each `${NAME}` replaced; the name that nothing is known of, if there is one. What stands in place of a
/// name is not looked through again.
pub(crate) fn fill(text: &str, known: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        if let Some((name, after)) = after.split_once('}').filter(|(name, _)| is_name(name)) {
            filled.push_str(known.get(name).ok_or_else(|| name.to_owned())?);
            rest = after;
        } else {
            filled.push_str("${");
            rest = after;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The same in each string of a JSON value: no character of what is put in means anything to JSON.
pub(crate) fn fill_all(value: Value, known: &BTreeMap<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(&text, known)?),
        Value::Array(values) => {
            values.into_iter().map(|value| fill_all(value, known)).collect::<Result<_, _>>()?
        }
        Value::Object(fields) => {
            let filled = fields.into_iter().map(|(name, value)| Ok((name, fill_all(value, known)?)));
            Value::Object(filled.collect::<Result<_, String>>()?)
        }
        plain => plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_once_and_an_unknown_one_is_named() {
        let known =
            BTreeMap::from([("FILE".to_owned(), "a.py".to_owned()), ("X".to_owned(), "${FILE}".to_owned())]);
        assert_eq!(fill("${FILE} line ${FILE}", &known).unwrap(), "a.py line a.py");
        assert_eq!(fill("${X}", &known).unwrap(), "${FILE}");
        assert_eq!(fill("costs $5, ${} and ${1}, ${", &known).unwrap(), "costs $5, ${} and ${1}, ${");
        assert_eq!(fill("${LINE}", &known), Err("LINE".to_owned()));
        let quoted = BTreeMap::from([("X".to_owned(), "say \"no\"".to_owned())]);
        let value = serde_json::json!({"a": ["${X}", 1], "b": {"c": "x"}});
        let filled = serde_json::json!({"a": ["say \"no\"", 1], "b": {"c": "x"}});
        assert_eq!(fill_all(value.clone(), &quoted), Ok(filled));
        assert_eq!(fill_all(value, &BTreeMap::new()), Err("X".into()));
    }
}
