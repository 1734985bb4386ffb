/* Sends a picture as soon as it is chosen or dropped: .drop[data-upload=address][data-max=bytes] with one file input, a .sending line (progress, 取消, 重试).
   POST multipart: csrf_token, version, act=upload and the file under its own name. Whatever page answers (the step again, 200 after 303, or 422 with errors) holds
   the same block (id drop-<name>), which takes the place of the old one. Without script the button 上传 does the same with a full page. */
(function () {
  'use strict';
  const kaoji = window.kaoji;
  const PATIENCE = 120000; // milliseconds for a whole picture on a slow line
  const sizes = function (n) { return n >= 1048576 ? (n / 1048576).toFixed(1).replace('.0', '') + ' MB' : Math.max(1, Math.round(n / 1024)) + ' KB'; };

  function parts(drop) {
    return {
      input: drop.querySelector('input[type=file]'), line: drop.querySelector('.sending'), bar: drop.querySelector('progress'),
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
    kaoji.announce(text);
  }

  function renew(drop, text, ok) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const block = drop.closest('[id^="drop-"]');
    const fresh = page.getElementById(block.id);
    if (!fresh) return false;
    const form = parts(drop).input.form;
    const version = page.querySelector('form input[name=version]');
    if (version) kaoji.setVersion(form, version.value);
    const put = document.importNode(fresh, true);
    block.parentNode.replaceChild(put, block);
    const wrong = put.querySelector('.error[id]');
    kaoji.announce(!ok && wrong ? wrong.textContent : '已上传');
    const next = put.querySelector('input[type=file]');
    if (next) next.focus({ preventScroll: true });
    return true;
  }

  const WHY = { 401: '登录已过期，图片还没有上传。', 409: '内容已在别处更新，请刷新页面后再上传。', 413: '文件太大，没有上传。', 415: '只能上传 JPG 或 PNG 图片。', 429: '上传太频繁，请稍后再试。' };

  function transfer(drop, file) {
    const p = parts(drop);
    return new Promise(function (done) {
      const form = p.input.form;
      const body = new FormData();
      ['csrf_token', 'version'].forEach(function (name) {
        const field = form.querySelector('input[name=' + name + ']');
        if (field) body.append(name, field.value);
      });
      body.append('act', 'upload');
      body.append(p.input.name, file, file.name);
      const xhr = new XMLHttpRequest();
      xhr.open('POST', drop.getAttribute('data-upload'));
      xhr.timeout = PATIENCE;
      xhr.setRequestHeader('HX-Request', 'true');
      xhr.setRequestHeader('X-Upload', '1');
      xhr.upload.onprogress = function (event) {
        if (!event.lengthComputable) return;
        p.bar.value = Math.round((100 * event.loaded) / event.total);
        p.words.textContent = event.loaded < event.total ? '正在上传 ' + p.bar.value + '%' : '正在检查图片…';
      };
      xhr.onload = function () {
        const ends = xhr.getResponseHeader('X-Session-Ends');
        if (kaoji.answered) kaoji.answered({ get: function () { return ends; } });
        const ok = xhr.status < 400;
        if (xhr.status === 401 && kaoji.signedOut) kaoji.signedOut(function () { start(drop, file); });
        if ((ok || xhr.status < 500) && renew(drop, xhr.responseText, ok)) return done();
        failed(drop, WHY[xhr.status] || '图片没有上传成功，请重试。', file);
        done();
      };
      xhr.onerror = xhr.ontimeout = function () { failed(drop, '网络较慢，图片没有传完，请重试。', file); done(); };
      xhr.onabort = function () { failed(drop, '已取消上传。', file); done(); };
      drop.kaojiStop = function () { xhr.abort(); };
      xhr.send(body);
    });
  }

  function start(drop, file) {
    const p = parts(drop);
    const max = Number(drop.getAttribute('data-max')) || 0;
    if (max && file.size > max) {
      p.input.value = '';
      return failed(drop, '文件应不超过 ' + sizes(max) + '，现在是 ' + sizes(file.size) + '。请压缩后再选。', null);
    }
    p.line.hidden = false;
    p.bar.hidden = false;
    p.bar.value = 0;
    p.words.className = 'sent';
    p.words.textContent = '正在上传…';
    p.cancel.hidden = false;
    p.retry.hidden = true;
    kaoji.announce('正在上传');
    kaoji.inLine(p.input.form, function () { return drop.isConnected ? transfer(drop, file) : Promise.resolve(); });
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
})();
