/* Buttons that copy what stands elsewhere on the page: button[data-copy=id] of a field or an element; hidden until this script is here. */
import { announce } from './notice.js';

function textOf(place) { return 'value' in place ? place.value : place.textContent; }

/* For pages without a clipboard: plain http, older browsers. */
function selected(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.appendChild(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done ? Promise.resolve() : Promise.reject(new Error('not copied'));
}

function offer() { document.querySelectorAll('[data-copy][hidden]').forEach(function (button) { button.hidden = false; }); }

document.addEventListener('click', function (event) {
  const button = event.target.closest ? event.target.closest('[data-copy]') : null;
  const place = button && document.getElementById(button.dataset.copy);
  if (!place) return;
  const text = textOf(place);
  (navigator.clipboard ? navigator.clipboard.writeText(text) : selected(text)).then(function () {
    button.firstChild.textContent = '已复制';
    announce('已复制');
  }, function () { announce('没有复制上，请选中后复制'); });
});
document.addEventListener('DOMContentLoaded', offer);
document.addEventListener('htmx:afterSettle', offer);
