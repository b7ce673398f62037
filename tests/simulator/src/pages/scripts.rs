//! Scripts of pages, for real browsers: what only a browser, or only one on Amazon's own origin,
//! can do. Our own; Amazon's are not known.

/// Polls an approval like the form would, and goes to the return address when it is decided.
pub(super) const APPROVAL: &str = "\
(function poll() {
  var form = document.getElementById('pollingForm');
  fetch(form.action + '?' + new URLSearchParams(new FormData(form)))
    .then(function (answer) { return answer.text(); })
    .then(function (text) {
      var page = new DOMParser().parseFromString(text, 'text/html');
      var status = page.getElementById('transactionApprovalStatus');
      if (status && status.value !== 'TransactionPending') {
        location.href = form.elements['openid.return_to'].value;
      } else {
        setTimeout(poll, 500);
      }
    });
})();";

/// Gives a passkey's answer on Amazon's origin and an error elsewhere.
pub(super) const PASSKEY: &str = "\
document.getElementById('passkey-button').onclick = function () {
  if (!/(^|\\.)amazon\\.[a-z.]+$/.test(location.hostname)) {
    document.getElementById('passkey-client-error-message').className = '';
    return;
  }
  var field = document.createElement('input');
  field.type = 'hidden';
  field.name = 'webauthn_assertion';
  field.value = 'canary-assertion';
  var form = document.getElementsByName('signIn')[0];
  form.appendChild(field);
  form.submit();
};";

/// Solves the script captcha on Amazon's origin only.
pub(super) const WAF: &str = "\
document.getElementById('aamation-button').onclick = function () {
  if (/(^|\\.)amazon\\.[a-z.]+$/.test(location.hostname)) {
    var form = document.getElementById('cvf-aamation-challenge-form');
    form.elements['cvf_aamation_response_token'].value = 'canary-solved';
    form.submit();
  }
};";
