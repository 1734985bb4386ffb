/* Saves form[data-autosave] a few seconds after a change, when the page is put away or the time ends, and before a file is chosen (the camera of a phone may
   kill the page). POST to the form's action: its fields with act=autosave, headers HX-Request: true, X-Autosave: 1 and X-Sending (forms.js).
   200 {"version": n, "saved": "18:05"}; 400 an old token, which is fetched anew; 401 signed out; 409 {"message", "closed", "both"}; 403, 404, 413 not taken;
   anything else is tried again, at once when the device is online again. Events for kept.js: kaoji:saved, kaoji:unsaved. */
import { keeps } from '../page/kept.js';
import { clear, lineGone, notice } from '../page/notice.js';
import { closed } from './closing.js';
import { dirty, fields, nextSending, setVersion, snapshot, stored } from './forms.js';
import { answered, ended, resume, signedOut } from './session.js';

const PAUSE = 3000; // milliseconds after the last key
const AGAIN = 10000;
const PATIENCE = 20000;
const timers = new WeakMap();
const stopped = new WeakSet(); // nothing more is sent: signed out, closed or changed elsewhere
const leaving = new WeakSet(); // its own submit is under way
const sending = new WeakMap(); // {text, done: promise} that is on its way
const renewedToken = new WeakSet(); // asked for once
const KEEPALIVE = 60000; // browsers refuse more than 64 KB of a request that outlives its page
const unsaved = new WeakSet(); // the last try failed
const parted = new WeakSet(); // what is stored is not what this page was made from

function say(form, text) {
  const place = form.querySelector('.saved');
  if (place && place.textContent !== text) place.textContent = text;
}

function later(form, wait) {
  window.clearTimeout(timers.get(form));
  timers.set(form, window.setTimeout(function () { save(form); }, wait));
}

function goOn(form) {
  stopped.delete(form);
  save(form);
}

/* A bar that stays until it is saved, where none speaks of the line already. */
function notSaved(form) {
  say(form, '没有保存');
  if (lineGone()) return;
  const where = keeps() ? '写的内容先留在这台设备上，连上以后自动保存。' : '写的内容还在这一页，请不要关闭；连上以后自动保存。';
  notice('unsaved', 'warn', (navigator.onLine === false ? '网络已断开，' : '') + '暂时没有保存上。' + where, [{ text: '现在再试', run: function () { save(form); } }]);
}

/* Sends the form: the page that answers has both texts and the choice, or what was typed here. */
function show(form) {
  const button = form.querySelector('[data-show]') || document.createElement('button');
  button.type = 'submit';
  button.name = 'act';
  button.value = 'choose';
  button.className = 'visually-hidden';
  button.tabIndex = -1;
  button.setAttribute('data-show', '');
  form.appendChild(button);
  button.click();
}

function changedElsewhere(form, told) {
  parted.add(form);
  const what = told.both ? '两处的内容都在，请选择用哪一个。' : '这一页写的内容都在，可以先复制下来。';
  notice('autosave', 'warn', told.message + what, [{ text: told.both ? '去选择' : '去复制', run: function () { show(form); } }]);
}

function refused(form, status, told) {
  unsaved.add(form);
  if (status === 400 && !renewedToken.has(form)) {
    renewedToken.add(form);
    resume(false, function (done) { if (done) save(form); else refused(form, 401); });
  } else if (status === 401) {
    clear('unsaved');
    stopped.add(form);
    signedOut(function () { goOn(form); });
    say(form, '登录已过期，还没有保存');
  } else if (status === 409) {
    clear('unsaved');
    stopped.add(form);
    say(form, '没有保存');
    if (told.closed) closed(told.message);
    else changedElsewhere(form, told);
  } else if (status === 403 || status === 404 || status === 413) {
    stopped.add(form);
    say(form, '没有保存');
    notice('unsaved', 'bad', status === 413 ? '内容太长，没有保存。请删减后再试。' : '没有保存：这一页现在不能填写。写的内容请先复制下来，再回到首页查看。', []);
  } else {
    notSaved(form);
    later(form, AGAIN);
  }
  form.dispatchEvent(new CustomEvent('kaoji:unsaved', { bubbles: true }));
}

function send(form, last) {
  const text = snapshot(form);
  const before = sending.get(form);
  if (before && (before.text === text || !last)) return before.done; // what is changed meanwhile goes after it
  const now = { text: text, done: null };
  sending.set(form, now);
  now.done = post(form, last).then(function (result) {
    if (sending.get(form) === now) sending.delete(form);
    if (form.isConnected && result[0] === 200) saved(form, text, result[1]);
    else if (form.isConnected) refused(form, result[0], result[1]);
    return result[0];
  });
  return now.done;
}

