/* Buttons that copy a number or a code which is typed elsewhere: button[data-copy=id]. */
document.querySelectorAll('[data-copy]').forEach(function (button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', function () {
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
      button.firstChild.textContent = '已复制';
    });
  });
});
