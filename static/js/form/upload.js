/* Sends a picture as soon as it is chosen or dropped: .drop[data-upload=address][data-max=bytes] with one file input, a .sending line (preview, progress,
   取消, 重试). data-fit=bytes: what is larger is turned upright and made smaller first (picture.js); data-cut=480x640: the frame is asked for (portrait.js).
   POST multipart: csrf_token, version, act=upload and the file under its own name. Whatever page answers (the step again, 200 after 303, or 422 with errors) holds
   the same block (id drop-<name>), which takes the place of the old one, wherever the page has it by then: a choice may have renewed it. Another file for
   the same place cancels the one that is under way; X-Sending keeps the server from storing that one later. Pictures go one at a time, the next waits here. 503 with
   Retry-After: in line, asked again; 429 with a short one: another window has one under way, asked again. A dropped line is tried again by itself,
   twice and when the device is online again. Without script the button 上传 does the same with a full page. */
import { announce } from '../page/notice.js';
import { closed } from './closing.js';
import { busyWith, nextSending, setVersion } from './forms.js';
import { preview, shrink } from './picture.js';
import { frame } from './portrait.js';
import { answered, resume, signedOut } from './session.js';

const PATIENCE = 120000; // milliseconds for a whole picture on a slow line
const AGAIN = [2000, 5000]; // milliseconds before a dropped upload is tried again
const IN_LINE = 120000; // milliseconds that one waits for a free place
const sizes = function (n) { return n >= 1048576 ? (n / 1048576).toFixed(1).replace('.0', '') + ' MB' : Math.max(1, Math.round(n / 1024)) + ' KB'; };

const SOON = 60; // seconds: a longer Retry-After is no line to stand in

const going = new Map(); // slot -> what is under way: {file, stop, words, percent, given up}
const failures = new Map(); // slot -> the file that 重试 sends
let ahead = Promise.resolve(); // over when nothing is under way or waits to be
let waiting = 0; // under way, and those behind it

/* The place of a slot in the present page; null when the page has none any more. */
function dropOf(slot) { const block = document.getElementById('drop-' + slot); return block && block.querySelector('.drop[data-upload]'); }
function slotOf(element) { const block = element.closest ? element.closest('[id^="drop-"]') : null; return block && block.querySelector('.drop[data-upload]') ? block.id.slice('drop-'.length) : ''; }

function parts(drop) {
  return {
    input: drop.querySelector('input[type=file]'), line: drop.querySelector('.sending'), bar: drop.querySelector('progress'), preview: drop.querySelector('.preview'),
    words: drop.querySelector('.sent'), cancel: drop.querySelector('[data-cancel]'), retry: drop.querySelector('[data-retry]'),
  };
}

function draw(slot) {
  const drop = dropOf(slot);
  const now = going.get(slot);
  if (!drop || !now) return;
  const p = parts(drop);
  p.line.hidden = false;
  p.bar.hidden = false;
  p.bar.value = now.percent;
  p.cancel.hidden = false;
  p.retry.hidden = true;
  p.words.className = 'sent';
  p.words.textContent = now.words;
}

function say(slot, now, text) {
  now.words = text;
  if (going.get(slot) === now) draw(slot);
}

/* Whether the step may go on all the same: another file has taken its place, or the page asks for none there any more. */
function failed(slot, now, text, file) {
  if (going.get(slot) !== now) return true;
  going.delete(slot);
  failures.set(slot, file);
  const drop = dropOf(slot);
  if (!drop) return true;
  const p = parts(drop);
  p.line.hidden = false;
  p.bar.hidden = true;
  p.words.textContent = text;
  p.words.className = 'sent error';
  p.cancel.hidden = true;
  p.retry.hidden = !file;
  announce(text);
  return false;
}

/* A button waited for this picture, which is not there: it is not pressed, what is wrong comes into view. */
function lead(slot) {
  const drop = dropOf(slot);
  if (!drop) return;
  drop.closest('.upload').scrollIntoView({ block: 'center' });
  parts(drop).input.focus({ preventScroll: true });
}

function renew(slot, now, text, ok) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const block = document.getElementById('drop-' + slot);
  const found = fresh.getElementById('drop-' + slot);
  if (!found) return false;
  if (going.get(slot) === now) going.delete(slot);
  if (!block) return true; // a choice took the place away
  const focused = block.contains(document.activeElement) || document.activeElement === document.body;
  const form = block.closest('form');
  const version = fresh.querySelector('form input[name=version]');
  const had = form && form.querySelector('input[name=version]');
  if (version && had && Number(version.value) === Number(had.value) + 1) setVersion(form, version.value); // this picture alone: what else was saved was not seen here
  const put = document.importNode(found, true);
  block.parentNode.replaceChild(put, block);
  const next = put.querySelector('input[type=file]');
  const wrong = put.querySelector('.error[id]');
  const doubt = put.querySelector('.doubt');
  if (ok) settled(slot);
  announce(!ok && wrong ? wrong.textContent : '已上传' + (doubt ? '。' + doubt.textContent : ''));
  document.dispatchEvent(new CustomEvent('kaoji:renewed', { detail: fresh }));
  if (next && focused) next.focus({ preventScroll: true });
  return true;
}

