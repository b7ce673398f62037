//! One page as a tree, and what it is.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::form::is_hidden;
use super::{Approval, Captcha, Choice, Choices, Form, Page, Standing};

/// Marks of a passkey page. Ordinary pages may carry such inputs too, so a form that can be filled
/// comes first.
const PASSKEY: &str = "#passkey-error-alert, #passkey-client-error-message, \
    #passkey-server-error-message, form[name^=webAuthn], input[name^=webAuthn]";
/// Marks of the pages on which Amazon waits for an approval.
const APPROVAL: &str = "#pollingForm, #resend-approval-form, span.transaction-approval-word-break";
/// Inputs that a person types into.
const TYPED: &str = "input:not([type]), input[type=''], input[type=text], input[type=tel], \
    input[type=number], input[type=password]";
/// Marks of the first page of a new account.
const REGISTRATION: &str = "#ap_register_form, form[name=register], input[name=customerName], \
    #intent-confirmation-form";
/// Marks of checks that only scripts pass: in a form, or as a page of its own in front of any other.
const BROWSER_CHECK: &str = "#cvf-aamation-challenge-form, #challenge-container";
/// The script of such a check; a page with a form can be filled in all the same.
const CHECK_SCRIPT: &str = "script[src*='.awswaf.com/']";

pub(super) struct Document<'a> {
    html: Html,
    url: &'a Url,
}

impl<'a> Document<'a> {
    pub(super) fn parse(html: &str, url: &'a Url) -> Self {
        Self { html: Html::parse_document(html), url }
    }

    /// The order matters: special pages contain ordinary forms too.
    pub(super) fn classify(&self) -> Page {
        self.check()
            .or_else(|| self.second_factor())
            .or_else(|| self.approval())
            .or_else(|| self.verification())
            .or_else(|| {
                self.has("form[name=forgotPassword], input[name=OTPChallengeOptions]")
                    .then_some(Page::Locked)
            })
            .or_else(|| self.registration())
            .or_else(|| self.sign_in_form())
            .or_else(|| self.has(PASSKEY).then_some(Page::Passkey))
            .or_else(|| self.has("#ap_error_return_home").then_some(Page::Failed))
            .unwrap_or(Page::Unknown)
    }

    /// A check for robots: by script, or by a picture on either kind of form.
    fn check(&self) -> Option<Page> {
        if self.has(BROWSER_CHECK) || (self.has(CHECK_SCRIPT) && !self.has("form")) {
            return Some(Page::BrowserCheck);
        }
        let picture = self.first("#auth-captcha-image, img[alt~=CAPTCHA], img[alt=captcha]")?;
        let picture = picture.value().attr("src").and_then(|src| self.url.join(src).ok());
        let verify = self.form_with("input[name=cvf_captcha_input]");
        let (form, field) = match verify {
            Some(form) => (form, "cvf_captcha_input"),
            None => (self.form_with("input[name=guess]").unwrap_or_default(), "guess"),
        };
        Some(Page::Captcha(Captcha { form, field, picture }))
    }

    fn second_factor(&self) -> Option<Page> {
        if let Some(form) = self.form_with("#auth-mfa-otpcode") {
            return Some(Page::OneTimeCode(form));
        }
        if let Some(choices) = self.choices("#auth-select-device-form", "otpDeviceContext") {
            return Some(Page::DeviceChoice(choices));
        }
        self.choices("form[name=claimspicker]", "option").map(Page::ClaimsPicker)
    }

    /// The form for a code that stands for the approval. A script copies what is typed into a hidden
    /// input (*observed*).
    fn approval_by_code(&self) -> Option<Form> {
        let mut form = self.form_with("#verification-code-form")?;
        let field = ["otpCode", "code"].into_iter().find(|field| form.knows(field))?;
        form.hidden.retain(|(name, _)| name != field);
        form.fields.insert(field.to_owned());
        Some(form)
    }

    fn approval(&self) -> Option<Page> {
        let waits = self.has(APPROVAL);
        let state = self.first("#transactionApprovalStatus");
        if state.is_some() || self.has("#updatedChannelDetails") {
            let state = state.and_then(|state| state.value().attr("value")).unwrap_or_default();
            // The page that waits may hold the place for the state already.
            if !waits || Standing::of(state) != Standing::Open {
                return Some(Page::ApprovalState(state.to_owned()));
            }
        }
        if !waits {
            return None;
        }
        let parts = ["span.transaction-approval-word-break", "#channelDetails"];
        let text: Vec<_> = parts
            .iter()
            .filter_map(|part| self.first(part).map(|element| words(&element)))
            .filter(|text| !text.is_empty())
            .collect();
        Some(Page::Approval(Approval {
            form: self.form_with("#pollingForm"),
            text: text.join(" "),
            takes_text: self.has(TYPED),
            by_code: self.approval_by_code(),
        }))
    }

