/* 安全退出, 退出 (form[action$="/logout"]): sent by fetch when what is typed is through. Only when the platform has signed out, what this device keeps is erased, in
   every window, and the sign-in page is shown (security.md SR-45). Without a line nothing happens but that one is told so. For an answer that is neither, and
   where this script is missing, the form is sent as it is. Event: kaoji:signed-out; detail: whether in another window, which may be held back then. */
import { entries, erased, forget, keeps } from './kept.js';
import { clear, notice } from './notice.js';

const PATIENCE = 20000; // milliseconds
const firsts = [];
let going = false;

/* What is to be done before: act() promises 'go', 'stay' (the person wants to), 'line' or 'busy' (what is typed did not get through). */
export function before(act) { firsts.push(act); }

function busy(on) {
  const main = document.getElementById('main');
  going = on;
  if (main && on) main.setAttribute('aria-busy', 'true');
  else if (main) main.removeAttribute('aria-busy');
}

function send(form) {
  const body = new URLSearchParams();
  new FormData(form).forEach(function (value, name) { body.append(name, value); });
  const stop = new AbortController();
  const timer = window.setTimeout(function () { stop.abort(); }, PATIENCE);
  return fetch(form.getAttribute('action'), { method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', headers: { 'HX-Request': 'true' }, signal: stop.signal })
    .then(function (answer) {
      if (answer.type === 'opaqueredirect' || answer.status === 401) return 'out'; // 401: one was already
      return answer.status >= 500 || answer.status === 429 ? 'busy' : 'other';
    }, function () { return 'line'; })
    .then(function (result) {
      window.clearTimeout(timer);
      return result;
    });
}

function loginOf(address) { return address.replace(/logout$/, 'login'); }

/* unsaved: something in this page is. */
function told(form, result, unsaved) {
  const here = unsaved ? '写的内容还在这一页，请不要关闭。' : '';
  const where = keeps() && entries().length ? '写的内容还留在这台设备上。' : here;
  const still = '你在平台上还是登录状态。';
  const again = '再点一次“' + form.querySelector('button').textContent.trim() + '”' + (keeps() ? '。' : '，退出以后再离开。');
  notice('out', 'bad', '没有退出：' + (result === 'line' ? '网络连接不上，' : '系统繁忙，') + still + where + (result === 'line' ? '请连上网络，' : '请稍后') + again,
    [{ text: '再试一次', run: function () { leave(form); } }, { text: '知道了', run: function () { clear('out'); } }], '刚才没有退出，' + still + '请' + again);
}

function ended(form, result, unsaved) {
  busy(result === 'out');
  if (result === 'out') {
    forget();
    document.dispatchEvent(new CustomEvent('kaoji:signed-out', { detail: false }));
    location.replace(loginOf(form.getAttribute('action')));
  } else if (result === 'other') form.submit();
  else if (result !== 'stay') told(form, result, unsaved);
}

function leave(form) {
  if (going) return;
  clear('out');
  busy(true);
  Promise.all(firsts.map(function (act) { return act(); })).then(function (answers) {
    const held = answers.find(function (answer) { return answer !== 'go'; });
    return held ? ended(form, held, true) : send(form).then(function (result) { ended(form, result, false); });
  }).catch(function () { form.submit(); });
}

document.addEventListener('submit', function (event) {
  if (event.defaultPrevented || !/\/logout$/.test(event.target.getAttribute('action') || '')) return;
  event.preventDefault();
  leave(event.target);
});
erased(function () {
  const form = document.querySelector('form[action$="/logout"]');
  const free = document.dispatchEvent(new CustomEvent('kaoji:signed-out', { detail: true, cancelable: true }));
  if (form && free) location.replace(loginOf(form.getAttribute('action')));
});
