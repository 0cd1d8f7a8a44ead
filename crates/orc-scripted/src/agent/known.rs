//! What was found out, put into what is said.

use std::collections::BTreeMap;

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
    }
}
