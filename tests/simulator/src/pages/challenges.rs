//! Further pages in the way of a sign-in: new account, verification captcha, something unknown.
//!
//! Field names of the captcha as alexapy 1.33 sends them; the new-account page as users of 2024
//! describe it; wording and layout are our own.

use crate::pages::markup::{Hidden, button, escape, form, page};
use crate::sites::Site;

/// The picture of both captchas: it shows their answer.
pub(crate) const PICTURE: &[u8] = include_bytes!("captcha.png");

/// The form for a new account. It has fields of the names a sign-in has, and must not be filled:
/// the way on is the link.
pub(crate) fn create_account(site: &Site, hidden: &Hidden, link: &str, problem: &str) -> String {
    let field = |kind: &str, id: &str, name: &str, label: &str| {
        format!(
            "      <label for=\"{id}\">{label}</label>\n      \
             <input type=\"{kind}\" id=\"{id}\" name=\"{name}\" autocomplete=\"off\" />\n"
        )
    };
    let inner = [
        field("text", "ap_customer_name", "customerName", "Your name"),
        field("email", "ap_email", "email", "E-mail or mobile phone number"),
        field("password", "ap_password", "password", "Password"),
        field("password", "ap_password_check", "passwordCheck", "Password again"),
    ]
    .concat();
    let attributes = format!(
        "id=\"ap_register_form\" name=\"register\" method=\"post\" \
         action=\"https://www.{}/ap/register\"",
        site.domain
    );
    let content = format!(
        "{problem}<h1>Create account</h1>\n{}\n<div>Already a customer? \
         <a id=\"ab-signin-ingress-link\" class=\"a-link-emphasis\" href=\"{}\">Sign in</a></div>",
        form(&attributes, hidden, &(inner + &button("continue", "Create your account"))),
        escape(link)
    );
    page("Amazon Registration", &content)
}

/// Image captcha among the verification pages.
pub(crate) fn cvf_captcha(hidden: &Hidden, problem: &str) -> String {
    let inner = format!(
        "      <img alt=\"captcha\" src=\"https://opfcaptcha.amazon.com/images/captcha.jpg\" />\n      \
         <input type=\"hidden\" name=\"cvf_captcha_captcha_action\" value=\"verifyCaptcha\" />\n      \
         <input type=\"text\" name=\"cvf_captcha_input\" autocomplete=\"off\" />{}",
        button("cvf-submit", "Continue")
    );
    let form = form("action=\"verify\" method=\"post\"", hidden, &inner);
    let content = format!(
        "{problem}<div id=\"cvf-page-content\"><h1>Solve this puzzle</h1>\n\
         <p>Enter the letters and numbers.</p>\n{form}</div>"
    );
    page("Authentication required", &content)
}

/// A page that no client knows and that a person can pass on.
pub(crate) fn unknown(hidden: &Hidden) -> String {
    let inner = format!(
        "      <input type=\"text\" name=\"cellPhoneNumber\" />{}",
        button("ap-account-fixup-phone-skip-link", "Not now")
    );
    let attributes = "id=\"account-fixup\" method=\"post\" action=\"/ap/accountfixup\"";
    let content = format!(
        "<h1>Add a mobile number</h1>\n<p>Tell us a number under which we can reach you.</p>\n{}",
        form(attributes, hidden, &inner)
    );
    page("Keep your account safe", &content)
}
