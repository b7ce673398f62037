//! Who is signed in, and where the account lives.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::with_csrf;
use crate::call::Call;
use crate::pages;
use crate::sites;
use crate::state::State;

/// Small identity endpoints; shapes as four public clients read them.
pub(crate) fn route(state: &mut State, call: &Call, rest: &[&str]) -> Answer {
    if call.method != Method::GET {
        return answer::empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let home = state.knobs.home_site.clone();
    let region = sites::site(&home).map_or("NA", |s| s.region).to_lowercase();
    match rest {
        ["users", "me"] => answer::json(&me(state)),
        ["welcome"] => answer::json(&json!({ "alexaHostName": format!("alexa.{home}") })),
        ["customer-status"] => answer::json(&json!({
            "customerId": state.identity.customer_id, "status": "ACTIVE",
        })),
        ["endpoints"] => answer::json(&json!({
            "websiteApiUrl": format!("https://{region}-api-alexa.{home}"),
            "websiteUrl": format!("https://alexa.{home}"),
            "alexaApiUrl": "https://api.amazonalexa.com",
            "retailUrl": format!("https://www.{home}"),
            "retailDomain": home,
            "skillsStoreUrl": format!("https://skills-store.{home}"),
            "awsRegion": match region.as_str() {
                "eu" => "eu-west-1",
                "fe" => "us-west-2",
                _ => "us-east-1",
            },
        })),
        ["language"] => {
            let locale = sites::site(&home).map_or("en-US", |s| s.locale);
            let answer = answer::json(&json!({ "language": locale }));
            with_csrf(state, call, answer)
        }
        ["strings"] => {
            let answer = answer::json(&json!({}));
            with_csrf(state, call, answer)
        }
        ["ping"] => answer::json(&json!({})),
        ["household"] => answer::json(&json!({
            "id": Value::Null,
            "accounts": [{
                "id": state.identity.customer_id,
                "email": state.identity.email,
                "firstName": state.identity.given_name,
                "fullName": state.identity.name,
                "role": "ADULT",
            }],
        })),
        _ => pages::not_found(),
    }
}

/// The same on every site: it tells where the account really lives.
fn me(state: &State) -> Value {
    let home = sites::site(&state.knobs.home_site);
    let marketplace = home.map_or("", |s| s.marketplace);
    json!({
        "id": state.identity.customer_id,
        "email": state.identity.email,
        "fullName": state.identity.name,
        "countryOfResidence": home.map_or("US", |s| s.country),
        "effectiveMarketPlaceId": marketplace,
        "marketPlaceId": marketplace,
        "marketPlaceDomainName": format!("https://www.{}", state.knobs.home_site),
        "marketPlaceLocale": home.map_or("en-US", |s| s.locale),
        "eulaAcceptance": true,
        "features": [],
        "hasActiveDopplers": true,
        "canAccessPrimeMusicContent": true,
    })
}

/// The web app's page and templates, which matter for their csrf cookie only.
pub(crate) fn web_page(state: &mut State, call: &Call) -> Answer {
    let page = "<!doctype html><html><head><title>Amazon Alexa</title></head><body></body></html>";
    with_csrf(state, call, answer::html(StatusCode::OK, page))
}
