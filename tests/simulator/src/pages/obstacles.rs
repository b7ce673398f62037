//! Pages that Amazon puts in the way of a plain sign-in.
//!
//! Ids and field names as alexapy 1.33 and aioamazondevices 17 recognise them, or as field reports
//! of other clients name them (passkey, approval words). Wording is our own.

use crate::pages::markup::{
    Hidden, button, email_field, error_box, form, page, password_field, sign_in_form,
};
use crate::pages::scripts;

/// The answer to the image captcha.
pub(crate) const CAPTCHA: &str = "k7mwp3";
/// The code that "was sent by mail".
pub(crate) const MAIL_CODE: &str = "418273";

/// Image captcha on the sign-in form.
pub(crate) fn captcha(action: &str, hidden: &Hidden, with_email: &str, again: bool) -> String {
    let problem = if again {
        error_box("Enter the characters as they are given in the challenge.")
    } else {
        String::new()
    };
    let inner = format!(
        "{}\n{}\n      <img alt=\"Visual CAPTCHA image, continue down for an audio option.\" \
         id=\"auth-captcha-image\" src=\"https://opfcaptcha-prod.s3.amazonaws.com/images/captcha.jpg\" />\n      \
         <input type=\"text\" id=\"auth-captcha-guess\" name=\"guess\" autocomplete=\"off\" />{}",
        email_field(with_email),
        password_field(),
        button("signInSubmit", "Sign in")
    );
    let hidden_form = sign_in_form(action, hidden, &inner);
    page("Amazon Sign-In", &format!("{problem}<h1>Sign in</h1>\n{hidden_form}"))
}

/// A page that only a passkey can pass.
pub(crate) fn passkey(action: &str, hidden: &Hidden) -> String {
    let inner = "      <div id=\"passkey-error-alert\" class=\"a-box\"></div>\n      \
         <div id=\"passkey-client-error-message\" class=\"aok-hidden\">This device does not support \
         passkeys</div>\n      <input type=\"hidden\" name=\"webAuthnChallengeIdForAutofill\" \
         value=\"\" />\n      <input type=\"hidden\" name=\"webAuthnGetParametersForAutofill\" \
         value=\"\" />\n      <button id=\"passkey-button\" type=\"button\">Use a passkey</button>";
    let content = format!(
        "<h1>Use your passkey</h1>\n{}\n<script>{}</script>",
        sign_in_form(action, hidden, inner),
        scripts::PASSKEY
    );
    page("Amazon Sign-In", &content)
}

/// Too many failures: the password must be reset.
pub(crate) fn locked(hidden: &Hidden) -> String {
    let form = form(
        "name=\"forgotPassword\" method=\"post\" action=\"/ap/forgotpassword\"",
        hidden,
        &format!("{}{}", email_field(""), button("continue", "Continue")),
    );
    page(
        "Password assistance",
        &format!(
            "<h1>Password assistance</h1>\n<p>Your account is locked. Reset your password to \
             continue.</p>\n{form}"
        ),
    )
}

/// Approval in the app or by a link in a mail; the page asks again and again whether it happened.
pub(crate) fn approval(hidden: &Hidden) -> String {
    let form =
        form("id=\"pollingForm\" method=\"get\" action=\"/ap/cvf/approval/poll\"", hidden, "");
    page(
        "Approve the sign-in",
        &format!(
            "<span class=\"transaction-approval-word-break a-size-base-plus\">For your security, \
             approve the notification sent to:</span>\n<div id=\"channelDetails\">Amazon Shopping \
             app on Alex's phone</div>\n{form}\n<script>{}</script>",
            scripts::APPROVAL
        ),
    )
}

/// The answer to a poll of the approval page.
pub(crate) fn approval_state(status: &str) -> String {
    page(
        "Approve the sign-in",
        &format!(
            "<div id=\"updatedChannelDetails\"><input type=\"hidden\" \
             id=\"transactionApprovalStatus\" name=\"transactionApprovalStatus\" \
             value=\"{status}\" /></div>"
        ),
    )
}

