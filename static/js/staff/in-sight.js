/* Nothing is decided unseen, and nothing twice. What is pressed before the file is painted, its picture too, was meant for the file before and does
   nothing. Once a form is on its way, whatever is pressed is the same act: the answer is coming, and a decision by another key is none. */
import { announce } from '../page/notice.js';
import { onlyIf } from './keys.js';

const form = document.querySelector('[data-review]');
const ACTS = '[data-review] [type=submit], [data-undo], [data-publish], [data-skip]';
const PATIENCE = 2000; // ms for a picture; without it the rest counts
const SECOND = document.referrer.indexOf('/staff/applications/') > 0 ? 400 : 0; // ms: the second half of a double click on the file before
const LEAVING = 8000; // ms, then a form that led nowhere can be sent again
let painted = form ? Infinity : 0, sent = -Infinity;

function wait(ms) { return new Promise(function (done) { window.setTimeout(done, ms); }); }

function look() {
  const picture = document.querySelector('[data-picture].shown img');
  const drawn = picture ? picture.decode().catch(function () { /* it cannot be shown: the rest is */ }) : Promise.resolve();
  Promise.race([drawn, wait(PATIENCE)]).then(function () {
    window.requestAnimationFrame(function () {
      window.setTimeout(function () {
        painted = performance.now();
        form.dataset.painted = '';
      });
    });
  });
}

function leaving() { return performance.now() - sent < LEAVING; }

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

onlyIf(function (event) { return event.timeStamp >= painted && !leaving(); });
document.addEventListener('click', function (event) {
  if (!event.isTrusted || !event.target.closest || !event.target.closest(ACTS)) return;
  if (event.timeStamp < painted + (event.detail ? SECOND : 0) && form) stop(event);
}, true);
document.addEventListener('submit', function (event) {
  if (event.target.method !== 'post' || !event.target.closest('main')) return;
  if (leaving()) {
    stop(event);
    announce('正在提交，请稍候');
  } else {
    sent = performance.now();
  }
}, true);
window.addEventListener('pageshow', function (event) {
  sent = -Infinity;
  if (!form || !event.persisted) return;
  painted = Infinity;
  look();
});
if (form) look();
