//! The developer of skills.

use super::Simulator;
use crate::smapi::{DeveloperPatch, DeveloperView};
use crate::state::lock;

impl Simulator {
    /// The developer with the security profile.
    pub fn developer(&self) -> DeveloperView {
        lock(&self.world).smapi.view()
    }

    /// Changes the developer.
    pub fn patch_developer(&self, patch: DeveloperPatch) {
        lock(&self.world).patch_developer(patch);
    }
}
