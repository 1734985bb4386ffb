/* Asks before unsaved changes are left behind. form[data-leave]: any change counts. form[data-autosave]: only if saving failed, since otherwise the
   last change is sent on the way out. */
(function () {
  'use strict';
  const kaoji = window.kaoji;
  let sent = null;

  function atRisk() {
    return Array.prototype.some.call(document.querySelectorAll('form[data-leave], form[data-autosave]'), function (form) {
      if (form === sent || !kaoji.dirty(form)) return false;
      return form.hasAttribute('data-leave') || (kaoji.unsaved && kaoji.unsaved.has(form));
    });
  }

  document.addEventListener('submit', function (event) { sent = event.target; });
  document.addEventListener('htmx:afterRequest', function () { sent = null; });
  window.addEventListener('pageshow', function () { sent = null; });
  window.addEventListener('beforeunload', function (event) {
    if (!atRisk()) return;
    event.preventDefault();
    event.returnValue = '';
  });
  document.addEventListener('htmx:confirm', function (event) {
    const form = event.detail.elt.tagName === 'FORM' ? event.detail.elt : event.detail.elt.form; // a field that renews its own form takes what is typed along
    if (form || !atRisk()) return;
    event.preventDefault();
    if (window.confirm('这一页还有没有保存的内容，确定离开吗？')) event.detail.issueRequest(true);
  });
})();
