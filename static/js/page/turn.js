/* The page of who is braked at sign-in ([data-wait=seconds], with data-turn=address where there is a line): counts down, asks whether the turn has come,
   and sends the form by itself once the password is there. A form with a 准考证号 does not wait. Without script one presses 登录 when the time is over. */
import { announce } from './notice.js';

const LEAST = 5; // seconds between two questions when the answer says none

let clock = null;
let turn = false; // it has come
let pressed = false; // 登录 was pressed before that

function place() { return document.querySelector('[data-wait]'); }
function form() { return document.querySelector('form[data-waits]'); }
function filled() { const f = form(); return Boolean(f && f.elements.password.value); }

function say(text) { const at = place(); if (at && at.textContent !== text) at.textContent = text; }
function words(seconds) { return seconds < 100 ? seconds + ' 秒' : Math.ceil(seconds / 60) + ' 分钟'; }

function send() { say('正在登录…'); form().submit(); }

function wait(seconds) {
  window.clearInterval(clock);
  const until = Date.now() + 1000 * seconds;
  const draw = function () {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) return say('还要等 ' + words(left) + (pressed ? '，轮到时会自动登录' : ''));
    window.clearInterval(clock);
    return ask();
  };
  clock = window.setInterval(draw, 1000);
  draw();
}

/* Not while somebody is typing the password: half of one would be a wrong try. */
function come() {
  turn = true;
  const field = form().elements.password;
  if (filled() && (pressed || document.activeElement !== field)) return send();
  say('轮到你了，请填好密码按“登录”');
  announce('轮到你了，请填好密码按“登录”');
  if (document.activeElement === document.body) field.focus();
  return null;
}

function ask() {
  const at = place();
  if (!at) return null;
  if (!at.hasAttribute('data-turn')) return say('现在可以再登录了');
  return fetch(at.getAttribute('data-turn'), { credentials: 'same-origin' }).then(function (answer) {
    if (answer.ok) return come();
    return wait(Number(answer.headers.get('Retry-After')) || LEAST);
  }, function () { return wait(LEAST); });
}

document.addEventListener('submit', function (event) {
  const f = event.target;
  if (f !== form() || turn || f.elements.ticket && f.elements.ticket.value.trim()) return;
  event.preventDefault();
  pressed = filled();
  announce(pressed ? '还没有轮到，轮到时会自动登录' : '请先填写密码');
});

if (place()) {
  document.querySelectorAll('[data-wait-auto]').forEach(function (line) { line.hidden = false; });
  wait(Number(place().getAttribute('data-wait')));
}
