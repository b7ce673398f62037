//! Character references in attribute values, as far as addresses use them.

/// Names that stand in addresses or can hide one; others stay as they are written, which makes a
/// link that leads nowhere, never one that leads out.
const NAMES: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("colon", ':'),
    ("sol", '/'),
    ("quest", '?'),
    ("equals", '='),
    ("num", '#'),
    ("period", '.'),
    ("comma", ','),
    ("semi", ';'),
    ("percnt", '%'),
    ("plus", '+'),
    ("lowbar", '_'),
    ("commat", '@'),
];

/// Resolves references.
pub(super) fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        resolved.push_str(before);
        let (found, length) = numeric(after).or_else(|| named(after)).unwrap_or(('&', 0));
        resolved.push(found);
        rest = after.get(length..).unwrap_or_default();
    }
    resolved.push_str(rest);
    resolved
}

/// The opposite, for a value between double quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A character and how long its reference is behind the `&`.
fn numeric(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('#')?;
    let (radix, digits) = match body.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits),
        None => (10, body),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (number, after) = digits.split_at(length);
    if number.is_empty() {
        return None;
    }
    let found = u32::from_str_radix(number, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| *c != '\0')
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    let after = after.strip_prefix(';').unwrap_or(after);
    Some((found, text.len() - after.len()))
}

fn named(text: &str) -> Option<(char, usize)> {
    let length = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, after) = text.split_at(length);
    let (_, found) = NAMES.iter().find(|(known, _)| *known == name)?;
    if after.starts_with(';') {
        return Some((*found, length + 1));
    }
    // These few count without a semicolon too, unless it could be a parameter of an address.
    let is_old = matches!(name, "amp" | "lt" | "gt" | "quot");
    (is_old && !after.starts_with('=')).then_some((*found, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_what_hides_in_addresses() {
        for (written, meant) in [
            ("a&amp;b&#x2F;c&#47;d", "a&b/c/d"),
            ("java&Tab;script&colon;x", "java\tscript:x"),
            ("&#106avascript&#x3a;", "javascript:"),
            ("?a=1&copy=2&amp=3&lt", "?a=1&copy=2&amp=3<"),
            ("&#0;&#xd800;&#99999999999;&#;&#x;&", "\u{fffd}\u{fffd}\u{fffd}&#;&#x;&"),
            ("\u{e4}&\u{f6}&amp;\u{fc}", "\u{e4}&\u{f6}&\u{fc}"),
        ] {
            assert_eq!(resolve(written), meant, "{written}");
        }
    }

    #[test]
    fn escaping_is_undone_by_resolving() {
        let text = "&amp;<a href=\"x\">&#47;";
        assert_eq!(resolve(&escape(text)), text);
        assert!(!escape(text).contains(['<', '"']));
    }
}