/* What the summary of errors says of this picture is no longer so; its last line takes the summary along. */
function settled(slot) {
  document.querySelectorAll('.errors li a[href="#' + slot + '"]').forEach(function (link) {
    const summary = link.closest('.errors');
    link.closest('li').remove();
    const left = summary.querySelectorAll('li').length;
    if (!left) summary.remove();
    else summary.querySelector('h2').textContent = '有 ' + left + ' 处需要修改';
  });
}

const WHY = { 401: '登录已过期，图片还没有上传。', 413: '文件太大，没有上传。', 415: '只能上传 JPG 或 PNG 图片。', 429: '上传太频繁，请稍后再试。' };

/* One request. Gives {status, text, wait} or {dropped: true} or {stopped: true}. */
function send(slot, now, file, name) {
  const drop = dropOf(slot);
  if (!drop) return Promise.resolve({ stopped: true });
  return new Promise(function (done) {
    const input = parts(drop).input;
    const body = new FormData();
    const token = input.form.querySelector('input[name=csrf_token]');
    if (token) body.append('csrf_token', token.value);
    body.append('act', 'upload');
    body.append(input.name, file, name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', drop.getAttribute('data-upload'));
    xhr.timeout = PATIENCE;
    xhr.setRequestHeader('HX-Request', 'true');
    xhr.setRequestHeader('X-Upload', '1');
    xhr.setRequestHeader('X-Sending', now.sending);
    xhr.upload.onprogress = function (event) {
      if (!event.lengthComputable) return;
      now.percent = Math.round((100 * event.loaded) / event.total);
      say(slot, now, event.loaded < event.total ? '正在上传 ' + now.percent + '%' : '正在检查图片…');
    };
    xhr.onload = function () {
      const status = xhr.getResponseHeader('X-Sign-In') ? 401 : xhr.status; // refused by its size, because nobody is signed in
      answered(status, xhr.getResponseHeader('X-Session-Ends'));
      done({ status: status, text: xhr.responseText, wait: Number(xhr.getResponseHeader('Retry-After')) || 0 });
    };
    xhr.onerror = xhr.ontimeout = function () { done({ dropped: true }); };
    xhr.onabort = function () { done({ stopped: true }); };
    now.stop = function () { xhr.abort(); };
    xhr.send(body);
  });
}

/* True when the time is over, false when it was stopped; `early`: an event of the window that ends it. */
function pause(now, wait, early) {
  return new Promise(function (done) {
    const end = function (value) { window.clearTimeout(timer); if (early) window.removeEventListener(early, over); done(value); };
    const over = function () { end(true); };
    const timer = window.setTimeout(over, wait);
    if (early) window.addEventListener(early, over);
    now.stop = function () { end(false); };
  });
}

async function transfer(slot, now, file) {
  const original = now.file;
  const stem = original.name.replace(/\.[^.]*$/, '');
  const name = stem + (file === original ? original.name.slice(stem.length) : '.jpg');
  const began = Date.now();
  let drops = 0;
  for (;;) {
    const answer = await send(slot, now, file, name);
    if (answer.stopped) return failed(slot, now, '已取消上传。', original);
    if (answer.dropped) {
      const offline = navigator.onLine === false;
      if (drops >= AGAIN.length && !offline) return failed(slot, now, '网络较慢，图片没有传完，请重试。', original);
      say(slot, now, offline ? '网络已断开，恢复后自动继续…' : '网络中断，正在自动重试…');
      announce('网络中断，稍后自动重试');
      if (!(await pause(now, offline ? PATIENCE : AGAIN[drops], 'online'))) return failed(slot, now, '已取消上传。', original);
      drops += 1;
      continue;
    }
    if ((answer.status === 503 || answer.status === 429) && answer.wait && answer.wait <= SOON && Date.now() - began < IN_LINE) {
      const why = answer.status === 429 ? '正在等你的另一张照片处理完' : '上传的人较多，正在排队';
      say(slot, now, why + '（已等 ' + Math.round((Date.now() - began) / 1000) + ' 秒），不用重新操作…');
      if (!(await pause(now, answer.wait * 1000))) return failed(slot, now, '已取消上传。', original);
      continue;
    }
    return ended(slot, now, answer);
  }
}

/* Whether the step may go on. */
async function ended(slot, now, answer) {
  if (answer.status === 400 && !now.again) {
    if (!(await new Promise(function (done) { resume(false, done); }))) return ended(slot, now, { status: 401 });
    start(slot, now.file, true);
    return true;
  }
  if (answer.status === 401) signedOut(function () { start(slot, now.file); });
  if (answer.status === 409) {
    const told = JSON.parse(answer.text);
    if (told.closed) closed(told.message);
    return failed(slot, now, told.message, null);
  }
  if (going.get(slot) !== now) return true;
  if (answer.text && answer.status !== 500 && renew(slot, now, answer.text, answer.status < 400)) return answer.status < 400;
  return failed(slot, now, WHY[answer.status] || '图片没有上传成功，请重试。', now.file);
}

/* Told and true when this file may not be sent. */
function tooLarge(slot, now, file) {
  const drop = dropOf(slot);
  const max = drop ? Number(drop.getAttribute('data-max')) || 0 : 0;
  if (!max || file.size <= max) return false;
  parts(drop).input.value = '';
  failed(slot, now, '文件应不超过 ' + sizes(max) + '，现在是 ' + sizes(file.size) + '。请压缩后再选。', null);
  return true;
}

function start(slot, file, again) {
  const drop = dropOf(slot);
  if (!drop) return;
  const before = going.get(slot);
  const now = { file: file, sending: nextSending(), words: '正在准备照片…', percent: 0, again: Boolean(again), stopped: false, stop: null };
  now.stop = function () { now.stopped = true; };
  going.set(slot, now);
  failures.delete(slot);
  if (before) before.stop();
  const wrong = drop.closest('.upload').querySelector('.error[id]');
  if (wrong) wrong.hidden = true; // it was about another file
  busyWith(parts(drop).input.form, run(slot, now), function () { lead(slot); });
}

/* Gives whether the step may go on: the picture is stored, or another has taken its place. */
async function run(slot, now) {
  const drop = dropOf(slot);
  if (!drop.hasAttribute('data-fit') && tooLarge(slot, now, now.file)) return false; // elsewhere it is made smaller first
  draw(slot);
  announce('正在上传');
  const p = parts(drop);
  if (p.preview) preview(p.preview, now.file);
  const made = await prepared(drop, now.file).catch(function () { return now.file; }); // a browser that cannot: the server can
  if (now.stopped || !made) return failed(slot, now, '已取消上传。', now.file);
  if (tooLarge(slot, now, made)) return false;
  return inTurn(slot, now, made);
}

/* Sends it when those before it are through, or gave up. */
async function inTurn(slot, now, file) {
  const before = ahead;
  let through = null;
  ahead = Promise.all([before, new Promise(function (done) { through = done; })]);
  waiting += 1;
  try {
    if (waiting > 1) say(slot, now, '前一张照片传完后自动上传，不用重新操作…');
    const stopped = new Promise(function (done) { now.stop = function () { now.stopped = true; done(); }; });
    await Promise.race([before, stopped]);
    if (now.stopped) return failed(slot, now, '已取消上传。', now.file);
    say(slot, now, '正在上传…');
    return await transfer(slot, now, file);
  } finally {
    waiting -= 1;
    through();
  }
}

/* What is sent for a file: framed, made to fit, or as it is; null when the person closed the frame. */
async function prepared(drop, file) {
  const fit = Number(drop.getAttribute('data-fit')) || 0;
  const cut = (drop.getAttribute('data-cut') || '').split('x').map(Number);
  if (cut.length === 2) return frame(file, cut[0], cut[1]);
  return fit && file.size > fit ? shrink(file, fit) : file;
}

document.addEventListener('change', function (event) {
  const slot = event.target.type === 'file' ? slotOf(event.target) : '';
  if (slot && event.target.files.length) start(slot, event.target.files[0]);
});
document.addEventListener('click', function (event) {
  const slot = slotOf(event.target);
  if (!slot) return;
  if (event.target.hasAttribute('data-cancel') && going.has(slot)) going.get(slot).stop();
  if (event.target.hasAttribute('data-retry') && failures.get(slot)) start(slot, failures.get(slot));
});
document.addEventListener('htmx:afterSettle', function () {
  Array.from(going.keys()).forEach(function (slot) {
    if (dropOf(slot)) draw(slot);
    else going.get(slot).stop(); // the renewed page asks for another paper
  });
});
['dragover', 'dragleave', 'drop'].forEach(function (kind) {
  document.addEventListener(kind, function (event) {
    const drop = event.target.closest ? event.target.closest('.drop[data-upload]') : null;
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && event.dataTransfer.files.length) start(slotOf(drop), event.dataTransfer.files[0]);
  });
});
