/* Sends a picture as soon as it is chosen or dropped: .drop[data-upload=address][data-max=bytes] with one file input, a .sending line (preview, progress,
   取消, 重试). data-fit=bytes: what is larger is turned upright and made smaller first (picture.js); data-cut=480x640: the frame is asked for (portrait.js).
   POST multipart: csrf_token, version, act=upload and the file under its own name. Whatever page answers (the step again, 200 after 303, or 422 with errors) holds
   the same block (id drop-<name>), which takes the place of the old one. 503 with Retry-After: in line, asked again. A dropped line is tried again by itself,
   twice and when the device is online again. Without script the button 上传 does the same with a full page. */
import { announce } from '../page/notice.js';
import { closed } from './countdown.js';
import { inLine, setVersion } from './forms.js';
import { preview, shrink } from './picture.js';
import { frame } from './portrait.js';
import { answered, signedOut } from './session.js';

const PATIENCE = 120000; // milliseconds for a whole picture on a slow line
const AGAIN = [2000, 5000]; // milliseconds before a dropped upload is tried again
const IN_LINE = 120000; // milliseconds that one waits for a free place
const sizes = function (n) { return n >= 1048576 ? (n / 1048576).toFixed(1).replace('.0', '') + ' MB' : Math.max(1, Math.round(n / 1024)) + ' KB'; };

function parts(drop) {
  return {
    input: drop.querySelector('input[type=file]'), line: drop.querySelector('.sending'), bar: drop.querySelector('progress'), preview: drop.querySelector('.preview'),
    words: drop.querySelector('.sent'), cancel: drop.querySelector('[data-cancel]'), retry: drop.querySelector('[data-retry]'),
  };
}

function failed(drop, text, file) {
  const p = parts(drop);
  p.line.hidden = false;
  p.bar.hidden = true;
  p.words.textContent = text;
  p.words.className = 'sent error';
  p.cancel.hidden = true;
  p.retry.hidden = !file;
  drop.kaojiFile = file;
  announce(text);
}

function say(drop, text) {
  const p = parts(drop);
  p.words.className = 'sent';
  p.words.textContent = text;
}

