/* Asks before something that is not kept is left behind. form[data-leave]: any change counts. form[data-autosave]: only if saving failed, since
   otherwise the last change is sent on the way out. Other pages say for themselves what they would lose (watch). */
import { unsaved } from './autosave.js';
import { dirty } from './forms.js';

const losses = [];
let sent = null;
let quiet = false;

/* wouldLose(form that is being sent, or null): true when something is lost by leaving now. */
export function watch(wouldLose) { losses.push(wouldLose); }

/* What follows was asked about already. */
export function leaveQuietly() { quiet = true; }

function atRisk() { return !quiet && losses.some(function (wouldLose) { return wouldLose(sent); }); }

watch(function (leaving) {
  return Array.from(document.querySelectorAll('form[data-leave], form[data-autosave]')).some(function (form) {
    return form !== leaving && dirty(form) && (form.hasAttribute('data-leave') || unsaved.has(form));
  });
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
  if (window.confirm('这一页还有没有保存的内容，确定离开吗？')) event.detail.issueRequest(true);
});
