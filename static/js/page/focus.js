/* Where the reader is after a change: on the error summary, else on the h1 of the new #main. htmx itself sets the title, the address and the
   scroll position. Links of an error summary go into the field. What htmx keeps in the tab's storage is taken out again. */
import { show } from './dialog.js';
import { announce } from './notice.js';
import { renewed, renewing } from './place.js';

let shown = document.getElementById('main');

function take(element) {
  if (!element.hasAttribute('tabindex')) element.setAttribute('tabindex', '-1');
  element.focus({ preventScroll: true });
}

function arrive(main) {
  const start = main.querySelector('.errors') || main.querySelector('h1') || main;
  take(start);
  const flash = main.querySelector('.flash');
  if (flash) announce(flash.textContent.trim());
}

document.addEventListener('htmx:afterSettle', function (event) {
  const main = document.getElementById('main');
  if (!main || main === shown) return;
  shown = main;
  const cause = renewing(event);
  const field = cause && renewed(cause);
  if (!field) arrive(main);
  else if (!main.contains(document.activeElement)) field.focus({ preventScroll: true }); // a choice that renewed the page: one goes on from where one was
});

// a form that came back with errors stays at the address it was read from, without a second entry in the history
document.addEventListener('htmx:beforeHistoryUpdate', function (event) {
  const update = event.detail.history;
  if (!update || update.type !== 'push') return;
  const here = location.pathname + location.search;
  const refused = event.detail.xhr && event.detail.xhr.status >= 400 && event.detail.requestConfig.verb !== 'get';
  if (!refused && update.path !== here) return;
  update.type = 'replace';
  update.path = here;
});

document.addEventListener('click', function (event) {
  const link = event.target.closest ? event.target.closest('.errors a[href^="#"]') : null;
  if (!link) return;
  const field = document.getElementById(decodeURIComponent(link.getAttribute('href').slice(1)));
  if (!field) return;
  event.preventDefault();
  const details = field.closest('details');
  if (details) details.open = true;
  const section = field.closest('dialog > section');
  if (section) show(section);
  field.focus({ preventScroll: true });
  (field.closest('.field') || field).scrollIntoView();
});

// htmx notes the address of the page in the tab's storage, for a cache of pages that is off here; on a shared computer nothing is to stay
function forget() {
  try { sessionStorage.removeItem('htmx-current-path-for-history'); } catch { /* the browser allows no storage: nothing is kept */ }
}
['htmx:pushedIntoHistory', 'htmx:replacedInHistory', 'htmx:historyRestore'].forEach(function (name) { document.addEventListener(name, forget); });
window.addEventListener('pagehide', forget);
forget();

document.addEventListener('DOMContentLoaded', function () {
  const errors = document.querySelector('#main .errors');
  if (errors) take(errors);
});
