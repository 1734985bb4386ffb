/* The keys of the file in front of a reviewer, as templates/staff/file/_keys.html lists them. */
import { decide, press, publish, skip, takeBack, takeOver, turnRest, write } from './decide.js';
import { accept, giveBack, goTo, here, letters, move, rows, turnFolds } from './items.js';
import { legendKey, shortcut } from './keys.js';
import { checkOnline } from './online.js';
import { fit, pan, rotate, turnPicture, zoom } from './viewer.js';

/* The next or the last picture, and the item that it belongs to. */
function turnPage(step) {
  const anchor = turnPicture(step);
  if (anchor) goTo(rows.find(function (row) { return !row.closest('[data-fold]:not([open])') && row.querySelector('[data-tab="' + anchor + '"]'); }));
}

function pressHere(selector) {
  const button = here() && here().querySelector(selector);
  if (button) button.click();
}

/* Opens the question to the lead or the office. */
function putAside() {
  const box = document.querySelector('[data-put-aside]');
  if (!box) return;
  box.open = true;
  write(box.querySelector('select'));
}

/* A space presses the link or the button that has the focus. */
function onNoControl() { return !document.activeElement.matches('a, button, summary, input'); }

function install() {
  shortcut('j ArrowDown', function () { move(1); });
  shortcut('k ArrowUp', function () { move(-1); });
  shortcut('Space', accept, onNoControl);
  shortcut('x', giveBack);
  shortcut('c', function () { pressHere('[data-copy]'); });
  shortcut('w', checkOnline);
  shortcut('v', function () { pressHere('[value=reveal]'); });
  shortcut('e', turnFolds);
  shortcut('g', letters);
  shortcut('l', turnRest);
  shortcut('a', function () { decide('pass'); });
  shortcut('b', function () { decide('return'); });
  shortcut('d', function () { decide('reject'); });
  shortcut('h', function () { decide('back'); });
  shortcut('s', function () { press('[data-save]'); });
  shortcut('t', function () { press('[name=undo]'); });
  shortcut('m', function () { write(document.getElementById('message')); });
  shortcut('q', putAside);
  shortcut('i', function () { write(document.getElementById('note')); });
  shortcut('o', takeOver);
  shortcut('n', skip);
  shortcut('u', takeBack);
  shortcut('p', publish);
  shortcut('[', function () { turnPage(-1); });
  shortcut(']', function () { turnPage(1); });
  shortcut('Plus =', function () { zoom(1); });
  shortcut('-', function () { zoom(-1); });
  shortcut('0', fit);
  shortcut('r', rotate);
  shortcut('Shift+ArrowLeft', function () { pan(-1, 0); });
  shortcut('Shift+ArrowRight', function () { pan(1, 0); });
  shortcut('Shift+ArrowUp', function () { pan(0, -1); });
  shortcut('Shift+ArrowDown', function () { pan(0, 1); });
  legendKey(document.getElementById('keys'));
}

if (document.querySelector('[data-review]')) install();
