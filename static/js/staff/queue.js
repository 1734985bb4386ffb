/* The queue by keyboard: the focus itself goes from file to file, so a screen reader follows. Without script links, boxes and buttons do the same. */
import { announce } from '../page/notice.js';
import { legendKey, shortcut } from './keys.js';

const form = document.querySelector('[data-queue]');
const search = document.getElementById('q');

function list(selector) { return form ? Array.from(form.querySelectorAll(selector)) : []; }
const rows = list('[data-row]');
const boxes = list('input[name=pick]');
const all = form && form.querySelector('input[name=all]');

// ---- where one is
function at() { return rows.findIndex(function (row) { return row.contains(document.activeElement); }); }

function go(index) {
  const link = rows.length && rows[Math.max(0, Math.min(rows.length - 1, index))].querySelector('td.num a');
  if (!link) return;
  link.focus({ preventScroll: true });
  link.closest('tr').scrollIntoView({ block: 'nearest' });
}

function next() { go(at() + 1); }

function previous() { go(at() < 0 ? 0 : at() - 1); }

function inRows() { return at() >= 0; }

// ---- what is chosen
function tell() {
  const place = form.querySelector('[data-chosen]');
  if (!place) return;
  const number = boxes.filter(function (box) { return box.checked; }).length;
  const words = all && all.checked ? '已选' + all.parentNode.textContent.trim() : '已选 ' + number + ' 件';
  if (place.textContent !== words) place.textContent = words;
  rows.forEach(function (row) {
    const box = row.querySelector('input[name=pick]');
    row.classList.toggle('chosen', Boolean(box && (box.checked || (all && all.checked))));
  });
  const head = form.querySelector('[data-page]');
  if (head) {
    head.checked = number === boxes.length;
    head.indeterminate = number > 0 && number < boxes.length;
  }
}

function turn() {
  const box = inRows() && rows[at()].querySelector('input[name=pick]');
  if (!box) return;
  box.checked = !box.checked;
  tell();
}

function page() {
  if (!form) return;
  const on = boxes.some(function (box) { return !box.checked; });
  boxes.forEach(function (box) { box.checked = on; });
  tell();
}

function addPageBox() {
  const head = document.createElement('input');
  head.type = 'checkbox';
  head.dataset.page = '';
  head.setAttribute('aria-label', '选择本页全部');
  form.querySelector('thead th').textContent = '';
  form.querySelector('thead th').appendChild(head);
  head.addEventListener('change', page);
  form.addEventListener('change', tell);
  window.addEventListener('pageshow', tell);
  tell();
}

// ---- keys
let asked = null; // the 撤销 that was pressed once

function takeBack() {
  const button = inRows() && rows[at()].querySelector('.hand button');
  if (!button) return;
  if (asked === button) {
    button.click();
    return;
  }
  asked = button;
  announce('再按一次 U 撤销这一件的决定');
  button.classList.add('asked');
}

function press(selector) {
  const found = document.querySelector(selector);
  if (found) found.click();
}

function find() {
  if (!search) return;
  search.focus();
  search.select();
}

function key(names, act, when) {
  shortcut(names, function () {
    asked = null;
    act();
  }, when);
}

function install(legend) {
  key('j', next);
  key('k', previous);
  key('ArrowDown', next, inRows); // elsewhere they scroll the page
  key('ArrowUp', previous, inRows);
  key('x', turn);
  key('a', page);
  key('e', function () { press('[data-others]'); });
  key('/', find);
  key('[', function () { press('.pager a[rel=prev]'); });
  key(']', function () { press('.pager a[rel=next]'); });
  shortcut('u', takeBack);
  if (legend) legendKey(legend); // none where nothing was found
}

if (form || search) install(document.getElementById('keys'));
if (boxes.length) addPageBox();
if (search) {
  search.addEventListener('keydown', function (event) { if (event.key === 'Escape') search.blur(); });
}
document.addEventListener('click', function (event) { // the list of marks closes when one goes elsewhere
  document.querySelectorAll('details.pop[open]').forEach(function (pop) { if (!pop.contains(event.target)) pop.open = false; });
});
