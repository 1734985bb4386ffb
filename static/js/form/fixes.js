/* The page of fixes and its deadline.
   [data-until=ISO][data-now=ISO]: what is left ticks quietly, in the words of time_left (app/rules/windows.py), by the server's clock; when it is over,
   #<data-over> is shown and read out once. [data-fix=key] carries the state of a returned item: kaoji:saved (autosave.js, {fixes: {key: [tone, word]}}) and
   kaoji:renewed (upload.js, the whole new page) keep it true. [data-fix-left]: how many are still open. */
(function () {
  'use strict';
  const kaoji = (window.kaoji = window.kaoji || {});
  const MINUTE = 60000;

  kaoji.timeLeft = function (milliseconds) {
    if (milliseconds <= 0) return '已截止';
    const all = Math.floor(milliseconds / MINUTE);
    const days = Math.floor(all / 1440);
    const hours = Math.floor(all / 60) % 24;
    const minutes = all % 60;
    if (days) return hours ? days + ' 天 ' + hours + ' 小时' : days + ' 天';
    if (hours) return minutes ? hours + ' 小时 ' + minutes + ' 分钟' : hours + ' 小时';
    return minutes ? minutes + ' 分钟' : '不到 1 分钟';
  };

  let timer = 0;

  function tick() {
    window.clearTimeout(timer);
    let soonest = MINUTE;
    document.querySelectorAll('[data-until][data-now]').forEach(function (place) {
      if (place.kaojiOff === undefined) place.kaojiOff = Date.parse(place.getAttribute('data-now')) - Date.now();
      const left = Date.parse(place.getAttribute('data-until')) - Date.now() - place.kaojiOff;
      if (isNaN(left)) return;
      const words = left > 0 ? '还剩 ' + kaoji.timeLeft(left) : '已截止';
      if (place.textContent !== words) place.textContent = words;
      if (left > 0) soonest = Math.min(soonest, left + 50, left % MINUTE + 50);
      else over(place);
    });
    if (document.querySelector('[data-until][data-now]')) timer = window.setTimeout(tick, Math.max(1000, soonest));
  }

  function over(place) {
    const note = document.getElementById(place.getAttribute('data-over') || '');
    if (!note || !note.hidden) return;
    note.hidden = false;
    kaoji.announce(note.textContent.trim());
  }

  function count() {
    const place = document.querySelector('[data-fix-left]');
    if (!place) return;
    const open = document.querySelectorAll('.tasks .tag.bad[data-fix]').length;
    place.textContent = open ? '还有 ' + open + ' 项没有处理，处理完才能提交。' : '各项都已处理，可以提交。';
  }

  function show(key, tone, word) {
    document.querySelectorAll('[data-fix]').forEach(function (tag) {
      if (tag.getAttribute('data-fix') !== key) return;
      tag.className = 'tag ' + tone;
      if (tag.textContent !== word) tag.textContent = word;
    });
  }

  document.addEventListener('kaoji:saved', function (event) {
    const states = event.detail && event.detail.fixes;
    if (!states) return;
    Object.keys(states).forEach(function (key) { show(key, states[key][0], states[key][1]); });
    count();
  });
  document.addEventListener('kaoji:renewed', function (event) {
    event.detail.querySelectorAll('.tasks [data-fix]').forEach(function (tag) {
      show(tag.getAttribute('data-fix'), tag.classList.contains('bad') ? 'bad' : 'ok', tag.textContent);
    });
    count();
  });
  document.addEventListener('DOMContentLoaded', tick);
  document.addEventListener('htmx:afterSettle', tick);
  document.addEventListener('visibilitychange', tick);
})();
