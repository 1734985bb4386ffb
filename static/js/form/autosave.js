/* Saves form[data-autosave] a few seconds after a change, when the page is put away, and before a file is chosen (the camera of a phone may kill the page).
   POST to the form's action: its fields with act=autosave, headers HX-Request: true and X-Autosave: 1.
   200 {"version": n, "saved": "18:05"}; 401 signed out; 409 changed elsewhere; anything else is tried again. */
import { notice } from '../page/notice.js';
import { dirty, fields, inLine, inLineNow, setVersion, snapshot, stored } from './forms.js';
import { closed } from './countdown.js';
import { answered, ended, resume, signedOut } from './session.js';

const PAUSE = 3000; // milliseconds after the last key
const AGAIN = 10000;
const PATIENCE = 20000;
const timers = new WeakMap();
const stopped = new WeakSet(); // nothing more is sent: signed out or changed elsewhere
const leaving = new WeakSet(); // its own submit is under way
const sending = new WeakMap(); // the text that is on its way: putting a page away says so twice
const KEEPALIVE = 60000; // browsers refuse more than 64 KB of a request that outlives its page
export const unsaved = new WeakSet(); // the last try failed

function say(form, text) {
  const place = form.querySelector('.saved');
  if (place && place.textContent !== text) place.textContent = text;
}

function later(form, wait) {
  window.clearTimeout(timers.get(form));
  timers.set(form, window.setTimeout(function () { save(form, false); }, wait));
}

function refused(form, status, told) {
  unsaved.add(form);
  if (status === 401) {
    stopped.add(form);
    signedOut(function () { stopped.delete(form); save(form, false); });
    say(form, '登录已过期，还没有保存');
  } else if (status === 409) {
    stopped.add(form);
    say(form, '没有保存');
    if (told.closed) closed(told.message);
    else notice('autosave', 'warn', told.message + '这一页新写的内容请先复制下来，再刷新查看。', [{ text: '刷新', run: function () { location.reload(); } }]);
  } else {
    say(form, '暂时没有保存上，会再试');
    later(form, AGAIN);
  }
}

function send(form, last) {
  if (!form.isConnected || stopped.has(form) || leaving.has(form) || !dirty(form)) return Promise.resolve();
  if (ended() && !last) { // the page's token is of no use, but the other window may have signed in
    refused(form, 401);
    resume(false);
    return Promise.resolve();
  }
  const text = snapshot(form);
  if (sending.get(form) === text) return Promise.resolve();
  sending.set(form, text);
  const body = fields(form);
  body.set('act', 'autosave');
  const stop = window.AbortController && !last ? new AbortController() : null;
  const timer = stop ? window.setTimeout(function () { stop.abort(); }, PATIENCE) : 0;
  return fetch(form.getAttribute('action') || location.href, {
    method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', keepalive: body.toString().length < KEEPALIVE, signal: stop ? stop.signal : undefined,
    headers: { 'HX-Request': 'true', 'X-Autosave': '1', Accept: 'application/json' },
  }).then(function (answer) {
    window.clearTimeout(timer);
    sending.delete(form);
    answered(answer.status, answer.headers.get('X-Session-Ends'));
    if (answer.type === 'opaqueredirect') return refused(form, 401);
    if (answer.status === 409) return answer.json().then(function (told) { refused(form, 409, told); });
    if (!answer.ok) return refused(form, answer.status);
    return answer.json().then(function (told) {
      stored(form, text);
      unsaved.delete(form);
      setVersion(form, told.version);
      say(form, '已自动保存 ' + told.saved);
      document.dispatchEvent(new CustomEvent('kaoji:saved', { detail: told }));
      if (dirty(form)) later(form, PAUSE);
    });
  }).catch(function () {
    window.clearTimeout(timer);
    sending.delete(form);
    refused(form, 0);
  });
}

function save(form, last) {
  window.clearTimeout(timers.get(form));
  // the page is going away: no time to wait in line
  return last && !inLineNow(form) ? send(form, true) : inLine(form, function () { return send(form, last); });
}

function flush() { document.querySelectorAll('form[data-autosave]').forEach(function (form) { if (dirty(form)) save(form, true); }); }

function changed(event) {
  const form = event.target.form;
  if (form && form.hasAttribute('data-autosave') && event.target.type !== 'file' && dirty(form)) later(form, PAUSE);
}

document.addEventListener('input', changed);
document.addEventListener('change', changed);
document.addEventListener('click', function (event) {
  if (event.target.type === 'file' && event.target.form && event.target.form.hasAttribute('data-autosave') && dirty(event.target.form)) save(event.target.form, false);
});
document.addEventListener('submit', function (event) {
  const form = event.target;
  if (!form.hasAttribute('data-autosave')) return;
  window.clearTimeout(timers.get(form));
  leaving.add(form);
});
document.addEventListener('htmx:afterRequest', function (event) {
  const form = event.detail.elt;
  if (!leaving.has(form)) return;
  leaving.delete(form);
  if (form.isConnected && dirty(form)) later(form, PAUSE); // the answer did not replace it
});
window.addEventListener('pageshow', function (event) {
  if (event.persisted) document.querySelectorAll('form[data-autosave]').forEach(function (form) { leaving.delete(form); });
});
document.addEventListener('kaoji:closing', flush);
document.addEventListener('visibilitychange', function () { if (document.visibilityState === 'hidden') flush(); });
window.addEventListener('pagehide', flush);
