// The review page's hold on its file: renewed while something happens, given back on leaving. And the next file's pictures,
// fetched once this one's are there. Without this file each act renews the hold, and it ends by itself.
(function () {
  'use strict';
  var form = document.querySelector('[data-review]');
  if (!form) return;
  var used = false, sent = false;

  function tell(act) {
    var body = new FormData();
    body.append('csrf_token', form.querySelector('[name=csrf_token]').value);
    body.append('act', act);
    if (act === 'release') body.append('until', form.dataset.mine);  // this page's hold, not one that was taken since
    return body;
  }
  function hold() {
    fetch(form.dataset.desk, { method: 'POST', body: tell('hold'), credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (now) {
        var tag = document.querySelector('[data-holder]');
        if (!now || !tag) return;
        tag.textContent = now.mine ? '你正在审核，保留到 ' + now.until : now.who ? now.who + '已接手，请刷新' : '这一件已有决定，请刷新';
        if (now.mine) form.dataset.mine = now.ends;
      }).catch(function () { /* the next act renews it */ });
  }
  if ('mine' in form.dataset) {
    ['keydown', 'pointerdown', 'wheel'].forEach(function (name) {
      document.addEventListener(name, function () { used = true; }, { passive: true });
    });
    setInterval(function () { if (used) { used = false; hold(); } }, 60000);
    document.addEventListener('submit', function (event) {  // about this file: its page or the decision says what becomes of the hold
      var to = event.target.getAttribute('action');
      sent = event.target === form || to === form.dataset.desk;
    });
    window.addEventListener('pagehide', function () {
      if (!sent && navigator.sendBeacon) navigator.sendBeacon(form.dataset.desk, tell('release'));
    });
    window.addEventListener('pageshow', function (event) { sent = false; if (event.persisted) hold(); });
  }

  window.addEventListener('load', function () {
    if (!form.dataset.coming) return;
    fetch(form.dataset.coming, { credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.json() : []; })
      .then(function (urls) { urls.forEach(function (url) { new Image().src = url; }); })
      .catch(function () { /* they come when the file is opened */ });
  });
})();