/// The approval page with a second form, for the mailed code (path observed with alexa-cookie2).
pub(crate) fn approval_by_code(page: &str, hidden: &Hidden) -> String {
    let inner = format!(
        "      <input type=\"text\" name=\"code\" autocomplete=\"off\" />{}",
        button("cvf-submit-otp-button", "Continue")
    );
    let attributes = "id=\"verification-code-form\" method=\"post\" \
                      action=\"/ap/cvf/approval/verifyOtp\"";
    let form = form(attributes, hidden, &inner);
    page.replacen("</form>", &format!("</form>\n{form}"), 1)
}

/// The approval page after a refusal.
pub(crate) fn approval_refused() -> String {
    page("Approve the sign-in", &error_box("The sign-in was not approved. Please sign in again."))
}

/// Choice of the second factor.
pub(crate) fn device_choice(action: &str, hidden: &Hidden, sms_only: bool) -> String {
    let choice = |kind: &str, label: &str| {
        format!(
            "      <div data-a-input-name=\"otpDeviceContext\" class=\"a-radio auth-{kind}\">\
             <label><input type=\"radio\" name=\"otpDeviceContext\" value=\"simulator:{kind}\" />\
             <span class=\"a-label a-radio-label\">{label}</span></label></div>\n"
        )
    };
    let inner = format!(
        "{}{}{}",
        choice("SMS", "Send a code to the phone ending in 042"),
        if sms_only {
            choice("VOICE", "Call the phone ending in 042")
        } else {
            choice("TOTP", "Enter a code from your authenticator app")
        },
        button("auth-send-code", "Continue")
    );
    let attributes = format!("id=\"auth-select-device-form\" method=\"post\" action=\"{action}\"");
    let content = format!(
        "<h1>Two-Step Verification</h1>\n<p>Choose where to get the code.</p>\n{}",
        form(&attributes, hidden, &inner)
    );
    page("Two-Step Verification", &content)
}

/// Choice of where a verification code goes.
pub(crate) fn claims_picker(action: &str, hidden: &Hidden) -> String {
    let inner = format!(
        "      <label><input type=\"radio\" name=\"option\" value=\"email\" checked />\
         <span>E-mail a***@example.org</span></label>\n      \
         <label><input type=\"radio\" name=\"option\" value=\"sms\" />\
         <span>Text message to the number ending in 042</span></label>{}",
        button("continue", "Continue")
    );
    let attributes = format!("name=\"claimspicker\" method=\"post\" action=\"{action}\"");
    let content = format!(
        "<h1>Verification required</h1>\n<p>Choose how we should verify that it is you.</p>\n{}",
        form(&attributes, hidden, &inner)
    );
    page("Verification required", &content)
}

/// Question for the code that was sent.
pub(crate) fn verification(hidden: &Hidden, problem: &str) -> String {
    let inner = format!(
        "      <input type=\"text\" name=\"code\" maxlength=\"10\" autocomplete=\"off\" />{}",
        button("cvf-submit-otp-button", "Continue")
    );
    let form = form("action=\"verify\" method=\"post\"", hidden, &inner);
    page(
        "Verification required",
        &format!(
            "{problem}<div id=\"cvf-page-content\"><h1>Verification needed</h1>\n<p>Enter the code \
             sent to your e-mail.</p>\n{form}</div>"
        ),
    )
}

/// The captcha that needs scripts.
pub(crate) fn waf(hidden: &Hidden) -> String {
    let form = form(
        "id=\"cvf-aamation-challenge-form\" method=\"post\" action=\"verify\"",
        hidden,
        "      <input type=\"hidden\" name=\"cvf_aamation_response_token\" value=\"\" />\n      \
         <input type=\"hidden\" name=\"cvf_captcha_captcha_action\" \
         value=\"verifyAamationChallenge\" />\n      \
         <input type=\"hidden\" name=\"clientSideContext\" value=\"\" />",
    );
    let content = format!(
        "<h1>Solve this puzzle</h1>\n{form}\n\
         <button id=\"aamation-button\" type=\"button\">Begin</button>\n<script>{}</script>",
        scripts::WAF
    );
    page("Authentication required", &content)
}

/// A page that no client knows.
pub(crate) fn unknown() -> String {
    page(
        "Keep your account safe",
        "<h1>Add a mobile number</h1>\n<p>Tell us a number under which we can reach you.</p>\n\
         <form id=\"account-fixup\" method=\"post\" action=\"/ap/accountfixup\">\
         <input type=\"text\" name=\"cellPhoneNumber\" /></form>",
    )
}
