// Review page: one picture at a time, larger, turned; the return button says how many items. Without this file all
// pictures stand one below the other and the links lead to them. Keys work while the viewer has focus, and only then.
(function () {
  'use strict';

  function setUp(viewer) {
    var figures = Array.prototype.slice.call(viewer.querySelectorAll('[data-picture]'));
    var tabs = Array.prototype.slice.call(document.querySelectorAll('[data-tab]'));
    var tools = viewer.querySelector('[data-tools]');
    var state = { at: 0, zoom: 0, turn: 0 };
    if (!figures.length) return;

    function draw() {
      figures.forEach(function (figure, index) {
        figure.className = index === state.at ? 'shown zoom-' + state.zoom + ' turn-' + state.turn : '';
      });
      tabs.forEach(function (tab) {
        if (tab.dataset.tab === figures[state.at].id) tab.setAttribute('aria-current', 'true');
        else tab.removeAttribute('aria-current');
      });
    }

    function show(index) {
      state = { at: (index + figures.length) % figures.length, zoom: 0, turn: 0 };
      draw();
    }

    function zoom(step) {
      state.zoom = Math.max(0, Math.min(3, state.zoom + step));
      draw();
    }

    function turn() {
      state.turn = (state.turn + 1) % 4;
      draw();
    }

    tabs.forEach(function (tab) {
      tab.addEventListener('click', function (event) {
        event.preventDefault();
        show(figures.findIndex(function (figure) { return figure.id === tab.dataset.tab; }));
      });
    });
    viewer.addEventListener('click', function (event) {
      var button = event.target.closest('button');
      if (!button) return;
      if (button.dataset.zoom) zoom(button.dataset.zoom === 'in' ? 1 : -1);
      if ('rotate' in button.dataset) turn();
      if ('fit' in button.dataset) show(state.at);
    });
    viewer.addEventListener('keydown', function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      var acts = {
        r: turn, R: turn, '+': function () { zoom(1); }, '=': function () { zoom(1); }, '-': function () { zoom(-1); },
        0: function () { show(state.at); }
      };
      if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
    });
    tools.hidden = false;
    viewer.classList.add('single');
    draw();
  }

  function countReturns(form) {
    var button = form.querySelector('[data-count-returns]');
    if (!button) return;
    var words = button.firstChild.nodeValue.trim();  // the key stands after it
    function tell() {
      var number = form.querySelectorAll('.check input[value=return]:checked').length;
      button.firstChild.nodeValue = number ? words + '（' + number + ' 项） ' : words + ' ';
    }
    form.addEventListener('change', tell);
    form.addEventListener('click', function (event) {  // with the mouse only: the keyboard's focus stays where it is
      var label = event.target.closest('label.no');
      var reason = label && document.getElementById(label.htmlFor.replace('return.', 'reason.'));
      if (reason) setTimeout(function () { reason.focus(); }, 0);
    });
    tell();
  }

  document.querySelectorAll('[data-viewer]').forEach(setUp);
  document.querySelectorAll('[data-review]').forEach(countReturns);
})();
