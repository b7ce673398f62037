//! Who is signed in, and where the account lives. The user's own idea of it is unreliable
//! (*observed*), so Amazon is asked, in several ways, each of which may fail.

use serde_json::Value;

use crate::site::{Site, is_amazon_host};

/// Path of the main question.
pub const USERS_ME: &str = concat!("/api/users/me?platform=ios&version=", app_version!());
/// Path of the question for the account's host.
pub const WELCOME: &str = "/api/welcome";
/// Path of the question for the hosts of the API.
pub const ENDPOINTS: &str = "/api/endpoints";

/// What Amazon says about the account; anything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Customer id.
    pub id: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The account's own site.
    pub site: Option<Site>,
}

impl Customer {
    /// Reads the answer of [`USERS_ME`].
    pub fn of_users_me(answer: &Value) -> Self {
        Self {
            id: text(answer, "id"),
            name: text(answer, "fullName"),
            email: text(answer, "email"),
            site: site(answer, "marketPlaceDomainName"),
        }
    }
}

/// Reads the account's site from the answer of [`WELCOME`].
pub fn site_of_welcome(answer: &Value) -> Option<Site> {
    site(answer, "alexaHostName")
}

/// Reads the account's site from the answer of [`ENDPOINTS`].
pub fn site_of_endpoints(answer: &Value) -> Option<Site> {
    site(answer, "retailDomain").or_else(|| site(answer, "retailUrl"))
}

/// Reads the host of the API from the answer of [`ENDPOINTS`]. Only a host of the account's own
/// site is taken: its cookies would not go to another one.
pub fn api_host(answer: &Value, site: Site) -> Option<String> {
    let url = url::Url::parse(&text(answer, "websiteApiUrl")?).ok()?;
    let host = url.host_str()?;
    let is_own = is_amazon_host(host) && Site::of_host(host) == Some(site);
    (url.scheme() == "https" && is_own).then(|| host.to_owned())
}

/// A text, or the first of a list of texts (*observed*: both occur).
fn text(answer: &Value, name: &str) -> Option<String> {
    texts(answer, name).next().map(str::to_owned)
}

/// The first site of the table among a text or a list of texts.
fn site(answer: &Value, name: &str) -> Option<Site> {
    texts(answer, name).find_map(|host| Site::parse(host).ok())
}

fn texts<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let value = answer.get(name);
    let list = value.and_then(Value::as_array).map(Vec::as_slice);
    let values = list.or(value.map(std::slice::from_ref)).unwrap_or_default();
    values.iter().filter_map(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_texts_lists_and_gaps() {
        let full =
            json!({"id": "A1", "email": "a@b", "marketPlaceDomainName": "https://www.amazon.de"});
        let customer = Customer::of_users_me(&full);
        assert_eq!(
            (customer.id.as_deref(), customer.site),
            (Some("A1"), Site::parse("amazon.de").ok())
        );
        let list = json!({"marketPlaceDomainName": ["www.amazon.fr"], "id": null});
        assert_eq!(Customer::of_users_me(&list).site, Site::parse("amazon.fr").ok());
        let odd = json!({"marketPlaceDomainName": [null, "", "https://nowhere", "www.amazon.it"]});
        assert_eq!(Customer::of_users_me(&odd).site, Site::parse("amazon.it").ok());
        assert_eq!(Customer::of_users_me(&json!({"marketPlaceDomainName": []})).site, None);
        assert_eq!(Customer::of_users_me(&json!([])), Customer::default());
        assert_eq!(
            site_of_welcome(&json!({"alexaHostName": "alexa.amazon.it"})),
            Site::parse("amazon.it").ok()
        );
        assert_eq!(
            site_of_endpoints(&json!({"retailDomain": "amazon.es"})),
            Site::parse("amazon.es").ok()
        );
    }

    #[test]
    fn takes_an_api_host_of_the_own_site_only() {
        let german = Site::parse("amazon.de").unwrap();
        let host = |url: &str| api_host(&json!({"websiteApiUrl": url}), german);
        assert_eq!(
            host("https://eu-api-alexa.amazon.de").as_deref(),
            Some("eu-api-alexa.amazon.de")
        );
        assert_eq!(host("https://eu-api-alexa.amazon.co.uk"), None);
        assert_eq!(host("http://eu-api-alexa.amazon.de"), None);
        assert_eq!(host("https://amazon.de.example"), None);
        assert_eq!(host("https://eu-api-alexa.amazon.de./"), None);
    }
}
