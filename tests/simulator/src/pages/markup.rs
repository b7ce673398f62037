//! Markup of the ordinary sign-in pages.
//!
//! Names and ids of forms and inputs are those four public clients look for (observed with
//! alexapy 1.33, aioamazondevices 17 and alexa-cookie2 5; wording and layout are our own).

/// A hidden input. The order of attributes matters: one client reads them with a regular
/// expression (observed with alexa-cookie2).
pub(crate) struct Hidden(Vec<(String, String)>);

impl Hidden {
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn render(&self) -> String {
        self.0
            .iter()
            .map(|(name, value)| {
                format!(
                    "      <input type=\"hidden\" name=\"{}\" value=\"{}\" />\n",
                    escape(name),
                    escape(value)
                )
            })
            .collect()
    }
}

/// Text safe inside markup and attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A whole page around some content.
pub(crate) fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\" class=\"a-no-js\">\n<head>\n\
         <meta charset=\"utf-8\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"https://m.media-amazon.com/images/I/auth.css\">\n\
         <script>window.ue_t0 = +new Date();</script>\n</head>\n<body class=\"ap-locale\">\n\
         <div id=\"a-page\">\n<div class=\"a-section a-padding-medium auth-workflow\">\n{content}\n\
         </div>\n</div>\n</body>\n</html>\n",
        escape(title)
    )
}

/// The box above a form that says what went wrong.
pub(crate) fn error_box(problem: &str) -> String {
    format!(
        "<div id=\"auth-error-message-box\" class=\"a-box a-alert a-alert-error\" role=\"alert\">\n\
         <div class=\"a-box-inner a-alert-container\">\
         <h4 class=\"a-alert-heading\">There was a problem</h4>\n\
         <div class=\"a-alert-content\"><ul class=\"a-unordered-list\">\
         <li><span class=\"a-list-item\">{}</span></li></ul></div></div></div>\n",
        escape(problem)
    )
}

/// The warning box, which some failures use instead.
pub(crate) fn warning_box(title: &str, text: &str) -> String {
    format!(
        "<div id=\"auth-warning-message-box\" class=\"a-box a-alert a-alert-warning\">\n\
         <div class=\"a-box-inner a-alert-container\">\
         <h4 class=\"a-alert-heading\">{}</h4>\n\
         <div class=\"a-alert-content\"><ul class=\"a-unordered-list\">\
         <li><span class=\"a-list-item\">{}</span></li></ul></div></div></div>\n",
        escape(title),
        escape(text)
    )
}

/// Any form named `signIn`.
pub(crate) fn sign_in_form(action: &str, hidden: &Hidden, inner: &str) -> String {
    format!(
        "    <form name=\"signIn\" method=\"post\" novalidate action=\"{}\" \
         class=\"auth-validate-form auth-real-time-validation a-spacing-none\">\n{}{inner}\n    \
         </form>",
        escape(action),
        hidden.render()
    )
}

/// Any other form.
pub(crate) fn form(attributes: &str, hidden: &Hidden, inner: &str) -> String {
    format!("    <form {attributes}>\n{}{inner}\n    </form>", hidden.render())
}

/// The e-mail field with its button.
pub(crate) fn email_field(value: &str) -> String {
    format!(
        "      <label for=\"ap_email\">E-mail or mobile phone number</label>\n      \
         <input type=\"email\" maxlength=\"128\" id=\"ap_email\" value=\"{}\" name=\"email\" \
         autocomplete=\"username\" class=\"a-input-text auth-required-field\" />",
        escape(value)
    )
}

/// An input that is there for password managers only, hidden by its class (seen on saved pages of
/// 2023 to 2025).
pub(crate) fn hint(kind: &str) -> String {
    let id = if kind == "email" { "ap-claim-autofill-hint" } else { "ap-credential-autofill-hint" };
    format!(
        "\n      <input type=\"{kind}\" id=\"{id}\" name=\"{kind}\" \
         class=\"a-input-text hide\" style=\"display:none\" tabindex=\"-1\" />"
    )
}

/// The password field with the box for staying signed in.
pub(crate) fn password_field() -> String {
    "      <label for=\"ap_password\">Password</label>\n      \
     <input type=\"password\" maxlength=\"1024\" id=\"ap_password\" name=\"password\" \
     autocomplete=\"current-password\" class=\"a-input-text auth-required-field\" />\n      \
     <input type=\"checkbox\" name=\"rememberMe\" value=\"true\" />"
        .to_owned()
}

/// The button that goes on.
pub(crate) fn button(id: &str, label: &str) -> String {
    format!(
        "\n      <input id=\"{id}\" type=\"submit\" aria-labelledby=\"{id}-announce\" value=\"{label}\" />"
    )
}

/// The page that asks for the code of the authenticator app.
pub(crate) fn code_page(action: &str, hidden: &Hidden, problem: &str) -> String {
    let inner = "      <label for=\"auth-mfa-otpcode\">Enter OTP:</label>\n      \
         <input type=\"tel\" maxlength=\"20\" id=\"auth-mfa-otpcode\" name=\"otpCode\" \
         autocomplete=\"off\" class=\"a-input-text auth-required-field\" />\n      \
         <input type=\"checkbox\" name=\"rememberDevice\" value=\"\" />\n      \
         <input id=\"auth-signin-button\" type=\"submit\" name=\"mfaSubmit\" value=\"Submit\" />";
    let attributes = format!(
        "id=\"auth-mfa-form\" method=\"post\" action=\"{}\" class=\"a-spacing-none\"",
        escape(action)
    );
    let content = format!(
        "{problem}<h1>Two-Step Verification</h1>\n\
         <p>For added security, please enter the One Time Password (OTP) generated by your \
         Authenticator App</p>\n{}",
        form(&attributes, hidden, inner)
    );
    page("Two-Step Verification", &content)
}

/// The end of every sign-in. It is answered with 404 and carries the element that also marks
/// error pages (observed with alexapy 1.33).
pub(crate) fn map_landing() -> String {
    page(
        "Page Not Found",
        "<div id=\"ap_error_return_home\"><h1>Looking for something?</h1>\n\
         <p>The address is not a page of this site.</p>\n\
         <a href=\"https://www.amazon.com/\">Go to the home page</a></div>",
    )
}

/// The error page for an address that makes no sense, such as a handle the site does not know.
pub(crate) fn wrong_address() -> String {
    page(
        "Sorry! Something went wrong!",
        "<div id=\"ap_error_page_message\"><h4>Looking for something?</h4>\n\
         <p>The Web address you entered is not a functioning page on our site.</p></div>\n\
         <div id=\"ap_error_return_home\"><a href=\"https://www.amazon.com/\">Go to the home \
         page</a></div>",
    )
}

/// The page for what does not exist.
pub(crate) fn not_found() -> String {
    page("Page Not Found", "<h1>404</h1>\n<p>There is no such page.</p>")
}

/// The page for a sign-in that lost its cookies or is too old.
pub(crate) fn cookies_page(restart: &str) -> String {
    let content = format!(
        "<div id=\"ap_error_page_message\"><h4>Please Enable Cookies to Continue</h4>\n\
         <p>To continue, please enable cookies in your web browser.</p></div>\n\
         <div id=\"ap_error_return_home\"><a href=\"{}\">Sign in again</a></div>",
        escape(restart)
    );
    page("Please Enable Cookies to Continue", &content)
}
