/* The page of fixes. [data-fix=key] carries the state of a returned item: kaoji:saved (autosave.js, {fixes: {key: [tone, word]}}) and kaoji:renewed
   (upload.js, the whole new page) keep it true. [data-fix-left]: how many are still open. */
function count() {
  const place = document.querySelector('[data-fix-left]');
  if (!place) return;
  const open = document.querySelectorAll('.tasks .tag.bad[data-fix]').length;
  const rest = document.querySelector('[data-fix-elsewhere]') ? '还有内容要修改，见上方，改好才能提交。' : '各项都已处理，可以提交。';
  place.textContent = open ? '还有 ' + open + ' 项没有处理好，处理好才能提交。' : rest;
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
