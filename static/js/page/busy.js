/* While htmx works: aria-busy (the line at the top is style only). When it does not get through, or the server is too busy to answer, the page stays
   as it is, with everything that was typed, and offers to try again. */
import { clear, notice } from './notice.js';

const gone = new WeakSet(); // exchanges whose question has gone out to its end: the server may have it
let last = null; // the button that was pressed

function main() { return document.getElementById('main'); }

/* Sends once more what an element has sent. */
export function again(element) {
  clear('net');
  if (pressed(element)) pressed(element).click();
  else if (element.tagName === 'FORM') window.htmx.trigger(element, 'submit');
  else if (element.form) element.dispatchEvent(new Event('change', { bubbles: true }));
  else element.click();
}

/* A submission that did not get through: nobody shall wonder whether it was handed in, or fear to hand it in twice. Null for anything else.
   Now and once the line is back. */
function notSubmitted(event, element) {
  const button = element.hasAttribute('data-submission') ? pressed(element) : null;
  if (!button || button.value !== 'next') return null;
  const name = '“' + button.textContent.trim() + '”';
  if (gone.has(event.detail.xhr)) return ['没有收到平台的回答，还不知道申请有没有提交上。请再点一次' + name + '：没有提交的会提交，已经提交的会显示原来的回执，不会变成两份。'];
  const here = '申请没有提交，什么也没有发出去。填写的内容都在，';
  const twice = '请再点一次' + name + '；多点几次也只会提交一份。';
  return [(navigator.onLine === false ? '网络已断开，' : '网络连接不上，') + here + '连上以后' + twice, here + twice];
}

function lost(event, text) {
  const words = notSubmitted(event, event.detail.requestConfig.elt) || [text, '刚才没有办成，填写的内容都在，请重试。'];
  stuck(event, words[0], words[1]);
}

function stuck(event, text, after) {
  const element = event.detail.requestConfig.elt; // detail.elt is the target of the swap
  notice('net', 'warn', text, [{ text: '重试', run: function () { again(element); } }], after);
}

document.addEventListener('click', function (event) {
  const button = event.target.closest ? event.target.closest('button, input[type=submit]') : null;
  if (button && button.form && button.type === 'submit') last = button;
}, true);

/* The button that was last pressed in a form (event.submitter is younger than the browsers we serve). */
export function pressed(form) { return last && last.isConnected && last.form === form ? last : null; }

document.addEventListener('htmx:beforeRequest', function () {
  clear('net');
  if (main()) main().setAttribute('aria-busy', 'true');
});
document.addEventListener('htmx:afterRequest', function () { if (main()) main().removeAttribute('aria-busy'); });

document.addEventListener('htmx:beforeSend', function (event) {
  const xhr = event.detail.xhr;
  xhr.upload.addEventListener('load', function () { gone.add(xhr); });
});
document.addEventListener('htmx:timeout', function (event) { lost(event, '网络较慢，已保留填写内容，请重试。'); });
document.addEventListener('htmx:sendError', function (event) { lost(event, '网络连接不上，已保留填写内容，请重试。'); });

document.addEventListener('htmx:beforeSwap', function (event) {
  const status = event.detail.xhr.status;
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText || '', 'text/html');
  const whole = page.getElementById('main');
  if (status !== 429 && status < 500 && (whole || status < 400)) return;
  event.detail.shouldSwap = false;
  if (status === 401) return; // session.js speaks
  const ref = page.querySelector('[data-ref]');
  stuck(event, (status === 429 ? '操作太频繁，请稍等一会儿再试。' : '系统繁忙，请稍后重试。') + '填写的内容还在这一页。' +
    (ref ? '（编号 ' + ref.getAttribute('data-ref') + '）' : ''));
});