/* Gives status and answer; 0 without one. */
function post(form, last) {
  const body = fields(form);
  body.set('act', 'autosave');
  const stop = window.AbortController && !last ? new AbortController() : null;
  const timer = stop ? window.setTimeout(function () { stop.abort(); }, PATIENCE) : 0;
  return fetch(form.getAttribute('action') || location.href, {
    method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', keepalive: !tooLong(body), signal: stop ? stop.signal : undefined,
    headers: { 'HX-Request': 'true', 'X-Autosave': '1', 'X-Sending': nextSending(), Accept: 'application/json' },
  }).then(function (answer) {
    answered(answer.status, answer.headers.get('X-Session-Ends'));
    const read = answer.type === 'opaqueredirect' ? 401 : answer.status;
    return read === 200 || read === 409 ? answer.json().then(function (told) { return [read, told]; }) : [read, null];
  }).catch(function () { return [0, null]; }).then(function (result) {
    window.clearTimeout(timer);
    return result;
  });
}

function saved(form, text, told) {
  stored(form, text);
  unsaved.delete(form);
  renewedToken.delete(form);
  clear('unsaved');
  setVersion(form, told.version);
  say(form, '已自动保存 ' + told.saved);
  form.dispatchEvent(new CustomEvent('kaoji:saved', { bubbles: true, detail: told }));
  if (dirty(form)) later(form, PAUSE);
}

/* Gives a promise of the status while something is on its way. */
function save(form, last) {
  window.clearTimeout(timers.get(form));
  if (!form.isConnected || stopped.has(form) || (leaving.has(form) && !last) || !dirty(form)) return null;
  if (!ended() || last) return send(form, last);
  refused(form, 401); // the page's token is of no use, but the other window may have signed in
  resume(false);
  return null;
}

function tooLong(body) { return body.toString().length >= KEEPALIVE; }

/* Whether anything typed here is not saved yet. */
export function unsavedHere() { return forms().some(dirty); }

/* Whether leaving now loses what is typed: saving failed, or it is more than a browser sends on the way out. */
export function lost(form) { return dirty(form) && (unsaved.has(form) || tooLong(fields(form))); }

function forms() { return Array.from(document.querySelectorAll('form[data-autosave]')); }
/* Sends at once what is typed; gives a promise of the statuses, 0 without an answer, or null where there is nothing to send. */
export function flush() {
  const all = forms().map(function (form) { return save(form, true); }).filter(Boolean);
  return all.length ? Promise.all(all) : null;
}
function retry() { forms().forEach(function (form) { if (unsaved.has(form)) save(form); }); }

function changed(event) {
  const form = event.target.form;
  if (!form || !form.hasAttribute('data-autosave') || event.target.type === 'file') return;
  if (dirty(form)) {
    later(form, PAUSE);
    if (navigator.onLine === false) refused(form, 0);
  } else if (unsaved.delete(form)) { // taken back: nothing is left to save
    clear('unsaved');
    say(form, '');
    form.dispatchEvent(new CustomEvent('kaoji:saved', { bubbles: true, detail: {} }));
  }
}

document.addEventListener('input', changed);
document.addEventListener('change', changed);
document.addEventListener('click', function (event) {
  if (event.target.type === 'file' && event.target.form && event.target.form.hasAttribute('data-autosave')) save(event.target.form);
});
document.addEventListener('submit', function (event) {
  const form = event.target;
  if (!form.hasAttribute('data-autosave')) return;
  window.clearTimeout(timers.get(form));
  leaving.add(form);
});
document.addEventListener('htmx:afterRequest', function (event) {
  const form = event.detail.requestConfig.elt;
  if (!leaving.has(form)) return;
  leaving.delete(form);
  if (form.isConnected && dirty(form)) later(form, PAUSE); // the answer did not replace it
});
/* What is said of a form goes with it. */
document.addEventListener('htmx:afterSettle', function () {
  [['unsaved', unsaved], ['autosave', parted]].forEach(function (bar) {
    if (!forms().some(function (form) { return bar[1].has(form); })) clear(bar[0]);
  });
});
window.addEventListener('pageshow', function (event) {
  if (event.persisted) forms().forEach(function (form) { leaving.delete(form); });
});
document.addEventListener('kaoji:closing', flush);
document.addEventListener('kaoji:signed-out', function (event) { if (!event.detail) forms().forEach(function (form) { stopped.add(form); }); });
document.addEventListener('kaoji:longer', function () { forms().forEach(goOn); });
document.addEventListener('visibilitychange', function () { if (document.visibilityState === 'hidden') flush(); });
window.addEventListener('beforeunload', flush); // before the next page is asked for
window.addEventListener('pagehide', flush);
window.addEventListener('online', retry);
