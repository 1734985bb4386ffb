/* The session's real end, in every tab: of each answer, and of the other tabs' answers by a channel between them, which stores nothing.
   Two minutes before the session ends: says so, with 继续使用 (POST /session/extend). After it ended: what was typed stays on the page; sign in in another
   window and go on here. The end comes from <meta name="session-ends" content="ISO" data-now="ISO">, then from the header X-Session-Ends of every answer. */
import { again } from '../page/busy.js';
import { serverNow } from '../page/clock.js';
import { announce, clear, lineBack, lineGone, notice } from '../page/notice.js';
import { eachSecond } from './countdown.js';

const meta = document.querySelector('meta[name="session-ends"]');
const WARN = 120000;
const AGAIN = 10000; // milliseconds until the server is asked once more
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('kaoji-session') : null; // without it the server is asked before anything is said
let tag = (meta && meta.getAttribute('data-session')) || '';
const login = (meta && meta.getAttribute('data-login')) || '/login';
let ends = Date.parse(meta ? meta.content : '');
let state = 'on';
let asking = false;
let patient = 0; // nothing is asked before, milliseconds since 1970
const retried = new WeakSet(); // sent once more after its token was renewed
const goOn = []; // what waits for the person to have signed in again

function heard(value) {
  const time = Date.parse(value || '');
  if (isNaN(time) || time < ends) return; // answers may overtake one another
  ends = time;
  if (state !== 'on' && ends - serverNow() > WARN) {
    state = 'on';
    clear('session');
  }
}
function moved(value) {
  heard(value);
  if (tabs && tag && value) tabs.postMessage([tag, value]);
}
/* A refused token (400) is an old session's: the new one is not this page's yet. */
export function answered(status, until) {
  if (status && status < 500 && status !== 429) lineBack();
  if (status !== 400) moved(until);
}
export function ended() { return state === 'over'; }

function token() {
  const input = document.querySelector('input[name=csrf_token]');
  return input ? input.value : '';
}

function extend() {
  const body = new URLSearchParams();
  body.append('csrf_token', token());
  fetch('/session/extend', { method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', headers: { 'HX-Request': 'true' } })
    .then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      moved(answer.headers.get('X-Session-Ends'));
      clear('session');
      announce('已继续，可以接着填写。');
    })
    .catch(function () { notice('session', 'warn', '没有连上，请再试一次。', [{ text: '继续使用', run: extend }]); });
}

/* The other window has signed in: its token is the one that counts now. `asked`: by the person, who is told when it has not; then(true or false). */
export function resume(asked, then) {
  fetch(location.href, { credentials: 'same-origin' })
    .then(function (answer) {
      if (!answer.ok || new URL(answer.url).pathname === login) throw new Error('signed out');
      return answer.text();
    })
    .then(function (text) {
      const page = new DOMParser().parseFromString(text, 'text/html');
      const fresh = page.querySelector('input[name=csrf_token]');
      const newer = page.querySelector('meta[name="session-ends"]');
      if (!fresh || !newer) throw new Error('signed out');
      document.querySelectorAll('input[name=csrf_token]').forEach(function (input) { input.value = fresh.value; });
      tag = newer.getAttribute('data-session') || '';
      ends = NaN; // of another session, it may end before the old one would have
      moved(newer.content);
      if (state !== 'on') announce('已重新登录，可以继续。');
      state = 'on';
      clear('session');
      goOn.splice(0).forEach(function (run) { run(); });
      return true;
    })
    .catch(function () {
      if (asked) over('还没有登录。请先在新窗口登录，再回到这里。');
      return false;
    })
    .then(function (done) { if (then) then(done); });
}

function over(text) {
  state = 'over';
  clear('out'); // nobody is signed in any more
  notice('session', 'bad', text || '登录已过期，填写的内容还在这一页。请在新窗口登录后继续。',
    [{ text: '在新窗口登录', href: login }, { text: '我已登录，继续', run: function () { resume(true); } }]);
}
export function signedOut(then) {
  if (then) goOn.push(then);
  if (state !== 'over') over();
}

/* Before it is said that the session is over the server is asked, which does not move the end. */
function ask() {
  if (asking || Date.now() < patient) return;
  asking = true;
  fetch('/session/end', { credentials: 'same-origin', redirect: 'manual', cache: 'no-store', headers: { 'HX-Request': 'true' } })
    .then(function (answer) {
      asking = false;
      answered(answer.status, answer.headers.get('X-Session-Ends'));
      if (answer.status === 401) signedOut();
      patient = Date.now() + AGAIN;
    })
    .catch(function () {
      asking = false;
      patient = Date.now() + AGAIN;
    });
}

function look() {
  const left = ends - serverNow();
  if (isNaN(left)) return;
  if (left <= 0 && state !== 'over') ask();
  else if (left > 0 && left <= WARN && state === 'on') {
    state = 'warned';
    notice('session', 'warn', '还有不到 2 分钟就会自动退出，填写的内容会保留。', [{ text: '继续使用', run: extend }]);
  }
}

document.addEventListener('htmx:beforeSwap', function (event) {
  const status = event.detail.xhr.status;
  const element = event.detail.requestConfig.elt;
  const old = status === 400 && event.detail.requestConfig.verb !== 'get' && !retried.has(element);
  if (status < 400) retried.delete(element);
  if (status !== 401 && !old) return;
  event.detail.shouldSwap = false; // what was typed stays
  if (status === 401) return signedOut();
  retried.add(element);
  return resume(false, function (done) { if (done) again(element); else signedOut(); });
});
document.addEventListener('htmx:afterRequest', function (event) { if (event.detail.xhr) answered(event.detail.xhr.status, event.detail.xhr.getResponseHeader('X-Session-Ends')); });
document.addEventListener('htmx:afterSettle', function () {
  const main = document.getElementById('main');
  if (main) moved(main.getAttribute('data-session-ends'));
});
if (tabs) tabs.addEventListener('message', function (event) {
  if (event.data[0] === tag) heard(event.data[1]);
  else if (state === 'over') resume(false); // somebody has signed in, in another tab
});
if (meta) moved(meta.content);
window.addEventListener('online', function () {
  patient = 0;
  if (lineGone()) ask();
});
eachSecond(look);
