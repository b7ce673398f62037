//! What a person is asked during a sign-in.

use super::pages::Choice;

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of answer is wanted.
    pub kind: QuestionKind,
    /// The question, for a person.
    pub prompt: String,
    /// What there is to choose from; the answer is a value, or a number counted from 1.
    pub choices: Vec<Choice>,
    /// The picture that the question is about.
    pub image: Option<Picture>,
}

/// The kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// A one-time code.
    Code,
    /// The letters of a picture.
    Captcha,
    /// One of the choices.
    Choice,
}

/// A picture as Amazon sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// For example `image/jpeg`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

impl QuestionKind {
    /// Name for bindings and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Captcha => "captcha",
            Self::Choice => "choice",
        }
    }
}

impl Question {
    pub(super) fn code(prompt: impl Into<String>) -> Self {
        Self::new(QuestionKind::Code, prompt)
    }

    pub(super) fn captcha(prompt: impl Into<String>) -> Self {
        Self::new(QuestionKind::Captcha, prompt)
    }

    pub(super) fn choice(prompt: impl Into<String>, choices: &[Choice]) -> Self {
        Self { choices: choices.to_vec(), ..Self::new(QuestionKind::Choice, prompt) }
    }

    fn new(kind: QuestionKind, prompt: impl Into<String>) -> Self {
        Self { kind, prompt: prompt.into(), choices: Vec::new(), image: None }
    }
}

/// The value that an answer chooses: the value itself, or a number counted from 1.
pub(super) fn chosen<'a>(choices: &'a [Choice], answer: &str) -> Option<&'a str> {
    let answer = answer.trim();
    let by_value = choices.iter().find(|choice| choice.value == answer);
    let by_number = || answer.parse::<usize>().ok()?.checked_sub(1).and_then(|i| choices.get(i));
    by_value.or_else(by_number).map(|choice| choice.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_taken_by_value_or_number() {
        let choices = ["email", "sms"]
            .map(|value| Choice { value: value.to_owned(), label: value.to_uppercase() });
        assert_eq!(chosen(&choices, " sms "), Some("sms"));
        assert_eq!(chosen(&choices, "1"), Some("email"));
        for nonsense in ["", "0", "3", "mail", "-1"] {
            assert_eq!(chosen(&choices, nonsense), None, "{nonsense}");
        }
    }
}