function renew(drop, text, ok) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  const block = drop.closest('[id^="drop-"]');
  const fresh = page.getElementById(block.id);
  if (!fresh) return false;
  const form = parts(drop).input.form;
  const version = page.querySelector('form input[name=version]');
  if (version) setVersion(form, version.value);
  const put = document.importNode(fresh, true);
  block.parentNode.replaceChild(put, block);
  const next = put.querySelector('input[type=file]');
  const wrong = put.querySelector('.error[id]');
  const doubt = put.querySelector('.doubt');
  if (ok) settled(block.id.slice('drop-'.length));
  announce(!ok && wrong ? wrong.textContent : '已上传' + (doubt ? '。' + doubt.textContent : ''));
  document.dispatchEvent(new CustomEvent('kaoji:renewed', { detail: page }));
  if (next) next.focus({ preventScroll: true });
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
function send(drop, file, name) {
  const p = parts(drop);
  return new Promise(function (done) {
    const form = p.input.form;
    const body = new FormData();
    ['csrf_token', 'version'].forEach(function (field) {
      const found = form.querySelector('input[name=' + field + ']');
      if (found) body.append(field, found.value);
    });
    body.append('act', 'upload');
    body.append(p.input.name, file, name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', drop.getAttribute('data-upload'));
    xhr.timeout = PATIENCE;
    xhr.setRequestHeader('HX-Request', 'true');
    xhr.setRequestHeader('X-Upload', '1');
    xhr.upload.onprogress = function (event) {
      if (!event.lengthComputable) return;
      p.bar.value = Math.round((100 * event.loaded) / event.total);
      say(drop, event.loaded < event.total ? '正在上传 ' + p.bar.value + '%' : '正在检查图片…');
    };
    xhr.onload = function () {
      answered(xhr.status, xhr.getResponseHeader('X-Session-Ends'));
      done({ status: xhr.status, text: xhr.responseText, wait: Number(xhr.getResponseHeader('Retry-After')) || 0 });
    };
    xhr.onerror = xhr.ontimeout = function () { done({ dropped: true }); };
    xhr.onabort = function () { done({ stopped: true }); };
    drop.kaojiStop = function () { xhr.abort(); };
    xhr.send(body);
  });
}

/* True when the time is over, false when 取消 was pressed; `early`: an event of the window that ends it. */
function pause(drop, wait, early) {
  return new Promise(function (done) {
    const end = function (value) { window.clearTimeout(timer); if (early) window.removeEventListener(early, over); done(value); };
    const over = function () { end(true); };
    const timer = window.setTimeout(over, wait);
    if (early) window.addEventListener(early, over);
    drop.kaojiStop = function () { end(false); };
  });
}

async function transfer(drop, file, original) {
  const name = original.name.replace(/\.[^.]*$/, '') + (file === original ? original.name.slice(original.name.replace(/\.[^.]*$/, '').length) : '.jpg');
  const began = Date.now();
  let drops = 0;
  for (;;) {
    if (!drop.isConnected) return;
    const answer = await send(drop, file, name);
    if (answer.stopped) return failed(drop, '已取消上传。', original);
    if (answer.dropped) {
      const offline = navigator.onLine === false;
      if (drops >= AGAIN.length && !offline) return failed(drop, '网络较慢，图片没有传完，请重试。', original);
      say(drop, offline ? '网络已断开，恢复后自动继续…' : '网络中断，正在自动重试…');
      announce('网络中断，稍后自动重试');
      if (!(await pause(drop, offline ? PATIENCE : AGAIN[drops], 'online'))) return failed(drop, '已取消上传。', original);
      drops += 1;
      continue;
    }
    if (answer.status === 503 && answer.wait && Date.now() - began < IN_LINE) {
      say(drop, '上传的人较多，正在排队（已等 ' + Math.round((Date.now() - began) / 1000) + ' 秒），不用重新操作…');
      if (!(await pause(drop, answer.wait * 1000))) return failed(drop, '已取消上传。', original);
      continue;
    }
    const ok = answer.status < 400;
    if (answer.status === 401) signedOut(function () { start(drop, original); });
    if (answer.status === 409) {
      const told = JSON.parse(answer.text);
      if (told.closed) closed(told.message);
      return failed(drop, told.message, null);
    }
    if (answer.status !== 500 && renew(drop, answer.text, ok)) return;
    return failed(drop, WHY[answer.status] || '图片没有上传成功，请重试。', original);
  }
}

/* Told and true when this file may not be sent. */
function tooLarge(drop, file) {
  const max = Number(drop.getAttribute('data-max')) || 0;
  if (!max || file.size <= max) return false;
  parts(drop).input.value = '';
  failed(drop, '文件应不超过 ' + sizes(max) + '，现在是 ' + sizes(file.size) + '。请压缩后再选。', null);
  return true;
}

function start(drop, file) {
  const p = parts(drop);
  const before = drop.closest('.upload').querySelector('.error[id]');
  if (before) before.hidden = true; // it was about another file
  if (!drop.hasAttribute('data-fit') && tooLarge(drop, file)) return; // elsewhere it is made smaller first
  p.line.hidden = false;
  p.bar.hidden = false;
  p.bar.value = 0;
  p.cancel.hidden = false;
  p.retry.hidden = true;
  drop.kaojiStop = null;
  let stopped = false;
  say(drop, '正在准备照片…');
  announce('正在上传');
  if (p.preview) preview(p.preview, file);
  inLine(p.input.form, async function () {
    if (!drop.isConnected) return;
    drop.kaojiStop = function () { stopped = true; };
    const made = await prepared(drop, file).catch(function () { return file; }); // a browser that cannot: the server can
    if (stopped || !made) return failed(drop, '已取消上传。', file);
    if (tooLarge(drop, made)) return;
    say(drop, '正在上传…');
    await transfer(drop, made, file);
  });
}

/* What is sent for a file: framed, made to fit, or as it is; null when the person closed the frame. */
async function prepared(drop, file) {
  const fit = Number(drop.getAttribute('data-fit')) || 0;
  const cut = (drop.getAttribute('data-cut') || '').split('x').map(Number);
  if (cut.length === 2) return frame(file, cut[0], cut[1]);
  return fit && file.size > fit ? shrink(file, fit) : file;
}

function dropOf(event) { return event.target.closest ? event.target.closest('.drop[data-upload]') : null; }

document.addEventListener('change', function (event) {
  const drop = event.target.type === 'file' ? dropOf(event) : null;
  if (drop && event.target.files.length) start(drop, event.target.files[0]);
});
document.addEventListener('click', function (event) {
  const drop = dropOf(event);
  if (!drop) return;
  if (event.target.hasAttribute('data-cancel') && drop.kaojiStop) drop.kaojiStop();
  if (event.target.hasAttribute('data-retry') && drop.kaojiFile) start(drop, drop.kaojiFile);
});
['dragover', 'dragleave', 'drop'].forEach(function (kind) {
  document.addEventListener(kind, function (event) {
    const drop = dropOf(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && event.dataTransfer.files.length) start(drop, event.dataTransfer.files[0]);
  });
});
