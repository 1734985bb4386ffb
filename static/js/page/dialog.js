/* Makes a native dialog of every section[data-dialog] (the attribute's value is the class of the dialog). The section stays where it was in the page, so
   its fields still belong to their form. Without script it remains an ordinary section; with the attribute hidden it is for script only. Where there is no
   <dialog>, a hidden one is laid over the page by CSS (.in-front), the others stay ordinary sections.
   data-open: shown at once; a[data-opens=id][href=#id] or button[data-opens=id] shows it, [data-closes] or Esc closes it. A section that was closed gets
   the event kaoji:closed, and what had the focus before has it again. */
import { renewing } from './place.js';

export const able = typeof HTMLDialogElement === 'function' && 'showModal' in HTMLDialogElement.prototype;

const before = new WeakMap(); // section -> what had the focus

function closed(section) {
  const element = before.get(section);
  const now = document.activeElement; // a key may have gone on already
  if (element && element !== document.body && element.isConnected && (!now || now === document.body || section.contains(now))) element.focus();
  section.dispatchEvent(new CustomEvent('kaoji:closed'));
}

function addClose(section) {
  if (section.querySelector('[data-closes]')) return;
  const button = section.appendChild(document.createElement('button'));
  button.type = 'button';
  button.className = 'btn';
  button.setAttribute('data-closes', '');
  button.textContent = '关闭';
}

/* The dialog around a section, made when there is none yet; null where the browser has no dialogs. */
function frame(section) {
  if (!able) return null;
  if (section.parentNode.tagName === 'DIALOG') return section.parentNode;
  const dialog = document.createElement('dialog');
  dialog.className = section.getAttribute('data-dialog');
  ['aria-labelledby', 'aria-describedby'].forEach(function (name) {
    if (section.hasAttribute(name)) dialog.setAttribute(name, section.getAttribute(name));
  });
  section.parentNode.insertBefore(dialog, section);
  dialog.appendChild(section);
  section.hidden = false;
  addClose(section);
  // the event comes a moment later, when it may be open again
  dialog.addEventListener('close', function () { if (!dialog.open) closed(section); });
  return dialog;
}

/* The section that is in front of the page now, or null. */
export function inFront() {
  return document.querySelector('dialog[open] > section, .in-front');
}

/* Shows a section[data-dialog]; `focus`: the element in it that gets the focus. */
export function show(section, focus) {
  const dialog = frame(section);
  if (inFront() === section) return;
  if (!dialog && !section.hidden) {
    section.scrollIntoView();
    return;
  }
  before.set(section, document.activeElement);
  if (dialog) {
    dialog.showModal();
  } else {
    addClose(section);
    section.hidden = false;
    section.classList.add('in-front');
    section.setAttribute('role', 'dialog');
    section.setAttribute('aria-modal', 'true');
  }
  const first = focus || (dialog ? null : section.querySelector('button'));
  if (first) first.focus();
}

/* Closes a section that is in front. */
export function hide(section) {
  const dialog = section.closest('dialog');
  if (dialog) {
    dialog.close();
  } else if (section.classList.contains('in-front')) {
    section.classList.remove('in-front');
    section.hidden = true;
    closed(section);
  }
}

function upgrade(event) {
  if (!able) return;
  const sections = Array.from(document.querySelectorAll('section[data-dialog]')).filter(function (section) { return section.parentNode.tagName !== 'DIALOG'; });
  sections.forEach(frame);
  const wanted = sections.find(function (section) { return section.hasAttribute('data-open') || section.querySelector('.wrong'); });
  if (wanted && !(event.detail && renewing(event))) show(wanted); // who chooses in a list is not taken away from it
}

document.addEventListener('click', function (event) {
  const opener = event.target.closest ? event.target.closest('[data-opens]') : null;
  const section = opener && document.getElementById(opener.getAttribute('data-opens'));
  if (section) {
    event.preventDefault();
    show(section);
    return;
  }
  const closer = event.target.closest ? event.target.closest('[data-closes]') : null;
  if (closer && closer.closest('section[data-dialog]')) hide(closer.closest('section[data-dialog]'));
});

// the keys of a dialog where there is none
document.addEventListener('keydown', function (event) {
  const section = document.querySelector('.in-front');
  if (!section) return;
  if (event.key === 'Escape') {
    event.preventDefault();
    hide(section);
  } else if (event.key === 'Tab') {
    event.preventDefault();
    const buttons = Array.from(section.querySelectorAll('button, input'));
    const at = buttons.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1);
    buttons[(at + buttons.length) % buttons.length].focus();
  }
});

document.documentElement.classList.add('js');
document.addEventListener('DOMContentLoaded', upgrade);
document.addEventListener('htmx:afterSettle', upgrade);