    /// Codes by mail or message; a page without a field for one offers to send it.
    fn verification(&self) -> Option<Page> {
        let form = self.form_with("form[action=verify], form[action$='/ap/cvf/verify']")?;
        if form.has("code") {
            return Some(Page::VerificationCode(form));
        }
        let sends = !form.hidden.is_empty() && self.has("#cvf-page-content");
        sends.then_some(Page::SendCode(form))
    }

    fn registration(&self) -> Option<Page> {
        self.first(REGISTRATION)?;
        let link = self.first("a[href*='/ap/signin']").and_then(|link| link.value().attr("href"));
        Some(Page::CreateAccount(link.and_then(|href| self.url.join(href).ok())))
    }

    /// The form that takes an e-mail address or a password; a page can hold others of that name.
    fn sign_in_form(&self) -> Option<Page> {
        let first =
            |forms: &str, takes: fn(&Form) -> bool| self.forms(forms).into_iter().find(takes);
        let form = first("form[name=signIn]", |form| form.has("email") || form.has("password"))
            .or_else(|| first("form", |form| form.has("password")))
            .or_else(|| first("form", |form| form.has("email")))?;
        match (form.has("email"), form.has("password")) {
            (true, true) => Some(Page::Combined(form)),
            (true, false) => Some(Page::Email(form)),
            (false, _) => Some(Page::Password(form)),
        }
    }

    fn choices(&self, selector: &str, field: &'static str) -> Option<Choices> {
        let element = self.first(selector)?;
        let radios = Selector::parse(&format!("input[name={field}]")).ok()?;
        let mut authenticator = None;
        let options = element.select(&radios).filter_map(|input| {
            let value = input.value().attr("value").filter(|value| !value.is_empty())?.to_owned();
            let label = parents(input).find(|parent| parent.value().name() == "label");
            let label = label.map(|label| words(&label)).filter(|text| !text.is_empty());
            // The wrapper names the kind of device; values are opaque.
            let is_app = parents(input)
                .any(|parent| parent.value().classes().any(|class| class == "auth-TOTP"));
            if is_app && authenticator.is_none() {
                authenticator = Some(value.clone());
            }
            Some(Choice { label: label.unwrap_or_else(|| value.clone()), value })
        });
        let options: Vec<_> = options.collect();
        Some(Choices { form: Form::of(element, self.url), field, options, authenticator })
    }

    pub(super) fn notice(&self) -> Option<String> {
        let message = |id: &str| {
            // Boxes for what a script may find wrong stand on every page, out of sight.
            let element = self.shown(id)?;
            let all = words(&element);
            // The heading says that there is a problem; what follows says which.
            let heading = Selector::parse("h4")
                .ok()
                .and_then(|heading| element.select(&heading).next())
                .map(|heading| words(&heading))
                .unwrap_or_default();
            let rest = all.strip_prefix(&heading).unwrap_or(&all).trim();
            let text = if rest.is_empty() { heading } else { rest.to_owned() };
            (!text.is_empty()).then_some(text)
        };
        message("#auth-error-message-box")
            .or_else(|| message("#auth-warning-message-box"))
            .or_else(|| message("#ap_error_page_message"))
    }

    pub(super) fn title(&self) -> String {
        self.first("title")
            .map(|title| words(&title).chars().take(80).collect())
            .unwrap_or_default()
    }

    pub(super) fn form_names(&self) -> Vec<String> {
        let Ok(selector) = Selector::parse("form") else {
            return Vec::new();
        };
        let name = |form: ElementRef<'_>| {
            let value = form.value();
            value.attr("name").or(value.attr("id")).unwrap_or("unnamed").chars().take(40).collect()
        };
        self.html.select(&selector).take(5).map(name).collect()
    }

    /// The form that is, or encloses, the first match.
    fn form_with(&self, selector: &str) -> Option<Form> {
        let found = self.first(selector)?;
        let form = std::iter::once(found)
            .chain(parents(found))
            .find(|element| element.value().name() == "form")?;
        Some(Form::of(form, self.url))
    }

    fn forms(&self, selector: &str) -> Vec<Form> {
        let Ok(selector) = Selector::parse(selector) else {
            return Vec::new();
        };
        self.html.select(&selector).map(|form| Form::of(form, self.url)).collect()
    }

    /// The first match that is not kept from sight.
    fn shown(&self, selector: &str) -> Option<ElementRef<'_>> {
        let selector = Selector::parse(selector).ok()?;
        let is_shown = |element: &ElementRef<'_>| {
            !std::iter::once(*element).chain(parents(*element)).any(is_hidden)
        };
        self.html.select(&selector).find(is_shown)
    }

    fn has(&self, selector: &str) -> bool {
        self.first(selector).is_some()
    }

    fn first(&self, selector: &str) -> Option<ElementRef<'_>> {
        let selector = Selector::parse(selector).ok()?;
        self.html.select(&selector).next()
    }
}

fn parents(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    element.ancestors().filter_map(ElementRef::wrap)
}

fn words(element: &ElementRef<'_>) -> String {
    let text: String = element.text().flat_map(|part| [part, " "]).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
