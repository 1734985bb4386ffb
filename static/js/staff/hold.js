/* The hold on a file: renewed while something happens, given back on leaving. And the next file's pictures, fetched once this one's are there. Without
   script each act renews the hold, and it ends by itself. */
import { answered, signedOut } from '../form/session.js';

const form = document.querySelector('[data-review]');
const MINUTE = 60000;
let used = false, sent = false;

function words(act) {
  const body = new FormData();
  body.append('csrf_token', form.querySelector('[name=csrf_token]').value);
  body.append('act', act);
  if (act === 'release') body.append('until', form.dataset.mine); // this page's hold, not one that was taken since
  return body;
}

function hold() {
  fetch(form.dataset.desk, { method: 'POST', body: words('hold'), credentials: 'same-origin', redirect: 'manual', headers: { 'HX-Request': 'true' } })
    .then(function (answer) {
      answered(answer.status, answer.headers.get('X-Session-Ends'));
      if (answer.status === 401) signedOut();
      return answer.ok ? answer.json() : null;
    })
    .then(function (now) {
      const tag = document.querySelector('[data-holder]');
      if (!now || !tag) return;
      tag.textContent = now.mine ? '你正在审核，保留到 ' + now.until : now.who ? now.who + '已接手，请刷新' : '这一件已有决定，请刷新';
      if (now.mine) form.dataset.mine = now.ends;
    }).catch(function () { /* the next act renews it */ });
}

function keep() {
  ['keydown', 'pointerdown', 'wheel'].forEach(function (name) {
    document.addEventListener(name, function () { used = true; }, { capture: true, passive: true });
  });
  window.setInterval(function () {
    if (used) hold();
    used = false;
  }, MINUTE);
  document.addEventListener('submit', function (event) { // about this file: its page or the decision says what becomes of the hold
    sent = event.target === form || event.target.getAttribute('action') === form.dataset.desk;
  });
  window.addEventListener('pagehide', function () {
    if (!sent && navigator.sendBeacon) navigator.sendBeacon(form.dataset.desk, words('release'));
  });
  window.addEventListener('pageshow', function (event) {
    sent = false;
    if (event.persisted) hold();
  });
}

function fetchNext() {
  fetch(form.dataset.coming, { credentials: 'same-origin' })
    .then(function (answer) { return answer.ok ? answer.json() : []; })
    .then(function (urls) { urls.forEach(function (url) { new Image().src = url; }); })
    .catch(function () { /* they come when the file is opened */ });
}

if (form && 'mine' in form.dataset) keep();
if (form && form.dataset.coming) window.addEventListener('load', fetchNext);
