/* The items of a file, one after the other: which one is here, accepted or given back with a reason; a letter for each, all in sight at once. */
import { announce } from '../page/notice.js';
import { singleKeys } from './keys.js';
import { showPicture } from './viewer.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const form = document.querySelector('[data-review]');
export const rows = form ? Array.from(form.querySelectorAll('[data-item]')) : [];
let at = -1, listed = null;

/* The row where one is, or undefined. */
export function here() { return rows[at]; }

function fold(row) { return row.closest('[data-fold]'); }

function folded(row) { return fold(row) !== null && !fold(row).open; }

/* Another item: the one at `index`, unfolded. */
function go(index) {
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, index));
  if (folded(rows[at])) fold(rows[at]).open = true;
  rows.forEach(function (row, i) { row.classList.toggle('here', i === at); });
  rows[at].focus();
  rows[at].scrollIntoView({ block: 'nearest' });
  if (rows[at].dataset.beside) showPicture(rows[at].dataset.beside);
}

/* The next item (1), the last (-1), or the same (0); what is folded is passed over. */
export function move(step) {
  let index = at + step;
  if (step) while (rows[index] && folded(rows[index])) index += step;
  go(rows[index] ? index : Math.max(at, 0));
}

/* Opens what is folded, or folds it again. */
export function turnFolds() {
  const folds = Array.from(form.querySelectorAll('[data-fold]'));
  const open = folds.some(function (each) { return !each.open; });
  folds.forEach(function (each) { each.open = open; });
  if (folds.length) announce(open ? '已展开' : '已折起');
}

export function goTo(row) {
  const index = rows.indexOf(row);
  if (index >= 0) go(index);
}

function set(value) {
  const radio = here() && here().querySelector('input[type=radio][value=' + value + ']');
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
}

/* This item is in order; on to the next. The first time it only goes to the first item. */
export function accept() {
  if (at < 0) go(0);
  else if (set('ok')) move(1);
}

export function giveBack() {
  if (at < 0) go(0);
  if (set('return')) here().querySelector('[data-reason]').focus();
}

export function givenBack(row) { return row.querySelector('input[value=return]:checked'); }

export function unmarked(row) { return !row.querySelector('input[type=radio]:checked'); }

export function labelOf(row) { return document.getElementById('label-' + row.dataset.item).textContent; }

function choose(event, field) {
  const pick = here().querySelector('[data-cause]');
  if (!pick || Number(event.key) >= pick.options.length) return;
  event.preventDefault();
  pick.selectedIndex = Number(event.key);
  pick.dispatchEvent(new Event('change', { bubbles: true }));
  if (field.value.indexOf('＿＿') < 0) move(1); // a blank is still to be filled in by hand
}

/* Keys in the field of a reason: Enter is done, Esc leaves it, a digit chooses a usual reason while it is empty. */
function inReason(event) {
  const field = event.target;
  if (!field.matches('[data-reason]') || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || listed) return;
  if (event.key === 'Enter' || event.key === 'Escape') {
    event.preventDefault();
    move(event.key === 'Enter' ? 1 : 0);
  } else if (singleKeys() && /^[1-9]$/.test(event.key) && !field.value) {
    choose(event, field);
  }
}

function unlist() {
  listed.remove();
  listed = null;
  document.removeEventListener('keydown', byLetter, true);
}

function byLetter(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.key === 'Shift' || event.key === 'Tab') return;
  event.preventDefault();
  unlist();
  const index = event.key.length === 1 ? LETTERS.indexOf(event.key.toLowerCase()) : -1;
  if (index < 0 || !rows[index]) return;
  go(index);
  giveBack();
}

/* Shows a letter for each item: the next key gives back the one that bears it. */
export function letters() {
  if (listed) unlist();
  listed = document.createElement('div');
  listed.className = 'card letters';
  listed.appendChild(document.createElement('b')).textContent = '退回哪一项？按它的字母，Esc 取消';
  const list = listed.appendChild(document.createElement('ul'));
  rows.slice(0, LETTERS.length).forEach(function (row, index) {
    const line = list.appendChild(document.createElement('li'));
    line.dataset.letter = row.dataset.item;
    line.appendChild(document.createElement('kbd')).textContent = LETTERS[index].toUpperCase();
    line.appendChild(document.createTextNode(' ' + labelOf(row)));
  });
  form.appendChild(listed);
  announce(listed.textContent);
  document.addEventListener('keydown', byLetter, true);
}

/* The button that returns the file says how many items go back. */
function countReturns() {
  const button = form.querySelector('[data-count-returns]');
  if (!button) return;
  const words = button.firstChild.nodeValue.trim(); // the key stands after it
  const tell = function () {
    const number = rows.filter(givenBack).length;
    button.firstChild.nodeValue = number ? words + '（' + number + ' 项） ' : words + ' ';
  };
  form.addEventListener('change', tell);
  tell();
}

/* The first field with an error comes into sight where the items scroll in a pane of their own. */
function toWrong() {
  const wrong = form.querySelector('.items .wrong, .items [aria-invalid=true]'), pane = wrong && wrong.closest('.items');
  if (!pane || getComputedStyle(pane).overflowY !== 'auto') return;
  if (wrong.closest('details')) wrong.closest('details').open = true;
  pane.scrollTop += wrong.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 8;
}

if (form) {
  toWrong();
  form.addEventListener('keydown', inReason);
  form.addEventListener('click', function (event) { // with the mouse only: the keyboard's focus stays where it is
    const label = event.target.closest('label.no');
    const reason = label && document.getElementById(label.htmlFor.replace('return.', 'reason.'));
    if (reason) setTimeout(function () { reason.focus(); }, 0);
  });
  rows.forEach(function (row, index) {
    row.addEventListener('focusin', function () {
      at = index;
      rows.forEach(function (other) { other.classList.toggle('here', other === row); });
    });
  });
  countReturns();
}
