//! The developer's side of Amazon, asked with the developer's consent.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::subject::{Console, LocaleFacts, SkillFacts};
use crate::error::Result;
use crate::smapi::{Client, Progress};

impl Console for Client {
    fn skill<'a>(
        &'a self,
        id: &'a str,
        locale: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<SkillFacts>>> {
        async move {
            let Some(state) = self.state(id).await? else { return Ok(None) };
            let mut locales: BTreeMap<_, _> = state
                .locales
                .into_iter()
                .map(|(locale, progress)| {
                    let is_built = Some(progress == Progress::Done);
                    (locale, LocaleFacts { invocation_name: None, is_built })
                })
                .collect();
            // One call for each locale, so only for the one that matters.
            if let Some(locale) = locale
                && let Some(facts) = locales.get_mut(locale)
            {
                facts.invocation_name = self.invocation_name(id, locale).await?;
            }
            Ok(Some(SkillFacts {
                version: state.version,
                endpoint: state.endpoint,
                locales,
                is_testing: Some(state.is_enabled),
            }))
        }
        .boxed()
    }
}
