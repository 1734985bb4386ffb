/* Makes a native dialog of every section[data-dialog]. The section stays where it was in the page, so its fields still belong to their form. Without
   script, or without <dialog>, it remains an ordinary section. data-open: shown at once; a[data-opens=id][href=#id] or button[data-opens=id] shows it,
   [data-closes] or Esc closes it. */
(function () {
  'use strict';
  const able = typeof HTMLDialogElement === 'function' && 'showModal' in HTMLDialogElement.prototype;

  function upgrade() {
    if (!able) return;
    let first = null;
    document.querySelectorAll('section[data-dialog]').forEach(function (section) {
      if (section.parentNode.tagName === 'DIALOG') return;
      const dialog = document.createElement('dialog');
      dialog.setAttribute('aria-labelledby', section.getAttribute('aria-labelledby') || '');
      section.parentNode.insertBefore(dialog, section);
      dialog.appendChild(section);
      if (!section.querySelector('[data-closes]')) {
        const close = document.createElement('button');
        close.type = 'button';
        close.className = 'btn';
        close.setAttribute('data-closes', '');
        close.textContent = '关闭';
        section.appendChild(close);
      }
      if (!first && (section.hasAttribute('data-open') || section.querySelector('.wrong'))) first = dialog;
    });
    if (first) first.showModal();
  }

  document.addEventListener('click', function (event) {
    const opener = event.target.closest ? event.target.closest('[data-opens]') : null;
    if (opener) {
      const section = document.getElementById(opener.getAttribute('data-opens'));
      const dialog = section && section.closest('dialog');
      if (!section) return;
      event.preventDefault();
      if (dialog && !dialog.open) dialog.showModal();
      else if (!dialog) section.scrollIntoView();
      return;
    }
    const closer = event.target.closest ? event.target.closest('[data-closes]') : null;
    if (closer && closer.closest('dialog')) closer.closest('dialog').close();
  });

  document.documentElement.classList.add('js');
  document.addEventListener('DOMContentLoaded', upgrade);
  document.addEventListener('htmx:afterSettle', upgrade);
})();
