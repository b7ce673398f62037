//! Registering as a device with a fresh authorization code: once per enrolment, never to refresh.

use serde_json::{Value, json};

use super::identity::{self, Fresh, Installation};
use crate::error::{Error, Result, code};
use crate::secret::Secret;
use crate::session::jar::CookieRecord;
use crate::site::Site;

/// The body of `POST /auth/register` (*observed*; the string `"true"` is what one client sends).
pub fn body(code: &Secret, portal: Site, installation: &Installation, fresh: &Fresh) -> Value {
    let domain = format!(".{}", portal.domain());
    json!({
        "requested_extensions": ["device_info", "customer_info"],
        "requested_token_type": ["bearer", "mac_dms", "website_cookies", "store_authentication_cookie"],
        "cookies": {"website_cookies": [], "domain": domain},
        "registration_data": {
            "domain": "Device",
            "app_version": identity::APP_VERSION,
            "app_name": identity::APP_NAME,
            "os_version": identity::OS_VERSION,
            "software_version": identity::SOFTWARE_VERSION,
            "device_model": identity::MODEL,
            "device_type": identity::DEVICE_TYPE,
            "device_serial": installation.serial,
            "device_name": format!("%FIRST_NAME%'s%DUPE_STRATEGY_1ST%{}", identity::APP_NAME),
        },
        "auth_data": {
            "client_id": installation.client_id(),
            "authorization_code": code.expose(),
            "code_verifier": fresh.verifier.expose(),
            "code_algorithm": "SHA-256",
            "client_domain": "DeviceLegacy",
            "use_global_authentication": "true",
        },
        "user_context_map": {"frc": fresh.frc.expose()},
    })
}

/// What a successful registration gives.
#[derive(Debug)]
pub struct Registration {
    /// The long-lived token that everything else is made from.
    pub refresh_token: Secret,
    /// A first access token and its life in seconds.
    pub access_token: Option<(Secret, u64)>,
    /// Signing key and token of the device (`mac_dms`), kept for later use.
    pub device_keys: Option<Secret>,
    /// Cookies of the portal.
    pub cookies: Vec<CookieRecord>,
    /// The name the device got in the owner's list.
    pub device_name: Option<String>,
    /// Customer id of the account.
    pub customer_id: Option<String>,
    /// Name of the person.
    pub name: Option<String>,
    /// `NA`, `EU` or `FE`; not always right (*observed*).
    pub home_region: Option<String>,
}

/// Reads the answer of `POST /auth/register`.
///
/// # Errors
/// `registration-refused` with Amazon's code; `unexpected-answer` when the tokens are missing.
pub fn parse(status: u16, body: &str, portal: Site) -> Result<Registration> {
    let answer: Value = serde_json::from_str(body).map_err(|_| {
        Error::new(code::UNEXPECTED_ANSWER, "Amazon's answer to the registration is not JSON.")
            .with_status(status)
    })?;
    if let Some(error) = answer.pointer("/response/error") {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or("unknown");
        let kind = if status >= 500 { code::AMAZON_DOWN } else { code::REGISTRATION_REFUSED };
        let message = format!(
            "Amazon refused the registration: {} ({}).",
            text("code"),
            text("message").trim_end_matches('.')
        );
        return Err(Error::new(kind, message).with_status(status));
    }
    let success = answer.pointer("/response/success");
    let at = |path: &str| success.and_then(|success| success.pointer(path));
    let text = |path: &str| at(path).and_then(Value::as_str).map(str::to_owned);
    let Some(refresh_token) = text("/tokens/bearer/refresh_token").filter(|t| !t.is_empty()) else {
        return Err(Error::new(
            code::UNEXPECTED_ANSWER,
            "Amazon registered the device without a token.",
        )
        .with_status(status));
    };
    let life = at("/tokens/bearer/expires_in").and_then(seconds).unwrap_or(3_600);
    let cookies = at("/tokens/website_cookies").and_then(Value::as_array);
    let domain = format!(".{}", portal.domain());
    let mut cookies: Vec<_> = cookies
        .into_iter()
        .flatten()
        .filter_map(|cookie| CookieRecord::of_amazon(cookie, &domain))
        .collect();
    if let Some(value) = text("/tokens/store_authentication_cookie/cookie") {
        cookies.push(CookieRecord::new("session-token", &value, &domain));
    }
    Ok(Registration {
        refresh_token: Secret::new(refresh_token),
        access_token: text("/tokens/bearer/access_token").map(|token| (Secret::new(token), life)),
        device_keys: at("/tokens/mac_dms").map(|keys| Secret::new(keys.to_string())),
        cookies,
        device_name: text("/extensions/device_info/device_name"),
        customer_id: text("/extensions/customer_info/user_id"),
        name: text("/extensions/customer_info/given_name")
            .or(text("/extensions/customer_info/name")),
        home_region: text("/extensions/customer_info/home_region"),
    })
}

/// A number of seconds that arrives as a number or as a text (*observed*).
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(expires: Value) -> String {
        json!({"response": {"success": {
            "extensions": {
                "device_info": {"device_name": "Ann's Music Assistant"},
                "customer_info": {"user_id": "amzn1.account.X", "home_region": "EU", "given_name": "Ann"},
            },
            "tokens": {
                "bearer": {"access_token": "Atna|a", "refresh_token": "Atnr|r", "expires_in": expires},
                "mac_dms": {"device_private_key": "k", "adp_token": "t"},
                "website_cookies": [
                    {"Name": "x-main", "Value": "\"quoted\"", "Path": "/", "Secure": "true", "HttpOnly": true, "Expires": "22 Oct 2045 13:29:57 GMT"},
                    {"Name": "bad"},
                ],
                "store_authentication_cookie": {"cookie": "st"},
            }}}, "request_id": "1"})
        .to_string()
    }

    #[test]
    fn reads_tokens_cookies_and_the_person() {
        for expires in [json!("3600"), json!(3600)] {
            let made = parse(200, &answer(expires), Site::DEFAULT).unwrap();
            assert_eq!(made.refresh_token.expose(), "Atnr|r");
            assert_eq!(made.access_token.unwrap().1, 3_600);
            assert_eq!(made.home_region.as_deref(), Some("EU"));
            let names: Vec<_> =
                made.cookies.iter().map(|c| (c.name.as_str(), c.value.expose())).collect();
            assert_eq!(names, [("x-main", "quoted"), ("session-token", "st")]);
        }
    }

    #[test]
    fn tells_refusal_from_outage_and_nonsense() {
        let refusal = r#"{"response":{"error":{"code":"InvalidToken","message":"Too old."}},"request_id":"1"}"#;
        let code_of = |status, body| parse(status, body, Site::DEFAULT).unwrap_err().code();
        assert_eq!(code_of(400, refusal), code::REGISTRATION_REFUSED);
        assert_eq!(code_of(500, refusal), code::AMAZON_DOWN);
        assert_eq!(code_of(200, "<html>"), code::UNEXPECTED_ANSWER);
        assert_eq!(code_of(200, r#"{"response":{"success":{}}}"#), code::UNEXPECTED_ANSWER);
    }

    #[test]
    fn the_client_id_of_registration_has_no_prefix() {
        let installation = Installation::generate();
        let sent = body(&"AN1".into(), Site::DEFAULT, &installation, &Fresh::generate());
        assert_eq!(sent["auth_data"]["client_id"], installation.client_id());
        assert_eq!(sent["cookies"]["domain"], ".amazon.com");
    }
}
