//! The interaction models: what can be said, in each locale (*documented*: *Interaction Model
//! Schema*).

use serde_json::{Value, json};

use super::Package;
use super::intents::INTENTS;
use super::locales::phrases;
use super::name::checked;
use crate::error::Result;

/// The model of a locale.
pub(super) fn model(package: &Package, locale: &str) -> Result<Value> {
    let words = phrases(locale)?;
    let name = checked(locale, &package.invocation_name)?;
    let intents: Vec<_> = INTENTS
        .iter()
        .map(|intent| {
            let samples = words.samples.get(intent.name).filter(|_| intent.has_phrases);
            json!({
                "name": intent.name,
                "slots": [],
                "samples": samples.map(Vec::as_slice).unwrap_or_default(),
            })
        })
        .collect();
    let language_model = json!({"invocationName": name, "intents": intents, "types": []});
    Ok(json!({"interactionModel": {"languageModel": language_model}}))
}

/// The invocation name of a model.
pub fn invocation_name_of(model: &Value) -> Option<&str> {
    model.pointer("/interactionModel/languageModel/invocationName")?.as_str()
}
