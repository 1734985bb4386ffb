/* What the scripts of a form share: what it holds now, whether the server has it, and the order of what this page sends.
   Every exchange that writes carries X-Sending: <this page>.<number>. The server lets no earlier one of a page undo a later one (app/rules/sending.py), so they
   need not wait for each other: htmx replaces a choice or a step that is under way by the next (hx-sync), saves and pictures go beside it. Only a
   button waits for pictures, since the next page asks for them. */
import { pressed } from '../page/busy.js';
import { clear, notice } from '../page/notice.js';

const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), function (byte) { return ('0' + byte.toString(16)).slice(-2); }).join('');
const known = new WeakMap(); // form -> what the server has, as text
const going = new WeakMap(); // form -> the button whose request is under way
const waiting = new Map(); // action of a form -> {pictures: how many are under way, button: that was pressed meanwhile, wrong: what to call when it stays}
let number = 0;

/* The value of X-Sending for the next exchange. */
export function nextSending() {
  number += 1;
  return page + '.' + number;
}

/* Names and values, without files. */
export function fields(form) {
  const body = new URLSearchParams();
  new FormData(form).forEach(function (value, name) { if (typeof value === 'string') body.append(name, value); });
  return body;
}

/* What a person fills in under this name. */
export function controls(form, name) { return Array.prototype.filter.call(form.elements, function (c) { return c.name === name && !/^(hidden|file|submit|button)$/.test(c.type); }); }

export function snapshot(form) {
  const body = fields(form);
  body.delete('csrf_token');
  body.delete('version');
  return body.toString();
}

export function dirty(form) { return known.has(form) && known.get(form) !== snapshot(form); }
export function stored(form, text) { known.set(form, text); }
/* What the server has, as snapshot() gives it. */
export function held(form) { return known.get(form) || ''; }

/* Saves overtake each other: the form keeps the latest version that it was told. */
export function setVersion(form, version) {
  const input = form.querySelector('input[name=version]');
  if (input && Number(version) > versionOf(form)) input.value = version;
}
export function versionOf(form) { return Number((form.querySelector('input[name=version]') || { value: 0 }).value); }

/* The form that took the place of one that is gone. */
export function sameForm(form) {
  return Array.prototype.find.call(document.forms, function (other) { return other.getAttribute('action') === form.getAttribute('action') && other.method === form.method; });
}

function present(button, form) {
  if (button.isConnected) return button;
  const other = sameForm(form);
  return other && Array.prototype.find.call(other.elements, function (control) {
    return control.type === 'submit' && control.name === button.name && control.value === button.value && control.tabIndex === button.tabIndex;
  });
}

/* Buttons of this form wait until the promise is settled. One that was pressed meanwhile goes on when each promise gave true; else the page stays and
   show() of one that did not leads to what is wrong. */
export function busyWith(form, promise, show) {
  const action = form.getAttribute('action');
  const state = waiting.get(action) || { pictures: 0, button: null, wrong: null };
  waiting.set(action, state);
  state.pictures += 1;
  promise.catch(function () {}).then(function (good) {
    state.pictures -= 1;
    if (!good) state.wrong = show;
    if (state.pictures) return;
    waiting.delete(action);
    if (!state.button) return;
    clear('waiting');
    const button = !state.wrong && present(state.button, form);
    if (button) button.click();
    else if (state.wrong) state.wrong();
  });
}

document.addEventListener('submit', function (event) {
  const form = event.target;
  const button = event.submitter || pressed(form) || form.querySelector('button[type=submit]');
  const state = waiting.get(form.getAttribute('action'));
  const again = button && going.get(form) === button; // a second click is the same act
  if (!state && !again) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!state || !button) return;
  state.button = button;
  notice('waiting', '', '照片正在上传，传完就继续。');
}, true);

document.addEventListener('htmx:configRequest', function (event) { if (event.detail.verb !== 'get') event.detail.headers['X-Sending'] = nextSending(); });
document.addEventListener('htmx:beforeRequest', function (event) {
  const form = event.detail.elt;
  if (form.tagName === 'FORM') going.set(form, pressed(form));
});
document.addEventListener('htmx:afterRequest', function (event) { going.delete(event.detail.requestConfig.elt); });

function learn() {
  document.querySelectorAll('form[data-autosave]').forEach(function (form) {
    if (!known.has(form)) known.set(form, snapshot(form));
  });
}
document.addEventListener('DOMContentLoaded', learn);
document.addEventListener('htmx:afterSettle', learn);
