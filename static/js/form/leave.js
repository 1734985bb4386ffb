/* A link on a page where something is typed waits until it is sent (a moment at most), so that the next page is made with it. Asks before something that is
   not kept is left behind: form[data-autosave] if saving failed. Other pages say for themselves what they would lose (watch). */
import { before } from '../page/sign-out.js';
import { flush, lost, unsavedHere } from './autosave.js';

const MOMENT = 3000; // milliseconds
const PATIENCE = 20000;
const ASKS = '这一页还有没有保存的内容，确定离开吗？';
const losses = [];
let sent = null;
let quiet = false;

/* wouldLose(form that is being sent, or null): true when something is lost by leaving now. */
export function watch(wouldLose) { losses.push(wouldLose); }

/* What follows was asked about already. */
export function leaveQuietly() { quiet = true; }

function atRisk() { return !quiet && losses.some(function (wouldLose) { return wouldLose(sent); }); }

watch(function (leaving) {
  return Array.from(document.querySelectorAll('form[data-autosave]')).some(function (form) { return form !== leaving && lost(form); });
});

/* Whether it opens another page of the site in this window, without htmx. */
function leads(link, event) {
  const here = link.pathname === location.pathname && link.search === location.search;
  const plain = !event.defaultPrevented && !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  return plain && link.origin === location.origin && !link.target && !link.hasAttribute('hx-get') && !(here && link.hash);
}
function wait(milliseconds) { return new Promise(function (done) { window.setTimeout(done, milliseconds); }); }
document.addEventListener('click', function (event) {
  const link = event.target.closest ? event.target.closest('a[href]') : null;
  const saving = link && leads(link, event) ? flush() : null;
  if (!saving) return;
  event.preventDefault();
  Promise.race([saving, wait(MOMENT)]).then(function () { location.href = link.href; });
});

document.addEventListener('submit', function (event) { sent = event.target; });
document.addEventListener('htmx:afterRequest', function () { sent = null; });
window.addEventListener('pageshow', function () {
  sent = null;
  quiet = false;
});
window.addEventListener('beforeunload', function (event) {
  if (!atRisk()) return;
  event.preventDefault();
  event.returnValue = '';
});
document.addEventListener('htmx:confirm', function (event) {
  const form = event.detail.elt.tagName === 'FORM' ? event.detail.elt : event.detail.elt.form; // a field that renews its own form takes what is typed along
  if (form || !atRisk()) return;
  event.preventDefault();
  if (window.confirm(ASKS)) event.detail.issueRequest(true);
});

/* 安全退出 takes along what was typed, and asks where it cannot. */
before(function () {
  return Promise.race([flush() || Promise.resolve([]), wait(PATIENCE)]).then(function (statuses) {
    if (!statuses || statuses.some(function (status) { return !status; })) return 'line';
    if (statuses.some(function (status) { return status === 429 || status >= 500; })) return 'busy';
    return atRisk() && !window.confirm(ASKS) ? 'stay' : 'go';
  });
});
document.addEventListener('kaoji:signed-out', function (event) {
  if (event.detail && (atRisk() || unsavedHere())) event.preventDefault();
  else quiet = true;
});
