/* A typed code on its official page: one key or click copies the code, opens the page in a new tab and writes down who checked it, and when. */
import { announce, notice } from '../page/notice.js';
import { here } from './items.js';

const form = document.querySelector('[data-review]');

/* Copies; on plain http browsers offer no clipboard, but still the old way. */
function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.body.appendChild(document.createElement('textarea'));
  field.value = text;
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done ? Promise.resolve() : Promise.reject(new Error('copy'));
}

function stamp(line) {
  const button = line.querySelector('[data-check]');
  if (!button) return; // one's own is there
  const body = new FormData();
  ['csrf_token', 'sha256'].forEach(function (name) { body.append(name, form.elements[name].value); });
  body.append('check', line.dataset.online);
  fetch(line.dataset.checks, { method: 'POST', body: body, credentials: 'same-origin', headers: { Accept: 'application/json' } })
    .then(function (answer) { return answer.json().then(function (said) { return { ok: answer.ok, said: said }; }); })
    .then(function (answer) {
      if (!answer.ok) throw new Error(answer.said.error || '');
      const words = document.createElement('span');
      words.className = 'noted ok';
      words.textContent = '✓ 已在学信网核对：' + answer.said.who + ' ' + answer.said.at;
      line.querySelectorAll('.noted.warn').forEach(function (old) { old.remove(); });
      line.insertBefore(words, line.firstChild);
      button.name = 'uncheck';
      button.textContent = '取消记录';
      delete button.dataset.check;
      announce('已记下：这一项核对过了');
    }).catch(function (error) { notice('online', 'warn', error.message || '没有记下“已核对”，请再按一次。'); });
}

/* `open`: the browser opens the link by itself when it was clicked. */
function check(line, open) {
  const code = document.getElementById('value.' + line.dataset.online);
  if (code) copy(code.textContent.trim()).catch(function () { notice('copy', 'warn', '编号没有复制上，请自己选中复制。'); });
  if (open) window.open(line.querySelector('[data-official]').href, '_blank', 'noopener,noreferrer');
  stamp(line);
}

/* At a key: the code of this item, or the first of the file. */
export function checkOnline() {
  const links = form.querySelectorAll('[data-official]');
  const link = (here() && here().querySelector('[data-official]')) || links[0];
  if (link) check(link.closest('[data-online]'), true);
}

if (form) {
  form.addEventListener('click', function (event) {
    const link = event.target.closest('[data-official]');
    if (link) check(link.closest('[data-online]'), false);
  });
}
