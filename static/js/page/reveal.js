/* 显示密码: button[data-reveal] shows the passwords of its form and hides them again, at the latest when the form is sent. */

function turn(button, shown) {
  Array.prototype.forEach.call(button.form.elements, function (field) {
    if (field.type === 'password') field.setAttribute('data-secret', '');
    if (field.hasAttribute('data-secret')) field.type = shown ? 'text' : 'password';
  });
  button.setAttribute('aria-pressed', String(shown));
  button.textContent = shown ? '隐藏密码' : '显示密码';
}

function offer() { document.querySelectorAll('[data-reveal][hidden]').forEach(function (button) { button.hidden = false; }); }

document.addEventListener('click', function (event) {
  const button = event.target.closest ? event.target.closest('[data-reveal]') : null;
  if (button) turn(button, button.getAttribute('aria-pressed') !== 'true');
});
document.addEventListener('submit', function (event) {
  const button = event.target.querySelector('[data-reveal][aria-pressed=true]');
  if (button) turn(button, false);
});
document.addEventListener('DOMContentLoaded', offer);
document.addEventListener('htmx:afterSettle', offer);
