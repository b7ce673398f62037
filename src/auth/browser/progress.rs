//! The page while a sign-in goes on, and after it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::state::State;
use crate::auth::question::{Picture, Question, QuestionKind};

pub(super) fn working(state: &State, now: u64) -> Markup {
    let until = state.stage.until();
    html! {
        h1 { "Signing in" }
        div.bar role="progressbar" aria-label="Signing in" { span {} }
        p.lead role="status" { (state.stage.get()) "\u{2026}" }
        @if let Some(until) = until {
            p.countdown { (countdown(until.saturating_sub(now))) " left" }
        } @else {
            p.fine { "This usually takes a few seconds." }
        }
        (warning(state))
        (start_over("Cancel"))
    }
}

pub(super) fn question(question: &Question, state: &State) -> Markup {
    html! {
        h1 { "One more step" }
        p.lead { (question.prompt) }
        (warning(state))
        form method="post" action="" {
            @match question.kind {
                QuestionKind::Choice => {
                    fieldset {
                        legend.unseen { "Choice" }
                        @for (number, choice) in question.choices.iter().enumerate() {
                            label.option {
                                input type="radio" name="answer" value=(choice.value) required checked[number == 0];
                                span { (choice.label) }
                            }
                        }
                    }
                }
                QuestionKind::Captcha => {
                    @if let Some(image) = &question.image {
                        img.captcha src=(data_address(image)) alt="Picture with letters and digits to type";
                    }
                    label for="answer" { "Letters and digits" }
                    input #answer name="answer" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" required autofocus;
                }
                QuestionKind::Code => {
                    label for="answer" { "Code" }
                    input #answer name="answer" type="text" inputmode="numeric" autocomplete="one-time-code" autofocus;
                }
            }
            button type="submit" { "Continue" }
        }
        (start_over("Cancel"))
    }
}

pub(super) fn window_open() -> Markup {
    html! {
        h1 { "The guided window is open" }
        p.lead { "Finish there. If you closed it or went back, open it once more from the start." }
        form method="post" action="" {
            input type="hidden" name="way" value="window";
            button type="submit" { "Open it once more" }
        }
        (start_over("Choose another way"))
    }
}

pub(super) fn done(name: Option<&str>, site: &str, state: &State) -> Markup {
    html! {
        div.tick aria-hidden="true" { "\u{2713}" }
        h1 { @if let Some(name) = name { "Signed in as " (name) } @else { "Signed in" } }
        p.lead { "The account lives at " (site) ". You can close this window and go on in the settings." }
        (warning(state))
    }
}

fn warning(state: &State) -> Markup {
    html! { @if let Some(text) = &state.warning { p.warning role="note" { (text) } } }
}

fn start_over(label: &str) -> Markup {
    html! {
        form method="post" action="" {
            input type="hidden" name="again" value="1";
            button.plain type="submit" { (label) }
        }
    }
}

/// Seconds as minutes and seconds.
fn countdown(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn data_address(image: &Picture) -> String {
    format!("data:{};base64,{}", image.media_type, STANDARD.encode(&image.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_down_in_minutes() {
        assert_eq!([0, 59, 300].map(countdown), ["0:00", "0:59", "5:00"]);
    }
}
