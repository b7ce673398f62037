//! What Amazon says about a skill.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::client::{Client, words};
use super::package::{endpoint_of, invocation_name_of, version_of};
use crate::error::{Error, Result, code};

/// Between two looks at a skill that is being made (*chosen*).
const PAUSE: Duration = Duration::from_secs(2);
/// Looks at it (*chosen*).
const LOOKS: u32 = 45;

/// How far something is at Amazon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is being checked or built.
    UnderWay,
    /// It is in use.
    Done,
    /// It was refused, with Amazon's words.
    Refused(String),
}

impl Progress {
    /// Its name for programs: `in-progress`, `succeeded` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnderWay => "in-progress",
            Self::Done => "succeeded",
            Self::Refused(_) => "failed",
        }
    }

    /// Reads a status (*documented*): it says so when something succeeded or failed; all else is
    /// under way.
    fn of(entry: &Value) -> Self {
        let request = entry.get("lastUpdateRequest").unwrap_or(&Value::Null);
        match request.get("status").and_then(Value::as_str) {
            Some("SUCCEEDED") => Self::Done,
            Some("FAILED") => Self::Refused(words(request)),
            _ => Self::UnderWay,
        }
    }
}

/// Manifest and models of a skill, as far as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) manifest: Progress,
    pub(super) models: BTreeMap<String, Progress>,
}

/// A skill as Amazon has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillState {
    /// Its id.
    pub id: String,
    /// Where the requests of Alexa go.
    pub endpoint: Option<String>,
    /// The version of this program that made it; `None` for a skill of others.
    pub version: Option<String>,
    /// How far its manifest is.
    pub manifest: Progress,
    /// How far the model of each locale is.
    pub locales: BTreeMap<String, Progress>,
    /// Whether it can be tested by this developer, on their own Echos.
    pub is_enabled: bool,
}

impl Client {
    /// What Amazon has of a skill; `None` when there is none of this id.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn state(&self, skill_id: &str) -> Result<Option<SkillState>> {
        let Some(manifest) = self.manifest(skill_id).await? else { return Ok(None) };
        let Some(standing) = self.standing(skill_id).await? else { return Ok(None) };
        Ok(Some(SkillState {
            id: skill_id.to_owned(),
            endpoint: endpoint_of(&manifest).map(str::to_owned),
            version: version_of(&manifest).map(str::to_owned),
            manifest: standing.manifest,
            locales: standing.models,
            is_enabled: self.is_enabled(skill_id).await?,
        }))
    }

    /// The name that opens a skill in a locale; `None` when it has no model there.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn invocation_name(&self, skill_id: &str, locale: &str) -> Result<Option<String>> {
        let model = self.model(skill_id, locale).await?;
        Ok(model.as_ref().and_then(invocation_name_of).map(str::to_owned))
    }

    /// The manifest in use; `None` when there is no such skill. That of a skill that is just being
    /// made is waited for.
    pub(super) async fn manifest(&self, skill_id: &str) -> Result<Option<Value>> {
        let path = format!("/v1/skills/{skill_id}/stages/development/manifest");
        for _ in 0..LOOKS {
            let reply = self.get(&path).await?;
            if reply.status != 303 {
                return Ok(reply.body.get("manifest").cloned().filter(|_| !reply.is_missing()));
            }
            self.clock().sleep(PAUSE).await;
        }
        Err(Error::new(code::SKILL_UNFINISHED, "Amazon is still making the skill."))
    }

    /// The model of a locale.
    pub(super) async fn model(&self, skill_id: &str, locale: &str) -> Result<Option<Value>> {
        let reply = self.get(&model_path(skill_id, locale)).await?;
        Ok(Some(reply.body).filter(|_| reply.status == 200))
    }

    /// How far manifest and models are; `None` when there is no such skill.
    pub(super) async fn standing(&self, skill_id: &str) -> Result<Option<Standing>> {
        let path =
            format!("/v1/skills/{skill_id}/status?resource=manifest&resource=interactionModel");
        let reply = self.get(&path).await?;
        if reply.is_missing() {
            return Ok(None);
        }
        let manifest = Progress::of(reply.body.get("manifest").unwrap_or(&Value::Null));
        let models = reply.body.get("interactionModel").and_then(Value::as_object);
        let models = models.into_iter().flatten();
        let models = models.map(|(locale, entry)| (locale.clone(), Progress::of(entry)));
        Ok(Some(Standing { manifest, models: models.collect() }))
    }

    /// Whether a skill can be tested by this developer.
    pub(super) async fn is_enabled(&self, skill_id: &str) -> Result<bool> {
        Ok(!self.get(&enablement_path(skill_id)).await?.is_missing())
    }
}

pub(super) fn model_path(skill_id: &str, locale: &str) -> String {
    format!("/v1/skills/{skill_id}/stages/development/interactionModel/locales/{locale}")
}

pub(super) fn enablement_path(skill_id: &str) -> String {
    format!("/v1/skills/{skill_id}/stages/development/enablement")
}
