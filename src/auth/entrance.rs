//! Where a sign-in starts: the portal, the name of the application there and the language.

use crate::site::Site;

/// Language that spares accounts from Japan a check that only browsers pass (*observed*: one client
/// repeats its sign-in with it).
const JAPANESE: &str = "ja_JP";

/// One place to start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// The site whose pages are shown; tokens come from its `api` host.
    pub portal: Site,
    /// Name of the application, `openid.assoc_handle`.
    pub handle: String,
    /// Locale with an underscore.
    pub language: &'static str,
}

impl Entrance {
    /// Where accounts of a site sign in.
    pub fn of(site: Site) -> Self {
        let portal = site.portal();
        Self { portal, handle: portal.assoc_handle(), language: portal.language() }
    }

    /// Where to try once when the first entrance shows an error page at once: the site's own pages
    /// under their own handle, or a regional portal under the common handle (*observed*: clients
    /// differ in which of these they use).
    pub fn fallback(site: Site) -> Option<Self> {
        let first = Self::of(site);
        let second = if first.portal == site {
            Self { handle: Site::DEFAULT.assoc_handle(), ..first.clone() }
        } else {
            Self { portal: site, handle: site.assoc_handle(), language: site.language() }
        };
        (second != first).then_some(second)
    }

    /// The same entrance in Japanese; `None` when it is already.
    pub fn in_japanese(&self) -> Option<Self> {
        (self.language != JAPANESE).then(|| Self { language: JAPANESE, ..self.clone() })
    }

    /// The language as headers carry it, with a hyphen.
    pub fn locale(&self) -> String {
        self.language.replace('_', "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entrance: &Entrance) -> (&str, &str) {
        (entrance.portal.domain(), entrance.handle.as_str())
    }

    #[test]
    fn every_site_has_an_entrance_and_at_most_one_other() {
        for site in Site::all() {
            let first = Entrance::of(site);
            if let Some(second) = Entrance::fallback(site) {
                assert_ne!(shown(&first), shown(&second), "{site}");
            } else {
                assert_eq!(site, Site::DEFAULT);
            }
        }
    }

    #[test]
    fn handles_match_their_portals() {
        let of = |site: &str| Site::parse(site).unwrap();
        let (de, jp) = (of("amazon.de"), of("amazon.co.jp"));
        assert_eq!(shown(&Entrance::of(de)), ("amazon.com", "amzn_dp_project_dee_ios"));
        let second = Entrance::fallback(de).unwrap();
        assert_eq!(shown(&second), ("amazon.de", "amzn_dp_project_dee_ios_de"));
        assert_eq!(shown(&Entrance::of(jp)), ("amazon.co.jp", "amzn_dp_project_dee_ios_jp"));
        let second = Entrance::fallback(jp).unwrap();
        assert_eq!(shown(&second), ("amazon.co.jp", "amzn_dp_project_dee_ios"));
    }

    #[test]
    fn japanese_is_tried_once() {
        let first = Entrance::of(Site::DEFAULT);
        let second = first.in_japanese().unwrap();
        assert_eq!((second.language, second.portal), ("ja_JP", first.portal));
        assert!(second.in_japanese().is_none());
    }
}
