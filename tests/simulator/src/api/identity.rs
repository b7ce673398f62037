//! Who is signed in, and where the account lives.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::api::with_csrf;
use crate::call::Call;
use crate::knobs::MarketplaceShape;
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
        ["users", "me"] if state.knobs.users_me_refused => answer::empty(StatusCode::UNAUTHORIZED),
        ["users", "me"] => told(state, me(state)),
        ["welcome"] => told(state, json!({ "alexaHostName": format!("alexa.{home}") })),
        ["customer-status"] => {
            let id = state.identity.customer_id;
            told(state, json!({ "customerId": id, "status": "ACTIVE" }))
        }
        ["endpoints"] => told(
            state,
            json!({
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
            }),
        ),
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

/// An answer without the fields that are to be missing.
fn told(state: &State, mut answer: Value) -> Answer {
    if let Some(map) = answer.as_object_mut() {
        map.retain(|name, _| !state.knobs.missing_fields.iter().any(|missing| missing == name));
    }
    answer::json(&answer)
}

/// The same on every site: it tells where the account really lives.
fn me(state: &State) -> Value {
    let home = sites::site(&state.knobs.home_site);
    let marketplace = home.map_or("", |s| s.marketplace);
    let country = match state.knobs.country.as_str() {
        "" => home.map_or("US", |s| s.country),
        country => country,
    };
    let www = format!("www.{}", state.knobs.home_site);
    let url = format!("https://{www}");
    let domain_name = match state.knobs.marketplace_shape {
        MarketplaceShape::String => Value::from(url),
        MarketplaceShape::List => json!([url]),
        MarketplaceShape::Bare => Value::from(www),
        MarketplaceShape::Missing => Value::Null,
    };
    let mut me = json!({
        "id": state.identity.customer_id,
        "email": state.identity.email,
        "fullName": state.identity.name,
        "countryOfResidence": country,
        "effectiveMarketPlaceId": marketplace,
        "marketPlaceId": marketplace,
        "marketPlaceDomainName": domain_name,
        "marketPlaceLocale": home.map_or("en-US", |s| s.locale),
        "eulaAcceptance": true,
        "features": [],
        "hasActiveDopplers": true,
        "canAccessPrimeMusicContent": true,
    });
    if state.knobs.marketplace_shape == MarketplaceShape::Missing
        && let Some(map) = me.as_object_mut()
    {
        map.remove("marketPlaceDomainName");
    }
    me
}

/// The web app's page and templates, which matter for their csrf cookie only.
pub(crate) fn web_page(state: &mut State, call: &Call) -> Answer {
    let page = "<!doctype html><html><head><title>Amazon Alexa</title></head><body></body></html>";
    with_csrf(state, call, answer::html(StatusCode::OK, page))
}
